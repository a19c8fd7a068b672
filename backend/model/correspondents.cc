#include "backend/model/correspondents.h"

#include <chrono>

#include "backend/model/container.h"
#include "common/mesh/container_name.h"
#include "proto/mesh.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

constexpr WallMillis kInquiryTime = std::chrono::milliseconds(std::chrono::days(30)).count();

// How many entries of mmm_Contact name the address.
Result<uint64_t> CountOf(const Reader& reader, const std::string& key) {
  MESH_ASSIGN(const std::optional<std::string> value, reader.Get(ColumnFamily::kIndex, key));
  if (!value) return uint64_t{0};
  return ReadIndexValue(*value);
}

Status Count(std::string_view address, int change, const AccountKeys& keys, WriteView& view) {
  std::string key = keys.Contact(address);
  MESH_ASSIGN(const uint64_t before, CountOf(view, key));
  const uint64_t after = change < 0 ? before - (before > 0) : before + 1;
  if (after == 0) {
    view.Delete(ColumnFamily::kIndex, std::move(key));
  } else {
    view.Put(ColumnFamily::kIndex, std::move(key), IndexValue(after));
  }
  return Status();
}

Result<bool> Asked(const Reader& reader, const AccountKeys& keys, std::string_view address,
                   WallMillis now) {
  MESH_ASSIGN(const std::optional<std::string> octets,
              reader.Get(ColumnFamily::kIndex, keys.Inquiry(address)));
  if (!octets) return false;
  proto::InquiryRecord record;
  if (!record.ParseFromString(*octets)) {
    return Status(Code::kDataLoss, "the record of a question cannot be read");
  }
  return record.expires() > now;
}

Status ReadBlocks(const Reader& reader, const Account& account, std::string_view sender,
                  RecipientPolicy* policy) {
  MESH_ASSIGN(const Container blocks, Container::Open(reader, account, kBlockCatalog));
  if (!blocks.exists()) return Status();
  const std::string_view domain = sender.substr(sender.rfind('@') + 1);
  MESH_ASSIGN(const std::optional<uint64_t> address, blocks.FindUniqueId(reader, sender));
  MESH_ASSIGN(const std::optional<uint64_t> service, blocks.FindUniqueId(reader, domain));
  policy->blocks_sender = address.has_value();
  policy->blocks_service = service.has_value();
  return Status();
}

}  // namespace

Result<std::vector<std::string>> ReplaceContacts(const proto::Envelope& entry,
                                                 const std::optional<Entry>& superseded,
                                                 const AccountKeys& keys, WriteView& view) {
  if (superseded) {
    for (const std::string& address : superseded->contact_addresses) {
      MESH_RETURN_IF_ERROR(Count(address, -1, keys, view));
    }
  }
  std::vector<std::string> named;
  if (entry.event() == proto::EVENT_DELETE) return named;
  named.assign(entry.contact_addresses().begin(), entry.contact_addresses().end());
  for (const std::string& address : named) {
    MESH_RETURN_IF_ERROR(Count(address, 1, keys, view));
  }
  return named;
}

void RememberInquiry(const AccountKeys& keys, std::string_view recipient, WallMillis now,
                     WriteView& view) {
  proto::InquiryRecord record;
  record.set_expires(now + kInquiryTime);
  view.Put(ColumnFamily::kIndex, keys.Inquiry(recipient), record.SerializeAsString());
}

Result<RecipientPolicy> ReadRecipientPolicy(const Reader& reader, const Account& account,
                                            std::string_view sender, std::string_view type,
                                            WallMillis now) {
  RecipientPolicy policy;
  policy.itself = sender == account.address();
  if (policy.itself) return policy;
  MESH_RETURN_IF_ERROR(ReadBlocks(reader, account, sender, &policy));
  MESH_ASSIGN(const uint64_t contacts, CountOf(reader, account.keys().Contact(sender)));
  policy.knows_sender = contacts > 0;
  if (policy.knows_sender || !IsAnswer(type)) return policy;
  MESH_ASSIGN(policy.asked_sender, Asked(reader, account.keys(), sender, now));
  return policy;
}

}  // namespace mesh::backend
