// A program that receives notices, and access to their JSON.
#pragma once

#include "support/scratch_directory.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace longshore::test {

// A string or number of a JSON document as text, by JSON Pointer; "-" if it does not exist.
std::string at(const std::string& json, const std::string& pointer);
// The sum of one number over many documents.
std::uint64_t sum_of(const std::vector<std::string>& jsons, const std::string& pointer);

// A notify_command: a shell script that stores its standard input and its environment. It runs the lines `first` before.
class Recorder {
 public:
  explicit Recorder(const std::string& first = "");

  const std::string& path() const { return m_path; }
  std::vector<std::string> notices() const;
  std::vector<std::string> notices(const std::string& kind) const;
  // Waits until it has received `count` notices of a kind; false if they do not come within half a minute.
  bool receives(const std::string& kind, std::size_t count = 1) const;
  // A path in its directory.
  std::string operator/(const std::string& name) const { return m_scratch / name; }

 private:
  const ScratchDirectory m_scratch;
  std::string m_path;
};

// An executable shell script.
void write_script(const std::string& path, const std::string& text);

}  // namespace longshore::test
