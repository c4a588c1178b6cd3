#include "base/log.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cstdlib>
#include <memory>

#include <unistd.h>

namespace longshore::log {
namespace {

// sd-daemon(3): journald reads a syslog priority in angle brackets at the start of a line.
class Priority : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    static constexpr std::string_view k_prefix[] = {"<7>", "<7>", "<6>", "<4>", "<3>", "<2>", "<7>"};
    const auto& prefix = k_prefix[static_cast<std::size_t>(message.level)];
    out.append(prefix.data(), prefix.data() + prefix.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Priority>(); }
};

// Messages contain names, paths and text of other programs. Most of these are escaped where they enter the program.
// Here all others are escaped, so that no text can forge a log line or send a terminal escape.
class Text : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string text = printable({message.payload.data(), message.payload.size()});
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Text>(); }
};

}  // namespace

void start(const std::string& level) {
  const auto parsed = spdlog::level::from_str(level);
  if (parsed == spdlog::level::off && level != "off")
    throw Error(Fault::fatal, "unknown log level \"" + level + "\"")
        .with_hint("one of error, warn, info, debug, trace, off")
        .exits(Exit::usage);
  auto logger = std::make_shared<spdlog::logger>("longshore", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  const bool is_journal = std::getenv("JOURNAL_STREAM") && !::isatty(STDERR_FILENO);
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<Priority>('*').add_flag<Text>('_');
  formatter->set_pattern(is_journal ? "%*%_" : "%Y-%m-%dT%H:%M:%S.%eZ %-5l %_");
  logger->set_formatter(std::move(formatter));
  logger->set_level(parsed);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

void set_level(const std::string& level) { spdlog::set_level(spdlog::level::from_str(level)); }

}  // namespace longshore::log
