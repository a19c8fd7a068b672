// What must hold for any input: round trips, splits, and that mutated input is
// either read as the same or refused.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/encoding/base64url.h"
#include "common/encoding/date_time.h"
#include "common/encoding/json_b.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_text.h"
#include "common/encoding/json_writer.h"
#include "common/encoding/utf8.h"

namespace mesh {
namespace {

std::string AnyOctets() { return *rc::gen::container<std::string>(rc::gen::arbitrary<char>()); }

std::string AnyText() {
  std::string text;
  for (const uint32_t point :
       *rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange<uint32_t>(0, 0x10ffff))) {
    AppendUtf8(text, point >= 0xd800 && point <= 0xdfff ? '?' : point);
  }
  return text;
}

size_t AnyPlace(std::string_view text) { return *rc::gen::inRange<size_t>(0, text.size() + 1); }

// Any value, written by json::Writer.
void WriteAny(json::Writer& writer, int depth) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 6 : 4);
  const int count = *rc::gen::inRange(0, 4);
  if (kind == 0) writer.String(AnyText());
  if (kind == 1) writer.Int(*rc::gen::arbitrary<int64_t>());
  if (kind == 2) writer.Bool(*rc::gen::arbitrary<bool>());
  if (kind == 3) writer.Binary(AnyOctets());
  if (kind == 4) {
    writer.BeginArray();
    for (int i = 0; i < count; ++i) WriteAny(writer, depth - 1);
    writer.EndArray();
  }
  if (kind == 5) {
    writer.BeginObject();
    for (int i = 0; i < count; ++i) {
      writer.Member(std::to_string(i) + AnyText());
      WriteAny(writer, depth - 1);
    }
    writer.EndObject();
  }
}

// The same value as compact JSON and in JSON-B, whose tokens are now text, now items.
struct Twins {
  std::string json;
  std::string json_b;
  json::Writer writer{json};
};

bool Maybe() { return *rc::gen::arbitrary<bool>(); }

// A string, in one item or in parts, or as text.
void AppendAnyString(const std::string& text, std::string& out) {
  if (Maybe()) return json::AppendString(out, text);
  if (Maybe()) return json_b::AppendString(text, out);
  const size_t place = AnyPlace(text);
  const size_t begin = out.size();
  json_b::AppendString(text.substr(0, place), out);
  out[begin] |= 4;
  json_b::AppendString(text.substr(place), out);
}

void AppendAnyName(const std::string& name, std::string& out) {
  Maybe() ? json_b::AppendName(name, out) : AppendAnyString(name, out);
  if (Maybe()) out.push_back(':');
}

void AppendAnyData(const std::string& octets, std::string& out) {
  if (Maybe()) return json_b::AppendData(octets, out);
  AppendAnyString(Base64UrlEncode(octets), out);
}

void AppendAnyInt(int64_t value, std::string& out) {
  if (Maybe()) return json_b::AppendInt(value, out);
  out += " " + std::to_string(value) + " ";  // Without comma, it must end somewhere.
}

void AppendAnyBool(bool value, std::string& out) {
  Maybe() ? json_b::AppendBool(value, out) : void(out += value ? "true" : "false");
}

void AppendTwins(Twins& twins, int depth);

void AppendTwinElements(Twins& twins, bool object, int depth) {
  const int count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i) {
    if (i > 0 && Maybe()) twins.json_b.push_back(',');
    if (object) {
      const std::string name = std::to_string(i) + AnyText();
      twins.writer.Member(name);
      AppendAnyName(name, twins.json_b);
    }
    AppendTwins(twins, depth - 1);
  }
}

void AppendTwins(Twins& twins, int depth) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 6 : 4);
  if (kind == 0) {
    const std::string text = AnyText();
    twins.writer.String(text);
    AppendAnyString(text, twins.json_b);
  } else if (kind == 1) {
    const auto value = *rc::gen::arbitrary<int64_t>();
    twins.writer.Int(value);
    AppendAnyInt(value, twins.json_b);
  } else if (kind == 2) {
    const bool value = Maybe();
    twins.writer.Bool(value);
    AppendAnyBool(value, twins.json_b);
  } else if (kind == 3) {
    const std::string octets = AnyOctets();
    twins.writer.Binary(octets);
    AppendAnyData(octets, twins.json_b);
  } else {
    kind == 4 ? twins.writer.BeginArray() : twins.writer.BeginObject();
    twins.json_b.push_back(kind == 4 ? '[' : '{');
    AppendTwinElements(twins, kind == 5, depth);
    kind == 4 ? twins.writer.EndArray() : twins.writer.EndObject();
    twins.json_b.push_back(kind == 4 ? ']' : '}');
  }
}

bool IsJson(std::string_view text) {
  json::Reader reader(text);
  reader.Skip();
  return reader.Finish();
}

RC_GTEST_PROP(Base64UrlProperty, DecodingUndoesEncoding, ()) {
  const std::string octets = AnyOctets();
  const std::string text = Base64UrlEncode(octets);
  RC_ASSERT(text.size() == Base64UrlEncodedSize(octets.size()));
  RC_ASSERT(*Base64UrlDecode(text) == octets);
}

