// The character classes and the field line of HTTP/1.1 (RFC 9110 §5, RFC 9112 §5),
// shared by the parsers of this folder.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace mesh::http {

enum CharacterClass : uint8_t {
  kToken = 1,   // tchar: method and field names.
  kField = 2,   // Field values: visible characters, blanks, octets above 127.
  kTarget = 4,  // What RFC 3986 allows in a path with a query.
  kHost = 8,    // A registered name, an IPv4 address; brackets and port stand outside.
};

constexpr std::array<uint8_t, 256> MakeCharacterClasses() {
  constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
  constexpr std::string_view kTargetMarks = "-._~:/?[]@!$&'()*+,;=%";
  constexpr std::string_view kHostMarks = "-._~";
  std::array<uint8_t, 256> classes{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const auto in = [c](std::string_view marks) {
      return c < 128 && marks.find(static_cast<char>(c)) != std::string_view::npos;
    };
    uint8_t& set = classes[c];
    if (alphanumeric || in(kTokenMarks)) set |= kToken;
    if (alphanumeric || in(kTargetMarks)) set |= kTarget;
    if (alphanumeric || in(kHostMarks)) set |= kHost;
    if (c == '\t' || (c >= ' ' && c != 127)) set |= kField;
  }
  return classes;
}

inline constexpr std::array<uint8_t, 256> kCharacterClasses = MakeCharacterClasses();

inline bool Is(CharacterClass wanted, char c) {
  return (kCharacterClasses[static_cast<uint8_t>(c)] & wanted) != 0;
}

inline bool AllAre(CharacterClass wanted, std::string_view text) {
  uint8_t common = wanted;
  for (const char c : text) common &= kCharacterClasses[static_cast<uint8_t>(c)];
  return common != 0;
}

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Splits a field line (without its CR LF) into name and value, the value without
// surrounding blanks. Returns what is wrong with it, or an empty text.
std::string_view SplitFieldLine(std::string_view line, std::string_view* name,
                                std::string_view* value);

// Calls `each` with every element of a comma-separated list, without blanks.
template <typename Function>
void ForEachElement(std::string_view list, Function each) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    std::string_view element = list.substr(0, comma);
    while (!element.empty() && (element.front() == ' ' || element.front() == '\t')) {
      element.remove_prefix(1);
    }
    while (!element.empty() && (element.back() == ' ' || element.back() == '\t')) {
      element.remove_suffix(1);
    }
    if (!element.empty()) each(element);
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace mesh::http
