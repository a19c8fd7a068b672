// A real etcd of one member on loopback, for tests. Its data are in a folder under the
// system's temporary one, which goes with it.

#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace mesh::testing {

// For one thread. Ends the process when destroyed.
class EtcdProcess {
 public:
  // Whether this machine has etcd.
  static bool Installed();

  // Starts it on ports that were free a moment ago; returns when it listens.
  EtcdProcess();
  ~EtcdProcess();
  EtcdProcess(const EtcdProcess&) = delete;
  EtcdProcess& operator=(const EtcdProcess&) = delete;

  std::string endpoint() const { return "127.0.0.1:" + std::to_string(client_port_); }

  void Freeze();  // SIGSTOP.
  void Thaw();
  void Kill();     // SIGKILL; returns when it is gone.
  void Restart();  // After Kill, on the same ports and data.
  void Wipe();     // After Kill: the data are gone.

 private:
  void Start();
  void Signal(int signal) const;

  std::filesystem::path folder_;
  int client_port_ = 0;
  int peer_port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace mesh::testing
