#include "common/client/key_file.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/encoding/json_reader.h"

namespace mesh::client {

KeyFileWriter::KeyFileWriter(std::string_view tag) {
  writer_.BeginObject().Member(tag).BeginObject();
}

void KeyFileWriter::Text(std::string_view name, std::string_view value) {
  writer_.Member(name).String(value);
}

void KeyFileWriter::Flag(std::string_view name, bool value) { writer_.Member(name).Bool(value); }

void KeyFileWriter::Envelope(std::string_view name, const dare::Envelope& envelope) {
  writer_.Member(name).Raw(dare::EnvelopeText(envelope));
}

void KeyFileWriter::Key(std::string_view name, const crypto::PrivateKey& key) {
  MESH_CHECK(!key.composite());
  writer_.Member(name).BeginObject();
  writer_.Member("crv").String(crypto::CurveName(key.curve()));
  writer_.Member("Private").Binary(key.seed());
  writer_.EndObject();
}

std::string KeyFileWriter::Finish() {
  writer_.EndObject().EndObject();
  text_ += '\n';
  return std::move(text_);
}

Status KeyFile::Damaged(const std::string& why) const {
  return Status(Code::kDataLoss, "the " + tag_ + " file is damaged: " + why);
}

Result<KeyFile> KeyFile::Read(std::string_view text, std::string_view tag) {
  KeyFile file;
  file.tag_ = tag;
  json::Reader reader(text);
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name != tag) {
      reader.Fail("expected " + std::string(tag));
      break;
    }
    std::string_view member;
    reader.BeginObject();
    while (reader.NextMember(&member)) {
      std::string_view raw;
      if (reader.RawValue(&raw)) file.members_.emplace(member, raw);
    }
  }
  if (!reader.Finish()) return file.Damaged(reader.status().message());
  return file;
}

Result<std::string_view> KeyFile::Raw(std::string_view name) const {
  const auto it = members_.find(name);
  if (it == members_.end()) return Damaged("it has no " + std::string(name));
  return it->second;
}

Result<std::string> KeyFile::Text(std::string_view name) const {
  MESH_ASSIGN(const std::string_view raw, Raw(name));
  json::Reader reader(raw);
  std::string text;
  reader.String(&text);
  if (!reader.Finish()) return Damaged(std::string(name) + ": " + reader.status().message());
  return text;
}

Result<bool> KeyFile::Flag(std::string_view name) const {
  MESH_ASSIGN(const std::string_view raw, Raw(name));
  json::Reader reader(raw);
  bool flag = false;
  reader.Bool(&flag);
  if (!reader.Finish()) return Damaged(std::string(name) + ": " + reader.status().message());
  return flag;
}

Result<dare::Envelope> KeyFile::Envelope(std::string_view name) const {
  MESH_ASSIGN(const std::string_view raw, Raw(name));
  Result<dare::Envelope> envelope = dare::ParseEnvelope(raw);
  if (!envelope.ok()) return Damaged(std::string(name) + ": " + envelope.status().message());
  return envelope;
}

Result<crypto::PrivateKey> KeyFile::Key(std::string_view name, crypto::Curve curve) const {
  MESH_ASSIGN(const std::string_view raw, Raw(name));
  json::Reader reader(raw);
  std::string crv;
  std::string seed;
  std::string_view member;
  reader.BeginObject();
  while (reader.NextMember(&member)) {
    if (member == "crv") {
      reader.String(&crv);
    } else if (member == "Private") {
      reader.Binary(&seed);
    } else {
      reader.Skip();
    }
  }
  if (!reader.Finish() || crv != crypto::CurveName(curve)) {
    Wipe(seed);
    return Damaged(std::string(name) + " is no private key on " +
                   std::string(crypto::CurveName(curve)));
  }
  Result<crypto::PrivateKey> key = crypto::PrivateKey::FromSeed(curve, seed);
  Wipe(seed);
  if (!key.ok()) return Damaged(std::string(name) + ": " + key.status().message());
  return key;
}

}  // namespace mesh::client
