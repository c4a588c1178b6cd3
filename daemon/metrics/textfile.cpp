#include "metrics/textfile.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <exception>

namespace longshore::metrics {
namespace {

constexpr unsigned k_mode = 0644;  // the collector runs as another user, and reads only *.prom

}  // namespace

Textfile::~Textfile() { write(); }

void Textfile::tick(const observe::Situation& /*situation*/) {
  if (Clock::now() >= m_next_write)
    write();
}

void Textfile::write() noexcept {
  m_next_write = Clock::now() + k_interval;
  try {
    replace_file(m_path, m_metrics.text(Metrics::Scope::without_process), k_mode);  // written again within 15 s
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
