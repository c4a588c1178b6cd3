#include "housekeeping/file_faults.hpp"

namespace longshore::housekeeping {

// No SQLSTATE and no name of SQLite begins with an E.
bool is_of_system(const Error& error) { return error.code().starts_with('E'); }

void FileFaults::guard(const std::string& what, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    if (!is_of_system(error) || error.fault() == Fault::unavailable)
      throw;
    if (m_count++ == 0)
      m_first = what + ": " + error.what();
  }
}

void FileFaults::report() const {
  if (m_count > 1)
    throw Error{Fault::transient, m_first + " (and " + std::to_string(m_count - 1) + " more)"};
  if (m_count == 1)
    throw Error{Fault::transient, m_first};
}

}  // namespace longshore::housekeeping
