"""Messages: how a device signs and sends them, and what it finds in its spools."""

import base64
import os

from .encoding import JSON, octets_of
from .keys import sha512


def message_id():
    text = base64.b32encode(os.urandom(20)).decode()
    return "N" + "-".join(text[at:at + 4] for at in range(0, 28, 4))[1:]


def message(member, recipient, kind="RequestContact", identifier=None, **members):
    """(MessageID, envelope) of a message that `member`, a device in its account, signs."""
    identifier = identifier or message_id()
    payload = JSON.write({kind: {"MessageID": identifier, "Sender": member.account.address,
                                 "Recipient": recipient, **members}})
    meta = JSON.write({"UniqueID": identifier, "MessageType": kind})
    digest = sha512(payload)
    block = {"alg": "S512", "kid": member.signature.udf,
             "signature": member.signature.sign(digest),
             "EnvelopedConnectionAccount": member.connection,
             "EnvelopedProfileAccount": member.account.profile}
    return identifier, [{"EnvelopeID": identifier, "ContentMetaData": meta}, payload,
                        {"signatures": [block], "PayloadDigest": digest}]


def post(recipients, *envelopes):
    return {"Post": {"Accounts": list(recipients), "Message": list(envelopes)}}


def spool(client, container="mmm_Inbound"):
    """The messages of a spool, in order: {class: members} each."""
    select = {"Container": container, "IndexMin": 1}
    found = []
    while select:
        reply = client.call({"Download": {"Select": [select]}})
        if reply.name == "MeshUnknownContainer":
            return found
        update, = reply.fields["Updates"]
        found += [JSON.read(octets_of(envelope[1])) for envelope in update["Envelopes"]
                  if envelope[0]["ContainerInfo"]["Index"] > 0]
        key = update.get("PageKey")
        select = {"PageKey": octets_of(key)} if key else None
    return found
