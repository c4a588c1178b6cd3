# Each bench/rivals/NAME.cpp becomes a program bench/NAME that ./dev bench compares longshore with. Only the target longshore_bench
# builds them; they are not installed.

add_custom_target(longshore_bench)
file(GLOB rival_sources CONFIGURE_DEPENDS bench/rivals/*.cpp)
foreach(source IN LISTS rival_sources)
  get_filename_component(name ${source} NAME_WE)
  add_executable(bench_${name} EXCLUDE_FROM_ALL ${source})
  set_target_properties(bench_${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
  target_link_libraries(bench_${name} PRIVATE longshore_core longshore_warnings longshore_sanitizers longshore_hardening)
  add_dependencies(longshore_bench bench_${name})
endforeach()

enable_language(C)
add_library(bench_slow_fsync MODULE EXCLUDE_FROM_ALL bench/rivals/slow_fsync.c)
set_target_properties(bench_slow_fsync PROPERTIES OUTPUT_NAME slow_fsync PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
target_link_libraries(bench_slow_fsync PRIVATE ${CMAKE_DL_LIBS})
add_dependencies(longshore_bench bench_slow_fsync)
