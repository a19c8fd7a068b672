#include "bench/load/read_check.h"

#include <algorithm>
#include <utility>

#include "common/crypto/digest.h"
#include "common/dare/header.h"
#include "common/encoding/base64url.h"

namespace mesh::load {
namespace {

std::string Fewer(int64_t shown, int64_t known) {
  return std::to_string(shown) + " frames, " + std::to_string(known) + " were acknowledged before";
}

int64_t IndexOf(const dare::Envelope& envelope) {
  const Result<dare::HeaderFields> header = dare::ParseHeader(envelope.header);
  if (!header.ok() || !header->container_info) return -1;
  return header->container_info->index.value_or(-1);
}

}  // namespace

ReadCheck::ReadCheck(size_t accounts, std::string container)
    : container_(std::move(container)), frames_(accounts, 0), kept_(accounts) {}

void ReadCheck::Acknowledged(size_t account, int64_t index, const std::string& digest) {
  if (index < 0) return;
  frames_[account] = std::max(frames_[account], index + 1);
  std::vector<Known>& kept = kept_[account];
  if (kept.empty()) kept.resize(kKept);
  Known& place = kept[static_cast<size_t>(index) % kKept];
  if (index >= place.index) place = {index, digest};
}

std::string ReadCheck::OfStatus(int64_t known, const client::StatusReply& reply) const {
  const auto shown = std::find_if(reply.containers.begin(), reply.containers.end(),
                                  [this](const auto& one) { return one.container == container_; });
  const int64_t frames = shown == reply.containers.end() ? 0 : shown->frames;
  return frames < known ? Fewer(frames, known) : std::string();
}

std::string ReadCheck::OfDownload(size_t account, int64_t known, int64_t first,
                                  const client::DownloadReply& reply) const {
  if (reply.updates.size() != 1) return std::to_string(reply.updates.size()) + " containers, not 1";
  int64_t index = first;
  for (const dare::Envelope& envelope : reply.updates[0].envelopes) {
    const std::string wrong = OfFrame(account, index++, envelope);
    if (!wrong.empty()) return wrong;
  }
  return index < known ? Fewer(index, known) : std::string();
}

std::string ReadCheck::OfFrame(size_t account, int64_t index,
                               const dare::Envelope& envelope) const {
  const int64_t told = IndexOf(envelope);
  if (told != index) {
    return "frame " + std::to_string(told) + " in place of " + std::to_string(index);
  }
  if (kept_[account].empty()) return {};
  const Known& known = kept_[account][static_cast<size_t>(index) % kKept];
  if (known.index != index) return {};
  if (known.digest == Base64UrlEncode(crypto::Sha512(envelope.payload))) return {};
  return "frame " + std::to_string(index) + " is not what was acknowledged there";
}

}  // namespace mesh::load
