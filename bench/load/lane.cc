#include "bench/load/lane.h"

#include <algorithm>
#include <utility>

namespace mesh::load {
namespace {

constexpr Duration kFirstWait = std::chrono::milliseconds(10);
constexpr Duration kLongestWait = std::chrono::milliseconds(500);

}  // namespace

Lane::Lane(size_t number, const Options& options, net::EventLoop& loop,
           std::shared_ptr<const tls::TlsContext> context, LaneOwner& owner)
    : number_(number),
      options_(options),
      loop_(loop),
      context_(std::move(context)),
      owner_(owner),
      target_(number),
      reconnect_([this] { Connect(); }),
      rest_([this] { Idle(); }) {}

Lane::~Lane() = default;

void Lane::Start() { Connect(); }

void Lane::Connect() {
  if (stopped_) return;
  const Target& target = options_.targets[target_++ % options_.targets.size()];
  connection::ClientObserver& observer = *this;
  connection_ = std::make_unique<connection::ClientConnection>(loop_, context_, observer);
  const Status begun = connection_->Connect(target.address, target.port, options_.domain, nullptr);
  if (begun.ok()) return;
  connection_.reset();
  owner_.OnLost(*this, begun);
  ConnectLater();
}

std::string Lane::target() const {
  const size_t tried = target_ + options_.targets.size() - 1;  // Connect() has gone on.
  const Target& target = options_.targets[tried % options_.targets.size()];
  return target.address + ":" + std::to_string(target.port);
}

void Lane::ConnectLater() {
  if (stopped_) return;
  wait_ = std::clamp(wait_ * 2, kFirstWait, kLongestWait);
  loop_.Arm(reconnect_, loop_.now() + wait_);
}

void Lane::Send(std::string_view request) {
  open_ = true;
  connection_->Send(request);
}

void Lane::Rest(Duration pause) { loop_.Arm(rest_, loop_.now() + pause); }

void Lane::Stop() {
  stopped_ = true;
  loop_.Disarm(reconnect_);
  loop_.Disarm(rest_);
  if (connection_ != nullptr) connection_->Close();
}

void Lane::OnReady() {
  ready_ = true;
  wait_ = Duration(0);
  Idle();
}

void Lane::OnResponse(const http::ResponseView& response) {
  open_ = false;
  ready_ = response.keep_alive;  // Else nobody reads what is sent after it.
  owner_.OnReply(*this, response);
  Idle();
}

void Lane::Idle() {
  if (idle() && !stopped_) owner_.OnIdle(*this);
}

void Lane::OnGone(const Status& why) {
  owner_.OnLost(*this, why);
  ready_ = false;
  open_ = false;
  // It may not be deleted from within its own call.
  loop_.Post([this] {
    connection_.reset();
    ConnectLater();
  });
}

}  // namespace mesh::load
