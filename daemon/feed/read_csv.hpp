// Reads the options that say how a feed's files are written: `format`, and those of CSV. Both functions throw a
// DeclarationFault.
#pragma once

#include "feed/feed.hpp"
#include "feed/toml_values.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace longshore {

// The keys of a feed that this file reads.
std::span<const std::string_view> csv_keys();

// nullopt: the files are JSON.
std::optional<CsvForm> read_csv_form(const toml::table& root);

// Refuses a column that a CSV file cannot fill. `nodes` are the declarations of the columns.
void check_csv_columns(const Feed& feed, const toml::array& nodes);

}  // namespace longshore
