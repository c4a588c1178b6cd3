// insert_rows --database FILE FILE…
//
// A prepared insert of the rows of the files into an existing SQLite table, in one transaction, in the windows and
// order of longshore. Before the clock starts, every value is in memory in SQLite's form. WAL, synchronous = FULL.
#include "program.hpp"
#include "rows.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

using namespace longshore;
using namespace longshore::rivals;

namespace {

struct Row {
  std::vector<std::string> texts;
  std::int64_t hash;
};

// Every column of the detections is text in SQLite.
std::vector<Row> texts_of(const std::vector<std::string>& paths) {
  std::vector<Row> rows;
  std::vector<RowBatch::Cell> cells;
  for (const std::string& path : paths)
    for (RowBatch& window : rows_of(path)) {
      window.sort();
      const Feed& feed = window.feed();
      for (const RowBatch::Row& row : window.rows()) {
        window.cells(row, cells);
        Row& texts = rows.emplace_back();
        for (std::size_t i = 0; i < feed.columns.size(); ++i)
          append_cell_text(texts.texts.emplace_back(), feed.columns[i].type, cells[i].bytes);
        texts.hash = get_int<std::int64_t>(cells.back().bytes.data());
      }
    }
  return rows;
}

}  // namespace

int main(int argc, char** argv) {
  return program(argc, argv, [](const Arguments& arguments) {
    const Feed& feed = feed_of(arguments.files.at(0));
    const std::vector<Row> rows = texts_of(arguments.files);
    SQLite::Database database{arguments.get("database"), SQLite::OPEN_READWRITE};
    database.exec("pragma journal_mode = wal");
    database.exec("pragma synchronous = full");

    const Clock clock;
    database.exec("begin immediate");
    std::string places;
    for (std::size_t i = 0; i < feed.columns.size() + 2; ++i)
      places += i == 0 ? "?" : ", ?";
    SQLite::Statement insert{database,
                             "insert into " + feed.table + " (" + columns_of(feed) + ") values (" + places + ")"};
    for (const Row& row : rows) {
      int number = 0;
      for (const std::string& text : row.texts)
        insert.bindNoCopy(++number, text);
      insert.bind(++number, row.hash);
      insert.bind(++number, std::int64_t{1});
      insert.exec();
      insert.reset();
    }
    database.exec("commit");
    std::printf("{\"seconds\": %.6f}\n", clock.seconds());
  });
}
