# One executable and one CTest entry: a test process starts its PostgreSQL server once. One process per case would start it each time.

find_package(doctest REQUIRED CONFIG)
# an oracle for CSV; only ./dev test installs it, so a build without it leaves out that test
find_library(LIBCSV csv)
mark_as_advanced(LIBCSV)

file(GLOB_RECURSE test_sources CONFIGURE_DEPENDS tests/*.cpp)
list(FILTER test_sources EXCLUDE REGEX "^${PROJECT_SOURCE_DIR}/tests/fuzz/")
if(NOT test_sources)
  return()
endif()
set(oracle_libraries)
if(LIBCSV)
  set(oracle_libraries ${LIBCSV})
else()
  list(FILTER test_sources EXCLUDE REGEX "/tests/decode/csv_oracle_test.cpp$")
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
target_link_libraries(longshore_tests PRIVATE longshore_core doctest::doctest ${oracle_libraries} longshore_warnings
                                              longshore_sanitizers longshore_hardening)
add_test(NAME longshore_tests COMMAND longshore_tests)

# The unit tests alone, with only the folders of the daemon that they need: .ci/run builds them with AddressSanitizer. All tests
# would take too long there.

set(unit_sources)
foreach(support compressed main mount places records rows scratch_directory script skip)
  list(APPEND unit_sources tests/support/${support}.cpp)
endforeach()
set(unit_core_sources ${LONGSHORE_GENERATED_SOURCES})
foreach(folder base config decode feed spool)
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS tests/${folder}/*.cpp)
  list(APPEND unit_sources ${tests})
endforeach()
foreach(folder base config decode feed spool store)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS daemon/${folder}/*.cpp)
  list(APPEND unit_core_sources ${sources})
endforeach()
# these run the command line
list(FILTER unit_sources EXCLUDE REGEX "/tests/config/(example|webhook_url)_test.cpp$")
if(NOT LIBCSV)
  list(FILTER unit_sources EXCLUDE REGEX "/tests/decode/csv_oracle_test.cpp$")
endif()

# clang-tidy must not check their sources a second time
set(CMAKE_EXPORT_COMPILE_COMMANDS OFF)
add_library(longshore_unit_core STATIC EXCLUDE_FROM_ALL ${unit_core_sources})
add_dependencies(longshore_unit_core longshore_generated)
foreach(
  property
  INCLUDE_DIRECTORIES INTERFACE_INCLUDE_DIRECTORIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES COMPILE_DEFINITIONS
  INTERFACE_COMPILE_DEFINITIONS LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
  get_target_property(value longshore_core ${property})
  set_target_properties(longshore_unit_core PROPERTIES ${property} "${value}")
endforeach()
add_executable(longshore_unit_tests EXCLUDE_FROM_ALL ${unit_sources})
target_include_directories(longshore_unit_tests PRIVATE tests)
target_link_libraries(longshore_unit_tests PRIVATE longshore_unit_core doctest::doctest ${oracle_libraries} longshore_warnings
                                                   longshore_sanitizers longshore_hardening)
