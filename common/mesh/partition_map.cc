#include "common/mesh/partition_map.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>

#include "common/base/check.h"
#include "common/encoding/json_reader.h"
#include "common/mesh/account_address.h"

namespace mesh {
namespace {

constexpr size_t kNameBytesMax = 128;
constexpr size_t kFileBytesMax = 16 * 1024 * 1024;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

// Reads the text member by member; what members say about each other is checked
// when all have been read, because their order is free.
class PartitionMapParser {
 public:
  explicit PartitionMapParser(std::string_view json) : reader_(json) {}

  Result<PartitionMap> Parse() {
    if (!ReadMap() || !reader_.Finish()) {
      return InvalidArgument("partition map: " + reader_.status().message());
    }
    const Status status = Check();
    if (!status.ok()) return InvalidArgument("partition map: " + status.message());
    return std::move(map_);
  }

 private:
  struct ReadPartition {
    PartitionId id = 0;
    std::string back_end;
    std::vector<std::pair<uint64_t, uint64_t>> slots;
  };

  bool ReadMap() {
    std::string_view name;
    if (!reader_.BeginObject()) return false;
    while (reader_.NextMember(&name)) {
      if (!ReadMember(name)) return false;
    }
    return reader_.ok();
  }

  bool ReadMember(std::string_view name) {
    if (name == "epoch") return reader_.Unsigned(&map_.epoch_);
    if (name == "slotKey") return ReadSlotKey();
    if (name == "backEnds") return ReadArray([this] { return ReadBackEnd(); });
    if (name == "partitions") return ReadArray([this] { return ReadOnePartition(); });
    if (name == "pins") return ReadArray([this] { return ReadPin(); });
    return reader_.Fail("unknown member; expected epoch, slotKey, backEnds, partitions or pins");
  }

  template <typename Read>
  bool ReadArray(Read read) {
    if (!reader_.BeginArray()) return false;
    while (reader_.NextElement()) {
      if (!read()) return false;
    }
    return reader_.ok();
  }

  bool ReadSlotKey() {
    std::string hex;
    if (!reader_.String(&hex)) return false;
    if (hex.size() != 2 * map_.slot_key_.size()) return FailSlotKey();
    for (size_t i = 0; i < map_.slot_key_.size(); ++i) {
      const int high = HexDigit(hex[2 * i]);
      const int low = HexDigit(hex[2 * i + 1]);
      if (high < 0 || low < 0) return FailSlotKey();
      map_.slot_key_[i] = static_cast<uint8_t>(high * 16 + low);
    }
    have_slot_key_ = true;
    return true;
  }
  bool FailSlotKey() { return reader_.Fail("slotKey: expected 32 hexadecimal digits"); }

  bool ReadName(std::string* out) {
    if (!reader_.String(out)) return false;
    if (!out->empty() && out->size() <= kNameBytesMax) return true;
    return reader_.Fail("expected 1 to 128 octets");
  }

  bool ReadBackEnd() {
    BackEnd back_end;
    std::string_view name;
    if (!reader_.BeginObject()) return false;
    while (reader_.NextMember(&name)) {
      const bool read = name == "name"         ? ReadName(&back_end.name)
                        : name == "address"    ? ReadName(&back_end.address)
                        : name == "directHost" ? reader_.String(&back_end.direct_host)
                                               : reader_.Fail("unknown member of a back end");
      if (!read) return false;
    }
    map_.back_ends_.push_back(std::move(back_end));
    return reader_.ok();
  }

  bool ReadId(PartitionId* id) {
    uint64_t value = 0;
    if (!reader_.Unsigned(&value)) return false;
    if (value > std::numeric_limits<PartitionId>::max()) {
      return reader_.Fail("expected a partition's id, below 2^32");
    }
    *id = static_cast<PartitionId>(value);
    return true;
  }

  bool ReadRange(ReadPartition* partition) {
    uint64_t bounds[2] = {0, 0};
    size_t count = 0;
    if (!reader_.BeginArray()) return false;
    while (reader_.NextElement()) {
      if (count == 2) return FailRange();
      if (!reader_.Unsigned(&bounds[count++])) return false;
    }
    if (!reader_.ok()) return false;
    if (count != 2 || bounds[0] > bounds[1] || bounds[1] >= kSlotCount) return FailRange();
    partition->slots.emplace_back(bounds[0], bounds[1]);
    return true;
  }
  bool FailRange() { return reader_.Fail("expected a slot range [first, last], both below 16384"); }

  bool ReadOnePartition() {
    ReadPartition partition;
    std::string_view name;
    bool have_id = false;
    if (!reader_.BeginObject()) return false;
    while (reader_.NextMember(&name)) {
      bool read = false;
      if (name == "id") {
        read = have_id = ReadId(&partition.id);
      } else if (name == "backEnd") {
        read = ReadName(&partition.back_end);
      } else if (name == "slots") {
        read = ReadArray([&] { return ReadRange(&partition); });
      } else {
        read = reader_.Fail("unknown member of a partition; expected id, backEnd or slots");
      }
      if (!read) return false;
    }
    if (reader_.ok() && !have_id) return reader_.Fail("a partition without id");
    partitions_.push_back(std::move(partition));
    return reader_.ok();
  }

