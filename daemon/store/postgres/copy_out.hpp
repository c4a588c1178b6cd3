// COPY (query) TO STDOUT (FORMAT binary), with each value as text.
#pragma once

#include "feed/cell.hpp"
#include "store/postgres/connection.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::store::postgres {

class CopyOut {
 public:
  // Runs the statements of `before` and the COPY in one message. `types` are those of the query's columns. Throws
  // Error, translated from the SQLSTATE.
  CopyOut(Connection& connection, const std::string& before, const std::string& query,
          std::span<const ColumnType> types);
  CopyOut(const CopyOut&) = delete;
  // Before the end of the rows, it closes the connection: the server would send all of them otherwise.
  ~CopyOut();

  // Waits for the next row. Returns false after the last one.
  bool next();
  // Valid until next().
  TextRow row() const { return m_row; }

 private:
  void begin();
  std::string_view take(std::size_t size);
  void read_tuple();
  void add_text(std::size_t column, std::string_view cell);
  void finish();

  Connection& m_connection;
  std::vector<ColumnType> m_types;
  std::unique_ptr<char, void (*)(void*)> m_message;  // of libpq: one tuple, the first one behind the header
  std::string_view m_rest;                           // of the message
  std::vector<std::string> m_texts;                  // of the cells whose bytes are not their text
  std::vector<std::optional<std::string_view>> m_row;
  std::uint64_t m_rows = 0;
  bool m_is_finished = false;
};

}  // namespace longshore::store::postgres
