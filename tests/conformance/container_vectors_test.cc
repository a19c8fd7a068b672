// dare_container.json: frames, digests and positions of container files.

#include <algorithm>

#include "common/crypto/cipher.h"
#include "common/crypto/digest.h"
#include "common/crypto/udf.h"
#include "common/dare/container_file.h"
#include "common/dare/encryption.h"
#include "common/dare/frame.h"
#include "common/dare/header.h"
#include "common/dare/merkle_tree.h"
#include "common/dare/signature.h"
#include "tests/conformance/dare_parts.h"
#include "tests/conformance/json_value.h"

namespace mesh::conformance {
namespace {

std::string Frame(const std::vector<std::string>& records) {
  std::string octets;
  if (records.size() == 2) {
    dare::AppendFrame(records[0], records[1], octets);
  } else {
    dare::AppendFrame(records.at(0), records.at(1), records.at(2), octets);
  }
  return octets;
}

// The tag at the front of `octets`, with its length.
std::string TagOf(std::string_view octets) {
  return std::string(octets.substr(0, 1 + (size_t{1} << (octets.at(0) & 3))));
}

// A trace shows, for each frame, its tag, the tag of each record, and the tag reversed.
std::vector<std::string> TraceOf(const std::vector<std::string>& records) {
  const std::string octets = Frame(records);
  std::vector<std::string> trace = {TagOf(octets)};
  size_t at = trace[0].size();
  for (const std::string& record : records) {
    trace.push_back(TagOf(std::string_view(octets).substr(at)));
    at += trace.back().size() + record.size();
  }
  trace.push_back(octets.substr(at));
  return trace;
}

std::vector<std::string> RecordedTrace(const Case& test) {
  std::vector<std::string> trace;
  for (const Case& line : test.at("trace")) trace.push_back(FromHex(line.get<std::string>()));
  return trace;
}

Outcome AgreeTrace(const std::vector<std::string>& got, const std::vector<std::string>& want) {
  if (got.size() != want.size()) return Refuted("number of lines in the trace");
  for (size_t i = 0; i < got.size(); ++i) MESH_MUST(Agree("trace", got[i], want[i]));
  return Verified();
}

Outcome CheckFraming(const Case& test) {
  std::vector<std::string> trace;
  for (size_t i = 0; i < test.at("headers").size(); ++i) {
    std::vector<std::string> records = {test.at("headers").at(i).get<std::string>(),
                                        FromHex(test.at("payloads").at(i).get<std::string>())};
    if (i == 0) records.emplace_back();
    for (const std::string& line : TraceOf(records)) trace.push_back(line);
  }
  return AgreeTrace(trace, RecordedTrace(test));
}

uint64_t LengthIn(const std::string& tag) {
  uint64_t length = 0;
  for (const char octet : tag.substr(1)) length = length << 8 | static_cast<uint8_t>(octet);
  return length;
}

// The contents are not printed, only their lengths.
Outcome CheckFramingLengths(const Case& test) {
  const std::vector<std::string> recorded = RecordedTrace(test);
  std::vector<std::string> trace;
  std::vector<std::string> records;
  for (size_t i = 1; i < recorded.size(); ++i) {
    if ((static_cast<uint8_t>(recorded[i][0]) & 0xfc) == 0xf0) {
      records.emplace_back(LengthIn(recorded[i]), 'x');
      continue;
    }
    for (const std::string& line : TraceOf(records)) trace.push_back(line);
    records.clear();
    ++i;  // The next frame's own tag.
  }
  MESH_MUST(AgreeTrace(trace, recorded));
  const std::string plain(static_cast<size_t>(Number(test, "plain_payload_length")), 'x');
  const std::string cipher = crypto::CbcEncrypt(std::string(32, 'k'), std::string(16, 'i'), plain);
  return Agree("cipher length", std::to_string(cipher.size()),
               std::to_string(Number(test, "cipher_payload_length")));
}

// --- Digests ----------------------------------------------------------------------

std::string Combine(std::string_view left, std::string_view right) {
  const std::string absent(64, '\0');
  return std::string(crypto::Sha512(left.empty() ? absent : left, right));
}

// What the reference writes: the left operand is always missing, and the number of
// hashes is that of the next frame.
std::string TreeAsPublished(int index, std::string digest) {
  int hashes = 1;
  for (int x = index + 2; x % 2 == 0; x /= 2) ++hashes;
  for (; hashes > 0; --hashes) digest = Combine({}, digest);
  return digest;
}

// Compares `member` of every frame that has a trailer with digest(index).
Outcome CheckDigests(const Case& test, const std::string& member,
                     const std::function<std::string(int)>& digest) {
  for (const Case& frame : test.at("frames")) {
    const int index = Number(frame, "index");
    const std::string computed = digest(index);
    if (!Has(frame, "trailer")) continue;
    MESH_MUST(Agree(member, computed, Base64Of(frame.at("trailer"), member)));
  }
  return Verified();
}

std::string PayloadDigestOf(const Case& test) {
  return std::string(dare::PayloadDigest(HexOf(test, "payload")));
}

Outcome CheckChainPublished(const Case& test) {
  const std::string payload = PayloadDigestOf(test);
  MESH_MUST(CheckDigests(test, "PayloadDigest", [&](int) { return payload; }));
  return CheckDigests(test, "ChainDigest", [&](int) { return Combine({}, payload); });
}

Outcome CheckChain(const Case& test) {
  std::string chain;
  return CheckDigests(test, "ChainDigest", [&](int index) {
    return chain = Combine(
               chain, index == 0 ? std::string(dare::PayloadDigest({})) : PayloadDigestOf(test));
  });
}

Outcome CheckMerklePublished(const Case& test) {
  const std::string payload = PayloadDigestOf(test);
  MESH_MUST(CheckDigests(test, "PayloadDigest", [&](int) { return payload; }));
  return CheckDigests(test, "TreeDigest",
                      [&](int index) { return TreeAsPublished(index, payload); });
}

Outcome CheckMerkle(const Case& test) {
  dare::MerkleFrontier frontier;
  return CheckDigests(test, "TreeDigest", [&](int index) {
    return std::string(
        frontier.Append(index == 0 ? std::string(dare::PayloadDigest({})) : PayloadDigestOf(test)));
  });
}

// --- Positions --------------------------------------------------------------------

// Octets of the text that the reference writes for `value`: a line break and two spaces
// for each level before each member and further element, ": " after names.
size_t ReferenceLength(const Case& value, size_t level) {
  const size_t indent = 1 + 2 * (level + 1);
  size_t length = 2;
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      length += indent + Case(name).dump().size() + 2 + ReferenceLength(member, level + 1) + 1;
    }
    return value.empty() ? length : length - 1;
  }
  if (!value.is_array()) return value.dump().size();
  for (const Case& element : value) length += indent + 1 + ReferenceLength(element, level + 1);
  return value.empty() ? length : length - indent - 1;
}

