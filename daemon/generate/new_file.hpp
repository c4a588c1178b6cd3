// Writes a file under a hidden temporary name; commit() renames it. So the directory may be a landing directory.
// Without commit() the destructor removes the file.
#pragma once

#include "base/fd.hpp"
#include "base/packer.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace longshore::generate {

class NewFile {
 public:
  // Appends the suffix of the compression to the name. Throws system_error.
  NewFile(const std::string& directory, std::string name, Compression compression);
  ~NewFile();
  NewFile(const NewFile&) = delete;

  void write(std::string_view bytes) { m_packer->write(bytes, false); }
  // Throws Error{fatal, Exit::cannot_create} if a file of that name exists.
  void commit();

 private:
  Fd m_directory;
  std::string m_name;
  std::string m_temporary;
  Fd m_file;
  std::unique_ptr<Packer> m_packer;
  bool m_committed = false;
};

}  // namespace longshore::generate
