// Splits CSV text into records and fields (RFC 4180) without a copy: it only finds where each field begins and ends.
// A text that ends inside a record is continued with a longer text; nothing is scanned twice.
#pragma once

#include "feed/feed.hpp"
#include "feed/reject.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace longshore::decode {

// The content of a field as offsets in the text, without its quotes.
struct CsvField {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool is_quoted = false;
  bool has_doubled_quotes = false;  // each stands for one quote

  bool is_null() const { return begin == end && !is_quoted; }
  // Its first byte, with the quote.
  std::size_t start() const { return begin - (is_quoted ? 1 : 0); }
};

struct CsvFault {
  ReasonKind kind;
  std::size_t at = 0;  // offset in the text
};

class CsvScan {
 public:
  explicit CsvScan(const CsvForm& form);

  // Forgets the last document.
  void reset();
  // Keeps at most `fields` fields of each record; more are only counted.
  void keep_fields(std::size_t fields);

  // Moves to the next record that is not a blank line. False: the text ends inside the record that begins at begin().
  bool next();
  // Continues after next() was false: `text` begins with the byte at begin(), and is the rest of the last text and more.
  void attach(std::string_view text);
  // The document has no more bytes. False if nothing follows the last record; else the rest is a record.
  bool finish();

  // The current record. Offsets are in the attached text.
  std::size_t begin() const { return m_begin; }
  std::size_t end() const { return m_end; }  // behind its line break
  std::size_t content_end() const { return m_content_end; }
  std::size_t field_count() const { return m_count; }
  std::span<const CsvField> fields() const { return {m_fields.data(), std::min(m_count, m_fields.size())}; }
  const std::optional<CsvFault>& fault() const { return m_fault; }
  // Whether it may contain a NUL or a byte that is not ASCII.
  bool is_suspect() const { return m_is_suspect; }
  // finish() was called inside quotes that begin here.
  std::optional<std::size_t> open_quote() const;

 private:
  // Where the next special byte is: in a field without quotes, inside quotes, behind a closing quote, or behind a
  // carriage return.
  enum class State { plain, quoted, after_quote, after_return };

  void drop(std::size_t dropped);
  void load();
  std::size_t next_special();
  std::size_t next_quote();
  bool step(std::size_t at);
  bool end_record(std::size_t content_end, std::size_t end);
  void begin_record(std::size_t begin);
  void begin_field(std::size_t begin);
  void end_field(std::size_t end);
  void fail(ReasonKind kind, std::size_t at);

  char m_delimiter;
  char m_quote;  // the delimiter if there are no quotes: a delimiter never opens one

  std::string_view m_text;
  // Blocks of 64 bytes: a bit for each special byte that is not yet used.
  std::size_t m_block = 0;
  std::size_t m_next_block = 0;
  std::uint64_t m_special = 0;
  std::uint64_t m_quotes = 0;
  std::uint64_t m_suspects = 0;
  bool m_seen_suspect = false;  // since the current record's begin

  State m_state = State::plain;
  std::size_t m_begin = 0;
  std::size_t m_end = 0;
  std::size_t m_content_end = 0;
  std::size_t m_field_begin = 0;
  std::size_t m_mark = 0;    // the closing quote, or the carriage return
  std::size_t m_closed = 0;  // the closing quote of a quoted field
  bool m_is_quoted = false;
  bool m_has_doubled = false;
  std::size_t m_count = 0;
  std::vector<CsvField> m_fields;  // as many as a record had, at most m_most_fields
  std::size_t m_most_fields = 0;
  std::optional<CsvFault> m_fault;
  bool m_is_suspect = false;
  bool m_is_done = false;  // the current record has ended
};

}  // namespace longshore::decode
