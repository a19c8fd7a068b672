#include "common/cluster/records.h"

#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"

namespace mesh::cluster {
namespace {

// Reads an object's members; `read` returns false for those it does not know.
template <typename Read>
Status ReadObject(std::string_view json, const char* what, Read read) {
  json::Reader reader(json);
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (!read(reader, name)) reader.Skip();
  }
  if (reader.Finish()) return Status();
  return InvalidArgument(std::string(what) + ": " + reader.status().message());
}

}  // namespace

std::string NodeRecord::Text() const {
  std::string out;
  json::Writer writer(out);
  writer.BeginObject();
  writer.Member("address").String(address);
  if (!direct_host.empty()) writer.Member("directHost").String(direct_host);
  if (!zone.empty()) writer.Member("zone").String(zone);
  writer.Member("version").String(version);
  writer.Member("dataDirId").String(data_dir_id);
  writer.Member("dataBytes").Int(data_bytes);
  writer.Member("requests").Int(requests);
  writer.EndObject();
  return out;
}

Result<NodeRecord> NodeRecord::Parse(std::string_view json) {
  NodeRecord record;
  const auto read = [&record](json::Reader& reader, std::string_view name) {
    if (name == "address") return reader.String(&record.address), true;
    if (name == "directHost") return reader.String(&record.direct_host), true;
    if (name == "zone") return reader.String(&record.zone), true;
    if (name == "version") return reader.String(&record.version), true;
    if (name == "dataDirId") return reader.String(&record.data_dir_id), true;
    if (name == "dataBytes") return reader.Int(&record.data_bytes), true;
    if (name == "requests") return reader.Int(&record.requests), true;
    return false;
  };
  MESH_RETURN_IF_ERROR(ReadObject(json, "node", read));
  if (record.address.find(':') != std::string::npos) return record;
  return InvalidArgument("node: address is not host:port");
}

std::string OwnerRecord::Text() const {
  std::string out;
  json::Writer writer(out);
  writer.BeginObject();
  writer.Member("dataDirId").String(data_dir_id);
  writer.Member("bootId").String(boot_id);
  writer.EndObject();
  return out;
}

Result<OwnerRecord> OwnerRecord::Parse(std::string_view json) {
  OwnerRecord record;
  const auto read = [&record](json::Reader& reader, std::string_view name) {
    if (name == "dataDirId") return reader.String(&record.data_dir_id), true;
    if (name == "bootId") return reader.String(&record.boot_id), true;
    return false;
  };
  MESH_RETURN_IF_ERROR(ReadObject(json, "owner", read));
  if (!record.data_dir_id.empty()) return record;
  return InvalidArgument("owner: dataDirId is missing");
}

}  // namespace mesh::cluster
