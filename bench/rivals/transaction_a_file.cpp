// transaction_a_file --database CONNINFO --landing DIR --done DIR
//
// A simple loader, well written: for each file it decodes the file, inserts the ledger row and the rows in one
// transaction, and renames the file. The statements are prepared. libpq's pipeline sends those of one file in one round
// trip; the statements before a sync are one transaction. It does less than longshore: no claim, no search for the
// content, no fsync of a directory.
#include "pg.hpp"
#include "program.hpp"
#include "rows.hpp"

#include <algorithm>

using namespace longshore;
using namespace longshore::rivals;

namespace {

std::string bytes_of(std::int64_t value) {
  std::string bytes;
  put_int(bytes, value);
  return bytes;
}

class Transactions {
 public:
  explicit Transactions(const std::string& conninfo) : m_pg(conninfo) {
    m_pg.exec("prepare file as insert into ingest_log (file_name, feed, status, records, rows_loaded) "
              "values ($1, $2, 'loaded', $3, $3)");
    m_pg.exec("prepare row as insert into detection_events "
              "(vehicle_id, detection_time, object_types, object_values, record_hash, file_id) "
              "values ($1, $2, $3, $4, $5, currval('ingest_log_file_id_seq'))");
    check(PQenterPipelineMode(m_pg.raw()) == 1);
  }

  // Returns after the commit.
  void load(const std::string& name, const Feed& feed, const RowBatch& rows) {
    send("file", {name, feed.name, bytes_of(static_cast<std::int64_t>(rows.size()))});
    std::vector<RowBatch::Cell> cells;
    for (const RowBatch::Row& row : rows.rows()) {
      rows.cells(row, cells);
      std::vector<std::string> params;
      params.reserve(cells.size());
      for (const RowBatch::Cell& cell : cells)
        params.emplace_back(cell.bytes);
      send("row", params);
    }
    finish();
  }

 private:
  void send(const char* statement, const std::vector<std::string>& params) {
    std::vector<const char*> values;
    std::vector<int> sizes;
    for (const std::string& param : params) {
      values.push_back(param.data());
      sizes.push_back(static_cast<int>(param.size()));
    }
    const std::vector<int> binary(params.size(), 1);
    check(PQsendQueryPrepared(m_pg.raw(), statement, static_cast<int>(params.size()), values.data(), sizes.data(),
                              binary.data(), 0) == 1);
    ++m_sent;
  }

  void finish() {
    check(PQpipelineSync(m_pg.raw()) == 1);
    for (; m_sent > 0; --m_sent) {
      expect(PGRES_COMMAND_OK);
      check(PQgetResult(m_pg.raw()) == nullptr);  // separates the results of two statements
    }
    expect(PGRES_PIPELINE_SYNC);
  }

  void expect(ExecStatusType status) {
    PGresult* const result = PQgetResult(m_pg.raw());
    const bool as_expected = PQresultStatus(result) == status;
    PQclear(result);
    check(as_expected);
  }
  void check(bool holds) const {
    if (!holds)
      throw std::runtime_error{PQerrorMessage(m_pg.raw())};
  }

  Pg m_pg;
  int m_sent = 0;
};

std::vector<std::filesystem::path> files_in(const std::string& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator{directory})
    if (entry.is_regular_file())
      files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  return program(argc, argv, [](const Arguments& arguments) {
    Transactions transactions{arguments.get("database")};
    const std::filesystem::path done = arguments.get("done");
    const Clock clock;
    for (const auto& path : files_in(arguments.get("landing"))) {
      const std::string name = path.filename().string();
      const std::vector<RowBatch> windows = rows_of(path.string());
      transactions.load(name, feed_of(name), windows.front());
      std::filesystem::rename(path, done / name);
    }
    std::printf("{\"seconds\": %.6f}\n", clock.seconds());
  });
}
