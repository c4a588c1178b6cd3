# Installs the binary, man pages, completion, units, settings, SQL and samples. The example settings are printed by the binary, and the
# units contain its installed path, so both are written at install time.

find_program(SCDOC scdoc)
find_package(Python3 COMPONENTS Interpreter)
mark_as_advanced(SCDOC)

install(TARGETS longshore RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES completions/longshore DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES schema/postgres.sql schema/sqlite.sql schema/queries.sql schema/roles.sql DESTINATION ${CMAKE_INSTALL_DATADIR}/longshore)
install(DIRECTORY schema/feeds schema/tasks DESTINATION ${CMAKE_INSTALL_DATADIR}/longshore)
install(DIRECTORY packaging/prometheus packaging/grafana packaging/notify packaging/tasks
        DESTINATION ${CMAKE_INSTALL_DATADIR}/longshore
        USE_SOURCE_PERMISSIONS PATTERN "*.test.yml" EXCLUDE PATTERN provisioning EXCLUDE PATTERN prometheus.yml EXCLUDE)
install(DIRECTORY samples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples USE_SOURCE_PERMISSIONS)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs PATTERN man EXCLUDE)
install(FILES packaging/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})

# ---- man pages

file(GLOB man_sources CONFIGURE_DEPENDS docs/man/*.scd)
set(man_pages "")
if(NOT SCDOC OR NOT Python3_FOUND)
  message(NOTICE "no man pages: scdoc or python3 not found")
  set(man_sources "")
endif()
set(fill ${PROJECT_SOURCE_DIR}/docs/man/fill.py)
foreach(source IN LISTS man_sources)
  get_filename_component(page ${source} NAME_WLE) # longshore.toml.5
  string(REGEX MATCH "[0-9]$" section ${page})
  set(output ${PROJECT_BINARY_DIR}/man/${page})
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/man
    COMMAND sh -c "'${Python3_EXECUTABLE}' '${fill}' '$<TARGET_FILE:longshore>' '${source}' >'${output}.scd'"
    COMMAND sh -c "'${SCDOC}' <'${output}.scd' >'${output}'"
    DEPENDS ${source} ${fill} longshore
    COMMENT "Man page ${page}"
    VERBATIM)
  list(APPEND man_pages ${output})
  install(FILES ${output} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
add_custom_target(longshore_man ALL DEPENDS ${man_pages})

# ---- units and settings

install(
  CODE "
  set(UNITS \"${PROJECT_SOURCE_DIR}/systemd\")
  set(BINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
  set(OUTPUT \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib\")
  include(\"${PROJECT_SOURCE_DIR}/cmake/units.cmake\")
  set(LONGSHORE \"$<TARGET_FILE:longshore>\")
  set(PACKAGING \"${PROJECT_SOURCE_DIR}/packaging\")
  include(\"${PROJECT_SOURCE_DIR}/cmake/settings.cmake\")")
