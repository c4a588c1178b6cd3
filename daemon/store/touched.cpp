#include "store/touched.hpp"

#include "store/changes.hpp"
#include "store/distributed.hpp"
#include "store/id_list.hpp"
#include "store/json_value.hpp"
#include "store/schema_sql.hpp"
#include "store/touched_sql.hpp"

#include <rapidjson/document.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace longshore::store {
namespace {

struct TaskOfFeed {
  std::string task;
  std::vector<TouchedKey> keys;
};

std::string text_member(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  return member != object.MemberEnd() && member->value.IsString() ? member->value.GetString() : "";
}

std::vector<TouchedKey> keys_in(const std::string& json) {
  rapidjson::Document document;
  document.Parse(json.c_str());
  std::vector<TouchedKey> keys;
  if (!document.IsArray())
    return keys;
  keys.reserve(document.Size());
  for (const auto& key : document.GetArray())
    keys.push_back({text_member(key, "name"), text_member(key, "from"), text_member(key, "truncate"), {}});
  return keys;
}

std::vector<TaskOfFeed> tasks_of(Session& session, const Feed& feed) {
  std::vector<TaskOfFeed> tasks;
  for (const auto& row : session
                             .exec(R"(
select t.task, t.touched
from ingest_task_feeds f
join ingest_tasks t on t.task = f.task
where f.feed = $1
order by t.task
)",
                                   {feed.name})
                             .rows)
    tasks.push_back({as_text(row[0]), keys_in(as_text(row[1]))});
  return tasks;
}

bool has_columns(const Feed& feed, std::span<const TouchedKey> keys) {
  return std::ranges::all_of(keys, [&](const TouchedKey& key) {
    return std::ranges::find(feed.columns, key.from, &Column::name) != feed.columns.end();
  });
}

bool has_change_of_all(Session& session, const std::string& task) {
  return !session.exec("select 1 from ingest_changes where task = $1 and file_id = 0 limit 1", {task}).empty();
}

std::vector<std::int64_t> changed_files(Session& session, const std::string& task) {
  std::vector<std::int64_t> ids;
  for (const auto& row :
       session
           .exec("select distinct file_id from ingest_changes where task = $1 and file_id > 0 order by file_id", {task})
           .rows)
    ids.push_back(as_int(row[0]));
  return ids;
}

// The query of all keys, and of which files they are.
struct Found {
  std::string query;
  std::uint64_t changes = 0;
  std::vector<std::int64_t> left;
};

Found find_keys(Session& session, const TaskKeys& keys) {
  if (has_change_of_all(session, keys.task)) {
    const Rows files = session.exec("select count(*) from ingest_log where " + loaded_files_sql(keys.sources));
    return {all_keys_sql(session.engine(), keys), static_cast<std::uint64_t>(as_int(files.rows[0][0])),
            unseen_files(session, keys, changed_files(session, keys.task))};
  }
  std::vector<std::int64_t> ids = changed_files(session, keys.task);
  std::vector<std::int64_t> left = unseen_files(session, keys, ids);
  std::erase_if(ids, [&](std::int64_t id) { return std::ranges::find(left, id) != left.end(); });
  std::vector<IdRange> ranges = ranges_of(ids);
  if (!left.empty())
    for (IdRange& range : ranges)
      range.has_gaps = true;
  return {changed_keys_sql(session.engine(), keys, ranges, left), ids.size(), std::move(left)};
}

void delete_changes(Session& session, const std::string& task, std::span<const std::int64_t> left) {
  session.exec("delete from ingest_changes where task = $1" + not_among_sql(left), {task});
}

std::string create_touched_sql(Engine engine, const TaskKeys& keys, const std::string& query) {
  const std::string drop =
      engine == Engine::postgres ? "on commit drop " : "";  // also after a pooler's change of clients
  return "create temporary table touched " + drop + "as\nselect distinct *\nfrom (\n" + query + "\n) k" +
         before_horizon_sql(engine, keys);
}

std::uint64_t count_of(Session& session, const std::string& table_and_condition) {
  return static_cast<std::uint64_t>(as_int(session.exec("select count(*) from " + table_and_condition).rows[0][0]));
}

}  // namespace

ColumnType truncated_type(std::string_view truncate) {
  return {truncate == "minute" || truncate == "hour" ? Type::timestamp : Type::date, false};
}

