// The document as RapidJSON's input stream: a sliding buffer that counts lines and keeps the bytes after a mark.
// The marked bytes of a record are used for jsonb columns and rejects.
//
// RapidJSON takes NUL as the end of input, so Peek() returns NUL there. at_end() distinguishes it from a NUL byte.
#pragma once

#include "base/error.hpp"
#include "decode/source.hpp"

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace longshore::decode {

// RFC 7464: stands before each value of a sequence.
inline constexpr char k_record_separator = '\x1E';

// 3 if the text begins with U+FEFF in UTF-8, otherwise 0.
inline std::size_t length_of_byte_order_mark(std::string_view text) { return text.starts_with("\xEF\xBB\xBF") ? 3 : 0; }

class Input {
 public:
  using Ch = char;

  // What a backslash is: the start of an escape, or text.
  enum class Syntax { json, csv };

  // Keeps at most `keep_limit` bytes after a mark. Reuses the memory of `buffer`, which may have any size.
  Input(ByteSource& source, std::size_t keep_limit, std::vector<char> buffer, Syntax syntax = Syntax::json);
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  // Returns the buffer, for the next document. The input cannot be used afterwards.
  std::vector<char> take_buffer() { return std::move(m_buffer); }

  // A second reading of the document.
  std::unique_ptr<ByteSource> again() const { return m_source.again(); }

  // RapidJSON's stream concept.
  Ch Peek() const { return *m_at; }
  Ch Take() {
    const char c = *m_at++;
    if (m_at == m_end)
      more();
    return c;
  }
  // never called: only an in-situ parse writes
  Ch* PutBegin() { std::abort(); }
  void Put(Ch) { std::abort(); }
  std::size_t PutEnd(Ch*) { std::abort(); }
  std::size_t Tell() const { return m_base + static_cast<std::size_t>(m_at - m_buffer.data()); }

  // Whether the line (in line mode) or the document has no more bytes.
  bool at_end() const { return m_at >= m_end; }
  void skip_white_space() {
    while (*m_at == ' ' || *m_at == '\n' || *m_at == '\r' || *m_at == '\t')  // a NUL follows the end
      Take();
  }
  // Skips what may stand between two root values: white space, RFC 7464's record separator, byte order marks.
  void skip_separators();
  // True if there was one.
  bool skip_byte_order_mark();
  // The next bytes, up to `limit` (less than 64 KiB), without moving; fewer only at the end of the document. The view
  // is valid until the next take.
  std::string_view look_ahead(std::size_t limit);
  // Fast path: takes a string or an integer that starts here if it is whole in the buffer, with the byte after it. The
  // string, without its quotes, must be UTF-8 without escapes; the integer has at most 18 digits. The view is valid
  // until the next take.
  std::optional<std::string_view> take_plain_string() {
    const char* const text = m_at + 1;
    const std::size_t length = text_length(text);
    if (text + length + 1 >= m_end || text[length] != '"')
      return {};
    m_at = text + length + 1;
    return std::string_view{text, length};
  }
  std::optional<std::string_view> take_plain_integer();
  // Takes UTF-8 up to a quote, a backslash, a control character or invalid UTF-8, and passes it to `copy` in pieces.
  template <class Copy>
  void take_text(Copy copy) {
    while (const std::size_t length = text_length(m_at)) {
      copy(std::string_view{m_at, length});
      m_at += length;
      if (m_at != m_end)
        return;
      more();
    }
  }

  // Keeps all bytes from `offset` on, which is not before the last mark, until the next mark or unmark().
  void mark(std::size_t offset);
  void unmark() { m_marked = false; }
  // Whether the bytes after the mark exceeded the limit; then only the first few are kept.
  bool mark_lost() const { return m_mark_lost; }
  // The bytes of the document between two offsets, as far as they are still kept.
  std::string_view slice(std::size_t begin, std::size_t end) const;
  // Line and column of a kept offset, of the mark, or of the last token.
  Position position(std::size_t offset) const;

  // Enters line mode: moves to the next line that is not blank (at the first call from the current place) and limits
  // the stream to it. False at the end of the document. Skips a line longer than the keep limit: line_too_long().
  bool next_line();
  bool line_too_long() const { return m_line_too_long; }
  // Whether the current line ends at the end of the document, without a newline.
  bool is_line_last() const { return !m_line_end; }
  // The current line without its newline; only the start of a line that is too long.
  std::string_view line() const { return m_line; }
  std::size_t line_offset() const { return m_line_offset; }
  // The bytes from the current place on that are in the buffer, for a reader that scans them itself.
  std::string_view ahead() const { return {m_at, static_cast<std::size_t>(m_end - m_at)}; }
  void skip(std::size_t bytes) { m_at += bytes; }
  // Reads more behind these bytes; ahead() may then be elsewhere in memory. False at the end of the document.
  bool read_more() { return fill(index()); }

  // Moves back to `offset`, which must be in the buffer.
  void rewind(std::size_t offset) { m_at = m_buffer.data() + (offset - m_base); }

 private:
  std::size_t text_length(const char* from) const;
  void more();
  bool fill(std::size_t keep_from);
  void drop_before(std::size_t index);
  void defuse_lone_surrogates();
  void hide_unfinished_character();
  bool find_line_end();
  std::size_t index() const { return static_cast<std::size_t>(m_at - m_buffer.data()); }

  ByteSource& m_source;
  std::size_t m_keep_limit;
  Syntax m_syntax;
  std::vector<char> m_buffer;  // … m_at … m_visible … m_filled, then NULs
  const char* m_at = nullptr;
  const char* m_end = nullptr;  // end of the bytes the parser sees: m_visible, or the end of the line
  std::size_t m_visible = 0;
  std::size_t m_filled = 0;
  bool m_exhausted = false;

  std::size_t m_base = 0;        // offset of the buffer's first byte
  std::size_t m_base_line = 1;   // its line
  std::size_t m_line_start = 0;  // offset of that line

  std::size_t m_mark = 0;
  bool m_marked = false;
  bool m_mark_lost = false;
  Position m_lost_at;  // the lost mark, and the first bytes after it
  std::string m_lost;

  bool m_line_mode = false;
  char* m_line_end = nullptr;  // the newline, replaced by a NUL while its line is parsed
  std::string_view m_line;
  std::size_t m_line_offset = 0;
  bool m_line_too_long = false;
};

}  // namespace longshore::decode
