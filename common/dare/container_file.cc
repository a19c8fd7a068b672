#include "common/dare/container_file.h"

#include <bit>
#include <utility>

#include "common/crypto/digest.h"
#include "common/dare/signature.h"
#include "common/encoding/json_writer.h"

namespace mesh::dare {
namespace {

// `header` with the service members of a file: Index and TreePosition.
std::string FileHeader(std::string_view stripped, int64_t index, uint64_t tree_position) {
  std::string text = InsertServiceMembers(stripped, index, std::nullopt);
  std::string position = ",\"TreePosition\":" + std::to_string(tree_position);
  // InsertServiceMembers() ends with the object ContainerInfo and then the header.
  text.insert(text.rfind('}', text.rfind('}') - 1), position);
  return text;
}

Status AtFrame(size_t index, const ContainerFrame& frame, std::string_view problem, Code code) {
  return Status(code, "container, frame " + std::to_string(index) + " at octet " +
                          std::to_string(frame.position) + ": " + std::string(problem));
}

Status CheckInfo(const std::vector<ContainerFrame>& frames, size_t index) {
  const ContainerFrame& at = frames[index];
  const Result<HeaderFields> header = ParseHeader(at.frame.header);
  if (!header.ok()) {
    return AtFrame(index, at, header.status().message(), Code::kInvalidArgument);
  }
  const std::optional<ContainerInfo>& info = header->container_info;
  if (!info) return AtFrame(index, at, "no ContainerInfo", Code::kInvalidArgument);
  const auto number = static_cast<int64_t>(index);
  if (info->index.value_or(0) != number) {
    return AtFrame(index, at, "Index is not that of the frame", Code::kInvalidArgument);
  }
  if (index == 0 || !info->tree_position) return Status();
  const uint64_t before = frames[static_cast<size_t>(PreviousFrame(number))].position;
  if (*info->tree_position != static_cast<int64_t>(before)) {
    return AtFrame(index, at, "TreePosition is not that of the frame before in the tree",
                   Code::kInvalidArgument);
  }
  return Status();
}

}  // namespace

Envelope FrameZero(std::string_view cty) {
  ContentMeta meta;
  meta.cty = cty;
  std::string meta_text;
  WriteContentMeta(meta, meta_text);

  Envelope envelope;
  std::string header;
  json::Writer(header).BeginObject().Member("ContentMetaData").Binary(meta_text).EndObject();
  envelope.header = InsertServiceMembers(header, 0, std::nullopt);

  TrailerFields trailer;
  trailer.payload_digest = PayloadDigest({});
  MerkleFrontier frontier;
  trailer.tree_digest = frontier.Append(trailer.payload_digest);
  WriteTrailer(trailer, envelope.trailer);
  return envelope;
}

int64_t PreviousFrame(int64_t index) {
  const auto count = static_cast<uint64_t>(index) + 1;
  const uint64_t step = uint64_t{1} << std::countr_zero(count);
  return static_cast<int64_t>(count == step ? step / 2 - 1 : static_cast<uint64_t>(index) - step);
}

ContainerWriter::ContainerWriter(std::string_view cty) {
  const Envelope zero = FrameZero(cty);
  positions_.push_back(0);
  frontier_.Append(PayloadDigest({}));
  AppendFrame(zero.header, zero.payload, zero.trailer, octets_);
}

Result<int64_t> ContainerWriter::Append(const Envelope& envelope) {
  if (!envelope.has_payload) return InvalidArgument("container: the entry has no payload");
  MESH_ASSIGN(const HeaderFields fields, ParseHeader(envelope.header));
  MESH_ASSIGN(TrailerFields trailer, EffectiveTrailer(fields, envelope.trailer));
  MESH_ASSIGN(const std::string stripped, StripServiceMembers(envelope.header));

  const int64_t index = frames();
  const uint64_t tree_position = positions_[static_cast<size_t>(PreviousFrame(index))];
  trailer.payload_digest = PayloadDigest(envelope.payload);
  trailer.tree_digest = frontier_.Append(trailer.payload_digest);
  trailer.chain_digest.clear();
  std::string trailer_text;
  if (envelope.trailer.empty()) {
    WriteTrailer(trailer, trailer_text);
  } else {  // What else it says stays: signature blocks.
    MESH_ASSIGN(trailer_text,
                WithDigests(envelope.trailer, trailer.payload_digest, trailer.tree_digest));
  }
  positions_.push_back(octets_.size());
  AppendFrame(FileHeader(stripped, index, tree_position), envelope.payload, trailer_text, octets_);
  return index;
}

Result<std::vector<ContainerFrame>> ReadContainer(std::string_view octets) {
  std::vector<ContainerFrame> frames;
  uint64_t position = 0;
  while (position < octets.size()) {
    ContainerFrame next;
    next.position = position;
    if (ReadFrame(octets.substr(position), &next.frame) != FrameVerdict::kWhole) {
      return AtFrame(frames.size(), next, "not a whole frame", Code::kInvalidArgument);
    }
    position += next.frame.frame_bytes;
    frames.push_back(next);
  }
  if (frames.empty()) return InvalidArgument("container: no frame zero");
  for (size_t i = 0; i < frames.size(); ++i) MESH_RETURN_IF_ERROR(CheckInfo(frames, i));
  return frames;
}

Status VerifyContainer(const std::vector<ContainerFrame>& frames, bool tree_digests) {
  MerkleFrontier frontier;
  for (size_t i = 0; i < frames.size(); ++i) {
    const FrameView& frame = frames[i].frame;
    MESH_ASSIGN(const HeaderFields header, ParseHeader(frame.header));
    MESH_ASSIGN(const TrailerFields trailer, EffectiveTrailer(header, frame.trailer));
    const crypto::Digest512 digest = PayloadDigest(frame.payload);
    const std::string_view tree = frontier.Append(digest);
    if (!trailer.payload_digest.empty() && trailer.payload_digest != digest.view()) {
      return AtFrame(i, frames[i], "PayloadDigest differs", Code::kDataLoss);
    }
    if (tree_digests && trailer.tree_digest != tree) {
      return AtFrame(i, frames[i], "TreeDigest differs", Code::kDataLoss);
    }
  }
  return Status();
}

}  // namespace mesh::dare
