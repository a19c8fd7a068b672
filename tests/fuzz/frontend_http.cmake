foreach(thing request_parser response_parser chunked_decoder)
  mesh_fuzz(${thing}_fuzz SOURCES ${thing}_fuzz.cc DEPENDS frontend_http)
endforeach()
