// COPY … FROM STDIN (FORMAT binary) on an open transaction.
#pragma once

#include "base/bytes.hpp"
#include "feed/row_batch.hpp"
#include "store/postgres/connection.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace longshore::store::postgres {

// Rows become true only by finish(); without it the destructor ends the COPY as failed, so that the session never stays
// in COPY state. What a server refuses is known at finish(): until then libpq takes the bytes.
class CopyIn {
 public:
  // `columns` as they stand in the statement, quoted; `buffer` is kept by the caller for its capacity. With the name of a savepoint
  // it is made before and released behind the rows, in the same message; after an error it is there to be rolled back to.
  CopyIn(Connection& connection, const std::string& table, const std::string& columns, Bytes& buffer,
         const std::string& savepoint = {});
  CopyIn(const CopyIn&) = delete;
  ~CopyIn();

  // A RowBatch tuple, to which the last field is added here.
  void row(std::string_view tuple, std::int64_t file_id);
  // These fields and one more.
  void row(std::span<const RowBatch::Cell> fields, std::int32_t last);
  // Returns the number of rows. Throws also when the server counts other than we: a COPY that was cut answers success.
  std::uint64_t finish();

 private:
  void row_added();
  void flush();

  Connection& m_connection;
  Bytes& m_buffer;
  std::uint64_t m_rows = 0;
  bool m_open = false;
};

}  // namespace longshore::store::postgres
