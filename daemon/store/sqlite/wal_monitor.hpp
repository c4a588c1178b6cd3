// Runs a checkpoint after a commit, as SQLite's default hook does, and warns when the write-ahead log grows. While a
// reader uses an old snapshot of the database, SQLite cannot restart the log, and each commit extends it. Warns each
// time the size of the log doubles.
#pragma once

#include <cstdint>
#include <string>

struct sqlite3;

namespace longshore::store::sqlite {

class WalMonitor {
 public:
  // Must live as long as the connection, at the same address.
  WalMonitor(sqlite3* connection, std::string path);
  WalMonitor(const WalMonitor&) = delete;

 private:
  static int after_commit(void* self, sqlite3* connection, const char* schema, int pages);
  void check_growth(int pages);

  std::string m_path;
  std::int64_t m_page_size;
  int m_pages = 0;               // size of the log after the previous commit
  std::int64_t m_warn_from = 0;  // bytes
};

}  // namespace longshore::store::sqlite
