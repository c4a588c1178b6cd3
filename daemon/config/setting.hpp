// The list of settings, in one place: from it come the settings file's keys, the environment's names, the flags, the help
// and `config show`. To add a setting, add a member to Config and a line to the list.
#pragma once

#include "config/config.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace longshore::config {

enum class Kind {
  path,  // made absolute
  text,
  word,   // one of some
  count,  // a whole number
  size,   // bytes
  limit,  // a whole number, or a share: "1%"
  duration,
  yes,  // a flag without a value
};

struct Setting {
  std::string_view key;  // as in a settings file: "max_depth"; --max-depth, LONGSHORE_MAX_DEPTH
  Kind kind;
  std::variant<std::string Config::*, unsigned Config::*, std::uint64_t Config::*, std::chrono::milliseconds Config::*,
               bool Config::*>
      member;
  std::uint64_t least;  // of count, size (bytes) and duration (ms)
  std::uint64_t most;
  std::string_view words;     // of a word: "auto check"; of a path or text: what is no path and no text
  std::string_view fallback;  // what the default is worked out from; "": it is what Config{} holds
  std::string_view text;      // one line for the help

  bool is_of_one_run() const { return key == "once" || key == "strict" || key == "wait"; }
};

std::span<const Setting> settings();
// nullptr: there is none of that key.
const Setting* find_setting(std::string_view key);
// The keys that a settings file may hold.
std::vector<std::string_view> setting_keys();

std::string flag_of(const Setting& setting);         // "--max-depth"
std::string environment_of(const Setting& setting);  // "LONGSHORE_MAX_DEPTH"
// For help: "DIR", "N", "SIZE", "TIME", "auto|check" …; "" for a flag without a value.
std::string argument_of(const Setting& setting);
// For help: "4MiB", "landing/.work".
std::string default_of(const Setting& setting);

// Why a text is no value of a setting.
struct Refusal {
  std::string what;  // "\"2x\" is no duration"
  std::string hint;
};
// Puts the text into the setting's member; relative paths begin at `base`. Nothing is changed when it is refused.
std::optional<Refusal> assign(Config& config, const Setting& setting, std::string_view text, const std::string& base);
// The member as assign() would take it.
std::string text_of(const Config& config, const Setting& setting);

}  // namespace longshore::config
