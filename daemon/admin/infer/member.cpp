#include "admin/infer/member.hpp"

#include "base/time.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace longshore::admin {
namespace {

// A whole number as JSON writes it: without a plus sign and without leading zeros, which mark a code.
std::optional<std::int64_t> integer_of(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || (digits[0] == '0' && text.size() > 1))
    return {};
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{number} : std::nullopt;
}

bool is_real(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || digits[0] < '0' || digits[0] > '9' ||
      (digits[0] == '0' && digits.size() > 1 && digits[1] != '.'))
    return false;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && text.back() != '.' && std::isfinite(number);
}

struct KnownForm {
  Form form;
  bool (*is_form_of)(std::string_view text);
};

constexpr KnownForm k_forms[] = {
    {Form::boolean, [](std::string_view text) { return text == "true" || text == "false"; }},
    {Form::integer, [](std::string_view text) { return integer_of(text).has_value(); }},
    {Form::real, is_real},
    {Form::date, [](std::string_view text) { return parse_date(text).days.has_value(); }},
    {Form::timestamp, [](std::string_view text) { return parse_time(text).micros.has_value(); }},
};

}  // namespace

void Scalars::see(const decode::Scalar& value) {
  using Kind = decode::Scalar::Kind;
  if (value.kind == Kind::null) {
    ++nulls;
    return;
  }
  if (value.kind == Kind::boolean)
    ++booleans;
  else if (value.kind == Kind::not_finite)
    ++reals, ++not_finite;
  else if (value.kind == Kind::number)
    see_number(value.text);
  else
    see_text(value.text);
}

void Scalars::see_number(std::string_view text) {
  if (const auto number = integer_of(text)) {
    ++integers;
    see_integer(*number);
  } else if (text.find_first_of(".eE") == std::string_view::npos) {
    ++too_big;
  } else {
    ++reals;
  }
}

void Scalars::see_text(std::string_view text) {
  if (text.empty()) {
    ++empties;
    return;
  }
  ++texts;
  longest = std::max(longest, text.size());
  for (const KnownForm& known : k_forms)
    if (const unsigned bit = 1U << static_cast<unsigned>(known.form); (forms & bit) != 0 && !known.is_form_of(text))
      forms &= ~bit;
  patterns = patterns == 0 ? 0 : patterns_of(text, patterns);
  if (all_texts_are(Form::integer))
    see_integer(*integer_of(text));
}

void Scalars::see_integer(std::int64_t number) {
  least = m_has_integer ? std::min(least, number) : number;
  greatest = m_has_integer ? std::max(greatest, number) : number;
  m_has_integer = true;
}

void Scalars::add(const Scalars& other) {
  nulls += other.nulls;
  booleans += other.booleans;
  integers += other.integers;
  reals += other.reals;
  not_finite += other.not_finite;
  texts += other.texts;
  empties += other.empties;
  too_big += other.too_big;
  longest = std::max(longest, other.longest);
  forms &= other.forms;
  patterns &= other.patterns;
  if (other.m_has_integer) {
    see_integer(other.least);
    see_integer(other.greatest);
  }
}

Member* Member::find(std::string_view member_name) const {
  const auto found = m_by_name.find(member_name);
  return found == m_by_name.end() ? nullptr : found->second;
}

Member& Member::append(std::unique_ptr<Member> member) {
  Member& appended = *members.emplace_back(std::move(member));
  m_by_name.emplace(appended.name, &appended);
  return appended;
}

void Member::add(Member&& other) {
  present += other.present;
  objects += other.objects;
  arrays += other.arrays;
  scalars.add(other.scalars);
  is_open = is_open || other.is_open;
  is_repeated = is_repeated || other.is_repeated;
  for (auto& member : other.members) {
    if (Member* mine = find(member->name))
      mine->add(std::move(*member));
    else
      append(std::move(member));
  }
  if (!other.element)
    return;
  if (element)
    element->add(std::move(*other.element));
  else
    element = std::move(other.element);
}

}  // namespace longshore::admin
