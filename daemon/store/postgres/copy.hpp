// COPY … FROM STDIN (FORMAT binary) on an open transaction.
#pragma once

#include "base/bytes.hpp"
#include "feed/row_batch.hpp"
#include "store/postgres/connection.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace longshore::store::postgres {

// Rows are inserted only by finish(). Without it the destructor ends the COPY as failed, so that the session never
// stays in COPY state. Errors of the server are thrown by finish(): before that, libpq buffers the bytes.
class CopyIn {
 public:
  // Statements in the same message, run before and after the COPY. After an error the rest is not run.
  struct Around {
    std::string before;
    std::string after;
  };

  // `table` and `columns` are quoted SQL. The caller owns `buffer`, to reuse its capacity.
  CopyIn(Connection& connection, const std::string& table, const std::string& columns, Bytes& buffer,
         const Around& around = {});
  CopyIn(const CopyIn&) = delete;
  ~CopyIn();

  // The first value that the last statement of Around::before returned. Empty if it returned no row.
  const std::optional<std::string>& returned() const { return m_returned; }
  // Sends a RowBatch tuple and file_id as its last field.
  void row(std::string_view tuple, std::int64_t file_id);
  // Sends these fields and one more.
  void row(std::span<const RowBatch::Cell> fields, std::int32_t last);
  // Ends the COPY, runs Around::after and returns the number of rows. Throws also if the server counted other rows than
  // we sent: a COPY whose data was truncated reports success.
  std::uint64_t finish();

 private:
  CopyIn(Connection& connection, Bytes& buffer, const std::string& sql, bool has_more);
  bool has_begun();
  void row_added();
  void flush();

  Connection& m_connection;
  Bytes& m_buffer;
  std::optional<std::string> m_returned;
  std::uint64_t m_rows = 0;
  bool m_has_more;  // statements after the COPY
  bool m_is_finished = false;
};

}  // namespace longshore::store::postgres
