// The log, on standard error: with journald's <N> priorities if it reads the stream, otherwise as text.
// One info line per file, each error once, steps at debug, SQL at trace.
// Callers escape file names and values, so that they can be unescaped. Here other unprintable characters are escaped.
#pragma once

#include <spdlog/spdlog.h>

#include <string>

namespace longshore::log {

// Takes "error", "warn", "info", "debug", "trace" or "off"; throws Error{fatal} for another word. Call once, before any
// thread.
void start(const std::string& level);
// Takes the same words.
void set_level(const std::string& level);

template <class... A>
void error(spdlog::format_string_t<A...> text, A&&... values) {
  spdlog::error(text, std::forward<A>(values)...);
}
template <class... A>
void warn(spdlog::format_string_t<A...> text, A&&... values) {
  spdlog::warn(text, std::forward<A>(values)...);
}
template <class... A>
void info(spdlog::format_string_t<A...> text, A&&... values) {
  spdlog::info(text, std::forward<A>(values)...);
}
template <class... A>
void debug(spdlog::format_string_t<A...> text, A&&... values) {
  spdlog::debug(text, std::forward<A>(values)...);
}

}  // namespace longshore::log
