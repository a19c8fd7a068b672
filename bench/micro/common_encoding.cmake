mesh_benchmark(json_benchmark SOURCES json_benchmark.cc DEPENDS common_dare LINK mesh_simdjson)
# simdjson's On-Demand reader chooses its instructions when it is compiled; give it its best.
if(TARGET json_benchmark AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  target_compile_options(json_benchmark PRIVATE -march=haswell)
endif()
