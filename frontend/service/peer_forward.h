// What an account asks of an account at another service (Claim, Operate): its own service asks
// that one, in mode Service (docs/PROTOCOL.md, "Between services").
//
// Pure functions; any thread.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/transaction_codec.h"
#include "frontend/service/peer_calls.h"

namespace mesh::proto {
class PartitionRequest;
}

namespace mesh::frontend {

// Whether services ask each other for this transaction for an account.
bool ForwardedFor(Transaction transaction);

// Whether the caller speaks for itself: a claim is its own. kPermissionDenied if it is not.
Status CheckForwarded(const proto::PartitionRequest& request);

// For whom it is asked.
struct Principal {
  std::string_view account;      // Canonical address.
  std::string_view account_udf;  // UDF of its ProfileAccount, as its owner says.
};
// `message`, a request in that form, in JSON, with CallerAddress and CallerUDF, which say for whom:
// no others stand in it. kInvalidArgument if it is no request.
Result<std::string> ForwardedMessage(std::string_view message, json::Form form,
                                     const Principal& principal);

// Whether it can be handed on as the answer to the transaction.
bool IsResponse(Transaction transaction, std::string_view message);

}  // namespace mesh::frontend
