#include "cli/cli.hpp"

#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "config/suggestion.hpp"

#include <algorithm>
#include <array>

namespace longshore::cli {
namespace {

const Command* find_command(std::string_view name) {
  const auto all = commands();
  const auto found = std::ranges::find_if(all, [&](const Command* command) { return command->name == name; });
  return found == all.end() ? nullptr : *found;
}

const Command& need_command(const std::string& name) {
  if (const Command* command = find_command(name))
    return *command;
  std::vector<std::string_view> names;
  for (const Command* command : commands())
    names.push_back(command->name);
  const bool is_flag = name.starts_with('-');
  throw usage_error("unknown command \"" + escape_clipped(name, 100) + '"',
                    is_flag ? "the command comes first: longshore run --landing DIR"
                            : config::did_you_mean(name, names, "longshore --help lists the commands"));
}

std::string version_text() {
  std::string text = "longshore " + std::string{k_version};
  if (!k_revision.empty())
    text += " (" + std::string{k_revision} + ")";
  return text + "\n";
}

bool is_help(const std::string& word) { return word == "--help" || word == "-h"; }

// A --help after "--" is a file name.
bool asks_for_help(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), std::ranges::find(words, "--"), is_help);
}

Exit dispatch(std::vector<std::string> words) {
  if (words.empty())
    throw usage_error("no command given", "longshore --help lists the commands");
  const std::string name = words.front();
  words.erase(words.begin());
  if (name == "--version" || name == "-V") {
    print(version_text());
    return Exit::ok;
  }
  if (is_help(name) || name == "help") {
    print(words.empty() ? help_of_all() : help_of(need_command(words.front())));
    return Exit::ok;
  }
  const Command& command = need_command(name);
  if (asks_for_help(words)) {
    print(help_of(command));
    return Exit::ok;
  }
  return command.run(Arguments{command, words});
}

}  // namespace

std::span<const Command* const> commands() {
  static const std::array all = {
      &run_command(),     &check_command(), &log_command(),  &rejects_command(), &export_command(),   &status_command(),
      &health_command(),  &retry_command(), &skip_command(), &release_command(), &replay_command(),   &verify_command(),
      &migrate_command(), &feeds_command(), &task_command(), &config_command(),  &generate_command(),
  };
  return all;
}

Exit run_command_line(int argc, const char* const* argv) {
  const Exit exit = dispatch({argv + std::min(argc, 1), argv + argc});
  finish_output();
  return exit;
}

}  // namespace longshore::cli
