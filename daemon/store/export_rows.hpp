// Reads the rows of a feed's table, for an export.
#pragma once

#include "feed/feed.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace longshore::store {

struct RowRange {
  std::string table;              // of the feed: its history or its latest rows
  std::optional<std::size_t> by;  // a timestamp or date of the feed: the number of the column
  // Of `by`, in µs: rows from `since` on, and before `until`. A date counts as its midnight, and NULL is in no range.
  std::optional<std::int64_t> since;
  std::optional<std::int64_t> until;
  bool is_sorted = false;  // by `by`, NULL last
};

// The columns of each row: those of the declaration, in its order, then file_id.
std::vector<std::string> exported_columns(const Feed& feed);
std::vector<ColumnType> exported_types(const Feed& feed);

// Passes each row to `row`, as Session::read_rows() does: the rows of one snapshot, with bounded memory.
void export_rows(Session& session, const Feed& feed, const RowRange& range, const std::function<void(TextRow)>& row);

}  // namespace longshore::store
