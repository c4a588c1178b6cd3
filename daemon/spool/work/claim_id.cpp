#include "spool/work/claim_id.hpp"

#include "base/error.hpp"
#include "base/time.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include <sys/random.h>

namespace longshore::spool {
namespace {

constexpr std::string_view k_form = "ddddddddTdddddd.ddddddZ-hhhhhhhh";  // d a digit, h a hex digit

constexpr char k_part = '~';
constexpr std::string_view k_crashed = ".crashed-";

bool fits(char form, char c) {
  const bool is_digit = c >= '0' && c <= '9';
  if (form == 'd')
    return is_digit;
  if (form == 'h')
    return is_digit || (c >= 'a' && c <= 'f');
  return form == c;
}

}  // namespace

std::string new_claim_id(std::int64_t micros) {
  std::string id;
  for (const char c : format_time(micros))
    if (c != '-' && c != ':')
      id += c;
  std::uint32_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random)
    throw system_error(errno, "getrandom");
  std::array<char, 16> tail{};
  std::snprintf(tail.data(), tail.size(), "-%08x", random);
  return id + tail.data();
}

bool is_claim_id(std::string_view text) {
  if (text.size() != k_form.size())
    return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!fits(k_form[i], text[i]))
      return false;
  return true;
}

std::optional<std::int64_t> claim_time(std::string_view id) {
  if (!is_claim_id(id))
    return {};
  std::string text{id.substr(0, id.find('Z') + 1)};  // 20261121T040512.123456Z
  for (const std::size_t at : {13, 11})
    text.insert(at, ":");
  for (const std::size_t at : {6, 4})
    text.insert(at, "-");
  return parse_time(text).micros;
}

std::string claim_date(std::string_view id) {
  return std::string{id.substr(0, 4)} + '-' + std::string{id.substr(4, 2)} + '-' + std::string{id.substr(6, 2)};
}

std::string directory_name(const ClaimDirectory& directory) {
  std::string name = directory.id;
  if (directory.part > 0)
    name += k_part + std::to_string(directory.part);
  if (directory.crashes > 0)
    name += std::string{k_crashed} + std::to_string(directory.crashes);
  return name;
}

std::optional<ClaimDirectory> parse_directory_name(std::string_view name) {
  ClaimDirectory directory{std::string{name.substr(0, k_form.size())}};
  std::string_view rest = name.substr(directory.id.size());
  if (!is_claim_id(directory.id))
    return {};
  const auto number = [&](std::string_view mark, unsigned& out) {
    if (!rest.starts_with(mark))
      return;
    rest.remove_prefix(mark.size());
    const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
    if (fault == std::errc{})
      rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  };
  number({&k_part, 1}, directory.part);
  number(k_crashed, directory.crashes);
  return directory_name(directory) == name ? std::optional{directory} : std::nullopt;
}

}  // namespace longshore::spool
