// SocketTable gives the sockets of one loop small numbers and keeps what the loop
// knows about each.

#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "frontend/net/event_loop.h"

namespace mesh::net {

// Entries do not move while they are in use. One thread.
template <typename Entry>
class SocketTable {
 public:
  explicit SocketTable(size_t size_max) : size_max_(size_max) {}

  bool full() const { return size() >= size_max_; }
  size_t size() const { return entries_.size() - free_.size(); }
  Entry& operator[](SocketId id) { return entries_[id]; }

  // A fresh entry. The table may be over-full by the few sockets that are about to be
  // turned away.
  SocketId Add() {
    if (free_.empty()) {
      entries_.emplace_back();
      return static_cast<SocketId>(entries_.size() - 1);
    }
    const SocketId id = free_.back();
    free_.pop_back();
    entries_[id] = Entry{};
    return id;
  }
  void Remove(SocketId id) { free_.push_back(id); }

 private:
  const size_t size_max_;
  std::deque<Entry> entries_;
  std::vector<SocketId> free_;
};

}  // namespace mesh::net
