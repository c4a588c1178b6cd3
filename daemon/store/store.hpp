// The interface to a database. Code above it is the same for both engines. Each engine has its own fast way to insert a
// window of rows.
//
// A Session is one connection and belongs to one thread at a time. It throws Error, translated from the engine's code:
//   bad_file      the database rejects the data (classes 22, 23, 54 …)
//   contention    a lock or a serialization conflict was lost
//   disconnected  the server is down or closed the connection
//   unavailable   the database is full or read-only
//   transient     the cause is unknown
//   fatal         the set-up is wrong
// After an error inside a transaction call rollback(). If is_open() is false then, open a new Session.
#pragma once

#include "base/error.hpp"
#include "feed/feed.hpp"
#include "feed/row_batch.hpp"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace longshore::store {

enum class Engine { sqlite, postgres };

// NULL, an integer (a boolean is 0 or 1), a double, or text. Times are canonical UTC text (format_time) in parameters
// and results, on both engines. Arrays are returned as JSON text.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;
using Params = std::span<const Value>;

// A small result, of a control statement or a listing. Not for bulk data.
struct Rows {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
  std::uint64_t affected = 0;  // rows changed by an insert, update or delete without RETURNING

  bool empty() const { return rows.empty(); }
  std::size_t size() const { return rows.size(); }
};
std::int64_t as_int(const Value& value, std::int64_t if_null = 0);
std::string as_text(const Value& value);  // "" for NULL
// A time in microseconds, as in base/time.hpp. Throws Error{transient} if the value is not a canonical time.
std::int64_t time_in(const Value& value);

// What one statement of a script did.
struct StatementResult {
  std::uint64_t affected = 0;  // rows inserted, updated or deleted
  bool returns_rows = false;   // a select, or a statement with RETURNING
  std::uint64_t row_count = 0;
  Rows rows;  // the first of them
};

// A row as text, each value as append_cell_text() writes it; nothing for NULL.
using TextRow = std::span<const std::optional<std::string_view>>;

// How many rows of a transaction are new, and which file already holds the others.
struct LoadCounts {
  std::vector<std::uint64_t> loaded;  // rows that are new in the table; index: RowBatch::Row::file
  // (file of the batch, file_id that already holds the row) -> number of records. A record that repeats one of its own
  // file is counted here if another file holds the row, and not counted if its own file holds it.
  std::map<std::pair<std::uint32_t, std::int64_t>, std::uint64_t> overlaps;
};

// How the windows of a transaction are inserted.
enum class LoadOrder {
  straight,  // each window immediately; the unique key detects rows that already exist
  ordered,   // staged, then inserted by one sorted statement at the end: two such transactions cannot deadlock
};

class Session {
 public:
  virtual ~Session() = default;

  virtual Engine engine() const = 0;
  // Target::schema: each transaction begins with it as its search_path, and a statement outside a transaction runs in one
  // of its own, so that it does not matter which backend of a pooler runs it.
  virtual std::string schema() const { return {}; }
  virtual bool is_open() const = 0;

  // Runs a statement: one text for both engines, parameters are $1, $2 …. Outside a transaction it commits at once.
  virtual Rows exec(std::string_view sql, Params params = {}) = 0;
  Rows exec(std::string_view sql, std::initializer_list<Value> params) {
    return exec(sql, Params{params.begin(), params.size()});
  }
  // Outside a transaction: passes each row of a query to `row`, one after another, without keeping them. All are of one
  // snapshot, and no time limit applies. `types` are those of its columns. A row is valid until the next one. If `row`
  // throws, the query ends and the exception passes through; the session may be closed then.
  virtual void read_rows(const std::string& query, std::span<const ColumnType> types,
                         const std::function<void(TextRow)>& row) = 0;
  // Several statements without parameters (a migration), inside the open transaction.
  virtual void exec_script(std::string_view sql) = 0;

  // Inserts many rows, all or none, faster than exec(). Returns false if it inserted none: a unique key already exists,
  // no transaction is open, or the engine does not support it. Then use exec().
  virtual bool bulk_insert(const std::string& table, const std::string& columns,
                           std::span<const std::vector<Value>> rows);

