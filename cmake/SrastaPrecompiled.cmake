# srasta_precompiled(TARGET library|program|test): what nearly every file includes is parsed once for all targets
# of the kind (libraries are -fPIC, the others -fPIE; tests have the flags of SRASTA_TEST_FLAGS). Nothing without
# SRASTA_PCH.
function(srasta_carry_precompiled kind)
  add_library(srasta_precompiled_${kind} OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled.cc)
  set_target_properties(srasta_precompiled_${kind} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(srasta_precompiled_${kind} PRIVATE ${ARGN})
  target_link_libraries(srasta_precompiled_${kind} PRIVATE srasta_warnings fmt::fmt)
  target_precompile_headers(srasta_precompiled_${kind} PRIVATE
    <algorithm> <array> <atomic> <chrono> <cstdint> <cstring> <expected> <functional> <map> <memory> <mutex>
    <optional> <span> <string> <string_view> <thread> <unordered_map> <utility> <vector> <fmt/format.h>)
endfunction()

if(SRASTA_PCH)
  srasta_carry_precompiled(library -fPIC)
  srasta_carry_precompiled(program -fPIE)
  if(SRASTA_TESTS)
    srasta_carry_precompiled(test -fPIE ${SRASTA_TEST_FLAGS})
    target_precompile_headers(srasta_precompiled_test PRIVATE <gtest/gtest.h>)
    target_link_libraries(srasta_precompiled_test PRIVATE GTest::gtest)
  endif()
endif()

function(srasta_precompiled target kind)
  if(SRASTA_PCH)
    target_precompile_headers(${target} REUSE_FROM srasta_precompiled_${kind})
  endif()
endfunction()
