#include "spool/claim_id.hpp"

#include "base/error.hpp"
#include "base/time.hpp"

#include <array>
#include <cerrno>
#include <cstdio>

#include <sys/random.h>

namespace longshore::spool {
namespace {

constexpr std::string_view k_form = "ddddddddTdddddd.ddddddZ-hhhhhhhh";  // d a digit, h a hex digit

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
  std::uint32_t chance = 0;
  if (::getrandom(&chance, sizeof chance, 0) != sizeof chance)
    throw system_error(errno, "getrandom");
  std::array<char, 16> tail{};
  std::snprintf(tail.data(), tail.size(), "-%08x", chance);
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

std::string claim_date(std::string_view id) {
  return std::string{id.substr(0, 4)} + '-' + std::string{id.substr(4, 2)} + '-' + std::string{id.substr(6, 2)};
}

}  // namespace longshore::spool
