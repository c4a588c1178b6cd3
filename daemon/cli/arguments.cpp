// Parses the words of a command with cxxopts. Values stay text; the command interprets them.
#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "config/suggestion.hpp"

#include <cxxopts.hpp>

#include <algorithm>
#include <charconv>

namespace longshore::cli {
namespace {

std::string flag_name(std::string_view key) { return config::flag_of(*config::find_setting(key)).substr(2); }

cxxopts::Options options_of(const Command& command) {
  cxxopts::Options options{"longshore"};
  const auto add = [&](std::string_view name, bool takes_value) {
    options.add_options()(std::string{name}, "", takes_value ? cxxopts::value<std::string>() : cxxopts::value<bool>());
  };
  for (const Flag& flag : command.flags)
    add(flag.name, !flag.argument.empty());
  for (const std::string_view key : command.settings)
    add(flag_name(key), config::find_setting(key)->kind != config::Kind::yes);
  if (!command.settings.empty())
    add("config", true);
  // unmatched words are the arguments, and unknown options, which are reported with a suggestion
  options.allow_unrecognised_options();
  return options;
}

std::string help_hint(const Command& command) { return "longshore " + std::string{command.name} + " --help"; }

Error unknown_flag(const Command& command, const std::string& word) {
  std::vector<std::string> names = {"help"};
  for (const Flag& flag : command.flags)
    names.emplace_back(flag.name);
  for (const std::string_view key : command.settings)
    names.push_back(flag_name(key));
  if (!command.settings.empty())
    names.emplace_back("config");
  for (std::string& name : names)
    name.insert(0, "--");
  const std::string flag = word.substr(0, word.find('='));
  return usage_error("unknown option " + escape_clipped(flag, 100),
                     config::did_you_mean(flag, std::vector<std::string_view>{names.begin(), names.end()},
                                          help_hint(command) + " lists the options"));
}

// The message of cxxopts without its capital and quotes: "option --limit is missing an argument". Only the first and
// the last quote are from cxxopts: from 3.2 on it uses straight quotes, which a value may contain too.
std::string plain(std::string text) {
  const bool is_about_option = text.starts_with("Option ");
  if (is_about_option || text.starts_with("Argument "))
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  if (const auto last = text.rfind(cxxopts::RQUOTE); last != std::string::npos)
    text.replace(last, cxxopts::RQUOTE.size(), is_about_option ? "" : "\"");
  if (const auto first = text.find(cxxopts::LQUOTE); first != std::string::npos)
    text.replace(first, cxxopts::LQUOTE.size(), is_about_option ? "--" : "\"");
  return escape_clipped(text, 300);
}

}  // namespace

Error usage_error(const std::string& what, std::string hint) {
  return Error(Fault::fatal, what).with_hint(std::move(hint)).exits(Exit::usage);
}

Arguments::Arguments(const Command& command, const std::vector<std::string>& words) {
  const auto end_of_flags = std::ranges::find(words, "--");
  parse_flags(command, {words.begin(), end_of_flags});
  if (end_of_flags != words.end())
    m_positional.insert(m_positional.end(), end_of_flags + 1, words.end());
  if (m_positional.size() < command.least_arguments)
    throw usage_error("missing argument " + std::string{command.arguments}, help_hint(command));
  if (m_positional.size() > command.most_arguments)
    throw usage_error("unexpected argument \"" + escape_clipped(m_positional[command.most_arguments], 100) + "\"",
                      help_hint(command));
}

void Arguments::parse_flags(const Command& command, const std::vector<std::string>& words) try {
  std::vector<const char*> argv = {"longshore"};
  for (const std::string& word : words)
    argv.push_back(word.c_str());
  cxxopts::Options options = options_of(command);
  const cxxopts::ParseResult result = options.parse(static_cast<int>(argv.size()), argv.data());
  for (const std::string& word : result.unmatched()) {
    if (word.size() > 1 && word[0] == '-')
      throw unknown_flag(command, word);
    m_positional.push_back(word);
  }
  const auto take = [&](const std::string& name, bool takes_value, auto& values, std::string_view key) {
    if (result.count(name) > 0 && takes_value)
      values[std::string{key}] = result[name].as<std::string>();
    else if (result.count(name) > 0 && result[name].as<bool>())
      values[std::string{key}] = "";
  };
  for (const Flag& flag : command.flags)
    take(std::string{flag.name}, !flag.argument.empty(), m_values, flag.name);
  for (const std::string_view key : command.settings)
    take(flag_name(key), config::find_setting(key)->kind != config::Kind::yes, m_settings, key);
  if (!command.settings.empty())
    take("config", true, m_values, "config");
} catch (const cxxopts::exceptions::exception& error) {
  throw usage_error(plain(error.what()), help_hint(command));
}

std::optional<std::string> Arguments::value(std::string_view flag) const {
  const auto found = m_values.find(flag);
  return found == m_values.end() ? std::nullopt : std::optional{found->second};
}

std::string Arguments::value_or(std::string_view flag, std::string fallback) const {
  return value(flag).value_or(std::move(fallback));
}

std::uint64_t Arguments::count(std::string_view flag, std::uint64_t fallback, std::uint64_t least,
                               std::uint64_t most) const {
  const auto text = value(flag);
  if (!text)
    return fallback;
  std::uint64_t number = 0;
  const auto [rest, fault] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (fault != std::errc{} || rest != text->data() + text->size() || number < least || number > most)
    throw usage_error("--" + std::string{flag} + ": \"" + escape_clipped(*text, 100) +
                          "\" is not a whole number from " + std::to_string(least) + " to " + std::to_string(most),
                      "for example --" + std::string{flag} + " " + std::to_string(fallback));
  return number;
}

config::Loaded Arguments::settings() const {
  config::Loaded loaded = settings_again();
  log::start(loaded.config.log_level);
  for (const std::string& warning : loaded.warnings)
    log::warn("{}", warning);
  return loaded;
}

config::Loaded Arguments::settings_again() const {
  return config::load(config::process_sources(value("config"), m_settings));
}

}  // namespace longshore::cli
