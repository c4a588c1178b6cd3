// Builds the help texts from the lists that the parser uses.
#include "cli/command.hpp"
#include "cli/commands.hpp"

#include <algorithm>
#include <utility>

namespace longshore::cli {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

// Two columns. If the left text is too long, the right one begins on the next line.
std::string in_columns(const Lines& lines) {
  std::size_t width = 0;
  for (const auto& [left, right] : lines)
    width = std::max(width, std::min<std::size_t>(left.size(), 28));
  std::string out;
  for (const auto& [left, right] : lines) {
    out += "  " + left;
    if (left.size() > width)
      out += "\n" + std::string(width + 2, ' ');
    else
      out += std::string(width - left.size(), ' ');
    out += "  " + right + "\n";
  }
  return out;
}

// Indented by two.
std::string indented(std::string_view text) {
  std::string out = "  ";
  for (const char c : text) {
    out += c;
    if (c == '\n')
      out += "  ";
  }
  return out + "\n";
}

std::string setting_flag(const config::Setting& setting) {
  const std::string argument = config::argument_of(setting);
  return config::flag_of(setting) + (argument.empty() ? "" : " " + argument);
}

Lines options_of(const Command& command) {
  Lines lines;
  for (const Flag& flag : command.flags)
    lines.emplace_back("--" + std::string{flag.name} + (flag.argument.empty() ? "" : " " + std::string{flag.argument}),
                       flag.text);
  lines.emplace_back("--help", "print this help");
  return lines;
}

Lines settings_of(const Command& command) {
  Lines lines;
  for (const std::string_view key : command.settings) {
    const config::Setting& setting = *config::find_setting(key);
    std::string text{setting.text};
    if (!setting.is_of_one_run())
      text += " [" + config::default_of(setting) + "]";
    lines.emplace_back(setting_flag(setting), text);
  }
  lines.emplace_back("--config FILE", "settings file [" + std::string{config::k_default_file} + "]");
  return lines;
}

}  // namespace

std::string help_of(const Command& command) {
  const std::string name{command.name};
  std::string out = "usage: longshore " + name + " [options]";
  if (!command.arguments.empty())
    out += " " + std::string{command.arguments};
  out += "\n\n" + std::string{command.about} + "\n\noptions:\n" + in_columns(options_of(command));
  if (!command.settings.empty())
    out +=
        "\nsettings (also in the settings file or as LONGSHORE_NAME; `longshore config show` prints the values in use):\n" +
        in_columns(settings_of(command));
  out += "\nexample:\n" + indented(command.example);
  out += "\nexit codes:\n" + indented(command.exits);
  return out;
}

std::string help_of_all() {
  Lines lines;
  for (const Command* command : commands())
    lines.emplace_back(command->name, command->summary);
  return "usage: longshore COMMAND [options]\n\n"
         "Loads files from a directory into database tables. Each file content is loaded exactly once.\n\n"
         "commands:\n" +
         in_columns(lines) +
         "\n  longshore COMMAND --help explains a command; longshore --version prints the version\n\n"
         "example:\n"
         "  longshore run --landing ./landing --database sqlite:./longshore.db\n";
}

}  // namespace longshore::cli
