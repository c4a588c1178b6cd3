#include "notify/notice.hpp"

#include "base/text.hpp"
#include "base/time.hpp"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <array>
#include <string_view>

namespace longshore::notify {
namespace {

constexpr unsigned k_version_of_form = 1;
constexpr std::size_t k_error_bytes = 500;
constexpr std::size_t k_summary_bytes = 600;
constexpr std::size_t k_feeds_named = 5;

constexpr std::array<std::string_view, k_notice_kinds> k_names = {
    "file_failed",      "file_rejects", "feed_recovered", "database_away", "database_back", "directories_failing",
    "directories_well", "file_stuck",   "file_moves",     "daemon_failed", "report"};

std::string clean(std::string_view text) { return printable(clip_utf8(text, k_error_bytes)); }

std::string count_of(std::uint64_t count, const std::string& one, const std::string& many) {
  return human_count(count) + " " + (count == 1 ? one : many);
}

std::string feed_names(const Notice& notice, bool with_counts) {
  std::string text;
  std::size_t named = 0;
  for (const auto& [feed, tally] : notice.feeds) {
    if (named++ == k_feeds_named)
      return text + " and others";
    text += (text.empty() ? "" : ", ") + (feed.empty() ? "no feed" : feed);
    if (with_counts)
      text += " " + human_count(tally.files);
  }
  return text;
}

std::string file_words(const FileNote& file) {
  if (file.status == store::Status::failed)
    return file.name + ": " + file.error;
  return file.name + ": " + human_count(file.rejects) + " of " + human_count(file.records) + " records";
}

std::string files_words(const Notice& notice, const std::string& one, const std::string& many) {
  std::string text = count_of(notice.all.files, one, many);
  if (notice.all.files > 1)
    text += " (" + feed_names(notice, true) + "), the first";
  return notice.files.empty() ? text : text + ": " + file_words(notice.files.front());
}

std::string report_words(const Notice& notice) {
  const Tally& all = notice.all;
  std::string text = count_of(all.files, "file", "files") + " since " + format_time(notice.since).substr(0, 19) +
                     "Z: " + human_count(all.loaded) + " loaded, " + human_count(all.partial) + " partial, " +
                     human_count(all.failed) + " failed, " + human_count(all.duplicate) + " duplicate";
  if (all.unrouted > 0)
    text += ", " + human_count(all.unrouted) + " without a feed";
  return text + "; " + human_count(all.rows) + " rows, " + human_count(all.rows_duplicate) + " duplicates, " +
         human_count(all.rejects) + " rejects";
}

std::string words_of(const Notice& notice) {
  switch (notice.kind) {
  case NoticeKind::file_failed:
    return files_words(notice, "file failed", "files failed");
  case NoticeKind::file_rejects:
    return "many rejects in " + files_words(notice, "file", "files");
  case NoticeKind::feed_recovered:
    return (notice.feeds.size() == 1 ? "the feed " : "the feeds ") + feed_names(notice, false) +
           (notice.feeds.size() == 1 ? " loads again" : " load again");
  case NoticeKind::database_away:
    return "the database is away: " + notice.error;
  case NoticeKind::database_back:
    return "the database answers again";
  case NoticeKind::directories_failing:
    return "the directories fail: " + notice.error;
  case NoticeKind::directories_well:
    return "the directories are well again";
  case NoticeKind::file_stuck:
    return notice.error + " is stuck";
  case NoticeKind::file_moves:
    return notice.error + " is no longer stuck";
  case NoticeKind::daemon_failed:
    return "a run has ended: " + notice.error;
  case NoticeKind::report:
    return report_words(notice);
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
  rapidjson::PrettyWriter<rapidjson::StringBuffer> m_writer{m_buffer};  // it is mailed too
};

void put_tally(Json& json, const Tally& tally) {
  json.put("files", tally.files);
  json.put("loaded", tally.loaded);
  json.put("partial", tally.partial);
  json.put("duplicate", tally.duplicate);
  json.put("failed", tally.failed);
  json.put("unrouted", tally.unrouted);
  json.put("rows", tally.rows);
  json.put("rows_duplicate", tally.rows_duplicate);
  json.put("rejects", tally.rejects);
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
    return "recovery";
  case NoticeKind::report:
    return "report";
  default:
    return "problem";
  }
}

void Tally::add(const store::LedgerRow& row) {
  ++files;
  loaded += row.status == store::Status::loaded;
  partial += row.status == store::Status::partial;
  duplicate += row.status == store::Status::duplicate;
  failed += row.status == store::Status::failed;
  unrouted += row.status == store::Status::unrouted;
  if (row.status == store::Status::failed)
    return;  // none of it is in a table
  rows += row.rows_loaded;
  rows_duplicate += row.rows_duplicate;
  rejects += row.rows_rejected;
}

void Tally::add(const Tally& other) {
  files += other.files;
  loaded += other.loaded;
  partial += other.partial;
  duplicate += other.duplicate;
  failed += other.failed;
  unrouted += other.unrouted;
  rows += other.rows;
  rows_duplicate += other.rows_duplicate;
  rejects += other.rejects;
}

FileNote FileNote::of(const store::LedgerRow& row, std::int64_t file_id) {
  return {file_id,     clean(row.file_name), row.feed,           row.status,        clean(row.error),
          row.records, row.rows_loaded,      row.rows_duplicate, row.rows_rejected, printable(row.archive_path)};
}

std::string summary_of(const Notice& notice, const Sender& sender) {
  const std::string text = printable("longshore " + sender.instance + ": " + words_of(notice));
  return std::string{clip_utf8(text, k_summary_bytes)};
}

std::string json_of(const Notice& notice, const Sender& sender, std::int64_t at, std::uint64_t lost) {
  Json json;
  json.begin();
  json.put("version", std::uint64_t{k_version_of_form});
  json.put("kind", name_of(notice.kind));
  json.put("state", state_of(notice.kind));
  json.put("summary", summary_of(notice, sender));
  json.put("at", format_time(at));
  json.put("since", format_time(notice.since));
  json.put("instance", printable(sender.instance));
  json.put("host", printable(sender.host));
  json.put("error", clean(notice.error));
  json.put("lost", lost);
  json.put_object("total", [&] { put_tally(json, notice.all); });
  json.list("feeds", notice.feeds, [&](const auto& feed) {
    json.put("feed", feed.first);
    put_tally(json, feed.second);
  });
  json.list("files", notice.files, [&](const FileNote& file) { put_file(json, file); });
  json.put("files_left_out", notice.all.files - notice.files.size());
  json.end();
  return json.text() + "\n";
}

}  // namespace longshore::notify
