#include "store/ledger.hpp"

#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace longshore::store {
namespace {

constexpr std::array<std::string_view, 6> k_statuses = {"loading", "loaded",    "partial",
                                                        "failed",  "duplicate", "unrouted"};

constexpr std::string_view k_columns =
    "claim, file_name, feed, sha256, size_bytes, modified_at, status, attempt, records, rows_loaded, rows_duplicate, "
    "rows_rejected, error, error_offset, error_line, error_column, duplicate_of, first_time, last_time, started_at, "
    "finished_at, archive_path, instance";

// A multi-row insert stays well below both engines' limits of parameters (65535 and 32766).
constexpr std::size_t k_rows_a_statement = 500;

Value count(std::uint64_t number) { return static_cast<std::int64_t>(number); }
Value text_or_null(const std::string& text) { return text.empty() ? Value{} : Value{text}; }
Value time_or_null(std::optional<std::int64_t> micros) { return micros ? Value{format_time(*micros)} : Value{}; }

std::vector<Value> values_of(const LedgerRow& row) {
  const bool placed = row.error_at.has_value();
  return {
      row.claim,
      row.file_name,
      text_or_null(row.feed),
      text_or_null(row.sha256),
      count(row.size_bytes),
      format_time(row.modified_at),
      std::string{status_name(row.status)},
      static_cast<std::int64_t>(row.attempt),
      count(row.records),
      count(row.rows_loaded),
      count(row.rows_duplicate),
      count(row.rows_rejected),
      text_or_null(row.error),
      placed ? count(row.error_at->offset) : Value{},
      placed ? count(row.error_at->line) : Value{},
      placed ? count(row.error_at->column) : Value{},
      row.duplicate_of ? Value{*row.duplicate_of} : Value{},
      time_or_null(row.first_time),
      time_or_null(row.last_time),
      format_time(row.started_at),
      row.finished_at ? Value{format_time(row.finished_at)} : Value{},
      text_or_null(row.archive_path),
      text_or_null(row.instance),
  };
}

// "($1, $2), ($3, $4)" for `rows` of `width`.
std::string placeholders(std::size_t rows, std::size_t width) {
  std::string out;
  for (std::size_t i = 0; i < rows * width; ++i) {
    out += i % width == 0 ? (i == 0 ? "($" : "), ($") : ", $";
    out += std::to_string(i + 1);
  }
  return out += ')';
}

// Of fewer rows one statement is quicker than asking for their ids, a savepoint and a COPY.
constexpr std::size_t k_rows_worth_a_copy = 8;

bool is_content(const LedgerRow& row) { return row.status == Status::loaded || row.status == Status::partial; }

// Calls `insert` with the values of at most k_rows_a_statement rows at a time.
template <class Rows, class ToValues, class Insert>
void in_pieces(const Rows& rows, ToValues to_values, Insert insert) {
  std::vector<Value> values;
  std::size_t in_piece = 0;
  for (const auto& row : rows) {
    for (Value& value : to_values(row))
      values.push_back(std::move(value));
    if (++in_piece == k_rows_a_statement) {
      insert(values, in_piece);
      values.clear();
      in_piece = 0;
    }
  }
  if (in_piece > 0)
    insert(values, in_piece);
}

constexpr std::string_view k_find_content =
    "select file_id, status, archive_path, error, sha256, finished_at from ingest_log "
    "where sha256 = $1 and feed = $2 and status in ('loaded', 'partial')";

// $1 is a list of hashes, with commas. Each is to be looked up by the index, whatever the planner believes of a table that grows:
// with all of them as one condition it reads every row of the feed. Hence the limit on PostgreSQL, and cross join, which SQLite
// never turns round.
constexpr std::string_view k_find_contents_postgres = R"(
select found.* from unnest(string_to_array($1, ',')) as wanted (sha256)
cross join lateral (
  select file_id, status, archive_path, error, sha256, finished_at from ingest_log
  where sha256 = wanted.sha256 and feed = $2 and status in ('loaded', 'partial')
  limit 1
) found)";
constexpr std::string_view k_find_contents_sqlite = R"(
select file_id, status, archive_path, error, sha256, finished_at
from json_each('["' || replace($1, ',', '","') || '"]') wanted
cross join ingest_log on sha256 = wanted.value
where feed = $2 and status in ('loaded', 'partial'))";

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
  throw Error{Fault::fatal, "the ledger holds a status \"" + std::string{name} + "\" that this version does not know"};
}

// The common case: every row is new. The ids are taken first, for COPY returns none.
bool Ledger::put(std::span<const LedgerRow* const> rows, std::vector<std::optional<std::int64_t>>& ids) {
  if (m_session.engine() != Engine::postgres || rows.size() < k_rows_worth_a_copy)
    return false;
  std::set<std::pair<std::string_view, std::string_view>> contents;
  for (const LedgerRow* row : rows)
    if (is_content(*row) && !contents.emplace(row->feed, row->sha256).second)
      return false;  // of two with one content only one stays
  const Rows taken = m_session.exec("select nextval('ingest_log_file_id_seq') from generate_series(1, $1::bigint)",
                                    {count(rows.size())});
  std::vector<std::vector<Value>> values;
  values.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    values.push_back(values_of(*rows[i]));
    values.back().push_back(taken.rows[i][0]);
  }
  if (!m_session.put("ingest_log", std::string{k_columns} + ", file_id", values))
    return false;
  for (const auto& row : taken.rows)
    ids.emplace_back(as_int(row[0]));
  return true;
}

