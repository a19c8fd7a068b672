#include "bench/storage/requests.h"

#include <random>

#include "common/crypto/digest.h"
#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"

namespace mesh::bench {

void Address(const std::string& account, proto::PartitionRequest& request) {
  request.set_partition(1);
  request.set_map_epoch(1);
  request.set_account(account);
  request.mutable_caller()->set_mode(proto::Caller::REFERENCE);
  request.mutable_caller()->set_account(account);
}

void MakeCreate(const std::string& account, proto::PartitionRequest& request) {
  Address(account, request);
  proto::CreateRequest& create = *request.mutable_create();
  create.set_account_address(account);
  create.set_signed_profile_mesh("{}");
  create.set_signed_assertion_account("{}");
}

void MakeUpload(const std::string& account, const std::string& payload, uint64_t serial,
                size_t entries, proto::PartitionRequest& request) {
  static const std::string kDigest(crypto::Sha512(payload).view());
  static const std::string kHeader(kHeaderBytes, 'h');
  Address(account, request);
  proto::ContainerUpdate& update = *request.mutable_upload()->add_updates();
  update.set_container(std::string(kInbound));
  for (size_t i = 0; i < entries; ++i) {
    proto::Envelope& envelope = *update.add_envelopes();
    envelope.set_header(kHeader);
    envelope.set_payload(payload);
    envelope.set_envelope_id("MAAA-BBBB-CCCC-DDDD-EEEE-" + std::to_string(serial + i));
    envelope.set_message_type("MessageComplete");
    envelope.set_payload_digest(kDigest);
  }
}

void MakeStatus(const std::string& account, proto::PartitionRequest& request) {
  Address(account, request);
  request.mutable_status()->add_spools(std::string(kInbound));
}

void MakeDownload(const std::string& account, uint64_t index, proto::PartitionRequest& request) {
  Address(account, request);
  proto::ConstraintsSelect& select = *request.mutable_download()->add_select();
  select.set_container(std::string(kInbound));
  select.set_index_min(static_cast<int64_t>(index));
  select.set_index_max(static_cast<int64_t>(index) + 1);
}

std::string Payload(size_t bytes) {
  std::mt19937_64 random(1);
  std::string octets(bytes, '\0');
  for (char& octet : octets) octet = static_cast<char>(random());
  return octets;
}

}  // namespace mesh::bench
