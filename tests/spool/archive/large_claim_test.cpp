// The files of a large claim are moved to processed/ with their directory.
#include "spool/archive/archive.hpp"
#include "spool/scratch.hpp"

#include <set>

#include <sys/xattr.h>

namespace longshore::spool {
namespace {

// An access list as `setfacl -d` writes it: version 2; owner, group and others may read and enter.
const std::string k_access_list{"\2\0\0\0"
                                "\1\0\5\0\377\377\377\377"
                                "\4\0\5\0\377\377\377\377"
                                "\40\0\5\0\377\377\377\377",
                                28};

// A claim of the least number of files that are moved together: "0.json", "1.json" …
struct LargeClaim {
  LargeClaim() {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < k_large_claim; ++i)
      names.push_back(std::to_string(i) + ".json");
    claim = workspace.claim(scratch.write_candidates(names));
    REQUIRE(claim.files.size() == k_large_claim);
    day = claim_date(claim.id);
  }

  std::set<std::string_view> names() const {
    std::set<std::string_view> all;
    for (const Candidate& file : claim.files)
      all.insert(file.name);
    return all;
  }
  std::string place(const std::string& name) const {
    return archive.choose(Shelf::processed, claim, name, k_large_claim);
  }
  bool move(const std::string& name) { return archive.move(claim, name, place(name), ""); }
  std::string source() const { return scratch.directories.work + "/host-1/" + claim.id; }
  std::string day_path() const { return scratch.directories.processed + "/" + day; }

  Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  Claim claim;
  std::string day;
  Archive archive{scratch.directories};
};

}  // namespace

TEST_CASE("the files of a large claim are moved together with their directory, which gets the archive's rights") {
  LargeClaim c;
  std::filesystem::create_directories(c.day_path());
  REQUIRE(::chown(c.day_path().c_str(), static_cast<uid_t>(-1), 12) == 0);
  REQUIRE(::chmod(c.day_path().c_str(), 02755) == 0);
  CHECK(c.archive.choose(Shelf::processed, c.claim, "1.json", k_large_claim - 1) == "processed/" + c.day + "/1.json");
  CHECK(c.archive.choose(Shelf::failed, c.claim, "1.json", k_large_claim) ==
        "failed/" + c.day + "/" + c.claim.id + "/1.json");
  CHECK(c.place("1.json") == "processed/" + c.day + "/" + c.claim.id + "/1.json");
  CHECK(c.archive.move_together(c.claim, c.names()));
  c.archive.sync();
  CHECK(names_in(c.scratch.directories.work + "/host-1").empty());
  CHECK(names_in(c.day_path()) == std::vector<std::string>{c.claim.id});
  CHECK(names_in(c.day_path() + "/" + c.claim.id).size() == k_large_claim);
  CHECK(content_of(c.archive.resolve(c.place("1.json"))) == k_document);
  struct stat st {};
  REQUIRE(::stat((c.day_path() + "/" + c.claim.id).c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 02755);
  CHECK(st.st_gid == 12);
  CHECK(c.move("1.json"));  // again, as after a crash
  CHECK(!c.archive.move_together(c.claim, c.names()));
  c.workspace.finish(c.claim);
}

TEST_CASE("F24: a large claim is not moved as a whole if the result would differ from moving single files") {
  LargeClaim c;
  SUBCASE("because of a foreign file") { std::ofstream{c.source() + "/stranger.json"} << k_document; }
  SUBCASE("because a file is missing") { std::filesystem::remove(c.source() + "/2.json"); }
  SUBCASE("because the target exists") { std::filesystem::create_directories(c.day_path() + "/" + c.claim.id); }
  SUBCASE("because directories in the archive inherit an access list") {
    std::filesystem::create_directories(c.day_path());
    REQUIRE(::setxattr(c.day_path().c_str(), "system.posix_acl_default", k_access_list.data(), k_access_list.size(),
                       0) == 0);
  }
  SUBCASE("because the archive is not writable") {
    std::filesystem::create_directories(c.day_path());
    REQUIRE(::chmod(c.day_path().c_str(), 0550) == 0);
  }
  CHECK(!c.archive.move_together(c.claim, c.names()));
  struct stat st {};
  REQUIRE(::stat(c.source().c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 0700);
  CHECK(c.move("1.json"));
  CHECK(content_of(c.archive.resolve(c.place("1.json"))) == k_document);
}

TEST_CASE("a claim does not inherit the upload group and access list of the landing directory") {
  Scratch scratch;
  const std::string work = scratch.directories.work;
  REQUIRE(::chown(work.c_str(), static_cast<uid_t>(-1), 12) == 0);
  REQUIRE(::chmod(work.c_str(), 02700) == 0);
  REQUIRE(::setxattr(work.c_str(), "system.posix_acl_default", k_access_list.data(), k_access_list.size(), 0) == 0);
  Workspace workspace{scratch.directories, "host"};
  const std::string claim = work + "/host-1/" + workspace.claim(scratch.write_candidates({"a.json"})).id;
  struct stat st {};
  REQUIRE(::stat(claim.c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 0700);
  CHECK(st.st_gid == ::getegid());
  CHECK(::getxattr(claim.c_str(), "system.posix_acl_access", nullptr, 0) < 0);
}

TEST_CASE("F24: no file is lost if a power cut left a claim's directory under two names") {
  LargeClaim c;
  REQUIRE(c.archive.move_together(c.claim, c.names()));
  std::filesystem::create_directory_symlink(c.day_path() + "/" + c.claim.id, c.source());
  CHECK(c.move("1.json"));
  CHECK(content_of(c.archive.resolve(c.place("1.json"))) == k_document);
}

}  // namespace longshore::spool
