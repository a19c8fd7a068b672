#include "frontend/connection/input_buffer.h"

#include <algorithm>
#include <cstring>

namespace mesh::connection {

std::span<char> InputBuffer::Prepare(size_t size) {
  if (capacity_ - end_ < size) MakeRoom(size);
  return {data_.get() + end_, capacity_ - end_};
}

// Moves the content to the front, into larger storage if it would not fit there.
void InputBuffer::MakeRoom(size_t room) {
  const size_t used = end_ - begin_;
  if (capacity_ - used < room) {
    const size_t capacity = std::max(used + room, std::min(2 * capacity_, capacity_ + kGrowthMax));
    std::unique_ptr<char[]> larger(new char[capacity]);
    if (used > 0) std::memcpy(larger.get(), data_.get() + begin_, used);
    data_ = std::move(larger);
    capacity_ = capacity;
  } else if (used > 0) {
    std::memmove(data_.get(), data_.get() + begin_, used);
  }
  begin_ = 0;
  end_ = used;
}

void InputBuffer::Consume(size_t size) {
  begin_ += size;
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  if (capacity_ > kKeep) Trim();
}

void InputBuffer::Trim() {
  if (!empty()) return;
  data_.reset();
  begin_ = end_ = capacity_ = 0;
}

}  // namespace mesh::connection
