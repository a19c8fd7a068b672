// A request on its way through MeshService. Internal to it.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "frontend/service/mesh_service.h"

namespace mesh::frontend {

// One request, from Handle to its reply.
struct MeshService::Visit {
  const http::Request& http;
  const Deadline deadline;
  http::ReplyCallback done;
  const MonotonicTime begun;
  RequestForm* form = nullptr;
  std::unique_ptr<OpenedRequest> opened = nullptr;
  bool admitted = false;
  uint64_t incarnation = 0;  // Of the caller's account, once its owner has said it.
  std::unique_ptr<proto::Grant> grant = nullptr;  // Of the caller's owner, for another account.
  std::vector<CryptographicOperation> operations = {};  // Of Operate.
  std::string account = {};  // Acted on, where the answer says how to reach its host directly.
  std::string poster = {};   // The account that posts messages; else empty.
  bool transaction_known = false;
  Transaction transaction = Transaction::kHello;

  const Transaction* known() const { return transaction_known ? &transaction : nullptr; }
};

}  // namespace mesh::frontend
