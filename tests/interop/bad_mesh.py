"""Mesh requests with something wrong in them, and the Status that each must get."""

import json

from dare import Key, b64, catalog_entry, sha512, signed, upload

CONTACT = "mmm_Contact"
# common/base/limits.h: octets of one entry's payload, of a request, of a header.
MESSAGE_MAX = 64 * 1024
REQUEST_MAX = 4 * 1024 * 1024
HEADER_MAX = 16 * 1024


class Case:
    def __init__(self, name, body, statuses=(400,), transaction="Upload", http=200, fields=None):
        self.name = name
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.statuses = statuses
        self.transaction = transaction
        self.http = http
        self.fields = fields or {}


def good_entry():
    return catalog_entry("fresh", b"a payload")


def changed(change):
    """An upload of one entry after change(header, envelope)."""
    envelope = good_entry()
    change(envelope[0], envelope)
    return upload(CONTACT, envelope)


def mesh_cases(person, account):
    """Every case. `person` signs what must be signed; `account` exists."""
    yield from json_cases()
    yield from base64_cases()
    yield from dare_cases()
    yield from digest_cases()
    yield from name_cases()
    yield from index_cases()
    yield from size_cases()
    yield from address_cases(person)
    yield from signature_cases(person)
    yield from caller_cases(account)
    yield from post_cases(account)


def json_cases():
    status = {"transaction": "Status"}
    unknown = {"transaction": None}
    yield Case("json: empty body", b"", **unknown)
    yield Case("json: half an object", b'{"Status": {', **status)
    yield Case("json: an array", b"[]", **unknown)
    yield Case("json: null", b"null", **unknown)
    yield Case("json: no transaction", b"{}", **unknown)
    yield Case("json: two transactions", b'{"Status": {}, "Hello": {}}', **status)
    yield Case("json: unknown transaction", b'{"Statuses": {}}', (400, 501), **unknown)
    yield Case("json: no value", b'{"Status":}', **status)
    yield Case("json: a number for an object", b'{"Status": 5}', **status)
    yield Case("json: octets after the end", b'{"Status": {}} x', **status)
    yield Case("json: binary", b"\x01\x02\x03", **unknown)
    yield Case("json: broken UTF-8", b'{"Status": {"Account": "\xff\xfe"}}', **status)
    yield Case("json: member twice", b'{"Status": {"Catalogs": [], "Catalogs": []}}', **status)
    yield Case("json: string for an array", b'{"Status": {"Catalogs": "mmm_Contact"}}', **status)
    yield Case("json: number for a string", b'{"Status": {"DeviceUDF": 5}}', **status)
    yield Case("json: unfinished escape", b'{"Status": {"DeviceUDF": "\\u12"}}', **status)
    yield Case("json: lone surrogate", b'{"Status": {"DeviceUDF": "\\ud800"}}', **status)
    yield Case("json: NaN", b'{"Download": {"Select": [{"Container": "mmm_Contact", '
               b'"IndexMin": NaN}]}}', transaction="Download")
    yield Case("json: fraction for an integer", b'{"Download": {"Select": [{"Container": '
               b'"mmm_Contact", "IndexMin": 1.5}]}}', transaction="Download")
    yield Case("json: integer beyond 64 bits", b'{"Download": {"Select": [{"Container": '
               b'"mmm_Contact", "IndexMin": 99999999999999999999}]}}', transaction="Download")
    yield Case("json: 5000 arrays deep", b"[" * 5000, **unknown)
    deep = b'{"Status": {"Unknown": ' + b"[" * 40 + b"]" * 40 + b"}}"
    yield Case("json: 40 arrays deep in an unknown member", deep, **status)
    yield Case("json: control character", b'{"Status": {"DeviceUDF": "a\x00b"}}', **status)


