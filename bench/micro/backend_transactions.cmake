mesh_benchmark(backend_transactions_benchmark
  SOURCES backend_transactions_benchmark.cc
  DEPENDS backend_partition backend_transactions
  LINK proto_partition)
