// RequestHandler is where HTTP ends and the service begins: one whole request in,
// one reply out, some time later.
//
// There is one handler per event loop. Everything here happens on that loop's
// thread, so a handler needs no locks for its own state.

#pragma once

#include <functional>

#include "common/base/clock.h"
#include "frontend/http/message.h"

namespace mesh::http {

// Takes the reply to one request. Must be called exactly once, on the thread of the
// loop that called Handle (net::EventLoop::Post gets there from anywhere), by the
// request's deadline at the latest. It may be called before Handle returns. After
// it has been called the request's views are gone.
using ReplyCallback = std::function<void(Response)>;

class RequestHandler {
 public:
  virtual ~RequestHandler() = default;

  // Serves `request`. Must not block. `request` and what its views point to live
  // until `done` has been called, even if the client has gone by then: the
  // connection waits for `done` before it goes away.
  virtual void Handle(const Request& request, Deadline deadline, ReplyCallback done) = 0;

  // Renders the reply to a request that HTTP itself refuses. The connection closes
  // after it, whatever Response::close says. Must not block.
  virtual Response Refuse(const Refusal& refusal) = 0;

  // Takes note that a connection of `client`, a numeric address, could not be used: "handshake",
  // or the HTTP status that HTTP itself refuses a request with. Must not block.
  virtual void Misused(std::string_view /*how*/, std::string_view /*client*/) {}

  // No request comes any more, and none is open: whatever is still to be told to others is told
  // now. `done` is called once, on this thread, when that is over, well or not, within seconds;
  // it may be called before this returns.
  virtual void LastCall(std::function<void()> done) { done(); }
};

}  // namespace mesh::http
