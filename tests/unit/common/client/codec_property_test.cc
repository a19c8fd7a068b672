// JSON and JSON-B say the same: what a client asks arrives the same in both, in whatever
// mix of items and text, and what the service answers is read the same.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "common/client/codec.h"
#include "common/crypto/digest.h"
#include "common/dare/content_meta.h"
#include "common/encoding/json_b.h"
#include "common/encoding/json_reader.h"
#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"

namespace mesh::client {
namespace {

bool Maybe() { return *rc::gen::arbitrary<bool>(); }
int Below(int end) { return *rc::gen::inRange(0, end); }
std::string AnyOctets() { return *rc::gen::container<std::string>(rc::gen::arbitrary<char>()); }
std::string AnyName() { return *rc::gen::container<std::string>(rc::gen::inRange<char>('a', 'z')); }
// With what must be escaped in JSON.
std::string AnyText() {
  return *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab\"\\\n\t {}:,")));
}
std::string AnyContainer() { return "c" + AnyName().substr(0, 20); }
template <typename T>
std::optional<T> Perhaps(T value) {
  return Maybe() ? std::optional<T>(value) : std::nullopt;
}

// --- Envelopes ---------------------------------------------------------------------

std::string AnyHeader() {
  dare::ContentMeta meta;
  meta.unique_id = AnyText();
  meta.event = Maybe() ? "New" : "";
  std::string content;
  dare::WriteContentMeta(meta, content);
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Member("dig").String("S512");
  if (Maybe()) writer.Member("EnvelopeID").String(AnyText());
  writer.Member("ContentMetaData").Binary(content);
  if (Maybe()) writer.Member("Salt").Binary(AnyOctets());
  if (Maybe()) writer.Member("Annotations").BeginArray().Binary(AnyOctets()).EndArray();
  if (Maybe()) writer.Member("Unknown").BeginArray().Int(-1).Bool(true).EndArray();
  writer.EndObject();
  return text;
}

std::string AnyTrailer(std::string_view payload) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Member("PayloadDigest").Binary(crypto::Sha512(payload).view());
  if (Maybe()) {
    writer.Member("signatures").BeginArray().BeginObject();
    writer.Member("kid").String(AnyText()).Member("signature").Binary(AnyOctets());
    writer.EndObject().EndArray();
  }
  writer.EndObject();
  return text;
}

dare::Envelope AnyEnvelope() {
  dare::Envelope envelope;
  envelope.header = AnyHeader();
  envelope.payload = AnyOctets();
  if (Maybe()) envelope.trailer = AnyTrailer(envelope.payload);
  return envelope;
}

std::vector<dare::Envelope> AnyEnvelopes() {
  std::vector<dare::Envelope> envelopes;
  for (int i = Below(3); i > 0; --i) envelopes.push_back(AnyEnvelope());
  return envelopes;
}

// --- Requests ------------------------------------------------------------------------

StatusRequest AnyStatus() {
  StatusRequest request;
  request.device_udf = AnyText();
  request.profile_master_digest = AnyOctets();
  for (int i = Below(3); i > 0; --i) request.catalogs.push_back(AnyContainer());
  for (int i = Below(3); i > 0; --i) request.spools.push_back(AnyContainer());
  return request;
}

