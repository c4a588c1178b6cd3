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

// Whoever reads finds the old one or the new one. Nothing is synced: after a power cut the next one is not far.
void replace(const std::string& path, const std::string& text) {
  const std::string passing = path + ".tmp";  // the collector reads only *.prom
  const Fd fd{::open(passing.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644)};
  if (!fd)
    throw system_error(errno, "open " + escape(passing));
  ::fchmod(fd.get(), 0644);  // the collector is another user, whatever our umask
  write_all(fd.get(), text, "write " + escape(passing));
  if (::rename(passing.c_str(), path.c_str()) != 0)
    throw system_error(errno, "rename to " + escape(path));
}

}  // namespace

Textfile::~Textfile() { write(); }

void Textfile::tick(const observe::Situation& /*situation*/) {
  if (Clock::now() >= m_next)
    write();
}

void Textfile::write() noexcept {
  m_next = Clock::now() + k_pause;
  try {
    replace(m_path, m_metrics.text(Metrics::Scope::without_process));
    if (m_is_hindered)
      log::info("metrics are written to {} again", escape(m_path));
    m_is_hindered = false;
  } catch (const std::exception& error) {
    if (!m_is_hindered)
      log::error("metrics cannot be written, which is tried again: {}", error.what());
    m_is_hindered = true;
  }
}

}  // namespace longshore::metrics
