#include "tasks/result_json.hpp"

#include "store/json_value.hpp"
#include "tasks/run_task.hpp"

namespace longshore::tasks {
namespace {

constexpr std::size_t k_longest_result = 65536;  // bytes

void write_row(store::JsonWriter& writer, const store::Rows& rows, const std::vector<store::Value>& row) {
  writer.StartObject();
  for (std::size_t i = 0; i < row.size(); ++i) {
    store::write_json(writer, rows.columns[i]);
    store::write_json(writer, row[i]);
  }
  writer.EndObject();
}

// Whole rows only. A row that is left out makes the array end with {"more_rows":N}.
std::string rows_json(const store::StatementResult& statement) {
  std::string json = "[";
  std::uint64_t shown = 0;
  for (const auto& row : statement.rows.rows) {
    rapidjson::StringBuffer buffer;
    store::JsonWriter writer{buffer};
    write_row(writer, statement.rows, row);
    if (json.size() + buffer.GetSize() > k_longest_result)
      break;
    json += (shown++ == 0 ? "" : ",") + std::string{buffer.GetString(), buffer.GetSize()};
  }
  if (shown < statement.row_count)
    json += (shown == 0 ? "" : ",") + ("{\"more_rows\":" + std::to_string(statement.row_count - shown) + "}");
  return json + "]";
}

}  // namespace

std::string result_json(std::span<const store::StatementResult> statements) {
  if (!statements.empty() && statements.back().returns_rows)
    return rows_json(statements.back());
  std::string json = "{\"rows\":[";
  for (const store::StatementResult& statement : statements)
    json += (json.ends_with('[') ? "" : ",") + std::to_string(statement.affected);
  return json + "]}";
}

std::string json_of(const Parameters& parameters) {
  if (parameters.empty())
    return {};
  rapidjson::StringBuffer buffer;
  store::JsonWriter writer{buffer};
  writer.StartObject();
  for (const auto& [name, value] : parameters) {
    store::write_json(writer, name);
    store::write_json(writer, value);
  }
  writer.EndObject();
  return buffer.GetString();
}

}  // namespace longshore::tasks
