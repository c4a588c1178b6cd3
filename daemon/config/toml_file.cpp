#include "config/toml_file.hpp"

#include "base/text.hpp"
#include "base/toml.hpp"
#include "config/suggestion.hpp"

#include <algorithm>
#include <utility>

namespace longshore::config {
namespace {

// Returns the value as the text of a flag, or nullopt if its type does not fit the setting.
std::optional<std::string> text_of_type(const toml::node& node, Kind kind) {
  if (const auto* text = node.as_string(); text && kind != Kind::count && kind != Kind::yes)
    return text->get();
  if (const auto* list = node.as_array(); list && kind == Kind::names) {
    std::string names;
    for (const toml::node& name : *list) {
      if (!name.is_string())
        return {};
      names += (names.empty() ? "" : ",") + name.as_string()->get();
    }
    return names;
  }
  if (const auto* number = node.as_integer();
      number && (kind == Kind::count || kind == Kind::size || kind == Kind::limit))
    return std::to_string(number->get());
  if (const auto* boolean = node.as_boolean(); boolean && kind == Kind::yes)
    return boolean->get() ? "true" : "false";
  return {};
}

std::string_view example_of(Kind kind) {
  switch (kind) {
  case Kind::count:
    return "4";
  case Kind::size:
    return "\"4MiB\", or a number of bytes";
  case Kind::limit:
    return "\"1%\", or a number";
  case Kind::duration:
    return "\"2s\"";
  case Kind::path:
    return "\"/srv/landing\"";
  case Kind::names:
    return "[\"objects_detection\"]";
  case Kind::text:
  case Kind::database:
  case Kind::word:
    break;
  case Kind::yes:
    return "true";
  }
  return "\"text in quotes\"";
}

std::string type_of(const toml::node& node) {
  if (node.is_table())
    return "table";
  if (node.is_array())
    return "list";
  if (node.is_integer())
    return "whole number";
  if (node.is_floating_point())
    return "number with a fraction";
  if (node.is_boolean())
    return "boolean";
  return node.is_string() ? "string" : "date or time";
}

std::string_view wanted_type(Kind kind) {
  switch (kind) {
  case Kind::count:
    return "whole number";
  case Kind::size:
    return "size";
  case Kind::limit:
    return "limit";
  case Kind::duration:
    return "duration";
  case Kind::names:
    return "list of names";
  case Kind::path:
  case Kind::text:
  case Kind::database:
  case Kind::word:
    break;
  case Kind::yes:
    return "boolean";
  }
  return "string";
}

FileValue read_value(const std::string& path, const toml::key& key, const toml::node& node) {
  const Setting* setting = find_setting(key.str());
  if (!setting || setting->is_of_one_run()) {
    const std::string hint =
        setting ? "it is not a setting, only a flag of `longshore run`: " + flag_of(*setting)
                : did_you_mean(key.str(), setting_keys(), "`longshore config show` lists the settings");
    throw settings_error(toml_place(path, key.source()), "unknown setting \"" + escape(key.str()) + "\"", hint);
  }
  const std::string place = toml_place(path, node.source());
  const auto text = text_of_type(node, setting->kind);
  if (!text)
    throw settings_error(
        place, std::string{key.str()} + " is a " + type_of(node) + ", not a " + std::string{wanted_type(setting->kind)},
        "for example " + std::string{key.str()} + " = " + std::string{example_of(setting->kind)});
  return {setting, *text, place};
}

}  // namespace

Error settings_error(const std::string& place, const std::string& what, std::string hint) {
  return Error(Fault::fatal, place + ": " + what).with_hint(std::move(hint)).exits(Exit::config);
}

std::vector<FileValue> parse_settings(std::string_view text, const std::string& path) {
  const toml::table root = parse_toml(text, path);
  // in the order of the file, so that its first fault is reported
  std::vector<std::pair<const toml::key*, const toml::node*>> members;
  for (const auto& [key, node] : root)
    members.emplace_back(&key, &node);
  std::ranges::sort(members, {}, [](const auto& member) { return member.first->source().begin.line; });
  std::vector<FileValue> values;
  values.reserve(members.size());
  for (const auto& [key, node] : members)
    values.push_back(read_value(path, *key, *node));
  return values;
}

std::vector<FileValue> read_settings_file(const std::string& path) {
  return parse_settings(read_toml_file(path), path);
}

}  // namespace longshore::config
