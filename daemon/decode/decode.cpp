// The document around the records: envelope, array or lines. RecordBuilder does what is inside a record.
//
// A root object is read in two ways at once until it is known what it is: as the envelope that a pointer leads through, and
// as a record of its own (the first line of NDJSON, or a lone record).
#include "decode/decode.hpp"

#include "base/text.hpp"
#include "decode/envelope.hpp"
#include "decode/json.hpp"
#include "decode/record.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace longshore::decode {
namespace {

std::string place_of(const Position& position) {
  return "line " + std::to_string(position.line) + ", column " + std::to_string(position.column);
}

class DocumentReader final : public JsonHandler {
 public:
  DocumentReader(const Feed& feed, const Limits& limits, Input& input, JsonReader& reader, RecordBuilder& record,
                 Envelope& envelope, Sink& sink, std::uint32_t file, Decoded& decoded)
      : m_feed(feed), m_limits(limits), m_input(input), m_reader(reader), m_record(record), m_envelope(envelope),
        m_sink(sink), m_file(file), m_decoded(decoded) {}

  void read() {
    begin();
    const std::size_t root = m_input.Tell();
    const bool object = m_input.Peek() == '{';
    if (m_envelope.is_root_allowed() && object) {
      m_root_may_be_record = true;
      m_input.mark(root);
      m_record.begin(root);
    }
    if (auto fault = m_reader.parse(m_input, *this)) {
      if (!is_fault_of_first_line(*fault, root))
        throw bad_file(fault->offset, fault->text).with_code(fault->ends_early ? k_ends_early : "");
      m_input.rewind(root);
      m_input.unmark();
      read_lines();
    } else if (m_root_may_be_record) {
      read_root_record(root);
    } else {
      if (!m_found_envelope)
        throw bad_file(root, no_envelope(object));
      expect_end();
    }
    conclude();
  }

  void scalar(const Scalar& value) override {
    if (m_in_record)
      return m_record.scalar(value);
    if (m_in_records && m_depth == m_records_depth) {
      const auto skipped = m_input.slice(m_between, m_input.Tell()).find_first_not_of(" \t\r\n,[");
      begin_record(m_between + std::min(skipped, m_input.Tell() - m_between));
      m_record.scalar(value);
      end_record(m_input.Tell());
    } else if (m_root_may_be_record) {
      m_record.scalar(value);
    }
    if (!m_in_records && m_envelope.is_at_records(m_depth))
      refuse_envelope(m_input.Tell());
  }

  void key(std::string_view name) override {
    if (m_in_record || m_root_may_be_record)
      m_record.key(name);
    if (!m_in_record)
      m_envelope.key(name, m_depth);
  }

  void start_object() override {
    start_container(false);
    if (m_in_record || m_root_may_be_record)
      m_record.start_object();
  }
  void start_array() override {
    start_container(true);
    if (m_in_record || m_root_may_be_record)
      m_record.start_array();
  }
  void end_object() override {
    if (m_in_record || m_root_may_be_record)
      m_record.end_object();
    end_container();
  }
  void end_array() override {
    if (m_in_record || m_root_may_be_record)
      m_record.end_array();
    end_container();
  }

 private:
  // ---- the beginning and the end of the document

  void begin() {
    const std::string_view head = m_input.slice(0, 4);
    if (head.starts_with("\xFE\xFF") || head.starts_with("\xFF\xFE") ||
        (head.size() >= 2 && (head[0] == '\0') != (head[1] == '\0')))
      throw bad_file(0, "the document is UTF-16 or UTF-32, not UTF-8");
    if (head.starts_with("\xEF\xBB\xBF"))
      for (int i = 0; i < 3; ++i)
        m_input.Take();
    m_input.skip_white_space();
    if (m_input.at_end())
      throw bad_file(m_input.Tell(),
                     m_input.Tell() == 0 ? "the document is empty" : "the document is nothing but white space");
  }

  void expect_end() {
    m_input.skip_white_space();
    if (!m_input.at_end())
      throw bad_file(m_input.Tell(), m_input.Peek() == '\0'
                                         ? std::string{"a NUL byte"}
                                         : "expected the end of the document, found '" +
                                               escape_clipped(m_input.slice(m_input.Tell(), m_input.Tell() + 1), 8) +
                                               "'");
  }

  void conclude() {
    m_decoded.bytes = m_input.Tell();
    if (m_decoded.records > 0 && m_decoded.rejects == m_decoded.records)
      throw Error(Fault::bad_file,
                  "every record was rejected (" + std::to_string(m_decoded.rejects) + "), the first: " + m_first_reject)
          .at(m_first_reject_at);
  }

