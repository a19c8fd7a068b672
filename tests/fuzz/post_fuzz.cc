// Any octets as a Post, as a signature block, as a contact: refused, or read to something that
// the owner of the sender can rely on.

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/dare/signature.h"
#include "common/mesh/account_address.h"
#include "common/mesh/contact.h"
#include "common/mesh/message_signature.h"
#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"

namespace {

void CheckAddress(std::string_view address) {
  const auto parsed = mesh::AccountAddress::Parse(address);
  MESH_CHECK(parsed.ok() && parsed->canonical() == address);
}

void CheckMessage(const mesh::proto::Envelope& message) {
  MESH_CHECK(!message.envelope_id().empty() && !message.unique_id().empty());
  MESH_CHECK(message.payload_digest().size() == 64);
  MESH_CHECK(message.payload().size() <= mesh::kMessageBytesMax);
  if (!message.sender().empty()) CheckAddress(message.sender());
  // Nobody can make a signature by guessing.
  MESH_CHECK(message.signer_connection_digest().empty());
}

void CheckPost(const mesh::proto::PostRequest& post) {
  std::set<std::string> accounts(post.accounts().begin(), post.accounts().end());
  MESH_CHECK(accounts.size() == static_cast<size_t>(post.accounts_size()));
  for (const std::string& account : accounts) CheckAddress(account);
  for (const auto& message : post.messages()) CheckMessage(message);
  for (const auto& message : post.self()) CheckMessage(message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  mesh::AssertionCache assertions;
  mesh::DecodeOptions options;
  options.strict = (data[0] & 1) != 0;
  options.assertions = &assertions;
  mesh::DecodedRequest request;
  mesh::DecodeFailure failure;
  const std::string json = "{\"Post\":" + std::string(text) + "}";
  if (mesh::DecodeRequest(json, options, &request, &failure)) CheckPost(request.request->post());
  const auto signer =
      mesh::VerifyMessageSignature("{}", text, mesh::dare::PayloadDigest("payload"), assertions);
  MESH_CHECK(!signer.ok() || *signer == nullptr);
  for (const std::string& address : mesh::ContactAddresses(text)) CheckAddress(address);
  return 0;
}