  struct FileBegin {
    // Empty if `insert` created no row, or if the engine does not support begin_file(). No transaction is open then.
    std::optional<std::int64_t> file_id;
    // False with a file_id if some rows already exist: no row was inserted. Call load().
    bool has_rows = false;
  };
  // Begins a transaction and loads one new file, in two round trips. `lock` runs first and returns nothing. `insert`
  // returns the new file_id, or no row. The window is sorted, has no repeated rows, and belongs to a feed without a
  // latest table.
  virtual FileBegin begin_file(std::string_view lock, const std::string& insert, Params params, const RowBatch& window);

  virtual void begin(LoadOrder order = LoadOrder::straight) = 0;
  // The same, then runs a query without parameters, in the same round trip if there are any.
  virtual Rows begin_with(std::string_view query, LoadOrder order) = 0;
  // Begins a transaction in which all statements see one state of the database. On PostgreSQL `lock` comes first: it must
  // be a LOCK TABLE, and the state is the one after it. SQLite's transactions exclude each other without it.
  virtual void begin_snapshot(std::string_view lock) = 0;
  // In a transaction: runs the statements of a script that a user wrote, and keeps at most `most_rows` rows of each.
  // The script may end the transaction: check in_transaction().
  virtual std::vector<StatementResult> run_script(const std::string& script, std::size_t most_rows) = 0;
  // Returns when the database has confirmed that the transaction is durable. If the answer is lost, the fault is
  // disconnected and the outcome is unknown: read it from the ledger.
  virtual void commit() = 0;
  // May be called without an open transaction or connection.
  virtual void rollback() noexcept = 0;
  // Aborts the running statement and returns at once. Any thread may call it while the session exists. Do not use the
  // session afterwards. If a COMMIT was running, read its outcome from the ledger.
  virtual void interrupt() noexcept = 0;

  // In a transaction: inserts a sorted window into the feed's table. RowBatch::Row::file is the index in `file_ids`.
  // Adds to `counts`, whose `loaded` has an element for each file. If the feed has a latest table, collects the newest
  // row of each key in the window, duplicates included, for finish_load().
  virtual void load(const RowBatch& window, std::span<const std::int64_t> file_ids, LoadCounts& counts) = 0;
  // After the last window of a feed: inserts what load() staged, and merges the latest rows in the order of their key.
  virtual void finish_load(const Feed& feed, std::span<const std::int64_t> file_ids, LoadCounts& counts) = 0;

  // In a transaction: load() and finish_load() of a window, with a savepoint around them. Returns the error if the
  // database refuses a row; no row of the window is inserted then. Any other Error passes through.
  std::optional<Error> try_load(const RowBatch& window, std::span<const std::int64_t> file_ids);
  virtual bool in_transaction() const = 0;

  // The table's columns in the catalog: name -> type, followed by " not null", and by " generated" or " default" (also for
  // an identity), if the column is that. Types have the names of a feed declaration ("text[]", "bigint" …), or else the
  // engine's own. SQLite has only text, integer and double. Empty if the table does not exist.
  virtual std::map<std::string, std::string> table_columns(std::string_view table) = 0;
  // The columns of its primary key, in order. Empty if it has none.
  virtual std::vector<std::string> primary_key(std::string_view table) = 0;

 private:
  // Forgets what load() has prepared in this transaction: a savepoint was rolled back.
  virtual void forget_loads() {}
};

// The database refuses a row: a constraint, a trigger, or a value that it cannot store.
bool is_refused_row(const Error& error);

// "sqlite:PATH", a postgresql:// URL or a libpq string ("host=… dbname=…").
struct Target {
  Engine engine = Engine::sqlite;
  std::string location;  // SQLite: the path. PostgreSQL: the connection string for libpq.
  std::string
      schema{};  // PostgreSQL: the only schema in which tables are found and created; "": that of the search_path

  // Throws Error{fatal, Exit::usage} for anything else.
  static Target parse(const std::string& text);
  // As parse() takes it, without a password and without the schema.
  std::string without_password() const;
  // For messages and logs: shows a password as ***, and the schema behind a comma.
  std::string redacted() const;
};

enum class Access {
  read_only,  // for listings; does not create an SQLite file
  read_write,
  exclusive,  // for the daemon: on SQLite also locks PATH.lock, or throws Error{fatal, Exit::left_over}
};

// Connects. Throws disconnected if the server cannot be reached. Throws fatal if the database is unsuitable: a version
// before PostgreSQL 14, an encoding other than UTF8, synchronous_commit = off, an SQLite path on a network file system,
// or a file that is not a database. `who` is the application_name, "longshore/<what>".
std::unique_ptr<Session> open(const Target& target, Access access, const std::string& who);

}  // namespace longshore::store