std::vector<std::optional<std::int64_t>> Ledger::insert(std::span<const LedgerRow* const> rows) {
  std::vector<std::optional<std::int64_t>> out;
  if (put(rows, out))
    return out;
  std::map<std::pair<std::string, std::string>, std::int64_t> ids;
  in_pieces(
      rows, [](const LedgerRow* row) { return values_of(*row); },
      [&](const std::vector<Value>& values, std::size_t in_piece) {
        const Rows inserted = m_session.exec("insert into ingest_log (" + std::string{k_columns} + ") values " +
                                                 placeholders(in_piece, values.size() / in_piece) +
                                                 " on conflict do nothing returning file_id, claim, file_name",
                                             values);
        for (const auto& row : inserted.rows)
          ids[{as_text(row[1]), as_text(row[2])}] = as_int(row[0]);
      });
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
    throw Error{Fault::contention, "the ledger row of " + row.file_name + " was written by somebody else just now"};
  return *id;
}

Session::Begun Ledger::begin(const LedgerRow& row, const RowBatch& window) {
  // not left to the unique index alone: each row that it refuses has used up a file_id
  static const std::string k_insert_new = [] {
    const auto columns = static_cast<std::size_t>(std::ranges::count(k_columns, ',')) + 1;
    std::string values = placeholders(1, columns);
    values = values.substr(1, values.size() - 2);
    return "insert into ingest_log (" + std::string{k_columns} + ") select " + values +
           " where not exists (select from ingest_log where feed = $3 and sha256 = $4 and status in ('loaded', 'partial'))"
           " on conflict do nothing returning file_id";
  }();
  return m_session.begin_file(k_insert_new, values_of(row), window);
}

std::optional<Arrival> Ledger::find_arrival(std::string_view claim, std::string_view file_name) {
  const Rows found = m_session.exec(
      "select file_id, status, archive_path, error, sha256, finished_at from ingest_log where claim = $1 and file_name = $2",
      {std::string{claim}, std::string{file_name}});
  return found.empty() ? std::nullopt : std::optional{arrival_of(found.rows[0])};
}

std::map<std::string, Arrival> Ledger::find_contents(std::string_view feed, std::span<const std::string> sha256s) {
  std::string list;
  for (const std::string& sha256 : sha256s)
    list += (list.empty() ? "" : ",") + sha256;
  const bool is_one = sha256s.size() == 1;  // the server plans this in a third of the time
  const std::string_view several =
      m_session.engine() == Engine::postgres ? k_find_contents_postgres : k_find_contents_sqlite;
  const Rows found = m_session.exec(is_one ? k_find_content : several, {list, std::string{feed}});
  std::map<std::string, Arrival> out;
  for (const auto& row : found.rows)
    out.emplace(as_text(row[4]), arrival_of(row));
  return out;
}

std::optional<Arrival> Ledger::find_content(std::string_view feed, const std::string& sha256) {
  const auto found = find_contents(feed, {&sha256, 1});
  return found.empty() ? std::nullopt : std::optional{found.begin()->second};
}

bool Ledger::has_size(std::string_view feed, std::uint64_t size_bytes) {
  return !m_session
              .exec(
                  "select 1 from ingest_log where feed = $1 and size_bytes = $2 and size_bytes >= 4194304 and status in ('loaded', 'partial') limit 1",
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
  std::string sql = "update ingest_log set ";
  std::size_t number = 0;
  for (std::string_view rest = k_columns; !rest.empty();) {
    const auto comma = std::min(rest.find(", "), rest.size());
    sql += (number > 0 ? ", " : "") + std::string{rest.substr(0, comma)} + " = $" + std::to_string(number + 1);
    ++number;
    rest.remove_prefix(std::min(comma + 2, rest.size()));
  }
  sql += " where file_id = $" + std::to_string(number + 1);
  values.emplace_back(file_id);
  m_session.exec(sql, values);
}

void Ledger::set_counts(std::int64_t file_id, std::uint64_t rows_loaded, std::uint64_t rows_duplicate) {
  m_session.exec("update ingest_log set rows_loaded = $1, rows_duplicate = $2 where file_id = $3",
                 {count(rows_loaded), count(rows_duplicate), file_id});
}

void Ledger::set_archive_path(std::int64_t file_id, const std::string& archive_path) {
  m_session.exec("update ingest_log set archive_path = $1 where file_id = $2", {archive_path, file_id});
}

void Ledger::add_rejects(std::int64_t file_id, std::span<const Reject> rejects) {
  in_pieces(
      rejects,
      [&](const Reject& reject) {
        return std::vector<Value>{file_id,      count(reject.record_no), count(reject.byte_offset),
                                  reject.field, reject.reason,           reject.raw};
      },
      [&](const std::vector<Value>& values, std::size_t in_piece) {
        m_session.exec("insert into ingest_rejects (file_id, record_no, byte_offset, field, reason, raw) values " +
                           placeholders(in_piece, 6),
                       values);
      });
}

void Ledger::add_overlaps(std::span<const std::int64_t> file_ids, const LoadCounts& counts) {
  in_pieces(
      counts.overlaps,
      [&](const auto& overlap) {
        return std::vector<Value>{file_ids[overlap.first.first], overlap.first.second, count(overlap.second)};
      },
      [&](const std::vector<Value>& values, std::size_t in_piece) {
        m_session.exec("insert into ingest_overlap (file_id, holder_file_id, rows) values " + placeholders(in_piece, 3),
                       values);
      });
}

}  // namespace longshore::store
