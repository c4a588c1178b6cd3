// A setting's names, and the conversion of its value from and to text.
#include "config/setting.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include "config/suggestion.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <type_traits>

namespace longshore::config {
namespace {

std::string quoted(std::string_view text) { return '"' + escape_clipped(text, 256) + '"'; }

std::vector<std::string_view> split_words(std::string_view words) {
  std::vector<std::string_view> out;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    out.push_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

std::string joined_words(std::string_view words) {
  std::string text{words};
  std::ranges::replace(text, ' ', '|');
  return text;
}

struct Number {
  std::optional<std::uint64_t> value;
  std::string_view kind;  // for the message
  std::string_view example;
};

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc{} || rest != end)
    return {};
  return value;
}

Number parse_number(Kind kind, std::string_view text) {
  if (kind == Kind::size)
    return {parse_size(text), "size", "4MiB, 64kB, 10GB, or a number of bytes"};
  if (kind == Kind::count)
    return {parse_count(text), "whole number", "4"};
  Number number{{}, "duration", "500ms, 2s, 5m, 1h"};
  if (const auto duration = parse_duration(text))
    number.value = static_cast<std::uint64_t>(duration->count());
  return number;
}

std::string number_text(Kind kind, std::uint64_t value) {
  if (kind == Kind::size)
    return format_size(value);
  if (kind == Kind::duration)
    return format_duration(std::chrono::milliseconds{static_cast<std::int64_t>(value)});
  return std::to_string(value);
}

// Converts the number to the type of the setting's member.
void put_number(Config& config, const Setting& setting, std::uint64_t value) {
  std::visit(
      [&](auto member) {
        using Value = std::remove_reference_t<decltype(config.*member)>;
        if constexpr (std::is_same_v<Value, std::chrono::milliseconds>)
          config.*member = std::chrono::milliseconds{static_cast<std::int64_t>(value)};
        else if constexpr (!std::is_same_v<Value, std::string>)
          config.*member = static_cast<Value>(value);
      },
      setting.member);
}

bool is_off(const Setting& setting, std::string_view text) {
  return setting.kind != Kind::word && !setting.words.empty() && text == setting.words;
}

std::optional<Refusal> assign_number(Config& config, const Setting& setting, std::string_view text) {
  if (is_off(setting, text)) {
    put_number(config, setting, 0);
    return {};
  }
  if (auto refusal = setting.check ? setting.check(text) : std::nullopt)
    return refusal;
  const Number number = parse_number(setting.kind, text);
  if (!number.value)
    return Refusal{quoted(text) + " is not a " + std::string{number.kind},
                   "for example " + std::string{number.example}};
  if (*number.value < setting.least || *number.value > setting.most)
    return Refusal{quoted(text) + " is out of range", "from " + number_text(setting.kind, setting.least) + " to " +
                                                          number_text(setting.kind, setting.most)};
  put_number(config, setting, *number.value);
  return {};
}

std::string absolute(std::string_view path, const std::string& base) {
  std::string text = (std::filesystem::path{base} / path).lexically_normal();
  while (text.size() > 1 && text.ends_with('/'))
    text.pop_back();
  return text;
}

std::optional<Refusal> refuse_text(const Setting& setting, std::string_view text) {
  if (text.empty() || text.find('\0') != std::string_view::npos)
    return Refusal{"is empty", "remove it for the default, " + default_of(setting)};
  if (is_off(setting, text) || !setting.check)
    return {};
  return setting.check(text);
}

std::optional<Refusal> assign_text(Config& config, const Setting& setting, std::string_view text,
                                   const std::string& base) {
  static constexpr std::string_view k_sqlite = "sqlite:";
  if (auto refusal = refuse_text(setting, text))
    return refusal;
  auto& member = config.*std::get<std::string Config::*>(setting.member);
  if (setting.kind == Kind::path && !is_off(setting, text))
    member = absolute(text, base);
  else if (setting.kind == Kind::database && text.starts_with(k_sqlite) && text.size() > k_sqlite.size() &&
           !text.starts_with("sqlite://"))  // not a path: refused when all settings are known
    member = std::string{k_sqlite} + absolute(text.substr(k_sqlite.size()), base);
  else
    member = text;
  return {};
}

std::optional<Refusal> assign_limit(Config& config, const Setting& setting, std::string_view text) {
  if (!parse_limit(text))
    return Refusal{quoted(text) + " is not a limit", "a whole number, or a share from 0% to 100%: 100, 1%, 0.5%"};
  config.*std::get<std::string Config::*>(setting.member) = text;
  return {};
}

std::optional<Refusal> assign_word(Config& config, const Setting& setting, std::string_view text) {
  const auto words = split_words(setting.words);
  if (std::ranges::find(words, text) == words.end())
    return Refusal{quoted(text) + " is not one of " + joined_words(setting.words),
                   did_you_mean(text, words, "choose one of them")};
  config.*std::get<std::string Config::*>(setting.member) = text;
  return {};
}

std::optional<Refusal> assign_names(Config& config, const Setting& setting, std::string_view text) {
  std::string names;
  for (const std::string& name : names_in(text)) {
    if (auto refusal = setting.check ? setting.check(name) : std::nullopt)
      return refusal;
    names += (names.empty() ? "" : ",") + name;
  }
  config.*std::get<std::string Config::*>(setting.member) = names;
  return {};
}

// The flag on the command line has no value.
std::optional<Refusal> assign_yes(Config& config, const Setting& setting, std::string_view text) {
  if (!text.empty() && text != "true" && text != "false")
    return Refusal{quoted(text) + " is not true or false", "for example true"};
  config.*std::get<bool Config::*>(setting.member) = text != "false";
  return {};
}

}  // namespace

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(", "), list.size());
    if (end > 0)
      names.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return names;
}

