// A connection to PostgreSQL that libpqxx owns, and beside it its PGconn, for the two things libpqxx cannot do: BINARY COPY
// and the command tag of a COMMIT. One code base on libpqxx 6.4 (Debian 12) and 7.x (Debian 13).
//
// It keeps one libpqxx nontransaction for its life and sends BEGIN, SAVEPOINT and COMMIT as statements of their own:
// libpqxx's transactions leave out the isolation level where it is PostgreSQL's default (a role may have another), and on
// 6.x they send BEGIN lazily, after what goes round them.
#pragma once

#include "base/error.hpp"
#include "base/fd.hpp"

#include <libpq-fe.h>
#include <pqxx/pqxx>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

namespace longshore::store::postgres {

#if PQXX_VERSION_MAJOR < 7
// In 6.x a policy makes the PGconn, and so can remember it.
class CapturingPolicy : public pqxx::connectionpolicy {
 public:
  explicit CapturingPolicy(PGconn* raw) : pqxx::connectionpolicy(""), m_raw(raw) {}
  handle do_startconnect(handle old) override { return old ? old : m_raw; }
  handle do_completeconnect(handle old) override { return old; }
  bool is_ready(handle connection) const noexcept override { return connection != nullptr; }

 private:
  PGconn* m_raw;
};

class PqxxConnection : public pqxx::connection_base {
 public:
  explicit PqxxConnection(PGconn* raw);
  ~PqxxConnection() noexcept { close(); }

 private:
  CapturingPolicy m_policy;
};
#else
using PqxxConnection = pqxx::connection;
#endif

class Connection {
 public:
  // Throws Error{disconnected} when there is none to be had.
  explicit Connection(const std::string& conninfo);

  PGconn* raw() noexcept { return m_raw; }
  bool is_open() const noexcept { return PQstatus(m_raw) == CONNECTION_OK; }
  bool in_transaction() const noexcept { return PQtransactionStatus(m_raw) != PQTRANS_IDLE; }

  // Statements throw Error translated from the SQLSTATE. Without parameters several may stand in one text, separated by
  // semicolons; the last one's result is returned. A parameter is text, or nothing for NULL. Short statements with parameters are
  // prepared at their first use, unless a pooler may give the next transaction to another backend, which knows nothing of them.
  pqxx::result exec(const std::string& sql);
  pqxx::result exec(const std::string& sql, const std::vector<std::optional<std::string>>& params);
  // "execute …": a statement with parameters that is prepared, for a message of several; "": it is not to be prepared.
  std::string execute_text(const std::string& sql, const std::vector<std::optional<std::string>>& params);
  // From any thread: cuts the wire under a statement, which fails then. Unlike PQcancel it needs no answer of the server.
  void cut() noexcept;
  // COMMIT of an aborted transaction succeeds too, with the tag ROLLBACK.
  void commit();

  // The last error of the connection as an Error; `result` may be null.
  [[noreturn]] void fail(const PGresult* result);

 private:
  std::string quoted(const std::string& text);
  static std::string state_of(const pqxx::failure& error);
  bool is_pooled();
  // The name under which it is prepared; "": it is not to be.
  std::string prepared(const std::string& sql);
  Error error_of(const std::string& state, std::string_view said);
  template <class Work>
  std::invoke_result_t<Work> translated(const std::string& sql, Work&& work);

  PGconn* m_raw;
  Fd m_wire;  // the same socket, for cut(): libpq may close its own at any time
  std::unique_ptr<PqxxConnection> m_pqxx;
  std::unique_ptr<pqxx::nontransaction> m_statements;
  bool m_prepares = false;
  std::unordered_map<std::string, std::string> m_prepared;  // text -> name
};

struct ClearResult {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

}  // namespace longshore::store::postgres
