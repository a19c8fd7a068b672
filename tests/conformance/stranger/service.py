"""Who a service is (page: "Hello and the service's keys")."""

from dataclasses import dataclass
from datetime import datetime, timezone

from .encoding import JSON, Malformed, octets_of
from .keys import NotVerified, PublicKey, verified


class AnotherService(Exception):
    """The service has another name than the one that was pinned."""


@dataclass(frozen=True)
class ServiceIdentity:
    service_udf: str
    host_key: PublicKey
    not_on_or_after: datetime


def date_time(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def utc(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def self_signed(envelope, tag):
    """The body of a profile that vouches for itself, and its KeyOfflineSignature."""
    if not isinstance(envelope, list) or len(envelope) != 3:
        raise Malformed("expected header, payload and trailer")
    body = JSON.read(octets_of(envelope[1]))[tag]
    key = PublicKey(body["KeyOfflineSignature"])
    verified(envelope, key)
    return body, key


def verify_hello(hello, pinned=None, at=None):
    """The identity that the fields of a MeshHelloResponse prove."""
    at = at or datetime.now(timezone.utc)
    _, service_key = self_signed(hello["EnvelopedProfileService"], "ProfileService")
    _, host_key = self_signed(hello["EnvelopedProfileHost"], "ProfileHost")
    payload = verified(hello["EnvelopedConnectionHost"], service_key)
    connection = JSON.read(payload)["ConnectionHost"]
    if pinned and service_key.udf != pinned:
        raise AnotherService(f"expected {pinned}, met {service_key.udf}")
    if connection["ServiceUDF"] != service_key.udf or connection["HostUDF"] != host_key.udf:
        raise NotVerified("ConnectionHost is of another service or host")
    end = date_time(connection["NotOnOrAfter"])
    if not date_time(connection["NotBefore"]) <= at < end:
        raise NotVerified("ConnectionHost is not good now")
    key = PublicKey(connection["KeyAuthentication"])
    key.u  # Must be usable.
    return ServiceIdentity(service_key.udf, key, end)
