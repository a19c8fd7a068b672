// Our JSON reader beside simdjson, on what the service reads: an Upload as the
// reference client writes it, with folds in its strings. Both give the same: names
// matched, the nested headers' raw text, payloads decoded from base64url.
// docs/decisions/0002-json-reader.md draws the conclusion.

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <string>
#include <string_view>

#include "common/dare/envelope.h"
#include "common/dare/header.h"
#include "common/encoding/base64url.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"

namespace mesh {
namespace {

// Base64url folded every 62 characters.
std::string Folded(std::string_view octets) {
  std::string text = Base64UrlEncode(octets);
  for (size_t at = 55; at < text.size(); at += 65) text.insert(at, "\n  ");
  return text;
}

std::string Upload(size_t payload_bytes) {
  const std::string digest(64, 'd');
  const std::string meta = R"({"UniqueID": "MBC4-3DON-APX2-SZZJ-KHL7-YJI4-OWK2", "Event": "New"})";
  return "{\n  \"Upload\": {\n    \"Updates\": [{\n        \"Container\": \"mmm_Contact\",\n"
         "        \"Index\": 7,\n        \"Envelopes\": [[{\n            \"PayloadDigest\": \"" +
         Folded(digest) + "\",\n            \"ContentMetaData\": \"" + Folded(meta) +
         "\",\n            \"ContainerInfo\": {\n              \"Index\": 7,\n"
         "              \"TreePosition\": 2867},\n            \"Received\": "
         "\"2026-11-23T08:10:32Z\"},\n          \"" +
         Folded(std::string(payload_bytes, 'p')) + "\",\n          {}]]}]}}";
}

// What both readers hand on.
struct Decoded {
  std::string container;
  int64_t index = 0;
  dare::Envelope envelope;
};

bool ReadUpdate(json::Reader& reader, Decoded* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "Container") {
      reader.String(&out->container);
    } else if (name == "Index") {
      reader.Int(&out->index);
    } else if (name == "Envelopes") {
      reader.BeginArray();
      while (reader.NextElement()) dare::ReadEnvelope(reader, &out->envelope);
    } else {
      reader.Skip();
    }
  }
  return reader.ok();
}

bool DecodeWithOurs(std::string_view text, Decoded* out) {
  json::Reader reader(text);
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    reader.BeginObject();
    while (reader.NextMember(&name)) {
      reader.BeginArray();
      while (reader.NextElement()) ReadUpdate(reader, out);
    }
  }
  return reader.Finish();
}

// simdjson refuses raw line breaks in strings: they are taken out first, everywhere
// in the text, which is the fastest way and joins "1\n2" to a number that is not there.
void RemoveFolds(std::string_view text, std::string* out) {
  out->clear();
  out->reserve(text.size() + simdjson::SIMDJSON_PADDING);
  while (!text.empty()) {
    const size_t end = text.find('\n');
    out->append(text.substr(0, end));
    if (end == std::string_view::npos) return;
    const size_t next = text.find_first_not_of(' ', end + 1);
    text.remove_prefix(next == std::string_view::npos ? text.size() : next);
  }
}

namespace od = simdjson::ondemand;

void DecodeEnvelope(od::array parts, dare::Envelope* out) {
  int part = 0;
  for (auto element : parts) {
    od::value value = element.value();
    if (part == 1) {
      out->payload.clear();
      (void)Base64UrlDecodeAppend(value.get_string().value(), Base64Mode::kStrict, out->payload);
    } else {
      std::string_view raw = value.get_object().value().raw_json().value();
      (part == 0 ? out->header : out->trailer).assign(raw);
    }
    ++part;
  }
}

bool DecodeWithSimdjson(std::string_view text, od::parser& parser, std::string* scratch,
                        Decoded* out) {
  RemoveFolds(text, scratch);
  scratch->reserve(scratch->size() + simdjson::SIMDJSON_PADDING);
  od::document document = parser.iterate(*scratch);
  for (auto request : document.get_object()) {
    for (auto member : request.value().get_object()) {
      for (auto update : member.value().get_array()) {
        for (auto field : update.get_object()) {
          const std::string_view name = field.unescaped_key().value();
          if (name == "Container") {
            out->container.assign(field.value().get_string().value());
          } else if (name == "Index") {
            out->index = field.value().get_int64().value();
          } else if (name == "Envelopes") {
            for (auto entry : field.value().get_array()) {
              DecodeEnvelope(entry.get_array().value(), &out->envelope);
            }
          }
        }
      }
    }
  }
  return out->index != 0;
}

void BM_OurReader(benchmark::State& state) {
  const std::string text = Upload(static_cast<size_t>(state.range(0)));
  Decoded decoded;
  for (auto _ : state) benchmark::DoNotOptimize(DecodeWithOurs(text, &decoded));
  if (decoded.index != 7) state.SkipWithError("not decoded");
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(BM_OurReader)->Arg(430)->Arg(48000);

void BM_Simdjson(benchmark::State& state) {
  const std::string text = Upload(static_cast<size_t>(state.range(0)));
  Decoded decoded;
  od::parser parser;
  std::string scratch;
  for (auto _ : state) {
    benchmark::DoNotOptimize(DecodeWithSimdjson(text, parser, &scratch, &decoded));
  }
  if (decoded.index != 7) state.SkipWithError("not decoded");
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(BM_Simdjson)->Arg(430)->Arg(48000);

// The pass that removes folds alone.
void BM_RemoveFolds(benchmark::State& state) {
  const std::string text = Upload(static_cast<size_t>(state.range(0)));
  std::string scratch;
  for (auto _ : state) {
    RemoveFolds(text, &scratch);
    benchmark::DoNotOptimize(scratch.data());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(BM_RemoveFolds)->Arg(430)->Arg(48000);

void BM_WriteDownloadReply(benchmark::State& state) {
  const std::string payload(static_cast<size_t>(state.range(0)), 'p');
  std::string out;
  for (auto _ : state) {
    out.clear();
    json::Writer writer(out);
    writer.BeginObject().Member("DownloadResponse").BeginObject().Member("Status").Int(201);
    writer.Member("Updates").BeginArray().BeginObject().Member("Container").String("mmm_Contact");
    writer.Member("Envelopes").BeginArray().BeginArray().Raw("{\"dig\":\"SHA2\"}");
    writer.Binary(payload).Raw("{}").EndArray().EndArray().EndObject().EndArray();
    writer.EndObject().EndObject();
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * out.size()));
}
BENCHMARK(BM_WriteDownloadReply)->Arg(430)->Arg(48000);

void BM_Base64Encode(benchmark::State& state) {
  const std::string octets(static_cast<size_t>(state.range(0)), 'p');
  std::string out;
  for (auto _ : state) {
    out.clear();
    Base64UrlAppend(out, octets);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Base64Encode)->Arg(64)->Arg(48000);

void BM_Base64Decode(benchmark::State& state) {
  const std::string octets(static_cast<size_t>(state.range(0)), 'p');
  const std::string text = state.range(1) != 0 ? Folded(octets) : Base64UrlEncode(octets);
  std::string out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(Base64UrlDecodeAppend(text, Base64Mode::kFolded, out).ok());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Base64Decode)->ArgNames({"octets", "folded"})->ArgsProduct({{64, 48000}, {0, 1}});

}  // namespace
}  // namespace mesh
