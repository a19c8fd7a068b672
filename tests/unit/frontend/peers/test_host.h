// A host on loopback that answers POST with what a test says, under a certificate for a name
// that a test chooses.

#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/check.h"
#include "frontend/connection/server.h"
#include "tests/unit/frontend/tls/test_certificates.h"

namespace mesh::frontend {

class TestHost {
 public:
  // `folder`, with this process in its name, is made and holds the certificate: ca_file().
  TestHost(const std::string& folder, const std::string& certificate_name)
      : folder_(folder + "-" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
    const tls::TestCertificate made = tls::MakeTestCertificate(certificate_name);
    std::ofstream(ca_file()) << made.certificate_pem;
    std::ofstream(folder_ + "/key.pem") << made.key_pem;
    certificates_ = *tls::CertificateStore::Open({ca_file(), folder_ + "/key.pem", "", {}});
    connection::ServerOptions options;
    options.loops = 1;
    auto server = connection::Server::Start(
        options, certificates_.get(),
        [this](net::EventLoop&) { return std::make_unique<Handler>(*this); }, clock_);
    MESH_CHECK(server.ok());
    server_ = *std::move(server);
  }
  ~TestHost() {
    server_->Stop();
    std::filesystem::remove_all(folder_);
  }

  std::string ca_file() const { return folder_ + "/cert.pem"; }
  uint16_t port() const { return server_->port(); }
  int asked() const { return asked_; }
  uint64_t connections() const { return server_->stats(0).accepted.value(); }

  // Later requests are answered so.
  void Answer(int status, std::string body,
              std::vector<std::pair<std::string, std::string>> headers = {}) {
    const std::lock_guard lock(mutex_);
    answer_ = http::Response();
    answer_.status = status;
    answer_.body = std::move(body);
    answer_.headers = std::move(headers);
  }

  // Later requests are answered by `answer`, on the host's thread.
  void AnswerBy(std::function<http::Response(const http::Request&)> answer) {
    const std::lock_guard lock(mutex_);
    answer_by_ = std::move(answer);
  }

  // Of the last request.
  std::string last_host() const {
    const std::lock_guard lock(mutex_);
    return last_host_;
  }
  std::string last_target() const {
    const std::lock_guard lock(mutex_);
    return last_target_;
  }
  std::string last_body() const {
    const std::lock_guard lock(mutex_);
    return last_body_;
  }

 private:
  class Handler final : public http::RequestHandler {
   public:
    explicit Handler(TestHost& host) : host_(host) {}
    void Handle(const http::Request& request, Deadline, http::ReplyCallback done) override {
      ++host_.asked_;
      http::Response response;
      {
        const std::lock_guard lock(host_.mutex_);
        host_.last_host_ = request.host;
        host_.last_target_ = request.target;
        host_.last_body_ = request.body;
        response = host_.answer_by_ ? host_.answer_by_(request) : host_.answer_;
      }
      done(std::move(response));
    }
    http::Response Refuse(const http::Refusal& refusal) override {
      http::Response response;
      response.status = refusal.status;
      return response;
    }

   private:
    TestHost& host_;
  };

  const std::string folder_;
  const SystemClock clock_{};
  std::unique_ptr<tls::CertificateStore> certificates_;
  std::atomic<int> asked_ = 0;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  http::Response answer_;
  std::function<http::Response(const http::Request&)> answer_by_;
  std::string last_host_;
  std::string last_target_;
  std::string last_body_;
  std::unique_ptr<connection::Server> server_;
};

}  // namespace mesh::frontend