const Case& InfoOf(const Case& header) {
  return header.at(header.contains("ContainerInfo") ? "ContainerInfo" : "SequenceInfo");
}

Outcome CheckTreePositions(const Case& test) {
  constexpr size_t kDigestFolds = 2 * 3;  // A break and two spaces in each of two digests.
  const std::string any_digest(86, 'x');
  std::vector<uint64_t> positions = {0};
  for (size_t i = 0; i < test.at("headers").size(); ++i) {
    const Case& header = test.at("headers").at(i);
    if (i > 0) {
      const auto before = static_cast<size_t>(dare::PreviousFrame(static_cast<int64_t>(i)));
      MESH_MUST(Agree("TreePosition", std::to_string(positions[before]),
                      InfoOf(header).at("TreePosition").dump()));
    }
    Case trailer = test.at("trailers").at(i);
    if (trailer.is_null()) trailer = {{"PayloadDigest", any_digest}, {"TreeDigest", any_digest}};
    const size_t payload = i == 0 ? 0 : HexOf(test, "payload").size();
    positions.push_back(positions.back() +
                        dare::FrameBytes(ReferenceLength(header, 0), payload,
                                         ReferenceLength(trailer, 0) + kDigestFolds));
  }
  return Verified();
}

// --- The rest ---------------------------------------------------------------------

Outcome CheckSignedPresent(const Case& test) {
  for (const Case& frame : test.at("frames")) {
    if (!Has(frame, "trailer")) continue;
    const Result<dare::TrailerFields> trailer = dare::ParseTrailer(frame.at("trailer").dump());
    if (trailer.ok() && !trailer->signatures.empty()) return Verified();
  }
  return Refuted("no frame is signed");
}

Outcome CheckRecipient(const Case& test) {
  const Result<dare::HeaderFields> header = dare::ParseHeader(test.at("header").dump());
  if (!header.ok()) return Refuted(header.status().message());
  const dare::RecipientFields& recipient = header->recipients.at(0);
  const crypto::PrivateKey key = KeyOf(Text(test, "crv"), Base64Of(test, "private"));
  MESH_MUST(AgreeKid(key.public_key(), Text(test, "kid_content_type"), recipient.kid));
  const Result<std::string> shared = dare::SharedSecret(key, {key.curve(), recipient.epk});
  if (!shared.ok()) return Refuted(shared.status().message());
  std::string master;
  MESH_MUST(Unwrap(*shared, recipient.wmk, &master));
  return Agree("kid", crypto::SymmetricKeyId(master, Text(test, "symkey_type")), header->kid);
}

