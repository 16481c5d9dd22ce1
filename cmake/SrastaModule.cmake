# srasta_module(NAME PUBLIC headers... SOURCES files... DEPENDS targets... PRIVATE_DEPENDS targets...
#               TESTS files... TEST_DEPENDS targets...)
#
# One static library per folder, with every file named. Headers must compile alone (target
# all_verify_interface_header_sets). Tests sit beside the sources and become one executable per
# module, label "unit".
function(srasta_module name)
  cmake_parse_arguments(M "" "" "PUBLIC;SOURCES;DEPENDS;PRIVATE_DEPENDS;TESTS;TEST_DEPENDS" ${ARGN})

  add_library(srasta_${name} STATIC ${M_SOURCES})
  add_library(srasta::${name} ALIAS srasta_${name})
  target_sources(srasta_${name} PUBLIC
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${M_PUBLIC})
  set_target_properties(srasta_${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(srasta_${name}
    PUBLIC ${M_DEPENDS} PRIVATE ${M_PRIVATE_DEPENDS} srasta_warnings)
  if(SRASTA_PCH)
    target_precompile_headers(srasta_${name} PRIVATE
      <chrono> <cstdint> <expected> <functional> <memory> <optional> <span> <string> <string_view>
      <unordered_map> <utility> <vector> <fmt/format.h>)
    target_link_libraries(srasta_${name} PRIVATE fmt::fmt)
  endif()

  if(SRASTA_TESTS AND M_TESTS)
    add_executable(${name}_test ${M_TESTS})
    target_link_libraries(${name}_test PRIVATE
      srasta::${name} srasta_warnings ${M_PRIVATE_DEPENDS} ${M_TEST_DEPENDS} GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE
      SRASTA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}/ DISCOVERY_TIMEOUT 60
      PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endfunction()
