// A Mesh Service in memory, behind the Transport interface: enough of it for the
// client's tests, and hands with which a test can spoil what it keeps or sends.

#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/client/transport.h"
#include "common/dare/envelope.h"

namespace mesh::proto {
class ConstraintsSelect;
class CreateRequest;
class DownloadUpdate;
class StatusResponse;
class UploadRequest;
class UploadResponse;
}  // namespace mesh::proto

namespace mesh::client {

// For one thread.
class FakeService final : public Transport {
 public:
  // A frame on its way to a client.
  struct Frame {
    int64_t index;
    dare::Envelope envelope;
  };
  // What Post does instead of answering, once for each element, first element first.
  enum class Fault { kNone, kUnreachable, kBusy, kLostReply, kHttpError, kNonsense };

  Result<HttpReply> Post(std::string_view path, const HttpHeaders& headers, std::string_view body,
                         Deadline deadline) override;

  // The frames of a container as the service keeps them.
  std::vector<dare::Envelope>& frames(const std::string& container) {
    return containers_[container];
  }
  // Frames in one page of a download.
  void set_page(size_t frames) { page_ = frames; }
  // Called with the frames of every page before they leave.
  void set_tamper(std::function<void(std::vector<Frame>*)> tamper) { tamper_ = std::move(tamper); }
  // Called before an Upload is looked at; another device can be faster here.
  void set_before_upload(std::function<void()> hook) { before_upload_ = std::move(hook); }
  void set_digests(bool named) { digests_ = named; }
  void set_strict_index(bool strict) { strict_index_ = strict; }
  void Fail(std::vector<Fault> faults) { faults_ = std::move(faults); }

  int posts() const { return posts_; }
  const HttpHeaders& last_headers() const { return last_headers_; }
  const std::string& last_body() const { return last_body_; }
  const std::string& account() const { return account_; }

 private:
  std::string Answer(std::string_view body);
  void Create(const proto::CreateRequest& request);
  void FillStatus(proto::StatusResponse* status) const;
  void FillPage(const proto::ConstraintsSelect& select, proto::DownloadUpdate* update);
  bool Conflicts(const proto::UploadRequest& upload);
  void Store(const proto::UploadRequest& upload, proto::UploadResponse* response);
  std::string TreeDigest(const std::string& container) const;

  std::map<std::string, std::vector<dare::Envelope>> containers_;
  std::string profile_mesh_;
  std::string account_;
  size_t page_ = 1000;
  bool digests_ = true;
  bool strict_index_ = true;
  std::function<void(std::vector<Frame>*)> tamper_;
  std::function<void()> before_upload_;
  std::vector<Fault> faults_;
  int posts_ = 0;
  HttpHeaders last_headers_;
  std::string last_body_;
  bool json_b_ = false;  // The last request, and so its reply.
};

}  // namespace mesh::client
