# Writes the units of UNITS, for a binary in BINDIR, with sysusers.d and tmpfiles.d below OUTPUT (…/lib). Included at install time,
# or: cmake -DUNITS=systemd -DBINDIR=/usr/bin -DOUTPUT=DIR -P units.cmake

file(READ ${UNITS}/daemon.conf DAEMON)
file(READ ${UNITS}/sandbox.conf SANDBOX)
file(GLOB units RELATIVE ${UNITS} ${UNITS}/*.in)
foreach(unit IN LISTS units)
  string(REGEX REPLACE "\\.in$" "" name ${unit})
  configure_file(${UNITS}/${unit} ${OUTPUT}/systemd/system/${name} @ONLY)
endforeach()
configure_file(${UNITS}/longshore-once.timer ${OUTPUT}/systemd/system/longshore-once.timer COPYONLY)
configure_file(${UNITS}/sysusers.conf ${OUTPUT}/sysusers.d/longshore.conf COPYONLY)
configure_file(${UNITS}/tmpfiles.conf ${OUTPUT}/tmpfiles.d/longshore.conf COPYONLY)
