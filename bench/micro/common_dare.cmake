mesh_benchmark(dare_benchmark SOURCES dare_benchmark.cc DEPENDS common_dare)
