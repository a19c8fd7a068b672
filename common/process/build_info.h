// Which build of the program this is, for logs, metrics and --version.

#pragma once

#include <string>
#include <string_view>

#include "common/base/metrics.h"

namespace mesh {

// The release, as `project(VERSION)` and the build say.
std::string_view BuildVersion();
std::string_view BuildCompiler();

// mesh_build_info{program,version,compiler} 1, and when the process started.
void ExportBuildInfo(std::string_view program, Registry& registry);

}  // namespace mesh
