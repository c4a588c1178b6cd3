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

// Rows become true only by finish(); without it the destructor ends the COPY as failed, so that the session never stays
// in COPY state. What a server refuses is known at finish(): until then libpq takes the bytes.
class CopyIn {
 public:
  struct Around {
    // statements that travel in the same message, run before and behind the COPY; an error leaves out what comes after it
    std::string before;
    std::string behind;
  };

  // `columns` as they stand in the statement, quoted; `buffer` is kept by the caller for its capacity.
  CopyIn(Connection& connection, const std::string& table, const std::string& columns, Bytes& buffer,
         const Around& around = {});
  CopyIn(const CopyIn&) = delete;
  ~CopyIn();

  // What the last of the statements before it returned as its first value, while no row is sent yet; nothing: no row.
  const std::optional<std::string>& told() const { return m_told; }
  // A RowBatch tuple, to which the last field is added here.
  void row(std::string_view tuple, std::int64_t file_id);
  // These fields and one more.
  void row(std::span<const RowBatch::Cell> fields, std::int32_t last);
  // Returns the number of rows, when the statements behind it have run too. Throws also when the server counts other than we: a COPY that was cut answers success.
  std::uint64_t finish();

 private:
  CopyIn(Connection& connection, Bytes& buffer, const std::string& sql, bool has_more);
  bool has_begun();
  void row_added();
  void flush();

  Connection& m_connection;
  Bytes& m_buffer;
  std::optional<std::string> m_told;
  std::uint64_t m_rows = 0;
  bool m_has_more;  // statements behind the COPY
  bool m_is_over = false;
};

}  // namespace longshore::store::postgres
