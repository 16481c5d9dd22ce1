# srasta_module(NAME PUBLIC headers... SOURCES files... DEPENDS targets... PRIVATE_DEPENDS targets...
#               TESTS files... TEST_DEPENDS targets...)
#
# One static library per folder, with every file named. Headers must compile alone: one that has a source
# file is included first there (scripts/check_layers.py sees to it), the others are compiled by the target
# all_verify_interface_header_sets. Tests sit beside the sources and become one executable per module,
# label "unit".
include(SrastaPrecompiled)

function(srasta_module name)
  cmake_parse_arguments(M "" "" "PUBLIC;SOURCES;DEPENDS;PRIVATE_DEPENDS;TESTS;TEST_DEPENDS" ${ARGN})

  add_library(srasta_${name} STATIC ${M_SOURCES})
  add_library(srasta::${name} ALIAS srasta_${name})
  set(alone)
  foreach(header ${M_PUBLIC})
    string(REGEX REPLACE "h$" "cc" source ${header})
    if(NOT source IN_LIST M_SOURCES)
      list(APPEND alone ${header})
    endif()
  endforeach()
  target_sources(srasta_${name} PUBLIC
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${M_PUBLIC}
    FILE_SET alone TYPE HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${alone})
  set_target_properties(srasta_${name} PROPERTIES LINKER_LANGUAGE CXX
    INTERFACE_HEADER_SETS_TO_VERIFY alone)
  target_link_libraries(srasta_${name}
    PUBLIC ${M_DEPENDS} PRIVATE ${M_PRIVATE_DEPENDS} srasta_warnings)
  srasta_precompiled(srasta_${name} library)

  if(SRASTA_TESTS AND M_TESTS)
    add_executable(${name}_test ${M_TESTS})
    target_link_libraries(${name}_test PRIVATE
      srasta::${name} srasta_warnings ${M_PRIVATE_DEPENDS} ${M_TEST_DEPENDS} GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE
      SRASTA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_compile_options(${name}_test PRIVATE ${SRASTA_TEST_FLAGS})
    srasta_precompiled(${name}_test test)
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}/ DISCOVERY_TIMEOUT 60
      PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endfunction()
