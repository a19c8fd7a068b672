// The service over real gRPC on loopback.

#include "backend/rpc/partition_server.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "common/base/metrics.h"
#include "proto/partition.grpc.pb.h"

namespace mesh::backend {
namespace {

// Answers "now ..." at once, keeps "hold ..." until Release, says whose it was.
class FakePartition final : public Partition {
 public:
  void Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
            Done done) override {
    auto reply = std::make_unique<proto::PartitionReply>();
    reply->set_call_id(request->call_id());
    reply->set_message(request->account());
    const std::lock_guard lock(mutex_);
    last_deadline_ = deadline;
    ++called_;
    came_.notify_all();
    if (request->account().rfind("hold", 0) != 0) return done(std::move(reply));
    held_.emplace_back(std::move(reply), std::move(done));
  }

  void AwaitCalls(int count) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return called_ >= count; });
  }
  void Release() {
    std::vector<std::pair<std::unique_ptr<proto::PartitionReply>, Done>> held;
    {
      const std::lock_guard lock(mutex_);
      held.swap(held_);
    }
    for (auto& [reply, done] : held) done(std::move(reply));
  }
  Deadline last_deadline() {
    const std::lock_guard lock(mutex_);
    return last_deadline_;
  }
  int called() {
    const std::lock_guard lock(mutex_);
    return called_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::pair<std::unique_ptr<proto::PartitionReply>, Done>> held_;
  Deadline last_deadline_{};
  int called_ = 0;
};

// Begins a stream and sends nothing: what does the server say to that?
class QuietStream final
    : public grpc::ClientBidiReactor<proto::PartitionRequests, proto::PartitionReplies> {
 public:
  explicit QuietStream(proto::PartitionService::Stub& stub) {
    stub.async()->Exchange(&context_, this);
    StartRead(&replies_);
    StartCall();
  }
  ~QuietStream() override {
    context_.TryCancel();
    done_.get_future().wait();
  }

  // Whether the server takes the stream. Waits until it has decided.
  bool Taken() { return taken_.get_future().get(); }

  void OnReadInitialMetadataDone(bool ok) override { taken_.set_value(ok); }
  void OnDone(const grpc::Status&) override { done_.set_value(); }

 private:
  grpc::ClientContext context_;
  proto::PartitionReplies replies_;
  std::promise<bool> taken_;
  std::promise<void> done_;
};

class PartitionServerTest : public testing::Test {
 protected:
  using Stream = grpc::ClientReaderWriter<proto::PartitionRequests, proto::PartitionReplies>;

  void Start(PartitionServerOptions options = {}) {
    options.listen = "127.0.0.1:0";
    auto started = PartitionServer::Start(options, partition_, clock_, registry_);
    ASSERT_TRUE(started.ok()) << started.status().message();
    server_ = *std::move(started);
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                   grpc::InsecureChannelCredentials());
    stub_ = proto::PartitionService::NewStub(channel_);
    stream_ = stub_->Exchange(&context_);
  }

  bool Send(const std::vector<std::string>& accounts) {
    proto::PartitionRequests message;
    for (const std::string& account : accounts) {
      proto::PartitionRequest& request = *message.add_requests();
      request.set_call_id(next_call_++);
      request.set_account(account);
      request.set_deadline_us(5'000'000);
    }
    return stream_->Write(message);
  }

  // Reads messages until `count` replies have come.
  std::set<std::string> Receive(size_t count) {
    std::set<std::string> messages;
    proto::PartitionReplies replies;
    while (messages.size() < count && stream_->Read(&replies)) {
      for (const auto& reply : replies.replies()) messages.insert(reply.message());
    }
    return messages;
  }

  // What Ask answers; a status of gRPC that is not OK ends the test.
  std::string Ask(const std::string& account, uint64_t deadline_us = 5'000'000) {
    proto::PartitionRequest request;
    request.set_account(account);
    request.set_deadline_us(deadline_us);
    grpc::ClientContext context;
    proto::PartitionReply reply;
    const grpc::Status asked = stub_->Ask(&context, request, &reply);
    EXPECT_TRUE(asked.ok()) << asked.error_message();
    return reply.message();
  }

  FakePartition partition_;
  SystemClock clock_;
  Registry registry_;
  std::unique_ptr<PartitionServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<proto::PartitionService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<Stream> stream_;
  uint64_t next_call_ = 1;
};

