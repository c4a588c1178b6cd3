#include "store/sqlite/session.hpp"

#include "base/crash_point.hpp"
#include "base/text.hpp"
#include "store/latest.hpp"
#include "store/schema_sql.hpp"
#include "store/sqlite/error.hpp"
#include "store/sqlite/file.hpp"
#include "store/sqlite/insert_sql.hpp"
#include "store/sqlite/row_binder.hpp"
#include "store/sqlite/row_reader.hpp"
#include "store/sqlite/script.hpp"
#include "store/sqlite/wal_monitor.hpp"
#include "store/user_script.hpp"

#include <sqlite3.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <type_traits>
#include <unordered_map>

namespace longshore::store::sqlite {
namespace {

constexpr auto k_begin = "begin immediate";  // takes the write lock at once, so that COMMIT cannot fail because of it
constexpr int k_busy_timeout_ms = 5000;
// Of the log after a checkpoint, in bytes; with any limit it is empty after the last close.
constexpr auto k_limit_wal = "pragma journal_size_limit = 67108864";
constexpr std::size_t k_max_cached_statements = 64;

// Resets a cached statement after its use.
class StatementUse {
 public:
  explicit StatementUse(SQLite::Statement& statement) : m_statement(statement) {}
  StatementUse(const StatementUse&) = delete;
  ~StatementUse() {
    m_statement.tryReset();
    try {
      m_statement.clearBindings();
    } catch (const SQLite::Exception&) {  // cannot fail for a valid statement
    }
  }
  SQLite::Statement* operator->() const { return &m_statement; }
  SQLite::Statement& operator*() const { return m_statement; }

 private:
  SQLite::Statement& m_statement;
};

Value value_of(const SQLite::Column& column) {
  if (column.isNull())
    return std::monostate{};
  if (column.isInteger())
    return std::int64_t{column.getInt64()};
  if (column.isFloat())
    return column.getDouble();
  return column.getString();
}

void bind(SQLite::Statement& statement, int number, const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value))
    statement.bind(number, *whole);
  else if (const auto* real = std::get_if<double>(&value))
    statement.bind(number, *real);
  else if (const auto* text = std::get_if<std::string>(&value))
    statement.bind(number, *text);
  else
    statement.bind(number);
}

// Replaces $1 by ?1. SQLite treats $1 as a name and searches all names of the statement for it. With ten thousand
// parameters that takes quadratic time.
std::string numbered(std::string_view sql) {
  std::string out{sql};
  bool is_quoted = false;
  for (std::size_t i = 0; i + 1 < out.size(); ++i) {
    if (out[i] == '\'')
      is_quoted = !is_quoted;
    else if (out[i] == '$' && !is_quoted && out[i + 1] >= '0' && out[i + 1] <= '9')
      out[i] = '?';
  }
  return out;
}

class SqliteSession final : public Session {
 public:
  SqliteSession(const std::string& path, Access access, Fd lock)
      : m_path(path), m_lock(std::move(lock)),
        m_db(path, access == Access::read_only ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE,
             k_busy_timeout_ms) {
    if (access == Access::read_only)
      pragma("schema_version");  // reads the file, which may not be a database
    else
      make_writable(access);
    m_identity = identity_of(path);
  }

  using Session::exec;
  Engine engine() const override { return Engine::sqlite; }
  bool is_open() const override { return m_open; }

  Rows exec(std::string_view sql, Params params) override {
    return translated([&] {
      const StatementUse statement{prepared(numbered(sql))};
      for (std::size_t i = 0; i < params.size(); ++i)
        bind(*statement, static_cast<int>(i) + 1, params[i]);
      Rows result;
      for (int i = 0; i < statement->getColumnCount(); ++i)
        result.columns.emplace_back(statement->getColumnName(i));
      const auto before = static_cast<std::uint32_t>(m_db.getTotalChanges());
      while (statement->executeStep()) {
        auto& row = result.rows.emplace_back();
        for (int i = 0; i < statement->getColumnCount(); ++i)
          row.push_back(value_of(statement->getColumn(i)));
      }
      result.affected = static_cast<std::uint32_t>(m_db.getTotalChanges()) - before;  // the counter may wrap
      return result;
    });
  }

  void read_rows(const std::string& query, std::span<const ColumnType> types,
                 const std::function<void(TextRow)>& row) override {
    translated([&] {
      RowReader reader{m_db.getHandle(), query, types};
      while (reader.next())
        row(reader.row());
    });
  }

  void exec_script(std::string_view sql) override {
    translated([&] { m_db.exec(std::string{sql}); });
  }

  void begin(LoadOrder) override {
    if (m_statements.size() >= k_max_cached_statements)
      m_statements.clear();  // no statement is in use here
    // SQLite can still write to a removed file, but the rows are lost when the file is closed
    const FileIdentity now = identity_of(m_path);
    if (!now.is_same_file(m_identity)) {
      m_open = false;
      throw Error{Fault::unavailable,
                  "the database \"" + escape(m_path) +
                      "\" was removed, replaced or truncated while it was open: restore it, or restart "
                      "longshore, which creates a new one if it does not exist"};
    }
    m_identity = now;
    exec_script(k_begin);
  }

