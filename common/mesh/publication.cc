#include "common/mesh/publication.h"

#include "common/crypto/digest.h"
#include "common/crypto/udf.h"

namespace mesh {
namespace {

constexpr std::string_view kTag = "CatalogedPublication";

bool ReadMember(json::Reader& reader, std::string_view name, CatalogedPublication* out) {
  if (name == "ID") return reader.String(&out->id);
  if (name == "Authenticator") return reader.String(&out->authenticator);
  if (name == "EnvelopedData") return dare::ReadEnvelope(reader, &out->data.emplace());
  if (name == "Length") return reader.Int(&out->length.emplace());
  if (name == "Fingerprint") return reader.Binary(&out->fingerprint);
  if (name == "NotOnOrAfter") return reader.DateTime(&out->not_on_or_after.emplace());
  return reader.Skip();
}

// What is wrong with what was read; null: nothing.
const char* FaultOf(const CatalogedPublication& publication) {
  if (publication.id.empty()) return "CatalogedPublication: ID is missing";
  const auto key = crypto::ParseUdf(publication.authenticator, crypto::UdfType::kEncryption);
  if (!key.ok()) return "CatalogedPublication: Authenticator is not a key, a UDF of type E";
  if (publication.data) return nullptr;
  const bool described = publication.length && *publication.length >= 0 &&
                         publication.fingerprint.size() == sizeof(crypto::Digest512);
  return described ? nullptr
                   : "CatalogedPublication: expected EnvelopedData, or Length and a Fingerprint of "
                     "64 octets";
}

// Enters {"CatalogedPublication": and stops before the object.
bool EnterTag(json::Reader& reader) {
  std::string_view name;
  return reader.BeginObject() && reader.NextMember(&name) && name == kTag;
}

}  // namespace

bool ReadCatalogedPublication(json::Reader& reader, CatalogedPublication* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) ReadMember(reader, name, out);
  if (!reader.ok()) return false;
  const char* const fault = FaultOf(*out);
  return fault == nullptr || reader.Fail(fault);
}

Result<CatalogedPublication> ParseCatalogedPublication(std::string_view payload) {
  json::Reader reader(payload);
  CatalogedPublication publication;
  std::string_view name;
  if (!EnterTag(reader)) return InvalidArgument("expected a CatalogedPublication");
  ReadCatalogedPublication(reader, &publication);
  if (reader.NextMember(&name)) reader.Fail("expected one CatalogedPublication");
  if (!reader.Finish()) return reader.status();
  return publication;
}

void WriteCatalogedPublication(const CatalogedPublication& publication, std::string& out) {
  json::Writer writer(out);
  writer.BeginObject().Member(kTag).BeginObject();
  writer.Member("ID").String(publication.id);
  writer.Member("Authenticator").String(publication.authenticator);
  if (publication.data) {
    writer.Member("EnvelopedData");
    dare::WriteEnvelope(*publication.data, writer);
  }
  if (publication.length) writer.Member("Length").Int(*publication.length);
  if (!publication.fingerprint.empty()) {
    writer.Member("Fingerprint").Binary(publication.fingerprint);
  }
  if (publication.not_on_or_after) {
    writer.Member("NotOnOrAfter").DateTime(*publication.not_on_or_after);
  }
  writer.EndObject().EndObject();
}

std::string_view PublicationObject(std::string_view payload) {
  json::Reader reader(payload);
  std::string_view object;
  if (!EnterTag(reader) || !reader.RawValue(&object)) return {};
  return object;
}

std::string PublicationPayload(std::string_view object) {
  return std::string("{\"").append(kTag).append("\":").append(object).append("}");
}

}  // namespace mesh
