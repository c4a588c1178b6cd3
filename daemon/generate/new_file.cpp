#include "generate/new_file.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

namespace longshore::generate {

NewFile::NewFile(const std::string& directory, std::string name, Compression compression)
    : m_directory(open_directory(directory)), m_name(std::move(name.append(suffix_of(compression)))),
      m_temporary("." + m_name + ".part") {
  m_file =
      Fd{::openat(m_directory.get(), m_temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644)};
  if (!m_file)
    throw system_error(errno, "create " + m_temporary + " in " + directory);
  m_packer = packer_for(compression, k_fast_level, m_file.get(), m_name);
}

NewFile::~NewFile() {
  if (!m_committed)
    ::unlinkat(m_directory.get(), m_temporary.c_str(), 0);
}

void NewFile::commit() {
  m_packer->write("", true);
  if (::renameat2(m_directory.get(), m_temporary.c_str(), m_directory.get(), m_name.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno != EEXIST)
      throw system_error(errno, "rename to " + m_name);
    throw Error(Fault::fatal, "\"" + m_name + "\" already exists")
        .with_hint("the same options give the same files: use an empty directory, or another --seed and --start")
        .exits(Exit::cannot_create);
  }
  m_committed = true;
}

}  // namespace longshore::generate
