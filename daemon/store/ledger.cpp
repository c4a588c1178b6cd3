#include "store/ledger.hpp"

#include "base/time.hpp"
#include "feed/cell.hpp"
#include "store/declarations.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

namespace longshore::store {
namespace {

constexpr std::array<std::string_view, 6> k_statuses = {"loading", "loaded",    "partial",
                                                        "failed",  "duplicate", "unrouted"};

// In the order of values_of().
constexpr std::string_view k_columns =
    "claim, claimed_at, file_name, feed, sha256, name_values, size_bytes, modified_at, status, attempt, records, rows_loaded, rows_duplicate, "
    "rows_rejected, error, error_offset, error_line, error_column, duplicate_of, first_time, last_time, started_at, "
    "finished_at, archive_path, instance";

// Keeps a multi-row insert below both engines' limits of parameters (65535 and 32766).
constexpr std::size_t k_rows_per_statement = 500;

// With fewer rows one INSERT is faster than the requests for ids, savepoint and COPY.
constexpr std::size_t k_min_rows_for_copy = 8;

Value count(std::uint64_t number) { return static_cast<std::int64_t>(number); }
Value text_or_null(const std::string& text) { return text.empty() ? Value{} : Value{text}; }
Value time_or_null(std::optional<std::int64_t> micros) { return micros ? Value{format_time(*micros)} : Value{}; }

std::vector<Value> values_of(const LedgerRow& row) {
  const bool has_position = row.error_at.has_value();
  return {
      row.claim,
      time_or_null(row.claimed_at),
      row.file_name,
      text_or_null(row.feed),
      text_or_null(row.sha256),
      row.name_values,
      count(row.size_bytes),
      format_time(row.modified_at),
      std::string{status_name(row.status)},
      static_cast<std::int64_t>(row.attempt),
      count(row.records),
      count(row.rows_loaded),
      count(row.rows_duplicate),
      count(row.rows_rejected),
      text_or_null(row.error),
      has_position ? count(row.error_at->offset) : Value{},
      has_position ? count(row.error_at->line) : Value{},
      has_position ? count(row.error_at->column) : Value{},
      row.duplicate_of ? Value{*row.duplicate_of} : Value{},
      time_or_null(row.first_time),
      time_or_null(row.last_time),
      format_time(row.started_at),
      row.finished_at ? Value{format_time(row.finished_at)} : Value{},
      text_or_null(row.archive_path),
      text_or_null(row.instance),
  };
}

// "($1, $2), ($3, $4)" for 2 rows of 2 columns.
std::string placeholders(std::size_t rows, std::size_t columns) {
  std::string out;
  for (std::size_t i = 0; i < rows * columns; ++i) {
    out += i % columns == 0 ? (i == 0 ? "($" : "), ($") : ", $";
    out += std::to_string(i + 1);
  }
  return out += ')';
}

bool is_loaded(const LedgerRow& row) { return row.status == Status::loaded || row.status == Status::partial; }

// Inserts the rows in chunks, and moves their values. `end` follows the values in the statement. Returns the rows of
// its RETURNING clause.
std::vector<std::vector<Value>> insert_rows(Session& session, const std::string& table_and_columns,
                                            std::span<std::vector<Value>> rows, const std::string& end = "") {
  std::vector<std::vector<Value>> returned;
  while (!rows.empty()) {
    const auto chunk = rows.first(std::min(rows.size(), k_rows_per_statement));
    rows = rows.subspan(chunk.size());
    std::vector<Value> values;
    for (std::vector<Value>& row : chunk)
      std::ranges::move(row, std::back_inserter(values));
    Rows result = session.exec(
        "insert into " + table_and_columns + "\nvalues " + placeholders(chunk.size(), chunk[0].size()) + end, values);
    std::ranges::move(result.rows, std::back_inserter(returned));
  }
  return returned;
}

enum class Condition { declaration, declaration_and_horizon };

// Inserts one row whose content is new, and its changes. The parameters after the columns: the declaration that the
// database must have, and the time column and the horizon that must not be exceeded. The unique index would be enough
// for the content, but each row that it refuses uses up a file_id.
std::string insert_new_sql(Condition condition) {
  const auto columns = static_cast<std::size_t>(std::ranges::count(k_columns, ',')) + 1;
  const std::string list = placeholders(1, columns);
  const std::string values = list.substr(1, list.size() - 2);  // without the parentheses
  std::string sql = "with arrived as (\ninsert into ingest_log (" + std::string{k_columns} + ")\nselect " + values + R"(
where not exists (
  select from ingest_log
  where feed = $4 and sha256 = $5 and name_values = $6 and status in ('loaded', 'partial')
)
and exists (
  select from ingest_feeds
  where feed = $4 and declaration = $)" +
                    std::to_string(columns + 1) + "\n)";
  if (condition == Condition::declaration_and_horizon)
    sql += R"(
and not exists (
  select from ingest_horizons
  where feed = $4 and time_column = $)" +
           std::to_string(columns + 2) + " and horizon > $" + std::to_string(columns + 3) + "\n)";
  return sql + R"(
on conflict do nothing
returning file_id, feed, attempt
), changed as (
insert into ingest_changes (task, file_id, attempt)
select t.task, a.file_id, a.attempt
from arrived a
join ingest_task_feeds t on t.feed in (a.feed, 'ingest_log')
)
select file_id from arrived)";
}

