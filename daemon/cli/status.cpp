// longshore status: how the directories and the ledger stand now. Only looks; a daemon need not run.
#include "admin/directory_status.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <optional>

namespace longshore::cli {
namespace {

struct DatabaseState {
  std::string name;
  std::optional<Error> fault;  // why it does not answer, or cannot be used
  store::Rows files;           // feed, status, files, rows_loaded, rows_rejected
  std::string newest_success;  // canonical time, "" for none
};

DatabaseState look_at_database(const config::Config& config) {
  DatabaseState state{store::Target::parse(config.database).redacted(), {}, {}, {}};
  try {
    const auto session = open_for_reading(config);
    state.files = session->exec(
        "select coalesce(feed, '') as feed, status, count(*) as files, coalesce(sum(rows_loaded), 0) as rows_loaded, "
        "coalesce(sum(rows_rejected), 0) as rows_rejected from ingest_log group by coalesce(feed, ''), status "
        "order by coalesce(feed, ''), status");
    const auto newest =
        session->exec("select max(finished_at) as newest from ingest_log where status in ('loaded', 'partial')");
    state.newest_success = newest.empty() ? "" : store::as_text(newest.rows[0][0]);
  } catch (const Error& error) {
    state.fault = error;
  }
  return state;
}

std::string age_text(const admin::LandingState& landing) {
  if (!landing.oldest_age_ms)
    return "";
  return ", the oldest for " + short_duration(*landing.oldest_age_ms) + ": " + escape(landing.oldest_file);
}

std::string plural(std::uint64_t count, const std::string& noun) {
  return human_count(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string text_of(const admin::InstanceState& instance) {
  std::string text = escape(instance.name) + (instance.runs ? " runs" : " does not run");
  if (instance.files > 0)
    text += ", " + plural(instance.files, "file") + " claimed, the oldest for " +
            short_duration(instance.oldest_age_ms) + ": " + escape(instance.oldest_file);
  return text;
}

void show_to_people(const DatabaseState& database, const admin::LandingState& landing, const std::string& why) {
  print("landing    " + escape(landing.path) + "\n");
  if (!landing.fault.empty()) {
    print("           " + printable(landing.fault) + "\n");
  } else {
    print("  waiting  " + plural(landing.waiting, "file") + ", " +
          human_bytes(static_cast<double>(landing.waiting_bytes)) + age_text(landing) + "\n");
    if (!why.empty())
      print("           " + why + "\n");
    if (landing.beyond_look_ahead > 0)
      print("           " + plural(landing.beyond_look_ahead, "file") +
            " beyond the look-ahead: when the others are through\n");
    print("  claimed  " + plural(landing.claimed, "file") + "\n");
    if (landing.under_way > 0)
      print("  uploads  " + plural(landing.under_way, "file") + " under way\n");
    if (landing.unrouted > 0)
      print("  no feed  " + plural(landing.unrouted, "file") + "\n");
    for (const admin::InstanceState& instance : landing.instances)
      print("  instance " + text_of(instance) + "\n");
  }
  print("database   " + printable(database.name) + "\n");
  if (database.fault) {
    print("           " + printable(database.fault->what()) + "\n");
    return;
  }
  print("  newest   " +
        (database.newest_success.empty() ? "nothing was loaded yet" : short_time(database.newest_success)) + "\n\n");
  Listing files{{{"feed"}, {"status"}, {"files", Look::count}, {"loaded", Look::count}, {"rejected", Look::count}},
                Format::aligned};
  for (const auto& row : database.files.rows)
    files.add(row);
  if (files.size() > 0)
    print(files.text());
}

void show_as_tabs(const DatabaseState& database, const admin::LandingState& landing, const std::string& why) {
  Listing listing{{{"what"}, {"feed"}, {"status"}, {"value"}}, Format::tabs};
  const auto fact = [&](const std::string& what, store::Value value) { listing.add({what, "", "", std::move(value)}); };
  if (!landing.fault.empty())
    fact("landing_fault", landing.fault);
  fact("landing_waiting_files", as_value(landing.waiting));
  fact("landing_waiting_bytes", as_value(landing.waiting_bytes));
  fact("landing_oldest_ms", landing.oldest_age_ms ? as_value(*landing.oldest_age_ms) : store::Value{});
  fact("landing_oldest_file", escape(landing.oldest_file));
  fact("landing_oldest_waits", why);
  fact("landing_beyond_look_ahead_files", as_value(landing.beyond_look_ahead));
  fact("landing_under_way_files", as_value(landing.under_way));
  fact("landing_unrouted_files", as_value(landing.unrouted));
  fact("claimed_files", as_value(landing.claimed));
  for (const admin::InstanceState& instance : landing.instances) {
    fact("instance", escape(instance.name));
    fact("instance_runs", std::int64_t{instance.runs});
    fact("instance_claimed_files", as_value(instance.files));
    if (instance.files == 0)
      continue;
    fact("instance_oldest_file", escape(instance.oldest_file));
    fact("instance_oldest_claim", instance.oldest_claim);
    fact("instance_oldest_ms", as_value(instance.oldest_age_ms));
  }
  fact("database_answers", std::int64_t{!database.fault});
  fact("newest_success", database.newest_success);
  for (const auto& row : database.files.rows) {
    listing.add({"files", row[0], row[1], row[2]});
    listing.add({"rows_loaded", row[0], row[1], row[3]});
    listing.add({"rows_rejected", row[0], row[1], row[4]});
  }
  print(listing.text());
}

void show_as_json(const DatabaseState& database, const admin::LandingState& landing, const std::string& why) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer writer{buffer};
  const auto text = [&](const char* key, const std::string& value) {
    writer.Key(key);
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  const auto number = [&](const char* key, std::uint64_t value) {
    writer.Key(key);
    writer.Uint64(value);
  };
  writer.StartObject();
  writer.Key("landing");
  writer.StartObject();
  text("path", escape(landing.path));
  if (!landing.fault.empty())
    text("fault", landing.fault);
  number("waiting_files", landing.waiting);
  number("waiting_bytes", landing.waiting_bytes);
  if (landing.oldest_age_ms)
    number("oldest_ms", *landing.oldest_age_ms);
  if (!landing.oldest_file.empty()) {
    text("oldest_file", escape(landing.oldest_file));
    text("oldest_waits", why);
  }
  number("beyond_look_ahead_files", landing.beyond_look_ahead);
  number("under_way_files", landing.under_way);
  number("unrouted_files", landing.unrouted);
  number("claimed_files", landing.claimed);
  writer.Key("instances");
  writer.StartArray();
  for (const admin::InstanceState& instance : landing.instances)
    writer.String(escape(instance.name).c_str());
  writer.EndArray();
  writer.EndObject();
  writer.Key("claims");
  writer.StartArray();
  for (const admin::InstanceState& instance : landing.instances) {
    writer.StartObject();
    text("instance", escape(instance.name));
    writer.Key("runs");
    writer.Bool(instance.runs);
    number("files", instance.files);
    if (instance.files > 0) {
      text("oldest_file", escape(instance.oldest_file));
      text("oldest_claim", instance.oldest_claim);
      number("oldest_ms", instance.oldest_age_ms);
    }
    writer.EndObject();
  }
  writer.EndArray();
  writer.Key("database");
  writer.StartObject();
  text("name", database.name);
  writer.Key("answers");
  writer.Bool(!database.fault);
  if (database.fault)
    text("fault", database.fault->what());
  if (!database.newest_success.empty())
    text("newest_success", database.newest_success);
  writer.EndObject();
  writer.Key("files");
  writer.StartArray();
  for (const auto& row : database.files.rows) {
    writer.StartObject();
    for (std::size_t i = 0; i < row.size(); ++i)
      if (i < 2)
        text(database.files.columns[i].c_str(), store::as_text(row[i]));
      else
        number(database.files.columns[i].c_str(), static_cast<std::uint64_t>(store::as_int(row[i])));
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  print(std::string{buffer.GetString()} + "\n");
}

Exit show_status(const Arguments& arguments) {
  const config::Config config = arguments.settings().config;
  const admin::LandingState landing = admin::look_at_landing(config, Registry::load(config.feeds));
  const DatabaseState database = look_at_database(config);
  const std::string why = admin::why_the_oldest_waits(config, landing, !database.fault);
  switch (output_format(arguments.has("json"))) {
  case Format::aligned:
    show_to_people(database, landing, why);
    break;
  case Format::tabs:
    show_as_tabs(database, landing, why);
    break;
  case Format::json:
    show_as_json(database, landing, why);
    break;
  }
  if (database.fault)
    throw *database.fault;
  return Exit::ok;
}

}  // namespace

const Command& status_command() {
  static const Command command{
      .name = "status",
      .arguments = "",
      .summary = "how the directories and the ledger stand",
      .about =
          "Tells how many files wait in the landing directory, which is the oldest and why it waits, as far as that can be told\n"
          "from outside; how many are claimed by which instance, since when, and whether it runs; whether the database answers,\n"
          "and how many files ended how, by feed. Only looks; a daemon need not run. What is stuck in a claim: longshore skip.",
      .flags = {{"json", "", "one JSON object"}},
      .settings = {"landing", "work", "database", "feeds", "settle", "grace"},
      .example = "longshore status\n"
                 "longshore status --json | jq .landing.waiting_files",
      .exits = "0   the database answers and has its tables\n"
               "69  the database does not answer; the rest is told all the same\n"
               "78  bad settings, or no tables yet",
      .run = show_status,
  };
  return command;
}

}  // namespace longshore::cli
