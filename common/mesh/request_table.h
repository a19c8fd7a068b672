// The requests that are served, and how each is read: one table for each group of
// transactions. Internal to the codec.

#pragma once

#include <span>

#include "common/mesh/member_table.h"

namespace mesh {

namespace proto {
class PartitionRequest;
}

// What the tables of requests fill.
struct Target {
  DecodedRequest& decoded;
  proto::PartitionRequest& request;
};

// A transaction that is served: how its request is read, and what it must hold.
struct Served {
  Transaction transaction;
  const Structure<Target>* structure;
  // Makes the request's message, so that it is there when no member is.
  void (*begin)(proto::PartitionRequest&);
  Status (*check)(const Target&);
};

inline Status NothingToCheck(const Target&) { return Status(); }

// The account that is acted on, as written.
inline bool ReadAccount(DecodeContext& context, Target& target) {
  return context.reader.String(&target.decoded.account);
}

// The account and what is in it: transaction_decode.cc.
std::span<const Served> AccountRequests();
// Devices that ask for an account, and publications: connect_decode.cc.
std::span<const Served> ConnectRequests();
// Messages: post_decode.cc.
std::span<const Served> PostRequests();
// Threshold operations: operate_decode.cc.
std::span<const Served> OperateRequests();

}  // namespace mesh
