# Every third-party package, all from Debian 12. packages.txt names the .debs.

find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CURL REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PROTOBUF REQUIRED IMPORTED_TARGET protobuf)
pkg_check_modules(GRPC REQUIRED IMPORTED_TARGET grpc++)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(URING REQUIRED IMPORTED_TARGET liburing)
find_program(PROTOC protoc REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
add_library(mesh_rocksdb INTERFACE)
target_link_libraries(mesh_rocksdb INTERFACE ${ROCKSDB_LIBRARY} Threads::Threads)

find_library(DECAF_LIBRARY decaf REQUIRED)
find_path(DECAF_INCLUDE decaf.h PATH_SUFFIXES decaf REQUIRED)
add_library(mesh_decaf INTERFACE)
target_include_directories(mesh_decaf SYSTEM INTERFACE ${DECAF_INCLUDE})
target_link_libraries(mesh_decaf INTERFACE ${DECAF_LIBRARY})

find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
add_library(mesh_rapidcheck INTERFACE)
target_link_libraries(mesh_rapidcheck INTERFACE ${RAPIDCHECK_LIBRARY})

find_library(SIMDJSON_LIBRARY simdjson REQUIRED)
add_library(mesh_simdjson INTERFACE)
target_link_libraries(mesh_simdjson INTERFACE ${SIMDJSON_LIBRARY})
