#include "common/discovery/dns_answer.h"

#include <ares.h>
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

#include "common/base/bytes.h"
#include "common/discovery/limits.h"
#include "common/encoding/domain_name.h"

namespace mesh::discovery {
namespace {

constexpr size_t kHeaderBytes = 12;
constexpr size_t kPacketBytesMax = 65535;
constexpr size_t kQuestionFixedBytes = 4;  // Type, class.
constexpr size_t kRecordFixedBytes = 10;   // Type, class, TTL, length.
constexpr uint16_t kInternet = 1;          // The class.
constexpr size_t kAuthorityNumbersBytes = 20;

// Response codes (RFC 1035 §4.1.1).
constexpr int kNoError = 0;
constexpr int kNameError = 3;  // NXDOMAIN.

Status NotDns(std::string_view what) {
  return Status(Code::kDataLoss, "the name server's answer: " + std::string(what));
}

struct Record {
  std::string owner;
  uint16_t type = 0;
  uint16_t internet_class = 0;
  uint32_t ttl = 0;
  size_t data = 0;  // Offset in the packet.
  size_t size = 0;
};

// Walks over a packet. Offsets never leave it.
class PacketReader {
 public:
  explicit PacketReader(std::string_view packet) : packet_(packet) {}

  size_t left() const { return packet_.size() - at_; }
  size_t at() const { return at_; }
  void Seek(size_t offset) { at_ = offset; }
  void Skip(size_t octets) { at_ += octets; }
  uint16_t Number16() { return ReadBigEndian16(Take(2)); }
  uint32_t Number32() { return ReadBigEndian32(Take(4)); }
  std::string_view Take(size_t octets) {
    const std::string_view taken = packet_.substr(at_, octets);
    at_ += octets;
    return taken;
  }

  // A name, compressed or not, in lower case; empty for the root. c-ares escapes what is no
  // host name's, so that it cannot be taken for one.
  std::optional<std::string> Name() {
    char* text = nullptr;
    long encoded = 0;
    const auto* begin = Octets(packet_);
    if (left() == 0 || ares_expand_name(begin + at_, begin, static_cast<int>(packet_.size()), &text,
                                        &encoded) != ARES_SUCCESS) {
      return std::nullopt;
    }
    std::string name = AsciiLowerCase(text);
    ares_free_string(text);
    at_ += static_cast<size_t>(encoded);
    return name;
  }

 private:
  const std::string_view packet_;
  size_t at_ = 0;
};

bool SkipQuestions(PacketReader& reader, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (!reader.Name() || reader.left() < kQuestionFixedBytes) return false;
    reader.Skip(kQuestionFixedBytes);
  }
  return true;
}

bool ReadRecord(PacketReader& reader, Record* out) {
  std::optional<std::string> owner = reader.Name();
  if (!owner || reader.left() < kRecordFixedBytes) return false;
  out->owner = *std::move(owner);
  out->type = reader.Number16();
  out->internet_class = reader.Number16();
  out->ttl = reader.Number32();
  out->size = reader.Number16();
  out->data = reader.at();
  if (reader.left() < out->size) return false;
  reader.Skip(out->size);
  return true;
}

// The records of the Internet class among the next `count`; false if they are not records.
bool ReadRecords(PacketReader& reader, size_t count, std::vector<Record>* out) {
  for (size_t i = 0; i < std::min(count, kRecordsMax); ++i) {
    Record record;
    if (!ReadRecord(reader, &record)) return false;
    if (record.internet_class == kInternet) out->push_back(std::move(record));
  }
  return true;
}

bool Is(const Record& record, RecordType type) {
  return record.type == static_cast<uint16_t>(type);
}

// Reads the records of an answer into a DnsAnswer.
class AnswerReader {
 public:
  AnswerReader(std::string_view packet, const Question& question)
      : packet_(packet), question_(question), name_(question.name) {}

  Result<DnsAnswer> Read();

 private:
  Status ReadSections();
  Status FollowAliases();
  const Record* AliasOf(const std::string& name) const;
  Status ReadData(const Record& record);
  bool ReadService(const Record& record);
  bool ReadTexts(const Record& record);
  bool ReadAddress(const Record& record);
  std::chrono::seconds NegativeTtl() const;
  void Lasts(uint32_t ttl);

