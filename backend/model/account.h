// Account is one account as a transaction sees it: its keys and what it uses.
//
// Loaded from the Reader of one transaction and valid as long as it. Quotas are
// charged here, and saved once at the end of the transaction.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "backend/model/policy.h"
#include "backend/model/records.h"
#include "backend/storage/key_schema.h"
#include "backend/storage/store.h"
#include "backend/storage/write_view.h"
#include "common/base/status.h"

namespace mesh::proto {
class AccountRecord;
}

namespace mesh::backend {

class Account {
 public:
  // The account with that canonical address, or kNotFound. One read.
  static Result<Account> Load(const Reader& reader, uint32_t slot, std::string_view address);

  // Registers `record` under a fresh `incarnation`. kAlreadyExists when the address
  // is taken.
  static Result<Account> Create(WriteView& view, uint32_t slot, const proto::AccountRecord& record);

  // Its profiles: tens of kilobytes, so only for who needs them. kDataLoss when the
  // record is missing or is another account's.
  Status ReadRecord(const Reader& reader, proto::AccountRecord* record) const;

  // Adds to what the account uses. kResourceExhausted, saying which quota and how
  // much is allowed, when it would be exceeded; then nothing is charged.
  Status Charge(const AccountPolicy& policy, uint64_t entries, uint64_t bytes);
  void Refund(uint64_t entries, uint64_t bytes);
  // Whether Charge would succeed.
  bool HasRoom(const AccountPolicy& policy, uint64_t entries, uint64_t bytes) const;

  // Charges a container, adds `name` to the account's list and gives it a number.
  // kResourceExhausted as above; kDataLoss as ReadRecord, whose record it replaces.
  Result<uint32_t> AddContainer(const AccountPolicy& policy, std::string_view name,
                                WriteView& view);

  // Writes what was charged. Call once, last.
  void Save(WriteView& view) const;

  // Deletes every key of the account in both families, and outside its range the expiries of its
  // pending uploads and the places of its messages in the queue of the outbox.
  Status Remove(WriteView& view) const;

  const std::string& address() const { return address_; }
  const AccountKeys& keys() const { return keys_; }
  const Usage& usage() const { return usage_; }
  Usage& usage() { return usage_; }

 private:
  Account(uint32_t slot, std::string_view address) : address_(address), keys_(slot, address) {}

  std::string address_;
  AccountKeys keys_;
  Usage usage_;
};

}  // namespace mesh::backend
