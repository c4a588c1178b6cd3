// A file that appears whole: written under a hidden temporary name, renamed at the end; without commit() nothing remains.
// So it may be written straight into a landing directory.
#pragma once

#include "base/fd.hpp"
#include "generate/options.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace longshore::generate {

// Where the document's bytes go on their way to the file.
class Packer {
 public:
  virtual ~Packer() = default;
  virtual void write(std::string_view bytes, bool last) = 0;
};

class NewFile {
 public:
  // The name gets the suffix of the compression. Throws system_error.
  NewFile(const std::string& directory, std::string name, Compression compression);
  ~NewFile();
  NewFile(const NewFile&) = delete;

  void write(std::string_view bytes) { m_packer->write(bytes, false); }
  // Throws Error{fatal, Exit::cannot_create} when a file of that name is there.
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
