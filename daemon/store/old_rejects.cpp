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

std::uint64_t delete_rejects(Session& session, std::span<const std::int64_t> file_ids, const std::string& time) {
  std::uint64_t deleted = 0;
  for_each_chunk(file_ids, [&](const std::string& list, std::vector<Value> params, auto) {
    params.emplace_back(time);
    deleted += session
                   .exec("delete from ingest_rejects where file_id in (" + list +
                             ") and exists (select 1 from ingest_log where ingest_log.file_id = ingest_rejects.file_id "
                             "and ingest_log.finished_at < $" +
                             std::to_string(params.size()) + ")",
                         params)
                   .affected;
  });
  return deleted;
}

}  // namespace longshore::store
