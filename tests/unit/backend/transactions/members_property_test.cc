// The index of devices is what the current entries of mmm_Device say, whatever was
// uploaded, refused and deleted on the way.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "backend/model/account.h"
#include "proto/record.pb.h"
#include "tests/unit/backend/transactions/bench.h"

namespace mesh::backend {
namespace {

// Which keys each current entry connects.
using Model = std::map<std::string, std::set<std::string>>;

// What an entry may be: its UniqueID, and the keys that it connects.
struct Wanted {
  proto::Event event;
  std::string unique_id;
  std::set<std::string> devices;
};

Wanted SomeEntry() {
  Wanted wanted;
  wanted.event = *rc::gen::element(proto::EVENT_NEW, proto::EVENT_NEW, proto::EVENT_UPDATE,
                                   proto::EVENT_UPDATE, proto::EVENT_DELETE);
  wanted.unique_id = std::string(1, static_cast<char>('a' + *rc::gen::inRange(0, 4)));
  const int devices = *rc::gen::inRange(1, 3);
  for (int i = 0; i < devices; ++i) {
    wanted.devices.insert("KEY" + std::to_string(*rc::gen::inRange(0, 6)));
  }
  return wanted;
}

proto::Envelope EnvelopeOf(const Wanted& wanted) {
  proto::Envelope entry = EventEntry(wanted.event, wanted.unique_id, "entry");
  if (wanted.event == proto::EVENT_DELETE) return entry;
  for (const std::string& device : wanted.devices) Connect(entry, kAlice, device);
  Connect(entry, kBob, "KEY-of-bob");  // Of another account: never in the index.
  return entry;
}

// False: it must be refused.
bool Apply(const Wanted& wanted, Model& model) {
  const bool there = model.count(wanted.unique_id) != 0;
  if (wanted.event == proto::EVENT_NEW && there) return false;
  if (wanted.event == proto::EVENT_DELETE) return model.erase(wanted.unique_id) != 0;
  for (const auto& [unique_id, devices] : model) {
    if (unique_id == wanted.unique_id) continue;
    for (const std::string& device : wanted.devices) {
      if (devices.count(device) != 0) return false;
    }
  }
  model[wanted.unique_id] = wanted.devices;
  return true;
}

void CheckIndex(const Bench& bench, const Model& model) {
  const AccountKeys keys(SlotOf(bench.slot_key, kAlice), kAlice);
  const std::unique_ptr<Reader> snapshot = bench.store.NewSnapshot();
  std::map<std::string, std::string> index;
  const auto cursor =
      snapshot->Scan(ColumnFamily::kIndex, keys.Members().begin, keys.Members().end);
  for (; cursor->Valid(); cursor->Next()) {
    proto::MemberRecord member;
    RC_ASSERT(member.ParseFromString(std::string(cursor->value())));
    index[std::string(cursor->key())] = member.unique_id();
  }
  std::map<std::string, std::string> expected;
  for (const auto& [unique_id, devices] : model) {
    for (const std::string& device : devices) expected[keys.Member(device)] = unique_id;
  }
  RC_ASSERT(index == expected);
  proto::UsageRecord usage;
  RC_ASSERT(usage.ParseFromString(**snapshot->Get(ColumnFamily::kIndex, keys.Usage())));
  RC_ASSERT(usage.members() == expected.size());
}

RC_GTEST_PROP(MembersPropertyTest, TheIndexIsWhatTheCurrentEntriesSay, ()) {
  Bench bench;
  bench.Create(kAlice);
  Model model;
  const proto::Caller administrator = Administering(ByExchange(kAlice, "KEY-of-alice"));
  const proto::Envelope own = DeviceEntry(proto::EVENT_NEW, kAlice, "KEY-of-alice");
  model[own.unique_id()] = {"KEY-of-alice"};
  proto::PartitionRequest request = bench.RequestOf(kAlice);
  *request.mutable_upload() = To(kDeviceCatalog, {own});
  RC_ASSERT(bench.As(administrator, request).mesh_status() == 201);

  const int uploads = *rc::gen::inRange(1, 15);
  for (int i = 0; i < uploads; ++i) {
    Model after = model;
    bool good = true;
    std::vector<proto::Envelope> entries;
    const int count = *rc::gen::inRange(1, 4);
    for (int e = 0; e < count; ++e) {
      const Wanted wanted = SomeEntry();
      good = good && Apply(wanted, after);
      entries.push_back(EnvelopeOf(wanted));
    }
    *request.mutable_upload() = To(kDeviceCatalog, entries);
    RC_ASSERT(bench.As(administrator, request).mesh_status() == (good ? 201 : 409));
    if (good) model = std::move(after);
    CheckIndex(bench, model);
  }
}

}  // namespace
}  // namespace mesh::backend