std::vector<std::string> TaskKeys::names() const {
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (const TouchedKey& key : keys)
    names.push_back(key.name);
  if (names.empty())
    names.emplace_back("file_id");
  return names;
}

std::string json_of(std::span<const TouchedKey> keys) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer{buffer};
  writer.StartArray();
  for (const TouchedKey& key : keys) {
    writer.StartObject();
    const auto write = [&](const char* name, const std::string& value) {
      writer.Key(name);
      writer.String(value.c_str());
    };
    write("name", key.name);
    write("from", key.from);
    write("truncate", key.truncate);
    write("type", type_text(key.type));
    writer.EndObject();
  }
  writer.EndArray();
  return buffer.GetString();
}

void touch_rows(Session& session, const Feed& feed, std::span<const std::int64_t> file_ids) {
  for (const TaskOfFeed& task : tasks_of(session, feed)) {
    if (task.keys.empty())
      continue;                           // its keys are the files, which get changes
    if (!has_columns(feed, task.keys)) {  // the declaration of the feed has changed since that of the task
      session.exec("insert into ingest_changes (task, file_id, attempt) values ($1, 0, 0)", {task.task});
      continue;
    }
    const std::string insert = "insert into " + sql_name(touched_table(task.task)) + " (" + key_names_sql(task.keys) +
                               ")\nselect distinct " + key_values_sql(session.engine(), task.keys) + "\nfrom " +
                               sql_name(feed.table) + "\nwhere file_id in (";
    for_each_chunk(file_ids, [&](const std::string& list, const std::vector<Value>& params, auto) {
      session.exec(insert + list + ")", params);
    });
  }
}

Taken make_touched(Session& session, const TaskKeys& keys) {
  const Found found = find_keys(session, keys);
  session.exec_script(create_touched_sql(session.engine(), keys, found.query));
  if (session.engine() == Engine::postgres)
    session.exec_script("analyze touched");  // else the planner takes it for a thousand rows
  return {found.changes, count_of(session, "touched"), found.left};
}

void delete_used(Session& session, const TaskKeys& keys, const Taken& taken) {
  delete_changes(session, keys.task, taken.left);
  session.exec("delete from " + sql_name(touched_table(keys.task)));
  session.exec_script("drop table touched");
}

Taken take_keys(Session& session, const TaskKeys& keys, std::int64_t run_id) {
  const Found found = find_keys(session, keys);
  const std::string table = sql_name(touched_table(keys.task));
  const std::string run = std::to_string(run_id);
  session.exec_script(create_touched_sql(session.engine(), keys, found.query));
  session.exec_script("delete from " + table);
  session.exec_script(fmt::format(
      "insert into {0} ({1}, by_run, number)\nselect {1}, {2}, row_number() over (order by {1})\nfrom touched", table,
      sql_names(keys.names()), run));
  session.exec_script("drop table touched");
  delete_changes(session, keys.task, found.left);
  return {found.changes, count_of(session, table), {}};
}

std::size_t append_keys(Session& session, const TaskKeys& keys, std::int64_t run_id, std::int64_t after,
                        std::string& lines) {
  const std::vector<std::string> names = keys.names();
  const Rows rows = session.exec(fmt::format(R"(
select {}
from {}
where by_run = $1 and number > $2
order by number
limit 1000
)",
                                             sql_names(names), sql_name(touched_table(keys.task))),
                                 {run_id, after});
  for (const auto& row : rows.rows) {
    rapidjson::StringBuffer buffer;
    JsonWriter writer{buffer};
    writer.StartObject();
    for (std::size_t i = 0; i < names.size(); ++i) {
      writer.Key(names[i].c_str());
      write_json(writer, row[i]);
    }
    writer.EndObject();
    lines.append(buffer.GetString(), buffer.GetSize());
    lines += '\n';
  }
  return rows.size();
}

void delete_keys(Session& session, const TaskKeys& keys, std::int64_t run_id) {
  session.exec("delete from " + sql_name(touched_table(keys.task)) + " where by_run = $1", {run_id});
}

std::string use_keys_sql(std::string_view task) {
  return "insert into ingest_changes (task) select $1 where exists (select 1 from " + sql_name(touched_table(task)) +
         ")";
}

std::string lock_touched_sql(std::string_view task) {
  return "lock table " + sql_name(touched_table(task)) + " in share update exclusive mode";
}

}  // namespace longshore::store
