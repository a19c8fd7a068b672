// Upload (bare, and sealed by a device of the account), Post, Status and Download of one entry
// against containers of 10, 10^4 and 10^6 entries, which live side by side in one database: their
// cost must not grow with the container. Transactions run as the partition's writer runs them, with
// its cache of heads, one to a commit. The time shown is the thread's CPU time: the log is not
// synced, and what the disk costs is not the transactions' doing.
//
// MESH_BENCH_DIR names the folder for the database (default: the system's temporary
// folder); about 1 GB is written. MESH_BENCH_ENTRIES, a number, leaves out what has more entries:
// with 10000 it begins at once, and can be run under valgrind.

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "backend/model/account.h"
#include "backend/partition/head_cache.h"
#include "backend/partition/partition_writer.h"
#include "backend/storage/rocksdb_store.h"
#include "backend/transactions/transaction.h"
#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

constexpr std::string_view kSpool = "mmm_Local";
constexpr std::string_view kCatalog = "mmm_Contact";
constexpr size_t kPayloadBytes = 400;
constexpr std::string_view kDevice = "MCR7-LKQS-3ZFA-PEUT-3MLV-55WI-PDPG";
constexpr std::string_view kProfileDigest =
    "a digest of 64 octets: that of the ProfileAccount of each account";

