// Cork makes many hand-overs into one wake-up.
//
// Requests come in a message and replies leave after a commit: in runs, on one
// thread. Waking the other side at the first of them would split the run into a
// commit, or a message, of one and another of the rest. While a Cork lives on a
// thread, what is handed over is only queued; when it ends, each receiver is told
// once.

#pragma once

#include <vector>

namespace mesh::backend {

// Something that others hand things to.
class CorkTarget {
 public:
  // Tells the receiver that something waits. Called on the thread that handed over.
  virtual void Uncork() = 0;

 protected:
  ~CorkTarget() = default;
};

class Cork {
 public:
  Cork();
  ~Cork();
  Cork(const Cork&) = delete;
  Cork& operator=(const Cork&) = delete;

  // Calls target.Uncork() once when the outermost Cork of this thread ends, or now
  // if there is none. The target must live until then. False when this thread's Cork
  // has been asked before, so that no call of its own stands for this one.
  static bool Defer(CorkTarget& target);
};

}  // namespace mesh::backend
