// The log, on standard error. If journald reads the stream, each line begins with a priority <N>; otherwise with time
// and level.
// Levels: one info line per file, each error once, steps at debug, SQL at trace.
// Callers escape file names and values with escape(), so that they can be unescaped. The log escapes all other
// unprintable characters.
#pragma once

#include <spdlog/spdlog.h>

#include <string>

namespace longshore::log {

// Accepts "error", "warn", "info", "debug", "trace" or "off"; throws Error{fatal} for any other word. Call it once,
// before the first thread starts.
void start(const std::string& level);
// Accepts the same words.
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
