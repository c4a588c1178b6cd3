#include "support/rows.hpp"

#include "base/time.hpp"
#include "feed/numeric.hpp"

#include <stdexcept>

namespace longshore::test {

Registry built_in() { return Registry::load(""); }
Registry registry_of(std::vector<Feed> feeds) { return Registry{std::move(feeds)}; }

RowMaker& RowMaker::cell(std::string bytes) {
  m_cells.emplace_back(false, std::move(bytes));
  return *this;
}

RowMaker& RowMaker::null() {
  m_cells.emplace_back(true, "");
  return *this;
}

RowMaker& RowMaker::text(std::string_view value) { return cell(std::string{value}); }

RowMaker& RowMaker::integer(std::int32_t value) {
  std::string bytes;
  put_int(bytes, value);
  return cell(std::move(bytes));
}

RowMaker& RowMaker::bigint(std::int64_t value) {
  std::string bytes;
  put_int(bytes, value);
  return cell(std::move(bytes));
}

RowMaker& RowMaker::real(double value) {
  std::string bytes;
  put_double(bytes, value);
  return cell(std::move(bytes));
}

RowMaker& RowMaker::boolean(bool value) { return cell(std::string(1, value ? '\1' : '\0')); }
RowMaker& RowMaker::time(std::string_view rfc3339) { return bigint(parse_time(rfc3339).micros.value()); }
RowMaker& RowMaker::date(std::string_view rfc3339) { return integer(parse_date(rfc3339).days.value()); }
RowMaker& RowMaker::numeric(std::string_view number, ColumnType type) {
  std::string bytes;
  put_numeric(bytes, parse_decimal(number).value(), type);
  return cell(std::move(bytes));
}

RowMaker& RowMaker::jsonb(std::string_view json) { return cell('\1' + std::string{json}); }

RowMaker& RowMaker::array(Type type, const std::vector<std::string>& cells) {
  std::string bytes;
  put_int(bytes, std::int32_t{!cells.empty()});
  put_int(bytes, std::int32_t{0});
  put_int(bytes, type_oid(type));
  if (!cells.empty()) {
    put_int(bytes, static_cast<std::int32_t>(cells.size()));
    put_int(bytes, std::int32_t{1});
  }
  for (const std::string& element : cells) {
    put_int(bytes, static_cast<std::int32_t>(element.size()));
    bytes += element;
  }
  return cell(std::move(bytes));
}

void RowMaker::to_file(std::uint32_t file) {
  if (m_cells.size() != m_batch.feed().columns.size())
    throw std::logic_error{"a row of " + std::to_string(m_cells.size()) + " cells for the feed " + m_batch.feed().name};
  std::vector<RowBatch::Cell> cells;
  for (const auto& [null, bytes] : m_cells)
    cells.push_back({null, bytes});
  m_batch.add(cells, file);
  m_cells.clear();
}

void add_detection(RowBatch& batch, std::uint32_t file, std::string_view vehicle, std::string_view time,
                   Detections detections) {
  std::vector<std::string> types;
  std::vector<std::string> values;
  for (const auto& [type, value] : detections) {
    types.emplace_back(type);
    put_int(values.emplace_back(), value);
  }
  RowMaker{batch}.text(vehicle).time(time).array(Type::text, types).array(Type::integer, values).to_file(file);
}

void add_status(RowBatch& batch, std::uint32_t file, std::string_view vehicle, std::string_view time,
                std::string_view status) {
  RowMaker{batch}.text(vehicle).time(time).text(status).to_file(file);
}

}  // namespace longshore::test
