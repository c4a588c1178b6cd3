// Bytes from outside as safe text. File names and values are chosen by whoever uploads: they must not forge a log
// line, a terminal escape or a ledger row, and a name must be found again from its text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace longshore {

// One line of printable UTF-8: control characters (C0, DEL, C1), bidirectional controls, line separators and bytes
// that are no UTF-8 become \xHH a byte, the backslash becomes \\. Reversible by unescape().
std::string escape(std::string_view bytes);
// The bytes behind escape(); a backslash that begins no escape stands for itself.
std::string unescape(std::string_view text);
// The same, but backslashes stand as they are: for text of which parts are escaped already. Not reversible.
std::string printable(std::string_view text);
// The first `limit` bytes of escape(bytes), never cutting an escape or a character, with "…" where something was cut.
std::string escape_clipped(std::string_view bytes, std::size_t limit);

// Bytes of the UTF-8 character (RFC 3629) that begins a text that is not empty; 0: it begins with none.
std::size_t utf8_length(std::string_view text);
// The longest prefix of at most `limit` bytes that does not cut a UTF-8 character.
std::string_view clip_utf8(std::string_view text, std::size_t limit);

// "12.3 MB": decimal units, three digits.
std::string human_bytes(double bytes);
// "1,234,567"
std::string human_count(unsigned long long count);
// "850 ms", "12 s", "4 min", "3 h", "5 days"
std::string short_duration(std::uint64_t milliseconds);

}  // namespace longshore
