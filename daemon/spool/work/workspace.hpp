// The work directory: .work/<instance>, a lock on it that dies with the process, and the claims in it. A claim is the
// rename out of landing that makes files ours; (claim id, file name) is their identity, on disk and in the ledger.
//
// Threads: claim() and adopt() are for the main thread; open(), finish() and path() may be called by any thread at any
// time.
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
  std::vector<Candidate> files;  // what was claimed; size and mtime as they were after the rename
  // Shared, so that files of the claim can be opened after the work directory was replaced.
  std::shared_ptr<const InstanceDirectory> instance_directory;
  // get() makes the renames durable. Not valid: they are durable already.
  std::shared_future<void> durable{};
};

class Workspace {
 public:
  // Takes the first of <host_label>-1, -2 … whose lock is free. prepare() must have passed. Throws system_error.
  Workspace(const Directories& directories, std::string host_label);
  ~Workspace();

  // "host-1": never changes.
  const std::string& instance() const { return m_instance; }

  // Moves the candidates into a claim of their own. Those that are gone, or have another size or mtime than the
  // candidate says, are left out silently: landing will show them again when they are still. What cannot be renamed is
  // left out with one warning. Without any file the claim is empty. The renames are not
  // durable yet: see make_durable(). Throws Error{transient} when the surroundings fail: files that were moved already come back by
  // adopt(); Error{fatal} when work and landing are no longer one mount, or somebody else took our place in it.
  Claim claim(std::span<const Candidate> candidates);

  // To be called before anything of the claim is committed: returns when no power cut takes its renames back. Any thread, and several
  // at once. Throws Error{transient}.
  void make_durable(const Claim& claim) const;

  // Claims without an owner: our own of an earlier life, at the first call, and at each call those of every instance
  // whose lock is free, which are moved into ours. The files of one that a process crashed over come one by one, under the
  // same id. Cheap when there are none. Throws Error{transient}.
  std::vector<Claim> adopt();

  // A claimed file for reading. Throws Error{bad_file} when it is no regular file (any more), else system_error; with
  // code() ENOENT the file is not in the work directory.
  Fd open(const Claim& claim, const std::string& name) const;
  Fd open(const Claim& claim, const std::string& name, struct stat& st) const;  // and what it is
  // Removes the claim's directory if nothing is left in it; one such stays for the next claim.
  void finish(const Claim& claim) const;
  // Where the file is, escaped: for messages.
  static std::string path(const Claim& claim, const std::string& name);
  // The file as it is now; nullopt: it is not in its claim (any more). Throws system_error.
  static std::optional<Candidate> look(const Claim& claim, const std::string& name);

 private:
  void make_claim_directory(const std::string& id);
  std::optional<std::string> take_spare(const InstanceDirectory& instance_directory) const;
  void check_instance_directory();
  void keep_mount();
  void find_left_overs();
  void take_over(int work, const std::string& instance);
  std::optional<Candidate> move_in(int landing, const std::string& id, const Candidate& candidate);
  void hand_out(const std::string& directory, std::vector<Claim>& adopted);
  Claim claim_in(const std::string& directory);
  void one_by_one(Claim claim, std::vector<Claim>& adopted);
  std::vector<Candidate> files_of(const std::string& name_of_directory);
  void leave(const std::string& path, std::string_view why);

  Directories m_directories;
  std::string m_instance;
  std::shared_ptr<const InstanceDirectory> m_instance_directory;
  std::vector<std::string> m_left_over;  // directories in m_instance_directory that adopt() has still to return
  std::int64_t m_last_id = 0;            // microseconds: the ids of one process never go back
  SeenBefore m_told;
  mutable std::mutex m_spare_mutex;
  mutable std::shared_ptr<const InstanceDirectory> m_spare_parent;
  mutable std::optional<std::string> m_spare;  // an empty directory in it, of a claim that is finished
};

}  // namespace longshore::spool
