#include "common/base/clock.h"
#include "common/process/build_info.h"

namespace mesh {

void ExportBuildInfo(std::string_view program, Registry& registry) {
  registry
      .GetGauge("mesh_build_info", "Which build this is; always 1.",
                {{"program", std::string(program)},
                 {"version", std::string(BuildVersion())},
                 {"compiler", std::string(BuildCompiler())}})
      .Set(1);
  registry
      .GetGauge("mesh_process_start_time_seconds", "When the process started, since 1970.",
                {{"program", std::string(program)}})
      .Set(SystemClock().WallNow() / 1000);
}

}  // namespace mesh
