#include "common/mesh/map_document.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/base/bytes.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/account_address.h"

namespace mesh {
namespace {

constexpr size_t kNameBytesMax = 128;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Reads the text member by member.
class MapReader {
 public:
  explicit MapReader(std::string_view json) : reader_(json) {}

  Result<MapDocument> Read() {
    if (!ReadMap() || !reader_.Finish()) {
      return InvalidArgument("partition map: " + reader_.status().message());
    }
    if (map_.epoch == 0) return InvalidArgument("partition map: epoch: expected a number above 0");
    if (!have_slot_key_) return InvalidArgument("partition map: slotKey: missing");
    return std::move(map_);
  }

 private:
  bool ReadMap() {
    std::string_view name;
    if (!reader_.BeginObject()) return false;
    while (reader_.NextMember(&name)) {
      if (!ReadMember(name)) return false;
    }
    return reader_.ok();
  }

  bool ReadMember(std::string_view name) {
    if (name == "epoch") return reader_.Unsigned(&map_.epoch);
    if (name == "slotKey") return ReadSlotKey();
    if (name == "backEnds") return ReadArray([this] { return ReadBackEnd(); });
    if (name == "partitions") return ReadArray([this] { return ReadPartition(); });
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
    if (hex.size() != 2 * map_.slot_key.size()) return FailSlotKey();
    for (size_t i = 0; i < map_.slot_key.size(); ++i) {
      const int high = HexDigit(hex[2 * i]);
      const int low = HexDigit(hex[2 * i + 1]);
      if (high < 0 || low < 0) return FailSlotKey();
      map_.slot_key[i] = static_cast<uint8_t>(high * 16 + low);
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
    if (reader_.ok() && back_end.name.empty()) return reader_.Fail("a back end without name");
    map_.back_ends.push_back(std::move(back_end));
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

  bool ReadRange(MapDocument::Partition* partition) {
    uint64_t bounds[2] = {0, 0};
    size_t count = 0;
    if (!reader_.BeginArray()) return false;
    while (reader_.NextElement()) {
      if (count == 2) return FailRange();
      if (!reader_.Unsigned(&bounds[count++])) return false;
    }
    if (!reader_.ok()) return false;
    if (count != 2 || bounds[0] > bounds[1] || bounds[1] >= kSlotCount) return FailRange();
    partition->slots.push_back(
        {static_cast<uint32_t>(bounds[0]), static_cast<uint32_t>(bounds[1])});
    return true;
  }
  bool FailRange() { return reader_.Fail("expected a slot range [first, last], both below 16384"); }

  bool ReadPartition() {
    MapDocument::Partition partition;
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
    map_.partitions.push_back(std::move(partition));
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
    map_.pins.push_back({address->canonical(), partition});
    return true;
  }

  json::Reader reader_;
  MapDocument map_;
  bool have_slot_key_ = false;
};

void WriteBackEnd(json::Writer& writer, const BackEnd& back_end) {
  writer.BeginObject();
  writer.Member("name").String(back_end.name);
  if (!back_end.address.empty()) writer.Member("address").String(back_end.address);
  if (!back_end.direct_host.empty()) writer.Member("directHost").String(back_end.direct_host);
  writer.EndObject();
}

void WritePartition(json::Writer& writer, const MapDocument::Partition& partition) {
  writer.BeginObject();
  writer.Member("id").Int(partition.id);
  writer.Member("backEnd").String(partition.back_end);
  writer.Member("slots").BeginArray();
  for (const SlotRange& range : partition.slots) {
    writer.BeginArray().Int(range.first).Int(range.last).EndArray();
  }
  writer.EndArray().EndObject();
}

void WritePin(json::Writer& writer, const MapDocument::Pin& pin) {
  writer.BeginObject();
  writer.Member("account").String(pin.account);
  writer.Member("partition").Int(pin.partition);
  writer.EndObject();
}

// Each element on a line of its own.
template <typename T, typename Write>
void WriteLines(std::string& out, const char* name, const std::vector<T>& elements, Write write) {
  out += std::string(",\n \"") + name + "\": [";
  for (size_t i = 0; i < elements.size(); ++i) {
    out += i == 0 ? "\n  " : ",\n  ";
    json::Writer writer(out);
    write(writer, elements[i]);
  }
  out += "]";
}

// `ranges` without the slots of `range`.
std::vector<SlotRange> Without(const std::vector<SlotRange>& ranges, SlotRange range) {
  std::vector<SlotRange> left;
  for (const SlotRange& one : ranges) {
    if (one.last < range.first || one.first > range.last) {
      left.push_back(one);
      continue;
    }
    if (one.first < range.first) left.push_back({one.first, range.first - 1});
    if (one.last > range.last) left.push_back({range.last + 1, one.last});
  }
  return left;
}

std::vector<SlotRange> Joined(std::vector<SlotRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const SlotRange& a, const SlotRange& b) { return a.first < b.first; });
  std::vector<SlotRange> joined;
  for (const SlotRange& one : ranges) {
    if (!joined.empty() && joined.back().last + 1 >= one.first) {
      joined.back().last = std::max(joined.back().last, one.last);
    } else {
      joined.push_back(one);
    }
  }
  return joined;
}

}  // namespace

Result<MapDocument> MapDocument::Parse(std::string_view json) { return MapReader(json).Read(); }

std::string MapDocument::Text() const {
  const std::string_view key(reinterpret_cast<const char*>(slot_key.data()), slot_key.size());
  std::string out =
      "{\"epoch\": " + std::to_string(epoch) + ", \"slotKey\": \"" + ToHex(key) + "\"";
  WriteLines(out, "backEnds", back_ends, WriteBackEnd);
  WriteLines(out, "partitions", partitions, WritePartition);
  if (!pins.empty()) WriteLines(out, "pins", pins, WritePin);
  return out + "}\n";
}

void MapDocument::Assign(SlotRange range, PartitionId partition) {
  for (Partition& one : partitions) {
    std::vector<SlotRange> left = Without(one.slots, range);
    if (one.id == partition) left.push_back(range);
    one.slots = Joined(std::move(left));
  }
}

}  // namespace mesh
