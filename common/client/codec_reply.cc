#include <functional>
#include <string>
#include <utility>

#include "common/client/codec.h"
#include "common/client/codec_parts.h"
#include "common/encoding/json_reader.h"

namespace mesh::client {
namespace {

using json::Reader;

void ReadInt(Reader& reader, std::optional<int64_t>* out) {
  int64_t value = 0;
  if (reader.Int(&value)) *out = value;
}

void ReadBool(Reader& reader, std::optional<bool>* out) {
  bool value = false;
  if (reader.Bool(&value)) *out = value;
}

void ReadEnvelopes(Reader& reader, std::vector<dare::Envelope>* out) {
  reader.BeginArray();
  while (reader.NextElement()) {
    if (!dare::ReadEnvelope(reader, &out->emplace_back())) return;
  }
}

void ReadTexts(Reader& reader, std::vector<std::string>* out) {
  reader.BeginArray();
  while (reader.NextElement()) reader.String(&out->emplace_back());
}

void ReadConstraints(Reader& reader, DataConstraints* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "MaxEntries") {
      ReadInt(reader, &out->max_entries);
    } else if (name == "BytesOffset") {
      ReadInt(reader, &out->bytes_offset);
    } else if (name == "BytesMax") {
      ReadInt(reader, &out->bytes_max);
    } else if (name == "Header") {
      ReadBool(reader, &out->header);
    } else if (name == "Payload") {
      ReadBool(reader, &out->payload);
    } else if (name == "Trailer") {
      ReadBool(reader, &out->trailer);
    } else {
      reader.Skip();
    }
  }
}

// ContainerStatus, and ContainerUpdate, which has its members and more.
void ReadContainer(Reader& reader, DownloadedContainer* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "Container") {
      reader.String(&out->state.container);
    } else if (name == "Index") {
      reader.Int(&out->state.frames);
    } else if (name == "Digest") {
      reader.Binary(&out->state.digest);
    } else if (name == "Envelopes") {
      ReadEnvelopes(reader, &out->envelopes);
    } else if (name == "PageKey") {
      reader.Binary(&out->page_key);
    } else {
      reader.Skip();
    }
  }
}

void ReadEntryResponse(Reader& reader, EntryResponse* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "IndexRequest") {
      reader.Int(&out->index_request);
    } else if (name == "IndexContainer") {
      ReadInt(reader, &out->index_container);
    } else if (name == "Result") {
      reader.String(&out->result);
    } else if (name == "Error") {
      reader.String(&out->error);
    } else {
      reader.Skip();
    }
  }
}

void ReadEncodings(Reader& reader, std::vector<std::string>* out) {
  std::string_view name;
  reader.BeginArray();
  while (reader.NextElement()) {
    reader.BeginObject();
    while (reader.NextMember(&name)) {
      if (name == "ID") {
        ReadTexts(reader, out);
      } else {
        reader.Skip();
      }
    }
  }
}

void ReadVersion(Reader& reader, HelloReply* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "Major") {
      reader.Int(&out->major);
    } else if (name == "Minor") {
      reader.Int(&out->minor);
    } else if (name == "Encodings") {
      ReadEncodings(reader, &out->encodings);
    } else {
      reader.Skip();
    }
  }
}

void ReadPolicy(Reader& reader, HelloReply* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "Minimum") {
      ReadInt(reader, &out->account_minimum);
    } else if (name == "Maximum") {
      ReadInt(reader, &out->account_maximum);
    } else if (name == "InvalidCharacters") {
      reader.String(&out->account_invalid_characters);
    } else {
      reader.Skip();
    }
  }
}

bool ReadHelloMember(std::string_view name, Reader& reader, HelloReply* reply) {
  if (name == "Version") return ReadVersion(reader, reply), true;
  if (name == "ConstraintsUpdate") return ReadConstraints(reader, &reply->constraints_update), true;
  if (name == "ConstraintsPost") return ReadConstraints(reader, &reply->constraints_post), true;
  if (name == "PolicyAccount") return ReadPolicy(reader, reply), true;
  if (name == "EnvelopedProfileService") return ReadEnvelope(reader, &reply->profile_service), true;
  if (name == "EnvelopedProfileHost") return ReadEnvelope(reader, &reply->profile_host), true;
  if (name == "EnvelopedConnectionHost") return ReadEnvelope(reader, &reply->connection_host), true;
  return false;
}

bool ReadStatusMember(std::string_view name, Reader& reader, StatusReply* reply) {
  if (name == "EnvelopedProfileMaster") return ReadEnvelope(reader, &reply->profile_master), true;
  if (name == "EnvelopedCatalogEntryDevice") {
    return ReadEnvelope(reader, &reply->device_entry), true;
  }
  if (name == "DirectHost") return reader.String(&reply->direct_host), true;
  if (name != "ContainerStatus") return false;
  reader.BeginArray();
  while (reader.NextElement()) {
    DownloadedContainer container;
    ReadContainer(reader, &container);
    reply->containers.push_back(std::move(container.state));
  }
  return true;
}

