#include "store/changes.hpp"

#include "store/id_list.hpp"

namespace longshore::store {
namespace {

// `of_feed`: which of the files are changes for the tasks of their feed.
void add(Session& session, const TaskFeeds& task_feeds, std::span<const std::int64_t> file_ids,
         const std::string& of_feed) {
  if (task_feeds.empty())
    return;
  const std::string insert = R"(
insert into ingest_changes (task, file_id, attempt)
select t.task, l.file_id, l.attempt
from ingest_log l
join ingest_task_feeds t on t.feed = 'ingest_log' or )" +
                             of_feed + "\nwhere l.file_id in (";
  for_each_chunk(file_ids, [&](const std::string& list, const std::vector<Value>& params, auto) {
    session.exec(insert + list + ")", params);
  });
}

}  // namespace

void add_changes(Session& session, const TaskFeeds& task_feeds, std::span<const std::int64_t> file_ids) {
  add(session, task_feeds, file_ids, "(t.feed = l.feed and l.status in ('loaded', 'partial'))");
}

void add_replay_changes(Session& session, const TaskFeeds& task_feeds, std::span<const std::int64_t> file_ids) {
  add(session, task_feeds, file_ids, "t.feed = l.feed");
}

}  // namespace longshore::store
