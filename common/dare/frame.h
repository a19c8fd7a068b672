// Frames of a container file (JBCD; draft dare-08 §5.1): octets
// that can be walked in both directions, because each frame ends with its own
// opening tag reversed.
//
//   frame  = tag records reverse(tag)
//   tag    = F4 | c, then the length of the records in 1, 2, 4 or 8 octets (c = 0..3)
//   record = F0 | c, length, data;  in order: header, payload, and perhaps trailer
//
// Lengths are big-endian and take the fewest octets. PERSISTENT: files of other
// programs have this form.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mesh::dare {

// The records of one frame, as views into the text it was read from.
struct FrameView {
  std::string_view header;
  std::string_view payload;
  std::string_view trailer;
  bool has_trailer = false;  // Writers leave out the record or write an empty one.
  size_t frame_bytes = 0;    // Length of the whole frame, with both tags.
};

// Appends a frame with three records; `trailer` may be empty.
void AppendFrame(std::string_view header, std::string_view payload, std::string_view trailer,
                 std::string& out);
// Appends a frame without a trailer record.
void AppendFrame(std::string_view header, std::string_view payload, std::string& out);
// Octets of a frame with three records.
uint64_t FrameBytes(size_t header, size_t payload, size_t trailer);

enum class FrameVerdict {
  kWhole,    // *frame is filled.
  kPartial,  // A good beginning; more octets are needed.
  kRefused,  // Not a frame, whatever follows.
};

// Reads the frame at the front of `octets`. Never reads past it, never allocates.
FrameVerdict ReadFrame(std::string_view octets, FrameView* frame);

// Reads the frame that ends where `octets` ends, for walking back. kPartial means
// that it begins before `octets` does.
FrameVerdict ReadFrameBefore(std::string_view octets, FrameView* frame);

}  // namespace mesh::dare
