// The io_uring of one loop, with the descriptors and buffers registered with it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "common/base/status.h"

struct io_uring;
struct io_uring_buf_ring;
struct io_uring_sqe;

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

  Ring();
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Makes the ring with room for `files` direct descriptors. kUnavailable, naming the
  // part that the kernel or the container refuses.
  Status Open(uint32_t files);

  io_uring* get() { return ring_.get(); }
  const char* buffer(unsigned id) const { return buffers_.get() + id * kBufferBytes; }

  // A free submission entry; submits what waits if there is none.
  io_uring_sqe* Next();

  // Gives buffer `id` back to the kernel.
  void Recycle(unsigned id);

 private:
  Status RegisterBuffers();

  std::unique_ptr<io_uring> ring_;
  bool open_ = false;
  io_uring_buf_ring* buffer_ring_ = nullptr;
  std::unique_ptr<char[]> buffers_;
};

}  // namespace mesh::net
