// AssertionCache remembers which signed assertions held. A device presents the same few
// with every exchange and every entry, and verifying one costs a hundred times what
// finding it again does.
//
// It answers exactly as the functions of profile.h do: what it remembers is found by a
// digest of everything that the verification looked at, signatures included. Only what
// held is remembered, the most recently used of each kind up to a bound.
//
// For one thread: each event loop owns one, for what it decodes and for exchanges alike.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "common/base/status.h"
#include "common/crypto/digest.h"
#include "common/dare/envelope.h"
#include "common/mesh/profile.h"

namespace mesh {

// A ConnectionAccount, and the ProfileAccount that vouches for it.
struct VerifiedConnection {
  Connection connection;
  Profile account;
  std::string connection_digest;       // SHA-2-512 of its payload.
  std::string profile_account_digest;  // SHA-2-512 of the ProfileAccount's payload.
};

class AssertionCache {
 public:
  // Octets of what was signed, of each kind, or of its text; what is remembered takes about
  // twice as much. Enough for a thousand devices, and no more than an event loop can spare.
  static constexpr size_t kBytesMax = 4u << 20;

  explicit AssertionCache(size_t bytes_max = kBytesMax)
      : profiles_(bytes_max),
        connections_(bytes_max),
        texts_(bytes_max),
        signatures_(bytes_max),
        signers_(bytes_max) {}
  AssertionCache(const AssertionCache&) = delete;
  AssertionCache& operator=(const AssertionCache&) = delete;

  // VerifySelfSigned: kInvalidArgument, kPermissionDenied.
  Result<std::shared_ptr<const Profile>> SelfSigned(const dare::Envelope& envelope,
                                                    ProfileKind kind);

  // VerifyConnectionAccount by the payload of `profile_account`: kInvalidArgument,
  // kPermissionDenied. Who signed the ProfileAccount is not looked at: it is the
  // account's when its digest is the one with which the account was created, which the
  // account's owner knows.
  Result<std::shared_ptr<const VerifiedConnection>> ConnectionAccount(
      const dare::Envelope& connection, const dare::Envelope& profile_account);

  // The same of the texts of two envelopes, which are parsed only when it is not known what they
  // hold: octets that are exactly those that held once hold again.
  Result<std::shared_ptr<const VerifiedConnection>> ConnectionAccount(
      std::string_view connection, std::string_view profile_account);

  // crypto::Verify of `digest`: kInvalidArgument. A message comes again with each retry and each
  // round, and costs its verification once.
  Status Signature(const crypto::PublicKey& key, const crypto::Digest512& digest,
                   std::string_view signature);

  // Signatures verified so far, whether they held or not: what was not known already. A
  // verification costs 0.2 ms.
  uint64_t verified() const { return verified_; }

  // Who signed the payload with that digest by the trailer with exactly these octets, so that a
  // message that comes again need not be parsed to see it; null: it is not known. KeepSigner
  // remembers what was verified of nothing but the two.
  std::shared_ptr<const VerifiedConnection> Signer(std::string_view trailer,
                                                   const crypto::Digest512& payload_digest);
  void KeepSigner(std::string_view trailer, const crypto::Digest512& payload_digest,
                  std::shared_ptr<const VerifiedConnection> signer);

 private:
  // The most recently used values, by digest.
  template <typename T>
  class Recent {
   public:
    explicit Recent(size_t bytes_max) : bytes_max_(bytes_max) {}

    std::shared_ptr<const T> Find(const crypto::Digest512& key) {
      const auto place = places_.find(key);
      if (place == places_.end()) return nullptr;
      values_.splice(values_.begin(), values_, place->second);
      return values_.front().value;
    }
    // What was there under `key` is forgotten. `bytes` were signed.
    std::shared_ptr<const T> Keep(const crypto::Digest512& key, size_t bytes, T value) {
      auto kept = std::make_shared<const T>(std::move(value));
      Forget(key);
      values_.push_front({key, bytes, kept});
      places_[key] = values_.begin();
      for (bytes_ += bytes; bytes_ > bytes_max_; values_.pop_back()) {
        bytes_ -= values_.back().bytes;
        places_.erase(values_.back().key);
      }
      return kept;
    }

   private:
    struct Hash {
      size_t operator()(const crypto::Digest512& digest) const {
        size_t hash;
        std::memcpy(&hash, digest.data(), sizeof hash);
        return hash;
      }
    };
    struct Value {
      crypto::Digest512 key;
      size_t bytes;
      std::shared_ptr<const T> value;
    };

    void Forget(const crypto::Digest512& key) {
      const auto place = places_.find(key);
      if (place == places_.end()) return;
      bytes_ -= place->second->bytes;
      values_.erase(place->second);
      places_.erase(place);
    }

    const size_t bytes_max_;
    size_t bytes_ = 0;
    std::list<Value> values_;  // The most recently used first.
    std::unordered_map<crypto::Digest512, typename std::list<Value>::iterator, Hash> places_;
  };

  // What two texts hold.
  struct KnownTexts {
    std::string connection;
    std::string profile_account;
    std::shared_ptr<const VerifiedConnection> verified;
  };

  // Who signed a payload, by the octets that say so.
  struct KnownTrailer {
    std::string trailer;
    std::shared_ptr<const VerifiedConnection> signer;
  };

  uint64_t verified_ = 0;
  Recent<Profile> profiles_;
  Recent<VerifiedConnection> connections_;
  Recent<KnownTexts> texts_;  // By the end of the connection's: the last that held.
  Recent<std::monostate> signatures_;
  Recent<KnownTrailer> signers_;  // By the payload's digest: the last that held.
};

}  // namespace mesh
