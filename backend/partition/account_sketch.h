// AccountSketch finds the accounts that make most of the load, in memory that does not grow with
// the number of accounts: the algorithm Space-Saving (Metwally, Agrawal, El Abbadi 2005).
//
// It keeps `capacity` accounts. An account that has no place takes that of the one with the
// least load, and is taken to have had as much: that is its error. So with a total load of L
//   * every account with more than L / capacity is here,
//   * the load of one that is here is at most its `load`, at least that less its `error`, and no
//     error is above L / capacity,
//   * one that is not here had at most least().
//
// Load is counted in requests: one for each, and one for each kOctetsPerRequest of what is sent
// to and fro, so that an account is found which asks often and one which carries much.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::backend {

// What costs as much as a request: of small requests a core makes some 50 000 in a second, of
// payload, sealed and checked, it moves some 200 MiB.
inline constexpr double kOctetsPerRequest = 4096;

// Not thread-safe. Allocates when it is made and never again.
class AccountSketch {
 public:
  struct Entry {
    std::string account;  // Canonical address; empty: nobody has the place.
    uint64_t hash = 0;
    bool by_slot = true;  // Whether it was here with its slot when it was counted last.
    double load = 0;
    double error = 0;
    // Since it has the place: load - error is made of them.
    double requests = 0;
    double bytes = 0;
  };

  // `capacity` is from 1 to 65 534.
  explicit AccountSketch(size_t capacity);

  // Counts for an account; `hash` is its own, for nobody can make two accounts with the same (a
  // SipHash under the map's key). Takes some 25 ns for an account that was counted just before,
  // and some 100 ns where each request is of another one of very many.
  void Count(uint64_t hash, std::string_view account, bool by_slot, double requests, double bytes);

  // Everything so far counts `factor` times.
  void Scale(double factor);

  // What an account that is not here has had at most.
  double least() const { return heap_.front().load; }
  double total() const { return total_; }
  // Those that are here, in no order.
  std::vector<Entry> Entries() const;

 private:
  struct Account {
    std::string name;
    uint64_t hash = 0;
    bool by_slot = true;
    uint16_t place = 0;  // In heap_.
    double error = 0;
    double requests = 0;
    double bytes = 0;
  };
  struct Node {
    double load = 0;
    uint16_t account = 0;  // In accounts_.
  };

  size_t HomeOf(uint64_t hash) const { return static_cast<size_t>(hash >> shift_); }
  size_t CellOf(uint64_t hash) const;
  void Erase(uint64_t hash);
  Account& Replace(uint64_t hash, std::string_view account);
  void SiftDown(size_t place);

  std::vector<Account> accounts_;
  std::vector<Node> heap_;  // The least load is in front.
  // Where accounts are by their hash: their number plus 1, 0 for none. A power of two of cells,
  // searched linearly from where the hash's upper bits say.
  std::vector<uint16_t> cells_;
  int shift_ = 0;
  double total_ = 0;
};

}  // namespace mesh::backend
