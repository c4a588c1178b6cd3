// Small file systems that a test fills, makes read-only or unmounts. They are mounted in a private mount namespace of
// the test program, which the daemons that it starts share. They vanish with the test program, even if it crashes.
#pragma once

#include <optional>
#include <string>

namespace longshore::test {

class Mount {
 public:
  // Whether this process may mount file systems.
  static bool is_allowed();
  // Mounts a tmpfs on an existing directory; options as for mount(8): "size=64k,nr_inodes=20". Empty if mounts are not
  // allowed; then the test case counts as skipped.
  static std::optional<Mount> tmpfs(const std::string& directory, const std::string& options = "size=16m");
  // Mounts a directory at a second place.
  static std::optional<Mount> bind(const std::string& directory, const std::string& place);
  ~Mount();
  Mount(Mount&& other) noexcept : m_directory(std::move(other.m_directory)), m_kind(other.m_kind) {
    other.m_directory.clear();
  }

  // Remounts the tmpfs with other options, for example a larger size.
  void resize(const std::string& options) const;
  void read_only(bool is_read_only) const;
  // Works while the file system is in use: open files stay usable.
  void unmount();

 private:
  enum class Kind { tmpfs, bind };
  Mount(std::string directory, Kind kind) : m_directory(std::move(directory)), m_kind(kind) {}

  std::string m_directory;  // empty: not mounted
  Kind m_kind;
};

// Appends to the file until its file system is full to the last byte.
void fill(const std::string& path);

}  // namespace longshore::test
