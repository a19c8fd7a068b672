#include "tests/conformance/vector_file.h"

#include <openssl/bn.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <set>
#include <stdexcept>

#include "common/base/bytes.h"

namespace mesh::conformance {
namespace {

namespace fs = std::filesystem;

fs::path SourceFolder() {
  if (const char* source = std::getenv("MESH_SOURCE")) return source;
  return fs::path(__FILE__).parent_path().parent_path().parent_path();
}

fs::path VectorFolder() {
  if (const char* shared = std::getenv("MESH_SHARED")) return fs::path(shared) / "vectors";
  return SourceFolder().parent_path() / "shared" / "vectors";
}

std::set<std::string>& OwnedFiles() {
  static std::set<std::string> files;
  return files;
}

std::string Readable(std::string_view value) {
  for (const char c : value) {
    if (!std::isprint(static_cast<unsigned char>(c))) return ToHex(value);
  }
  return std::string(value);
}

Outcome RunChecker(const Checkers& checkers, const Case& test) {
  const auto checker = checkers.find(Text(test, "kind"));
  if (checker == checkers.end()) throw std::runtime_error("no checker for its kind");
  return checker->second(test);
}

// What happened over a whole file.
struct Report {
  Tally tally;
  int cases = 0;
  int disagreeing = 0;
  std::map<std::string, int> reasons;

  void Count(const Case& test, const Outcome& outcome);
};

void Report::Count(const Case& test, const Outcome& outcome) {
  ++cases;
  if (outcome.kind == Outcome::kSkipped) {
    ++tally.skipped;
    ++reasons[outcome.why];
    return;
  }
  const bool expected = TextOr(test, "expect", "pass") == "pass";
  if (outcome.verified() == expected) {
    ++tally.agreeing;
    return;
  }
  ++disagreeing;
  ADD_FAILURE() << Text(test, "id") << " (" << Text(test, "kind") << ") should "
                << (expected ? "verify: " + outcome.why : std::string("not verify, but does"));
}

void Print(const std::string& name, const Report& report) {
  std::cout << name << ": " << report.cases << " cases, "
            << report.tally.agreeing + report.disagreeing << " checked, " << report.tally.agreeing
            << " agreeing, " << report.tally.skipped << " skipped\n";
  for (const auto& [reason, count] : report.reasons) {
    std::cout << "  skipped " << count << ": " << reason << "\n";
  }
}

Case Load(const fs::path& path) {
  std::ifstream in(path);
  return Case::parse(in);
}

uint8_t HexDigit(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<uint8_t>(c - 'A' + 10);
  throw std::runtime_error("not a hexadecimal digit");
}

uint8_t Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<uint8_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<uint8_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0' + 52);
  if (c == '-' || c == '+') return 62;
  if (c == '_' || c == '/') return 63;
  throw std::runtime_error("not a base64 digit");
}

}  // namespace

Outcome Agree(std::string_view what, std::string_view got, std::string_view want) {
  if (got == want) return Verified();
  return Refuted(std::string(what) + ": computed " + Readable(got) + ", recorded " +
                 Readable(want));
}

bool OwnVectorFile(const std::string& name) { return OwnedFiles().insert(name).second; }

void CheckVectorFile(const std::string& name, const Checkers& checkers, Tally expected) {
  const fs::path path = VectorFolder() / name;
  if (!fs::exists(path)) GTEST_SKIP() << "no test vectors here: " << path;
  Report report;
  for (const Case& test : Load(path)) {
    try {
      report.Count(test, RunChecker(checkers, test));
    } catch (const std::exception& error) {
      ADD_FAILURE() << name << " " << Text(test, "id") << " (" << Text(test, "kind")
                    << "): " << error.what();
    }
  }
  Print(name, report);
  EXPECT_EQ(report.tally.agreeing, expected.agreeing) << name;
  EXPECT_EQ(report.tally.skipped, expected.skipped) << name;
}

std::string Text(const Case& test, const std::string& member) {
  return test.at(member).get<std::string>();
}

std::string TextOr(const Case& test, const std::string& member, const std::string& otherwise) {
  return Has(test, member) ? Text(test, member) : otherwise;
}

int Number(const Case& test, const std::string& member) { return test.at(member).get<int>(); }

bool Has(const Case& test, const std::string& member) {
  const auto found = test.find(member);
  return found != test.end() && !found->is_null() && *found != "";
}

std::string FromHex(std::string_view hex) {
  std::string digits;
  for (const char c : hex) {
    if (!std::isspace(static_cast<unsigned char>(c))) digits.push_back(c);
  }
  if (digits.size() % 2 != 0) throw std::runtime_error("an odd number of hexadecimal digits");
  std::string octets;
  for (size_t i = 0; i < digits.size(); i += 2) {
    octets.push_back(static_cast<char>(HexDigit(digits[i]) << 4 | HexDigit(digits[i + 1])));
  }
  return octets;
}

std::string FromBase64Url(std::string_view text) {
  std::string octets;
  uint32_t pending = 0;
  int bits = 0;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) || c == '=') continue;
    pending = (pending << 6 | Base64Digit(c)) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    octets.push_back(static_cast<char>(pending >> bits & 0xff));
  }
  return octets;
}

std::string HexOf(const Case& test, const std::string& member) {
  return FromHex(Text(test, member));
}

std::string Base64Of(const Case& test, const std::string& member) {
  return FromBase64Url(Text(test, member));
}

std::string BigEndianOf(const std::string& decimal, size_t length) {
  BIGNUM* parsed = nullptr;
  const int digits = BN_dec2bn(&parsed, decimal.c_str());
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(parsed, BN_free);
  if (digits == 0 || static_cast<size_t>(digits) != decimal.size()) {
    throw std::runtime_error("not a decimal number");
  }
  std::string octets(length, '\0');
  if (BN_bn2binpad(number.get(), Octets(octets), static_cast<int>(length)) < 0) {
    throw std::runtime_error("a number longer than its field");
  }
  return octets;
}

std::string LittleEndianOf(const std::string& decimal, size_t length) {
  const std::string octets = BigEndianOf(decimal, length);
  return std::string(octets.rbegin(), octets.rend());
}

// A new file among the vectors must get its test, and a test its file.
TEST(Conformance, EveryVectorFileHasATest) {
  if (!fs::exists(VectorFolder())) GTEST_SKIP() << "no test vectors here: " << VectorFolder();
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(VectorFolder())) {
    if (entry.path().extension() == ".json") files.insert(entry.path().filename());
  }
  EXPECT_EQ(files, OwnedFiles());
}

}  // namespace mesh::conformance
