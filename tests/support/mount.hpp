// File systems of a test's own: small ones, to be filled, made read-only and taken away. They are mounted in a name space of
// the test program, which the daemons that it starts share and nobody else sees; they end with it, however it ends.
#pragma once

#include <optional>
#include <string>

namespace longshore::test {

class Mount {
 public:
  // Whether this process may mount file systems.
  static bool is_allowed();
  // A tmpfs on a directory that is there; options as for mount(8): "size=64k,nr_inodes=20". Nothing where mounting is not
  // allowed, and the test says so.
  static std::optional<Mount> tmpfs(const std::string& directory, const std::string& options = "size=16m");
  // A directory once more, at another place.
  static std::optional<Mount> bind(const std::string& directory, const std::string& place);
  ~Mount();
  Mount(Mount&& other) noexcept : m_directory(std::move(other.m_directory)), m_kind(other.m_kind) {
    other.m_directory.clear();
  }

  // Other options for the same tmpfs: more room.
  void resize(const std::string& options) const;
  void read_only(bool is_read_only) const;
  // Even while it is in use: who has it open keeps it.
  void unmount();

 private:
  enum class Kind { tmpfs, bind };
  Mount(std::string directory, Kind kind) : m_directory(std::move(directory)), m_kind(kind) {}

  std::string m_directory;  // empty: not mounted
  Kind m_kind;
};

// Writes into the file until its file system has no room for another byte.
void fill(const std::string& path);

}  // namespace longshore::test