std::string flag_of(const Setting& setting) {
  std::string flag = "--" + std::string{setting.key};
  std::ranges::replace(flag, '_', '-');
  return flag;
}

std::string environment_of(const Setting& setting) {
  std::string name = "LONGSHORE_" + std::string{setting.key};
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return name;
}

std::string argument_of(const Setting& setting) {
  switch (setting.kind) {
  case Kind::path:
  case Kind::text:
  case Kind::database:
    return std::string{setting.argument};
  case Kind::word:
    return joined_words(setting.words);
  case Kind::names:
    return std::string{setting.argument} + ",...";
  case Kind::count:
    return "N";
  case Kind::size:
    return "SIZE";
  case Kind::limit:
    return "N|N%";
  case Kind::duration:
    return "TIME";
  case Kind::yes:
    return "";
  }
  return "";
}

std::string default_of(const Setting& setting) {
  return setting.fallback.empty() ? text_of(Config{}, setting) : std::string{setting.fallback};
}

std::optional<Refusal> assign(Config& config, const Setting& setting, std::string_view text, const std::string& base) {
  switch (setting.kind) {
  case Kind::path:
  case Kind::text:
  case Kind::database:
    return assign_text(config, setting, text, base);
  case Kind::word:
    return assign_word(config, setting, text);
  case Kind::names:
    return assign_names(config, setting, text);
  case Kind::limit:
    return assign_limit(config, setting, text);
  case Kind::count:
  case Kind::size:
  case Kind::duration:
    return assign_number(config, setting, text);
  case Kind::yes:
    return assign_yes(config, setting, text);
  }
  return {};
}

std::string text_of(const Config& config, const Setting& setting) {
  return std::visit(
      [&](auto member) -> std::string {
        using Value = std::remove_cvref_t<decltype(config.*member)>;
        if constexpr (std::is_same_v<Value, std::string>)
          return config.*member;
        else if constexpr (std::is_same_v<Value, bool>)
          return config.*member ? "true" : "false";
        else if constexpr (std::is_same_v<Value, std::chrono::milliseconds>)
          return !setting.words.empty() && config.*member == Value{0} ? std::string{setting.words}
                                                                      : format_duration(config.*member);
        else
          return number_text(setting.kind, config.*member);
      },
      setting.member);
}

}  // namespace longshore::config
