#include "tasks/task_work.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

namespace longshore::tasks {
namespace {

constexpr std::string_view k_suffix = ".sql";
constexpr std::string_view k_white_space = " \t\r\n";

// Without white space and semicolons at the end.
std::string_view bare(std::string_view statement) {
  const std::size_t last = statement.find_last_not_of(" \t\r\n;");
  return last == std::string_view::npos ? "" : statement.substr(0, last + 1);
}

std::string read_beside(const toml::node& node, const std::string& what, const std::string& name,
                        const DeclarationSource& source) {
  std::optional<std::string> text;
  try {
    text = source.read(name);
  } catch (const Error& error) {
    throw DeclarationFault{node.source(), what + ": " + error.what(), error.hint()};
  }
  if (!text)
    throw DeclarationFault{node.source(), what + " \"" + shown(name) + "\" does not exist",
                           "the path is relative to the directory of the declaration"};
  if (text->find_first_not_of(k_white_space) == std::string::npos)
    throw DeclarationFault{node.source(), what + " \"" + shown(name) + "\" is empty", "write SQL statements into it"};
  return *std::move(text);
}

DeclarationFault cannot_run(const toml::node& node, const std::string& path, const std::string& why, std::string hint) {
  return {node.source(), "cannot run \"" + shown(path) + "\": " + why, std::move(hint)};
}

void check_program(const toml::node& node, const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0)
    throw cannot_run(node, path, std::strerror(errno), "correct the path, or install the program");
  if (!S_ISREG(st.st_mode))
    throw cannot_run(node, path, "it is not a file", "name a program");
  if (::access(path.c_str(), X_OK) != 0)
    throw cannot_run(node, path, std::strerror(errno), "chmod +x " + escape(path));
  if ((st.st_mode & S_IWOTH) != 0)
    throw cannot_run(node, path, "every user may write this file", "chmod o-w " + escape(path));
}

}  // namespace

Script read_statements(const toml::node& node, const std::string& what) {
  std::string text;
  for (const std::string& statement : read_strings(node, what)) {
    const std::string_view without_end = bare(statement);
    if (without_end.find_first_not_of(k_white_space) == std::string_view::npos)
      throw DeclarationFault{node.source(), "a statement of " + what + " is empty", "remove it"};
    // the semicolon has its own line, because the statement may end with a comment
    text.append(without_end).append("\n;\n");
  }
  return {text, text};
}

Script read_script_file(const toml::node& node, const std::string& what, const DeclarationSource& source) {
  const std::string name = read_string(node, what);
  if (!name.ends_with(k_suffix) || name.find('\0') != std::string::npos)
    throw DeclarationFault{node.source(), what + " \"" + shown(name) + "\" is not the name of an SQL file",
                           "for example " + what + " = \"hourly.sql\""};
  const std::string text = read_beside(node, what, name, source);
  const std::string of_sqlite = name.substr(0, name.size() - k_suffix.size()) + ".sqlite.sql";
  try {
    if (const auto other = source.read(of_sqlite))
      return {text, *other};
  } catch (const Error& error) {
    throw DeclarationFault{node.source(), what + ": " + error.what(), error.hint()};
  }
  return {text, text};
}

std::vector<std::string> read_program(const toml::node& node, const DeclarationSource& source) {
  std::vector<std::string> words = read_strings(node, "run");
  for (const std::string& word : words)
    if (word.find('\0') != std::string::npos)
      throw DeclarationFault{node.source(), "a word of run contains a NUL character", "remove it"};
  std::string& program = words.front();
  const bool is_relative = !program.starts_with('/');
  if (program.find('/') == std::string::npos || program.ends_with('/') || (is_relative && source.directory.empty()))
    throw DeclarationFault{node.source(), "run \"" + shown(program) + "\" is not the path of a program",
                           "for example run = [\"/usr/bin/python3\", \"/srv/tasks/report.py\"]"};
  if (is_relative)
    program = (std::filesystem::path{source.directory} / program).lexically_normal();
  check_program(node, program);
  return words;
}

}  // namespace longshore::tasks
