// TextCounts counts how often each text was told. What comes after the first kTextsMax
// different ones is counted as "other", so that nobody's texts fill the memory.
//
// A value. One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace mesh::load {

class TextCounts {
 public:
  // A service has a dozen things to say; each may name an account or two.
  static constexpr size_t kTextsMax = 64;

  void Add(const std::string& text) {
    const bool fits = counts_.size() < kTextsMax || counts_.count(text) != 0;
    ++counts_[fits ? text : "other"];
    ++total_;
  }

  const std::map<std::string, uint64_t>& counts() const { return counts_; }
  uint64_t total() const { return total_; }

 private:
  std::map<std::string, uint64_t> counts_;
  uint64_t total_ = 0;
};

}  // namespace mesh::load
