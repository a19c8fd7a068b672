// Noise_IK_448_AESGCM_SHA512 (Noise Protocol Framework, revision 34): one message each
// way, after which each side knows that the other holds its static key.
//
//   <- s
//   -> e, es, s, ss
//   <- e, ee, se
//
// Static keys may be composite: the agreement then uses the unclamped scalar
// (crypto::Agree). Public keys here are the 56 octets of u. For one thread; secrets are
// wiped when it is destroyed. What it costs are X448 operations: an ephemeral key and
// four agreements on each side, about 0.17 ms each.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/crypto/digest.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"

namespace mesh::binding {

inline constexpr size_t kNoiseMessageBytesMax = 65535;
inline constexpr size_t kNoiseKeyBytes = 56;
// Octets that message 1, and message 2, has besides its payload.
inline constexpr size_t kNoiseFirstOverhead = 56 + 56 + 16 + 16;
inline constexpr size_t kNoiseSecondOverhead = 56 + 16;

// The framework's SymmetricState with its CipherState.
class NoiseState {
 public:
  explicit NoiseState(std::string_view prologue);
  ~NoiseState();
  NoiseState(const NoiseState&) = delete;
  NoiseState& operator=(const NoiseState&) = delete;

  void MixHash(std::string_view octets);
  void MixKey(std::string_view key_material);
  // MixKey of what `key` agrees with `peer`. kInvalidArgument as crypto::Agree.
  Status MixAgreement(const crypto::PrivateKey& key, std::string_view peer);
  // Requires that MixKey was called.
  std::string EncryptAndHash(std::string_view plaintext);
  // kUnauthenticated when it does not open.
  Result<std::string> DecryptAndHash(std::string_view ciphertext);

  const crypto::Digest512& hash() const { return hash_; }
  const crypto::Digest512& chaining_key() const { return chaining_key_; }

 private:
  std::string Nonce();

  crypto::Digest512 chaining_key_;
  crypto::Digest512 hash_;
  std::string key_;
  uint64_t count_ = 0;
};

class NoiseInitiator {
 public:
  // `static_key` (X448) outlives this. `responder` is the other's static key.
  NoiseInitiator(std::string_view prologue, const crypto::PrivateKey& static_key,
                 std::string_view responder);

  // Message 1. kInvalidArgument when the responder's key is not canonical or agrees to
  // zero; kResourceExhausted when the message would be too long. Call once.
  Result<std::string> WriteFirst(std::string_view payload, crypto::RandomSource& random);
  // The payload of message 2. kUnauthenticated when it is not from the responder or not to
  // this message 1. After WriteFirst.
  Result<std::string> ReadSecond(std::string_view message);

  const NoiseState& state() const { return state_; }

 private:
  NoiseState state_;
  const crypto::PrivateKey& static_key_;
  const std::string responder_;
  std::optional<crypto::PrivateKey> ephemeral_;
};

class NoiseResponder {
 public:
  NoiseResponder(std::string_view prologue, const crypto::PrivateKey& static_key);

  // What costs nothing to see of message 1: kUnauthenticated when it is too short,
  // kResourceExhausted when it is too long, kInvalidArgument when its ephemeral key is not
  // canonical.
  static Status CheckFirst(std::string_view message);
  // Opens message 1, which passes CheckFirst, as far as the initiator's static key: one
  // agreement. kUnauthenticated when it is not to this key and prologue, kInvalidArgument when
  // the ephemeral key agrees to zero. Call once.
  Status ReadKey(std::string_view message);
  // The initiator's static key, kNoiseKeyBytes. After ReadKey.
  const std::string& initiator() const { return initiator_; }
  // The payload of the same message: another agreement. kUnauthenticated when the initiator does
  // not hold its key, kInvalidArgument when that key is not canonical or agrees to zero. After
  // ReadKey, once.
  Result<std::string> ReadPayload(std::string_view message);
  // All of that at once.
  Result<std::string> ReadFirst(std::string_view message);
  // Message 2. kResourceExhausted when it would be too long. After ReadFirst.
  Result<std::string> WriteSecond(std::string_view payload, crypto::RandomSource& random);

  const NoiseState& state() const { return state_; }

 private:
  NoiseState state_;
  const crypto::PrivateKey& static_key_;
  std::string initiator_;
  std::string ephemeral_;  // The initiator's.
};

}  // namespace mesh::binding