constexpr std::string_view k_find_content = R"(
select file_id, status, archive_path, error, sha256, finished_at, name_values
from ingest_log
where sha256 = $2 and name_values = $3 and feed = $1 and status in ('loaded', 'partial')
)";

// $2 is a JSON array of [sha256, name_values]. Each content must be looked up with the index: as one condition over all
// contents, the planner reads every row of the feed. The limit (PostgreSQL) and the cross join (SQLite does not reorder
// it) prevent that.
constexpr std::string_view k_find_contents_postgres = R"(
select found.file_id, found.status, found.archive_path, found.error, found.sha256, found.finished_at, found.name_values
from json_array_elements($2::json) as wanted (content)
cross join lateral (
  select file_id, status, archive_path, error, sha256, finished_at, name_values
  from ingest_log
  where sha256 = wanted.content ->> 0 and name_values = wanted.content ->> 1 and feed = $1
    and status in ('loaded', 'partial')
  limit 1
) found
)";
constexpr std::string_view k_find_contents_sqlite = R"(
select file_id, status, archive_path, error, sha256, finished_at, name_values
from json_each($2) wanted
cross join ingest_log on sha256 = json_extract(wanted.value, '$[0]') and name_values = json_extract(wanted.value, '$[1]')
where feed = $1 and status in ('loaded', 'partial')
)";

// "[["<sha256>","<name_values>"],…]"
std::string json_of(std::span<const Content> contents) {
  std::string json;
  for (const Content& content : contents) {
    json += json.empty() ? "[[" : ",[";
    append_json_string(json, content.sha256);
    json += ',';
    append_json_string(json, content.name_values);
    json += ']';
  }
  return json + ']';
}

Arrival arrival_of(const std::vector<Value>& row) {
  return {as_int(row[0]),  status_named(as_text(row[1])),
          as_text(row[2]), as_text(row[3]),
          as_text(row[4]), parse_time(as_text(row[5])).micros.value_or(0)};
}

}  // namespace

std::string_view status_name(Status status) { return k_statuses[static_cast<std::size_t>(status)]; }

Status status_named(std::string_view name) {
  for (std::size_t i = 0; i < k_statuses.size(); ++i)
    if (k_statuses[i] == name)
      return static_cast<Status>(i);
  throw Error{Fault::fatal, "unknown status in the ledger: \"" + std::string{name} + "\""};
}

// For the usual case that every row is new. COPY returns no ids, so they are taken from the sequence first.
bool Ledger::bulk_insert(std::span<const LedgerRow* const> rows, std::vector<std::optional<std::int64_t>>& ids) {
  if (m_session.engine() != Engine::postgres || rows.size() < k_min_rows_for_copy)
    return false;
  std::set<std::tuple<std::string_view, std::string_view, std::string_view>> contents;
  for (const LedgerRow* row : rows)
    if (is_loaded(*row) && !contents.emplace(row->feed, row->sha256, row->name_values).second)
      return false;  // the unique key allows only one of two files with the same content
  const Rows taken = m_session.exec("select nextval('ingest_log_file_id_seq') from generate_series(1, $1::bigint)",
                                    {count(rows.size())});
  std::vector<std::vector<Value>> values;
  values.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    values.push_back(values_of(*rows[i]));
    values.back().push_back(taken.rows[i][0]);
  }
  if (!m_session.bulk_insert("ingest_log", std::string{k_columns} + ", file_id", values))
    return false;
  for (const auto& row : taken.rows)
    ids.emplace_back(as_int(row[0]));
  return true;
}

