# cmake -DVERSION=… -DSOURCE_DIR=… -DOUTPUT=… -P version.cmake

set(revision "")
# only this project's .git: an unpacked release may be inside another repository
if(EXISTS ${SOURCE_DIR}/.git)
  execute_process(
    COMMAND git describe --tags --always --dirty
    WORKING_DIRECTORY ${SOURCE_DIR}
    OUTPUT_VARIABLE revision
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()

file(CONFIGURE OUTPUT ${OUTPUT} CONTENT [[
#pragma once

#include <string_view>

namespace longshore {

inline constexpr std::string_view k_version = "@VERSION@";
// Output of git describe; empty outside of a git checkout.
inline constexpr std::string_view k_revision = "@revision@";

}  // namespace longshore
]] @ONLY)
