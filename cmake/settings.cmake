# Creates /etc/longshore at install time: the example settings that the binary LONGSHORE prints, and the READMEs of PACKAGING.
# Existing files are kept.

set(etc $ENV{DESTDIR}/etc/longshore)
foreach(directory IN ITEMS feeds.d tasks.d conf.d)
  if(NOT EXISTS ${etc}/${directory}/README)
    configure_file(${PACKAGING}/${directory}.README ${etc}/${directory}/README COPYONLY)
  endif()
endforeach()
if(NOT EXISTS ${etc}/longshore.toml)
  execute_process(COMMAND ${LONGSHORE} config example OUTPUT_FILE ${etc}/longshore.toml COMMAND_ERROR_IS_FATAL ANY)
  message(STATUS "Installing: ${etc}/longshore.toml")
endif()