std::vector<std::optional<std::int64_t>> Ledger::insert(std::span<const LedgerRow* const> rows) {
  std::vector<std::optional<std::int64_t>> out;
  if (bulk_insert(rows, out))
    return out;
  std::vector<std::vector<Value>> values;
  for (const LedgerRow* row : rows)
    values.push_back(values_of(*row));
  std::map<std::pair<std::string, std::string>, std::int64_t> ids;
  for (const auto& row : insert_rows(m_session, "ingest_log (" + std::string{k_columns} + ")", values,
                                     "\non conflict do nothing\nreturning file_id, claim, file_name"))
    ids[{as_text(row[1]), as_text(row[2])}] = as_int(row[0]);
  for (const LedgerRow* row : rows) {
    const auto found = ids.find({row->claim, row->file_name});
    out.push_back(found == ids.end() ? std::nullopt : std::optional{found->second});
  }
  return out;
}

std::int64_t Ledger::insert_one(const LedgerRow& row) {
  const LedgerRow* const one = &row;
  const auto id = insert({&one, 1}).front();
  if (!id)
    throw Error{Fault::contention, "another process has just written the ledger row of " + row.file_name};
  return *id;
}

Session::FileBegin Ledger::begin(const LedgerRow& row, const RowBatch& window, std::int64_t horizon) {
  static const std::string k_insert_new = insert_new_sql(Condition::declaration);
  static const std::string k_insert_behind = insert_new_sql(Condition::declaration_and_horizon);
  std::vector<Value> values = values_of(row);
  values.emplace_back(window.feed().declaration);
  // EXECUTE takes its snapshot before the locks of the statement: after waiting for a migration it would still see the
  // declaration from before it
  const auto& keep = window.feed().keep;
  if (!keep)
    return m_session.begin_file(k_lock_declarations, k_insert_new, values, window);
  values.emplace_back(window.feed().columns[keep->column].name);
  values.emplace_back(horizon == k_no_horizon ? "-infinity" : format_time(horizon));
  return m_session.begin_file(k_lock_declarations_and_horizons, k_insert_behind, values, window);
}

std::optional<Arrival> Ledger::find_arrival(std::string_view claim, std::string_view file_name) {
  const Rows found = m_session.exec(R"(
select file_id, status, archive_path, error, sha256, finished_at
from ingest_log
where claim = $1 and file_name = $2
)",
                                    {std::string{claim}, std::string{file_name}});
  return found.empty() ? std::nullopt : std::optional{arrival_of(found.rows[0])};
}

std::map<Content, Arrival> Ledger::find_contents(std::string_view feed, std::span<const Content> contents) {
  if (contents.empty())
    return {};
  const bool is_one = contents.size() == 1;  // the planner needs a third of the time for this statement
  const std::string_view several =
      m_session.engine() == Engine::postgres ? k_find_contents_postgres : k_find_contents_sqlite;
  const std::string name{feed};
  const Rows found = is_one ? m_session.exec(k_find_content, {name, contents[0].sha256, contents[0].name_values})
                            : m_session.exec(several, {name, json_of(contents)});
  std::map<Content, Arrival> out;
  for (const auto& row : found.rows)
    out.emplace(Content{as_text(row[4]), as_text(row[6])}, arrival_of(row));
  return out;
}

std::optional<Arrival> Ledger::find_content(std::string_view feed, const Content& content) {
  const auto found = find_contents(feed, {&content, 1});
  return found.empty() ? std::nullopt : std::optional{found.begin()->second};
}

bool Ledger::has_size(std::string_view feed, std::uint64_t size_bytes) {
  // with the same literal 4194304 as the partial index ingest_log_large, so that the planner can use it
  return !m_session
              .exec(R"(
select 1
from ingest_log
where feed = $1 and size_bytes = $2 and size_bytes >= 4194304 and status in ('loaded', 'partial')
limit 1
)",
                    {std::string{feed}, count(size_bytes)})
              .empty();
}

bool Ledger::lock_loading(std::int64_t file_id, std::string_view instance) {
  return m_session
             .exec("update ingest_log set instance = $1 where file_id = $2 and status = 'loading'",
                   {std::string{instance}, file_id})
             .affected == 1;
}

void Ledger::finish_loading(std::int64_t file_id, const LedgerRow& row) {
  std::vector<Value> values = values_of(row);
  const std::size_t columns = values.size();
  values.emplace_back(file_id);
  m_session.exec("update ingest_log\nset (" + std::string{k_columns} + ") = " + placeholders(1, columns) +
                     "\nwhere file_id = $" + std::to_string(columns + 1),
                 values);
}

