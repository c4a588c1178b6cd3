// The log: one info line a file, errors once where they are settled, steps at debug, SQL at trace. Lines go to standard
// error: with journald's <N> priorities when it listens there, as text otherwise. Callers escape file names and values, so
// that they can be read back; whatever else of a message is not printable is escaped here.
#pragma once

#include <spdlog/spdlog.h>

#include <string>

namespace longshore::log {

// "error", "warn", "info", "debug", "trace", "off"; throws Error{fatal} for another word. Call once, before the threads.
void start(const std::string& level);
// One of the same words.
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
