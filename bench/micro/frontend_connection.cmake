mesh_program(net_hello SOURCES net_hello.cc DEPENDS frontend_connection)
