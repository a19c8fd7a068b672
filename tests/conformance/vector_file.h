// Published test vectors, one JSON file each: an array of cases with a `kind`, an
// `id`, and what is expected of it ("pass", or "fail" for values the drafts print
// wrongly). A file's test names one checker per kind; the tally must come out as
// pinned, so that a case that silently stops being checked fails the test.
//
//   Outcome CheckWidget(const Case& test) {
//     return Agree("widget", Widget(HexOf(test, "input")), HexOf(test, "output"));
//   }
//   MESH_VECTOR_FILE(widgets, (Checkers{{"widget", CheckWidget}}), (Tally{.agreeing = 12}))
//
// The files are no part of the source tree: $MESH_SHARED/vectors, or ../shared/vectors
// beside it. Without them the tests skip and say so.

#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::conformance {

using Case = nlohmann::json;

// What a checker found. A case is verified when every value in it was recomputed
// and equal; refuted when one was not; skipped for a named reason.
struct Outcome {
  enum Kind { kVerified, kRefuted, kSkipped };
  Kind kind = kVerified;
  std::string why;

  bool verified() const { return kind == kVerified; }
};
inline Outcome Verified() { return {}; }
inline Outcome Refuted(std::string why) { return {Outcome::kRefuted, std::move(why)}; }
inline Outcome Skipped(std::string reason) { return {Outcome::kSkipped, std::move(reason)}; }

// Verified when `got` equals `want`, else refuted with both (octets in hexadecimal when
// they are not text).
Outcome Agree(std::string_view what, std::string_view got, std::string_view want);

// Leaves the checker with the first outcome that is not verified.
#define MESH_MUST(outcome)                                                               \
  do {                                                                                   \
    if (auto mesh_outcome_ = (outcome); !mesh_outcome_.verified()) return mesh_outcome_; \
  } while (false)

using Checker = std::function<Outcome(const Case&)>;
using Checkers = std::map<std::string, Checker>;

// How many cases of a file must agree with their recorded expectation, and how many
// are skipped; together all of the file.
struct Tally {
  int agreeing = 0;
  int skipped = 0;
};

// Checks every case of `name` and prints one line with the tally and one per reason of
// skipping. Fails the running test for a case that disagrees with its expectation, a
// kind without a checker, or a tally other than `expected`.
void CheckVectorFile(const std::string& name, const Checkers& checkers, Tally expected);

// Remembers that some test owns the file; see vector_file.cc's own test.
bool OwnVectorFile(const std::string& name);

#define MESH_VECTOR_FILE(file, checkers, tally)                                          \
  static const bool file##_is_owned = ::mesh::conformance::OwnVectorFile(#file ".json"); \
  TEST(Conformance, file) {                                                              \
    ASSERT_TRUE(file##_is_owned);                                                        \
    ::mesh::conformance::CheckVectorFile(#file ".json", checkers, tally);                \
  }

// --- Members of a case --------------------------------------------------------
// A missing or mistyped member is a mistake in the test; these throw, and
// CheckVectorFile reports the case.

std::string Text(const Case& test, const std::string& member);
std::string TextOr(const Case& test, const std::string& member, const std::string& otherwise);
int Number(const Case& test, const std::string& member);
// True when the member is there and neither null nor "".
bool Has(const Case& test, const std::string& member);

std::string FromHex(std::string_view hex);         // White space is ignored.
std::string FromBase64Url(std::string_view text);  // White space is ignored.
std::string HexOf(const Case& test, const std::string& member);
std::string Base64Of(const Case& test, const std::string& member);

// The decimal number in `length` octets, most or least significant first. Throws when it
// does not fit.
std::string BigEndianOf(const std::string& decimal, size_t length);
std::string LittleEndianOf(const std::string& decimal, size_t length);

}  // namespace mesh::conformance
