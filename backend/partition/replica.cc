#include "backend/partition/replica.h"

#include <algorithm>
#include <utility>

#include "backend/model/incident_spool.h"
#include "backend/model/outbox.h"
#include "backend/storage/format.h"
#include "proto/partition.pb.h"

namespace mesh::backend {

Replica::Replica(PartitionId id, std::unique_ptr<Store> store, const Environment& environment,
                 size_t readers)
    : id_(id), store_(std::move(store)), environment_(environment) {
  for (size_t i = 0; i < readers; ++i) {
    reads_.push_back(std::make_unique<LoadMeter>(environment.clock.Now()));
  }
}

Result<std::unique_ptr<Replica>> Replica::Start(PartitionId id, std::unique_ptr<Store> store,
                                                const Environment& environment,
                                                const WriterLimits& limits, size_t readers) {
  MESH_RETURN_IF_ERROR(PrepareStore(*store, id));
  std::unique_ptr<Replica> replica(new Replica(id, std::move(store), environment, readers));
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

PartitionLoad Replica::Load(const PartitionMap& map) const {
  const MonotonicTime now = environment_.clock.Now();
  std::vector<LoadReading> readings = {writer_->load().Read(now)};
  for (const auto& meter : reads_) readings.push_back(meter->Read(now));
  return ReportLoad(id_, map, readings);
}

void Replica::Read(Job& job, size_t reader) const {
  const MonotonicTime now = environment_.clock.Now();
  if (job.deadline <= now) {
    RefuseJob(environment_, job,
              Status(Code::kDeadlineExceeded, "the deadline passed before the read began"));
    return;
  }
  const uint64_t changes = guard_.changes();
  const std::unique_ptr<Reader> snapshot = store_->NewSnapshot();
  TransactionContext context{*snapshot,
                             nullptr,
                             environment_.clock.WallNow(),
                             environment_.slot_key,
                             environment_.policy,
                             environment_.random};
  auto reply = std::make_unique<proto::PartitionReply>();
  // After the snapshot: what is not moving now was whole then, unless it has come meanwhile.
  if (!RefuseMoved(environment_, guard_, id_, *job.request, reply.get())) {
    if (guard_.changes() != changes && !job.request->account().empty()) {
      SetHeldOff(proto::OBSTACLE_MOVING, reply.get());
    } else {
      (void)environment_.execute(*job.request, context, reply.get());  // Nothing to keep.
    }
  }
  CountLoad(job, *reply, now, *reads_[reader]);
  AnswerJob(environment_, job, std::move(reply));
}

}  // namespace mesh::backend
