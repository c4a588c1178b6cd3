// The globs of Feed::files and of the setting ignore: * ? [a-z] [!a-z], in bytes. A glob with a slash is compared with the
// whole path of a file below landing, and its "*" also matches slashes; any other glob is compared with the last part.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace longshore {

// Whether the glob matches this path.
bool name_matches(std::string_view glob, std::string_view path);

// A short name that both globs match; nullopt if no name does.
std::optional<std::string> common_name(std::string_view a, std::string_view b);
// The same for two lists of globs.
std::optional<std::string> common_name(std::span<const std::string> a, std::span<const std::string> b);

}  // namespace longshore
