#include "notify/notice.hpp"

#include "base/text.hpp"
#include "base/time.hpp"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <array>
#include <string_view>

namespace longshore::notify {
namespace {

constexpr unsigned k_format_version = 1;
constexpr std::size_t k_error_bytes = 500;
constexpr std::size_t k_summary_bytes = 600;
constexpr std::size_t k_feeds_named = 5;

constexpr std::array<std::string_view, k_notice_kinds> k_names = {
    "file_failed",      "file_rejects",  "feed_recovered", "database_away", "database_back", "directories_failing",
    "directories_well", "file_stuck",    "file_moves",     "clock_wrong",   "clock_trusted", "feed_paused",
    "feeds_resumed",    "files_parked",  "files_resumed",  "feed_late",     "feed_on_time",  "task_failed",
    "task_recovered",   "daemon_failed", "feed_drift",     "file_grew",     "report"};

std::string clean(std::string_view text) { return printable(clip_utf8(text, k_error_bytes)); }

std::string count_of(std::uint64_t count, const std::string& one, const std::string& many) {
  return human_count(count) + " " + (count == 1 ? one : many);
}

std::string feed_names(const Notice& notice, bool with_counts) {
  std::string text;
  std::size_t named = 0;
  for (const auto& [feed, totals] : notice.feeds) {
    if (named++ == k_feeds_named)
      return text + " and more";
    text += (text.empty() ? "" : ", ") + (feed.empty() ? "no feed" : feed);
    if (with_counts)
      text += " " + human_count(totals.files);
  }
  return text;
}

std::string file_text(const FileNote& file) {
  if (file.status == store::Status::failed)
    return file.name + ": " + file.error;
  return file.name + ": " + human_count(file.rejects) + " of " + human_count(file.records) + " records";
}

std::string files_text(const Notice& notice, const std::string& one, const std::string& many) {
  std::string text = count_of(notice.total.files, one, many);
  if (notice.total.files > 1)
    text += " (" + feed_names(notice, true) + "), the first";
  return notice.files.empty() ? text : text + ": " + file_text(notice.files.front());
}

std::string report_text(const Notice& notice) {
  const Totals& total = notice.total;
  std::string text = count_of(total.files, "file", "files") + " since " + format_time(notice.since).substr(0, 19) +
                     "Z: " + human_count(total.loaded) + " loaded, " + human_count(total.partial) + " partial, " +
                     human_count(total.failed) + " failed, " + human_count(total.duplicate) + " duplicate";
  if (total.unrouted > 0)
    text += ", " + human_count(total.unrouted) + " unrouted";
  return text + "; " + human_count(total.rows) + " rows, " + human_count(total.rows_duplicate) + " duplicates, " +
         human_count(total.rejects) + " rejects";
}

std::string text_of(const Notice& notice) {
  switch (notice.kind) {
  case NoticeKind::file_failed:
    return files_text(notice, "file failed", "files failed");
  case NoticeKind::file_rejects:
    return "many rejected records in " + files_text(notice, "file", "files");
  case NoticeKind::feed_recovered:
    return (notice.feeds.size() == 1 ? "feed recovered: " : "feeds recovered: ") + feed_names(notice, false);
  case NoticeKind::database_away:
    return "database unavailable: " + notice.error;
  case NoticeKind::database_back:
    return "database available again";
  case NoticeKind::directories_failing:
    return "directories unusable: " + notice.error;
  case NoticeKind::directories_well:
    return "directories usable again";
  case NoticeKind::file_stuck:
    return "file is stuck: " + notice.error;
  case NoticeKind::file_moves:
    return "file is no longer stuck: " + notice.error;
  case NoticeKind::clock_wrong:
    return "files wait, because the clock may be wrong: " + notice.error;
  case NoticeKind::clock_trusted:
    return "no file waits for the clock any more";
  case NoticeKind::feed_paused:
    return notice.error;
  case NoticeKind::feeds_resumed:
    return "no feed is paused any more";
  case NoticeKind::files_parked:
    return "files wait for the operator: " + notice.error;
  case NoticeKind::files_resumed:
    return "no file is parked any more";
  case NoticeKind::feed_late:
    return "late: " + notice.error;
  case NoticeKind::feed_on_time:
    return "not late any more: " + notice.error;
  case NoticeKind::task_failed:
    return "tasks failed, and their retries too: " + notice.error;
  case NoticeKind::task_recovered:
    return "tasks succeed again: " + notice.error;
  case NoticeKind::daemon_failed:
    return "longshore stopped: " + notice.error;
  case NoticeKind::feed_drift:
    return "members that no column reads: " + notice.error;
  case NoticeKind::file_grew:
    return "files grew after they were loaded (longshore replay --grown): " + notice.error;
  case NoticeKind::report:
    return report_text(notice);
  }
  return {};
}

class Json {
 public:
  Json() { m_writer.SetIndent(' ', 2); }
  std::string text() const { return m_buffer.GetString(); }
  void begin() { m_writer.StartObject(); }
  void end() { m_writer.EndObject(); }
  void put(const char* key, std::string_view value) {
    m_writer.Key(key);
    m_writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  void put(const char* key, std::uint64_t value) {
    m_writer.Key(key);
    m_writer.Uint64(value);
  }
  template <class Put>
  void put_object(const char* key, Put put_members) {
    m_writer.Key(key);
    begin();
    put_members();
    end();
  }
  template <class List, class Put>
  void list(const char* key, const List& list, Put put_one) {
    m_writer.Key(key);
    m_writer.StartArray();
    for (const auto& one : list) {
      begin();
      put_one(one);
      end();
    }
    m_writer.EndArray();
  }

 private:
  rapidjson::StringBuffer m_buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> m_writer{m_buffer};  // people read it in mails
};

struct TotalsMember {
  const char* name;  // in the JSON
  std::uint64_t Totals::*value;
};
constexpr std::array<TotalsMember, 9> k_totals = {{{"files", &Totals::files},
                                                   {"loaded", &Totals::loaded},
                                                   {"partial", &Totals::partial},
                                                   {"duplicate", &Totals::duplicate},
                                                   {"failed", &Totals::failed},
                                                   {"unrouted", &Totals::unrouted},
                                                   {"rows", &Totals::rows},
                                                   {"rows_duplicate", &Totals::rows_duplicate},
                                                   {"rejects", &Totals::rejects}}};

void put_totals(Json& json, const Totals& totals) {
  for (const TotalsMember& member : k_totals)
    json.put(member.name, totals.*member.value);
}

void put_file(Json& json, const FileNote& file) {
  json.put("file_id", static_cast<std::uint64_t>(file.file_id));
  json.put("name", file.name);
  json.put("feed", file.feed);
  json.put("status", store::status_name(file.status));
  json.put("error", file.error);
  json.put("records", file.records);
  json.put("rows", file.rows);
  json.put("rows_duplicate", file.rows_duplicate);
  json.put("rejects", file.rejects);
  json.put("archive_path", file.archive_path);
}

}  // namespace

std::string_view name_of(NoticeKind kind) { return k_names[static_cast<std::size_t>(kind)]; }

std::string_view state_of(NoticeKind kind) {
  switch (kind) {
  case NoticeKind::feed_recovered:
  case NoticeKind::database_back:
  case NoticeKind::directories_well:
  case NoticeKind::file_moves:
  case NoticeKind::clock_trusted:
  case NoticeKind::feeds_resumed:
  case NoticeKind::files_resumed:
  case NoticeKind::feed_on_time:
  case NoticeKind::task_recovered:
    return "recovery";
  case NoticeKind::feed_drift:
  case NoticeKind::report:
    return "report";
  default:
    return "problem";
  }
}

void Totals::add(const store::LedgerRow& row) {
  ++files;
  loaded += row.status == store::Status::loaded;
  partial += row.status == store::Status::partial;
  duplicate += row.status == store::Status::duplicate;
  failed += row.status == store::Status::failed;
  unrouted += row.status == store::Status::unrouted;
  if (row.status == store::Status::failed)
    return;  // no row of it is in a table
  rows += row.rows_loaded;
  rows_duplicate += row.rows_duplicate;
  rejects += row.rows_rejected;
}

void Totals::add(const Totals& other) {
  for (const TotalsMember& member : k_totals)
    this->*member.value += other.*member.value;
}

bool is_problem(store::Status status) {
  return status == store::Status::failed || status == store::Status::partial || status == store::Status::unrouted;
}

std::string totals_json(const Totals& totals) {
  std::string json = "{";
  for (const TotalsMember& member : k_totals)
    json += (json.size() == 1 ? "\"" : ",\"") + std::string{member.name} + "\":" + std::to_string(totals.*member.value);
  return json + "}";
}

FileNote FileNote::of(const store::LedgerRow& row, std::int64_t file_id) {
  return {file_id,     clean(row.file_name), row.feed,           row.status,        clean(row.error),
          row.records, row.rows_loaded,      row.rows_duplicate, row.rows_rejected, printable(row.archive_path)};
}

std::string summary_of(const Notice& notice, const Sender& sender) {
  const std::string text = printable("longshore " + sender.instance + ": " + text_of(notice));
  return std::string{clip_utf8(text, k_summary_bytes)};
}

std::string json_of(const Notice& notice, const Sender& sender, std::int64_t at, std::uint64_t lost) {
  Json json;
  json.begin();
  json.put("version", std::uint64_t{k_format_version});
  json.put("kind", name_of(notice.kind));
  json.put("state", state_of(notice.kind));
  json.put("summary", summary_of(notice, sender));
  json.put("at", format_time(at));
  json.put("since", format_time(notice.since));
  json.put("instance", printable(sender.instance));
  json.put("host", printable(sender.host));
  json.put("error", clean(notice.error));
  json.put("lost", lost);
  json.put_object("total", [&] { put_totals(json, notice.total); });
  json.list("feeds", notice.feeds, [&](const auto& feed) {
    json.put("feed", feed.first);
    put_totals(json, feed.second);
  });
  json.list("files", notice.files, [&](const FileNote& file) { put_file(json, file); });
  json.put("files_left_out", notice.total.files - notice.files.size());
  json.end();
  return json.text() + "\n";
}

}  // namespace longshore::notify
