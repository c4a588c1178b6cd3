#include "store/postgres/connection.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "store/postgres/sqlstate.hpp"

#include <cerrno>
#include <new>
#include <string_view>

#include <fcntl.h>
#include <sys/socket.h>

namespace longshore::store::postgres {
namespace {

// Preparing saves a third of a millisecond for each of the ledger's statements of one file. Statements whose text grows
// with the number of files are longer than this limit and are not prepared.
constexpr std::size_t k_max_prepared_length = 2000;
constexpr std::size_t k_max_prepared = 100;

// One of the notices warns that a COMMIT is durable here but perhaps not on the synchronous standby.
void log_notice(void*, const PGresult* notice) {
  const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  const char* text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
  const char* detail = PQresultErrorField(notice, PG_DIAG_MESSAGE_DETAIL);
  const std::string line =
      escape_clipped(std::string{text ? text : ""} + (detail ? "; " : "") + (detail ? detail : ""), 1000);
  if (severity && std::string_view{severity} == "WARNING")
    log::warn("database: {}", line);
  else
    log::debug("database: {}", line);
}

// PgBouncer passes on only a few settings of a session.
Error refusal(const std::string& message) {
  Error error = translate("", false, message);
  return message.find("unsupported startup parameter") == std::string::npos
             ? error
             : error.with_hint("a pooler refuses options= of the connection string, or PGOPTIONS of the environment: "
                               "leave it out; for a search_path set schema = \"NAME\"");
}

struct Finish {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};

// libpq gives no SQLSTATE for a failed connect. A wrong password looks like an outage; both can end without a restart.
std::unique_ptr<PGconn, Finish> connect(const std::string& conninfo) {
  std::unique_ptr<PGconn, Finish> raw{PQconnectdb(conninfo.c_str())};
  if (!raw)
    throw std::bad_alloc{};
  if (PQstatus(raw.get()) != CONNECTION_OK)
    throw refusal(PQerrorMessage(raw.get()));
  PQsetNoticeReceiver(raw.get(), log_notice, nullptr);
  // libpqxx passes on only the text of an error: translate() finds the constraint in its verbose form
  PQsetErrorVerbosity(raw.get(), PQERRORS_VERBOSE);
  return raw;
}

#if PQXX_VERSION_MAJOR < 7
std::unique_ptr<PqxxConnection> owned(PGconn* raw) { return std::make_unique<PqxxConnection>(raw); }
#else
std::unique_ptr<PqxxConnection> owned(PGconn* raw) {
  return std::make_unique<PqxxConnection>(pqxx::connection::seize_raw_connection(raw));
}
#endif

}  // namespace

#if PQXX_VERSION_MAJOR < 7
PqxxConnection::PqxxConnection(PGconn* raw) : pqxx::connection_base(m_policy), m_policy(raw) {
  init();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  activate();
  inhibit_reactivation(true);  // 6.x would reconnect without notice and lose temporary tables, settings and locks
#pragma GCC diagnostic pop
}
#endif

// The constructors of libpqxx send statements, so they fail if the connection is already lost.
Connection::Connection(const std::string& conninfo, std::string begin) : m_begin(std::move(begin)) {
  auto raw = connect(conninfo);
  m_raw = raw.get();
  if (PQsocket(m_raw) < 0)
    throw translate("", false, "the server closed the new connection");
  m_socket = Fd{::fcntl(PQsocket(m_raw), F_DUPFD_CLOEXEC, 0)};
  if (!m_socket)
    throw system_error(errno, "duplicate the database socket");
  try {
    m_pqxx = owned(raw.release());
    m_statements = std::make_unique<pqxx::nontransaction>(*m_pqxx);
    m_prepares = !is_pooled();
  } catch (const pqxx::failure& error) {
    throw translate("", false, error.what());
  }
}

pqxx::result Connection::exec(const std::string& sql) {
  return translated(sql, [&] { return m_statements->exec(sql); });
}

pqxx::result Connection::exec(const std::string& sql, const std::vector<std::optional<std::string>>& params) {
  std::vector<const char*> texts;
  for (const auto& param : params)
    texts.push_back(param ? param->c_str() : nullptr);
  return translated(sql, [&] {
    const std::string name = prepared(sql);
#if PQXX_VERSION_MAJOR < 7
    const auto dynamic = pqxx::prepare::make_dynamic_params(texts);
    return name.empty() ? m_statements->exec_params(sql, dynamic) : m_statements->exec_prepared(name, dynamic);
#else
    pqxx::params dynamic;
    dynamic.append_multi(texts);
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 10
    return name.empty() ? m_statements->exec(sql, dynamic) : m_statements->exec(pqxx::prepped{name}, dynamic);
#else
    return name.empty() ? m_statements->exec_params(sql, dynamic) : m_statements->exec_prepared(name, dynamic);
#endif
#endif
  });
}

std::string Connection::execute_text(const std::string& sql, const std::vector<std::optional<std::string>>& params) {
  const std::string name = translated(sql, [&] {
    std::string prepared_name = prepared(sql);
#if PQXX_VERSION_MAJOR < 7
    if (!prepared_name.empty())
      m_pqxx->prepare_now(prepared_name);  // 6.x prepares at the first use through libpqxx
#endif
    return prepared_name;
  });
  if (name.empty())
    return {};
  std::string text = "execute " + name;
  const char* separator = " (";
  for (const auto& param : params)
    text += std::exchange(separator, ", ") + (param ? quoted(*param) : "null");
  return text + ')';
}

std::string Connection::quoted(const std::string& text) {
  const std::unique_ptr<char, decltype(&PQfreemem)> literal{PQescapeLiteral(m_raw, text.data(), text.size()),
                                                            PQfreemem};
  if (!literal)
    fail(nullptr);
  return literal.get();
}

// The cancel key contains a backend PID. A pooler has no backend of its own and sends an invented PID.
bool Connection::is_pooled() {
  return m_statements->exec("select pg_backend_pid()")[0][0].as<int>() != PQbackendPID(m_raw);
}

std::string Connection::prepared(const std::string& sql) {
  if (!m_prepares || sql.size() > k_max_prepared_length)
    return {};
  if (const auto found = m_prepared.find(sql); found != m_prepared.end())
    return found->second;
  if (m_prepared.size() == k_max_prepared)
    return {};
  std::string name = "longshore_" + std::to_string(m_prepared.size());
  prepare(name, sql);
  m_prepared.emplace(sql, name);
  return name;
}

void Connection::prepare(const std::string& name, const std::string& sql) {
  if (m_begin.empty())
    m_pqxx->prepare(name, sql);
  else if (in_transaction())
    prepare_now(name, sql);
  else {
    m_statements->exec(m_begin);
    try {
      prepare_now(name, sql);
    } catch (...) {
      if (is_open())
        m_statements->exec("rollback");
      throw;
    }
    m_statements->exec("commit");
  }
}

// 6.x would prepare at the first use.
void Connection::prepare_now(const std::string& name, const std::string& sql) {
#if PQXX_VERSION_MAJOR < 7
  m_pqxx->prepare(name, sql);
  try {
    m_pqxx->prepare_now(name);
  } catch (...) {
    m_pqxx->unprepare(name);  // else 6.x would keep the name for this text
    throw;
  }
#else
  m_pqxx->prepare(name, sql);
#endif
}

void Connection::interrupt() noexcept { ::shutdown(m_socket.get(), SHUT_RDWR); }

void Connection::commit() {
  const Result result{PQexec(m_raw, "commit")};
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
    fail(result.get());
  if (const std::string_view tag = PQcmdStatus(result.get()); tag != "COMMIT")
    throw Error{Fault::transient, "database: the answer to COMMIT was " + std::string{tag}}.exits(Exit::unavailable);
}

void Connection::fail(const PGresult* result) {
  const char* state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
  throw error_of(state ? state : "", result ? PQresultErrorMessage(result) : PQerrorMessage(m_raw));
}

Error Connection::error_of(const std::string& state, std::string_view message) {
  if (state != "26000" && state != "42P05")
    return translate(state, is_open(), message);
  m_prepares = false;  // there is a pooler that is_pooled() did not detect
  return Error{Fault::contention, "database: a pooler lost a prepared statement, retrying without prepared statements"}
      .with_code(state);
}

// libpqxx 6 keeps the code of most errors. For these classes it keeps only the type.
std::string Connection::state_of(const pqxx::failure& error) {
  const auto* const sql = dynamic_cast<const pqxx::sql_error*>(&error);
  if (sql && !sql->sqlstate().empty())
    return sql->sqlstate();
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&error))
    return "42501";
  if (dynamic_cast<const pqxx::serialization_failure*>(&error))
    return "40001";
  if (dynamic_cast<const pqxx::deadlock_detected*>(&error))
    return "40P01";
  if (dynamic_cast<const pqxx::statement_completion_unknown*>(&error))
    return "40003";
  return "";
}

template <class Work>
std::invoke_result_t<Work> Connection::translated(const std::string& sql, Work&& work) {
  spdlog::trace("sql: {}", sql);
  try {
    return work();
  } catch (const pqxx::failure& error) {
    if (!is_open() || dynamic_cast<const pqxx::broken_connection*>(&error)) {
      // libpq has the last message of the server; libpqxx 6 reports only what failed afterwards
      const std::string_view message = PQerrorMessage(m_raw);
      throw translate("", false, message.empty() ? error.what() : message);
    }
    throw error_of(state_of(error), error.what());
  }
}

}  // namespace longshore::store::postgres
