#include "store/postgres/script.hpp"

#include "store/postgres/values.hpp"
#include "store/user_script.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace longshore::store::postgres {
namespace {

void add_row(StatementResult& statement, const PGresult* result, std::size_t most_rows) {
  const int columns = PQnfields(result);
  if (statement.rows.columns.empty())
    for (int i = 0; i < columns; ++i)
      statement.rows.columns.emplace_back(PQfname(result, i));
  ++statement.row_count;
  if (statement.rows.size() == most_rows)
    return;
  auto& values = statement.rows.rows.emplace_back();
  values.reserve(static_cast<std::size_t>(columns));
  for (int i = 0; i < columns; ++i)
    if (PQgetisnull(result, 0, i))
      values.emplace_back();
    else
      values.push_back(scalar_of({PQgetvalue(result, 0, i), static_cast<std::size_t>(PQgetlength(result, 0, i))},
                                 PQftype(result, i)));
}

std::uint64_t affected_by(PGresult* result) {
  const std::string_view text = PQcmdTuples(result);
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The server waits for the client, or sends data: ends that, so that its error is the next result.
void end_copy(PGconn* connection, ExecStatusType status) {
  if (status == PGRES_COPY_IN) {
    PQputCopyEnd(connection, "a task cannot copy from its client");
    return;
  }
  char* line = nullptr;
  while (PQgetCopyData(connection, &line, 0) > 0)
    PQfreemem(std::exchange(line, nullptr));
}

}  // namespace

std::vector<StatementResult> run_script(Connection& connection, const std::string& script, std::size_t most_rows) {
  PGconn* const raw = connection.raw();
  if (PQsendQuery(raw, script.c_str()) != 1)
    connection.fail(nullptr);
  PQsetSingleRowMode(raw);
  std::vector<StatementResult> statements;
  StatementResult current;
  Result failed;
  bool copies = false;
  while (Result result{PQgetResult(raw)}) {
    switch (const ExecStatusType status = PQresultStatus(result.get())) {
    case PGRES_SINGLE_TUPLE:
      add_row(current, result.get(), most_rows);
      break;
    case PGRES_TUPLES_OK:  // the end of a select, or a select without rows
      current.returns_rows = true;
      current.affected = affected_by(result.get());
      statements.push_back(std::exchange(current, {}));
      break;
    case PGRES_COMMAND_OK:
      current.affected = affected_by(result.get());
      statements.push_back(std::exchange(current, {}));
      break;
    case PGRES_EMPTY_QUERY:
      break;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
      copies = true;
      end_copy(raw, status);
      break;
    default:
      if (!failed)
        failed = std::move(result);
      break;
    }
  }
  if (copies)
    throw Error{Fault::needs_operator, "database: COPY from or to the client is not possible in a script"}.with_hint(
        "use insert … select; a program can read or write files");
  if (!failed)
    return statements;
  try {
    connection.fail(failed.get());
  } catch (const Error& error) {
    throw connection.is_open() ? in_statement(error, statements.size() + 1) : error;
  }
}

}  // namespace longshore::store::postgres