std::vector<Closed> Ledger::close_loading(const std::string& claim, const std::string& error) {
  const Rows closed = m_session.exec(R"(
update ingest_log
set status = 'failed', error = $1, finished_at = $2, records = 0, rows_loaded = 0, rows_duplicate = 0, rows_rejected = 0
where claim = $3 and status = 'loading'
returning file_id, file_name
)",
                                     {error, format_time(now_micros()), claim});
  std::vector<Closed> files;
  for (const auto& row : closed.rows)
    files.push_back({as_int(row[0]), as_text(row[1])});
  return files;
}

void Ledger::finish_replay(std::int64_t file_id, const LedgerRow& row) {
  m_session.exec(R"(
update ingest_log
set status = $1, attempt = attempt + 1, records = $2, rows_loaded = $3, rows_duplicate = $4, rows_rejected = $5,
    rows_purged = null, first_time = $6, last_time = $7, started_at = $8, finished_at = $9, duplicate_of = null,
    error = null
where file_id = $10
)",
                 {std::string{status_name(row.status)}, count(row.records), count(row.rows_loaded),
                  count(row.rows_duplicate), count(row.rows_rejected), time_or_null(row.first_time),
                  time_or_null(row.last_time), format_time(row.started_at), format_time(row.finished_at), file_id});
}

void Ledger::set_content(std::int64_t file_id, std::uint64_t size_bytes, const std::string& sha256,
                         std::int64_t modified_at) {
  m_session.exec(R"(
update ingest_log
set size_bytes = $1, sha256 = $2, modified_at = $3, grew_to = null
where file_id = $4
)",
                 {count(size_bytes), sha256, format_time(modified_at), file_id});
}

void Ledger::set_duplicate(std::int64_t file_id, std::int64_t holder) {
  m_session.exec(R"(
update ingest_log
set status = 'duplicate', duplicate_of = $1, error = $2, attempt = attempt + 1, records = 0, rows_loaded = 0,
    rows_duplicate = 0, rows_rejected = 0, rows_purged = null, first_time = null, last_time = null
where file_id = $3
)",
                 {holder, "the same content as file " + std::to_string(holder), file_id});
}

void Ledger::add_purged(std::int64_t file_id, std::uint64_t rows) {
  m_session.exec("update ingest_log set rows_purged = coalesce(rows_purged, 0) + $1 where file_id = $2",
                 {count(rows), file_id});
}

void Ledger::set_grew_to(std::int64_t file_id, std::uint64_t size_bytes) {
  m_session.exec("update ingest_log set grew_to = $1 where file_id = $2", {count(size_bytes), file_id});
}

void Ledger::set_counts(std::int64_t file_id, std::uint64_t rows_loaded, std::uint64_t rows_duplicate) {
  m_session.exec("update ingest_log set rows_loaded = $1, rows_duplicate = $2 where file_id = $3",
                 {count(rows_loaded), count(rows_duplicate), file_id});
}

void Ledger::set_archive_path(std::int64_t file_id, const std::string& archive_path) {
  m_session.exec("update ingest_log set archive_path = $1, packed_bytes = null where file_id = $2",
                 {archive_path, file_id});
}

void Ledger::add_rejects(std::int64_t file_id, std::span<const Reject> rejects) {
  // in chunks: stored_rejects may be millions, which should not be in memory twice
  while (!rejects.empty()) {
    const auto chunk = rejects.first(std::min(rejects.size(), k_rows_per_statement));
    rejects = rejects.subspan(chunk.size());
    std::vector<std::vector<Value>> rows;
    for (const Reject& reject : chunk)
      rows.push_back({file_id, count(reject.record_no), reject.field, std::string{reject.kind.code},
                      std::string{reject.kind.text}, text_or_null(reject.value), count(reject.byte_offset),
                      count(reject.line), count(reject.column), text_or_null(reject.raw)});
    insert_rows(
        m_session,
        "ingest_rejects (file_id, record_no, field, code, reason, value, byte_offset, fault_line, fault_column, raw)",
        rows);
  }
}

void Ledger::add_overlaps(std::span<const std::int64_t> file_ids, const LoadCounts& counts) {
  std::vector<std::vector<Value>> rows;
  for (const auto& [files, records] : counts.overlaps)
    rows.push_back({file_ids[files.first], files.second, count(records)});
  insert_rows(m_session, "ingest_overlap (file_id, holder_file_id, rows)", rows);
}

}  // namespace longshore::store