Selection AnySelection() {
  Selection select;
  select.container = AnyContainer();
  select.index_min = Perhaps<int64_t>(*rc::gen::arbitrary<int64_t>());
  select.index_max = Perhaps<int64_t>(Below(100000));
  select.not_before = Perhaps<WallMillis>(WallMillis{1000} * Below(2'000'000'000));
  select.page_key = AnyOctets();
  return select;
}

DownloadRequest AnyDownload() {
  DownloadRequest request;
  for (int i = Below(3); i >= 0; --i) request.select.push_back(AnySelection());
  if (Maybe()) {
    request.constraints = DataConstraints{Perhaps<int64_t>(Below(300)),
                                          Perhaps<int64_t>(Below(70000)),
                                          Perhaps<int64_t>(Below(70000)),
                                          Perhaps(Maybe()),
                                          Perhaps(Maybe()),
                                          Perhaps(Maybe())};
  }
  return request;
}

UploadRequest AnyUpload() {
  UploadRequest request;
  for (int i = Below(3); i > 0; --i) {
    request.updates.push_back(
        {AnyContainer(), Perhaps<int64_t>(Below(70000)), AnyOctets(), AnyEnvelopes()});
  }
  request.self = AnyEnvelopes();
  return request;
}

std::string AnyRequest(const auto& status, const auto& download, const auto& upload, int kind,
                       Form form) {
  if (kind == 0) return EncodeStatus(status, form);
  return kind == 1 ? EncodeDownload(download, form) : EncodeUpload(upload, form);
}

struct Asked {
  std::string json;
  std::string json_b;
};

Asked AnyAsked() {
  const int kind = Below(3);
  const StatusRequest status = AnyStatus();
  const DownloadRequest download = AnyDownload();
  const UploadRequest upload = AnyUpload();
  return {AnyRequest(status, download, upload, kind, Form::kText),
          AnyRequest(status, download, upload, kind, Form::kJsonB)};
}

// --- Any mix of items and text ---------------------------------------------------------

void MixParts(std::string_view octets, void (*append)(std::string_view, std::string&),
              std::string& out) {
  const size_t place = static_cast<size_t>(Below(static_cast<int>(octets.size()) + 1));
  const size_t tag = out.size();
  append(octets.substr(0, place), out);
  out[tag] |= 4;  // More follows.
  append(octets.substr(place), out);
}

void MixString(std::string_view text, std::string& out) {
  if (Maybe()) return json::AppendString(out, text);
  Maybe() ? json_b::AppendString(text, out) : MixParts(text, json_b::AppendString, out);
}

void MixSeparator(char separator, std::string& out) { out.push_back(Maybe() ? separator : ' '); }

// Writes the next value again, each token as an item or as text.
void Mix(json::Reader& reader, std::string& out) {
  std::string_view name;
  std::string text;
  int64_t number = 0;
  bool flag = false;
  switch (reader.Peek()) {
    case json::Kind::kObject:
      out.push_back('{');
      reader.BeginObject();
      for (bool first = true; reader.NextMember(&name); first = false) {
        if (!first) MixSeparator(',', out);
        Maybe() ? json_b::AppendName(name, out) : MixString(name, out);
        MixSeparator(':', out);
        Mix(reader, out);
      }
      return out.push_back('}');
    case json::Kind::kArray:
      out.push_back('[');
      reader.BeginArray();
      for (bool first = true; reader.NextElement(); first = false) {
        if (!first) MixSeparator(',', out);
        Mix(reader, out);
      }
      return out.push_back(']');
    case json::Kind::kString:
      reader.String(&text);
      return MixString(text, out);
    case json::Kind::kData:
      reader.Binary(&text);
      return Maybe() ? json_b::AppendData(text, out) : MixParts(text, json_b::AppendData, out);
    case json::Kind::kNumber:
      reader.Int(&number);
      return Maybe() ? json_b::AppendInt(number, out) : void(out += std::to_string(number));
    case json::Kind::kBool:
      reader.Bool(&flag);
      return Maybe() ? json_b::AppendBool(flag, out) : void(out += flag ? "true" : "false");
    default:
      reader.Null();
      return Maybe() ? json_b::AppendNull(out) : void(out += "null");
  }
}

std::string Mixed(std::string_view json_b) {
  json::Options options;
  options.json_b = true;
  json::Reader reader(json_b, options);
  std::string out;
  Mix(reader, out);
  RC_ASSERT(reader.Finish());
  return out;
}

// --- The service's side ------------------------------------------------------------------

// What the service understands, as one string; "refused: ..." if it does not.
std::string Understood(std::string_view octets, bool json_b) {
  DecodeOptions options;
  options.json_b = json_b;
  DecodedRequest request;
  DecodeFailure failure;
  if (!DecodeRequest(octets, options, &request, &failure)) {
    return "refused: " + failure.status.message();
  }
  return std::string(RequestTag(request.transaction)) + " " + request.request->SerializeAsString();
}

proto::StoredEnvelope AnyStored() {
  const dare::Envelope envelope = AnyEnvelope();
  proto::StoredEnvelope stored;
  stored.set_header(envelope.header);
  stored.set_payload(envelope.payload);
  stored.set_trailer(envelope.trailer);
  stored.set_index(Below(3));
  stored.set_received(WallMillis{1000} * Below(2'000'000'000));
  stored.set_without_header(Maybe());
  stored.set_without_payload(Maybe());
  stored.set_without_trailer(Maybe());
  return stored;
}

proto::PartitionReply AnyDownloadReply() {
  proto::PartitionReply reply;
  reply.mutable_download();
  for (int i = Below(3); i > 0; --i) {
    proto::DownloadUpdate* update = reply.mutable_download()->add_updates();
    update->set_container(AnyContainer());
    update->set_index(Below(100000));
    update->set_digest(AnyOctets());
    update->set_page_key(AnyOctets());
    for (int k = Below(3); k > 0; --k) *update->add_envelopes() = AnyStored();
  }
  return reply;
}

std::string Answered(Transaction transaction, const proto::PartitionReply& reply, Form form) {
  std::string out;
  EncodeReply(transaction, reply, {false, form}, &out);
  return out;
}

RC_GTEST_PROP(CodecProperty, ARequestIsTheSameInJsonB, ()) {
  const Asked asked = AnyAsked();
  const std::string understood = Understood(asked.json, false);
  RC_ASSERT(!understood.starts_with("refused"));
  RC_ASSERT(Understood(asked.json_b, true) == understood);
}

RC_GTEST_PROP(CodecProperty, ARequestIsTheSameInEveryMixOfItemsAndText, ()) {
  const Asked asked = AnyAsked();
  RC_ASSERT(Understood(Mixed(asked.json_b), true) == Understood(asked.json, false));
}

RC_GTEST_PROP(CodecProperty, JsonIsReadAsJsonB, ()) {
  const Asked asked = AnyAsked();
  RC_ASSERT(Understood(asked.json, true) == Understood(asked.json, false));
}

RC_GTEST_PROP(CodecProperty, ADownloadIsTheSameInJsonB, ()) {
  const proto::PartitionReply reply = AnyDownloadReply();
  DownloadReply json;
  DownloadReply json_b;
  RC_ASSERT(DecodeDownload(Answered(Transaction::kDownload, reply, Form::kText), &json).ok());
  const std::string octets = Answered(Transaction::kDownload, reply, Form::kJsonB);
  RC_ASSERT(DecodeDownload(octets, &json_b, Form::kJsonB).ok());
  RC_ASSERT(json.updates.size() == json_b.updates.size());
  for (size_t i = 0; i < json.updates.size(); ++i) {
    RC_ASSERT(json.updates[i].state.container == json_b.updates[i].state.container);
    RC_ASSERT(json.updates[i].state.frames == json_b.updates[i].state.frames);
    RC_ASSERT(json.updates[i].state.digest == json_b.updates[i].state.digest);
    RC_ASSERT(json.updates[i].page_key == json_b.updates[i].page_key);
    RC_ASSERT(json.updates[i].envelopes == json_b.updates[i].envelopes);
  }
}

RC_GTEST_PROP(CodecProperty, AStatusIsTheSameInJsonB, ()) {
  proto::PartitionReply reply;
  reply.mutable_status()->set_enveloped_profile_master(dare::EnvelopeText(AnyEnvelope()));
  *reply.mutable_status()->mutable_enveloped_catalog_entry_device() = AnyStored();
  reply.mutable_status()->add_container_status()->set_digest(AnyOctets());
  StatusReply json;
  StatusReply json_b;
  RC_ASSERT(DecodeStatus(Answered(Transaction::kStatus, reply, Form::kText), &json).ok());
  const std::string octets = Answered(Transaction::kStatus, reply, Form::kJsonB);
  RC_ASSERT(DecodeStatus(octets, &json_b, Form::kJsonB).ok());
  RC_ASSERT(json.profile_master == json_b.profile_master);
  RC_ASSERT(json.device_entry == json_b.device_entry);
  RC_ASSERT(json.containers.at(0).digest == json_b.containers.at(0).digest);
}

RC_GTEST_PROP(CodecProperty, AMutatedRequestIsUnderstoodOrRefused, ()) {
  std::string octets = Mixed(AnyAsked().json_b);
  octets[static_cast<size_t>(Below(static_cast<int>(octets.size())))] = *rc::gen::arbitrary<char>();
  const std::vector<char> exact(octets.begin(), octets.end());  // Sanitizers see its end.
  RC_ASSERT(!Understood({exact.data(), exact.size()}, true).empty());
}

}  // namespace
}  // namespace mesh::client
