// A connection to PostgreSQL. libpqxx owns it; the PGconn is used for what libpqxx cannot do: COPY in binary format,
// and the command tag of COMMIT. Compiles with libpqxx 6.4 (Debian 12) and 7.x (Debian 13).
//
// One libpqxx nontransaction lives as long as the connection. BEGIN, SAVEPOINT and COMMIT are sent as statements:
// libpqxx transactions omit the isolation level if it is PostgreSQL's default (a role may have another one), and 6.x
// sends BEGIN only with the first statement that passes through libpqxx.
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
// In 6.x a policy creates the PGconn. This one passes on an existing PGconn.
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
  // Throws Error{disconnected} if the server cannot be reached. `begin`, if not empty, begins the transaction in which
  // statements find their tables: one that is prepared outside a transaction is prepared in such a one.
  explicit Connection(const std::string& conninfo, std::string begin = "");

  PGconn* raw() noexcept { return m_raw; }
  bool is_open() const noexcept { return PQstatus(m_raw) == CONNECTION_OK; }
  bool in_transaction() const noexcept { return PQtransactionStatus(m_raw) != PQTRANS_IDLE; }

  // Runs a statement. Throws Error, translated from the SQLSTATE. Without parameters, the text may contain several
  // statements separated by semicolons; returns the result of the last one. A parameter is text, or empty for NULL.
  // Short statements with parameters are prepared at their first use, except behind a pooler: it may run the next
  // transaction on another backend, which does not have them.
  pqxx::result exec(const std::string& sql);
  pqxx::result exec(const std::string& sql, const std::vector<std::optional<std::string>>& params);
  // Prepares a statement and returns "execute …", to send it together with others. Returns "" if it cannot be prepared.
  std::string execute_text(const std::string& sql, const std::vector<std::optional<std::string>>& params);
  // Shuts down the socket, so that a running statement fails. May be called from any thread. Unlike PQcancel it does
  // not wait for the server.
  void interrupt() noexcept;
  // Checks the command tag: COMMIT of an aborted transaction succeeds, with the tag ROLLBACK.
  void commit();

  // Throws the last error of the connection. `result` may be null.
  [[noreturn]] void fail(const PGresult* result);

 private:
  std::string quoted(const std::string& text);
  static std::string state_of(const pqxx::failure& error);
  bool is_pooled();
  // Prepares a statement and returns its name; "" if it cannot be prepared.
  std::string prepared(const std::string& sql);
  void prepare(const std::string& name, const std::string& sql);
  void prepare_now(const std::string& name, const std::string& sql);
  Error error_of(const std::string& state, std::string_view message);
  template <class Work>
  std::invoke_result_t<Work> translated(const std::string& sql, Work&& work);

  PGconn* m_raw;
  Fd m_socket;  // a duplicate for interrupt(): libpq may close its own at any time
  std::unique_ptr<PqxxConnection> m_pqxx;
  std::unique_ptr<pqxx::nontransaction> m_statements;
  std::string m_begin;
  bool m_prepares = false;
  std::unordered_map<std::string, std::string> m_prepared;  // SQL -> name
};

struct ClearResult {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

}  // namespace longshore::store::postgres
