#include "tools/mesh_admin/zone.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "common/base/bytes.h"
#include "common/crypto/digest.h"
#include "common/encoding/domain_name.h"
#include "common/mesh/slot.h"

namespace mesh::admin {
namespace {

constexpr uint16_t kDefaultPort = 443;
// Octets of the digest in an account's name: enough that no two meet.
constexpr size_t kAccountDigestBytes = 16;

struct Host {
  std::string name;
  uint16_t port = kDefaultPort;
};

Result<Host> ParseHost(const std::string& text) {
  Host host;
  const size_t colon = text.rfind(':');
  host.name = text.substr(0, colon);
  const char* const end = text.data() + text.size();
  const bool good =
      colon == text.npos ||
      (std::from_chars(text.data() + colon + 1, end, host.port).ptr == end && host.port != 0);
  if (good && IsDomainName(host.name)) return host;
  return InvalidArgument("\"" + text +
                         "\": expected a DNS name in lower case, perhaps with a port");
}

const char* TypeOf(const std::string& address) {
  unsigned char octets[sizeof(in6_addr)];
  if (inet_pton(AF_INET, address.c_str(), octets) == 1) return "A";
  return inet_pton(AF_INET6, address.c_str(), octets) == 1 ? "AAAA" : nullptr;
}

class ZoneMaker {
 public:
  ZoneMaker(const PartitionMap& map, const ZoneOptions& options) : map_(map), options_(options) {}

  Result<std::vector<ZoneRecord>> Make() {
    if (!IsDomainName(options_.domain)) {
      return InvalidArgument("\"" + options_.domain + "\" is no domain in lower case");
    }
    MESH_RETURN_IF_ERROR(AddService());
    for (const BackEnd& back_end : map_.back_ends()) {
      if (!back_end.direct_host.empty()) MESH_RETURN_IF_ERROR(AddHost(back_end.direct_host));
    }
    if (options_.slots) MESH_RETURN_IF_ERROR(AddSlots());
    for (const std::string& account : options_.accounts) MESH_RETURN_IF_ERROR(AddAccount(account));
    MESH_RETURN_IF_ERROR(CheckAddressesUsed());
    return std::move(records_);
  }

 private:
  void AddServer(const std::string& owner, const Host& host) {
    records_.push_back({"_mmm._tcp." + owner + ".", "SRV",
                        "1 1 " + std::to_string(host.port) + " " + host.name + "."});
  }

  Status AddAddresses(const std::string& host) {
    const auto found = options_.addresses.find(host);
    if (found == options_.addresses.end() || !hosts_.insert(host).second) return {};
    for (const std::string& address : found->second) {
      const char* const type = TypeOf(address);
      if (type == nullptr) {
        return InvalidArgument("\"" + address + "\" of " + host + " is no IP address");
      }
      records_.push_back({host + ".", type, address});
    }
    return {};
  }

  Status AddService() {
    std::vector<std::string> fronts = options_.fronts;
    if (fronts.empty()) fronts.push_back("mmm." + options_.domain);
    for (const std::string& front : fronts) {
      MESH_ASSIGN(const Host host, ParseHost(front));
      AddServer(options_.domain, host);
      MESH_RETURN_IF_ERROR(AddAddresses(host.name));
    }
    if (options_.service_udf.empty()) return {};
    records_.push_back(
        {"_mmm._tcp." + options_.domain + ".", "TXT", "\"udf=" + options_.service_udf + "\""});
    return {};
  }

  Status AddHost(const std::string& direct_host) {
    MESH_ASSIGN(const Host host, ParseHost(direct_host));
    AddServer(host.name, host);
    return AddAddresses(host.name);
  }

  Status AddOwned(const std::string& owner, PartitionId partition) {
    const BackEnd& home = map_.HomeOf(partition);
    if (home.direct_host.empty()) {
      return Status(Code::kFailedPrecondition,
                    "the back end " + home.name +
                        " has no directHost in the map, so no name can lead to it; give it one, "
                        "or leave --slots and --account out");
    }
    MESH_ASSIGN(const Host host, ParseHost(home.direct_host));
    AddServer(owner, host);
    return {};
  }

  Status AddSlots() {
    for (uint32_t slot = 0; slot < kSlotCount; ++slot) {
      MESH_RETURN_IF_ERROR(
          AddOwned("slot-" + std::to_string(slot) + ".mmm." + options_.domain, map_.slots()[slot]));
    }
    return {};
  }

  Status AddAccount(const std::string& account) {
    return AddOwned(NameOfAccount(map_, options_.domain, account), map_.OwnerOf(account));
  }

  Status CheckAddressesUsed() const {
    for (const auto& [host, addresses] : options_.addresses) {
      if (hosts_.count(host) == 0) {
        return InvalidArgument("--address " + host + ": neither a --front nor a directHost");
      }
    }
    return {};
  }

  const PartitionMap& map_;
  const ZoneOptions& options_;
  std::vector<ZoneRecord> records_;
  std::set<std::string> hosts_;  // Whose addresses are in records_.
};

}  // namespace

std::string NameOfAccount(const PartitionMap& map, std::string_view domain,
                          std::string_view canonical_address) {
  std::string label;
  if (map.IsPinned(canonical_address)) {
    const crypto::Digest512 digest = crypto::Sha512(canonical_address);
    label = "account-" + ToHex(digest.view().substr(0, kAccountDigestBytes));
  } else {
    label = "slot-" + std::to_string(SlotOf(map.slot_key(), canonical_address));
  }
  return label + ".mmm." + std::string(domain);
}

Result<std::vector<ZoneRecord>> MakeZone(const PartitionMap& map, const ZoneOptions& options) {
  return ZoneMaker(map, options).Make();
}

std::string ZoneLine(const ZoneRecord& record, uint32_t ttl_seconds) {
  return record.name + " " + std::to_string(ttl_seconds) + " IN " + record.type + " " + record.data;
}

}  // namespace mesh::admin
