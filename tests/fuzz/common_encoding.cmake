foreach(thing base64url date_time json_b json_reader)
  mesh_fuzz(${thing}_fuzz SOURCES ${thing}_fuzz.cc DEPENDS common_encoding)
endforeach()
