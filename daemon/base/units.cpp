#include "base/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace longshore {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t size;
};

// largest first, as the formatters try them
constexpr std::array k_durations = {
    Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000}, Unit{"ms", 1},
};
constexpr std::array k_sizes = {
    Unit{"TiB", std::uint64_t{1} << 40},
    Unit{"TB", 1'000'000'000'000},
    Unit{"GiB", std::uint64_t{1} << 30},
    Unit{"GB", 1'000'000'000},
    Unit{"MiB", 1 << 20},
    Unit{"MB", 1'000'000},
    Unit{"KiB", 1 << 10},
    Unit{"kB", 1000},
    Unit{"B", 1},
};
constexpr double k_most = 9e15;  // up to here, whole numbers are exact in a double (2^53 is about 9.007e15)

struct Quantity {
  double number = 0;
  std::string_view unit;
};

std::optional<Quantity> parse_quantity(std::string_view text) {
  Quantity quantity;
  if (text.empty() || text[0] < '0' || text[0] > '9')
    return {};
  const char* end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, quantity.number, std::chars_format::fixed);
  if (fault != std::errc{})
    return {};
  quantity.unit = {rest, static_cast<std::size_t>(end - rest)};
  if (quantity.unit.starts_with(' '))
    quantity.unit.remove_prefix(1);
  return quantity;
}

std::optional<std::uint64_t> in_units(std::span<const Unit> units, const Quantity& quantity) {
  for (const Unit& unit : units) {
    const double value = quantity.number * static_cast<double>(unit.size);
    if (unit.name == quantity.unit && value <= k_most)
      return static_cast<std::uint64_t>(std::llround(value));
  }
  return {};
}

std::string shortest(std::span<const Unit> units, std::uint64_t value) {
  for (const Unit& unit : units)
    if (value >= unit.size && value % unit.size == 0)
      return std::to_string(value / unit.size).append(unit.name);
  return std::string{"0"}.append(units.back().name);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0")
    return std::chrono::milliseconds{0};
  const auto quantity = parse_quantity(text);
  const auto value = quantity ? in_units(k_durations, *quantity) : std::nullopt;
  if (!value)
    return {};
  return std::chrono::milliseconds{static_cast<std::int64_t>(*value)};
}

std::string format_duration(std::chrono::milliseconds duration) {
  return shortest(k_durations, static_cast<std::uint64_t>(duration.count()));
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  auto quantity = parse_quantity(text);
  if (quantity && quantity->unit.empty())
    quantity->unit = "B";
  return quantity ? in_units(k_sizes, *quantity) : std::nullopt;
}

std::string format_size(std::uint64_t bytes) { return shortest(k_sizes, bytes); }

std::optional<Limit> parse_limit(std::string_view text) {
  const auto quantity = parse_quantity(text);
  if (!quantity)
    return {};
  if (quantity->unit == "%" && quantity->number <= 100)
    return Limit{quantity->number / 100, true};
  if (quantity->unit.empty() && quantity->number <= k_most && std::trunc(quantity->number) == quantity->number)
    return Limit{quantity->number, false};
  return {};
}

}  // namespace longshore
