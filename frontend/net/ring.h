// The io_uring of one loop, with the descriptors and buffers registered with it.

#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "common/base/check.h"
#include "common/base/status.h"

namespace mesh::net {

// Used by one thread, the one that opened it.
class Ring {
 public:
  static constexpr unsigned kSubmissions = 1024;
  static constexpr unsigned kCompletions = 8192;
  // Buffers that the kernel fills. They come back as soon as their octets were handed
  // over, so there need be only as many as can complete in one round.
  static constexpr unsigned kBuffers = 256;
  static constexpr size_t kBufferBytes = 8 * 1024;
  static constexpr uint16_t kBufferGroup = 1;

  Ring() = default;
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Makes the ring with room for `files` direct descriptors. kUnavailable, naming the
  // part that the kernel or the container refuses.
  Status Open(uint32_t files);

  io_uring* get() { return &ring_; }
  const char* buffer(unsigned id) const { return buffers_.get() + id * kBufferBytes; }

  // A free submission entry; submits what waits if there is none.
  io_uring_sqe* Next() {
    io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
    if (sqe != nullptr) return sqe;
    (void)io_uring_submit(&ring_);
    sqe = io_uring_get_sqe(&ring_);
    MESH_CHECK(sqe != nullptr);
    return sqe;
  }

  // Gives buffer `id` back to the kernel.
  void Recycle(unsigned id) {
    io_uring_buf_ring_add(buffer_ring_, buffers_.get() + id * kBufferBytes, kBufferBytes,
                          static_cast<uint16_t>(id), io_uring_buf_ring_mask(kBuffers), 0);
    io_uring_buf_ring_advance(buffer_ring_, 1);
  }

 private:
  Status RegisterBuffers();

  io_uring ring_{};
  bool open_ = false;
  io_uring_buf_ring* buffer_ring_ = nullptr;
  std::unique_ptr<char[]> buffers_;
};

}  // namespace mesh::net
