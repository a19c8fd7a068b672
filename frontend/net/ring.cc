#include "frontend/net/ring.h"

#include <liburing.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "common/base/check.h"

namespace mesh::net {
namespace {

Status Missing(const char* what, int error) {
  return Status(Code::kUnavailable,
                std::string("io_uring cannot be used: ") + what + ": " + std::strerror(error));
}

}  // namespace

Ring::Ring() : ring_(std::make_unique<io_uring>()) {}

Ring::~Ring() {
  if (open_) io_uring_queue_exit(ring_.get());
  std::free(buffer_ring_);
}

io_uring_sqe* Ring::Next() {
  io_uring_sqe* sqe = io_uring_get_sqe(ring_.get());
  if (sqe != nullptr) return sqe;
  (void)io_uring_submit(ring_.get());
  sqe = io_uring_get_sqe(ring_.get());
  MESH_CHECK(sqe != nullptr);
  return sqe;
}

void Ring::Recycle(unsigned id) {
  io_uring_buf_ring_add(buffer_ring_, buffers_.get() + id * kBufferBytes, kBufferBytes,
                        static_cast<uint16_t>(id), io_uring_buf_ring_mask(kBuffers), 0);
  io_uring_buf_ring_advance(buffer_ring_, 1);
}

Status Ring::Open(uint32_t files) {
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE |
                 IORING_SETUP_CLAMP;
  params.cq_entries = kCompletions;
  if (const int result = io_uring_queue_init_params(kSubmissions, ring_.get(), &params);
      result < 0) {
    return Missing("a ring with deferred task work", -result);
  }
  open_ = true;
  if (const int result = io_uring_register_ring_fd(ring_.get()); result < 0) {
    return Missing("a registered ring", -result);
  }
  if (const int result = io_uring_register_files_sparse(ring_.get(), files); result < 0) {
    return Missing("direct descriptors", -result);
  }
  return RegisterBuffers();
}

Status Ring::RegisterBuffers() {
  buffer_ring_ = static_cast<io_uring_buf_ring*>(
      std::aligned_alloc(4096, std::max<size_t>(4096, kBuffers * sizeof(io_uring_buf))));
  MESH_CHECK(buffer_ring_ != nullptr);
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<uint64_t>(buffer_ring_);
  registration.ring_entries = kBuffers;
  registration.bgid = kBufferGroup;
  if (const int result = io_uring_register_buf_ring(ring_.get(), &registration, 0); result < 0) {
    return Missing("a ring of provided buffers", -result);
  }
  io_uring_buf_ring_init(buffer_ring_);
  buffers_.reset(new char[kBuffers * kBufferBytes]);
  for (unsigned id = 0; id < kBuffers; ++id) Recycle(id);
  return Status();
}

}  // namespace mesh::net
