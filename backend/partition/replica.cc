#include "backend/partition/replica.h"

#include <algorithm>
#include <utility>

#include "backend/model/incident_spool.h"
#include "backend/model/outbox.h"
#include "backend/storage/format.h"
#include "proto/partition.pb.h"

namespace mesh::backend {

Result<std::unique_ptr<Replica>> Replica::Start(PartitionId id, std::unique_ptr<Store> store,
                                                const Environment& environment,
                                                const WriterLimits& limits) {
  MESH_RETURN_IF_ERROR(PrepareStore(*store, id));
  std::unique_ptr<Replica> replica(new Replica(id, std::move(store), environment));
  MESH_RETURN_IF_ERROR(replica->guard_.Load(*replica->store_->NewSnapshot()));
  MESH_ASSIGN(replica->writer_,
              PartitionWriter::Start(*replica->store_, environment, limits, replica->guard_, id));
  return replica;
}

void Replica::TakeFigures() {
  const std::unique_ptr<Reader> snapshot = store_->NewSnapshot();
  CountMessages(*snapshot);
  CountIncidents(*snapshot);
}

void Replica::CountIncidents(const Reader& snapshot) {
  const Result<IncidentSpool> spool = IncidentSpool::Open(snapshot);
  if (!spool.ok()) return;  // Whoever lists them will say so.
  incidents_.store(spool->incidents(), std::memory_order_relaxed);
  incidents_dropped_.store(spool->dropped(), std::memory_order_relaxed);
}

void Replica::CountMessages(const Reader& snapshot) {
  const Result<OutboxFigures> figures = CountOutbox(snapshot);
  if (!figures.ok()) return;  // Whoever leases them will say so.
  const WallMillis now = environment_.clock.WallNow();
  const WallMillis age = figures->oldest ? std::max<WallMillis>(now - *figures->oldest, 0) : 0;
  outbox_entries_.store(figures->entries, std::memory_order_relaxed);
  outbox_seconds_.store(static_cast<double>(age) / 1000, std::memory_order_relaxed);
}

void Replica::Read(Job& job) const {
  if (job.deadline <= environment_.clock.Now()) {
    RefuseJob(environment_, job,
              Status(Code::kDeadlineExceeded, "the deadline passed before the read began"));
    return;
  }
  const std::unique_ptr<Reader> snapshot = store_->NewSnapshot();
  TransactionContext context{*snapshot,
                             nullptr,
                             environment_.clock.WallNow(),
                             environment_.slot_key,
                             environment_.policy,
                             environment_.random};
  auto reply = std::make_unique<proto::PartitionReply>();
  // After the snapshot: what is not moving now was whole then.
  if (!RefuseMoved(environment_, guard_, id_, *job.request, reply.get())) {
    (void)environment_.execute(*job.request, context, reply.get());  // Nothing to keep.
  }
  AnswerJob(environment_, job, std::move(reply));
}

}  // namespace mesh::backend
