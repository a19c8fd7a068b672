// Every bound of the service that more than one folder must know: name, unit,
// reason. A folder's private bounds stand in the folder. The ones marked
// "default" are flags of the programs and published in Hello.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mesh {

// --- Requests -------------------------------------------------------------

// Octets of one entry or message payload (draft -06 §7: messages are kept to
// 64 KB so that a hundred of them arrive at once on a fast line). Default.
inline constexpr size_t kMessageBytesMax = 64 * 1024;
// Octets of an HTTP request body: a bulk upload of about 40 full messages in
// base64. Default. Without it one client could hold any amount of memory.
inline constexpr size_t kRequestBytesMax = 4 * 1024 * 1024;
// Octets of the JSON header or trailer of one entry. Certificates and
// recipients fit; nobody can hide a payload in it.
inline constexpr size_t kEnvelopeHeaderBytesMax = 16 * 1024;
// Octets that sealing adds to a payload (frontend/service/capability_seal.h): a header with one
// recipient, and padding.
inline constexpr size_t kPayloadSealBytesMax = 1024;
// Nesting of a JSON text. Real requests need nine; each level costs a stack frame.
inline constexpr int kJsonDepthMax = 32;
// Container updates in one Upload, and selections in one Download.
inline constexpr size_t kUpdatesPerRequestMax = 64;
// Operations in one Operate: each costs the edge an agreement and two multiplications, half
// a millisecond and more.
inline constexpr size_t kOperationsPerRequestMax = 16;
// Entries in one Upload over all its updates. Bounds one write batch.
inline constexpr size_t kEntriesPerRequestMax = 1024;

// Accounts in one Post, and messages in its Message and in its Self: people write to a few. A
// message may cost two verifications, and these are 13 ms of an event loop.
inline constexpr size_t kPostAccountsMax = 64;
inline constexpr size_t kPostMessagesMax = 32;
// Messages times accounts, and octets of payloads times accounts: a Post makes no larger commit
// than an Upload.
inline constexpr size_t kPostDeliveriesMax = 256;
inline constexpr size_t kPostBytesMax = kRequestBytesMax;

// --- Replies ----------------------------------------------------------------

// Entries and payload octets in one Download page; the rest follows by PageKey.
inline constexpr size_t kPageEntriesMax = 512;
inline constexpr size_t kPageBytesMax = 2 * 1024 * 1024;

// Octets of a RequestID, which a request and its repeats share.
inline constexpr size_t kRequestIdBytes = 16;

// --- Names ------------------------------------------------------------------

// Octets of a whole account address: RFC 5321's limits on a mailbox.
inline constexpr size_t kAccountAddressBytesMax = 254;
inline constexpr size_t kAccountLocalBytesMax = 64;
// Octets of a container name; the longest of the reference is 15.
inline constexpr size_t kContainerNameBytesMax = 64;
// Octets of an EnvelopeID or a catalog entry's UniqueID. EnvelopeIDs have 69;
// unique ids of credentials hold a host name and a user name.
inline constexpr size_t kIdentifierBytesMax = 1024;

// --- Accounts (default quotas) ------------------------------------------------

inline constexpr uint64_t kAccountBytesMax = 1024ull * 1024 * 1024;
inline constexpr uint64_t kAccountEntriesMax = 4'000'000;
inline constexpr uint32_t kAccountContainersMax = 64;

// --- Time -------------------------------------------------------------------

// How far the time in a sealed request may be from the service's clock, milliseconds.
// Owners keep replies for as long as a repeat would be accepted, so this bounds what
// they keep; and clients' clocks may be so wrong.
inline constexpr int64_t kTimeWindow = 120'000;

// From the last octet of a request to its reply. Longer than any healthy commit
// (milliseconds), shorter than a client's patience.
inline constexpr std::chrono::milliseconds kRequestTime{5000};
// A two-round upload whose payloads have not come by then is forgotten.
inline constexpr std::chrono::minutes kPendingUploadTime{10};

static_assert(kMessageBytesMax * 4 / 3 + kEnvelopeHeaderBytesMax < kRequestBytesMax,
              "one full message must fit into one request");
static_assert(kMessageBytesMax <= kPageBytesMax, "one full message must fit into one page");

}  // namespace mesh
