#include "common/cluster/boot_clock.h"

#include <ctime>
#include <fstream>

namespace mesh::cluster {

int64_t SystemBootClock::NowNanos() const {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Without /proc the id is empty, and then no process goes on from where another one was.
std::string SystemBootClock::BootId() const {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

}  // namespace mesh::cluster
