#include "store/old_rejects.hpp"

#include "store/id_list.hpp"

namespace longshore::store {
namespace {

std::vector<std::int64_t> ids_of(const Rows& rows) {
  std::vector<std::int64_t> ids;
  ids.reserve(rows.size());
  for (const auto& row : rows.rows)
    ids.push_back(as_int(row[0]));
  return ids;
}

}  // namespace

std::vector<std::int64_t> files_with_rejects(Session& session, std::int64_t after, std::uint64_t limit) {
  return ids_of(session.exec(R"(
select distinct file_id
from ingest_rejects
where file_id > $1
order by file_id
limit $2
)",
                             {after, static_cast<std::int64_t>(limit)}));
}

std::vector<std::int64_t> finished_before(Session& session, std::span<const std::int64_t> file_ids,
                                          const std::string& time) {
  std::vector<std::int64_t> found;
  for_each_chunk(file_ids, [&](const std::string& list, std::vector<Value> params, auto) {
    params.emplace_back(time);
    const auto ids = ids_of(session.exec("select file_id from ingest_log where file_id in (" + list +
                                             ") and finished_at < $" + std::to_string(params.size()),
                                         params));
    found.insert(found.end(), ids.begin(), ids.end());
  });
  return found;
}

std::uint64_t delete_rejects(Session& session, std::span<const std::int64_t> file_ids) {
  std::uint64_t deleted = 0;
  for_each_chunk(file_ids, [&](const std::string& list, const std::vector<Value>& params, auto) {
    deleted += session.exec("delete from ingest_rejects where file_id in (" + list + ")", params).affected;
  });
  return deleted;
}

}  // namespace longshore::store
