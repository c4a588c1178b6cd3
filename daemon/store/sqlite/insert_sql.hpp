// The statements that insert a row and find the one that is there. Their parameters are those of RowBinder.
#pragma once

#include "feed/feed.hpp"

#include <string>
#include <vector>

namespace longshore::store::sqlite {

std::string insert_sql(const Feed& feed, const std::string& table, const std::vector<std::string>& columns);
// Returns the other file that holds the row; no row if the file itself holds it.
std::string holder_sql(const Feed& feed);
// Returns whether the row of this key is of the file itself, and its file; no row if there is none.
std::string previous_sql(const Feed& feed);

}  // namespace longshore::store::sqlite