  Rows begin_with(std::string_view query, LoadOrder order) override {
    begin(order);
    return exec(query, Params{});
  }

  void begin_snapshot(std::string_view) override { begin(LoadOrder::straight); }

  std::vector<StatementResult> run_script(const std::string& script, std::size_t most_rows) override {
    std::vector<StatementResult> results;
    try {
      translated([&] { sqlite::run_script(m_db, script, most_rows, m_is_interrupted, results); });
    } catch (const Error& error) {
      throw in_statement(error, results.size() + 1);
    }
    return results;
  }

  void commit() override {
    crash_point("before_commit");
    exec_script("commit");
    crash_point("after_commit");
  }

  void rollback() noexcept override {
    // after SQLITE_FULL and similar errors SQLite has already rolled back
    if (!sqlite3_get_autocommit(m_db.getHandle()))
      m_db.tryExec("rollback");
  }

  bool in_transaction() const override { return !sqlite3_get_autocommit(m_db.getHandle()); }

  void interrupt() noexcept override {
    m_is_interrupted = true;
    sqlite3_interrupt(m_db.getHandle());
  }

  void load(const RowBatch& window, std::span<const std::int64_t> file_ids, LoadCounts& counts) override {
    translated([&] {
      if (window.feed().has_history)
        insert_facts(window, file_ids, counts);
      if (!window.feed().latest)
        return;
      crash_point("before_latest");
      if (window.feed().has_history)
        merge_latest(window, file_ids);
      else
        merge_only_latest(window, file_ids, counts);
      crash_point("after_latest");
    });
    crash_point("in_load");
  }

  void finish_load(const Feed&, std::span<const std::int64_t>, LoadCounts&) override {}  // load() stages nothing