def base64_cases():
    def body(text):
        return changed(lambda header, envelope: envelope.__setitem__(1, text))
    yield Case("base64: foreign character", body("AA*A"))
    yield Case("base64: one character over", body("AAAAA"))
    yield Case("base64: number", changed(lambda h, e: e.__setitem__(1, 7)))
    yield Case("base64: in ContentMetaData", changed(lambda h, e: h.update(ContentMetaData="%%%")))
    yield Case("base64: in PayloadDigest", changed(lambda h, e: e[2].update(PayloadDigest="%%%")))


def dare_cases():
    yield Case("dare: envelope is an object", upload(CONTACT, {"header": {}}))
    yield Case("dare: empty envelope", upload(CONTACT, []))
    yield Case("dare: four elements", upload(CONTACT, [*good_entry(), {}]))
    yield Case("dare: header is a string", changed(lambda h, e: e.__setitem__(0, "x")))
    yield Case("dare: trailer is an array", changed(lambda h, e: e.__setitem__(2, [])))
    yield Case("dare: ContentMetaData is not JSON",
               changed(lambda h, e: h.update(ContentMetaData=b64(b"not json"))))
    yield Case("dare: ContentMetaData is an array",
               changed(lambda h, e: h.update(ContentMetaData=b64(b"[]"))))
    yield Case("dare: unknown event", upload(CONTACT, catalog_entry("x", b"y", event="Explode")))
    yield Case("dare: no event in a catalog",
               changed(lambda h, e: h.update(ContentMetaData=b64(b'{"UniqueID": "x"}'))))
    yield Case("dare: no UniqueID in a catalog",
               changed(lambda h, e: h.update(ContentMetaData=b64(b'{"Event": "New"}'))))
    yield Case("dare: ContainerInfo is a string",
               changed(lambda h, e: h.update(ContainerInfo="x")))
    yield Case("dare: Updates is an object", {"Upload": {"Updates": {}}})
    yield Case("dare: update without a container", {"Upload": {"Updates": [
        {"Envelopes": [good_entry()]}]}})


def digest_cases():
    yield Case("digest: of another payload",
               changed(lambda h, e: e[2].update(PayloadDigest=b64(sha512(b"other")))))
    yield Case("digest: 32 octets", changed(lambda h, e: e[2].update(PayloadDigest=b64(b"x" * 32))))
    yield Case("digest: empty", changed(lambda h, e: e[2].update(PayloadDigest="")))
    yield Case("digest: in the header, wrong",
               changed(lambda h, e: h.update(PayloadDigest=b64(sha512(b"other")))))
    good, bad = good_entry(), catalog_entry("second", b"second")
    bad[2]["PayloadDigest"] = b64(sha512(b"other"))
    yield Case("digest: the second of two entries", upload(CONTACT, good, bad))


def name_cases():
    names = ("", "../escape", "a/b", "/etc/passwd", "mmm_Contact\u0000", "mmm Contact", ".hidden",
             "mmm_Contact.dcat", "1st", "_x", "x" * 65, "m\u00e9m\u00e9", "mmm_Contact\n")
    for name in names:
        yield Case(f"container {name!r}: upload", upload(name, good_entry()))
        yield Case(f"container {name!r}: download",
                   {"Download": {"Select": [{"Container": name}]}}, transaction="Download")
    two = {"Upload": {"Updates": [{"Container": CONTACT, "Envelopes": [good_entry()]},
                                  {"Container": "../escape", "Envelopes": [good_entry()]}]}}
    yield Case("container: the second of two updates", two)
    many = [{"Container": f"extra_{i}", "Envelopes": [good_entry()]} for i in range(65)]
    yield Case("containers: 65 updates", {"Upload": {"Updates": many}}, (400, 413, 507))


