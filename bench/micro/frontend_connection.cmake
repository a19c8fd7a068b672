mesh_program(net_hello SOURCES net_hello.cc DEPENDS frontend_connection)
mesh_benchmark(http_benchmark SOURCES http_benchmark.cc DEPENDS frontend_http)
