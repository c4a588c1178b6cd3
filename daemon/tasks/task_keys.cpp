#include "tasks/task_keys.hpp"

#include "config/suggestion.hpp"
#include "feed/toml_values.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

namespace longshore::tasks {
namespace {

constexpr ColumnType k_text{Type::text};
constexpr ColumnType k_time{Type::timestamp};

struct LedgerColumn {
  std::string_view name;
  ColumnType type;
};
// Columns of ingest_log that no replay changes: the value before it would be noted nowhere.
constexpr std::array<LedgerColumn, 4> k_ledger_columns = {{
    {"claimed_at", k_time},
    {"feed", k_text},
    {"file_name", k_text},
    {"instance", k_text},
}};

std::vector<std::string_view> columns_of(const std::string& feed, const Registry& registry) {
  std::vector<std::string_view> names;
  if (feed == store::k_ledger_feed)
    for (const LedgerColumn& column : k_ledger_columns)
      names.push_back(column.name);
  else
    for (const Column& column : registry.find(feed)->columns)
      names.push_back(column.name);
  return names;
}

std::optional<ColumnType> type_in(const std::string& feed, const std::string& column, const Registry& registry) {
  if (feed == store::k_ledger_feed) {
    const auto* found = std::ranges::find(k_ledger_columns, column, &LedgerColumn::name);
    return found == k_ledger_columns.end() ? std::nullopt : std::optional{found->type};
  }
  const auto& columns = registry.find(feed)->columns;
  const auto found = std::ranges::find(columns, column, &Column::name);
  return found == columns.end() ? std::nullopt : std::optional{found->type};
}

// A newer row replaces a row of such a feed, and nothing tells the values that it had.
bool is_replaced(const std::string& feed, const std::string& column, const Registry& registry) {
  const Feed* declared = registry.find(feed);
  if (!declared || declared->has_history)
    return false;
  const auto& key = declared->latest->key;
  return std::ranges::none_of(key, [&](std::size_t i) { return declared->columns[i].name == column; });
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words)
    text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

class KeyCheck {
 public:
  KeyCheck(KeyAt& key, const Registry& registry, std::vector<TaskFault>& faults)
      : m_key(key.key), m_place(key.place), m_registry(registry), m_faults(faults) {}

  void complete(const std::vector<std::string>& feeds) {
    for (const std::string& feed : feeds)
      look_at(feed);
    if (m_first_feed.empty())
      return;
    if (!m_key.truncate.empty())
      truncate();
    else if (m_key.type.array || m_key.type.type == Type::jsonb)
      add("from \"" + m_key.from + "\" is " + type_text(m_key.type) + ", which cannot be a key",
          "take a column with a single value, such as a text, a number or a time");
  }

 private:
  void add(std::string what, std::string hint) { m_faults.push_back({m_place, std::move(what), std::move(hint)}); }

  void look_at(const std::string& feed) {
    const auto type = type_in(feed, m_key.from, m_registry);
    if (!type) {
      const auto columns = columns_of(feed, m_registry);
      add("feed \"" + feed + "\" has no column \"" + shown(m_key.from) + "\"",
          config::did_you_mean(m_key.from, columns, "its columns are " + joined(columns)));
      return;
    }
    if (is_replaced(feed, m_key.from, m_registry))
      add("from \"" + m_key.from + "\": newer rows of feed \"" + feed + "\" replace older ones, whose \"" + m_key.from +
              "\" would be lost",
          "take columns of latest.key, or remove `history = false` from the feed");
    if (m_first_feed.empty()) {
      m_first_feed = feed;
      m_key.type = *type;
    } else if (*type != m_key.type) {
      add("from \"" + m_key.from + "\" is " + type_text(m_key.type) + " in feed \"" + m_first_feed + "\" and " +
              type_text(*type) + " in feed \"" + feed + "\"",
          "a key has one type: take another column, or declare two tasks");
    }
  }

  void truncate() {
    const bool is_time = !m_key.type.array && (m_key.type.type == Type::timestamp || m_key.type.type == Type::date);
    const bool needs_timestamp = m_key.truncate == "minute" || m_key.truncate == "hour";
    if (!is_time)
      add("truncate \"" + m_key.truncate + "\" of \"" + m_key.from + "\", which is " + type_text(m_key.type),
          "only a timestamp or a date can be truncated: remove truncate");
    else if (needs_timestamp && m_key.type.type == Type::date)
      add("truncate \"" + m_key.truncate + "\" of \"" + m_key.from + "\", which is a date",
          "day, month or year; or remove truncate");
    m_key.type = {needs_timestamp ? Type::timestamp : Type::date};
  }

  store::TouchedKey& m_key;
  const std::string& m_place;
  const Registry& m_registry;
  std::vector<TaskFault>& m_faults;
  std::string m_first_feed;  // that has the column
};

}  // namespace

void complete_keys(TaskDeclaration& declared, const std::vector<std::string>& feeds, const Registry& registry,
                   std::vector<TaskFault>& faults) {
  for (KeyAt& key : declared.touched)
    KeyCheck{key, registry, faults}.complete(feeds);
}

}  // namespace longshore::tasks