  std::map<std::string, std::string> table_columns(std::string_view table) override {
    std::map<std::string, std::string> columns;
    // hidden: 2 and 3 are generated columns
    const Rows found = exec(R"(
select name, lower(type), "notnull" or pk > 0, hidden > 1, dflt_value is not null
from pragma_table_xinfo($1)
)",
                            {Value{std::string{table}}});
    for (const auto& row : found.rows)
      columns[as_text(row[0])] = (as_text(row[1]) == "real" ? "double" : as_text(row[1])) +
                                 (as_int(row[2]) ? " not null" : "") +
                                 (as_int(row[3])   ? " generated"
                                  : as_int(row[4]) ? " default"
                                                   : "");
    return columns;
  }

  std::vector<std::string> primary_key(std::string_view table) override {
    std::vector<std::string> key;
    const Rows found =
        exec("select name from pragma_table_info($1) where pk > 0 order by pk", {Value{std::string{table}}});
    for (const auto& row : found.rows)
      key.push_back(as_text(row[0]));
    return key;
  }

 private:
  template <class Work>
  std::invoke_result_t<Work&> translated(Work&& work) {
    try {
      return work();
    } catch (const SQLite::Exception& exception) {
      // After an I/O error the outcome of a COMMIT is unknown. After the others the file may be damaged. Both need a
      // new session.
      const int code = exception.getErrorCode();
      if (code == SQLITE_IOERR || code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_CANTOPEN)
        m_open = false;
      throw translate(exception, "database \"" + escape(m_path) + "\"");
    }
  }

  SQLite::Statement& prepared(const std::string& sql) {
    if (const auto found = m_statements.find(sql); found != m_statements.end())
      return found->second;
    return m_statements.try_emplace(sql, m_db, sql).first->second;
  }

  std::string pragma(const std::string& text) { return m_db.execAndGet("pragma " + text).getString(); }

  // SQLite opens a file without write permission as read-only and reports no error. For the daemon's start this is a
  // wrong set-up. Later it may be temporary.
  void make_writable(Access access) {
    if (sqlite3_db_readonly(m_db.getHandle(), "main") == 1)
      throw Error{access == Access::exclusive ? Fault::fatal : Fault::unavailable,
                  "the database \"" + escape(m_path) + "\" cannot be written"}
          .with_hint(k_write_hint)
          .exits(Exit::no_permission);
    make_durable();
    keep_wal_files();
    m_wal_monitor.emplace(m_db.getHandle(), m_path);
  }

  // On a file system without shared memory SQLite does not enable WAL and reports no error. So the mode is checked.
  void make_durable() {
    const std::string mode = pragma("journal_mode = wal");
    m_db.exec("pragma synchronous = full");
    if (mode != "wal" || pragma("synchronous") != "2")
      throw Error{Fault::fatal,
                  "the database \"" + escape(m_path) + "\" cannot use WAL mode: its journal mode is " + mode}
          .with_hint("move it to a local file system")
          .exits(Exit::config);
  }

  // The last connection would remove PATH-wal and PATH-shm, and a reader without rights on the directory, which cannot
  // create them, could not open the database until the next write. They stay, and the log is emptied instead.
  void keep_wal_files() {
    int keep = 1;
    sqlite3_file_control(m_db.getHandle(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
    m_db.exec(k_limit_wal);
  }

  void insert_facts(const RowBatch& window, std::span<const std::int64_t> file_ids, LoadCounts& counts) {
    const Feed& feed = window.feed();
    RowBinder binder{feed};
    const std::string conflict = "on conflict (" + sql_names(fact_key(feed)) + ") do nothing";
    const StatementUse insert{prepared(insert_sql(feed, feed.table, tuple_columns(feed)) + conflict)};
    const std::string find_holder = holder_sql(feed);
    const RowBatch::Row* previous = nullptr;
    std::int64_t holder = 0;  // the other file that holds the previous row
    for (const RowBatch::Row& row : window.rows()) {
      const bool is_repeat = previous && previous->file == row.file && window.same(*previous, row);
      previous = &row;
      if (is_repeat) {
        if (holder != 0)
          ++counts.overlaps[{row.file, holder}];
        continue;
      }
      holder = 0;
      binder.bind(*insert, window, row, file_ids[row.file]);
      const int inserted = insert->exec();
      insert->reset();
      if (inserted > 0) {
        ++counts.loaded[row.file];
        continue;
      }
      const StatementUse find{prepared(find_holder)};
      binder.bind(*find, window, row, file_ids[row.file]);
      if (find->executeStep()) {
        holder = find->getColumn(0).getInt64();
        ++counts.overlaps[{row.file, holder}];
      }
    }
  }

  void merge_latest(const RowBatch& window, std::span<const std::int64_t> file_ids) {
    const Feed& feed = window.feed();
    RowBinder binder{feed};
    const StatementUse upsert{
        prepared(insert_sql(feed, feed.latest->table, latest_columns(feed)) + replace_older_sql(Engine::sqlite, feed))};
    for (const std::size_t number : newest_rows(window)) {
      const RowBatch::Row& row = window.rows()[number];
      binder.bind(*upsert, window, row, file_ids[row.file]);
      upsert->exec();
      upsert->reset();
    }
  }

  // Without a history, the rows that a file has in the table at the end of the transaction are its loaded rows.
  void merge_only_latest(const RowBatch& window, std::span<const std::int64_t> file_ids, LoadCounts& counts) {
    const Feed& feed = window.feed();
    std::unordered_map<std::int64_t, std::uint32_t> numbers;
    for (std::size_t i = 0; i < file_ids.size(); ++i)
      numbers[file_ids[i]] = static_cast<std::uint32_t>(i);
    RowBinder binder{feed};
    const StatementUse previous{prepared(previous_sql(feed))};
    const StatementUse upsert{
        prepared(insert_sql(feed, feed.latest->table, latest_columns(feed)) + replace_older_sql(Engine::sqlite, feed))};
    for (const std::size_t number : newest_rows(window)) {
      const RowBatch::Row& row = window.rows()[number];
      binder.bind(*previous, window, row, file_ids[row.file]);
      const bool is_there = previous->executeStep();
      const bool is_own = is_there && previous->getColumn(0).getInt() == 1;
      const auto loser = is_there ? numbers.find(previous->getColumn(1).getInt64()) : numbers.end();
      previous->reset();
      binder.bind(*upsert, window, row, file_ids[row.file]);
      const int written = upsert->exec();
      upsert->reset();
      if (written == 0 || is_own)
        continue;
      ++counts.loaded[row.file];
      if (loser != numbers.end())
        --counts.loaded[loser->second];
    }
  }

  std::string m_path;
  Fd m_lock;
  SQLite::Database m_db;
  std::unordered_map<std::string, SQLite::Statement> m_statements;
  FileIdentity m_identity;
  std::optional<WalMonitor> m_wal_monitor;
  bool m_open = true;
  std::atomic<bool> m_is_interrupted{false};
};

}  // namespace

std::unique_ptr<Session> open(const std::string& path, Access access) {
  const bool is_there = identity_of(path).inode != 0;
  if (access == Access::read_only && !is_there)
    throw Error{Fault::fatal, "the database does not exist: \"" + escape(path) + "\""}
        .with_hint(
            "longshore run or longshore migrate creates it; --database or --config selects another one; longshore config "
            "show prints which setting named this one")
        .exits(Exit::config);
  if (access == Access::read_write && !is_there && is_daemon_locked(path))
    throw Error{Fault::unavailable, "the database \"" + escape(path) + "\" was removed while a daemon uses it"}
        .with_hint("restore it, or restart the daemon, which creates a new one")
        .exits(Exit::unavailable);
  refuse_network_file_system(path);
  Fd lock = access == Access::exclusive ? take_daemon_lock(path) : Fd{};
  try {
    return std::make_unique<SqliteSession>(path, access, std::move(lock));
  } catch (const SQLite::Exception& exception) {
    throw translate(exception, "open database \"" + escape(path) + "\"");
  }
}

}  // namespace longshore::store::sqlite
