"""Profiles, accounts, devices (page: "Profiles, accounts, devices")."""

from dataclasses import dataclass

from .encoding import JSON
from .keys import AgreementKey, SigningKey, sha512, signed, udf


def profile(tag, members, signer):
    """Signed payloads are JSON in whatever encoding they travel: their octets stay."""
    return signed(JSON.write({tag: members}), signer)


class Device:
    """A device's own keys and its ProfileDevice."""

    def __init__(self, offline=None, encryption=None, authentication=None):
        self.offline = offline or SigningKey()
        self.encryption = encryption or AgreementKey()
        self.authentication = authentication or AgreementKey()
        self.profile = self.make_profile()

    def make_profile(self, authentication_public=None, signer=None):
        data = self.authentication.data()
        if authentication_public is not None:
            data = key_data(authentication_public)
        return profile("ProfileDevice", {
            "KeyOfflineSignature": self.offline.data(),
            "KeyEncryption": self.encryption.data(),
            "KeyAuthentication": data}, signer or self.offline)

    @property
    def udf(self):
        return self.offline.udf


def key_data(public, curve="X448"):
    """KeyData of octets that may be no key at all."""
    return {"UDF": udf(curve, public),
            "PublicParameters": {"PublicKeyECDH": {"crv": curve, "Public": public}}}


class Person:
    """Someone with a ProfileMesh."""

    def __init__(self):
        self.offline = SigningKey()
        self.online = SigningKey()
        self.encryption = AgreementKey()
        self.profile = profile("ProfileMesh", {
            "KeyOfflineSignature": self.offline.data(),
            "KeysOnlineSignature": [self.online.data()],
            "KeyEncryption": self.encryption.data()}, self.offline)


class Account:
    """An account of a person, and the keys that administer it."""

    def __init__(self, person, address):
        self.person = person
        self.address = address
        self.offline = SigningKey()
        self.online = SigningKey()
        self.encryption = AgreementKey()
        self.authentication = AgreementKey()
        self.profile = profile("ProfileAccount", {
            "KeyOfflineSignature": self.offline.data(),
            "KeysOnlineSignature": [self.online.data()],
            "AccountAddresses": [address],
            "MeshProfileUDF": person.offline.udf,
            "KeyEncryption": self.encryption.data(),
            "KeyAuthentication": self.authentication.data()}, person.online)

    def create_request(self):
        return {"CreateAccount": {"AccountAddress": self.address,
                                  "SignedProfileMesh": self.person.profile,
                                  "SignedAssertionAccount": self.profile}}

    def connect(self, device, permissions=None, signer=None, composite=False):
        """Makes `device` a member-to-be: its keys in the account and their assertion.
        With `composite` its key is the sum of the device's and one of the account's."""
        authentication = AgreementKey()
        if composite:
            authentication = device.authentication.plus(authentication)
        return Member(self, device, SigningKey(), authentication, permissions,
                      signer or self.online)


class Member:
    """A device in an account."""

    def __init__(self, account, device, signature, authentication, permissions, signer):
        self.account = account
        self.device = device
        self.signature = signature
        self.authentication = authentication
        members = {"KeySignature": signature.data(), "KeyEncryption": AgreementKey().data(),
                   "KeyAuthentication": authentication.data()}
        if permissions is not None:
            members["Permissions"] = [{"Name": name, "Role": role} for name, role in permissions]
        self.connection = profile("ConnectionAccount", members, signer)

    def extra(self):
        """What an exchange in mode Profile says."""
        return {"Account": self.account.address, "EnvelopedProfileAccount": self.account.profile,
                "EnvelopedConnectionAccount": self.connection}

    def entry(self, event="New"):
        """The entry of mmm_Device."""
        payload = JSON.write({"CatalogedDevice": {
            "UDF": self.signature.udf, "DeviceUDF": self.device.udf,
            "EnvelopedProfileDevice": self.device.profile,
            "Accounts": [{"AccountUDF": self.account.offline.udf,
                          "EnvelopedProfileAccount": self.account.profile,
                          "EnvelopedConnectionAccount": self.connection}]}})
        return catalog_entry(self.device.udf, payload, event)

    def removal(self):
        return catalog_entry(self.device.udf, b"", "Delete")


class Group:
    """An account without devices, which belongs to the account that makes it."""

    def __init__(self, address):
        self.address = address
        self.offline = SigningKey()
        self.profile = profile("ProfileGroup", {
            "KeyOfflineSignature": self.offline.data(), "AccountAddresses": [address],
            "KeyEncryption": AgreementKey().data()}, self.offline)

    def create_request(self):
        return {"CreateGroup": {"AccountAddress": self.address,
                                "SignedProfileGroup": self.profile}}


def of_account(message, address):
    """`message`, about another account than the caller's."""
    (name, fields), = message.items()
    return {name: {"Account": address, **fields}}


def catalog_entry(unique_id, payload, event="New"):
    """An entry as it is uploaded."""
    meta = JSON.write({"UniqueID": unique_id, "Event": event})
    return [{"ContentMetaData": meta}, payload, {"PayloadDigest": sha512(payload)}]


def upload(container, *entries):
    return {"Upload": {"Updates": [{"Container": container, "Envelopes": list(entries)}]}}


@dataclass(frozen=True)
class Credential:
    """Who a client is in exchanges: a mode, a static key, and what extra says."""

    mode: str
    static: AgreementKey
    extra: dict
    account: str = ""


def as_device(device):
    return Credential("Device", device.authentication,
                      {"EnvelopedProfileDevice": device.profile})


def as_member(member):
    return Credential("Profile", member.authentication, member.extra(), member.account.address)
