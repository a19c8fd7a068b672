// Any octets are refused, or a frame that is written back as it was and found from
// its end; any container that is read can be verified.

#include "common/dare/frame.h"

#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "common/dare/container_file.h"

using mesh::dare::FrameVerdict;
using mesh::dare::FrameView;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  FrameView frame;
  FrameView back;
  (void)mesh::dare::ReadFrameBefore(octets, &back);
  if (mesh::dare::ReadFrame(octets, &frame) == FrameVerdict::kWhole) {
    std::string written;
    if (frame.has_trailer) {
      mesh::dare::AppendFrame(frame.header, frame.payload, frame.trailer, written);
    } else {
      mesh::dare::AppendFrame(frame.header, frame.payload, written);
    }
    MESH_CHECK(written == octets.substr(0, frame.frame_bytes));
    MESH_CHECK(mesh::dare::ReadFrameBefore(written, &back) == FrameVerdict::kWhole);
    MESH_CHECK(back.frame_bytes == frame.frame_bytes);
  }
  const auto frames = mesh::dare::ReadContainer(octets);
  if (frames.ok()) (void)mesh::dare::VerifyContainer(*frames, true);
  return 0;
}
