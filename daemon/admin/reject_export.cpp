#include "admin/reject_export.hpp"

#include "admin/file_copy.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "decode/decode.hpp"
#include "decode/line_form.hpp"
#include "decode/plan.hpp"
#include "decode/source.hpp"
#include "ingest/read_document.hpp"
#include "spool/archive/archive.hpp"
#include "store/horizons.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::admin {
namespace {

// How the end of a record is found. A line that is not JSON, or that is too long, was not parsed: only its line ends it.
enum class Extent { value, line, line_of_lines };

// Where a record begins in the document.
struct Place {
  std::uint64_t offset = 0;
  Extent extent = Extent::value;
};

// Only a document with a record per line has lines that are too long; elsewhere such a record was parsed.
Extent extent_of(std::string_view field, std::string_view code, std::string_view reason) {
  if (!field.empty())
    return Extent::value;
  if (reason == reason::k_record_too_long.text)
    return Extent::line_of_lines;
  return code == "json" && reason != reason::k_duplicate_member.text ? Extent::line : Extent::value;
}

Error refusal(const store::KnownFile& file, const std::string& reason, std::string hint) {
  return Error{Fault::fatal, "the rejected records of file " + std::to_string(file.file_id) + " (" + file.file_name +
                                 ") cannot be exported: " + reason}
      .with_hint(std::move(hint))
      .exits(Exit::bad_data);
}

// Keeps the place of each rejected record, and no row.
class Places : public decode::Sink {
 public:
  explicit Places(const Feed& feed) : m_window(feed) {}
  RowBatch& window() override { return m_window; }
  void row_added() override { m_window.clear(); }
  void reject(Reject reject) override {
    if (places.empty() || places.back().offset != reject.byte_offset)
      places.push_back({reject.byte_offset, extent_of(reject.field, reject.kind.code, reject.kind.text)});
  }

  std::vector<Place> places;

 private:
  RowBatch m_window;
};

// A document read forward, one byte after another.
class Reading {
 public:
  explicit Reading(decode::ByteSource& source) : m_source(source), m_buffer(std::size_t{64} << 10, '\0') {}

  bool at_end() {
    if (m_at < m_size)
      return false;
    m_base += m_size;
    m_at = 0;
    m_size = m_source.read(m_buffer);
    return m_size == 0;
  }
  std::uint64_t offset() const { return m_base + m_at; }
  char peek() const { return m_buffer[m_at]; }  // not at_end()
  char take() { return m_buffer[m_at++]; }
  void skip_to(std::uint64_t offset) {
    while (this->offset() < offset && !at_end())
      m_at += static_cast<std::size_t>(std::min<std::uint64_t>(offset - this->offset(), m_size - m_at));
  }

 private:
  decode::ByteSource& m_source;
  std::string m_buffer;
  std::uint64_t m_base = 0;
  std::size_t m_at = 0;
  std::size_t m_size = 0;
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string take_line(Reading& document) {
  std::string line;
  while (!document.at_end() && document.peek() != '\n')
    line += document.take();
  while (line.ends_with('\r'))
    line.pop_back();
  return line;
}

// One JSON value, without the blanks between its tokens. Empty if it does not end before `end`.
std::string take_value(Reading& document, std::uint64_t end) {
  std::string value;
  std::size_t depth = 0;
  bool in_string = false;
  while (document.offset() < end && !document.at_end()) {
    const char c = document.peek();
    const bool ends_scalar = !in_string && depth == 0 && (c == ',' || c == ']' || c == '}' || is_blank(c));
    if (ends_scalar && !value.empty())
      break;
    document.take();
    if (in_string && c == '\\') {
      value += c;
      if (!document.at_end())
        value += document.take();
      continue;
    }
    if (!in_string && is_blank(c))
      continue;
    value += c;
    if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '{' || c == '['))
      ++depth;
    else if (!in_string && (c == '}' || c == ']'))
      --depth;
    if (!in_string && depth == 0 && (c == '}' || c == ']' || c == '"'))
      break;
  }
  return in_string || depth > 0 ? "" : value;
}

bool has_record_per_line(const Feed& feed, decode::ByteSource& document) {
  const decode::Plan plan{feed};
  const decode::Places places{plan};
  std::string beginning(decode::k_look_ahead, '\0');
  std::size_t size = 0;
  while (size < beginning.size()) {
    const std::size_t got = document.read(std::span{beginning}.subspan(size));
    if (got == 0)
      break;
    size += got;
  }
  return places.is_root_allowed() &&
         decode::has_record_per_line(std::string_view{beginning}.substr(0, size), places.root());
}

// What stands before and behind a record so that its line is a document of the feed.
struct Envelope {
  std::string head;
  std::string tail;
};

Envelope envelope_of(const Feed& feed) {
  Envelope envelope;
  if (std::ranges::find(feed.records, "") != feed.records.end())
    return envelope;
  for (const std::string& token : decode::pointer_tokens(feed.records.front())) {
    if (token == "*") {
      envelope.head += "[";
      envelope.tail.insert(0, "]");
      continue;
    }
    envelope.head += "{";
    append_json_string(envelope.head, token);
    envelope.head += ":";
    envelope.tail.insert(0, "}");
  }
  envelope.head += "[";
  envelope.tail.insert(0, "]");
  return envelope;
}

