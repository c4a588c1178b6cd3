#pragma once

#include <string>

namespace longshore {

// Of this machine, as gethostname(2) has it; "": it has none.
std::string host_name();

}  // namespace longshore
