# Each tests/fuzz/NAME.cpp becomes a libFuzzer program fuzz_NAME. cmake/flags.cmake compiles the core with coverage hooks.

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "LONGSHORE_FUZZ needs clang++; the preset fuzz sets it")
endif()

file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/*.cpp)
foreach(source IN LISTS fuzz_sources)
  get_filename_component(name ${source} NAME_WE)
  add_executable(fuzz_${name} ${source})
  target_include_directories(fuzz_${name} PRIVATE tests)
  target_link_libraries(fuzz_${name} PRIVATE longshore_core longshore_warnings longshore_sanitizers)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endforeach()
