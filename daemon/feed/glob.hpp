// Finds a file name that two globs match. The globs are those of Feed::files: * ? [a-z] [!a-z], in bytes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace longshore {

// A short name that both globs match; nullopt if no name does.
std::optional<std::string> common_name(std::string_view a, std::string_view b);
// The same for two lists of globs.
std::optional<std::string> common_name(std::span<const std::string> a, std::span<const std::string> b);

}  // namespace longshore