TEST_F(PartitionServerTest, AnswersEveryRequestOfAMessage) {
  Start();
  ASSERT_TRUE(Send({"now 1", "now 2", "now 3"}));
  EXPECT_EQ(Receive(3), (std::set<std::string>{"now 1", "now 2", "now 3"}));
  stream_->WritesDone();
  EXPECT_TRUE(stream_->Finish().ok());
}

TEST_F(PartitionServerTest, ALaterRequestMayBeAnsweredFirst) {
  Start();
  ASSERT_TRUE(Send({"hold", "now"}));
  EXPECT_EQ(Receive(1), std::set<std::string>{"now"});
  partition_.Release();
  EXPECT_EQ(Receive(1), std::set<std::string>{"hold"});
}

TEST_F(PartitionServerTest, RepliesThatComeTogetherLeaveTogether) {
  Start();
  std::vector<std::string> accounts;
  for (int i = 0; i < 500; ++i) accounts.push_back("now " + std::to_string(i));
  ASSERT_TRUE(Send(accounts));
  EXPECT_EQ(Receive(500).size(), 500u);
  const Counter& sent = registry_.GetCounter("mesh_backend_messages_sent_total", "");
  EXPECT_LE(sent.Value(), 1u);
}

TEST_F(PartitionServerTest, PassesTheDeadlineOn) {
  Start();
  const MonotonicTime before = clock_.Now();
  ASSERT_TRUE(Send({"now"}));
  Receive(1);
  EXPECT_GE(partition_.last_deadline(), before + std::chrono::seconds(5));
  EXPECT_LE(partition_.last_deadline(), clock_.Now() + std::chrono::seconds(5));
}

TEST_F(PartitionServerTest, DoesNotReadOnWhileTooMuchIsInFlight) {
  PartitionServerOptions options;
  options.in_flight_per_stream = 2;
  Start(options);
  ASSERT_TRUE(Send({"hold 1", "hold 2"}));
  ASSERT_TRUE(Send({"now 3"}));
  partition_.AwaitCalls(2);
  EXPECT_EQ(partition_.called(), 2);
  partition_.Release();
  EXPECT_EQ(Receive(3).size(), 3u);
}

