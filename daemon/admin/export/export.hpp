// Writes the rows of a feed's table to a file, to standard output, or to one file for each date. Changes nothing in the
// database. The rows are those of one snapshot. Memory is bounded; with a file for each date the database sorts the
// rows.
#pragma once

#include "admin/export/export_files.hpp"
#include "admin/export/row_text.hpp"
#include "base/packer.hpp"
#include "feed/feed.hpp"
#include "store/export_rows.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace longshore::admin {

struct ExportRequest {
  store::RowRange rows;
  RowFormat format = RowFormat::csv;
  Compression compression = Compression::none;
  std::string output = "-";  // "-": standard output
  // `output` is a directory, which must exist, and gets date=YYYY-MM-DD/FEED.csv: the date in UTC of `rows.by`, which
  // must be set. Rows without a time go to date=__HIVE_DEFAULT_PARTITION__, as Hive and Spark name it.
  bool by_date = false;
};

// `progress` is called at times with the rows so far. Returns the files written: with `by_date` none if no row was
// found. A file appears under its name when all rows are written; if it throws before that, none does. Throws what
// ExportFiles and Session::read_rows() throw.
std::vector<ExportedFile> export_feed(store::Session& session, const Feed& feed, const ExportRequest& request,
                                      const std::function<void(std::uint64_t)>& progress);

}  // namespace longshore::admin
