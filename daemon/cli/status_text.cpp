#include "cli/status_text.hpp"

#include "base/text.hpp"
#include "cli/json_object.hpp"
#include "cli/output.hpp"

#include <vector>

namespace longshore::cli {
namespace {

constexpr const char* k_indent = "           ";

std::string plural(std::uint64_t count, const std::string& noun) {
  return human_count(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string oldest(std::uint64_t age_ms, const std::string& name) {
  return ", the oldest is " + short_duration(age_ms) + " old: " + escape(name);
}

std::string some_names(const std::vector<std::string>& names, std::uint64_t of) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ", ") + escape(name);
  return of > names.size() ? text + ", …" : text;
}

std::string text_of(const admin::InstanceState& instance) {
  std::string text = escape(instance.name) + (instance.runs ? " runs" : " does not run");
  if (instance.files > 0)
    text += ", " + plural(instance.files, "file") + " claimed" + oldest(instance.oldest_age_ms, instance.oldest_file);
  return text;
}

std::string text_of(const spool::WaitReason& wait) {
  if (wait.files == 0)
    return "paused   " + printable(wait.feed + ": " + wait.reason);
  return "parked   " + plural(wait.files, "file") +
         printable(" of " + wait.feed + ", for example " + wait.example + ": " + wait.reason);
}

std::string text_of(const admin::LandingState& landing, const std::string& oldest_waits) {
  std::string out = "landing    " + escape(landing.path) + "\n";
  if (!landing.fault.empty())
    return out + k_indent + printable(landing.fault) + "\n";
  out += "  waiting  " + plural(landing.waiting, "file") + ", " +
         human_bytes(static_cast<double>(landing.waiting_bytes)) +
         (landing.oldest_age_ms ? oldest(*landing.oldest_age_ms, landing.oldest_file) : "") + "\n";
  if (!oldest_waits.empty())
    out += k_indent + oldest_waits + "\n";
  if (landing.beyond_look_ahead > 0)
    out += k_indent + plural(landing.beyond_look_ahead, "file") +
           " not listed yet: the daemon lists the oldest files first\n";
  if (landing.open > 0)
    out += "  open     " + plural(landing.open, "file") +
           " open for writing: " + some_names(landing.open_names, landing.open) + "\n";
  out += "  claimed  " + plural(landing.claimed, "file") + "\n";
  if (landing.uploads > 0)
    out += "  uploads  " + plural(landing.uploads, "file") + " in progress\n";
  if (landing.unrouted > 0)
    out += "  no feed  " + plural(landing.unrouted, "file") + "\n";
  if (landing.unread_directories > 0)
    out += "  subdirs  " + human_count(landing.unread_directories) +
           " unread: " + some_names(landing.unread_directory_names, landing.unread_directories) + "\n";
  for (const admin::InstanceState& instance : landing.instances) {
    out += "  instance " + text_of(instance) + "\n";
    for (const spool::WaitReason& wait : instance.waits)
      out += "  " + text_of(wait) + "\n";
  }
  return out;
}

std::string text_of(const KeepingFeed& feed) {
  const std::string text = feed.name + ": " + feed.keep + " by " + feed.by;
  if (feed.horizon.empty())
    return text + ", no row was removed yet";
  return text + ", rows before " + short_time(feed.horizon) + (feed.is_purged() ? " are gone" : " are being removed");
}

std::string text_of(const DatabaseStatus& database) {
  std::string out = "database   " + printable(database.name) + "\n";
  if (database.fault)
    return out + k_indent + printable(database.fault->what()) + "\n";
  out += "  newest   " +
         (database.newest_success.empty() ? "no file was loaded yet" : short_time(database.newest_success)) + "\n";
  for (const ExpectedFeed& feed : database.expected)
    if (feed.is_late())
      out += "  late     " + feed.name + ": " + feed.why_late + "\n";
  for (const KeepingFeed& feed : database.keeping)
    out += "  keep     " + text_of(feed) + "\n";
  out += "\n";
  Listing files{{{"feed"}, {"status"}, {"files", Style::count}, {"loaded", Style::count}, {"rejected", Style::count}},
                Format::aligned};
  std::int64_t purged = 0;
  for (const auto& row : database.totals.rows) {
    files.add({row.begin(), row.end() - 1});
    purged += store::as_int(row.back());
  }
  out += files.size() > 0 ? files.text() : "";
  if (purged > 0)
    out += "\n" + plural(static_cast<std::uint64_t>(purged), "file") + " of these purged from the archive\n";
  return out;
}

}  // namespace

std::string status_for_people(const Status& status) {
  return text_of(status.landing, status.oldest_waits) + text_of(status.database);
}

std::string status_as_tabs(const Status& status) {
  const admin::LandingState& landing = status.landing;
  const DatabaseStatus& database = status.database;
  Listing listing{{{"what"}, {"feed"}, {"status"}, {"value"}}, Format::tabs};
  const auto fact = [&](const std::string& what, store::Value value) { listing.add({what, "", "", std::move(value)}); };
  if (!landing.fault.empty())
    fact("landing_fault", landing.fault);
  fact("landing_waiting_files", as_value(landing.waiting));
  fact("landing_waiting_bytes", as_value(landing.waiting_bytes));
  fact("landing_oldest_ms", landing.oldest_age_ms ? as_value(*landing.oldest_age_ms) : store::Value{});
  fact("landing_oldest_file", escape(landing.oldest_file));
  fact("landing_oldest_waits", status.oldest_waits);
  fact("landing_beyond_look_ahead_files", as_value(landing.beyond_look_ahead));
  fact("landing_upload_files", as_value(landing.uploads));
  fact("landing_unrouted_files", as_value(landing.unrouted));
  fact("landing_open_files", as_value(landing.open));
  for (const std::string& name : landing.open_names)
    fact("landing_open_file", escape(name));
  fact("landing_unread_directories", as_value(landing.unread_directories));
  for (const std::string& name : landing.unread_directory_names)
    fact("landing_unread_directory", escape(name));
  fact("claimed_files", as_value(landing.claimed));
  for (const admin::InstanceState& instance : landing.instances) {
    fact("instance", escape(instance.name));
    fact("instance_runs", std::int64_t{instance.runs});
    fact("instance_claimed_files", as_value(instance.files));
    for (const spool::WaitReason& wait : instance.waits)
      listing.add({wait.files > 0 ? "parked" : "paused", wait.feed, wait.reason, as_value(wait.files)});
    if (instance.files == 0)
      continue;
    fact("instance_oldest_file", escape(instance.oldest_file));
    fact("instance_oldest_claim", instance.oldest_claim);
    fact("instance_oldest_ms", as_value(instance.oldest_age_ms));
  }
  fact("database_answers", std::int64_t{!database.fault});
  fact("newest_success", database.newest_success);
  for (const ExpectedFeed& feed : database.expected)
    listing.add({"late", feed.name, "", std::int64_t{feed.is_late()}});
  for (const KeepingFeed& feed : database.keeping)
    listing.add({"horizon", feed.name, "", feed.horizon});
  for (const auto& row : database.totals.rows) {
    listing.add({"files", row[0], row[1], row[2]});
    listing.add({"rows_loaded", row[0], row[1], row[3]});
    listing.add({"rows_rejected", row[0], row[1], row[4]});
    if (store::as_int(row[5]) > 0)
      listing.add({"purged_files", row[0], row[1], row[5]});
  }
  return listing.text();
}

std::string status_as_json(const Status& status) {
  const admin::LandingState& landing = status.landing;
  const DatabaseStatus& database = status.database;
  JsonObject json;
  json.put_object("landing", [&] {
    json.put("path", escape(landing.path));
    if (!landing.fault.empty())
      json.put("fault", landing.fault);
    json.put("waiting_files", landing.waiting);
    json.put("waiting_bytes", landing.waiting_bytes);
    if (landing.oldest_age_ms)
      json.put("oldest_ms", *landing.oldest_age_ms);
    if (!landing.oldest_file.empty()) {
      json.put("oldest_file", escape(landing.oldest_file));
      json.put("oldest_waits", status.oldest_waits);
    }
    json.put("beyond_look_ahead_files", landing.beyond_look_ahead);
    json.put("upload_files", landing.uploads);
    json.put("unrouted_files", landing.unrouted);
    json.put("open_files", landing.open);
    json.put_texts("open_names", landing.open_names, [](const std::string& name) { return escape(name); });
    json.put("unread_directories", landing.unread_directories);
    json.put_texts("unread_directory_names", landing.unread_directory_names,
                   [](const std::string& name) { return escape(name); });
    json.put("claimed_files", landing.claimed);
    json.put_texts("instances", landing.instances,
                   [](const admin::InstanceState& instance) { return escape(instance.name); });
  });
  json.put_objects("claims", landing.instances, [&](const admin::InstanceState& instance) {
    json.put("instance", escape(instance.name));
    json.put("runs", instance.runs);
    json.put("files", instance.files);
    json.put_objects("waits", instance.waits, [&](const spool::WaitReason& wait) {
      json.put("feed", wait.feed);
      json.put("files", wait.files);
      json.put("example", wait.example);
      json.put("reason", wait.reason);
    });
    if (instance.files == 0)
      return;
    json.put("oldest_file", escape(instance.oldest_file));
    json.put("oldest_claim", instance.oldest_claim);
    json.put("oldest_ms", instance.oldest_age_ms);
  });
  json.put_object("database", [&] {
    json.put("name", database.name);
    json.put("answers", !database.fault);
    if (database.fault)
      json.put("fault", database.fault->what());
    if (!database.newest_success.empty())
      json.put("newest_success", database.newest_success);
  });
  json.put_objects("expected", database.expected, [&](const ExpectedFeed& feed) {
    json.put("feed", feed.name);
    json.put("expect", feed.expect);
    json.put("newest_success", feed.newest_success);
    json.put("late", feed.is_late());
    json.put("why_late", feed.why_late);
  });
  json.put_objects("keeping", database.keeping, [&](const KeepingFeed& feed) {
    json.put("feed", feed.name);
    json.put("keep", feed.keep);
    json.put("by", feed.by);
    json.put("horizon", feed.horizon);
    json.put("purged_to", feed.purged_to);
  });
  json.put_objects("files", database.totals.rows, [&](const std::vector<store::Value>& row) {
    for (std::size_t i = 0; i < row.size(); ++i)
      if (i < 2)
        json.put(database.totals.columns[i], store::as_text(row[i]));
      else
        json.put(database.totals.columns[i], static_cast<std::uint64_t>(store::as_int(row[i])));
  });
  return json.line();
}

}  // namespace longshore::cli
