#include "common/process/shutdown.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace mesh {
namespace {

TEST(ShutdownTest, ASignalEndsTheWait) {
  Shutdown shutdown;
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(shutdown.Wait(), SIGTERM);
}

TEST(ShutdownTest, SoDoesARequest) {
  Shutdown shutdown;
  std::thread other([&] { shutdown.Request(); });
  EXPECT_EQ(shutdown.Wait(), 0);
  other.join();
}

}  // namespace
}  // namespace mesh
