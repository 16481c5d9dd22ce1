# Flags for every target, the third-party packages, and the compile cache.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  if(SRASTA_PCH)
    # What ccache asks for before it keeps objects that were built with a precompiled header.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()

add_compile_options(-fno-omit-frame-pointer)
if(SRASTA_SANITIZE)
  add_compile_options(-fsanitize=${SRASTA_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SRASTA_SANITIZE})
endif()
if(SRASTA_PROFILE)
  # Code that changed since the training is built without its profile, which is no defect.
  add_compile_options(-fprofile-use=${SRASTA_PROFILE} -Wno-profile-instr-unprofiled
    -Wno-profile-instr-out-of-date -Wno-backend-plugin)
endif()

add_library(srasta_warnings INTERFACE)
target_compile_options(srasta_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Wsuggest-override
  -Wzero-as-null-pointer-constant
  # A field that a designated initializer leaves out takes its default: that is what they are for.
  -Wno-missing-designated-field-initializers
  $<$<BOOL:${SRASTA_WERROR}>:-Werror>)

find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(ICU 72 REQUIRED COMPONENTS uc)

configure_file(${CMAKE_CURRENT_LIST_DIR}/version.h.in ${CMAKE_BINARY_DIR}/generated/srasta_version.h)
