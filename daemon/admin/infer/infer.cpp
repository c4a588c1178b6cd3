#include "admin/infer/infer.hpp"

#include "admin/infer/columns.hpp"
#include "admin/infer/declaration.hpp"
#include "admin/infer/names.hpp"
#include "admin/infer/trial.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "feed/feed.hpp"
#include "ingest/file.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>

namespace longshore::admin {
namespace {

// A trial changes at least one column, and a column changes three times at most: null, jsonb, removed.
constexpr std::size_t k_most_trials = 1200;
constexpr std::size_t k_most_key_columns = 3;
// Fewer rows say little about a key.
constexpr std::uint64_t k_few_rows = 100;
// A column whose values no type can store is kept if it costs at most one record of so many.
constexpr std::uint64_t k_kept_share = 10;

Error cannot_infer(const std::string& what, std::string hint) {
  return Error(Fault::bad_file, what).with_hint(std::move(hint)).exits(Exit::bad_data);
}

void add_file(Declaration& declaration, const std::string& path, bool is_first) {
  const std::string name = std::filesystem::path{path}.filename().string();
  if (is_first)
    declaration.name = feed_name_of(name);
  const std::string pattern = pattern_of(name);
  if (std::ranges::find(declaration.files, pattern) != declaration.files.end())
    return;
  declaration.files.push_back(pattern);
  if (pattern.starts_with('*'))
    declaration.doubts.push_back("the pattern \"" + escape(pattern) + "\" may also match files of other feeds");
}

void add_form(Declaration& declaration, const Survey& survey, const std::string& path, bool is_first) {
  if (is_first)
    declaration.csv = survey.csv;
  if (declaration.csv.has_value() != survey.csv.has_value())
    throw cannot_infer(escape(path) + " is " + (survey.csv ? "CSV" : "JSON") + ", the files before it are not",
                       "infer a feed for each format");
  if (!survey.csv) {
    if (std::ranges::find(declaration.records, survey.records) == declaration.records.end())
      declaration.records.push_back(survey.records);
    return;
  }
  CsvForm& form = *declaration.csv;
  if (form.delimiter != survey.csv->delimiter || form.header != survey.csv->header)
    throw cannot_infer(escape(path) + " has another delimiter or header than the files before it",
                       "infer a feed for each form");
  form.final_newline = form.final_newline && survey.csv->final_newline;
  form.quote = form.quote ? survey.csv->quote : form.quote;
}

void add_doubts(Declaration& declaration, const Survey& survey, const std::string& path) {
  const std::string name = escape(std::filesystem::path{path}.filename().string());
  if (survey.is_partial)
    declaration.doubts.push_back("only the beginning of " + name + " was read");
  if (survey.skipped > 0)
    declaration.doubts.push_back(human_count(survey.skipped) + " lines of " + name + " are not records");
  if (survey.is_record_doubted)
    declaration.doubts.push_back("members beside " + survey.records + " in " + name + " are not read");
}

Survey survey_one(const std::string& path, const ReadLimit& limit) try {
  return survey_file(path, limit);
} catch (const Error& error) {
  if (error.fault() != Fault::bad_file)
    throw;
  throw cannot_infer(escape(path) + ": " + ingest::error_text(error), "");
}

Member survey_all(const std::vector<std::string>& paths, const ReadLimit& limit, Declaration& declaration) {
  Member record;
  for (const std::string& path : paths) {
    const bool is_first = &path == &paths.front();
    Survey survey = survey_one(path, limit);
    add_file(declaration, path, is_first);
    add_form(declaration, survey, path, is_first);
    add_doubts(declaration, survey, path);
    record.add(std::move(survey.record));
  }
  // the array of records is looked for first, then the document itself
  std::ranges::stable_sort(declaration.records, std::greater{},
                           [](const std::string& pointer) { return !pointer.empty(); });
  return record;
}

// A column that every record has, for a feed whose records have none.
void need_key_candidate(Columns& columns) {
  if (key_candidates(columns.columns).empty())
    columns.columns.push_back({"file_name", "name", "text", true, {}, {"no field is in every record"}, ""});
}

// Whether a column stays although it costs records: no type can store these values, and they are few.
bool is_kept(const Columns& columns, const std::string& name, const InferTrial& tried) {
  const InferTrial::Rejected& rejected = tried.rejected.at(name);
  const auto column = std::ranges::find(columns.columns, name, &ProposedColumn::name);
  if (column == columns.columns.end())
    return false;
  const bool is_hopeless = rejected.code == "value" || (rejected.code == "type" && column->has_not_finite);
  return is_hopeless && rejected.values < tried.records &&
         rejected.values <= std::max<std::uint64_t>(1, tried.records / k_kept_share);
}

std::string first_reason(const InferTrial& tried) {
  return tried.rejected.empty() ? "" : ", the first: " + tried.rejected.begin()->second.reason;
}

// Widens the columns that reject values. False if there are none but those that are kept.
bool widen_rejecting(Columns& columns, const InferTrial& tried) {
  bool is_changed = false;
  for (const auto& [name, rejected] : tried.rejected) {
    if (name.empty() || is_kept(columns, name, tried))
      continue;
    widen(columns, name, rejected.code);
    is_changed = true;
  }
  return is_changed;
}

void add_rejects(Declaration& declaration, const InferTrial& tried) {
  for (const auto& [name, rejected] : tried.rejected) {
    const std::string doubt = human_count(rejected.values) + " records are rejected, the first: " + rejected.reason;
    const auto column = std::ranges::find(declaration.columns.columns, name, &ProposedColumn::name);
    if (column == declaration.columns.columns.end())
      declaration.doubts.push_back(doubt);
    else
      column->doubts.push_back(doubt);
  }
}

InferTrial try_until_all_fits(Declaration& declaration, const std::vector<std::string>& paths, const ReadLimit& limit) {
  for (std::size_t trial = 0; trial < k_most_trials; ++trial) {
    need_key_candidate(declaration.columns);
    declaration.key = {key_candidates(declaration.columns.columns).front()};
    InferTrial tried = try_declaration(parse_feed(text_of(declaration), "the inferred feed"), paths, limit);
    if (widen_rejecting(declaration.columns, tried))
      continue;
    if (tried.records == 0)
      throw cannot_infer("the files contain no records", "give a file with records");
    if (tried.rows() == 0)
      throw cannot_infer("every record is rejected" + first_reason(tried),
                         "declare the feed by hand, see longshore-feed(5)");
    return tried;
  }
  throw cannot_infer("no columns fit all records", "declare the feed by hand, see longshore-feed(5)");
}

// Ids until they tell the records apart, and the first time.
void choose_key(Declaration& declaration, const InferTrial& tried) {
  const std::vector<std::size_t> candidates = key_candidates(declaration.columns.columns);
  const auto is_time = [&](std::size_t i) { return declaration.columns.columns[i].type == "timestamp"; };
  std::vector<std::size_t> key{candidates.front()};
  if (const auto time = std::ranges::find_if(candidates, is_time); time != candidates.end() && *time != key[0])
    key.push_back(*time);
  std::uint64_t distinct = tried.distinct(key);
  for (const std::size_t candidate : candidates) {
    if (distinct == tried.rows() || key.size() >= k_most_key_columns)
      break;
    if (std::ranges::find(key, candidate) != key.end())
      continue;
    std::vector<std::size_t> longer = key;
    longer.push_back(candidate);
    if (const std::uint64_t more = tried.distinct(longer); more > distinct)
      key = longer, distinct = more;
  }
  declaration.key = key;
  declaration.key_doubt =
      distinct == tried.rows()
          ? "different in all " + human_count(tried.rows()) + " records that were compared" +
                (tried.rows() < k_few_rows ? ", which are few" : "")
          : "proposed: " + human_count(distinct) + " different keys in " + human_count(tried.rows()) + " records";
}

}  // namespace

std::string infer_feed(const std::vector<std::string>& paths, const ReadLimit& limit) {
  Declaration declaration;
  const Member record = survey_all(paths, limit, declaration);
  declaration.columns = propose_columns(record, declaration.csv ? Source::csv : Source::json);
  const InferTrial tried = try_until_all_fits(declaration, paths, limit);
  choose_key(declaration, tried);
  add_rejects(declaration, tried);
  declaration.summary = human_count(paths.size()) + (paths.size() == 1 ? " file" : " files") + " with " +
                        human_count(tried.records) + " records";
  return text_of(declaration);
}

}  // namespace longshore::admin
