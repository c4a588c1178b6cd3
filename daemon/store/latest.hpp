// The newest row of each key: chosen in the client per window, merged by one upsert. Which of two rows is newer is said
// once, here, for the client and for both engines' SQL, so that it can be recomputed from the history: the greatest
// `newest` column, then the greatest of the other columns that have an order, as declared (NULL is the smallest), then,
// where a column has no order, the greatest record_hash.
#pragma once

#include "feed/row_batch.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace longshore::store {

// The row numbers (into window.rows()) of the newest row of each latest key, in the order of that key. Of equal rows the
// first one stands.
std::vector<std::size_t> newest_rows(const RowBatch& window);

// The names of the latest table's columns, in the order in which the two statements below have them.
std::vector<std::string> latest_columns(const Feed& feed);
// "order by …": brings the newest row of each key first. Ends in file_id, so that of equal rows the oldest file's stands.
std::string newest_first_sql(const Feed& feed);
// "on conflict … do update set … where …": the end of an insert into the latest table, the same on both engines.
std::string replace_older_sql(const Feed& feed);

}  // namespace longshore::store
