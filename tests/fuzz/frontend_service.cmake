foreach(thing enveloped_form ticket)
  mesh_fuzz(${thing}_fuzz SOURCES ${thing}_fuzz.cc DEPENDS frontend_service LINK proto_ticket proto_partition)
endforeach()
