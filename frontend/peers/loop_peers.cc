#include "frontend/peers/loop_peers.h"

#include <chrono>
#include <utility>

namespace mesh::frontend {
namespace {

// What is left of a deadline for the way back and the reply.
constexpr std::chrono::milliseconds kReplyTime{250};

const char* Reason(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return "not a domain that can have a service";
    case Code::kNotFound:
      return "it has no service in DNS";
    case Code::kUnauthenticated:
      return "its service has no trusted certificate for the name mmm. and the domain";
    case Code::kPermissionDenied:
      return "its service does not prove who it is, or is another than it was";
    case Code::kFailedPrecondition:
      return "its records in DNS cannot be used";
    case Code::kDataLoss:
      return "its service answers something else than Hello";
    case Code::kResourceExhausted:
      return "too many domains are asked at a time; try again later";
    default:
      return "its service cannot be reached; try again later";
  }
}

class LoopPeers final : public PeerDirectory {
 public:
  LoopPeers(Peers& peers, net::EventLoop& loop) : peers_(peers), loop_(loop) {}

  void Resolve(const std::string& domain, Deadline deadline, Then then) override {
    peers_.Find(domain, deadline - kReplyTime,
                [&loop = loop_, then = std::move(then)](const PeerResult& found) {
                  loop.Post([then, udf = Udf(found)] { then(udf); });
                });
  }

 private:
  static Result<std::string> Udf(const PeerResult& found) {
    if (found.ok()) return (*found)->udf();
    return Status(found.status().code(), Reason(found.status().code()));
  }

  Peers& peers_;
  net::EventLoop& loop_;
};

}  // namespace

std::unique_ptr<PeerDirectory> MakeLoopPeers(Peers& peers, net::EventLoop& loop) {
  return std::make_unique<LoopPeers>(peers, loop);
}

}  // namespace mesh::frontend
