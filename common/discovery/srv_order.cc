#include "common/discovery/srv_order.h"

#include <algorithm>
#include <numeric>

namespace mesh::discovery {
namespace {

// A number in [0, max], by scaling: weights are so small that the bias is below 2^-9 of one.
uint64_t Draw(uint64_t max, const RandomNumber& random) {
  return ((max + 1) * uint64_t{random()}) >> 32;
}

// Moves the index that is drawn next to the front of [first, last), whose weights add up
// to `sum`; the others keep their order.
void DrawOne(const std::vector<Preference>& hosts, std::vector<size_t>::iterator first,
             std::vector<size_t>::iterator last, uint64_t sum, const RandomNumber& random) {
  const uint64_t drawn = Draw(sum, random);
  uint64_t running = 0;
  const auto chosen = std::find_if(first, last, [&](size_t index) {
    running += hosts[index].weight;
    return running >= drawn;
  });
  std::rotate(first, chosen, chosen + 1);
}

}  // namespace

std::vector<size_t> OrderOfUse(const std::vector<Preference>& hosts, const RandomNumber& random) {
  std::vector<size_t> order(hosts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  // Weight 0 in front: there it is drawn only by the number 0.
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (hosts[a].priority != hosts[b].priority) return hosts[a].priority < hosts[b].priority;
    return hosts[a].weight == 0 && hosts[b].weight != 0;
  });
  for (auto group = order.begin(); group != order.end();) {
    const uint16_t priority = hosts[*group].priority;
    const auto end = std::find_if(group, order.end(),
                                  [&](size_t index) { return hosts[index].priority != priority; });
    uint64_t sum = 0;
    for (auto it = group; it != end; ++it) sum += hosts[*it].weight;
    for (; group != end; ++group) {
      DrawOne(hosts, group, end, sum, random);
      sum -= hosts[*group].weight;
    }
  }
  return order;
}

}  // namespace mesh::discovery
