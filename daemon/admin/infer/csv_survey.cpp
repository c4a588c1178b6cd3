#include "admin/infer/csv_survey.hpp"

#include "admin/infer/source.hpp"
#include "base/error.hpp"
#include "decode/csv_rows.hpp"
#include "decode/decode.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace longshore::admin {
namespace {

constexpr char k_delimiters[] = {',', '\t', ';', '|'};
constexpr std::size_t k_sample_bytes = std::size_t{1} << 16;
constexpr std::size_t k_sample_records = 200;
constexpr std::size_t k_record_bytes = decode::Limits{}.record_bytes;  // as in the trial
constexpr std::size_t k_most_fields = 4000;

using Texts = std::vector<std::string>;

struct Shape {
  std::size_t records = 0;
  std::size_t fields = 0;    // of most records
  std::size_t agreeing = 0;  // records with this number
  std::size_t faults = 0;
  std::size_t quoted = 0;
};

Shape shape_of(std::string_view text, const CsvForm& form) {
  decode::CsvScan scan{form};
  scan.keep_fields(k_most_fields);
  scan.attach(text);
  Shape shape;
  std::map<std::size_t, std::size_t> counts;
  for (; shape.records < k_sample_records && scan.next(); ++shape.records) {
    ++counts[scan.field_count()];
    shape.faults += scan.fault() ? 1 : 0;
    shape.quoted += static_cast<std::size_t>(std::ranges::count(scan.fields(), true, &decode::CsvField::is_quoted));
  }
  for (const auto& [fields, records] : counts)
    if (records >= shape.agreeing)
      shape.fields = fields, shape.agreeing = records;
  return shape;
}

// One field a record is what every wrong delimiter gives.
bool is_better(const Shape& a, const Shape& b) {
  if ((a.fields > 1) != (b.fields > 1))
    return a.fields > 1;
  const std::size_t agreeing_a = a.agreeing * std::max<std::size_t>(b.records, 1);
  const std::size_t agreeing_b = b.agreeing * std::max<std::size_t>(a.records, 1);
  return agreeing_a != agreeing_b ? agreeing_a > agreeing_b : a.fields > b.fields;
}

bool is_name(const std::string& text) {
  Scalars scalars;
  scalars.see({decode::Scalar::Kind::string, text});
  return scalars.texts == 1 && scalars.forms == 0;
}

bool looks_like_header(const Texts& first) {
  const std::set<std::string> distinct{first.begin(), first.end()};
  return distinct.size() == first.size() && std::ranges::all_of(first, is_name);
}

Texts texts_of(decode::CsvRows& rows) {
  Texts texts;
  for (const decode::CsvField& field : rows.record().fields())
    texts.emplace_back(rows.text(field));
  return texts;
}

Texts first_record(std::string_view text, const CsvForm& form) {
  decode::MemorySource source{text};
  decode::Input input{source, k_record_bytes, {}, decode::Input::Syntax::csv};
  decode::CsvRows rows{form, k_record_bytes, input};
  rows.begin_document();
  rows.keep_fields(k_most_fields);
  return rows.next() ? texts_of(rows) : Texts{};
}

std::string_view without_byte_order_mark(std::string_view text) {
  return text.substr(decode::length_of_byte_order_mark(text));
}

std::string beginning_of(const std::string& path, const ReadLimit& limit) {
  BoundedDocument document{path, limit.bytes};
  std::string text(k_sample_bytes, '\0');
  std::size_t size = 0;
  try {
    while (size < text.size()) {
      const std::size_t n = document.read({text.data() + size, text.size() - size});
      if (n == 0)
        break;
      size += n;
    }
  } catch (const LimitReached&) {
  }
  text.resize(size);
  return text;
}

void begin_members(Member& record, const Texts& names) {
  for (const std::string& name : names) {
    if (Member* same = record.find(name)) {
      same->is_repeated = true;
      record.members.push_back(std::make_unique<Member>());  // keeps the numbers of the fields
      record.members.back()->is_repeated = true;
      continue;
    }
    auto member = std::make_unique<Member>();
    member->name = name;
    record.append(std::move(member));
  }
}

Texts numbers_of(std::size_t fields) {
  Texts numbers;
  for (std::size_t i = 0; i < fields; ++i)
    numbers.push_back(std::to_string(i));
  return numbers;
}

void see_record(decode::CsvRows& rows, Survey& survey) {
  Member& record = survey.record;
  if (rows.record().fault() || rows.record().field_count() != record.members.size()) {
    ++survey.skipped;
    return;
  }
  ++record.present;
  ++record.objects;
  const auto fields = rows.record().fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    Member& member = *record.members[i];
    ++member.present;
    const auto kind = fields[i].is_null() ? decode::Scalar::Kind::null : decode::Scalar::Kind::string;
    member.scalars.see({kind, rows.text(fields[i])});
  }
}

void read_records(decode::CsvRows& rows, Survey& survey) {
  if (!rows.next())
    throw Error{Fault::bad_file, "the document contains only blank lines"};
  begin_members(survey.record, survey.csv->header ? texts_of(rows) : numbers_of(rows.record().field_count()));
  if (!survey.csv->header)
    see_record(rows, survey);
  while (rows.next())
    see_record(rows, survey);
  survey.csv->final_newline = !rows.is_unfinished();
}

}  // namespace

CsvForm guess_csv_form(std::string_view beginning) {
  const std::string_view text = without_byte_order_mark(beginning);
  CsvForm best;
  Shape best_shape;
  for (const char delimiter : k_delimiters) {
    CsvForm form;
    form.delimiter = delimiter;
    const Shape shape = shape_of(text, form);
    if (shape.records > 0 && is_better(shape, best_shape))
      best = form, best_shape = shape;
  }
  if (best_shape.faults > 0 && best_shape.quoted == 0)
    best.quote.reset();
  // a sample may end inside quotes
  const std::size_t last = text.rfind('\n');
  best.header = looks_like_header(first_record(text.substr(0, last == std::string_view::npos ? last : last + 1), best));
  return best;
}

Survey survey_csv(const std::string& path, const ReadLimit& limit) {
  Survey survey;
  survey.csv = guess_csv_form(beginning_of(path, limit));
  BoundedDocument document{path, limit.bytes};
  try {
    decode::Input input{document, k_record_bytes, {}, decode::Input::Syntax::csv};
    input.skip_byte_order_mark();
    const CsvForm form = *survey.csv;
    decode::CsvRows rows{form, k_record_bytes, input};
    rows.begin_document();
    rows.keep_fields(k_most_fields);
    read_records(rows, survey);
  } catch (const LimitReached&) {
    survey.is_partial = true;
  }
  return survey;
}

}  // namespace longshore::admin
