foreach(thing noise sealed_text wire_envelope)
  mesh_fuzz(${thing}_fuzz SOURCES ${thing}_fuzz.cc DEPENDS common_binding)
endforeach()
