foreach(thing client_file client_reply people)
  mesh_fuzz(${thing}_fuzz SOURCES ${thing}_fuzz.cc DEPENDS common_client)
endforeach()
