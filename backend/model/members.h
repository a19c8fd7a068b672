// The index of the devices that are in an account: from the UDF of a device's
// authentication key to the entry of mmm_Device that put it there.
//
// It follows from the current entries of mmm_Device and nothing else, and changes in
// the same commit as they do; so who was removed is out from the next request on.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/model/account.h"
#include "backend/model/records.h"
#include "backend/storage/write_view.h"
#include "common/base/status.h"

namespace mesh::proto {
class Envelope;
class Member;
}  // namespace mesh::proto

namespace mesh::backend {

// The device with that authentication key, if it is in the account. One read.
Result<std::optional<Member>> FindMember(const Reader& reader, const Account& account,
                                         std::string_view device_udf);

// Those of the connections in `entry` that are to the account whose ProfileAccount has
// that digest. Pointers into `entry`.
std::vector<const proto::Member*> ConnectionsTo(std::string_view profile_account_digest,
                                                const proto::Envelope& entry);

// Takes out of the account the devices that `superseded` put there, and puts in those
// that `entry`, which follows it, connects. Returns the UDFs of their keys. Counts in the
// account's usage; the caller saves the account.
//   kInvalidArgument     a key stands in `entry` twice
//   kFailedPrecondition  a key is in the account by another entry
Result<std::vector<std::string>> ReplaceMembers(const proto::Envelope& entry,
                                                const std::optional<Entry>& superseded,
                                                Account& account, WriteView& view);

}  // namespace mesh::backend
