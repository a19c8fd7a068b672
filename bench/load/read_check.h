// ReadCheck says whether a reply shows everything that was acknowledged before its request
// left: a back end that answers from an older state than the one it acknowledged, or that is
// no longer the account's owner, is found so while the load runs.
//
// It keeps the last few acknowledged entries of each account. One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/client/messages.h"

namespace mesh::load {

class ReadCheck {
 public:
  // Of `accounts` accounts, numbered from 0, the container of that name.
  ReadCheck(size_t accounts, std::string container);

  // An entry is there, at `index`; `digest` is its payload's SHA-2-512 in base64url.
  void Acknowledged(size_t account, int64_t index, const std::string& digest);
  // How many frames the container has at least; 0 when nothing is known.
  int64_t Frames(size_t account) const { return frames_[account]; }

  // What is wrong with a reply to a request that left when Frames() was `known`; empty when
  // nothing is. A Download's were the frames from `first` on, the last known among them.
  std::string OfStatus(int64_t known, const client::StatusReply& reply) const;
  std::string OfDownload(size_t account, int64_t known, int64_t first,
                         const client::DownloadReply& reply) const;

 private:
  // More than a Download asks for, and than are on their way at a time.
  static constexpr size_t kKept = 64;
  struct Known {
    int64_t index = -1;
    std::string digest;
  };

  std::string OfFrame(size_t account, int64_t index, const dare::Envelope& envelope) const;

  const std::string container_;
  std::vector<int64_t> frames_;
  std::vector<std::vector<Known>> kept_;  // By account, then by index modulo kKept.
};

}  // namespace mesh::load
