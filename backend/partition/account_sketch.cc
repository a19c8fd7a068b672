#include "backend/partition/account_sketch.h"

#include <bit>

#include "common/base/check.h"
#include "common/base/limits.h"

namespace mesh::backend {
namespace {

// Few of the cells are taken, so that a search is over at once.
constexpr size_t kCellsPerAccount = 4;

}  // namespace

AccountSketch::AccountSketch(size_t capacity)
    : accounts_(capacity),
      heap_(capacity),
      cells_(std::bit_ceil(capacity * kCellsPerAccount), 0),
      shift_(64 - std::countr_zero(cells_.size())) {
  MESH_CHECK(capacity >= 1 && capacity < 65'535);
  for (size_t i = 0; i < capacity; ++i) {
    accounts_[i].name.reserve(kAccountAddressBytesMax);
    accounts_[i].place = heap_[i].account = static_cast<uint16_t>(i);
  }
}

// The cell of an account, or the free one where it would be.
size_t AccountSketch::CellOf(uint64_t hash) const {
  size_t cell = HomeOf(hash);
  while (cells_[cell] != 0 && accounts_[cells_[cell] - 1].hash != hash) {
    cell = (cell + 1) & (cells_.size() - 1);
  }
  return cell;
}

// Those behind it that were pushed on by it move up.
void AccountSketch::Erase(uint64_t hash) {
  const size_t mask = cells_.size() - 1;
  size_t hole = CellOf(hash);
  for (size_t next = (hole + 1) & mask; cells_[next] != 0; next = (next + 1) & mask) {
    const size_t home = HomeOf(accounts_[cells_[next] - 1].hash);
    if (((next - home) & mask) < ((next - hole) & mask)) continue;
    cells_[hole] = cells_[next];
    hole = next;
  }
  cells_[hole] = 0;
}

// Gives the place with the least load to another account.
AccountSketch::Account& AccountSketch::Replace(uint64_t hash, std::string_view account) {
  const Node& least = heap_.front();
  Account& place = accounts_[least.account];
  if (!place.name.empty()) Erase(place.hash);
  place.name.assign(account.substr(0, kAccountAddressBytesMax));
  place.hash = hash;
  place.error = least.load;
  place.requests = place.bytes = 0;
  cells_[CellOf(hash)] = static_cast<uint16_t>(least.account + 1);
  return place;
}

void AccountSketch::SiftDown(size_t place) {
  const Node moved = heap_[place];
  for (size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
    const size_t right = child + 1;
    if (right < heap_.size() && heap_[right].load < heap_[child].load) child = right;
    if (heap_[child].load >= moved.load) break;
    heap_[place] = heap_[child];
    accounts_[heap_[place].account].place = static_cast<uint16_t>(place);
    place = child;
  }
  heap_[place] = moved;
  accounts_[moved.account].place = static_cast<uint16_t>(place);
}

void AccountSketch::Count(uint64_t hash, std::string_view account, bool by_slot, double requests,
                          double bytes) {
  const double load = requests + bytes / kOctetsPerRequest;
  total_ += load;
  const uint16_t known = cells_[CellOf(hash)];
  Account& counted = known != 0 ? accounts_[known - 1] : Replace(hash, account);
  counted.by_slot = by_slot;
  counted.requests += requests;
  counted.bytes += bytes;
  heap_[counted.place].load += load;
  SiftDown(counted.place);
}

void AccountSketch::Scale(double factor) {
  total_ *= factor;
  for (Node& node : heap_) node.load *= factor;
  for (Account& account : accounts_) {
    account.error *= factor;
    account.requests *= factor;
    account.bytes *= factor;
  }
}

std::vector<AccountSketch::Entry> AccountSketch::Entries() const {
  std::vector<Entry> entries;
  entries.reserve(accounts_.size());
  for (const Account& one : accounts_) {
    if (one.name.empty()) continue;
    entries.push_back({one.name, one.hash, one.by_slot, heap_[one.place].load, one.error,
                       one.requests, one.bytes});
  }
  return entries;
}

}  // namespace mesh::backend
