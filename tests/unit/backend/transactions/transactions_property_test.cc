// Random histories against a model that is too simple to be wrong.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <optional>

#include "tests/unit/backend/transactions/bench.h"

namespace mesh::backend {
namespace {

// The tree digest as designed (draft dare-08 §4.2.2), from all payload digests, without a frontier.
std::string NaiveTreeDigest(const std::vector<std::string>& payloads) {
  const std::string zero(64, '\0');
  std::vector<std::string> tree;
  for (size_t n = 0; n < payloads.size(); ++n) {
    size_t m = n + 1;
    size_t d = 1;
    std::string c = DigestOf(payloads[n]);
    for (; m % 2 == 0; m /= 2, d *= 2) c = crypto::Sha512(tree[n - d], c).view();
    const std::string& left = m != 1 ? tree[n - d] : d == 1 ? zero : tree[d / 2 - 1];
    tree.push_back(std::string(crypto::Sha512(left, c).view()));
  }
  return tree.back();
}

// A catalog as a list.
struct ModelEntry {
  proto::Event event;
  std::string unique_id;
  std::string payload;
};
using Model = std::map<std::string, std::vector<ModelEntry>>;

bool Present(const std::vector<ModelEntry>& entries, const std::string& unique_id) {
  bool present = false;
  for (const ModelEntry& entry : entries) {
    if (entry.unique_id == unique_id) present = entry.event != proto::EVENT_DELETE;
  }
  return present;
}

// Whether the entry at `i` is the last word on its unique id, or is followed by a
// new beginning.
bool Superseded(const std::vector<ModelEntry>& entries, size_t i, proto::Event* by) {
  if (entries[i].event == proto::EVENT_NONE || entries[i].event == proto::EVENT_DELETE)
    return false;
  for (size_t j = i + 1; j < entries.size(); ++j) {
    if (entries[j].unique_id != entries[i].unique_id) continue;
    *by = entries[j].event;
    return true;
  }
  return false;
}

std::string Container(int number) { return "mmm_Catalog" + std::to_string(number); }

// Uploads a random request and applies it to the model if it ought to pass.
void UploadSomething(Bench& bench, Model& model) {
  UploadBuilder upload;
  Model after = model;
  bool good = true;
  const int updates = *rc::gen::inRange(1, 3);
  for (int u = 0; u < updates; ++u) {
    const std::string name = Container(*rc::gen::inRange(0, 2));
    std::vector<ModelEntry>& entries = after[name];
    std::vector<proto::Envelope> envelopes;
    const int count = *rc::gen::inRange(1, 5);
    for (int e = 0; e < count; ++e) {
      const auto event = *rc::gen::element(proto::EVENT_NEW, proto::EVENT_UPDATE,
                                           proto::EVENT_UPDATE, proto::EVENT_DELETE);
      const std::string id(1, static_cast<char>('a' + *rc::gen::inRange(0, 6)));
      const std::string payload =
          event == proto::EVENT_DELETE
              ? ""
              : *rc::gen::container<std::string>(rc::gen::inRange('a', 'z'));
      const bool present = Present(entries, id);
      good &= !(event == proto::EVENT_NEW && present);
      good &= !(event == proto::EVENT_DELETE && !present);
      if (entries.empty()) entries.push_back({proto::EVENT_NONE, "", ""});
      entries.push_back({event, id, payload});
      envelopes.push_back(EventEntry(event, id, payload));
    }
    upload.To(name, envelopes);
  }
  const auto before = bench.Everything();
  const auto reply = bench.Upload(kAlice, upload);
  RC_ASSERT(reply.mesh_status() == (good ? 201 : 409));
  if (good) {
    model = std::move(after);
  } else {
    RC_ASSERT(bench.Everything() == before);
  }
}

void CheckContainer(Bench& bench, const std::string& name, const std::vector<ModelEntry>& entries) {
  proto::DownloadRequest ask = Ask(name);
  const auto reply = bench.Download(kAlice, ask);
  std::vector<std::string> payloads;
  for (const ModelEntry& entry : entries) payloads.push_back(entry.payload);
  RC_ASSERT(PayloadsOf(reply) == payloads);
  RC_ASSERT(reply.download().updates(0).digest() == NaiveTreeDigest(payloads));

  const bool updated = *rc::gen::arbitrary<bool>();
  const bool deleted = *rc::gen::arbitrary<bool>();
  const int64_t from = *rc::gen::inRange<int64_t>(-1, static_cast<int64_t>(entries.size()) + 2);
  ask.mutable_select(0)->set_exclude_updated(updated);
  ask.mutable_select(0)->set_exclude_deleted(deleted);
  ask.mutable_select(0)->set_index_min(from);
  std::vector<int64_t> left;
  for (size_t i = 0; i < entries.size(); ++i) {
    proto::Event by = proto::EVENT_NONE;
    const bool superseded = Superseded(entries, i, &by);
    const bool out = superseded && (by == proto::EVENT_DELETE ? deleted : updated);
    if (!out && static_cast<int64_t>(i) >= from) left.push_back(static_cast<int64_t>(i));
  }
  RC_ASSERT(IndicesOf(bench.Download(kAlice, ask)) == left);
}

void CheckStatus(Bench& bench, const Model& model) {
  std::map<std::string, int64_t> frames = {
      {std::string(kInbound), 1}, {std::string(kLocal), 1}, {std::string(kOutbound), 1}};
  for (const auto& [name, entries] : model) {
    if (!entries.empty()) frames[name] = static_cast<int64_t>(entries.size());
  }
  const auto reply = bench.Status(kAlice);
  RC_ASSERT(reply.status().container_status_size() == static_cast<int>(frames.size()));
  auto next = frames.begin();
  for (const auto& container : reply.status().container_status()) {
    RC_ASSERT(container.container() == next->first);
    RC_ASSERT(container.index() == next->second);
    ++next;
  }
}

RC_GTEST_PROP(TransactionsPropertyTest, ACatalogIsTheListOfWhatWasAccepted, ()) {
  Bench bench;
  bench.Create(kAlice);
  Model model;
  const int steps = *rc::gen::inRange(1, 12);
  for (int step = 0; step < steps; ++step) UploadSomething(bench, model);
  for (const auto& [name, entries] : model) CheckContainer(bench, name, entries);
  CheckStatus(bench, model);
  bench.Remove(kAlice);
  RC_ASSERT(bench.Everything().empty());
}

RC_GTEST_PROP(TransactionsPropertyTest, PagesGiveEachEntryOnceWhileOthersAppend, ()) {
  Bench bench;
  bench.Create(kAlice);
  int sent = 0;
  const auto append = [&](int count) {
    UploadBuilder upload;
    for (int i = 0; i < count; ++i) upload.Self(Message("M", std::to_string(++sent)));
    RC_ASSERT(bench.Upload(kAlice, upload).mesh_status() == 201);
  };
  append(*rc::gen::inRange(1, 30));
  bench.policy.page_bytes_max = *rc::gen::inRange<size_t>(20, 200);
  proto::DownloadRequest ask = Ask(kInbound);
  std::vector<int64_t> seen;
  for (int appends = 5;;) {
    ask.mutable_constraints()->set_max_entries(*rc::gen::inRange(1, 6));
    const auto reply = bench.Download(kAlice, ask);
    for (const int64_t index : IndicesOf(reply)) seen.push_back(index);
    const auto& update = reply.download().updates(0);
    if (update.page_key().empty()) {
      RC_ASSERT(static_cast<int64_t>(seen.size()) == update.index());
      break;
    }
    ask.clear_select();
    ask.add_select()->set_page_key(update.page_key());
    if (appends-- > 0) append(*rc::gen::inRange(1, 4));
  }
  for (size_t i = 0; i < seen.size(); ++i) RC_ASSERT(seen[i] == static_cast<int64_t>(i));
}

RC_GTEST_PROP(TransactionsPropertyTest, ATimeRangeIsTheEntriesThatArrivedInIt, ()) {
  Bench bench;
  bench.Create(kAlice);
  const WallMillis start = bench.clock.WallNow();
  const int entries = *rc::gen::inRange(1, 20);
  for (int i = 0; i < entries; ++i) {
    bench.clock.Advance(std::chrono::milliseconds(*rc::gen::inRange(-2, 4)));
    bench.Upload(kAlice, UploadBuilder().Self(Message("M", "x")));
  }
  const WallMillis from = start + *rc::gen::inRange(-5, 60);
  const WallMillis to = start + *rc::gen::inRange(-5, 60);
  proto::DownloadRequest ask = Ask(kInbound);
  std::vector<int64_t> expected;
  const auto everything = bench.Download(kAlice, ask);
  for (const auto& envelope : everything.download().updates(0).envelopes()) {
    if (envelope.received() >= from && envelope.received() < to)
      expected.push_back(envelope.index());
  }
  ask.mutable_select(0)->set_not_before(from);
  ask.mutable_select(0)->set_before(to);
  RC_ASSERT(IndicesOf(bench.Download(kAlice, ask)) == expected);
}

// Whatever is repeated, and whenever within the window: it happens once, and is answered
// the same each time.
RC_GTEST_PROP(TransactionsPropertyTest, ARepeatIsAnsweredAndNotApplied, ()) {
  Bench once, repeating;
  const proto::Caller laptop = Administering(ByExchange(kAlice, "KEY-laptop"));
  std::vector<std::pair<proto::PartitionRequest, std::string>> sent;
  const auto send = [&](const proto::PartitionRequest& request) {
    const proto::PartitionReply reply = repeating.Run(request);
    RC_ASSERT(once.Run(request).SerializeAsString() == reply.SerializeAsString());
    if (reply.mesh_status() == 201) sent.emplace_back(request, reply.SerializeAsString());
  };
  once.Create(kAlice);
  repeating.Create(kAlice);
  proto::PartitionRequest request = once.RequestOf(kAlice);
  *request.mutable_upload() =
      To(kDeviceCatalog, {DeviceEntry(proto::EVENT_NEW, kAlice, "KEY-laptop")});
  send(once.Sealed(laptop, request));
  const int steps = *rc::gen::inRange(1, 12);
  for (int step = 0; step < steps; ++step) {
    const std::string id(1, static_cast<char>('a' + *rc::gen::inRange(0, 3)));
    const auto event =
        *rc::gen::element(proto::EVENT_NEW, proto::EVENT_UPDATE, proto::EVENT_DELETE);
    *request.mutable_upload() =
        To(kContacts, {EventEntry(event, id, event == proto::EVENT_DELETE ? "" : "x")});
    send(once.Sealed(laptop, request));
    const auto again = *rc::gen::elementOf(sent);
    RC_ASSERT(repeating.Run(again.first).SerializeAsString() == again.second);
    const std::chrono::milliseconds passed(*rc::gen::inRange(0, 10'000));
    once.clock.Advance(passed);
    repeating.clock.Advance(passed);
  }
  RC_ASSERT(once.Everything() == repeating.Everything());
}

// What any message of a device may hold never breaks a transaction: it is answered.
RC_GTEST_PROP(TransactionsPropertyTest, AnyPageKeyGetsAnAnswer, (const std::string& octets)) {
  RC_PRE(!octets.empty());
  Bench bench;
  bench.Create(kAlice);
  proto::DownloadRequest ask;
  ask.add_select()->set_page_key(octets);
  RC_ASSERT(bench.Download(kAlice, ask).mesh_status() == 400);
}

}  // namespace
}  // namespace mesh::backend
