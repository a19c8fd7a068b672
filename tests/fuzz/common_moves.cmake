mesh_fuzz(move_record_fuzz SOURCES move_record_fuzz.cc DEPENDS common_moves)