  bool ReadPin() {
    std::string account;
    PartitionId partition = 0;
    std::string_view name;
    if (!reader_.BeginObject()) return false;
    while (reader_.NextMember(&name)) {
      const bool read = name == "account"     ? ReadName(&account)
                        : name == "partition" ? ReadId(&partition)
                                              : reader_.Fail("unknown member of a pin");
      if (!read) return false;
    }
    if (!reader_.ok()) return false;
    const Result<AccountAddress> address = AccountAddress::Parse(account);
    if (!address.ok()) return reader_.Fail("pin: " + address.status().message());
    if (map_.pins_.emplace(address->canonical(), partition).second) return true;
    return reader_.Fail("pin: account " + account + " is pinned twice");
  }

  Status Check() {
    if (map_.epoch_ == 0) return InvalidArgument("epoch: expected a number above 0");
    if (!have_slot_key_) return InvalidArgument("slotKey: missing");
    MESH_RETURN_IF_ERROR(CheckBackEnds());
    map_.slots_.assign(kSlotCount, 0);
    std::vector<bool> assigned(kSlotCount, false);
    for (const ReadPartition& partition : partitions_) {
      MESH_RETURN_IF_ERROR(Place(partition));
      MESH_RETURN_IF_ERROR(Assign(partition, &assigned));
    }
    const auto gap = std::find(assigned.begin(), assigned.end(), false);
    if (gap != assigned.end()) {
      return InvalidArgument("slot " + std::to_string(gap - assigned.begin()) + ": unassigned");
    }
    return CheckPins();
  }

  Status CheckBackEnds() const {
    for (auto one = map_.back_ends_.begin(); one != map_.back_ends_.end(); ++one) {
      if (one->name.empty()) return InvalidArgument("a back end without name");
      if (one->address.find(':') == std::string::npos) {
        return InvalidArgument("back end " + one->name + ": address is not host:port");
      }
      for (auto other = map_.back_ends_.begin(); other != one; ++other) {
        if (other->name == one->name) {
          return InvalidArgument("back end " + one->name + ": named twice");
        }
      }
    }
    return Status();
  }

  Status Place(const ReadPartition& partition) {
    const std::string label = "partition " + std::to_string(partition.id);
    for (size_t i = 0; i < map_.back_ends_.size(); ++i) {
      if (map_.back_ends_[i].name != partition.back_end) continue;
      if (map_.homes_.emplace(partition.id, i).second) return Status();
      return InvalidArgument(label + ": its id is used twice");
    }
    return InvalidArgument(label + ": unknown back end \"" + partition.back_end + "\"");
  }

  Status Assign(const ReadPartition& partition, std::vector<bool>* assigned) {
    for (const auto& [first, last] : partition.slots) {
      for (uint64_t slot = first; slot <= last; ++slot) {
        if ((*assigned)[slot]) {
          return InvalidArgument("slot " + std::to_string(slot) + ": assigned twice");
        }
        (*assigned)[slot] = true;
        map_.slots_[slot] = partition.id;
      }
    }
    return Status();
  }

  Status CheckPins() const {
    for (const auto& [account, partition] : map_.pins_) {
      if (!map_.Has(partition)) {
        return InvalidArgument("pin of " + account + ": unknown partition " +
                               std::to_string(partition));
      }
    }
    return Status();
  }

  json::Reader reader_;
  PartitionMap map_;
  bool have_slot_key_ = false;
  std::vector<ReadPartition> partitions_;
};

Result<PartitionMap> PartitionMap::Parse(std::string_view json) {
  return PartitionMapParser(json).Parse();
}

Result<PartitionMap> PartitionMap::Load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) {
    return Status(Code::kUnavailable, "partition map: cannot read " + path);
  }
  if (text.size() > kFileBytesMax) {
    return InvalidArgument("partition map: " + path + " is larger than 16 MiB");
  }
  return Parse(text);
}

PartitionId PartitionMap::OwnerOf(std::string_view canonical_address) const {
  if (!pins_.empty()) {
    const auto pin = pins_.find(canonical_address);
    if (pin != pins_.end()) return pin->second;
  }
  return slots_[SlotOf(slot_key_, canonical_address)];
}

const BackEnd& PartitionMap::HomeOf(PartitionId partition) const {
  const auto home = homes_.find(partition);
  MESH_CHECK(home != homes_.end());
  return back_ends_[home->second];
}

std::vector<PartitionId> PartitionMap::PartitionsOf(std::string_view name) const {
  std::vector<PartitionId> partitions;
  for (const auto& [partition, home] : homes_) {
    if (back_ends_[home].name == name) partitions.push_back(partition);
  }
  return partitions;
}

}  // namespace mesh