def index_cases():
    def select(**fields):
        return {"Download": {"Select": [{"Container": CONTACT, **fields}]}}
    download = {"transaction": "Download"}
    yield Case("download: no Select", {"Download": {}}, **download)
    yield Case("download: Select is an object", {"Download": {"Select": {}}}, **download)
    yield Case("download: index as a string", select(IndexMin="1"), **download)
    yield Case("download: bad date", select(NotBefore="yesterday"), **download)
    yield Case("download: 30 February", select(Before="2020-02-30T00:00:00Z"), **download)
    yield Case("download: forged page key", select(PageKey=b64(b"forged")), **download)
    yield Case("download: 65 selections",
               {"Download": {"Select": [{"Container": CONTACT}] * 65}}, (400, 413), **download)
    yield Case("upload: index as a string",
               changed(lambda h, e: h.update(ContainerInfo={"Index": "1"})))
    yield Case("upload: negative index",
               changed(lambda h, e: h.update(ContainerInfo={"Index": -1})))


def size_cases():
    yield Case("size: payload over the limit",
               upload(CONTACT, catalog_entry("big", b"x" * (MESSAGE_MAX + 1))), (413,))
    yield Case("size: header over the limit",
               changed(lambda h, e: h.update(Annotations=[b64(b"x" * HEADER_MAX)])), (400, 413))
    yield Case("size: 1025 entries", upload(CONTACT, *[
        catalog_entry(f"n{i}", b"x") for i in range(1025)]), (413,))
    yield Case("size: identifier over the limit",
               upload(CONTACT, catalog_entry("i" * 1025, b"x")), (400, 413))
    yield Case("size: address over the limit",
               {"CreateAccount": {"AccountAddress": "a" * 65 + "@example.com"}},
               transaction="CreateAccount")


def address_cases(person):
    create = {"transaction": "CreateAccount"}
    addresses = ("", "@example.com", "nobody", "a@", "a b@example.com", "a@exa mple.com",
                 ".a@example.com", "a.@example.com", "a/b@example.com", "a\u0000@example.com",
                 "a@-example.com", "a@example..com", "caf\u00e9@example.com")
    for address in addresses:
        yield Case(f"address {address!r}", person.create_request(address), **create)
    yield Case("address of a domain not served", person.create_request("a@elsewhere.org"),
               (400, 403, 404, 421), **create)
    yield Case("address other than the profile's", {"CreateAccount": {
        **person.create_request("one@example.com")["CreateAccount"],
        "AccountAddress": "two@example.com"}}, (400, 403), **create)


def signature_cases(person):
    create = {"transaction": "CreateAccount", "statuses": (400, 403)}
    address = "fresh@example.com"
    stranger = Key("Ed448", person.folder, "stranger")

    def request(**members):
        return {"CreateAccount": {**person.create_request(address)["CreateAccount"], **members}}

    def without(member):
        value = request()
        del value["CreateAccount"][member]
        return value
    yield Case("signature: account profile by a stranger", request(
        SignedAssertionAccount=person.account_profile(address, stranger)), **create)
    claimed = person.account_profile(address, stranger)
    claimed[2]["signatures"][0]["kid"] = person.online.udf
    yield Case("signature: by a stranger under another's name",
               request(SignedAssertionAccount=claimed), **create)
    broken = person.account_profile(address)
    octets = bytearray(person.online.sign(b"something else"))
    broken[2]["signatures"][0]["signature"] = b64(bytes(octets))
    yield Case("signature: of something else", request(SignedAssertionAccount=broken), **create)
    short = person.account_profile(address)
    short[2]["signatures"][0]["signature"] = b64(b"short")
    yield Case("signature: five octets", request(SignedAssertionAccount=short), **create)
    none = person.account_profile(address)
    none[2] = {"PayloadDigest": none[2]["PayloadDigest"]}
    yield Case("signature: none", request(SignedAssertionAccount=none), **create)
    swapped = request()["CreateAccount"]
    swapped["SignedProfileMesh"], swapped["SignedAssertionAccount"] = (
        swapped["SignedAssertionAccount"], swapped["SignedProfileMesh"])
    yield Case("signature: profiles swapped", {"CreateAccount": swapped}, **create)
    yield Case("signature: mesh profile by a stranger", request(SignedProfileMesh=signed(
        {"ProfileMesh": {"KeyOfflineSignature": person.offline.data(),
                         "KeysOnlineSignature": [stranger.data()]}}, stranger)), **create)
    yield Case("signature: no mesh profile", without("SignedProfileMesh"), **create)
    yield Case("signature: no account profile", without("SignedAssertionAccount"), **create)
    wrong = stranger.data()
    wrong["UDF"] = person.online.udf
    yield Case("signature: key under a wrong UDF", request(SignedProfileMesh=signed(
        {"ProfileMesh": {"KeyOfflineSignature": person.offline.data(),
                         "KeysOnlineSignature": [wrong]}}, person.offline)), **create)


