// Whatever transactions do, a WriteView reads as a map that they were applied to,
// and its batch, committed, leaves the store as that map.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "backend/storage/memory_store.h"
#include "backend/storage/write_view.h"

namespace mesh::backend {
namespace {

using Model = std::map<std::string, std::string>;
constexpr ColumnFamily kI = ColumnFamily::kIndex;

// Few keys, so that transactions meet.
std::string AnyKey() { return std::string(1, *rc::gen::inRange('a', 'i')); }

void DoOne(WriteView& view, Model& model) {
  const int kind = *rc::gen::weightedElement<int>({{6, 0}, {3, 1}, {1, 2}});
  std::string key = AnyKey();
  if (kind == 0) {
    const std::string value = *rc::gen::container<std::string>(rc::gen::inRange('0', ':'));
    model[key] = value;
    view.Put(kI, key, value);
  } else if (kind == 1) {
    model.erase(key);
    view.Delete(kI, key);
  } else {
    std::string end = AnyKey();
    if (end < key) std::swap(key, end);
    model.erase(model.lower_bound(key), model.lower_bound(end));
    view.DeleteRange(kI, {key, end});
  }
}

Model Walk(const Reader& reader, const std::string& begin, const std::string& end, bool reverse) {
  Model found;
  std::string last;
  for (auto cursor = reader.Scan(kI, begin, end, reverse); cursor->Valid(); cursor->Next()) {
    const std::string key(cursor->key());
    RC_ASSERT(last.empty() || (reverse ? key < last : last < key));
    last = key;
    found[key] = cursor->value();
  }
  return found;
}

void Compare(const Reader& reader, const Model& model) {
  for (char letter = 'a'; letter < 'i'; ++letter) {
    const std::string key(1, letter);
    const auto expected = model.find(key);
    const std::optional<std::string> value = *reader.Get(kI, key);
    RC_ASSERT(value.has_value() == (expected != model.end()));
    if (value) RC_ASSERT(*value == expected->second);
  }
  const std::string begin = AnyKey();
  const std::string end = AnyKey();
  const Model part =
      begin < end ? Model(model.lower_bound(begin), model.lower_bound(end)) : Model();
  RC_ASSERT(Walk(reader, begin, end, false) == part);
  RC_ASSERT(Walk(reader, begin, end, true) == part);
}

void RunTransaction(WriteView& view, Model& model) {
  Model trial = model;
  view.Begin();
  const int steps = *rc::gen::inRange(0, 12);
  for (int i = 0; i < steps; ++i) DoOne(view, trial);
  Compare(view, trial);
  if (*rc::gen::arbitrary<bool>()) {
    view.Keep();
    model = trial;
  } else {
    view.Drop();
  }
}

TEST(WriteViewPropertyTest, ReadsAsAMap) {
  const bool held = rc::check("a WriteView reads as a map", [] {
    MemoryStore store;
    Model model;
    for (int batch = *rc::gen::inRange(1, 4); batch > 0; --batch) {
      const auto snapshot = store.NewSnapshot();
      WriteView view(*snapshot);
      for (int i = *rc::gen::inRange(0, 8); i > 0 && !view.closed(); --i) {
        RunTransaction(view, model);
      }
      Compare(view, model);
      RC_ASSERT(store.Commit(view.Take(), true).ok());
      Compare(*store.NewSnapshot(), model);
    }
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace mesh::backend
