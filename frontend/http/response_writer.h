// Writes replies in HTTP/1.1 form.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "frontend/http/message.h"

namespace mesh::http {

// The Date field's value, made anew only when the second changes. One thread.
class DateCache {
 public:
  // The value for `now`, in 29 octets. Valid until the next call.
  std::string_view At(WallMillis now);

 private:
  WallMillis second_ = -1;
  size_t size_ = 0;
  char text_[32] = {};
};

// The phrase that goes with `status`; "Unknown" for one that we never send.
std::string_view ReasonPhrase(int status);

// Appends status line and fields of `response` to `out`, up to and with the blank
// line; the body is the caller's to send. `close` adds "Connection: close".
void AppendHead(const Response& response, bool close, std::string_view date, std::string& out);

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace mesh::http
