// The list of settings. Keys of settings files, names in the environment, flags, help and `config show` are derived
// from it. To add a setting, add a member to Config and a row to the list.
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
  database,  // as store::Target::parse() takes it; the path of an SQLite file is made absolute
  word,      // one word of a list
  names,     // separated by commas; a list in a settings file
  count,     // a whole number
  size,      // bytes
  limit,     // a whole number, or a share: "1%"
  duration,
  yes,  // true or false; on the command line a flag without a value
};

// When a new value takes effect.
enum class TakesEffect {
  on_reload,
  on_restart,
  for_run,  // a flag for one run, not a setting of files and the environment
};

// Why a text is not a valid value of a setting.
struct Refusal {
  std::string what;  // "\"2x\" is not a duration"
  std::string hint;
};

struct Setting {
  std::string_view key;  // as in a settings file: "max_depth"; --max-depth, LONGSHORE_MAX_DEPTH
  Kind kind;
  std::variant<std::string Config::*, unsigned Config::*, std::uint64_t Config::*, std::chrono::milliseconds Config::*,
               bool Config::*>
      member;
  std::uint64_t least;  // of count, size (bytes) and duration (ms)
  std::uint64_t most;
  std::string_view words;     // kind word: the valid words, "auto check"; path, text or duration: "off" if also valid
  std::string_view argument;  // of a path, a text or one of several names, for the help: "DIR"
  // of a path, a text, a duration or one of several names; nullptr: any text is valid
  std::optional<Refusal> (*check)(std::string_view text);
  TakesEffect takes_effect;
  std::string_view fallback;  // how the default is derived; "": the default is the value in Config{}
  std::string_view text;      // one line for the help

  bool is_of_one_run() const { return takes_effect == TakesEffect::for_run; }
};

std::span<const Setting> settings();
// nullptr: unknown key.
const Setting* find_setting(std::string_view key);
// The keys that are valid in a settings file.
std::vector<std::string_view> setting_keys();

std::string flag_of(const Setting& setting);         // "--max-depth"
std::string environment_of(const Setting& setting);  // "LONGSHORE_MAX_DEPTH"
// For help: "DIR", "N", "SIZE", "TIME", "auto|check" …; "" for a flag without a value.
std::string argument_of(const Setting& setting);
// For help: "4MiB", ".work in landing".
std::string default_of(const Setting& setting);

// "a, b" -> a and b: a value of kind names.
std::vector<std::string> names_in(std::string_view list);

// Sets the setting's member from text; relative paths start at `base`. Changes nothing if it returns a refusal.
std::optional<Refusal> assign(Config& config, const Setting& setting, std::string_view text, const std::string& base);
// The member in the form that assign() takes.
std::string text_of(const Config& config, const Setting& setting);

}  // namespace longshore::config
