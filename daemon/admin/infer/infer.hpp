// Proposes the declaration of a feed from files: surveys them, proposes columns, then decodes the files with the
// declaration and widens the columns that reject a value, until it loads every record. A column with few values that no
// type can store (NaN, U+0000) stays, with a doubt.
#pragma once

#include "admin/infer/survey.hpp"

#include <string>
#include <vector>

namespace longshore::admin {

// Returns the TOML of one feed for all of these files. Throws Error if a file cannot be read, is neither JSON nor CSV,
// or if the files have no common format.
std::string infer_feed(const std::vector<std::string>& paths, const ReadLimit& limit);

}  // namespace longshore::admin
