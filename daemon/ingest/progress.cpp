#include "ingest/progress.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

#include <cstdio>
#include <string>

#include <unistd.h>

namespace longshore::ingest {
namespace {

constexpr std::chrono::milliseconds k_interval{250};

std::string duration(double seconds) {
  char text[32];
  if (seconds < 60)
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  else
    std::snprintf(text, sizeof text, "%d:%02d min", static_cast<int>(seconds) / 60, static_cast<int>(seconds) % 60);
  return text;
}

}  // namespace

RunProgress::RunProgress(const Context& context)
    : m_context(context), m_is_shown(context.config.once && ::isatty(STDERR_FILENO)) {}

std::optional<std::chrono::steady_clock::time_point> RunProgress::next() const {
  return m_is_shown ? std::optional{m_next} : std::nullopt;
}

std::uint64_t RunProgress::files_done() const {
  return files(store::Status::loaded) + files(store::Status::partial) + files(store::Status::failed) +
         files(store::Status::duplicate);
}

double RunProgress::seconds() const { return std::chrono::duration<double>(Clock::now() - m_start).count(); }

void RunProgress::show(spool::Landing& landing) {
  if (!m_is_shown || Clock::now() < m_next)
    return;
  m_next = Clock::now() + k_interval;
  std::uint64_t bytes_waiting = 0;
  for (const spool::Candidate& candidate : landing.ready())
    bytes_waiting += candidate.size;
  const double rate = static_cast<double>(m_context.totals.bytes) / std::max(seconds(), 0.001);
  std::string line = human_count(files_done()) + " files, " + human_count(m_context.totals.rows) + " rows, " +
                     human_bytes(static_cast<double>(m_context.totals.bytes)) + ", " + human_bytes(rate) + "/s, " +
                     human_count(landing.ready().size()) + " waiting";
  if (bytes_waiting > 0 && rate > 0)
    line += ", about " + duration(static_cast<double>(bytes_waiting) / rate) + " left";
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
}

Exit RunProgress::conclude(spool::Landing& landing, std::uint64_t still_claimed) {
  if (m_is_shown)
    std::fputs("\r\x1b[K", stderr);
  const auto waiting = landing.waiting();
  const std::uint64_t left = waiting.files + landing.ready().size() + still_claimed;
  std::string line = human_count(files_done()) + " files: " + human_count(files(store::Status::loaded)) + " loaded, " +
                     human_count(files(store::Status::partial)) + " partial, " +
                     human_count(files(store::Status::failed)) + " failed, " +
                     human_count(files(store::Status::duplicate)) + " duplicate";
  if (files(store::Status::unrouted) > 0)
    line += ", " + human_count(files(store::Status::unrouted)) + " without a feed";
  line += "; " + human_count(m_context.totals.rows) + " rows, " + human_count(m_context.totals.duplicates) +
          " duplicates, " + human_count(m_context.totals.rejects) + " rejects; " +
          human_bytes(static_cast<double>(m_context.totals.bytes)) + " in " + duration(seconds());
  std::puts(line.c_str());
  if (left > 0) {
    log::warn("{} files were not finished{}", left,
              waiting.open > 0              ? ": some are open for writing"
              : waiting.truncated_documents ? ": some end too early and may still be written"
                                            : "");
    for (const std::string& name : waiting.young)
      log::warn("left in the landing directory: {}", escape(name));
  }
  std::fflush(stdout);

  const bool failed =
      files(store::Status::failed) > 0 || (m_context.config.strict && files(store::Status::partial) > 0);
  if (failed)
    return Exit::bad_data;
  return left > 0 || m_context.stop != Stop::no ? Exit::left_over : Exit::ok;
}

}  // namespace longshore::ingest
