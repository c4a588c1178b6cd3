// The files that an export writes: compressed by suffix, and named only when all of them are complete and synced.
#pragma once

#include "base/nameless_file.hpp"
#include "base/packer.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::admin {

struct ExportedFile {
  std::string path;  // "-": standard output
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;  // as written
};

// Every fault of a file is thrown as Error{fatal} with the exit code cannot_create or io_error, and the code of errno.
class ExportFiles {
 public:
  explicit ExportFiles(Compression compression) : m_compression(compression) {}
  ExportFiles(const ExportFiles&) = delete;

  // Ends the file before and begins the next one. "-" is standard output. What exists at `path` and is no regular file
  // (a pipe, a device) is written into. A symbolic link stays, and its target is replaced. `directory`, on the same
  // file system, must exist already; that of `path` is created by publish().
  void begin(const std::string& path, const std::string& directory);
  // To the file begun last.
  void write(std::string_view text);
  void count_row() { ++m_files.back().written.rows; }
  // Gives all files their names, in the order in which they were begun, and lists them. If it throws in between, those
  // before have their names.
  std::vector<ExportedFile> publish();

 private:
  struct File {
    ExportedFile written;
    std::unique_ptr<NamelessFile> nameless;  // null: standard output, a pipe or a device
    Fd special;
    int fd = -1;
  };

  void open(File& file, const std::string& directory) const;
  void end();

  Compression m_compression;
  std::vector<File> m_files;
  std::unique_ptr<Packer> m_packer;  // of the last file
};

}  // namespace longshore::admin
