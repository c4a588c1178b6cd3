// What the tests of this folder need to be told something.
#pragma once

#include "support/scratch_directory.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace longshore::test {

// A value of a JSON document as text, by JSON Pointer; "-" where there is none.
std::string at(const std::string& json, const std::string& pointer);
// The sum of one over many documents.
std::uint64_t sum_of(const std::vector<std::string>& jsons, const std::string& pointer);

// A notify_command: a shell script that keeps its standard input. `first` is what it does before.
class Recorder {
 public:
  explicit Recorder(const std::string& first = "");

  const std::string& path() const { return m_path; }
  std::vector<std::string> told() const;
  std::vector<std::string> told(const std::string& kind) const;
  // Whether it is told so many of a kind, in time.
  bool hears(const std::string& kind, std::size_t count = 1) const;
  // Its directory.
  std::string operator/(const std::string& name) const { return m_scratch / name; }

 private:
  const ScratchDirectory m_scratch;
  std::string m_path;
};

// An executable shell script.
void write_script(const std::string& path, const std::string& text);

}  // namespace longshore::test
