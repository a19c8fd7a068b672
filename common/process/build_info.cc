// Apart from the metric, so that a program without metrics loads no library for them.

#include "common/process/build_info.h"

namespace mesh {

std::string_view BuildVersion() { return MESH_VERSION; }

std::string_view BuildCompiler() { return __VERSION__; }

}  // namespace mesh
