// Whom an account writes to and hears from, as its own entries say: whom mmm_Contact names, whom
// it asked something, and whom mmm_Block keeps out.
//
// mmm_Block is a catalog of ours: the UniqueID of an entry is a canonical address, or a domain,
// from which the account wants no messages; what the entry holds is its owner's business.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/model/account.h"
#include "backend/model/message_policy.h"
#include "backend/model/records.h"
#include "backend/storage/write_view.h"
#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::proto {
class Envelope;
}

namespace mesh::backend {

inline constexpr std::string_view kBlockCatalog = "mmm_Block";

// Takes out of the account's contacts the addresses that `superseded` named, and puts in those
// of `entry`, which follows it in mmm_Contact. Returns them, to be kept with it.
Result<std::vector<std::string>> ReplaceContacts(const proto::Envelope& entry,
                                                 const std::optional<Entry>& superseded,
                                                 const AccountKeys& keys, WriteView& view);

// Remembers that the account asked `recipient` something, which may be answered for as long as
// people take for that.
void RememberInquiry(const AccountKeys& keys, std::string_view recipient, WallMillis now,
                     WriteView& view);

// What the account says of the address `sender`, which sends a message of the class `type`:
// whether it was asked matters for answers only. A few point reads; kDataLoss.
Result<RecipientPolicy> ReadRecipientPolicy(const Reader& reader, const Account& account,
                                            std::string_view sender, std::string_view type,
                                            WallMillis now);

}  // namespace mesh::backend
