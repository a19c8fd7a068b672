// The requests that the storage benchmarks send, as an edge would have made them.

#pragma once

#include <cstdint>
#include <string>

namespace mesh::proto {
class PartitionRequest;
}

namespace mesh::bench {

// The header of an entry measures about as much as a real one's.
inline constexpr size_t kHeaderBytes = 160;

// Whom a request is from and where it goes: partition 1 of epoch 1.
void Address(const std::string& account, proto::PartitionRequest& request);

void MakeCreate(const std::string& account, proto::PartitionRequest& request);

// `entries` messages of `payload` to the inbound spool, whose EnvelopeIDs contain
// `serial` and what follows it.
void MakeUpload(const std::string& account, const std::string& payload, uint64_t serial,
                size_t entries, proto::PartitionRequest& request);

void MakeStatus(const std::string& account, proto::PartitionRequest& request);

// The entry at `index` of the inbound spool.
void MakeDownload(const std::string& account, uint64_t index, proto::PartitionRequest& request);

// Octets that do not compress, the same in every run.
std::string Payload(size_t bytes);

}  // namespace mesh::bench
