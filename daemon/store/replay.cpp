#include "store/replay.hpp"

#include "base/time.hpp"
#include "store/latest.hpp"
#include "store/schema_sql.hpp"

#include <algorithm>

namespace longshore::store {
namespace {

constexpr std::size_t k_ids_a_statement = 500;

std::int64_t id_of(std::int64_t file_id) { return file_id; }
std::int64_t id_of(const KnownFile& file) { return file.file_id; }

// Calls `work(list, params, piece)` for at most 500 of `files` at a time: list is "$1, $2 …", params are their ids.
template <class T, class Work>
void in_pieces(std::span<const T> files, Work work) {
  for (; !files.empty(); files = files.subspan(std::min(files.size(), k_ids_a_statement))) {
    const auto piece = files.first(std::min(files.size(), k_ids_a_statement));
    std::string list;
    std::vector<Value> params;
    for (const T& file : piece) {
      params.emplace_back(id_of(file));
      list += (params.size() == 1 ? "$" : ", $") + std::to_string(params.size());
    }
    work(list, std::move(params), piece);
  }
}

std::vector<Overlap> overlaps_where(Session& session, const std::string& column, std::span<const std::int64_t> ids) {
  std::vector<Overlap> out;
  in_pieces(ids, [&](const std::string& list, const std::vector<Value>& params, auto) {
    for (const auto& row :
         session
             .exec("select file_id, holder_file_id from ingest_overlap where " + column + " in (" + list + ")", params)
             .rows)
      out.push_back({as_int(row[0]), as_int(row[1])});
  });
  return out;
}

// The rows of some files by the range of time that the ledger gives them. A feed's time column may have become another since
// they were loaded: then fewer rows go than the ledger has counted, and the whole table is looked through.
void delete_facts(Session& session, const Feed& feed, const std::string& list, std::vector<Value> params,
                  std::span<const KnownFile> files) {
  std::uint64_t expected = 0;
  std::string first;
  std::string last;
  for (const KnownFile& file : files) {
    expected += file.rows_loaded;
    if (!file.first_time.empty() && (first.empty() || file.first_time < first))
      first = file.first_time;
    last = std::max(last, file.last_time);
  }
  if (expected == 0)
    return;
  const std::string sql = "delete from " + sql_name(feed.table) + " where file_id in (" + list + ")";
  std::uint64_t deleted = 0;
  if (feed.time_column && !first.empty()) {
    const std::vector<Value> ids = params;
    const std::string time = sql_name(feed.columns[*feed.time_column].name);
    const auto number = std::to_string(params.size() + 1);
    params.insert(params.end(), {first, last});
    deleted =
        session
            .exec(sql + " and " + time + " >= $" + number + " and " + time + " <= $" + std::to_string(params.size()),
                  params)
            .affected;
    params = ids;
  }
  if (deleted != expected)
    session.exec(sql, params);
}

// Where a key has no row left in the history, its latest row goes too.
void restore_latest(Session& session, const Feed& feed, const std::string& list, const std::vector<Value>& params) {
  const std::string latest = sql_name(feed.latest->table);
  std::string same_key;
  std::vector<std::string> rest = latest_columns(feed);
  for (const std::size_t i : feed.latest->key) {
    const std::string& name = feed.columns[i].name;
    same_key += (same_key.empty() ? "" : " and ") + ("fact." + sql_name(name)) + " = " + latest + "." + sql_name(name);
    std::erase(rest, name);
  }
  const std::string history = "from " + sql_name(feed.table) + " fact where " + same_key;
  session.exec("delete from " + latest + " where file_id in (" + list + ") and not exists (select 1 " + history + ")",
               params);
  session.exec("update " + latest + " set (" + sql_names(rest) + ") = (select " + sql_names(rest) + " " + history +
                   " " + newest_first_sql(feed) + " limit 1) where file_id in (" + list + ")",
               params);
}

}  // namespace

std::vector<KnownFile> read_files(Session& session, std::span<const std::int64_t> file_ids) {
  std::vector<KnownFile> files;
  in_pieces(file_ids, [&](const std::string& list, const std::vector<Value>& params, auto) {
    const Rows found = session.exec(
        "select file_id, file_name, feed, status, sha256, size_bytes, rows_loaded, first_time, last_time, claim, archive_path "
        "from ingest_log where file_id in (" +
            list + ")",
        params);
    for (const auto& row : found.rows)
      files.push_back({as_int(row[0]), as_text(row[1]), as_text(row[2]), status_named(as_text(row[3])), as_text(row[4]),
                       static_cast<std::uint64_t>(as_int(row[5])), static_cast<std::uint64_t>(as_int(row[6])),
                       as_text(row[7]), as_text(row[8]), as_text(row[9]), as_text(row[10])});
  });
  std::ranges::sort(files, {}, &KnownFile::file_id);
  return files;
}

std::vector<Overlap> overlaps_held_by(Session& session, std::span<const std::int64_t> holders) {
  return overlaps_where(session, "holder_file_id", holders);
}

std::vector<Overlap> overlaps_of(Session& session, std::span<const std::int64_t> file_ids) {
  return overlaps_where(session, "file_id", file_ids);
}

void lock_tables(Session& session, const Feed& feed) {
  if (session.engine() != Engine::postgres)
    return;
  session.exec("set local statement_timeout = 0");  // a delete takes as long as its table is large
  // facts before latest, as loaders take them; two statements, so that the next one's snapshot is taken with both held
  for (const TableShape& table : tables_of(feed))
    session.exec("lock table " + sql_name(table.name) + " in share row exclusive mode");
}

void delete_rows(Session& session, const Feed& feed, std::span<const KnownFile> files) {
  in_pieces(files, [&](const std::string& list, std::vector<Value> params, std::span<const KnownFile> piece) {
    session.exec("delete from ingest_rejects where file_id in (" + list + ")", params);
    session.exec("delete from ingest_overlap where file_id in (" + list + ")", params);
    delete_facts(session, feed, list, std::move(params), piece);
  });
  // when all facts are gone: what takes a place in the latest table is none of these files'
  if (feed.latest)
    in_pieces(files, [&](const std::string& list, const std::vector<Value>& params, auto) {
      restore_latest(session, feed, list, params);
    });
}

}  // namespace longshore::store
