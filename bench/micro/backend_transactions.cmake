mesh_benchmark(backend_transactions_benchmark
  SOURCES backend_transactions_benchmark.cc
  DEPENDS backend_transactions
  LINK proto_partition)