  std::string no_envelope(bool object) const {
    return m_envelope.names().empty() ? "expected an array of records, or one record a line"
                                      : "no envelope: expected " + std::string{object ? "" : "an object with "} +
                                            "an array at " + m_envelope.names();
  }

  Error bad_file(std::size_t offset, const std::string& text) const {
    return Error(Fault::bad_file, text).at(m_input.position(offset));
  }

  // ---- one record a line

  // The root was an object without an envelope. It is a record when it has all that one needs, or when more follow.
  void read_root_record(std::size_t root) {
    const bool complete = m_record.is_complete();
    const std::size_t end = m_input.Tell();
    const Position first = m_input.position(root);
    const Position last = m_input.position(end);
    while (!m_input.at_end() && m_input.Peek() != '\n' &&
           std::string_view{" \t\r"}.find(m_input.Peek()) != std::string_view::npos)
      m_input.Take();
    const bool line_ends = m_input.at_end() || m_input.Peek() == '\n';
    m_input.skip_white_space();
    const bool more = !m_input.at_end() && m_input.Peek() == '{' && line_ends;
    if (!complete && !more)
      throw bad_file(root, no_envelope(true));
    if (!more)
      expect_end();
    if (more && first.line != last.line)
      throw Error(Fault::bad_file, "one record a line was expected, but the first spans lines " +
                                       std::to_string(first.line) + " to " + std::to_string(last.line))
          .with_hint("write each record on one line (jq -c), or put them into an array")
          .at(first);
    m_root_may_be_record = false;
    finish_record(root, end);
    m_input.unmark();
    if (more)
      read_lines();
  }

  // Whether one record a line begins with a line that is broken: the fault is in the first line, no envelope has begun,
  // and the next line is an object again.
  bool is_fault_of_first_line(const DocumentFault& fault, std::size_t root) {
    if (!m_root_may_be_record || m_found_envelope || m_input.mark_lost() || fault.text == k_nul)
      return false;
    const std::string_view read = m_input.slice(root, fault.offset);
    if (read.find('\n') != std::string_view::npos)
      return false;
    while (!m_input.at_end() && m_input.Peek() != '\n')
      m_input.Take();
    m_input.skip_white_space();
    m_root_may_be_record = false;
    return !m_input.at_end() && m_input.Peek() == '{' && !m_input.mark_lost();
  }

  void read_lines() {
    m_lines = true;
    while (m_input.next_line()) {
      const std::size_t begin = m_input.line_offset();
      if (const auto nul = m_input.line().find('\0'); nul != std::string_view::npos)
        throw bad_file(begin + nul, k_nul);
      if (m_input.line_too_long()) {
        ++m_decoded.records;
        reject({"", "is longer than max_record_bytes", begin}, begin, m_input.line());
        continue;
      }
      read_line(begin);
    }
  }

  void read_line(std::size_t begin) {
    m_input.skip_white_space();
    m_depth = 0;
    m_in_record = true;
    m_record.begin(m_input.Tell());
    auto fault = m_reader.parse(m_input, *this);
    m_in_record = false;
    if (!fault) {
      m_input.skip_white_space();
      if (!m_input.at_end())
        fault = DocumentFault{m_input.Tell(), "expected the end of the line"};
    }
    if (fault)
      m_record.fail("", std::move(fault->text), fault->offset);
    finish_record(begin, begin + m_input.line().size());
  }

  // ---- containers

  void start_container(bool array) {
    if (++m_depth > m_limits.depth)
      throw DocumentFault{m_input.Tell() - 1, "nested deeper than " + std::to_string(m_limits.depth)};
    if (begins_record())
      begin_record(m_input.Tell() - 1);
    else
      enter(array);
  }

  void end_container() {
    const std::size_t ended = m_depth--;
    if (m_in_record && m_depth == m_records_depth && !m_lines) {
      end_record(m_input.Tell());
    } else if (!m_in_record) {
      if (m_in_records && m_depth < m_records_depth) {
        m_in_records = false;
        m_input.unmark();
      }
      m_envelope.leave(ended);
    }
  }

  bool begins_record() const { return m_in_records && !m_in_record && m_depth == m_records_depth + 1; }

  void begin_record(std::size_t offset) {
    m_record_begin = offset;
    m_in_record = true;
    m_input.mark(offset);
    m_record.begin(offset);
  }

  void end_record(std::size_t end) {
    m_in_record = false;
    finish_record(m_record_begin, end);
    m_between = end;
    m_input.mark(end);
  }

