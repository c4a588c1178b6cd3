# cmake -DMIGRATIONS=list -DFEEDS=list -DFEED_SCRIPTS=list -DTASKS=list -DOUTPUT=embedded.cpp -P embed.cmake
#
# Writes character arrays, because string literals have a length limit and raw ones a delimiter; any content must work.

string(REPEAT "." 112 sixteen) # sixteen times '\xhh',

# Sets <name>_arrays: one array per file, and the table of them.
function(embed name)
  set(files ${ARGN})
  list(SORT files)
  list(LENGTH files count)
  set(arrays "")
  set(entries "")
  set(number 0)
  foreach(file IN LISTS files)
    get_filename_component(file_name "${file}" NAME)
    file(READ "${file}" bytes HEX)
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
    string(REGEX REPLACE "(${sixteen})" "\\1\n    " bytes "${bytes}")
    # the final zero is not part of the text; without it an empty file would be an empty array, which C++ does not allow
    string(APPEND arrays "const char k_${name}_${number}[] = {\n    ${bytes}'\\0'};\n\n")
    string(APPEND entries "    EmbeddedFile{\"${file_name}\", {k_${name}_${number}, sizeof(k_${name}_${number}) - 1}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  set(${name}_arrays "${arrays}const std::array<EmbeddedFile, ${count}> k_${name}{\n${entries}};\n" PARENT_SCOPE)
endfunction()

embed(migrations ${MIGRATIONS})
embed(feeds ${FEEDS})
embed(feed_scripts ${FEED_SCRIPTS})
embed(tasks ${TASKS})

file(WRITE "${OUTPUT}" "#include \"embedded.hpp\"

#include <array>

namespace longshore {
namespace {

${migrations_arrays}
${feeds_arrays}
${feed_scripts_arrays}
${tasks_arrays}
}  // namespace

std::span<const EmbeddedFile> embedded_migrations() { return k_migrations; }
std::span<const EmbeddedFile> embedded_feeds() { return k_feeds; }
std::span<const EmbeddedFile> embedded_feed_scripts() { return k_feed_scripts; }
std::span<const EmbeddedFile> embedded_tasks() { return k_tasks; }

}  // namespace longshore
")
