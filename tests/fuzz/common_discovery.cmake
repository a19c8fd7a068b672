foreach(thing dns_answer lookup)
  mesh_fuzz(${thing}_fuzz SOURCES ${thing}_fuzz.cc DEPENDS common_discovery)
endforeach()
