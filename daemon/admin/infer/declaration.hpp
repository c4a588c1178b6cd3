// The proposed feed, and its text.
#pragma once

#include "admin/infer/columns.hpp"
#include "feed/feed.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace longshore::admin {

struct Declaration {
  std::string summary;  // of the files
  std::string name;
  std::vector<std::string> files;
  std::optional<CsvForm> csv;
  std::vector<std::string> records;  // of JSON
  std::vector<std::size_t> key;
  std::string key_doubt;
  Columns columns;
  std::vector<std::string> doubts;
};

// TOML, with the doubts as comments.
std::string text_of(const Declaration& declaration);

}  // namespace longshore::admin