// Of containers.
std::vector<int64_t> Sizes() {
  const char* const most = std::getenv("MESH_BENCH_ENTRIES");
  std::vector<int64_t> sizes = {10, 10'000, 1'000'000};
  while (most != nullptr && sizes.size() > 1 && sizes.back() > std::atoll(most)) sizes.pop_back();
  return sizes;
}

std::string AddressOf(int64_t entries) { return "a" + std::to_string(entries) + "@example.com"; }

std::string UniqueIdOf(int64_t number) { return "unique id " + std::to_string(number); }

std::string RandomId() { return ToHex(crypto::RandomBytes(kRequestIdBytes)); }

proto::Envelope MakeEnvelope(int64_t number, proto::Event event) {
  proto::Envelope envelope;
  envelope.set_header(R"({"ContentMetaData":"eyJVbmlxdWVJRCI6InNvbWV0aGluZyJ9"})");
  envelope.set_payload(std::string(kPayloadBytes, static_cast<char>('a' + number % 26)));
  envelope.set_trailer("{}");
  envelope.set_payload_digest(std::string(crypto::Sha512(envelope.payload()).view()));
  envelope.set_event(event);
  if (event == proto::EVENT_NONE) {
    envelope.set_envelope_id("MESSAGE-" + std::to_string(number));
  } else {
    envelope.set_unique_id(UniqueIdOf(number));
  }
  return envelope;
}

proto::PartitionRequest RequestOf(int64_t entries) {
  proto::PartitionRequest request;
  request.set_account(AddressOf(entries));
  request.mutable_caller()->set_mode(proto::Caller::REFERENCE);
  request.mutable_caller()->set_account(request.account());
  return request;
}

// One database with an account for each size; each account has a spool and a
// catalog of that many entries.
class Fixture {
 public:
  static Fixture& Get() {
    static Fixture fixture;
    return fixture;
  }

  ~Fixture() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  // Runs a transaction and commits what it keeps.
  proto::PartitionReply Run(const proto::PartitionRequest& request) {
    const std::unique_ptr<Reader> snapshot = store_->NewSnapshot();
    proto::PartitionReply reply;
    if (!FindTransaction(request)->writes) {
      TransactionContext context = ContextOver(*snapshot, nullptr);
      Execute(request, context, &reply);
    } else {
      const CachedReader reader(*snapshot, heads_);
      WriteView view(reader);
      TransactionContext context = ContextOver(view, &view);
      view.Begin();
      MESH_CHECK(Execute(request, context, &reply) == Outcome::kKeep);
      view.Keep();
      Commit(view.Take());
    }
    MESH_CHECK(reply.mesh_status() == 201);
    return reply;
  }

  void Commit(const Writes& writes) {
    MESH_CHECK(store_->Commit(writes, false).ok());
    heads_.Follow(writes);
  }

  WallMillis now() const { return now_; }
  uint64_t IncarnationOf(int64_t entries) {
    const std::string address = AddressOf(entries);
    const auto account = Account::Load(*store_->NewSnapshot(), SlotOf(slot_key_, address), address);
    MESH_CHECK(account.ok());
    return account->usage().incarnation;
  }

  // Puts the heads back that an upload to `container` moved, so that the container
  // keeps its size however often one is measured.
  class Heads {
   public:
    Heads(Fixture& fixture, int64_t entries, std::string_view container) : fixture_(fixture) {
      const std::string address = AddressOf(entries);
      const AccountKeys keys(SlotOf(fixture.slot_key_, address), address);
      for (const std::string& key : {keys.Usage(), keys.Container(container)}) {
        const auto value = fixture.store_->NewSnapshot()->Get(ColumnFamily::kIndex, key);
        writes_.push_back({Write::Kind::kPut, ColumnFamily::kIndex, key, **value});
      }
    }
    void PutBack() { fixture_.Commit(writes_); }

   private:
    Fixture& fixture_;
    Writes writes_;
  };

 private:
  Fixture() {
    const char* parent = std::getenv("MESH_BENCH_DIR");
    folder_ = (parent != nullptr ? std::filesystem::path(parent)
                                 : std::filesystem::temp_directory_path()) /
              ("mesh-bench-" + std::to_string(std::random_device()()));
    RocksDbOptions options;
    options.path = folder_;
    auto store = RocksDbStore::Open(options);
    MESH_CHECK(store.ok());
    store_ = *std::move(store);
    for (const int64_t entries : Sizes()) Fill(entries);
    // The last is not measured: it pushes the others out of memory and into tables,
    // so that all three are at rest alike.
    if (Sizes().size() == 3) Fill(250'000);
  }

  void Fill(int64_t entries) {
    proto::PartitionRequest create = RequestOf(entries);
    create.mutable_create()->set_account_address(create.account());
    create.mutable_create()->set_signed_profile_mesh(std::string(8000, 'p'));
    create.mutable_create()->set_signed_assertion_account(std::string(8000, 'a'));
    create.mutable_create()->set_profile_account_digest(std::string(kProfileDigest));
    Run(create);
    Connect(entries);
    for (int64_t done = 1; done < entries;) {  // Frame zero is the first.
      proto::PartitionRequest request = RequestOf(entries);
      proto::ContainerUpdate* spool = request.mutable_upload()->add_updates();
      proto::ContainerUpdate* catalog = request.mutable_upload()->add_updates();
      spool->set_container(std::string(kSpool));
      catalog->set_container(std::string(kCatalog));
      for (int i = 0; i < 500 && done < entries; ++i, ++done) {
        *spool->add_envelopes() = MakeEnvelope(done, proto::EVENT_NONE);
        *catalog->add_envelopes() = MakeEnvelope(done, proto::EVENT_NEW);
      }
      ++now_;
      Run(request);
    }
  }

  // Puts a device in the account.
  void Connect(int64_t entries) {
    proto::PartitionRequest request = RequestOf(entries);
    proto::ContainerUpdate* update = request.mutable_upload()->add_updates();
    update->set_container("mmm_Device");
    proto::Envelope* entry = update->add_envelopes();
    *entry = MakeEnvelope(0, proto::EVENT_NEW);
    proto::Member* member = entry->add_members();
    member->set_device_udf(std::string(kDevice));
    member->set_connection_digest(std::string(kProfileDigest));
    member->set_profile_account_digest(std::string(kProfileDigest));
    Run(request);
  }

  TransactionContext ContextOver(const Reader& reader, WriteView* view) {
    return {reader, view, now_, slot_key_, policy_, crypto::SystemRandom()};
  }

  std::filesystem::path folder_;
  std::unique_ptr<RocksDbStore> store_;
  HeadCache heads_{WriterLimits().head_cache_bytes};
  SlotKey slot_key_{};
  AccountPolicy policy_;
  WallMillis now_ = 1767225600000;
};

double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double Least(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}

// Measures `request`, one at a time; `after` is not measured.
template <typename Next, typename After>
void Measure(benchmark::State& state, Next next, After after) {
  Fixture& fixture = Fixture::Get();
  for (auto _ : state) {
    const proto::PartitionRequest request = next();
    const double start = ThreadSeconds();
    benchmark::DoNotOptimize(fixture.Run(request));
    state.SetIterationTime(ThreadSeconds() - start);
    after();
  }
}

void UploadOne(benchmark::State& state, std::string_view container, const proto::Envelope& entry) {
  Fixture::Heads heads(Fixture::Get(), state.range(0), container);
  proto::PartitionRequest request = RequestOf(state.range(0));
  proto::ContainerUpdate* update = request.mutable_upload()->add_updates();
  update->set_container(std::string(container));
  *update->add_envelopes() = entry;
  Measure(
      state, [&] { return request; }, [&] { heads.PutBack(); });
}

void UploadMessage(benchmark::State& state) {
  UploadOne(state, kSpool, MakeEnvelope(state.range(0), proto::EVENT_NONE));
}

// The same as a front end sends it on for a ticket: the device is looked up, the reply
// of a repeat is looked for, and the reply is kept. Each has a name of its own.
void UploadMessageSealed(benchmark::State& state) {
  Fixture::Heads heads(Fixture::Get(), state.range(0), kSpool);
  proto::PartitionRequest request = RequestOf(state.range(0));
  proto::ContainerUpdate* update = request.mutable_upload()->add_updates();
  update->set_container(std::string(kSpool));
  *update->add_envelopes() = MakeEnvelope(state.range(0), proto::EVENT_NONE);
  proto::Caller* caller = request.mutable_caller();
  caller->set_mode(proto::Caller::PROFILE);
  caller->set_device_udf(std::string(kDevice));
  caller->set_incarnation(Fixture::Get().IncarnationOf(state.range(0)));
  caller->set_request_time(Fixture::Get().now());
  const auto next = [&] {
    caller->set_request_id(crypto::RandomBytes(kRequestIdBytes));
    update->mutable_envelopes(0)->set_envelope_id(RandomId());
    return request;
  };
  Measure(state, next, [&] { heads.PutBack(); });
}

// A message from one account to another of the partition, signed, likewise.
void PostMessageSealed(benchmark::State& state) {
  Fixture& fixture = Fixture::Get();
  Fixture::Heads heads(fixture, state.range(0), "mmm_Inbound");
  proto::PartitionRequest request = RequestOf(10);
  request.mutable_post()->add_accounts(AddressOf(state.range(0)));
  proto::Envelope* message = request.mutable_post()->add_messages();
  *message = MakeEnvelope(state.range(0), proto::EVENT_NONE);
  message->set_message_type("RequestContact");
  message->set_signer_connection_digest(std::string(kProfileDigest));
  message->set_signer_profile_digest(std::string(kProfileDigest));
  proto::Caller* caller = request.mutable_caller();
  caller->set_mode(proto::Caller::PROFILE);
  caller->set_device_udf(std::string(kDevice));
  caller->set_incarnation(fixture.IncarnationOf(10));
  caller->set_request_time(fixture.now());
  const auto next = [&] {
    caller->set_request_id(crypto::RandomBytes(kRequestIdBytes));
    message->set_envelope_id(RandomId());
    message->set_unique_id(message->envelope_id());
    return request;
  };
  Measure(state, next, [&] { heads.PutBack(); });
}

void UploadUpdate(benchmark::State& state) {
  UploadOne(state, kCatalog, MakeEnvelope(state.range(0) / 2, proto::EVENT_UPDATE));
}

void StatusOfAccount(benchmark::State& state) {
  proto::PartitionRequest request = RequestOf(state.range(0));
  request.mutable_status();
  Measure(
      state, [&] { return request; }, [] {});
}

proto::PartitionRequest DownloadOf(int64_t entries, int64_t index) {
  proto::PartitionRequest request = RequestOf(entries);
  proto::ConstraintsSelect* select = request.mutable_download()->add_select();
  select->set_container(std::string(kSpool));
  select->set_index_min(index);
  select->set_index_max(index);
  return request;
}

// What devices do all day: fetch the entry that has just come.
void DownloadNewest(benchmark::State& state) {
  const auto request = DownloadOf(state.range(0), state.range(0) - 1);
  Measure(
      state, [&] { return request; }, [] {});
}

// Beyond the cache this also pays for the file system.
void DownloadAny(benchmark::State& state) {
  std::minstd_rand random(1);
  std::uniform_int_distribution<int64_t> index(0, state.range(0) - 1);
  Measure(
      state, [&] { return DownloadOf(state.range(0), index(random)); }, [] {});
}

// The message that nobody has read, among many that are: found by its state.
void DownloadRedacted(benchmark::State& state) {
  proto::PartitionRequest request = DownloadOf(state.range(0), state.range(0) - 1);
  request.mutable_download()->mutable_select(0)->set_exclude_read(true);
  Measure(
      state, [&] { return request; }, [] {});
}

// Five times each: the least is the one that others on the machine disturbed least.
void EachSize(benchmark::internal::Benchmark* benchmark) {
  for (const int64_t entries : Sizes()) benchmark->Arg(entries);
  benchmark->UseManualTime()->MinTime(0.1);
  benchmark->Repetitions(5)->ComputeStatistics("least", Least)->ReportAggregatesOnly();
}
BENCHMARK(StatusOfAccount)->Apply(EachSize);
BENCHMARK(DownloadNewest)->Apply(EachSize);
BENCHMARK(DownloadRedacted)->Apply(EachSize);
BENCHMARK(DownloadAny)->Apply(EachSize);
BENCHMARK(UploadMessage)->Apply(EachSize);
BENCHMARK(UploadMessageSealed)->Apply(EachSize);
BENCHMARK(PostMessageSealed)->Apply(EachSize);
BENCHMARK(UploadUpdate)->Apply(EachSize);

}  // namespace
}  // namespace mesh::backend
