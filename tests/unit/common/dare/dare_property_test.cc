// What must hold for any envelope, frame, container and tree.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "common/crypto/digest.h"
#include "common/dare/container_file.h"
#include "common/dare/envelope.h"
#include "common/dare/frame.h"
#include "common/dare/header.h"
#include "common/dare/merkle_tree.h"
#include "common/encoding/base64url.h"
#include "common/encoding/json_writer.h"

namespace mesh::dare {
namespace {

std::string AnyOctets() { return *rc::gen::container<std::string>(rc::gen::arbitrary<char>()); }
std::string AnyName() { return *rc::gen::container<std::string>(rc::gen::inRange<char>('a', 'z')); }

// An object with some members, in any layout, some of which a store would set.
std::string AnyHeader() {
  std::string text = "{";
  const std::vector<std::string> gaps = {"", " ", "\n  "};
  const auto gap = [&] { return *rc::gen::elementOf(gaps); };
  const int count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) {
    text += i == 0 ? gap() : gap() + "," + gap();
    const int kind = *rc::gen::inRange(0, 4);
    if (kind == 0 && text.find("Received") == std::string::npos) {
      text += "\"Received\":\"2026-01-01T00:00:00Z\"";
    } else if (kind == 1 && text.find("ContainerInfo") == std::string::npos) {
      text += "\"ContainerInfo\":{\"Index\" : 3}";
    } else if (kind == 2 && text.find("Salt") == std::string::npos) {
      text += "\"Salt\"" + gap() + ":" + gap() + "\"" + Base64UrlEncode(AnyOctets()) + "\"";
    } else {
      text += "\"" + std::to_string(i) + AnyName() + "\"" + gap() + ":" + gap() + "[{},\"}\"]";
    }
  }
  return text + gap() + "}";
}

// A header or trailer as our writers and the drafts have them, compact.
std::string AnyCompactHeader() {
  std::string text;
  json::Writer writer(text);
  const auto maybe = [] { return *rc::gen::arbitrary<bool>(); };
  writer.BeginObject();
  if (maybe()) writer.Member("EnvelopeID").String(AnyName());
  for (const char* name : {"Salt", "PayloadDigest", "cloaked", "Unknown"}) {
    if (maybe()) writer.Member(name).Binary(AnyOctets());
  }
  if (maybe()) {
    writer.Member("Annotations").BeginArray().Binary(AnyOctets()).Binary(AnyOctets()).EndArray();
  }
  if (maybe()) {
    writer.Member("signatures").BeginArray().BeginObject().Member("kid").String(AnyName());
    writer.Member("signature").Binary(AnyOctets()).EndObject().EndArray();
  }
  if (maybe()) writer.Member("ContainerInfo").BeginObject().Member("Index").Int(7).EndObject();
  writer.EndObject();
  return text;
}

Envelope AnyCompactEnvelope() {
  Envelope envelope;
  envelope.header = AnyCompactHeader();
  envelope.has_payload = *rc::gen::arbitrary<bool>();
  if (envelope.has_payload) envelope.payload = AnyOctets();
  if (*rc::gen::arbitrary<bool>()) envelope.trailer = AnyCompactHeader();
  return envelope;
}

json::Options JsonB() {
  json::Options options;
  options.json_b = true;
  return options;
}

std::vector<std::string> AnyPayloadDigests(size_t least) {
  const size_t count = *rc::gen::inRange<size_t>(least, 200);
  std::vector<std::string> digests;
  for (size_t i = 0; i < count; ++i) {
    digests.emplace_back(crypto::Sha512(std::to_string(*rc::gen::arbitrary<uint64_t>())));
  }
  return digests;
}

// All T by the formula, with every T at hand.
std::vector<std::string> NaiveTree(const std::vector<std::string>& payloads) {
  std::vector<std::string> tree;
  for (size_t n = 0; n < payloads.size(); ++n) {
    size_t m = n + 1;
    size_t d = 1;
    std::string c = payloads[n];
    while (m % 2 == 0) {
      c = crypto::Sha512(tree[n - d] + c);
      d *= 2;
      m /= 2;
    }
    const std::string absent(64, '\0');
    const std::string& left = m != 1 ? tree[n - d] : d == 1 ? absent : tree[d / 2 - 1];
    tree.emplace_back(crypto::Sha512(left + c));
  }
  return tree;
}

RC_GTEST_PROP(EnvelopeProperty, ReadingUndoesWriting, ()) {
  Envelope envelope;
  envelope.header = AnyHeader();
  envelope.has_payload = *rc::gen::arbitrary<bool>();
  if (envelope.has_payload) envelope.payload = AnyOctets();
  if (*rc::gen::arbitrary<bool>()) envelope.trailer = AnyHeader();
  const Result<Envelope> read = ParseEnvelope(EnvelopeText(envelope));
  RC_ASSERT(read.ok());
  RC_ASSERT(*read == envelope);
}

RC_GTEST_PROP(EnvelopeProperty, MutatedTextIsReadOrRefused, ()) {
  Envelope envelope;
  envelope.header = AnyHeader();
  envelope.payload = AnyOctets();
  envelope.trailer = AnyHeader();
  std::string text = EnvelopeText(envelope);
  text[*rc::gen::inRange<size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
  const Result<Envelope> read = ParseEnvelope(text);
  if (!read.ok()) return;
  const Result<Envelope> again = ParseEnvelope(EnvelopeText(*read));
  RC_ASSERT(again.ok());
  RC_ASSERT(*again == *read);
  (void)ParseHeader(read->header);
}

RC_GTEST_PROP(EnvelopeProperty, ThroughJsonBItIsTheSame, ()) {
  const Envelope envelope = AnyCompactEnvelope();
  std::string octets;
  WriteEnvelope(envelope, octets, json::Form::kJsonB);
  const Result<Envelope> read = ParseEnvelope(octets, JsonB());
  RC_ASSERT(read.ok());
  RC_ASSERT(*read == envelope);
}

RC_GTEST_PROP(EnvelopeProperty, ThroughJsonBEveryLayoutSaysTheSame, ()) {
  Envelope envelope;
  envelope.header = AnyHeader();
  envelope.payload = AnyOctets();
  std::string octets;
  WriteEnvelope(envelope, octets, json::Form::kJsonB);
  const Result<Envelope> read = ParseEnvelope(octets, JsonB());
  RC_ASSERT(read.ok());
  RC_ASSERT(read->payload == envelope.payload);
  std::string again;
  WriteEnvelope(*read, again, json::Form::kJsonB);
  RC_ASSERT(*ParseEnvelope(again, JsonB()) == *read);
  RC_ASSERT(ParseHeader(read->header)->salt == ParseHeader(envelope.header)->salt);
}

RC_GTEST_PROP(EnvelopeProperty, MutatedJsonBIsReadOrRefused, ()) {
  std::string octets;
  WriteEnvelope(AnyCompactEnvelope(), octets, json::Form::kJsonB);
  octets[*rc::gen::inRange<size_t>(0, octets.size())] = *rc::gen::arbitrary<char>();
  const Result<Envelope> read = ParseEnvelope(octets, JsonB());
  if (!read.ok()) return;
  const Result<Envelope> again = ParseEnvelope(EnvelopeText(*read));
  RC_ASSERT(again.ok());
  RC_ASSERT(*again == *read);
}

RC_GTEST_PROP(HeaderProperty, StrippingUndoesInserting, ()) {
  const Result<std::string> stripped = StripServiceMembers(AnyHeader());
  RC_ASSERT(stripped.ok());
  const std::string inserted = InsertServiceMembers(*stripped, *rc::gen::inRange(0, 9), 0);
  RC_ASSERT(*StripServiceMembers(inserted) == *stripped);
}

RC_GTEST_PROP(FrameProperty, RoundTripsInBothDirections, ()) {
  std::string octets = AnyOctets();
  const size_t before = octets.size();
  const std::string header = AnyOctets();
  const std::string payload = AnyOctets() + std::string(*rc::gen::inRange<size_t>(0, 70000), 'x');
  const std::string trailer = AnyOctets();
  AppendFrame(header, payload, trailer, octets);
  FrameView forward;
  FrameView back;
  RC_ASSERT(ReadFrame(std::string_view(octets).substr(before), &forward) == FrameVerdict::kWhole);
  RC_ASSERT(ReadFrameBefore(octets, &back) == FrameVerdict::kWhole);
  for (const FrameView& frame : {forward, back}) {
    RC_ASSERT(frame.header == header);
    RC_ASSERT(frame.payload == payload);
    RC_ASSERT(frame.trailer == trailer);
    RC_ASSERT(frame.frame_bytes == octets.size() - before);
  }
}

RC_GTEST_PROP(FrameProperty, AnyOctetsAreReadOrRefused, ()) {
  std::string octets;
  AppendFrame(AnyOctets(), AnyOctets(), AnyOctets(), octets);
  octets[*rc::gen::inRange<size_t>(0, octets.size())] = *rc::gen::arbitrary<char>();
  const std::vector<char> exact(octets.begin(), octets.end());
  FrameView frame;
  (void)ReadFrame({exact.data(), exact.size()}, &frame);
  (void)ReadFrameBefore({exact.data(), exact.size()}, &frame);
}

RC_GTEST_PROP(ContainerProperty, RoundTripsAndVerifies, ()) {
  ContainerWriter writer("application/mmm-catalog");
  std::vector<std::string> payloads = {""};
  const int count = *rc::gen::inRange(0, 20);
  for (int i = 0; i < count; ++i) {
    Envelope envelope;
    envelope.header = AnyHeader();
    envelope.payload = payloads.emplace_back(AnyOctets());
    RC_ASSERT(writer.Append(envelope).ok());
  }
  const Result<std::vector<ContainerFrame>> frames = ReadContainer(writer.octets());
  RC_ASSERT(frames.ok());
  RC_ASSERT(VerifyContainer(*frames, true).ok());
  RC_ASSERT(frames->size() == payloads.size());
  for (size_t i = 0; i < payloads.size(); ++i) RC_ASSERT((*frames)[i].frame.payload == payloads[i]);
}

RC_GTEST_PROP(MerkleProperty, AppendingGivesWhatTheFormulaGives, ()) {
  const std::vector<std::string> payloads = AnyPayloadDigests(0);
  const std::vector<std::string> tree = NaiveTree(payloads);
  MerkleFrontier frontier;
  for (size_t i = 0; i < payloads.size(); ++i) RC_ASSERT(frontier.Append(payloads[i]) == tree[i]);
  RC_ASSERT(MerkleFrontier::Restore(frontier.Serialize())->digest() == frontier.digest());
}

RC_GTEST_PROP(MerkleProperty, APathWithAFlippedBitDoesNotHold, ()) {
  const std::vector<std::string> payloads = AnyPayloadDigests(1);
  const std::string tree = NaiveTree(payloads).back();
  const uint64_t index = *rc::gen::inRange<uint64_t>(0, payloads.size());
  InclusionPath path = *MakeInclusionPath(payloads, index);
  RC_ASSERT(VerifyInclusionPath(path, payloads[index], tree).ok());

  const size_t places = (path.operands.size() + 2) * kTreeDigestBytes * 8;
  const size_t place = *rc::gen::inRange<size_t>(0, places);
  std::string payload = payloads[index];
  std::string digest = tree;
  const size_t which = place / (kTreeDigestBytes * 8);
  std::string& flipped = which == 0 ? payload : which == 1 ? digest : path.operands[which - 2];
  flipped[place / 8 % kTreeDigestBytes] ^= static_cast<char>(1 << place % 8);
  RC_ASSERT(!VerifyInclusionPath(path, payload, digest).ok());
}

}  // namespace
}  // namespace mesh::dare
