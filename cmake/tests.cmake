# One executable and one CTest entry: a test process starts its PostgreSQL server once. One process per case would start it each time.

find_package(doctest REQUIRED CONFIG)

file(GLOB_RECURSE test_sources CONFIGURE_DEPENDS tests/*.cpp)
list(FILTER test_sources EXCLUDE REGEX "^${PROJECT_SOURCE_DIR}/tests/fuzz/")
if(NOT test_sources)
  return()
endif()

add_executable(longshore_tests ${test_sources})
add_dependencies(longshore_tests longshore)
if(LONGSHORE_BENCH)
  add_dependencies(longshore_tests longshore_bench)
endif()
target_include_directories(longshore_tests PRIVATE tests)
# for one file only, so that ccache hits for all other files in every clone
set_source_files_properties(
  tests/support/places.cpp PROPERTIES COMPILE_DEFINITIONS
                                      "LONGSHORE_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\";LONGSHORE_BINARY=\"$<TARGET_FILE:longshore>\"")
target_link_libraries(longshore_tests PRIVATE longshore_core doctest::doctest longshore_warnings longshore_sanitizers
                                              longshore_hardening)
add_test(NAME longshore_tests COMMAND longshore_tests)