// The older header has Index and TreePosition outside ContainerInfo.
Outcome CheckFrame(const std::vector<dare::ContainerFrame>& frames, size_t index,
                   const Case& payload) {
  const dare::FrameView& frame = frames[index].frame;
  const Case header = ReadJson(frame.header);
  MESH_MUST(Agree("Index", header.at("Index").dump(), std::to_string(index)));
  MESH_MUST(Agree("payload", frame.payload, FromHex(payload.get<std::string>())));
  if (Has(header, "TreePosition")) {
    const auto before =
        index == 0 ? 0 : static_cast<size_t>(dare::PreviousFrame(static_cast<int64_t>(index)));
    MESH_MUST(Agree("TreePosition", header.at("TreePosition").dump(),
                    std::to_string(frames[before].position)));
  }
  if (frame.trailer.empty()) return Verified();
  const Result<dare::TrailerFields> trailer = dare::ParseTrailer(frame.trailer);
  if (!trailer.ok()) return Refuted(trailer.status().message());
  const std::string digest(dare::PayloadDigest(frame.payload));
  MESH_MUST(Agree("PayloadDigest", trailer->payload_digest, digest));
  if (!trailer->chain_digest.empty()) {
    MESH_MUST(Agree("ChainDigest", trailer->chain_digest, Combine({}, digest)));
  }
  if (trailer->tree_digest.empty()) return Verified();
  const std::string tree =
      index == 0 ? Combine({}, digest) : TreeAsPublished(static_cast<int>(index), digest);
  return Agree("TreeDigest", trailer->tree_digest, tree);
}

Outcome SplitFrames(std::string_view octets, std::vector<dare::ContainerFrame>* frames) {
  uint64_t position = 0;
  while (position < octets.size()) {
    dare::ContainerFrame& next = frames->emplace_back();
    next.position = position;
    if (dare::ReadFrame(octets.substr(position), &next.frame) != dare::FrameVerdict::kWhole) {
      return Refuted("no whole frame at " + std::to_string(position));
    }
    position += next.frame.frame_bytes;
  }
  return Verified();
}

Outcome WalkBack(std::string_view octets, std::vector<dare::ContainerFrame> frames) {
  for (; !frames.empty(); frames.pop_back()) {
    dare::FrameView frame;
    if (dare::ReadFrameBefore(octets, &frame) != dare::FrameVerdict::kWhole) {
      return Refuted("no frame ends at " + std::to_string(octets.size()));
    }
    octets.remove_suffix(frame.frame_bytes);
    MESH_MUST(
        Agree("position", std::to_string(octets.size()), std::to_string(frames.back().position)));
  }
  return octets.empty() ? Verified() : Refuted("octets before frame zero");
}

Outcome CheckFile(const Case& test) {
  const std::string octets = Base64Of(test, "data");
  std::vector<dare::ContainerFrame> frames;
  MESH_MUST(SplitFrames(octets, &frames));
  MESH_MUST(WalkBack(octets, frames));
  if (frames.size() != test.at("payloads").size()) return Refuted("number of frames");
  std::string written;
  for (size_t i = 0; i < frames.size(); ++i) {
    const dare::FrameView& frame = frames[i].frame;
    MESH_MUST(CheckFrame(frames, i, test.at("payloads").at(i)));
    std::vector<std::string> records = {std::string(frame.header), std::string(frame.payload)};
    if (frame.has_trailer) records.emplace_back(frame.trailer);
    written += Frame(records);
  }
  return Agree("written", written, octets);
}

const Checkers kCheckers = {
    {"container_framing", CheckFraming},
    {"container_framing_lengths", CheckFramingLengths},
    {"container_chain_published", CheckChainPublished},
    {"container_chain_spec", CheckChain},
    {"container_merkle_published", CheckMerklePublished},
    {"container_merkle_spec", CheckMerkle},
    {"container_tree_positions", CheckTreePositions},
    {"container_signed_present", CheckSignedPresent},
    {"container_recipient", CheckRecipient},
    {"container_file", CheckFile},
};

MESH_VECTOR_FILE(dare_container, kCheckers, (Tally{.agreeing = 35, .skipped = 0}))

}  // namespace
}  // namespace mesh::conformance