def post_cases(account):
    """Messages to the account itself, were nothing wrong with them."""
    post = {"transaction": "Post"}

    def message(name="m", payload=b'{"RequestContact": {"MessageID": "m"}}'):
        return [{"EnvelopeID": name, "ContentMetaData": b64(json.dumps(
            {"UniqueID": "m", "MessageType": "RequestContact"}).encode())}, b64(payload)]

    def request(**members):
        return {"Post": {"Accounts": [account], "Message": [message()], **members}}

    def changed_message(change):
        envelope = message()
        change(envelope[0], envelope)
        return request(Message=[envelope])
    yield Case("post: no EnvelopeID", changed_message(lambda h, e: h.pop("EnvelopeID")), **post)
    yield Case("post: no ContentMetaData",
               changed_message(lambda h, e: h.pop("ContentMetaData")), **post)
    yield Case("post: no UniqueID",
               changed_message(lambda h, e: h.update(ContentMetaData=b64(b"{}"))), **post)
    yield Case("post: wrong digest", changed_message(
        lambda h, e: h.update(PayloadDigest=b64(sha512(b"other")))), **post)
    yield Case("post: the second of two", request(Message=[message(), [{}, "AA"]]), **post)
    yield Case("post: to nobody", request(Accounts=[]), **post)
    yield Case("post: to an address that is none", request(Accounts=[account, "nobody"]), **post)
    yield Case("post: to a number", request(Accounts=[7]), **post)
    yield Case("post: Accounts is a string", request(Accounts=account), **post)
    yield Case("post: Message is an object", request(Message={}), **post)
    yield Case("post: Self is an envelope", {"Post": {"Self": message()}}, **post)
    yield Case("post: to 65 accounts", request(
        Accounts=[f"a{i}@example.com" for i in range(65)]), (413,), **post)
    yield Case("post: 33 messages", request(
        Message=[message(f"m{i}") for i in range(33)]), (413,), **post)
    yield Case("post: payload over the limit", request(
        Message=[message(payload=b"x" * (MESSAGE_MAX + 1))]), (413,), **post)
    yield Case("post: of an unknown account", {"Post": {"Self": [message()]}}, (404,),
               fields={"X-Mesh-Account": "nobody@example.com"}, **post)


def caller_cases(account):
    nobody = {"X-Mesh-Account": "nobody@example.com"}
    for transaction, request in (("Status", {"Status": {}}),
                                 ("Upload", upload(CONTACT, good_entry())),
                                 ("Download", {"Download": {"Select": [{"Container": CONTACT}]}}),
                                 ("DeleteAccount", {"DeleteAccount": {}})):
        yield Case(f"caller: {transaction} of an unknown account", request, (404,), transaction,
                   fields=nobody)
        yield Case(f"caller: {transaction} of an address that is none", request, (400, 401, 404),
                   transaction, fields={"X-Mesh-Account": "not an address"})
    yield Case(f"caller: {account} is taken", {"CreateAccount": {
        "AccountAddress": account}}, (400,), "CreateAccount")
