// Reads a task from its TOML declaration, without the feeds and tasks that it names: those are known when all
// declarations are read, see tasks/task_check.
#pragma once

#include "tasks/task.hpp"
#include "tasks/task_faults.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::tasks {

// Where a declaration stands, and the files beside it.
struct DeclarationSource {
  std::string origin;     // begins each place: a path, or the name of a file of this program
  std::string directory;  // relative paths begin here; "": relative programs are refused
  // The text of a file beside the declaration; nothing if it does not exist. Throws Error if it cannot be used.
  std::function<std::optional<std::string>(const std::string& name)> read;
};

// Files are read from this directory. A file that every user may write is refused.
DeclarationSource source_in(const std::string& directory, const std::string& origin);

// A name in a list, or a key, with the place that a fault names.
struct NameAt {
  std::string name;
  std::string place;
};
struct KeyAt {
  store::TouchedKey key;  // the type is not set yet
  std::string place;
};

struct TaskDeclaration {
  Task task;  // without what follows, and without Task::declaration
  NameAt name;
  std::vector<NameAt> after;  // feeds and tasks
  std::vector<NameAt> after_failure;
  std::vector<KeyAt> touched;
};

// Adds what is wrong to `faults`, all of it in one go. Returns what could be read; nothing if the text is not TOML, or
// has no name that can be read.
std::optional<TaskDeclaration> read_declaration(std::string_view toml, const DeclarationSource& source,
                                                std::vector<TaskFault>& faults);

}  // namespace longshore::tasks
