// The form of the files that hold private keys: {"<tag>": {...}} with envelopes,
// texts, and keys as {"crv", "Private"}, Private being the seed.

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/dare/envelope.h"
#include "common/encoding/json_writer.h"

namespace mesh::client {

class KeyFileWriter {
 public:
  explicit KeyFileWriter(std::string_view tag);

  void Text(std::string_view name, std::string_view value);
  void Flag(std::string_view name, bool value);
  void Envelope(std::string_view name, const dare::Envelope& envelope);
  // `key` must not be composite.
  void Key(std::string_view name, const crypto::PrivateKey& key);
  // Ends the text, with a line break.
  std::string Finish();

 private:
  std::string text_;
  json::Writer writer_{text_};
};

// The members of such a text. Borrows the text. Each getter fails with kDataLoss
// when the member is missing or of another form.
class KeyFile {
 public:
  static Result<KeyFile> Read(std::string_view text, std::string_view tag);

  bool Has(std::string_view name) const { return members_.find(name) != members_.end(); }
  Result<std::string> Text(std::string_view name) const;
  Result<bool> Flag(std::string_view name) const;
  Result<dare::Envelope> Envelope(std::string_view name) const;
  Result<crypto::PrivateKey> Key(std::string_view name, crypto::Curve curve) const;

  // kDataLoss: this text is not usable, and `why`.
  Status Damaged(const std::string& why) const;

 private:
  Result<std::string_view> Raw(std::string_view name) const;

  std::string tag_;
  std::map<std::string, std::string_view, std::less<>> members_;
};

}  // namespace mesh::client
