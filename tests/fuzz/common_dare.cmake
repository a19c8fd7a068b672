foreach(thing envelope frame header merkle_tree)
  mesh_fuzz(${thing}_fuzz SOURCES ${thing}_fuzz.cc DEPENDS common_dare)
endforeach()
mesh_fuzz(profile_fuzz SOURCES profile_fuzz.cc DEPENDS common_mesh)
