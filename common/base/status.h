// A Status is the outcome of an operation that can fail: OK, or a code with a
// message for people.
//
// Codes carry gRPC's numbers, so a Status crosses the internal hop without a
// table. A Status describes work that was not done. An answer the protocol
// defines, such as "Conflict" for an uploaded entry, is a field of the reply.
//
// Status and Result are values: copy them, move them, share them as const.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/base/check.h"

namespace mesh {

enum class Code : int {
  kOk = 0,
  kInvalidArgument = 3,     // The caller's bytes are wrong; retrying cannot help.
  kDeadlineExceeded = 4,    // May or may not have been applied.
  kNotFound = 5,            // What was named does not exist.
  kAlreadyExists = 6,       // What was to be made exists.
  kPermissionDenied = 7,    // The caller is known and may not.
  kResourceExhausted = 8,   // A limit of common/base/limits.h; retry after backing off.
  kFailedPrecondition = 9,  // The state is not the one the caller named.
  kAborted = 10,            // Wrong owner or epoch: refresh the partition map and retry.
  kUnimplemented = 12,      // Understood, and not served.
  kInternal = 13,           // Our mistake.
  kUnavailable = 14,        // Nothing was applied; safe to retry.
  kDataLoss = 15,           // What was read back is not what was written.
  kUnauthenticated = 16,    // Nobody known is calling.
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  // `code` must not be kOk.
  Status(Code code, std::string message)
      : rep_(std::make_shared<const Rep>(Rep{code, std::move(message)})) {
    MESH_CHECK(code != Code::kOk);
  }

  bool ok() const { return rep_ == nullptr; }
  Code code() const { return rep_ ? rep_->code : Code::kOk; }
  // Empty for OK. Valid as long as any copy of this Status.
  const std::string& message() const {
    static const std::string kNone;
    return rep_ ? rep_->message : kNone;
  }

 private:
  struct Rep {
    Code code;
    std::string message;
  };
  std::shared_ptr<const Rep> rep_;  // Null means OK: success never allocates.
};

inline Status InvalidArgument(std::string message) {
  return Status(Code::kInvalidArgument, std::move(message));
}

// A Result is a T, or the Status that says why there is none. Reading the value
// of a failed Result is our own mistake and ends the process.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT: implicit, so that `return x;` reads.
  Result(Status status) : status_(std::move(status)) {  // NOLINT: likewise.
    MESH_CHECK(!status_.ok());
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& operator*() & {
    MESH_CHECK(ok());
    return *value_;
  }
  const T& operator*() const& {
    MESH_CHECK(ok());
    return *value_;
  }
  T&& operator*() && {
    MESH_CHECK(ok());
    return *std::move(value_);
  }
  T* operator->() {
    MESH_CHECK(ok());
    return &*value_;
  }
  const T* operator->() const {
    MESH_CHECK(ok());
    return &*value_;
  }

 private:
  Status status_;
  std::optional<T> value_;
};

// Leaves the calling function with `expression`'s Status unless it is OK.
#define MESH_RETURN_IF_ERROR(expression)                                                     \
  do {                                                                                       \
    if (::mesh::Status mesh_status_ = (expression); !mesh_status_.ok()) return mesh_status_; \
  } while (false)

// `MESH_ASSIGN(const Account account, Load(key));` declares the value, or leaves
// the calling function with the Status.
#define MESH_ASSIGN(declaration, expression) \
  MESH_ASSIGN_IMPL_(MESH_CONCAT_(mesh_result_, __LINE__), declaration, expression)
#define MESH_ASSIGN_IMPL_(result, declaration, expression) \
  auto result = (expression);                              \
  if (!result.ok()) return result.status();                \
  declaration = *std::move(result)
#define MESH_CONCAT_(a, b) MESH_CONCAT_IMPL_(a, b)
#define MESH_CONCAT_IMPL_(a, b) a##b

}  // namespace mesh
