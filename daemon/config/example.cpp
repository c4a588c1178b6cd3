#include "config/example.hpp"

#include "config/load.hpp"
#include "config/setting.hpp"
#include "config/units.hpp"

#include <algorithm>

namespace longshore::config {
namespace {

constexpr std::string_view k_head =
    "# Settings of longshore, the daemon and its commands. longshore.toml(5) tells more of each.\n"
    "#\n"
    "# What stands here are the defaults; to change one, take the # from its line. conf.d/*.toml beside this file is read\n"
    "# after it, in the order of names, and wins; then LONGSHORE_NAME in the environment, then flags.\n"
    "#\n"
    "#   longshore config check    is all of it well formed?\n"
    "#   longshore config show     what is in force, and where each value came from\n"
    "#\n"
    "# A time is \"500ms\", \"2s\", \"5m\", \"1h\" or \"7d\"; a size is 4096, \"64kB\" (1000) or \"4MiB\" (1024). A relative path\n"
    "# begins where this file is.\n"
    "#\n"
    "# A password belongs into a credential, see longshore.toml(5), as every user may read this file. Under systemd the\n"
    "# daemon may write below /var/lib/longshore only: how to open another directory, `systemctl cat longshore` tells.\n";

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
    return duration(setting.least) + " to " + duration(setting.most);
  default:
    return "";
  }
}

// As TOML. Where the default is worked out on the machine that runs it stands for itself: no host's name, no number of cores.
std::string value_of(const Effective& effective) {
  const Setting& setting = *effective.setting;
  const bool is_unknown = effective.value.empty() || (!setting.fallback.empty() && setting.kind != Kind::path);
  if (setting.kind == Kind::count)
    return is_unknown ? std::to_string(std::max<std::uint64_t>(setting.least, 2)) : effective.value;
  if (setting.kind == Kind::yes)
    return effective.value;
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
