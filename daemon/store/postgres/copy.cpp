#include "store/postgres/copy.hpp"

#include "base/error.hpp"
#include "feed/cell.hpp"

#include <cstdlib>
#include <utility>

namespace longshore::store::postgres {
namespace {

constexpr std::size_t k_flush_bytes = std::size_t{128} << 10;  // libpq copies it: more would gain nothing
constexpr std::string_view k_header{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr std::string_view k_trailer{"\377\377", 2};

void drain(PGconn* connection) {
  while (const Result result{PQgetResult(connection)}) {
  }
}

}  // namespace

CopyIn::CopyIn(Connection& connection, const std::string& table, const std::string& columns, Bytes& buffer,
               const std::string& savepoint)
    : m_connection(connection), m_buffer(buffer) {
  std::string sql = "copy " + table + " (" + columns + ") from stdin (format binary)";
  if (!savepoint.empty())
    sql = "savepoint " + savepoint + "; " + sql + "; release savepoint " + savepoint;
  const Result result{PQexec(m_connection.raw(), sql.c_str())};
  if (PQresultStatus(result.get()) != PGRES_COPY_IN)
    m_connection.fail(result.get());
  m_open = true;
  m_buffer.clear();
  m_buffer.append(k_header);
}

CopyIn::~CopyIn() {
  if (!m_open)
    return;
  PQputCopyEnd(m_connection.raw(), "given up by longshore");
  drain(m_connection.raw());
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
  m_open = false;
  const Result copied{PQgetResult(m_connection.raw())};
  Result last;
  while (Result next{PQgetResult(m_connection.raw())})
    last = std::move(next);
  for (const PGresult* result : {copied.get(), last.get()})
    if (result && PQresultStatus(result) != PGRES_COMMAND_OK)
      m_connection.fail(result);
  if (!copied)
    m_connection.fail(nullptr);
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
