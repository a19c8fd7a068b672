mesh_fuzz(request_fuzz SOURCES request_fuzz.cc DEPENDS common_mesh LINK proto_partition)
mesh_fuzz(partition_map_fuzz SOURCES partition_map_fuzz.cc DEPENDS common_mesh)
mesh_fuzz(message_fuzz SOURCES message_fuzz.cc DEPENDS common_mesh)
mesh_fuzz(post_fuzz SOURCES post_fuzz.cc DEPENDS common_mesh LINK proto_partition)
