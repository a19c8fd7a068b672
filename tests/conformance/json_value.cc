#include "tests/conformance/json_value.h"

#include <stdexcept>

#include "common/encoding/base64url.h"
#include "common/encoding/json_b.h"
#include "common/encoding/json_reader.h"

namespace mesh::conformance {
namespace {

Case Value(json::Reader& reader) {
  Case value;
  std::string_view name;
  std::string text;
  int64_t number = 0;
  bool flag = false;
  switch (reader.Peek()) {
    case json::Kind::kObject:
      value = Case::object();
      reader.BeginObject();
      while (reader.NextMember(&name)) {
        const std::string key(name);
        value[key] = Value(reader);
      }
      return value;
    case json::Kind::kArray:
      value = Case::array();
      reader.BeginArray();
      while (reader.NextElement()) value.push_back(Value(reader));
      return value;
    case json::Kind::kString:
      reader.String(&text);
      return text;
    case json::Kind::kNumber:
      reader.Int(&number);
      return number;
    case json::Kind::kBool:
      reader.Bool(&flag);
      return flag;
    default:
      reader.Null();
      return nullptr;
  }
}

json_b::Item Next(json_b::Reader& reader) {
  if (reader.finished()) throw std::runtime_error("JSON-B ends too early");
  Result<json_b::Item> item = reader.Next();
  if (!item.ok()) throw std::runtime_error(item.status().message());
  return *std::move(item);
}

nlohmann::ordered_json Scalar(const json_b::Item& item) {
  switch (item.kind) {
    case json_b::Kind::kName:
    case json_b::Kind::kString:
      return item.octets;
    case json_b::Kind::kData:
      return nlohmann::ordered_json::binary({item.octets.begin(), item.octets.end()});
    case json_b::Kind::kInteger:
      return item.negative ? -static_cast<int64_t>(item.magnitude)
                           : static_cast<int64_t>(item.magnitude);
    case json_b::Kind::kFloat:
      return item.number;
    case json_b::Kind::kBool:
      return item.flag;
    case json_b::Kind::kNull:
      return nullptr;
    default:
      throw std::runtime_error("a bracket where a value must be");
  }
}

nlohmann::ordered_json Value(json_b::Reader& reader, const json_b::Item& first) {
  nlohmann::ordered_json value;
  if (first.kind == json_b::Kind::kBeginObject) {
    value = nlohmann::ordered_json::object();
    json_b::Item name = Next(reader);
    for (; name.kind != json_b::Kind::kEndObject; name = Next(reader)) {
      value[name.octets] = Value(reader, Next(reader));
    }
    return value;
  }
  if (first.kind != json_b::Kind::kBeginArray) return Scalar(first);
  value = nlohmann::ordered_json::array();
  json_b::Item element = Next(reader);
  for (; element.kind != json_b::Kind::kEndArray; element = Next(reader)) {
    value.push_back(Value(reader, element));
  }
  return value;
}

// Data as base64url text, which is how JSON has it.
Case Textual(const nlohmann::ordered_json& value) {
  if (value.is_binary()) {
    const auto& octets = value.get_binary();
    return Base64UrlEncode({reinterpret_cast<const char*>(octets.data()), octets.size()});
  }
  if (value.is_array()) {
    Case array = Case::array();
    for (const auto& element : value) array.push_back(Textual(element));
    return array;
  }
  if (!value.is_object()) return Case::parse(value.dump());
  Case object = Case::object();
  for (const auto& [name, member] : value.items()) object[name] = Textual(member);
  return object;
}

void Append(const nlohmann::ordered_json& value, std::string& out) {
  if (value.is_object()) {
    out.push_back('{');
    for (const auto& [name, member] : value.items()) {
      json_b::AppendName(name, out);
      Append(member, out);
    }
    out.push_back('}');
  } else if (value.is_array()) {
    out.push_back('[');
    for (const auto& element : value) Append(element, out);
    out.push_back(']');
  } else if (value.is_binary()) {
    const auto& octets = value.get_binary();
    json_b::AppendData({reinterpret_cast<const char*>(octets.data()), octets.size()}, out);
  } else if (value.is_string()) {
    json_b::AppendString(value.get_ref<const std::string&>(), out);
  } else if (value.is_boolean()) {
    json_b::AppendBool(value.get<bool>(), out);
  } else if (value.is_null()) {
    json_b::AppendNull(out);
  } else if (value.is_number_float()) {
    json_b::AppendFloat(value.get<double>(), out);
  } else {
    json_b::AppendInt(value.get<int64_t>(), out);
  }
}

}  // namespace

Case ReadJson(std::string_view text) {
  json::Reader reader(text);
  Case value = Value(reader);
  if (!reader.Finish()) throw std::runtime_error(reader.status().message());
  return value;
}

nlohmann::ordered_json ReadOrderedJsonB(std::string_view octets) {
  json_b::Reader reader(octets);
  nlohmann::ordered_json value = Value(reader, Next(reader));
  if (!reader.finished()) throw std::runtime_error("octets are left over");
  return value;
}

Case ReadJsonB(std::string_view octets) { return Textual(ReadOrderedJsonB(octets)); }

Case ReadEither(std::string_view octets) {
  for (const char octet : octets) {
    if (octet == '\xb4') return ReadJsonB(octets);
  }
  return ReadJson(octets);
}

std::string WriteJsonB(const nlohmann::ordered_json& value) {
  std::string octets;
  Append(value, octets);
  return octets;
}

}  // namespace mesh::conformance
