#include "common/client/replica.h"

#include <utility>

#include "common/dare/signature.h"

namespace mesh::client {
namespace {

constexpr std::string_view kDefaultCty = "application/mmm-catalog";

dare::Envelope EnvelopeOf(const dare::FrameView& frame) {
  dare::Envelope envelope;
  envelope.header = frame.header;
  envelope.payload = frame.payload;
  envelope.trailer = frame.trailer;
  return envelope;
}

}  // namespace

Status Replica::Index(const dare::Envelope& envelope, const dare::HeaderFields& header) {
  const dare::ContentMeta& meta = header.content_meta;
  if (frames_.empty()) {
    if (!envelope.payload.empty()) {
      return Status(Code::kDataLoss, "frame zero holds data, which no container of the Mesh has");
    }
    cty_ = meta.cty.empty() ? kDefaultCty : std::string_view(meta.cty);
  } else if (!meta.event.empty() && !meta.unique_id.empty()) {
    entries_[meta.unique_id] = {frames(), meta.event == "Delete"};
  }
  return {};
}

Status Replica::Append(const dare::Envelope& envelope) {
  MESH_ASSIGN(const dare::HeaderFields header, dare::ParseHeader(envelope.header));
  MESH_RETURN_IF_ERROR(Index(envelope, header));
  frontier_.Append(dare::PayloadDigest(envelope.payload));
  frames_.push_back(envelope);
  return {};
}

Result<Replica> Replica::Read(std::string_view octets) {
  MESH_ASSIGN(const std::vector<dare::ContainerFrame> frames, dare::ReadContainer(octets));
  MESH_RETURN_IF_ERROR(dare::VerifyContainer(frames, true));
  Replica replica;
  for (const dare::ContainerFrame& frame : frames) {
    MESH_RETURN_IF_ERROR(replica.Append(EnvelopeOf(frame.frame)));
  }
  return replica;
}

Result<std::string> Replica::Octets() const {
  if (frames_.empty()) return std::string();
  dare::ContainerWriter writer(cty_);
  for (size_t i = 1; i < frames_.size(); ++i) {
    MESH_RETURN_IF_ERROR(writer.Append(frames_[i]).status());
  }
  return writer.octets();
}

}  // namespace mesh::client
