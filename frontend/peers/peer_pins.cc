#include "frontend/peers/peer_pins.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include "common/crypto/udf.h"
#include "common/encoding/domain_name.h"
#include "common/encoding/json_reader.h"
#include "frontend/peers/peer_limits.h"
#include "frontend/service/key_file.h"

namespace mesh::frontend {
namespace {

// Whole octets of a fingerprint of kUdfBits without its type, which says how many zero bits
// its digest ends in: none to 50.
constexpr size_t kUdfOctets = crypto::kUdfBits / 8 - 1;
constexpr auto kUdfTypeMin = static_cast<uint8_t>(crypto::UdfType::kDigestSha2);
constexpr uint8_t kUdfTypeMax = kUdfTypeMin + 4;

bool IsServiceUdf(std::string_view text) {
  const Result<crypto::Udf> udf = crypto::ParseUdf(text);
  return udf.ok() && udf->type >= kUdfTypeMin && udf->type <= kUdfTypeMax &&
         udf->data.size() == kUdfOctets;
}

bool ReadPin(json::Reader& reader, const std::string& domain, PeerPins* pins) {
  std::string text;
  if (!reader.String(&text)) return false;
  if (!IsHostName(domain)) {
    return reader.Fail("\"" + domain + "\": expected a DNS name in lower case");
  }
  if (!IsServiceUdf(text)) {
    return reader.Fail(domain + ": expected the UDF of a ProfileService, seven groups of four");
  }
  pins->emplace(domain, *crypto::CanonicalUdf(text));
  return true;
}

Result<std::string> ReadPins(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kPinsBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    return Status(Code::kUnavailable, "cannot read the file of pins " + path);
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() <= kPinsBytesMax) return text;
  return InvalidArgument("the file of pins may have at most " + std::to_string(kPinsBytesMax) +
                         " octets");
}

}  // namespace

Result<PeerPins> ParsePeerPins(std::string_view text) {
  json::Reader reader(text);
  PeerPins pins;
  std::string_view domain;
  reader.BeginObject();
  while (reader.NextMember(&domain)) ReadPin(reader, std::string(domain), &pins);
  if (reader.Finish()) return pins;
  return InvalidArgument("the file of pins: " + reader.status().message());
}

PeerPinFile::PeerPinFile(std::string path) : path_(std::move(path)) {
  pins_.Publish(std::make_shared<PeerPins>());
}

Status PeerPinFile::Reload() {
  const std::lock_guard lock(mutex_);
  return path_.empty() ? Status() : Read();
}

Result<bool> PeerPinFile::ReloadIfChanged() {
  const std::lock_guard lock(mutex_);
  if (path_.empty() || State() == state_) return false;
  MESH_RETURN_IF_ERROR(Read());
  return true;
}

// The state is taken before reading, so that a change under way is read again.
Status PeerPinFile::Read() {
  state_ = State();
  MESH_ASSIGN(const std::string text, ReadPins(path_));
  MESH_ASSIGN(PeerPins pins, ParsePeerPins(text));
  pins_.Publish(std::make_shared<const PeerPins>(std::move(pins)));
  return Status();
}

std::string PeerPinFile::State() const {
  const std::filesystem::path path = std::filesystem::absolute(path_);
  return KeyFilesState(path.parent_path().string(), {path.filename().string()});
}

}  // namespace mesh::frontend
