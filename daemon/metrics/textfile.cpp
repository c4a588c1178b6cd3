#include "metrics/textfile.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <cerrno>
#include <cstdio>
#include <exception>

#include <fcntl.h>
#include <sys/stat.h>

namespace longshore::metrics {
namespace {

// A reader sees the old file or the new one. Not synced: after a power cut the next one is written within 15 s.
void replace(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".tmp";  // the collector reads only *.prom
  const Fd fd{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644)};
  if (!fd)
    throw system_error(errno, "open " + escape(temporary));
  ::fchmod(fd.get(), 0644);  // the collector runs as another user
  write_all(fd.get(), text, "write " + escape(temporary));
  if (::rename(temporary.c_str(), path.c_str()) != 0)
    throw system_error(errno, "rename to " + escape(path));
}

}  // namespace

Textfile::~Textfile() { write(); }

void Textfile::tick(const observe::Situation& /*situation*/) {
  if (Clock::now() >= m_next_write)
    write();
}

void Textfile::write() noexcept {
  m_next_write = Clock::now() + k_interval;
  try {
    replace(m_path, m_metrics.text(Metrics::Scope::without_process));
    if (m_is_failing)
      log::info("metrics file is written again: {}", escape(m_path));
    m_is_failing = false;
  } catch (const std::exception& error) {
    if (!m_is_failing)
      log::error("metrics file cannot be written, retrying: {}", error.what());
    m_is_failing = true;
  }
}

}  // namespace longshore::metrics