bool ReadCreateMember(std::string_view name, Reader& reader, CreateReply* reply) {
  if (name == "Reason") return reader.String(&reply->reason), true;
  if (name == "URL") return reader.String(&reply->url), true;
  if (name == "DirectHost") return reader.String(&reply->direct_host), true;
  return false;
}

// {"KeyAgreementECDH": {"Curve", "Result"}}.
void ReadAgreement(Reader& reader, OperateResult* out) {
  std::string_view name;
  std::string curve, octets;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name != "KeyAgreementECDH") {
      reader.Skip();
      continue;
    }
    reader.BeginObject();
    while (reader.NextMember(&name)) {
      if (name == "Curve") {
        reader.String(&curve);
      } else if (name == "Result") {
        reader.Binary(&octets);
      } else {
        reader.Skip();
      }
    }
  }
  const std::optional<crypto::Curve> known = crypto::CurveFromName(curve);
  if (known) out->point = crypto::PublicKey{*known, std::move(octets)};
}

// {"CryptographicResultKeyAgreement": {...}}, or another class of result.
void ReadResult(Reader& reader, OperateResult* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    reader.BeginObject();
    while (reader.NextMember(&name)) {
      if (name == "Error") {
        reader.String(&out->error);
      } else if (name == "KeyAgreement") {
        ReadAgreement(reader, out);
      } else {
        reader.Skip();
      }
    }
  }
}

bool ReadOperateMember(std::string_view name, Reader& reader, OperateReply* reply) {
  if (name != "Results") return false;
  reader.BeginArray();
  while (reader.NextElement()) ReadResult(reader, &reply->results.emplace_back());
  return true;
}

Result<Outcome> DecodeUploadAs(std::string_view tag, std::string_view payload, UploadReply* reply,
                               Form form) {
  return DecodeResponse(payload, tag, form, [reply](std::string_view name, Reader& reader) {
    if (name == "ConstraintsData") {
      return ReadConstraints(reader, &reply->constraints.emplace()), true;
    }
    if (name != "Entries") return false;
    reader.BeginArray();
    while (reader.NextElement()) ReadEntryResponse(reader, &reply->entries.emplace_back());
    return true;
  });
}

}  // namespace

Outcome OutcomeOfHttp(int status) { return {status, 0, "HTTP status " + std::to_string(status)}; }

Result<Outcome> DecodeOutcome(std::string_view payload, Form form) {
  return DecodeResponse(payload, "", form, [](std::string_view, Reader&) { return false; });
}

Result<Outcome> DecodeHello(std::string_view payload, HelloReply* reply) {
  return DecodeResponse(payload, "MeshHelloResponse", Form::kText,
                        [reply](std::string_view name, Reader& reader) {
                          return ReadHelloMember(name, reader, reply);
                        });
}

Result<Outcome> DecodeCreateAccount(std::string_view payload, CreateReply* reply, Form form) {
  return DecodeResponse(payload, "CreateResponse", form,
                        [reply](std::string_view name, Reader& reader) {
                          return ReadCreateMember(name, reader, reply);
                        });
}

Result<Outcome> DecodeCreateGroup(std::string_view payload, CreateReply* reply, Form form) {
  return DecodeResponse(payload, "CreateGroupResponse", form,
                        [reply](std::string_view name, Reader& reader) {
                          return ReadCreateMember(name, reader, reply);
                        });
}

Result<Outcome> DecodeOperate(std::string_view payload, OperateReply* reply, Form form) {
  return DecodeResponse(payload, "OperateResponse", form,
                        [reply](std::string_view name, Reader& reader) {
                          return ReadOperateMember(name, reader, reply);
                        });
}

Result<Outcome> DecodeDeleteAccount(std::string_view payload, Form form) {
  return DecodeResponse(payload, "DeleteResponse", form,
                        [](std::string_view, Reader&) { return false; });
}

Result<Outcome> DecodeStatus(std::string_view payload, StatusReply* reply, Form form) {
  return DecodeResponse(payload, "StatusResponse", form,
                        [reply](std::string_view name, Reader& reader) {
                          return ReadStatusMember(name, reader, reply);
                        });
}

Result<Outcome> DecodeDownload(std::string_view payload, DownloadReply* reply, Form form) {
  return DecodeResponse(payload, "DownloadResponse", form,
                        [reply](std::string_view name, Reader& reader) {
                          if (name != "Updates") return false;
                          reader.BeginArray();
                          while (reader.NextElement())
                            ReadContainer(reader, &reply->updates.emplace_back());
                          return true;
                        });
}

Result<Outcome> DecodeUpload(std::string_view payload, UploadReply* reply, Form form) {
  return DecodeUploadAs("UploadResponse", payload, reply, form);
}

Result<Outcome> DecodePost(std::string_view payload, UploadReply* reply, Form form) {
  return DecodeUploadAs("PostResponse", payload, reply, form);
}

}  // namespace mesh::client
