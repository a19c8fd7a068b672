# The helpers every folder's CMakeLists.txt uses, so that those files say only
# what a folder is made of.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(MESH_FUZZ "Build the fuzz targets (needs clang)" OFF)
set(MESH_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")
option(MESH_COVERAGE "Instrument for coverage" OFF)

find_program(MESH_CCACHE ccache)
if(MESH_CCACHE)
  # Paths relative to the checkout, so that every checkout shares one cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${MESH_CCACHE})
endif()
find_program(MESH_PYTHON python3 REQUIRED)
# Debian's own, which sees Debian's Python packages.
find_program(MESH_SYSTEM_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(NOT MESH_SYSTEM_PYTHON)
  set(MESH_SYSTEM_PYTHON ${MESH_PYTHON})
endif()
find_program(MESH_MOLD mold)
if(MESH_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(MESH_SANITIZE)
  add_compile_options(-fsanitize=${MESH_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${MESH_SANITIZE})
endif()
if(MESH_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
if(MESH_FUZZ)
  add_custom_target(fuzz_targets)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -g1)
  add_link_options(-fsanitize=address,undefined)
endif()

add_library(mesh_warnings INTERFACE)
target_compile_options(mesh_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow
  -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Werror)
if(MESH_SANITIZE)
  # Under its own instrumentation GCC sees uninitialized members where there are none.
  target_compile_options(mesh_warnings INTERFACE -Wno-maybe-uninitialized)
endif()

# mesh_library(<name> SOURCES ... DEPENDS ... [LINK ...])
# DEPENDS names our libraries, LINK third-party targets that no header of ours shows.
function(mesh_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LINK" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} PRIVATE mesh_warnings ${ARG_LINK})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARG_DEPENDS} ${ARG_LINK})
  endif()
endfunction()

# mesh_program(<name> SOURCES ... DEPENDS ... [LINK ...]): an executable in bin/.
function(mesh_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE mesh_warnings ${ARG_DEPENDS} ${ARG_LINK})
endfunction()

# mesh_test(<name> SOURCES ... DEPENDS ... LABEL unit [more] [LINK ...] [TIMEOUT seconds])
# One GoogleTest program; ctest runs it as one test under its labels.
function(mesh_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LABEL;SOURCES;DEPENDS;LINK" ${ARGN})
  if(MESH_FUZZ)
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE mesh_warnings ${ARG_DEPENDS} ${ARG_LINK} GTest::gmock_main)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "MESH_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};MESH_SOURCE=${PROJECT_SOURCE_DIR}")
endfunction()

# mesh_script_test(<name> SCRIPT <file> LABEL <label ...> [TIMEOUT seconds] [ARGUMENTS ...]
#                  [CRYPTOGRAPHY] [YAML])
# A Python program of the current folder: standard library only, and with CRYPTOGRAPHY
# python3-cryptography, with YAML python3-yaml. Exit status 77 means that what it needs is not on this machine,
# and that it said so.
function(mesh_script_test name)
  cmake_parse_arguments(ARG "CRYPTOGRAPHY;YAML" "SCRIPT;TIMEOUT" "LABEL;ARGUMENTS" ${ARGN})
  if(MESH_FUZZ)
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  set(python ${MESH_PYTHON})
  if(ARG_CRYPTOGRAPHY OR ARG_YAML)
    set(python ${MESH_SYSTEM_PYTHON})
  endif()
  add_test(NAME ${name} COMMAND ${python} -B ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_SCRIPT}
    ${ARG_ARGUMENTS} WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT ${ARG_TIMEOUT}
    SKIP_RETURN_CODE 77
    ENVIRONMENT "MESH_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};MESH_SOURCE=${PROJECT_SOURCE_DIR}")
endfunction()

# mesh_fuzz(<name> SOURCES ... DEPENDS ... [LINK ...]): a libFuzzer target in bin/fuzz/. Where there is no
# libFuzzer a test of that name: the target on what a seed makes (tests/fuzz/standalone.cc).
function(mesh_fuzz name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin/fuzz)
  target_link_libraries(${name} PRIVATE mesh_warnings ${ARG_DEPENDS} ${ARG_LINK})
  if(MESH_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz_targets ${name})
    return()
  endif()
  target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/standalone.cc)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "fuzz" TIMEOUT 120)
endfunction()
