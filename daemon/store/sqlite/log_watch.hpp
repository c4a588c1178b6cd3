// Checkpoints after commits, as SQLite does by itself, and a look at the write-ahead log: while somebody reads an old state of
// the database, the log cannot be begun anew and grows with each commit. That is said, each time that it has doubled.
#pragma once

#include <cstdint>
#include <string>

struct sqlite3;

namespace longshore::store::sqlite {

class LogWatch {
 public:
  // For as long as the connection is open; stays where it is.
  LogWatch(sqlite3* connection, std::string path);
  LogWatch(const LogWatch&) = delete;

 private:
  static int after_commit(void* self, sqlite3* connection, const char* schema, int pages);
  void look(int pages);

  std::string m_path;
  std::int64_t m_page_size;
  int m_pages = 0;               // in the log after the commit before
  std::int64_t m_warn_from = 0;  // bytes
};

}  // namespace longshore::store::sqlite
