#include "samples/sample.hpp"

#include "support/places.hpp"

#include <cstdlib>
#include <filesystem>

namespace longshore::test {

Sample::Sample(const std::string& name, const store::Target& target)
    : m_folder(source("samples/systems/" + name)), m_pipeline(target) {
  const std::filesystem::path binary{program()};
  environment = {{"PATH", binary.parent_path().string() + ":" + std::getenv("PATH")},
                 {"LONGSHORE_LANDING", "landing"},
                 {"LONGSHORE_SETTLE", "0s"},
                 {"LONGSHORE_DATABASE", text_of(target)},
                 {"LONGSHORE_FEEDS", m_folder + "/feeds"},
                 {"LONGSHORE_TASKS", m_folder + "/tasks"}};
}

void Sample::drop(const std::string& file) const {
  std::filesystem::copy_file(m_folder + "/input/" + file, *this / ("landing/" + file));
}

ScriptRun Sample::shell(const std::string& command) const {
  std::string script = "cd '" + m_pipeline.scratch.path().string() + "' || exit 1\n";
  for (const auto& [name, value] : environment)
    script += "export " + name + "='" + value + "'\n";
  return run_script("{ " + script + command + "\n}");
}

}  // namespace longshore::test