// Whether a column reads a value outside the record.
bool reads_around_record(const Column& column) {
  return std::ranges::any_of(column.from, [](const std::string& from) {
    const auto pointer = relative_pointer(from);
    return pointer && pointer->levels > 0;
  });
}

// Throws if a record of the feed is not whole by itself.
void need_whole_records(const store::KnownFile& file, const Feed& feed) {
  const std::string list = "longshore rejects " + std::to_string(file.file_id) + " lists ";
  if (feed.csv)
    throw refusal(file, "its feed reads CSV", list + "its rejected rows with their places");
  const auto outer = std::ranges::find_if(feed.columns, reads_around_record);
  if (outer != feed.columns.end())
    throw refusal(file, "the column " + outer->name + " reads a value outside the record",
                  list + "its rejected records with their places: correct a copy of the whole file");
}

FileCopy open_copy(const spool::Archive& archive, const store::KnownFile& file) {
  FileCopy copy = open_archived(archive, file);
  if (!copy)
    throw refusal(file, why_no_copy(archive, file),
                  "restore the copy; longshore rejects " + std::to_string(file.file_id) +
                      " shows the beginning of each record");
  return copy;
}

void need_unchanged(const spool::Archive& archive, const store::KnownFile& file, const std::string& sha256) {
  if (sha256 != file.sha256)
    throw refusal(file,
                  "its archived copy has other content (its sha256 differs from the ledger): " +
                      escape(archive.resolve(file.archive_path)),
                  "restore the copy");
}

std::vector<Place> stored_places(store::Session& session, const store::KnownFile& file) {
  std::vector<Place> places;
  for (const store::RejectPlace& place : store::reject_places(session, file.file_id))
    places.push_back({place.byte_offset, extent_of(place.field, place.code, place.reason)});
  return places;
}

}  // namespace

void export_rejects(const config::Config& config, const Registry& registry, store::Session& session,
                    const store::KnownFile& file, const std::function<void(std::string_view)>& write) {
  const std::string id = std::to_string(file.file_id);
  // without a hash it failed before its end: its counts are those of the beginning
  if (file.status == store::Status::failed && (file.rows_rejected == 0 || file.sha256.empty()))
    throw refusal(file, "it was not loaded", "correct the copy in failed/ and run longshore retry " + id);
  if (file.rows_rejected == 0)
    throw refusal(file, "it has none", "longshore log --status partial lists files with rejected records")
        .exits(Exit::usage);
  const Feed* const feed = registry.find(file.feed);
  if (!feed)
    throw refusal(file, "its feed \"" + file.feed + "\" is not declared any more",
                  "longshore feeds lists the declared feeds; --feeds DIR names another directory")
        .exits(Exit::config);
  need_whole_records(file, *feed);
  const spool::Archive archive{{config.landing, config.work, config.processed, config.failed}};
  const std::string name = unescape(file.file_name);
  const FileCopy copy = open_copy(archive, file);

  const auto raw = source_of(copy, file);
  std::vector<Place> places = stored_places(session, file);
  if (places.size() != file.rows_rejected) {  // stored_rejects was smaller
    decode::Limits limits = ingest::limits_of(config);
    limits.stored_rejects = UINT64_MAX;
    limits.raw_bytes = 0;
    Places found{*feed};
    decode::Decoder decoder{*feed, limits};
    const auto claimed_at = parse_time(file.claimed_at).micros.value_or(k_any_future);
    const std::int64_t horizon = store::horizon_of(store::read_horizons(session), *feed);
    ingest::read_document(*raw, {name, claimed_at, horizon}, config, decoder, found, 0);
    places = std::move(found.places);
  }
  need_unchanged(archive, file, raw->finish());
  if (places.size() != file.rows_rejected)
    throw refusal(file,
                  "not all are stored, and today's declaration of the feed rejects " + std::to_string(places.size()) +
                      " records instead of " + std::to_string(file.rows_rejected),
                  "longshore replay " + id + " loads the file with today's declaration");

  const auto again = source_of(copy, file);
  const auto source = decode::document_of(*again, name, config.max_document_bytes);
  const Envelope envelope = envelope_of(*feed);
  const bool has_lines = has_record_per_line(*feed, *source->again());
  Reading document{*source};
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Place& place = places[i];
    document.skip_to(place.offset);
    if (place.extent == Extent::line || (place.extent == Extent::line_of_lines && has_lines)) {
      write(take_line(document) + "\n");
      continue;
    }
    const std::string value = take_value(document, i + 1 < places.size() ? places[i + 1].offset : UINT64_MAX);
    if (value.empty())
      throw refusal(file, "the end of the record at byte " + std::to_string(place.offset) + " is not found",
                    "longshore rejects " + id + " shows the beginning of each record");
    write(envelope.head + value + envelope.tail + "\n");
  }
}

}  // namespace longshore::admin