RC_GTEST_PROP(Base64UrlProperty, OneTextForEveryValueInStrictMode, ()) {
  std::string text = Base64UrlEncode(AnyOctets());
  text.insert(AnyPlace(text), 1, *rc::gen::arbitrary<char>());
  const Result<std::string> octets = Base64UrlDecode(text);
  RC_ASSERT((!octets.ok() || Base64UrlEncode(*octets) == text));
}

RC_GTEST_PROP(Base64UrlProperty, FoldsAnywhereChangeNothing, ()) {
  const std::string octets = AnyOctets();
  std::string text = Base64UrlEncode(octets);
  const int folds = *rc::gen::inRange(0, 5);
  for (int i = 0; i < folds; ++i) text.insert(AnyPlace(text), "\n  ");
  RC_ASSERT(*Base64UrlDecode(text, Base64Mode::kFolded) == octets);
}

RC_GTEST_PROP(DateTimeProperty, WholeSecondsRoundTrip, ()) {
  const WallMillis seconds = *rc::gen::inRange<WallMillis>(-62135596800, 253402300800);
  const Result<WallMillis> time = ParseDateTime(FormatDateTime(seconds * 1000));
  RC_ASSERT(time.ok());
  RC_ASSERT(*time == seconds * 1000);
}

RC_GTEST_PROP(JsonProperty, StringsRoundTrip, ()) {
  const std::string value = AnyText();
  std::string text;
  json::AppendString(text, value);
  json::Reader reader(text);
  std::string read;
  reader.String(&read);
  RC_ASSERT(reader.Finish());
  RC_ASSERT(read == value);
}

RC_GTEST_PROP(JsonProperty, WhatWeWriteIsJsonAndNoPrefixOfItIs, ()) {
  std::string text;
  json::Writer writer(text);
  writer.BeginArray();
  WriteAny(writer, 4);
  writer.EndArray();
  RC_ASSERT(IsJson(text));
  RC_ASSERT(!IsJson(std::string_view(text).substr(0, *rc::gen::inRange<size_t>(0, text.size()))));
}

RC_GTEST_PROP(JsonProperty, RawValueIsTheWholeText, ()) {
  std::string text;
  json::Writer writer(text);
  WriteAny(writer, 4);
  json::Reader reader(text);
  std::string_view raw;
  RC_ASSERT(reader.RawValue(&raw));
  RC_ASSERT(raw == text);
  json::Options known;
  known.known_valid = true;
  json::Reader again(text, known);
  RC_ASSERT(again.RawValue(&raw));
  RC_ASSERT(raw == text);
}

RC_GTEST_PROP(JsonProperty, MutatedTextNeverReadsBeyondItsEnd, ()) {
  std::string text;
  json::Writer writer(text);
  WriteAny(writer, 4);
  if (!text.empty()) text[AnyPlace(text) % text.size()] = *rc::gen::arbitrary<char>();
  const std::vector<char> exact(text.begin(), text.end());  // Sanitizers see its end.
  IsJson({exact.data(), exact.size()});
  json::Options known;
  known.known_valid = true;
  json::Reader({exact.data(), exact.size()}, known).Skip();
}

RC_GTEST_PROP(JsonBProperty, DataAndNumbersRoundTrip, ()) {
  const std::string octets = AnyOctets();
  const auto number = *rc::gen::arbitrary<int64_t>();
  std::string text;
  json_b::AppendData(octets, text);
  json_b::AppendInt(number, text);
  json_b::Reader reader(text);
  RC_ASSERT(reader.Next()->octets == octets);
  const json_b::Item item = *reader.Next();
  const uint64_t magnitude = item.negative ? ~item.magnitude + 1 : item.magnitude;
  RC_ASSERT(static_cast<int64_t>(magnitude) == number);
}

RC_GTEST_PROP(JsonBProperty, EveryMixOfItemsAndTextIsTheSameValue, ()) {
  Twins twins;
  AppendTwins(twins, 4);
  json::Options options;
  options.json_b = true;
  json::Reader reader(twins.json_b, options);
  std::string_view text;
  std::string scratch;
  RC_ASSERT(json::ReadAsText(reader, &text, &scratch));
  RC_ASSERT(reader.Finish());
  if (reader.items() > 0) RC_ASSERT(text == twins.json);
}

RC_GTEST_PROP(JsonBProperty, MutatedItemsNeverReadBeyondTheirEnd, ()) {
  Twins twins;
  AppendTwins(twins, 4);
  twins.json_b[AnyPlace(twins.json_b) % twins.json_b.size()] = *rc::gen::arbitrary<char>();
  const std::vector<char> exact(twins.json_b.begin(), twins.json_b.end());
  json::Options options;
  options.json_b = true;
  json::Reader reader({exact.data(), exact.size()}, options);
  std::string_view text;
  std::string scratch;
  if (json::ReadAsText(reader, &text, &scratch)) RC_ASSERT(IsJson(text));
}

RC_GTEST_PROP(JsonBProperty, AnyOctetsAreReadOrRefused, ()) {
  const std::string octets = AnyOctets();
  const std::vector<char> exact(octets.begin(), octets.end());
  json_b::Reader reader({exact.data(), exact.size()});
  while (!reader.finished() && reader.Next().ok()) {
  }
}

}  // namespace
}  // namespace mesh
