// Cells of the type numeric, in PostgreSQL's binary form: int16 number of digits, int16 weight of the first one, int16
// sign (0x4000: negative), int16 number of decimals to show, then the digits to the base 10 000 as int16, without zeros
// at either end. Exact: nothing goes through a double.
#pragma once

#include "base/bytes.hpp"
#include "base/decimal.hpp"
#include "feed/cell.hpp"
#include "feed/reject.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace longshore {

// The limits of a numeric without parameters: digits before and after the decimal point.
inline constexpr std::int64_t k_most_numeric_digits = 1000;

// Why the number does not fit into the type; nothing if it fits.
std::optional<ReasonKind> numeric_fault(const Decimal& number, ColumnType type);
// Appends the cell of a number that fits. Buffer is Bytes or std::string.
template <class Buffer>
void put_numeric(Buffer& out, const Decimal& number, ColumnType type);

// <0, 0, >0
int compare_numeric(std::string_view a, std::string_view b);
// Appends the decimal text of a cell, as PostgreSQL writes it.
void append_numeric(std::string& out, std::string_view cell);
// The number as an int64, if it is whole and fits.
std::optional<std::int64_t> whole_numeric(std::string_view cell);
// Sign, weight and digits: the same for equal numbers, whatever their number of decimals.
void put_numeric_identity(Bytes& out, std::string_view cell);

}  // namespace longshore
