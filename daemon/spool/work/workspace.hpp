// The claims of this process in .work/<instance>. A claim renames files out of the landing directory, so that no other
// daemon takes them; (claim id, file name) identifies a file on disk and in the ledger. The process owns the instance
// directory as long as it has the lock on it, which the kernel releases when the process ends.
//
// Threads: claim() and adopt() are for the main thread; any thread may call the rest at any time.
#pragma once

#include "base/fd.hpp"
#include "spool/candidate.hpp"
#include "spool/directories.hpp"
#include "spool/seen_before.hpp"
#include "spool/work/claim_id.hpp"
#include "spool/work/instance_directory.hpp"

#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::spool {

struct Claim {
  std::string id;
  ClaimDirectory directory;
  std::vector<Candidate> files;  // with size and mtime after the rename
  // Shared, so that files of the claim can be opened after the work directory was replaced.
  std::shared_ptr<const InstanceDirectory> instance_directory;
  // get() makes the renames durable. Not valid: they are durable already.
  std::shared_future<void> durable{};
  // The directories of its files below the claim's directory, "" for that itself; the one that was changed last comes
  // first. Empty if all files are directly in it. The files of landing/a/b are in a/b.
  std::vector<std::string> directories{};

  // The file's path below the instance directory.
  std::string entry(const std::string& name) const;
};

class Workspace {
 public:
  // Takes the first of <host_label>-1, -2 … whose lock is free. Call prepare() before. Throws system_error.
  Workspace(const Directories& directories, std::string host_label);
  ~Workspace();

  // "host-1"; does not change.
  const std::string& instance() const { return m_instance; }

  // Moves the candidates into a new claim; the claim is empty if none could be moved. A file that does not exist any
  // more, or whose size or mtime differs from the candidate's, is left out: Landing shows it again later. A file that
  // cannot be renamed is left out with one warning. The renames are not durable yet: see make_durable(). Throws
  // Error{transient} if the directories fail: adopt() then returns the files that were moved. Throws Error{fatal} if
  // work and landing are no longer on one mount, or if another daemon has taken the instance directory.
  Claim claim(std::span<const Candidate> candidates);

  // Call before a transaction with files of the claim commits: afterwards a power cut does not undo its renames.
  // Several threads may call it at once. Throws Error{transient}.
  void make_durable(const Claim& claim) const;

  // Returns the claims without an owner. The first call returns those of an earlier run of this instance. Every call
  // moves the claims of instances whose lock is free into this instance's directory and returns them. A claim with a
  // crash count is split: each file is returned as a claim of its own with the same id. Cheap if there are none. Throws
  // Error{transient}.
  std::vector<Claim> adopt();

  // Opens a claimed file for reading. Throws Error{bad_file} if it is not a regular file (any more), else system_error;
  // its code() is ENOENT if the file is not in the work directory.
  Fd open(const Claim& claim, const std::string& name) const;
  Fd open(const Claim& claim, const std::string& name, struct stat& st) const;  // with its stat
  // The same, but returns no descriptor if the file is not in the work directory.
  Fd open_if_there(const Claim& claim, const std::string& name, struct stat& st) const;
  // Removes the claim's directory if there is no file in it. One empty directory is kept for the next claim.
  void finish(const Claim& claim) const;
  // The path of the file, escaped, for messages.
  static std::string path(const Claim& claim, const std::string& name);
  // The size and mtime of the file now; nullopt if it is not in its claim (any more). Throws system_error.
  static std::optional<Candidate> look(const Claim& claim, const std::string& name);

 private:
  struct MadeDirectories;

  void make_claim_directory(const std::string& id);
  bool reuse_spare(const std::string& id) const;
  void remove_subdirectories(const Claim& claim) const;
  void check_instance_directory();
  void follow_mount();
  void find_own_claims();
  void adopt_instance(int work, const std::string& instance);
  std::optional<Candidate> move_in(int landing, const std::string& id, const Candidate& candidate,
                                   MadeDirectories& directories);
  void adopt_directory(const std::string& directory, std::vector<Claim>& adopted);
  Claim claim_in(const std::string& directory);
  void split_crashed(Claim claim, std::vector<Claim>& adopted);
  void add_files(Claim& claim);
  void sync_subdirectories(const Claim& claim) const;
  void log_once(const std::string& path, std::string_view why);

  Directories m_directories;
  std::string m_instance;
  std::shared_ptr<const InstanceDirectory> m_instance_directory;
  std::vector<std::string> m_to_adopt;  // claim directories that adopt() returns next
  std::int64_t m_last_id = 0;           // microseconds: the ids of one process only rise
  SeenBefore m_logged;
  mutable std::mutex m_spare_mutex;  // for the next two
  mutable std::shared_ptr<const InstanceDirectory> m_spare_parent;
  mutable std::optional<std::string> m_spare;  // an empty claim directory in it, to be used again
};

}  // namespace longshore::spool