  // A container outside the records: where they are, on the way to them, or of no interest.
  void enter(bool array) {
    if (m_in_record || m_in_records)
      return;
    const bool holds_records = m_envelope.enter(m_depth);
    if (array && (holds_records || (m_depth == 1 && m_envelope.is_root_allowed())))
      begin_records();
    else if (holds_records)
      refuse_envelope(m_input.Tell() - 1);
  }

  void refuse_envelope(std::size_t offset) const {
    throw DocumentFault{offset, "what stands at " + m_envelope.names() + " is no array of records"};
  }

  void begin_records() {
    if (m_found_envelope)
      throw DocumentFault{m_input.Tell() - 1, "a second array of records"};
    m_found_envelope = true;
    m_root_may_be_record = false;
    m_in_records = true;
    m_records_depth = m_depth;
    m_between = m_input.Tell();
    m_input.mark(m_between);
  }

  // ---- what becomes of a record

  void finish_record(std::size_t begin, std::size_t end) {
    ++m_decoded.records;
    if (const RecordBuilder::Fault* fault = m_record.finish()) {
      reject(*fault, begin, m_input.slice(begin, std::min(end, begin + m_limits.raw_bytes)));
      return;
    }
    m_sink.window().add(m_record.cells(), m_file);
    if (m_feed.time_column) {
      const auto time = get_int<std::int64_t>(m_record.cells()[*m_feed.time_column].bytes.data());
      m_decoded.first_time = std::min(m_decoded.first_time.value_or(time), time);
      m_decoded.last_time = std::max(m_decoded.last_time.value_or(time), time);
    }
    m_sink.row_added();
  }

  void reject(const RecordBuilder::Fault& fault, std::size_t begin, std::string_view raw) {
    ++m_decoded.rejects;
    if (m_decoded.rejects == 1 || m_decoded.rejects <= m_limits.stored_rejects) {
      const Position position = m_input.position(std::max(fault.offset, begin));
      if (m_decoded.rejects == 1) {
        m_first_reject = (fault.field.empty() ? "" : fault.field + " ") + fault.reason;
        m_first_reject_at = position;
      }
      if (m_decoded.rejects <= m_limits.stored_rejects)
        m_sink.reject({m_decoded.records, begin, fault.field, fault.reason + " (" + place_of(position) + ")",
                       escape_clipped(raw, m_limits.raw_bytes)});
    }
    if (m_feed.max_rejects && m_decoded.rejects > *m_feed.max_rejects)
      throw Error(Fault::bad_file, "more than " + std::to_string(*m_feed.max_rejects) +
                                       " records were rejected, the first: " + m_first_reject)
          .at(m_first_reject_at);
  }

  static constexpr const char* k_nul = "a NUL byte";

  const Feed& m_feed;
  const Limits& m_limits;
  Input& m_input;
  JsonReader& m_reader;
  RecordBuilder& m_record;
  Envelope& m_envelope;
  Sink& m_sink;
  const std::uint32_t m_file;
  Decoded& m_decoded;
  std::string m_first_reject;
  Position m_first_reject_at;

  std::size_t m_depth = 0;  // open containers
  bool m_found_envelope = false;
  bool m_in_records = false;
  std::size_t m_records_depth = 0;
  bool m_in_record = false;
  std::size_t m_record_begin = 0;
  std::size_t m_between = 0;  // where the last record ended, or the array began
  bool m_root_may_be_record = false;
  bool m_lines = false;
};

}  // namespace

struct Decoder::Parts {
  Parts(const Feed& of, const Limits& within)
      : feed(of), limits(within), plan(of), reader(within.record_bytes), envelope(of) {}

  const Feed& feed;
  Limits limits;
  Plan plan;
  JsonReader reader;
  Envelope envelope;
  std::optional<Input> input;  // of the document under way; the record builder keeps its address
  std::optional<RecordBuilder> record;
  std::vector<char> buffer;
};

Decoder::Decoder(const Feed& feed, const Limits& limits) : m_parts(std::make_unique<Parts>(feed, limits)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;

void Decoder::decode(ByteSource& document, Sink& sink, std::uint32_t file, Decoded& decoded) {
  Parts& parts = *m_parts;
  decoded = {};
  parts.input.emplace(document, parts.limits.record_bytes, std::move(parts.buffer));
  if (!parts.record)
    parts.record.emplace(parts.plan, *parts.input);
  parts.envelope.begin();
  DocumentReader{parts.feed,     parts.limits, *parts.input, parts.reader, *parts.record,
                 parts.envelope, sink,         file,         decoded}
      .read();
  parts.buffer = parts.input->take_buffer();
}

}  // namespace longshore::decode
