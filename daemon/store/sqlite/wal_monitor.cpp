#include "store/sqlite/wal_monitor.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

#include <sqlite3.h>

#include <cstdlib>
#include <utility>

namespace longshore::store::sqlite {
namespace {

constexpr int k_checkpoint_pages = 1000;                      // SQLite's own default
constexpr std::int64_t k_warn_from = std::int64_t{16} << 20;  // bytes: four times the size of those pages

std::int64_t page_size_of(sqlite3* connection) {
  std::int64_t size = 4096;
  sqlite3_exec(
      connection, "pragma page_size",
      [](void* out, int, char** values, char**) {
        *static_cast<std::int64_t*>(out) = std::atoll(values[0]);
        return 0;
      },
      &size, nullptr);
  return size;
}

}  // namespace

WalMonitor::WalMonitor(sqlite3* connection, std::string path)
    : m_path(std::move(path)), m_page_size(page_size_of(connection)), m_warn_from(k_warn_from) {
  sqlite3_wal_hook(connection, &WalMonitor::after_commit, this);
}

// The commit is already done, so this always returns SQLITE_OK.
int WalMonitor::after_commit(void* self, sqlite3* connection, const char* schema, int pages) {
  static_cast<WalMonitor*>(self)->check_growth(pages);
  if (pages >= k_checkpoint_pages)
    sqlite3_wal_checkpoint_v2(connection, schema, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  return SQLITE_OK;
}

// One large transaction also makes a large log. So warn only if the next commit extends the log instead of restarting
// it.
void WalMonitor::check_growth(int pages) {
  const bool is_extended = pages > m_pages;
  const std::int64_t before = m_pages * m_page_size;
  m_pages = pages;
  if (!is_extended) {
    m_warn_from = k_warn_from;
    return;
  }
  if (before < m_warn_from)
    return;
  while (m_warn_from <= before)
    m_warn_from *= 2;
  log::warn(
      "the write-ahead log \"{}-wal\" has grown to {} MiB: another program has an open read transaction; the log grows "
      "until that ends",
      escape(m_path), pages * m_page_size >> 20);
}

}  // namespace longshore::store::sqlite
