#include "backend/moves/writer_change.h"

namespace mesh::backend {

Status RunOnWriter(Replica& replica, const std::function<Status(WriteView&)>& change,
                   const std::function<void(const Status&)>& committed) {
  Status changed;
  const Status status = replica.writer().Run(
      [&](WriteView& view) {
        changed = change(view);
        return changed.ok();
      },
      [&](const Status& done) {
        if (committed) committed(changed.ok() ? done : changed);
      });
  return changed.ok() ? status : changed;
}

}  // namespace mesh::backend
