// Reads from the declaration of a task what it does: SQL or a program, and the SQL that prepares its tables.
#pragma once

#include "feed/toml_values.hpp"
#include "tasks/task_toml.hpp"

#include <toml++/toml.h>

#include <string>
#include <vector>

namespace longshore::tasks {

// Statements in the declaration: one, or a list of them. Throws DeclarationFault.
Script read_statements(const toml::node& node, const std::string& what);
// A file beside the declaration: x.sql, and for SQLite x.sqlite.sql if that exists. Throws DeclarationFault.
Script read_script_file(const toml::node& node, const std::string& what, const DeclarationSource& source);
// A program and its arguments. The program exists, this process may run it, and not every user may write it. Throws
// DeclarationFault.
std::vector<std::string> read_program(const toml::node& node, const DeclarationSource& source);

}  // namespace longshore::tasks
