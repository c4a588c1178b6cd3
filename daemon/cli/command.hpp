// A subcommand: the texts for its help and its parser, and its function.
#pragma once

#include "base/error.hpp"
#include "config/load.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::cli {

struct Flag {
  std::string_view name;      // without dashes
  std::string_view argument;  // for the help: "N"; "": the flag has no value
  std::string_view text;
};

class Arguments;

struct Command {
  std::string_view name;
  std::string_view arguments;  // for the usage line: "FILE..."
  std::size_t least_arguments = 0;
  std::size_t most_arguments = 0;
  std::string_view summary;  // one line, for the list of commands
  std::string_view about;    // what it does, with line breaks
  std::vector<Flag> flags;
  std::vector<std::string_view>
      settings;  // settings that this command accepts as flags; with any of them, --config too
  std::string_view example;
  std::string_view exits;  // one exit code per line
  Exit (*run)(const Arguments&);
};

inline constexpr std::size_t k_any_number = ~std::size_t{0};

// The parsed words of one command. The command must outlive it.
class Arguments {
 public:
  // Throws Error{fatal, Exit::usage}.
  Arguments(const Command& command, const std::vector<std::string>& words);

  bool has(std::string_view flag) const { return m_values.contains(flag); }
  std::optional<std::string> value(std::string_view flag) const;
  std::string value_or(std::string_view flag, std::string fallback) const;
  // Throws Error{fatal, Exit::usage} unless the value is a number in this range.
  std::uint64_t count(std::string_view flag, std::uint64_t fallback, std::uint64_t least, std::uint64_t most) const;
  const std::vector<std::string>& positional() const { return m_positional; }

  // Loads the effective settings, and starts the log with their level.
  config::Loaded settings() const;
  // Loads them again; does not change the log.
  config::Loaded settings_again() const;

 private:
  void parse_flags(const Command& command, const std::vector<std::string>& words);

  std::map<std::string, std::string, std::less<>> m_values;    // flag -> value, "" for a flag without a value
  std::map<std::string, std::string, std::less<>> m_settings;  // key -> value
  std::vector<std::string> m_positional;
};

// Error{fatal, Exit::usage}
Error usage_error(const std::string& what, std::string hint);

std::string help_of(const Command& command);
std::string help_of_all();

}  // namespace longshore::cli