  const std::string_view packet_;
  const Question& question_;
  std::string name_;  // The end of the aliases so far.
  std::vector<Record> records_;
  std::vector<Record> authority_;
  DnsAnswer answer_;
  bool found_ = false;
  uint32_t ttl_ = UINT32_MAX;
  size_t text_bytes_ = 0;
};

Result<DnsAnswer> AnswerReader::Read() {
  MESH_RETURN_IF_ERROR(ReadSections());
  MESH_RETURN_IF_ERROR(FollowAliases());
  for (const Record& record : records_) {
    if (record.owner == name_ && Is(record, question_.type)) MESH_RETURN_IF_ERROR(ReadData(record));
  }
  answer_.ttl = std::chrono::seconds(ttl_);
  if (!found_) answer_.ttl = std::min(answer_.ttl, NegativeTtl());
  return std::move(answer_);
}

Status AnswerReader::ReadSections() {
  if (packet_.size() < kHeaderBytes) return NotDns("shorter than a header");
  if (packet_.size() > kPacketBytesMax) return NotDns("longer than any");
  PacketReader reader(packet_);
  reader.Skip(2);
  const int code = reader.Number16() & 0xf;
  if (code != kNoError && code != kNameError) {
    return Status(Code::kUnavailable,
                  "the name server answers with the code " + std::to_string(code));
  }
  const size_t questions = reader.Number16();
  const size_t answers = reader.Number16();
  const size_t authorities = reader.Number16();
  reader.Skip(2);
  if (!SkipQuestions(reader, questions)) return NotDns("a broken question");
  if (!ReadRecords(reader, answers, &records_)) return NotDns("a broken record");
  // It only says how long there will be nothing; without it there is a default.
  if (answers <= kRecordsMax && !ReadRecords(reader, authorities, &authority_)) authority_.clear();
  return Status();
}

Status AnswerReader::FollowAliases() {
  std::vector<std::string> passed;
  while (const Record* const alias = AliasOf(name_)) {
    passed.push_back(name_);
    PacketReader reader(packet_);
    reader.Seek(alias->data);
    std::optional<std::string> target = reader.Name();
    if (!target) return NotDns("a broken alias");
    if (std::find(passed.begin(), passed.end(), *target) != passed.end()) {
      return Status(Code::kFailedPrecondition, "the aliases of " + question_.name + " go round");
    }
    if (passed.size() >= kAliasesMax) {
      return Status(Code::kFailedPrecondition,
                    question_.name + " has more aliases than " + std::to_string(kAliasesMax));
    }
    Lasts(alias->ttl);
    name_ = *std::move(target);
  }
  return Status();
}

const Record* AnswerReader::AliasOf(const std::string& name) const {
  const auto found = std::find_if(records_.begin(), records_.end(), [&](const Record& record) {
    return Is(record, RecordType::kAlias) && record.owner == name;
  });
  return found == records_.end() ? nullptr : &*found;
}

Status AnswerReader::ReadData(const Record& record) {
  bool good = false;
  switch (question_.type) {
    case RecordType::kService:
      good = ReadService(record);
      break;
    case RecordType::kText:
      good = ReadTexts(record);
      break;
    case RecordType::kAddress4:
    case RecordType::kAddress6:
      good = ReadAddress(record);
      break;
    case RecordType::kAlias:
    case RecordType::kAuthority:
      break;  // Nobody asks for these.
  }
  if (!good) return NotDns("a record that is not of its type");
  found_ = true;
  Lasts(record.ttl);
  return Status();
}

bool AnswerReader::ReadService(const Record& record) {
  constexpr size_t kNumbersBytes = 6;
  if (record.size <= kNumbersBytes) return false;
  PacketReader reader(packet_);
  reader.Seek(record.data);
  ServiceRecord service;
  service.priority = reader.Number16();
  service.weight = reader.Number16();
  service.port = reader.Number16();
  std::optional<std::string> host = reader.Name();
  if (!host || reader.at() > record.data + record.size) return false;
  service.host = *std::move(host);
  answer_.services.push_back(std::move(service));
  return true;
}

bool AnswerReader::ReadTexts(const Record& record) {
  std::string_view data = packet_.substr(record.data, record.size);
  while (!data.empty()) {
    const size_t length = static_cast<uint8_t>(data.front());
    data.remove_prefix(1);
    if (length > data.size()) return false;
    text_bytes_ += length;
    if (text_bytes_ <= kTextBytesMax) answer_.texts.emplace_back(data.substr(0, length));
    data.remove_prefix(length);
  }
  return true;
}

bool AnswerReader::ReadAddress(const Record& record) {
  const bool four = question_.type == RecordType::kAddress4;
  if (record.size != (four ? sizeof(in_addr) : sizeof(in6_addr))) return false;
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* const data = packet_.data() + record.data;
  if (::inet_ntop(four ? AF_INET : AF_INET6, data, text.data(), text.size()) == nullptr) {
    return false;
  }
  if (answer_.addresses.size() < kAddressesMax) answer_.addresses.emplace_back(text.data());
  return true;
}

// RFC 2308 §5: the lesser of the TTL of the zone's SOA record and its last number.
std::chrono::seconds AnswerReader::NegativeTtl() const {
  for (const Record& record : authority_) {
    if (!Is(record, RecordType::kAuthority) || record.size < kAuthorityNumbersBytes) continue;
    const size_t end = record.data + record.size;
    const uint32_t minimum = ReadBigEndian32(packet_.substr(end - 4, 4));
    return std::min<std::chrono::seconds>(std::chrono::seconds(std::min(record.ttl, minimum)),
                                          kNegativeTtlMax);
  }
  return kNegativeTtlDefault;
}

void AnswerReader::Lasts(uint32_t ttl) { ttl_ = std::min(ttl_, ttl); }

}  // namespace

Result<DnsAnswer> ReadDnsAnswer(std::string_view packet, const Question& question) {
  return AnswerReader(packet, question).Read();
}

}  // namespace mesh::discovery
