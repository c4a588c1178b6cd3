// Writes strings of TOML.
#pragma once

#include <string>
#include <string_view>

namespace longshore {

// A basic string with its quotes. Characters that are not printable become escapes; an invalid byte becomes U+FFFD,
// because TOML has no form for it.
std::string toml_string(std::string_view text);

}  // namespace longshore
