// A thin layer over libpq that throws exceptions, with what the rivals need.
#pragma once

#include "feed/cell.hpp"
#include "feed/row_batch.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::rivals {

// The header and trailer of a COPY BINARY.
inline constexpr std::string_view k_copy_header{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
inline constexpr std::string_view k_copy_trailer{"\377\377", 2};

class Pg {
 public:
  explicit Pg(const std::string& conninfo) : m_connection(PQconnectdb(conninfo.c_str())) {
    if (PQstatus(raw()) != CONNECTION_OK)
      fail();
  }

  PGconn* raw() const { return m_connection.get(); }

  // One text may contain several statements.
  void exec(const std::string& sql) { take(PQexec(raw(), sql.c_str())); }
  void exec(const std::string& sql, const std::vector<std::string>& params) {
    std::vector<const char*> values;
    values.reserve(params.size());
    for (const std::string& param : params)
      values.push_back(param.c_str());
    take(
        PQexecParams(raw(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0));
  }

  // One COPY BINARY into "table (columns)". The encoded parts are together a header, tuples and a trailer.
  void copy(const std::string& table, const std::vector<std::string>& parts) {
    begin_copy(table);
    for (const std::string& part : parts)
      put(part);
    end_copy();
  }

  // The same, part by part.
  void begin_copy(const std::string& table) {
    take(PQexec(raw(), ("copy " + table + " from stdin (format binary)").c_str()));
  }
  void put(std::string_view part) {
    constexpr std::size_t k_most_bytes = std::size_t{128} << 10;
    for (std::size_t at = 0; at < part.size(); at += k_most_bytes)
      if (PQputCopyData(raw(), part.data() + at, static_cast<int>(std::min(k_most_bytes, part.size() - at))) != 1)
        fail();
  }
  void end_copy() {
    if (PQputCopyEnd(raw(), nullptr) != 1)
      fail();
    take(PQgetResult(raw()));
    while (PGresult* const rest = PQgetResult(raw()))
      take(rest);
  }

 private:
  void take(PGresult* result) {
    const ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN)
      fail();
  }
  [[noreturn]] void fail() const { throw std::runtime_error{PQerrorMessage(raw())}; }

  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  std::unique_ptr<PGconn, Finish> m_connection;
};

// Encodes windows as the parts of one COPY BINARY; each row gets this file_id.
inline std::vector<std::string> copy_parts(const std::vector<RowBatch>& windows, std::int64_t file_id) {
  std::vector<std::string> parts;
  parts.emplace_back(k_copy_header);
  for (const RowBatch& window : windows) {
    std::string part;
    part.reserve(window.bytes() + 12 * window.size());
    for (const RowBatch::Row& row : window.rows()) {
      part += window.tuple(row);
      put_int(part, std::int32_t{8});
      put_int(part, file_id);
    }
    parts.push_back(std::move(part));
  }
  parts.emplace_back(k_copy_trailer);
  return parts;
}

}  // namespace longshore::rivals
