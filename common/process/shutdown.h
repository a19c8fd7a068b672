// Shutdown turns SIGTERM and SIGINT into an orderly end: the program waits for it,
// drains, and exits. A second signal ends the process at once.

#pragma once

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace mesh {

// One per process, made before any other thread, so that all threads inherit the
// signal mask. SIGPIPE is ignored from then on.
class Shutdown {
 public:
  Shutdown();
  // Lets the signals act as they did.
  ~Shutdown();
  Shutdown(const Shutdown&) = delete;
  Shutdown& operator=(const Shutdown&) = delete;

  // Blocks until a signal comes or Request is called. Returns the signal; 0 for
  // Request. From then on another signal ends the process.
  int Wait();

  // Whether Wait would return at once. Thread-safe.
  bool Requested() const;

  // Ends Wait. Thread-safe.
  void Request();

 private:
  UniqueFd signals_;    // A signalfd.
  UniqueFd requested_;  // An eventfd.
};

}  // namespace mesh
