// What a subcommand is: its words for the help and the parser, and the function behind it.
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
  std::string_view argument;  // for the help: "N"; "": the flag stands alone
  std::string_view text;
};

class Arguments;

struct Command {
  std::string_view name;
  std::string_view arguments;  // for the usage line: "FILE..."
  std::size_t least_arguments = 0;
  std::size_t most_arguments = 0;
  std::string_view summary;  // one line, for the list of commands
  std::string_view about;    // what it does, wrapped by hand
  std::vector<Flag> flags;
  std::vector<std::string_view> settings;  // keys that are flags of this command too; with any of them comes --config
  std::string_view example;
  std::string_view exits;  // exit codes, a line each
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
  // Throws Error{fatal, Exit::usage} for what is no number, or out of range.
  std::uint64_t count(std::string_view flag, std::uint64_t fallback, std::uint64_t least, std::uint64_t most) const;
  const std::vector<std::string>& positional() const { return m_positional; }

  // The effective settings; starts the log with their level.
  config::Loaded settings() const;
  // The same of a later moment; the log stays as it is.
  config::Loaded settings_again() const;

 private:
  void parse_flags(const Command& command, const std::vector<std::string>& words);

  std::map<std::string, std::string, std::less<>> m_values;    // flag -> value, "" for one that stands alone
  std::map<std::string, std::string, std::less<>> m_settings;  // key -> value
  std::vector<std::string> m_positional;
};

// Error{fatal, Exit::usage}
Error usage_error(const std::string& what, std::string hint);

std::string help_of(const Command& command);
std::string help_of_all();

}  // namespace longshore::cli
