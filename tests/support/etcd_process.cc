#include "tests/support/etcd_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>
#include <vector>

#include "common/base/check.h"
#include "common/base/unique_fd.h"

extern char** environ;

namespace mesh::testing {
namespace {

constexpr const char* kProgram = "/usr/bin/etcd";
constexpr std::chrono::seconds kStartTime{60};

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int FreePort() {
  const UniqueFd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  MESH_CHECK(::bind(probe.get(), any, size) == 0 && ::getsockname(probe.get(), any, &size) == 0);
  return ntohs(address.sin_port);
}

bool Listens(int port) {
  const UniqueFd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(port);
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

bool EtcdProcess::Installed() { return ::access(kProgram, X_OK) == 0; }

EtcdProcess::EtcdProcess() : client_port_(FreePort()), peer_port_(FreePort()) {
  std::string name = std::filesystem::temp_directory_path() / "mesh-etcd-XXXXXX";
  MESH_CHECK(::mkdtemp(name.data()) != nullptr);
  folder_ = name;
  Start();
}

EtcdProcess::~EtcdProcess() {
  if (pid_ > 0) Kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void EtcdProcess::Start() {
  const std::string client = "http://" + endpoint();
  const std::string peer = "http://127.0.0.1:" + std::to_string(peer_port_);
  const std::vector<std::string> words = {kProgram,
                                          "--name=one",
                                          "--data-dir=" + (folder_ / "data").string(),
                                          "--listen-client-urls=" + client,
                                          "--advertise-client-urls=" + client,
                                          "--listen-peer-urls=" + peer,
                                          "--initial-advertise-peer-urls=" + peer,
                                          "--initial-cluster=one=" + peer,
                                          "--unsafe-no-fsync=true"};
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const std::string log = folder_ / "log";
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  MESH_CHECK(::posix_spawn(&pid_, kProgram, &files, nullptr, arguments.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&files);
  const auto end = std::chrono::steady_clock::now() + kStartTime;
  while (!Listens(client_port_)) {
    MESH_CHECK(std::chrono::steady_clock::now() < end);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void EtcdProcess::Signal(int signal) const { MESH_CHECK(::kill(pid_, signal) == 0); }
void EtcdProcess::Freeze() { Signal(SIGSTOP); }
void EtcdProcess::Thaw() { Signal(SIGCONT); }

void EtcdProcess::Kill() {
  Signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void EtcdProcess::Restart() { Start(); }
void EtcdProcess::Wipe() { std::filesystem::remove_all(folder_ / "data"); }

}  // namespace mesh::testing
