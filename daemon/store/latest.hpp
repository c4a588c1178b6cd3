// The latest table: the newest row of each key. The client selects the newest rows of a window, one upsert merges them.
// The order of two rows is defined here, for the client and for the SQL of both engines. These values are compared in
// turn; the greater one is newer, and NULL is the smallest:
//   1. the `newest` column
//   2. the other columns that have an order, as declared
//   3. record_hash, if a column has no order
// So the latest table can be computed from the fact table at any time. One exception: two rows whose times differ only
// beyond the microsecond, and that are equal otherwise, differ in nothing that is stored but record_hash; if no column
// needs record_hash here, file_id is that of the row which was committed first.
//
// A feed without a history may have a user's own table. Its columns may have another collation, NULL where the feed has
// none, and rows without a file. A row with a negative file_id is older than any other: store/replay.
#pragma once

#include "feed/row_batch.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace longshore::store {

// The indexes (into window.rows()) of the newest row of each latest key, sorted by that key. Of equal rows, the first.
std::vector<std::size_t> newest_rows(const RowBatch& window);

// The columns of the latest table, in the order of the two statements below.
std::vector<std::string> latest_columns(const Feed& feed);
// "order by …": sorts the newest row of each key first. It ends with file_id, so that of equal rows the oldest file's
// is first.
std::string newest_first_sql(Engine engine, const Feed& feed);
// "on conflict … do update set … where …": the end of an insert into the latest table.
std::string replace_older_sql(Engine engine, const Feed& feed);

}  // namespace longshore::store
