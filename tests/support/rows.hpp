// Feeds and rows for tests, without a decoder.
#pragma once

#include "feed/feed.hpp"
#include "feed/row_batch.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace longshore::test {

// The built-in feeds.
Registry built_in();
Registry registry_of(std::vector<Feed> feeds);

// Makes one row of any feed from readable values, cell by cell in declared order.
class RowMaker {
 public:
  explicit RowMaker(RowBatch& batch) : m_batch(batch) {}

  RowMaker& null();
  RowMaker& text(std::string_view value);
  RowMaker& integer(std::int32_t value);
  RowMaker& bigint(std::int64_t value);
  RowMaker& real(double value);
  RowMaker& boolean(bool value);
  RowMaker& time(std::string_view rfc3339);
  RowMaker& date(std::string_view rfc3339);
  RowMaker& numeric(std::string_view number, ColumnType type);
  RowMaker& jsonb(std::string_view json);
  // `cells` are the encoded elements.
  RowMaker& array(Type type, const std::vector<std::string>& cells);
  // Ends the row and adds it to the batch.
  void to_file(std::uint32_t file);

 private:
  RowMaker& cell(std::string bytes);

  RowBatch& m_batch;
  std::vector<std::pair<bool, std::string>> m_cells;  // null, bytes
};

using Detections = std::initializer_list<std::pair<const char*, std::int32_t>>;
void add_detection(RowBatch& batch, std::uint32_t file, std::string_view vehicle, std::string_view time,
                   Detections detections = {{"car", 1}});
void add_status(RowBatch& batch, std::uint32_t file, std::string_view vehicle, std::string_view time,
                std::string_view status);

}  // namespace longshore::test
