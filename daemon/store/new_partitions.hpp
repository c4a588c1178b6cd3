// Creates the next partitions of a table ahead of time. Only PostgreSQL's own partitions: a table that is partitioned
// by ranges of one timestamp or date column, whose newest partition is a day or a month (UTC) long. A table of
// pg_partman, and one that another role owns, is left alone.
#pragma once

#include "store/store.hpp"

#include <cstdint>
#include <string>

namespace longshore::store {

// Creates the partition that follows the newest one, if that ends before `until`; its name follows the pattern of the
// newest one's, or is the table's with the date. In a transaction of its own, which waits for no load: the new table is
// attached. Returns its name; "" if none is missing, or if the table is not such a one. Throws what the session throws,
// for example if the default partition has rows of that time.
std::string make_next_partition(Session& session, const std::string& table, std::int64_t until);

}  // namespace longshore::store
