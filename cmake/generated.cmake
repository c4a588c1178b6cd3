# Files generated at build time: base/version.hpp, and migrations, feeds and tasks as data (embedded.hpp, embedded.cpp).

set(LONGSHORE_GENERATED_DIR ${PROJECT_BINARY_DIR}/generated)

# Runs in each build, because git's state can change without a change of a source file. Writes only if the content differs.
add_custom_target(
  longshore_version
  COMMAND
    ${CMAKE_COMMAND} -DVERSION=${PROJECT_VERSION} -DSOURCE_DIR=${PROJECT_SOURCE_DIR}
    -DOUTPUT=${LONGSHORE_GENERATED_DIR}/base/version.hpp -P ${PROJECT_SOURCE_DIR}/cmake/version.cmake
  BYPRODUCTS ${LONGSHORE_GENERATED_DIR}/base/version.hpp
  COMMENT "Version"
  VERBATIM)

file(GLOB migrations CONFIGURE_DEPENDS migrations/*.sql)
file(GLOB feeds CONFIGURE_DEPENDS schema/feeds/*.toml)
file(GLOB feed_scripts CONFIGURE_DEPENDS schema/feeds/*.sql)
file(GLOB tasks CONFIGURE_DEPENDS schema/tasks/*)
configure_file(cmake/embedded.hpp.in ${LONGSHORE_GENERATED_DIR}/embedded.hpp COPYONLY)
# The lists are part of the command, so the command also runs again when a file was removed.
add_custom_command(
  OUTPUT ${LONGSHORE_GENERATED_DIR}/embedded.cpp
  COMMAND ${CMAKE_COMMAND} "-DMIGRATIONS=${migrations}" "-DFEEDS=${feeds}"
          "-DFEED_SCRIPTS=${feed_scripts}" "-DTASKS=${tasks}" -DOUTPUT=${LONGSHORE_GENERATED_DIR}/embedded.cpp -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
  DEPENDS cmake/embed.cmake ${migrations} ${feeds} ${feed_scripts} ${tasks}
  COMMENT "Embedding migrations, feeds and tasks"
  VERBATIM)

set(LONGSHORE_GENERATED_SOURCES ${LONGSHORE_GENERATED_DIR}/embedded.cpp)
add_custom_target(longshore_generated DEPENDS ${LONGSHORE_GENERATED_SOURCES})
add_dependencies(longshore_generated longshore_version)
