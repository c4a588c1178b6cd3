// A folder of samples/systems, run as its README says: in an empty directory, with the built longshore.
#pragma once

#include "support/pipeline.hpp"
#include "support/scratch_directory.hpp"
#include "support/script.hpp"

#include <map>
#include <string>
#include <vector>

namespace longshore::test {

class Sample {
 public:
  Sample(const std::string& name, const store::Target& target);

  // Copies an input file into the landing directory.
  void drop(const std::string& file) const;
  // Runs a shell command of the README in the directory, with its environment.
  ScriptRun shell(const std::string& command) const;
  // As Pipeline::rows().
  std::vector<std::string> rows(const std::string& sql) { return m_pipeline.rows(sql); }
  std::string one(const std::string& sql) { return m_pipeline.one(sql); }
  // A path in the directory.
  std::string operator/(const std::string& name) const { return m_pipeline.scratch / name; }

  std::map<std::string, std::string> environment;

 private:
  std::string m_folder;
  Pipeline m_pipeline;
};

}  // namespace longshore::test
