mesh_benchmark(codec_benchmark SOURCES codec_benchmark.cc DEPENDS common_mesh LINK proto_partition)
mesh_benchmark(map_benchmark SOURCES map_benchmark.cc DEPENDS common_mesh)
