// The seam between the spine and a database. Everything above it is written once for both engines; below it each engine
// does one thing its own way: how a window of rows gets into a table fastest.
//
// A Session is one connection and belongs to one thread at a time. It throws Error, translated from the engine's code: bad_file when
// the database refuses the data (22, 23, 54 …), contention for a lost lock or serialization, disconnected when the server is gone
// or has cut the connection, unavailable when the database is full or read-only, transient for what nobody knows, fatal for the
// set-up. After any throw inside a transaction call rollback(); the connection may be gone: is_open() tells, and a new Session
// is the remedy.
#pragma once

#include "base/error.hpp"
#include "feed/feed.hpp"
#include "feed/row_batch.hpp"

#include <cstdint>
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

// NULL, a whole number (a boolean is 0 or 1), a double, or text. Times are canonical UTC text (format_time) in both
// directions on both engines; arrays come back as JSON text.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;
using Params = std::span<const Value>;

// A small result: control statements and listings, never bulk data.
struct Rows {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
  std::uint64_t affected = 0;  // rows that an insert, update or delete without RETURNING touched

  bool empty() const { return rows.empty(); }
  std::size_t size() const { return rows.size(); }
};
std::int64_t as_int(const Value& value, std::int64_t if_null = 0);
std::string as_text(const Value& value);  // "" for NULL

// What became of the rows of a transaction, by file of the batch.
struct LoadCounts {
  std::vector<std::uint64_t> loaded;  // rows that are new in the table, by RowBatch::Row::file
  // (file of the batch, file_id that holds the row already) -> how many of the file's records those are. A record that
  // repeats one of the same file counts here when another file holds the row, and nowhere when its own file does.
  std::map<std::pair<std::uint32_t, std::int64_t>, std::uint64_t> overlaps;
};

// How the windows of a transaction get into the table.
enum class LoadOrder {
  straight,  // each at once; rows that are there already are found by the unique key
  ordered,   // kept aside and inserted by one ordered statement at the end: two such transactions cannot deadlock
};

class Session {
 public:
  virtual ~Session() = default;

  virtual Engine engine() const = 0;
  virtual bool is_open() const = 0;

  // One statement, the same text for both engines; parameters are $1, $2 …; outside a transaction it commits by itself.
  virtual Rows exec(std::string_view sql, Params params = {}) = 0;
  Rows exec(std::string_view sql, std::initializer_list<Value> params) {
    return exec(sql, Params{params.begin(), params.size()});
  }
  // Several statements without parameters (a migration), inside the open transaction.
  virtual void exec_script(std::string_view sql) = 0;

  // Many rows into a table, all or none, quicker than exec() can. False: nothing was done, because a row of the same unique key is
  // there, no transaction is open, or the engine has no such way; then exec() is to be asked.
  virtual bool put(const std::string& table, const std::string& columns, std::span<const std::vector<Value>> rows);

  struct Begun {
    std::optional<std::int64_t>
        file_id;            // nothing: `insert` made no row, or the engine has no such way; no transaction is open
    bool has_rows = false;  // false with a file_id: some rows are in the table already, and load() is to be called
  };
  // Begins a transaction of one new file, in two exchanges with the server: `insert`, which returns the file_id that it made or no
  // row, and the rows of a sorted window without repeats, of a feed without a latest table.
  virtual Begun begin_file(const std::string& insert, Params params, const RowBatch& window);

  virtual void begin(LoadOrder road = LoadOrder::straight) = 0;
  // Returns only when the database has said that everything is durable. When the answer is lost the fault is disconnected
  // and nobody knows: ask the ledger.
  virtual void commit() = 0;
  // Also when nothing is open, or the connection is gone.
  virtual void rollback() noexcept = 0;
  // From any thread, while the session lives: the statement under way is given up, however long it would take or wait. The
  // session is of no use after it; what became of a COMMIT under way, the ledger tells. Returns at once.
  virtual void interrupt() noexcept = 0;

  // Inside a transaction: loads a window, sorted, into its feed's table; file_ids by RowBatch::Row::file. Adds to `counts`
  // (whose `loaded` has an element for each file). Where the feed keeps a latest table the newest row of each key in the
  // window, duplicates included, is set aside for finish_load().
  virtual void load(const RowBatch& window, std::span<const std::int64_t> file_ids, LoadCounts& counts) = 0;
  // After the last window of a feed: what `load` set aside is brought in, the latest table merged in the order of its key.
  virtual void finish_load(const Feed& feed, std::span<const std::int64_t> file_ids, LoadCounts& counts) = 0;

  // The table's columns as the catalog has them: name -> type in the words of a feed ("text[]", "bigint" …; the
  // engine's own word where a feed has none; SQLite knows only text, integer and double) with " not null" behind where
  // that holds; empty: no such table.
  virtual std::map<std::string, std::string> table_columns(std::string_view table) = 0;
  // The columns of its primary key in order; empty: it has none.
  virtual std::vector<std::string> primary_key(std::string_view table) = 0;
};

// "sqlite:PATH", a postgresql:// URL or a libpq string ("host=… dbname=…").
struct Target {
  Engine engine = Engine::sqlite;
  std::string location;  // SQLite: the path. PostgreSQL: what libpq takes.

  // Throws Error{fatal, Exit::usage} for anything else.
  static Target parse(const std::string& text);
  // For people and logs: a password is shown as ***.
  std::string redacted() const;
};

enum class Access {
  read_only,  // a listing beside a running daemon; a SQLite file is not created
  read_write,
  exclusive,  // the daemon: on SQLite takes the lock beside the database, or throws Error{fatal, Exit::left_over}
};

// Connects. Throws disconnected when the server cannot be reached now, fatal when it must not be used: an encoding that is
// not UTF8, a version below PostgreSQL 14, synchronous_commit = off, a SQLite file on a network file system or that is
// no database. `who` is the application_name, "longshore/<what>".
std::unique_ptr<Session> open(const Target& target, Access access, const std::string& who);

}  // namespace longshore::store
