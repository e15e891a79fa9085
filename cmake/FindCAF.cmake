# Debian's libcaf-dev ships headers and shared libraries, but nothing for find_package.
#
#   find_package(CAF 0.17.6 REQUIRED COMPONENTS core io openssl test)
#
# defines CAF::core, CAF::io, CAF::openssl and CAF::test (headers only): the names that CAF's own
# package files have from 0.18 on.
include(FindPackageHandleStandardArgs)

find_path(CAF_INCLUDE_DIR NAMES caf/config.hpp)
mark_as_advanced(CAF_INCLUDE_DIR)

if(CAF_INCLUDE_DIR)
  file(STRINGS ${CAF_INCLUDE_DIR}/caf/config.hpp caf_version_line REGEX "#define CAF_VERSION [0-9]+")
  if(caf_version_line MATCHES "([0-9]+)$")
    set(caf_number ${CMAKE_MATCH_1})
    math(EXPR caf_major "${caf_number} / 10000")
    math(EXPR caf_minor "${caf_number} / 100 % 100")
    math(EXPR caf_patch "${caf_number} % 100")
    set(CAF_VERSION ${caf_major}.${caf_minor}.${caf_patch})
  endif()
endif()

foreach(component IN LISTS CAF_FIND_COMPONENTS)
  if(component STREQUAL "test")
    if(EXISTS ${CAF_INCLUDE_DIR}/caf/test/dsl.hpp)
      set(CAF_test_FOUND TRUE)
    endif()
  else()
    find_library(CAF_${component}_LIBRARY NAMES caf_${component})
    mark_as_advanced(CAF_${component}_LIBRARY)
    if(CAF_${component}_LIBRARY)
      set(CAF_${component}_FOUND TRUE)
    endif()
  endif()
endforeach()

find_package_handle_standard_args(CAF
  REQUIRED_VARS CAF_INCLUDE_DIR VERSION_VAR CAF_VERSION HANDLE_COMPONENTS)

# Imported targets count as system headers: CAF's own warnings stay out of -Werror.
function(caf_import component)
  if(CAF_FOUND AND CAF_${component}_FOUND AND NOT TARGET CAF::${component})
    if(component STREQUAL "test")
      add_library(CAF::test INTERFACE IMPORTED GLOBAL)
    else()
      add_library(CAF::${component} SHARED IMPORTED GLOBAL)
      set_target_properties(CAF::${component} PROPERTIES
        IMPORTED_LOCATION ${CAF_${component}_LIBRARY})
    endif()
    target_include_directories(CAF::${component} SYSTEM INTERFACE ${CAF_INCLUDE_DIR})
    target_link_libraries(CAF::${component} INTERFACE ${ARGN})
  endif()
endfunction()

if(CAF_openssl_FOUND)
  find_package(OpenSSL REQUIRED)
endif()
find_package(Threads REQUIRED)
caf_import(core Threads::Threads)
caf_import(io CAF::core)
caf_import(openssl CAF::io OpenSSL::SSL OpenSSL::Crypto)
caf_import(test CAF::core)
