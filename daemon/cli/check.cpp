// longshore check: shows what would happen to files. Needs no database and writes nothing.
#include "admin/trial.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "cli/commands.hpp"
#include "cli/json_object.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "config/feeds.hpp"

#include <algorithm>

namespace longshore::cli {
namespace {

std::string counts_text(const admin::Trial& trial) {
  const decode::Decoded& seen = trial.decoded;
  std::string text = human_count(seen.records) + " records, " + human_count(seen.rows()) + " rows, " +
                     human_count(seen.rejects) + " rejects";
  if (seen.first_time && seen.last_time)
    text += ", " + format_time(*seen.first_time) + " to " + format_time(*seen.last_time);
  return text;
}

std::string place_text(const Position& position) {
  return "byte " + std::to_string(position.offset) + ", line " + std::to_string(position.line) + ", column " +
         std::to_string(position.column);
}

std::string text_of(const admin::Trial& trial) {
  std::string text = trial.path + ": " + std::string{admin::trial_result_name(trial.result)};
  if (trial.feed)
    text += " (" + trial.feed->name + ")";
  if (trial.result == admin::TrialResult::loaded || trial.result == admin::TrialResult::partial)
    text += ": " + counts_text(trial);
  if (trial.position)
    text += ": " + place_text(*trial.position);
  if (!trial.reason.empty())
    text += ": " + trial.reason;
  text += "\n";
  if (!trial.hint.empty())
    text += "  hint: " + trial.hint + "\n";
  for (const Reject& reject : trial.rejects)
    text += "  record " + std::to_string(reject.record_no) + ", byte " + std::to_string(reject.byte_offset) +
            (reject.field.empty() ? "" : ", " + reject.field) + ": " + reject.text() + "\n";
  if (trial.decoded.rejects > admin::k_shown_rejects)
    text += "  and " + human_count(trial.decoded.rejects - admin::k_shown_rejects) + " more rejects\n";
  return text;
}

std::string json_of(const admin::Trial& trial) {
  JsonObject json;
  json.put("file", trial.path);
  json.put("outcome", admin::trial_result_name(trial.result));
  json.put("feed", trial.feed ? std::string_view{trial.feed->name} : "");
  json.put("records", trial.decoded.records);
  json.put("rows", trial.decoded.rows());
  json.put("rejects", trial.decoded.rejects);
  if (!trial.reason.empty())
    json.put("reason", trial.reason);
  if (!trial.hint.empty())
    json.put("hint", trial.hint);
  if (trial.position) {
    json.put("byte", trial.position->offset);
    json.put("line", trial.position->line);
    json.put("column", trial.position->column);
  }
  if (trial.decoded.first_time && trial.decoded.last_time) {
    json.put("first_time", format_time(*trial.decoded.first_time));
    json.put("last_time", format_time(*trial.decoded.last_time));
  }
  json.put_objects("first_rejects", trial.rejects, [&](const Reject& reject) {
    json.put("record_no", reject.record_no);
    json.put("byte_offset", reject.byte_offset);
    json.put("field", reject.field);
    json.put("code", reject.kind.code);
    json.put("reason", reject.kind.text);
    json.put("value", reject.value);
    json.put("line", std::uint64_t{reject.line});
    json.put("column", std::uint64_t{reject.column});
    json.put("raw", reject.raw);
  });
  return json.line();
}

Exit check(const Arguments& arguments) {
  const config::Config config = arguments.settings().config;
  const Registry registry = config::load_feeds(config);
  const auto feed_name = arguments.value("feed");
  const Feed* feed = feed_name ? &need_feed(registry, *feed_name) : nullptr;
  for (const std::string& path : arguments.positional())
    need_regular_file(path, "longshore check DIR/*");

  bool all_good = true;
  for (const std::string& path : arguments.positional()) {
    const admin::Trial trial = admin::try_file(path, feed, registry, config);
    print(arguments.has("json") ? json_of(trial) : text_of(trial));
    all_good = all_good && trial.result != admin::TrialResult::failed &&
               !(arguments.has("strict") && trial.result == admin::TrialResult::partial);
  }
  return all_good ? Exit::ok : Exit::bad_data;
}

}  // namespace

const Command& check_command() {
  static const Command command{
      .name = "check",
      .arguments = "FILE...",
      .least_arguments = 1,
      .most_arguments = k_any_number,
      .summary = "show what would happen to files; writes nothing",
      .about =
          "Decodes files like the daemon, and discards the rows. For each file it prints the result (loaded, partial, failed,\n"
          "no feed), the place and reason of an error, and the first 10 rejected records. It uses no database, so it does not\n"
          "find duplicates.",
      .flags = {{"feed", "NAME", "use this feed for all files and ignore their names"},
                {"strict", "", "also exit with 65 if a file would be partly loaded"},
                {"json", "", "print one JSON object per file"}},
      .settings = {"landing", "feeds", "disable_feeds", "ignore", "recursive", "max_depth", "max_record_bytes",
                   "max_document_bytes"},
      .example = "longshore check samples/*/*.json\n"
                 "longshore check --feed vehicles_status report.txt",
      .exits = "0   no file would fail; files without a feed do not count\n"
               "64  wrong option, or an argument that is not a file\n"
               "65  at least one file would fail; with --strict: or be partly loaded\n"
               "78  wrong settings or a wrong feed declaration",
      .run = check,
  };
  return command;
}

}  // namespace longshore::cli
