#include "config/example.hpp"

#include "base/units.hpp"
#include "config/load.hpp"
#include "config/setting.hpp"

#include <algorithm>

namespace longshore::config {
namespace {

constexpr std::string_view k_head =
    "# Settings of longshore, the daemon and its commands. longshore.toml(5) describes each one.\n"
    "#\n"
    "# The values in this file are the defaults. To change one, remove the # from its line. Later sources override earlier\n"
    "# ones: this file, conf.d/*.toml beside it (sorted by name), LONGSHORE_NAME in the environment, flags.\n"
    "#\n"
    "#   longshore config check    validates the settings\n"
    "#   longshore config show     prints each value and its source\n"
    "#\n"
    "# A time is \"500ms\", \"2s\", \"5m\", \"1h\" or \"7d\"; a size is 4096, \"64kB\" (1000) or \"4MiB\" (1024). A relative path\n"
    "# starts at the directory of this file.\n"
    "#\n"
    "# Every user may read this file: put a password into a credential, see longshore.toml(5). Under systemd the daemon may\n"
    "# write only below /var/lib/longshore: `systemctl cat longshore` shows how to allow another directory.\n";

std::string range_of(const Setting& setting) {
  const auto duration = [](std::uint64_t ms) {
    return format_duration(std::chrono::milliseconds{static_cast<std::int64_t>(ms)});
  };
  switch (setting.kind) {
  case Kind::word:
    return argument_of(setting);
  case Kind::count:
    return std::to_string(setting.least) + " to " + std::to_string(setting.most);
  case Kind::size:
    return format_size(setting.least) + " to " + format_size(setting.most);
  case Kind::duration:
    return duration(setting.least) + " to " + duration(setting.most) +
           (setting.words.empty() ? "" : ", or " + std::string{setting.words});
  default:
    return "";
  }
}

// The value as TOML. A default that depends on the machine is shown by a placeholder, not by this machine's value.
std::string value_of(const Effective& effective) {
  const Setting& setting = *effective.setting;
  const bool is_unknown = effective.value.empty() ||
                          (!setting.fallback.empty() && setting.kind != Kind::path && setting.kind != Kind::database);
  if (setting.kind == Kind::count)
    return is_unknown ? std::to_string(std::max<std::uint64_t>(setting.least, 2)) : effective.value;
  if (setting.kind == Kind::yes)
    return effective.value;
  if (setting.kind == Kind::names)
    return "[]";
  return '"' + (is_unknown ? argument_of(setting) : effective.value) + '"';
}

std::string entry_of(const Effective& effective) {
  const Setting& setting = *effective.setting;
  std::string notes = range_of(setting);
  if (!setting.fallback.empty())
    notes += (notes.empty() ? "default: " : "; default: ") + std::string{setting.fallback};
  std::string text = "\n# " + std::string{setting.text} + "\n";
  if (!notes.empty())
    text += "# (" + notes + ")\n";
  return text + "#" + std::string{setting.key} + " = " + value_of(effective) + "\n";
}

}  // namespace

std::string example_file() {
  Sources nothing;
  nothing.file = "/nonexistent/longshore.toml";
  std::string text{k_head};
  for (const Effective& effective : load(nothing).effective)
    text += entry_of(effective);
  return text;
}

}  // namespace longshore::config
