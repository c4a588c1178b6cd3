# Run by cpack on the staged files: adds the changelogs, and compresses files as Debian's policy requires. Times come from
# SOURCE_DATE_EPOCH, or else from the last commit, so that the same source gives the same package.

set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(doc ${root}/usr/share/doc/longshore)
set(source ${CMAKE_CURRENT_LIST_DIR}/../..)

if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
  execute_process(
    COMMAND git log -1 --format=%ct
    WORKING_DIRECTORY ${source}
    OUTPUT_VARIABLE epoch
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(epoch)
    set(ENV{SOURCE_DATE_EPOCH} ${epoch})
  endif()
endif()

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${source}/CHANGELOG.md ${doc}/changelog COPYONLY)
file(WRITE ${doc}/changelog.Debian
     "longshore (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium

  * Built from the source of this version; /usr/share/doc/longshore/changelog.gz
    lists what is new in it.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")

file(GLOB_RECURSE plain ${root}/usr/share/man/*.[1-8])
execute_process(COMMAND gzip -9nf ${plain} ${doc}/changelog ${doc}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
