# One static library per layer, with the warnings and sanitizers of the whole project.
#
#   bramble_layer(bramble_graph SOURCES region.cpp ... LINK bramble_base)
#
# Includes are written from the project's root ("model/graph/graph.hpp"), so the compiler would let a
# layer include anything; scripts/check-layers knows the allowed arrows and runs before every build.
find_package(Threads REQUIRED)

add_library(bramble_flags INTERFACE)
target_include_directories(bramble_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(bramble_flags INTERFACE BRAMBLE_VERSION="${PROJECT_VERSION}")
target_compile_options(bramble_flags INTERFACE -Wall -Wextra $<$<BOOL:${BRAMBLE_WERROR}>:-Werror>)
target_link_libraries(bramble_flags INTERFACE Threads::Threads)
if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlaps and overruns in std::string and std::vector that are not there (GCC bugs
  # 105651, 105329); 14 on Debian 13 has these warnings on.
  target_compile_options(bramble_flags INTERFACE
    -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(BRAMBLE_SANITIZE)
  target_compile_options(bramble_flags INTERFACE -fsanitize=address,undefined
                         -fno-omit-frame-pointer -g1 -O1)
  target_link_options(bramble_flags INTERFACE -fsanitize=address,undefined)
endif()

add_custom_target(check_layers ALL
  COMMAND ${CMAKE_SOURCE_DIR}/scripts/check-layers
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMENT "Checking that dependencies run one way"
  VERBATIM)

function(bramble_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC bramble_flags ${ARG_LINK})
  add_dependencies(${name} check_layers)
endfunction()
