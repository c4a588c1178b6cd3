// docs/reliability.md names a test for each fault that it lists: here each of them is looked up.
#include "support/places.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace longshore::test;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// The titles as they stand in the sources, quotes inside unescaped.
std::set<std::string> titles() {
  static constexpr std::string_view k_begin = "TEST_CASE(";
  std::set<std::string> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{source("tests")}) {
    if (entry.path().extension() != ".cpp")
      continue;
    const std::string text = text_of(entry.path());
    for (auto at = text.find(k_begin); at != std::string::npos; at = text.find(k_begin, at + 1)) {
      std::string title;
      for (auto i = text.find('"', at) + 1; i < text.size() && text[i] != '"'; ++i)
        title += text[i] == '\\' ? text[++i] : text[i];
      CHECK_MESSAGE(all.insert(title).second, "two tests are called: ", title);
    }
  }
  return all;
}

// "| id | fault | what happens | test |"
std::vector<std::vector<std::string>> table_rows() {
  std::vector<std::vector<std::string>> rows;
  std::istringstream text{text_of(source("docs/reliability.md"))};
  for (std::string line; std::getline(text, line);) {
    std::vector<std::string> cells;
    std::istringstream parts{line};
    for (std::string cell; std::getline(parts, cell, '|');) {
      const auto begin = cell.find_first_not_of(' ');
      const auto end = cell.find_last_not_of(' ');
      cells.push_back(begin == std::string::npos ? "" : cell.substr(begin, end - begin + 1));
    }
    if (cells.size() == 5 && cells[1].size() >= 3 && std::isdigit(static_cast<unsigned char>(cells[1][1])))
      rows.push_back(cells);
  }
  return rows;
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("each fault that the documentation lists has its test") {
    const std::set<std::string> known = titles();
    std::set<std::string> faults;
    for (const auto& row : table_rows()) {
      for (std::size_t at = 0; at < row[1].size(); at += 5)  // "F01, F04"
        faults.insert(row[1].substr(at, 3));
      const bool is_command = row[4].starts_with("`./dev ");
      CHECK_MESSAGE((is_command || known.contains(row[4])), row[1], ": no test is called: ", row[4]);
    }
    CHECK(faults.size() >= 100);
  }
}
