#include "generate/generator.hpp"

#include <algorithm>

namespace longshore::generate {
namespace {

// Average size of a record in bytes. With --size it estimates the number of records, to spread them over the days.
std::uint64_t mean_record(Kind kind, Layout layout) {
  const std::uint64_t compact = kind == Kind::objects_detection ? 265 : 115;
  return layout == Layout::pretty ? compact * 2 : compact;
}

std::uint64_t expected_records(const GenerateOptions& options, Kind kind) {
  if (options.file_bytes == 0)
    return options.files * options.records;
  return options.files * (options.file_bytes / mean_record(kind, options.layout) + 1);
}

}  // namespace

Generator::Generator(const GenerateOptions& options, Kind kind, std::function<void(std::uint64_t)> progress)
    : m_options(options), m_kind(kind), m_progress(std::move(progress)),
      m_records(options, kind, expected_records(options, kind)), m_vehicles(options.vehicles) {}

Counts Generator::run() {
  for (std::uint64_t file = 0; file < m_options.files; ++file)
    write_file(how_to_break(file));
  m_counts.vehicles = static_cast<std::uint64_t>(std::ranges::count(m_vehicles, true));
  return m_counts;
}

Break Generator::how_to_break(std::uint64_t file) const {
  Random random{m_options.seed, 200 + static_cast<std::uint64_t>(m_kind), file};
  if (random.unit() >= m_options.broken)
    return Break::none;
  return random.below(2) == 0 ? Break::cut_short : Break::syntax;
}

// True if the document has 1/share of its records or bytes: with share 1 it is complete, with share 2 half complete.
bool Generator::is_full(const GeneratedDocument& document, std::uint64_t records, std::uint64_t share) const {
  if (m_options.file_bytes > 0)
    return document.bytes() >= m_options.file_bytes / share;
  return records >= m_options.records / share;
}

void Generator::write_file(Break how) {
  // the name contains the time of the first record, so no two files have the same name
  const std::string name = std::string{kind_name(m_kind)} + "_" + std::to_string(m_records.time(m_next)) + ".json";
  NewFile file{m_options.directory, name, m_options.compression};
  GeneratedDocument document{file, m_kind, m_options.layout};
  m_files.push_back({m_next, how == Break::none});

  Counts counts = m_counts;
  Break still_to_break = how;
  const std::uint64_t first = m_next;
  do {
    if (still_to_break != Break::none && is_full(document, m_next - first, 2)) {
      m_text.clear();
      m_records.append(m_text, m_next++);
      document.add_broken(m_text, still_to_break);
      if (how == Break::cut_short)
        break;
      still_to_break = Break::none;
    } else {
      add_record(document, m_next == first, counts);
    }
  } while (!is_full(document, m_next - first, 1));

  document.finish();
  file.commit();
  if (how == Break::none)
    m_counts = counts;
  else
    ++m_counts.broken;
  m_counts.files += 1;
  m_counts.bytes += document.bytes();
  m_progress(document.bytes());
}

void Generator::add_record(GeneratedDocument& document, bool is_first, Counts& counts) {
  const std::uint64_t number = m_next++;
  const Draw draw = m_records.draw(number);
  m_text.clear();
  ++counts.records;
  // the first record is always a valid row: a file with only rejects would fail
  if (draw == Draw::reject && !is_first) {
    m_records.append_reject(m_text, number);
    ++counts.rejects;
  } else if (const auto earlier = draw == Draw::duplicate && !is_first ? earlier_row() : std::nullopt) {
    m_records.append(m_text, *earlier);
    ++counts.duplicates;
  } else {
    const std::uint64_t vehicle = m_records.append(m_text, number);
    if (m_files.back().is_whole)
      m_vehicles[vehicle] = true;
    ++counts.rows;
    counts.detections += m_records.detections(number);
  }
  document.add(m_text);
}

// Finds an earlier record that became a row, in this file or in an earlier file that is not broken.
std::optional<std::uint64_t> Generator::earlier_row() const {
  constexpr int k_tries = 20;
  const std::uint64_t now = m_next - 1;
  Random random{m_options.seed, 300 + static_cast<std::uint64_t>(m_kind), now};
  for (int i = 0; i < k_tries; ++i) {
    const std::uint64_t number = random.below(now);
    const Draw draw = m_records.draw(number);
    if ((draw == Draw::on_time || draw == Draw::late) && is_in_whole_file(number))
      return number;
  }
  return {};
}

bool Generator::is_in_whole_file(std::uint64_t record) const {
  const auto after = std::ranges::upper_bound(m_files, record, {}, &File::first);
  return std::prev(after)->is_whole;
}

}  // namespace longshore::generate
