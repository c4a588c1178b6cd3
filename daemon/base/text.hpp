// Turns untrusted bytes into safe text. Uploaders choose file names and values, so these must not forge a log line, a
// terminal escape or a ledger row. unescape() restores a file name from its text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace longshore {

// One line of printable UTF-8. Control characters (C0, DEL, C1), bidirectional controls, line separators and invalid
// UTF-8 become \xHH per byte; a backslash becomes \\. unescape() reverses it.
std::string escape(std::string_view bytes);
// Reverses escape(). A backslash that does not begin an escape is kept.
std::string unescape(std::string_view text);
// Like escape(), but keeps backslashes: for text with parts that are already escaped. Not reversible.
std::string printable(std::string_view text);
// Returns at most the first `limit` bytes of escape(bytes). Does not cut an escape or a character in two. Adds "…" if
// the text was longer.
std::string escape_clipped(std::string_view bytes, std::size_t limit);

// Returns the length of the UTF-8 character (RFC 3629) at the start of the text, or 0 if it is not valid. The text must
// not be empty.
std::size_t utf8_length(std::string_view text);
bool is_utf8(std::string_view text);
// The longest prefix of at most `limit` bytes that does not cut a UTF-8 character.
std::string_view clip_utf8(std::string_view text, std::size_t limit);

// "12.3 MB": decimal units, three digits
std::string human_bytes(double bytes);
// "1,234,567"
std::string human_count(unsigned long long count);
// "850 ms", "12 s", "4 min", "3 h", "5 days"
std::string short_duration(std::uint64_t milliseconds);

}  // namespace longshore
