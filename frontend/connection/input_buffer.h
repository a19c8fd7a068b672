// InputBuffer holds the octets that were received and not yet used, in one piece.

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace mesh::connection {

// Grows as needed; the caller bounds it. Gives its storage back when it is empty and
// large. One thread.
class InputBuffer {
 public:
  // All the room behind the content, at least `size` octets. May move the content.
  std::span<char> Prepare(size_t size);
  // The first `size` octets of what Prepare gave now belong to the content.
  void Commit(size_t size) { end_ += size; }
  // Drops the first `size` octets of the content.
  void Consume(size_t size);

  // Gives all storage back if there is no content.
  void Trim();

  std::span<char> content() { return {data_.get() + begin_, end_ - begin_}; }
  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }

 private:
  static constexpr size_t kKeep = 8 * 1024;          // Storage an idle connection may keep.
  static constexpr size_t kGrowthMax = 1024 * 1024;  // At once; until then storage doubles.

  void MakeRoom(size_t room);

  std::unique_ptr<char[]> data_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace mesh::connection
