// The document as RapidJSON's input stream: a sliding buffer that knows lines and keeps what has been marked, so that a
// record's own bytes are at hand for jsonb columns and rejects.
//
// RapidJSON takes NUL for the end of input; so does Peek() here, and at_end() tells a NUL byte from the real end.
#pragma once

#include "base/error.hpp"
#include "decode/source.hpp"

#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace longshore::decode {

class Input {
 public:
  using Ch = char;

  // Keeps at most `keep_limit` bytes behind a mark. `buffer`, of any size, is taken over for its memory.
  Input(ByteSource& source, std::size_t keep_limit, std::vector<char> buffer);
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  // The buffer, for the next document. Then the input is of no use any more.
  std::vector<char> take_buffer() { return std::move(m_buffer); }

  // RapidJSON's stream concept.
  Ch Peek() const { return *m_at; }
  Ch Take() {
    const char c = *m_at++;
    if (m_at == m_end)
      more();
    return c;
  }
  // only an in-situ parse writes; RapidJSON compiles the calls all the same
  Ch* PutBegin() { std::abort(); }
  void Put(Ch) { std::abort(); }
  std::size_t PutEnd(Ch*) { std::abort(); }
  std::size_t Tell() const { return m_base + static_cast<std::size_t>(m_at - m_buffer.data()); }

  // Whether nothing is left: of the line in line mode, else of the document.
  bool at_end() const { return m_at >= m_end; }
  void skip_white_space() {
    while (*m_at == ' ' || *m_at == '\n' || *m_at == '\r' || *m_at == '\t')  // behind the end stands a NUL
      Take();
  }
  // A string, or an integer of at most 18 digits, that begins here: taken when it is in the buffer with what follows it, and the
  // string without its quotes when it is UTF-8 without an escape. The view is there until more is taken.
  std::optional<std::string_view> take_plain_string() {
    const char* const text = m_at + 1;
    const std::size_t length = text_length(text);
    if (text + length + 1 >= m_end || text[length] != '"')
      return {};
    m_at = text + length + 1;
    return std::string_view{text, length};
  }
  std::optional<std::string_view> take_plain_integer();
  // Takes UTF-8 up to a quote, a backslash, a control character or what is no UTF-8, and hands it to `copy` in pieces.
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

  // Keeps everything from `offset` (not before the last mark) in memory, until the next mark or unmark().
  void mark(std::size_t offset);
  void unmark() { m_marked = false; }
  // Whether more was to be kept than the limit allows: of the bytes behind the mark only the first few are left.
  bool mark_lost() const { return m_mark_lost; }
  // Bytes of the document, as far as they are kept.
  std::string_view slice(std::size_t begin, std::size_t end) const;
  // Line and column of an offset that is kept, of the mark, or of the last token.
  Position position(std::size_t offset) const;

  // Line mode: goes to the next line that is not blank (from the current place, when it is the first call) and confines the
  // stream to it; false at the end of the document. A line longer than the keep limit is passed over: line_too_long().
  bool next_line();
  bool line_too_long() const { return m_line_too_long; }
  // The current line without its end; of one that is too long only the beginning.
  std::string_view line() const { return m_line; }
  std::size_t line_offset() const { return m_line_offset; }
  // Back to `offset`, which is in the buffer.
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
  std::vector<char> m_buffer;  // … m_at … m_visible … m_filled, then NULs
  const char* m_at = nullptr;
  const char* m_end = nullptr;  // of what the parser sees: m_visible, or the line's end
  std::size_t m_visible = 0;
  std::size_t m_filled = 0;
  bool m_exhausted = false;

  std::size_t m_base = 0;        // offset of the buffer's first byte
  std::size_t m_base_line = 1;   // the line it is in
  std::size_t m_line_start = 0;  // offset at which that line begins

  std::size_t m_mark = 0;
  bool m_marked = false;
  bool m_mark_lost = false;
  Position m_lost_at;  // the mark that was lost, and what stood there
  std::string m_lost;

  bool m_line_mode = false;
  char* m_line_end = nullptr;  // the newline that a NUL stands for while its line is parsed
  std::string_view m_line;
  std::size_t m_line_offset = 0;
  bool m_line_too_long = false;
};

}  // namespace longshore::decode
