# One static library per layer, with the warnings and sanitizers of the whole project.
#
#   bramble_layer(bramble_graph OPTIMISE compute PRECOMPILE common SOURCES region.cpp ... LINK bramble_base)
#
# Includes are written from the project's root ("model/graph/graph.hpp"), so the compiler would let a
# layer include anything; scripts/check-layers knows the allowed arrows and runs before every build.
find_package(Threads REQUIRED)

add_library(bramble_flags INTERFACE)
target_include_directories(bramble_flags INTERFACE ${CMAKE_SOURCE_DIR})
# The default, and LibTorch's package says it: a precompiled header serves only who has it alike.
target_compile_definitions(bramble_flags INTERFACE _GLIBCXX_USE_CXX11_ABI=1)
target_compile_options(bramble_flags INTERFACE -Wall -Wextra $<$<BOOL:${BRAMBLE_WERROR}>:-Werror>)
target_link_libraries(bramble_flags INTERFACE Threads::Threads)
if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlaps and overruns in std::string and std::vector that are not there (GCC bugs
  # 105651, 105329); 14 on Debian 13 has these warnings on.
  target_compile_options(bramble_flags INTERFACE
    -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(BRAMBLE_SANITIZE)
  target_compile_options(bramble_flags INTERFACE -fsanitize=${BRAMBLE_SANITIZE} -fno-omit-frame-pointer -g1 -O1)
  target_link_options(bramble_flags INTERFACE -fsanitize=${BRAMBLE_SANITIZE})
endif()

if(BRAMBLE_COVERAGE)
  target_compile_options(bramble_flags INTERFACE --coverage -O0 -fprofile-update=atomic)
  target_link_options(bramble_flags INTERFACE --coverage)
endif()

add_custom_target(check_layers ALL
  COMMAND ${CMAKE_SOURCE_DIR}/scripts/check-layers
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMENT "Checking that dependencies run one way"
  VERBATIM)

# How much a Release build optimises: "compute" where time goes into our own loops, "talk" for what
# sends messages and prints (half the compile time of -O2), else -O2.
function(bramble_optimise name kind)
  if(kind STREQUAL "compute")
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O3>)
  elseif(kind STREQUAL "talk")
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
endfunction()

# Outside headers that most files of a target read, parsed once for all targets of one kind
# (cmake/precompiled/<headers>.hpp). Files say what they include all the same: nothing relies on it.
function(bramble_precompile name headers kind)
  set(owner precompiled_${headers}_${kind})
  if(NOT TARGET ${owner})
    add_library(${owner} OBJECT ${CMAKE_SOURCE_DIR}/cmake/precompiled/none.cpp)
    target_link_libraries(${owner} PRIVATE bramble_flags)
    bramble_optimise(${owner} "${kind}")
    if(headers STREQUAL "asio")
      target_compile_definitions(${owner} PRIVATE ${BRAMBLE_ASIO_DEFINITIONS})
      target_link_libraries(${owner} PRIVATE spdlog::spdlog)
    elseif(headers STREQUAL "torch")
      target_link_libraries(${owner} PRIVATE ${TORCH_LIBRARIES})
    endif()
    # By the search path, not by an absolute one: ccache then serves other checkouts as well.
    target_precompile_headers(${owner} PRIVATE <cmake/precompiled/${headers}.hpp>)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${owner} PRIVATE -fpch-preprocess)  # for ccache
    endif()
  endif()
  target_precompile_headers(${name} REUSE_FROM ${owner})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${name} PRIVATE -fpch-preprocess)
  endif()
endfunction()

# Several files of a target in one compilation: most of a file's time goes into templates of the same outside
# headers, which are then instantiated once. A name in an anonymous namespace is therefore one of its layer.
# ALONE: files that are compiled by themselves all the same.
function(bramble_unite name)
  cmake_parse_arguments(ARG "" "" "ALONE" ${ARGN})
  if(BRAMBLE_UNITE)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

function(bramble_layer name)
  cmake_parse_arguments(ARG "" "OPTIMISE;PRECOMPILE" "SOURCES;LINK;ALONE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC bramble_flags ${ARG_LINK})
  add_dependencies(${name} check_layers)
  bramble_optimise(${name} "${ARG_OPTIMISE}")
  if(ARG_PRECOMPILE)
    bramble_precompile(${name} ${ARG_PRECOMPILE} "${ARG_OPTIMISE}")
  endif()
  bramble_unite(${name} ALONE ${ARG_ALONE})
endfunction()