TEST_F(PartitionServerTest, DrainingTellsFrontEndsAndWaitsUntilTheyHaveClosedTheirSide) {
  Start();
  ASSERT_TRUE(Send({"hold"}));
  partition_.AwaitCalls(1);
  std::thread drain([this] { server_->Drain(clock_.In(std::chrono::seconds(30))); });
  proto::PartitionReplies told;
  ASSERT_TRUE(stream_->Read(&told));
  EXPECT_TRUE(told.draining());
  stream_->WritesDone();
  partition_.Release();
  EXPECT_EQ(Receive(1), std::set<std::string>{"hold"});
  EXPECT_FALSE(stream_->Read(&told));
  EXPECT_EQ(stream_->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  drain.join();
}

TEST_F(PartitionServerTest, WhatComesWhileDrainingIsSentBackUntouched) {
  Start();
  ASSERT_TRUE(Send({"hold"}));
  partition_.AwaitCalls(1);
  std::thread drain([this] { server_->Drain(clock_.In(std::chrono::seconds(30))); });
  proto::PartitionReplies replies;
  ASSERT_TRUE(stream_->Read(&replies));
  ASSERT_TRUE(Send({"late"}));
  ASSERT_TRUE(stream_->Read(&replies));
  ASSERT_EQ(replies.replies_size(), 1);
  EXPECT_EQ(replies.replies(0).call_id(), 2u);
  EXPECT_EQ(static_cast<Code>(replies.replies(0).code()), Code::kAborted);
  EXPECT_TRUE(replies.replies(0).frozen());
  EXPECT_EQ(replies.replies(0).obstacle(), proto::OBSTACLE_DRAINING);
  EXPECT_EQ(partition_.called(), 1);
  stream_->WritesDone();
  partition_.Release();
  EXPECT_EQ(Receive(1), std::set<std::string>{"hold"});
  drain.join();
}

TEST_F(PartitionServerTest, WhoIsCutOffAtTheEndOfTheTimeLosesWhatIsInFlight) {
  Start();
  ASSERT_TRUE(Send({"hold"}));
  partition_.AwaitCalls(1);
  std::thread drain([this] { server_->Drain(clock_.In(std::chrono::milliseconds(10))); });
  proto::PartitionReplies replies;
  while (stream_->Read(&replies)) EXPECT_EQ(replies.replies_size(), 0);
  EXPECT_FALSE(stream_->Finish().ok());
  partition_.Release();  // The process ends once its partitions have answered.
  drain.join();
}

// Of a version that does not know what it was told.
TEST_F(PartitionServerTest, AFrontEndThatClosesNothingIsLeftOnceNothingIsInFlight) {
  Start();
  ASSERT_TRUE(Send({"hold"}));
  partition_.AwaitCalls(1);
  std::thread drain([this] { server_->Drain(clock_.In(std::chrono::seconds(30))); });
  partition_.Release();
  EXPECT_EQ(Receive(1), std::set<std::string>{"hold"});
  proto::PartitionReplies told;  // It may come after the reply.
  while (stream_->Read(&told)) EXPECT_EQ(told.replies_size(), 0);
  EXPECT_EQ(stream_->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  drain.join();
}

TEST_F(PartitionServerTest, TakesAStreamBeforeAnythingIsAsked) {
  Start();
  EXPECT_TRUE(QuietStream(*stub_).Taken());
}

TEST_F(PartitionServerTest, DoesNotTakeAStreamWhileDraining) {
  Start();
  ASSERT_TRUE(Send({"hold"}));
  partition_.AwaitCalls(1);
  std::thread drain([this] { server_->Drain(clock_.In(std::chrono::seconds(30))); });
  while (QuietStream(*stub_).Taken()) std::this_thread::yield();  // Until the drain begins.
  EXPECT_FALSE(QuietStream(*stub_).Taken());
  stream_->WritesDone();
  partition_.Release();
  EXPECT_EQ(Receive(1), std::set<std::string>{"hold"});
  drain.join();
}

TEST_F(PartitionServerTest, OutlivesAFrontEndThatGoesAway) {
  Start();
  ASSERT_TRUE(Send({"hold"}));
  partition_.AwaitCalls(1);
  context_.TryCancel();
  partition_.Release();
  grpc::ClientContext context;
  stream_ = stub_->Exchange(&context);
  ASSERT_TRUE(Send({"now"}));
  EXPECT_EQ(Receive(1), std::set<std::string>{"now"});
  stream_->WritesDone();
  EXPECT_TRUE(stream_->Finish().ok());
  stream_.reset();  // Before its context.
}

TEST_F(PartitionServerTest, AnswersOneRequestThatNeedsNoStream) {
  Start();
  EXPECT_EQ(Ask("now"), "now");
}

TEST_F(PartitionServerTest, AnAskWaitsForItsReplyAndForNobodyElses) {
  Start();
  std::future<std::string> held = std::async(std::launch::async, [this] { return Ask("hold"); });
  partition_.AwaitCalls(1);
  EXPECT_EQ(Ask("now"), "now");
  partition_.Release();
  EXPECT_EQ(held.get(), "hold");
}

TEST_F(PartitionServerTest, AnAskWithoutTimeIsLate) {
  Start();
  const MonotonicTime before = clock_.Now();
  Ask("now", 0);
  EXPECT_GE(partition_.last_deadline(), before);
  EXPECT_LE(partition_.last_deadline(), clock_.Now());
}

TEST_F(PartitionServerTest, SaysWhichTlsFileItCannotRead) {
  PartitionServerOptions options;
  options.tls = {"/nonexistent/cert.pem", "/nonexistent/key.pem", "/nonexistent/ca.pem"};
  const auto refused = PartitionServer::Start(options, partition_, clock_, registry_);
  EXPECT_EQ(refused.status().code(), Code::kInvalidArgument);
  EXPECT_NE(refused.status().message().find("--tls-cert"), std::string::npos);
}

TEST_F(PartitionServerTest, SaysWhenThePortIsTaken) {
  Start();
  PartitionServerOptions options;
  options.listen = "127.0.0.1:" + std::to_string(server_->port());
  const auto refused = PartitionServer::Start(options, partition_, clock_, registry_);
  EXPECT_EQ(refused.status().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace mesh::backend
