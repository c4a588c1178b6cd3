# Flags for this project's targets only. They are linked PRIVATE, so they do not apply to targets of libraries.

# ---- warnings

add_library(longshore_warnings INTERFACE)
target_compile_options(
  longshore_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wconversion
            -Wshadow
            -Wnon-virtual-dtor
            -Wold-style-cast
            -Wimplicit-fallthrough
            $<$<BOOL:${LONGSHORE_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 reports overlapping copies in plain std::string concatenation, which is wrong (GCC bug 105651)
  target_compile_options(longshore_warnings INTERFACE -Wno-restrict)
endif()

# ---- sanitizers

add_library(longshore_sanitizers INTERFACE)
if(LONGSHORE_ASAN AND LONGSHORE_TSAN)
  message(FATAL_ERROR "LONGSHORE_ASAN and LONGSHORE_TSAN cannot be combined")
endif()
set(sanitizers "")
if(LONGSHORE_ASAN OR LONGSHORE_FUZZ)
  list(APPEND sanitizers address undefined)
endif()
if(LONGSHORE_TSAN)
  list(APPEND sanitizers thread)
endif()
if(LONGSHORE_FUZZ)
  list(APPEND sanitizers fuzzer-no-link)
endif()
if(sanitizers)
  list(JOIN sanitizers "," sanitizers)
  target_compile_options(
    longshore_sanitizers INTERFACE -fsanitize=${sanitizers} -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(longshore_sanitizers INTERFACE -fsanitize=${sanitizers})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(longshore_sanitizers
                           INTERFACE -fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/sanitizer-ignore.txt)
  else()
    # false positives in instrumented code; the other builds keep this warning
    target_compile_options(longshore_sanitizers INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(sanitizers OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(longshore_sanitizers INTERFACE _GLIBCXX_ASSERTIONS)
endif()

# ---- hardening, for release builds

add_library(longshore_hardening INTERFACE)
if(NOT sanitizers AND CMAKE_BUILD_TYPE MATCHES "^Rel")
  # -U first, because some distributions set a different level by default
  target_compile_options(longshore_hardening
                         INTERFACE -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  target_link_options(longshore_hardening INTERFACE -pie LINKER:-z,relro LINKER:-z,now)
endif()
