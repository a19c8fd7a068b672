#include "frontend/forwarder/transfer_window.h"

#include <algorithm>

namespace mesh::frontend {
namespace {

// Of the limit, when it is reduced; one at least.
constexpr size_t kReducedByPart = 4;

}  // namespace

void TransferWindow::Finished(Duration took) {
  ++finished_;
  if (took < kQuickTransfer) ++quick_;
  if (took >= kSlowTransfer) ++slow_;
  if (finished_ >= std::max(kWindowSample, limit_)) Judge();
}

void TransferWindow::Judge() {
  if (slow_ * 100 >= finished_ * kSlowPercent) {
    limit_ -= std::min(limit_ - 1, std::max<size_t>(1, limit_ / kReducedByPart));
  } else if (quick_ * 100 >= finished_ * kQuickPercent) {
    limit_ = std::min(limit_ + 1, kWindowMax);
  }
  finished_ = quick_ = slow_ = 0;
}

}  // namespace mesh::frontend
