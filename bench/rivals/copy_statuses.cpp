// copy_statuses --database CONNINFO FILE
//
// Loads status reports in one transaction: COPY BINARY into the history, then one upsert of the newest report of each
// vehicle. Encoding, and the search for the newest reports, end before the clock starts.
#include "base/time.hpp"
#include "pg.hpp"
#include "program.hpp"
#include "rows.hpp"
#include "store/latest.hpp"

#include <limits>

using namespace longshore;
using namespace longshore::rivals;

namespace {

// The newest report of each vehicle, ordered by vehicle: one array literal per column.
struct Newest {
  std::string vehicles, times, statuses;
};

Newest newest_of(const std::string& path) {
  auto windows = rows_of(path, std::numeric_limits<std::size_t>::max());
  RowBatch& all = windows.at(0);
  all.sort();
  std::vector<RowBatch::Cell> cells;
  Newest newest;
  for (const std::size_t number : store::newest_rows(all)) {
    all.cells(all.rows()[number], cells);
    const char* const separator = newest.vehicles.empty() ? "{" : ",";
    append_json_string(newest.vehicles += separator, cells[0].bytes);
    append_time(newest.times += separator, get_int<std::int64_t>(cells[1].bytes.data()));
    append_json_string(newest.statuses += separator, cells[2].bytes);
  }
  for (std::string* column : {&newest.vehicles, &newest.times, &newest.statuses})
    *column += '}';
  return newest;
}

}  // namespace

int main(int argc, char** argv) {
  return program(argc, argv, [](const Arguments& arguments) {
    const std::string path = arguments.files.at(0);
    const Feed& feed = feed_of(path);
    auto windows = rows_of(path);
    for (RowBatch& window : windows)
      window.sort();
    const std::vector<std::string> parts = copy_parts(windows, 1);
    const Newest newest = newest_of(path);
    Pg connection{arguments.get("database")};

    const Clock clock;
    connection.exec("begin");
    connection.copy(feed.table + " (" + columns_of(feed) + ")", parts);
    connection.exec(
        "insert into vehicle_status (vehicle_id, report_time, status, file_id)\n"
        "select v, t, s, 1 from unnest($1::text[], $2::timestamptz[], $3::text[]) newest (v, t, s)\n"
        "on conflict (vehicle_id) do update\n"
        "  set report_time = excluded.report_time, status = excluded.status, file_id = excluded.file_id\n"
        "  where (excluded.report_time, excluded.status) > (vehicle_status.report_time, vehicle_status.status)",
        {newest.vehicles, newest.times, newest.statuses});
    connection.exec("commit");
    std::printf("{\"seconds\": %.6f}\n", clock.seconds());
  });
}
