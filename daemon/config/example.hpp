// The settings file that a package installs: every setting with its meaning, range and default, commented out.
#pragma once

#include <string>

namespace longshore::config {

std::string example_file();

}  // namespace longshore::config
