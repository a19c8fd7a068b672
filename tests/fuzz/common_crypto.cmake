foreach(thing udf public_key)
  mesh_fuzz(${thing}_fuzz SOURCES ${thing}_fuzz.cc DEPENDS common_crypto)
endforeach()
