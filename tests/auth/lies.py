"""What a service that lies may say: each changes a FakeService that a client has met."""

import re
from dataclasses import replace

from fake_service import ServiceKeys, null_reply
from stranger import x448
from stranger.encoding import JSON, b64, unb64
from stranger.keys import AgreementKey, SigningKey
from stranger.people import key_data

SUCCESS = {"StatusResponse": {"Status": 201, "StatusDescription": "Operation completed "
                              "successfully", "ContainerStatus": []}}


def hello(change):
    """A lie in what Hello shows; the client is made to ask."""
    def tell(service):
        service.host_key_unknown = True
        service.hello = lambda fields: {**fields, **change(service.keys)}
    return tell


def host_key(data):
    return hello(lambda keys: {
        "EnvelopedConnectionHost": keys.connection_host(KeyAuthentication=data)})


def another_service(keys):
    return ServiceKeys().hello()


def another_host(keys):
    return {"EnvelopedProfileHost": ServiceKeys().profile_host()}


def another_host_and_its_key(keys):
    other = ServiceKeys()
    return {"EnvelopedProfileHost": other.profile_host(),
            "EnvelopedConnectionHost": other.connection_host(ServiceUDF=keys.service.udf)}


def connection_edited(keys):
    header, payload, trailer = keys.connection_host()
    return {"EnvelopedConnectionHost": [header, payload.replace(b"20", b"21"), trailer]}


def wrong_last_octet():
    return key_data(AgreementKey().u + b"\x01")


HELLO = {
    "another service": hello(another_service),
    "another host under the pinned service": hello(another_host),
    "another host, and a key that it signed itself": hello(another_host_and_its_key),
    "a profile of the service that another key signed": hello(
        lambda keys: {"EnvelopedProfileService": keys.profile_service(SigningKey())}),
    "a profile of the host that another key signed": hello(
        lambda keys: {"EnvelopedProfileHost": keys.profile_host(SigningKey())}),
    "a connection that another key signed": hello(
        lambda keys: {"EnvelopedConnectionHost": keys.connection_host(SigningKey())}),
    "a connection of another service": hello(
        lambda keys: {"EnvelopedConnectionHost": keys.connection_host(
            ServiceUDF=SigningKey().udf)}),
    "a connection that was edited": hello(connection_edited),
    "a connection of the past": hello(
        lambda keys: {"EnvelopedConnectionHost": keys.connection_host(days=(-30, -1))}),
    "a connection of the future": hello(
        lambda keys: {"EnvelopedConnectionHost": keys.connection_host(days=(1, 30))}),
    "no connection": hello(lambda keys: {"EnvelopedConnectionHost": [{}, b"", {}]}),
    "a key of low order": host_key(key_data(x448.LOW_ORDER[1] + b"\0")),
    "a key that is zero": host_key(key_data(x448.LOW_ORDER[0] + b"\0")),
    "a key that is not canonical": host_key(key_data(x448.NOT_CANONICAL[2] + b"\0")),
    "a key with a wrong last octet": host_key(wrong_last_octet()),
    "a key under a wrong name": hello(
        lambda keys: {"EnvelopedConnectionHost": keys.connection_host(
            KeyAuthentication={**AgreementKey().data(), "UDF": keys.authentication.udf})}),
}


def sealed_only(change):
    """`change` of each reply but Hello's."""
    def tell(service):
        def reply(body):
            return body if service.seen[-1][0] == "Null" else change(body)
        service.on_reply = reply
    return tell


def flip_payload(body):
    header, payload = re.fullmatch(rb'\[(\{.*\}),"([^"]*)"\]', body).groups()
    octets = bytearray(unb64(payload.decode()))
    octets[-20] ^= 1
    return b"[" + header + b',"' + b64(bytes(octets)).encode() + b'"]'


def answer_of_before(service):
    """The same reply to every request from now on."""
    kept = []

    def reply(body):
        if service.seen[-1][0] == "Null":
            return body
        kept.append(body)
        return kept[0]
    service.on_reply = reply


def another_request_id(service):
    service.on_text = lambda text: replace(text, request_id=bytes(16))


REPLIES = {
    "a success in mode Null": sealed_only(lambda body: null_reply(JSON, SUCCESS)),
    "a bare success": sealed_only(lambda body: JSON.write(SUCCESS)),
    "a mode that was not asked": sealed_only(
        lambda body: body.replace(b'"Ticket"', b'"Device"').replace(b'"Profile"', b'"Device"')),
    "a member put into the header": sealed_only(
        lambda body: body.replace(b'"Version":1', b'"Version":1,"a":1')
        if b'"Salt"' in body else body[:-1]),
    "a payload that was edited": sealed_only(flip_payload),
    "a reply cut short": sealed_only(lambda body: body[:len(body) // 2]),
    "two replies": sealed_only(lambda body: body + body),
    "nothing": sealed_only(lambda body: b""),
    "an empty payload": sealed_only(lambda body: re.sub(rb',"[^"]*"\]', b',""]', body)),
    "a trailer": sealed_only(lambda body: body[:-1] + b',{"PayloadDigest":"AA"}]'),
    "the reply to another request": another_request_id,
}
