#include "store/postgres/copy.hpp"

#include "base/error.hpp"
#include "feed/cell.hpp"

#include <cstdlib>
#include <utility>

namespace longshore::store::postgres {
namespace {

// libpq copies the data, so a larger buffer is not faster.
constexpr std::size_t k_flush_bytes = std::size_t{128} << 10;
constexpr std::string_view k_header{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr std::string_view k_trailer{"\377\377", 2};

void drain(PGconn* connection) {
  while (const Result result{PQgetResult(connection)}) {
  }
}

}  // namespace

CopyIn::CopyIn(Connection& connection, const std::string& table, const std::string& columns, Bytes& buffer,
               const Around& around)
    : CopyIn(connection, buffer,
             around.before + "; copy " + table + " (" + columns + ") from stdin (format binary); " + around.after,
             !around.after.empty()) {
  while (!has_begun()) {
  }
}

CopyIn::CopyIn(Connection& connection, Bytes& buffer, const std::string& sql, bool has_more)
    : m_connection(connection), m_buffer(buffer), m_has_more(has_more) {
  if (PQsendQuery(m_connection.raw(), sql.c_str()) != 1)
    m_connection.fail(nullptr);
  m_buffer.clear();
  m_buffer.append(k_header);
}

CopyIn::~CopyIn() {
  if (m_is_finished)
    return;
  Result result;
  do
    result.reset(PQgetResult(m_connection.raw()));
  while (result && PQresultStatus(result.get()) != PGRES_COPY_IN);
  PQputCopyEnd(m_connection.raw(), "aborted by longshore");
  drain(m_connection.raw());
}

// Reads the result of one statement before the COPY. Returns true for that of the COPY itself.
bool CopyIn::has_begun() {
  const Result result{PQgetResult(m_connection.raw())};
  switch (PQresultStatus(result.get())) {
  case PGRES_COPY_IN:
    return true;
  case PGRES_COMMAND_OK:
    return false;
  case PGRES_TUPLES_OK:
    if (PQntuples(result.get()) > 0)
      m_returned = PQgetvalue(result.get(), 0, 0);
    return false;
  default:
    m_is_finished = true;
    drain(m_connection.raw());
    m_connection.fail(result.get());
  }
}

void CopyIn::row(std::string_view tuple, std::int64_t file_id) {
  m_buffer.append(tuple);
  put_int(m_buffer, std::int32_t{8});
  put_int(m_buffer, file_id);
  row_added();
}

void CopyIn::row(std::span<const RowBatch::Cell> fields, std::int32_t last) {
  put_int(m_buffer, static_cast<std::int16_t>(fields.size() + 1));
  for (const RowBatch::Cell& field : fields) {
    put_int(m_buffer, static_cast<std::int32_t>(field.bytes.size()));
    m_buffer.append(field.bytes);
  }
  put_int(m_buffer, std::int32_t{4});
  put_int(m_buffer, last);
  row_added();
}

void CopyIn::row_added() {
  ++m_rows;
  if (m_buffer.size() >= k_flush_bytes)
    flush();
}

std::uint64_t CopyIn::finish() {
  m_buffer.append(k_trailer);
  flush();
  if (PQputCopyEnd(m_connection.raw(), nullptr) != 1)
    m_connection.fail(nullptr);
  m_is_finished = true;
  const Result copied{PQgetResult(m_connection.raw())};
  Result last;
  while (Result next{PQgetResult(m_connection.raw())})
    last = std::move(next);
  if (PQresultStatus(copied.get()) != PGRES_COMMAND_OK)
    m_connection.fail(copied.get());
  if (m_has_more && PQresultStatus(last.get()) != PGRES_COMMAND_OK)
    m_connection.fail(last.get());
  const auto counted = std::strtoull(PQcmdTuples(copied.get()), nullptr, 10);
  if (counted != m_rows)
    throw Error{Fault::transient,
                "database: COPY took " + std::to_string(counted) + " of " + std::to_string(m_rows) + " rows"}
        .exits(Exit::unavailable);
  return counted;
}

void CopyIn::flush() {
  if (PQputCopyData(m_connection.raw(), m_buffer.data(), static_cast<int>(m_buffer.size())) != 1)
    m_connection.fail(nullptr);
  m_buffer.clear();
}

}  // namespace longshore::store::postgres
