// Any answers to any questions lead to hosts that can be connected to, or to a reason.

#include "common/discovery/lookup.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "common/discovery/limits.h"
#include "common/encoding/domain_name.h"

namespace {

using namespace std::chrono_literals;
using mesh::discovery::DnsAnswer;

// Hands out the input piece by piece; zeros when it is at its end.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), left_(size) {}

  uint8_t Octet() { return left_ == 0 ? uint8_t{0} : (--left_, *data_++); }
  uint16_t Number16() { return static_cast<uint16_t>(Octet() << 8 | Octet()); }
  std::string Text() {
    const size_t size = std::min<size_t>(Octet(), left_);
    const std::string text(reinterpret_cast<const char*>(data_), size);
    data_ += size;
    left_ -= size;
    return text;
  }

 private:
  const uint8_t* data_;
  size_t left_;
};

mesh::Result<DnsAnswer> AnyAnswer(Input& input) {
  const uint8_t kind = input.Octet();
  if (kind > 200) return mesh::Status(mesh::Code::kUnavailable, "no");
  DnsAnswer answer;
  answer.ttl = std::chrono::seconds(input.Number16());
  for (int i = 0; i < kind % 10; ++i) {
    const uint16_t priority = input.Octet(), weight = input.Number16(), port = input.Number16();
    answer.services.push_back({priority, weight, port, input.Text()});
    answer.texts.push_back(input.Text());
    answer.addresses.push_back("192.0.2.1");
  }
  return answer;
}

void Check(const mesh::discovery::Outcome& outcome) {
  MESH_CHECK(outcome.ttl >= mesh::discovery::kTtlMin && outcome.ttl <= mesh::discovery::kTtlMax);
  if (!outcome.candidates.ok()) return MESH_CHECK(!outcome.candidates.status().message().empty());
  MESH_CHECK(!outcome.candidates->empty());
  MESH_CHECK(outcome.candidates->size() <= mesh::discovery::kTargetsMax);
  for (const auto& [preference, target] : *outcome.candidates) {
    MESH_CHECK(mesh::IsHostName(target.host));
    MESH_CHECK(target.port != 0);
    MESH_CHECK(!target.addresses.empty());
    MESH_CHECK(target.path.front() == '/');
    MESH_CHECK(target.path.find_first_of(" \r\n?#%\\") == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  mesh::discovery::Lookup lookup("example.com", [&] { return uint32_t{input.Number16()} << 16; });
  auto questions = lookup.Begin();
  size_t asked = 0;
  while (!questions.empty()) {
    ++asked;
    const auto question = questions.back();
    questions.pop_back();
    for (auto& more : lookup.Take(question, AnyAnswer(input))) questions.push_back(more);
    Check(lookup.Conclude());
  }
  MESH_CHECK(lookup.finished());
  MESH_CHECK(asked <= 2 + 3 * mesh::discovery::kTargetsMax);
  return 0;
}
