// docs/reliability.md lists faults by id; test titles begin with the ids of the faults they cover ("P01 D08: ...").
// Both sides are compared here, so that a title can be improved without editing the document.
#include "support/places.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>

using namespace longshore::test;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::set<std::string> ids_in(const std::string& text) {
  static const std::regex id{"[A-Z][0-9]{2}"};
  std::set<std::string> ids;
  for (std::sregex_iterator match{text.begin(), text.end(), id}, end; match != end; ++match)
    ids.insert(match->str());
  return ids;
}

// The ids in the titles of all test cases. Fails for a title that occurs twice.
std::set<std::string> tested_ids() {
  static const std::regex title{R"re(TEST_CASE(?:_[A-Z_]+)?\(\s*(?:\w+,\s*)?"((?:[^"\\]|\\.)*)")re"};
  static const std::regex prefix{"^([A-Z][0-9]{2} )*[A-Z][0-9]{2}:"};
  std::set<std::string> titles;
  std::set<std::string> ids;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{source("tests")}) {
    if (entry.path().extension() != ".cpp")
      continue;
    const std::string text = text_of(entry.path());
    for (std::sregex_iterator match{text.begin(), text.end(), title}, end; match != end; ++match) {
      CHECK_MESSAGE(titles.insert((*match)[1]).second, "two test cases have the title: ", (*match)[1].str());
      std::smatch head;
      const std::string name = (*match)[1];
      if (std::regex_search(name, head, prefix))
        ids.merge(ids_in(head.str()));
    }
  }
  return ids;
}

struct Faults {
  std::set<std::string> all;
  std::set<std::string> by_command;  // covered by a command that the row names, not by a test case
};

// "| id, id | fault | what happens |"
Faults documented_faults() {
  static const std::regex row{R"(^\| ([A-Z][0-9]{2}(?:, [A-Z][0-9]{2})*) \|)"};
  Faults faults;
  std::istringstream text{text_of(source("docs/reliability.md"))};
  for (std::string line; std::getline(text, line);) {
    std::smatch match;
    if (!std::regex_search(line, match, row))
      continue;
    const std::set<std::string> ids = ids_in(match[1]);
    faults.all.insert(ids.begin(), ids.end());
    if (line.find("(`./dev ") != std::string::npos)
      faults.by_command.insert(ids.begin(), ids.end());
  }
  return faults;
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("each fault in docs/reliability.md has a test case with its id, and each id in a title is documented") {
    const std::set<std::string> tested = tested_ids();
    const Faults faults = documented_faults();
    for (const std::string& id : faults.all)
      CHECK_MESSAGE((tested.contains(id) || faults.by_command.contains(id)), id, ": no test case has this id");
    for (const std::string& id : tested)
      CHECK_MESSAGE(faults.all.contains(id), id, ": docs/reliability.md does not list it");
    CHECK(faults.all.size() >= 100);
  }
}
