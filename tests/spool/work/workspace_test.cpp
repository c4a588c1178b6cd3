#include "spool/work/workspace.hpp"

#include "base/error.hpp"
#include "spool/scratch.hpp"
#include "support/skip.hpp"

#include <csignal>

namespace longshore::spool {
namespace {

std::string read(const Workspace& workspace, const Claim& claim, const std::string& name) {
  const Fd file = workspace.open(claim, name);
  std::string content(100, '\0');
  content.resize(read_some(file.get(), content, name));
  return content;
}

// A daemon that claims and is killed. Its claim id is not known here.
void die_with_claim(const Scratch& scratch, const std::string& label, const std::vector<Candidate>& candidates) {
  const int status = in_child([&] {
    Workspace workspace{scratch.directories, label};
    const Claim claim = workspace.claim(candidates);
    ::kill(::getpid(), SIGKILL);
  });
  REQUIRE(WIFSIGNALED(status));
}

}  // namespace

TEST_CASE("the directory of a finished claim is used for the next one, and none remains at the end") {
  const Scratch scratch;
  const std::string instance = scratch.directories.work + "/host-1";
  {
    Workspace workspace{scratch.directories, "host"};
    const auto claim_and_finish = [&](const std::string& name) {
      const Claim claim = workspace.claim(scratch.write_candidates({name}));
      CHECK(names_in(instance) == std::vector<std::string>{claim.id});
      std::filesystem::remove(instance + "/" + claim.id + "/" + name);
      workspace.finish(claim);
      struct stat st {};
      REQUIRE(::lstat((instance + "/" + claim.id).c_str(), &st) == 0);
      return st.st_ino;
    };
    CHECK(claim_and_finish("a.json") == claim_and_finish("b.json"));
  }
  CHECK(names_in(instance).empty());
}

TEST_CASE("a claim moves files out of landing under their own names") {
  const Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  const std::vector<std::string> names = {"a.json", "new\nline.json", "\xff.json", std::string(250, 'n') + ".json"};
  const auto candidates = scratch.write_candidates(names);
  const Claim claim = workspace.claim(candidates);
  CHECK(names_of(claim.files) == names);
  CHECK(claim.files[0].size == k_document.size());
  CHECK(names_in(scratch.directories.landing) == std::vector<std::string>{".work"});
  for (const auto& name : names)
    CHECK(read(workspace, claim, name) == k_document);
  CHECK(workspace.path(claim, "new\nline.json") ==
        scratch.directories.work + "/host-1/" + claim.id + "/new\\x0aline.json");
  for (const auto& name : names)
    std::filesystem::remove(scratch.directories.work + "/host-1/" + claim.id + "/" + name);
  workspace.finish(claim);
  CHECK(names_in(scratch.directories.work + "/host-1/" + claim.id).empty());
}

TEST_CASE("removed and changed candidates are left out, and an empty claim's directory is used again") {
  const Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  auto candidates = scratch.write_candidates({"gone.json", "grown.json", "same.json"});
  std::filesystem::remove(scratch.in_landing("gone.json"));
  std::ofstream{scratch.in_landing("grown.json"), std::ios::app} << "more";
  CHECK(names_of(workspace.claim(candidates).files) == std::vector<std::string>{"same.json"});
  CHECK(std::filesystem::exists(scratch.in_landing("grown.json")));
  candidates.pop_back();
  CHECK(workspace.claim(candidates).files.empty());
  CHECK(workspace.claim({}).files.empty());
  CHECK(workspace.claim(candidates).files.empty());
  CHECK(names_in(scratch.directories.work + "/host-1").size() == 2);
}

TEST_CASE("a link or a FIFO in place of a candidate is not claimed") {
  const Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  std::filesystem::create_symlink("/etc/passwd", scratch.in_landing("link.json"));
  REQUIRE(::mkfifo(scratch.in_landing("fifo.json").c_str(), 0600) == 0);
  const std::vector<Candidate> candidates = {scratch.candidate("link.json"), scratch.candidate("fifo.json")};
  CHECK(workspace.claim(candidates).files.empty());
  CHECK(std::filesystem::is_symlink(scratch.in_landing("link.json")));
}

TEST_CASE("links and FIFOs that were put into a claim are not opened") {
  const Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  const Claim claim = workspace.claim(scratch.write_candidates({"a.json"}));
  const std::string directory = scratch.directories.work + "/host-1/" + claim.id;
  std::filesystem::create_symlink("/etc/passwd", directory + "/link.json");
  REQUIRE(::mkfifo((directory + "/fifo.json").c_str(), 0600) == 0);
  for (const char* name : {"link.json", "fifo.json"})
    try {
      workspace.open(claim, name);
      FAIL(name);
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::bad_file);
    }
  try {
    workspace.open(claim, "missing.json");
    FAIL("missing.json");
  } catch (const Error& error) {
    CHECK(error.code() == "ENOENT");
  }
}

TEST_CASE("the claim ids of one process always increase") {
  const Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  std::string last;
  for (int i = 0; i < 20; ++i) {
    const Claim claim = workspace.claim(scratch.write_candidates({"a.json"}));
    CHECK(claim.id > last);
    last = claim.id;
  }
}

TEST_CASE("a second daemon takes the next number, and neither adopts the other's claims") {
  const Scratch scratch;
  Workspace first{scratch.directories, "host"};
  Workspace second{scratch.directories, "host"};
  CHECK(first.instance() == "host-1");
  CHECK(second.instance() == "host-2");
  const auto candidates = scratch.write_candidates({"a.json"});
  const Claim claim = first.claim(candidates);
  CHECK(claim.files.size() == 1);
  CHECK(second.claim(candidates).files.empty());
  CHECK(second.adopt().empty());
  CHECK(first.adopt().empty());
  CHECK(read(first, claim, "a.json") == k_document);
}

TEST_CASE("a daemon that starts again adopts the claims of its earlier run, once") {
  const Scratch scratch;
  die_with_claim(scratch, "host", scratch.write_candidates({"a.json", "b.json"}));
  Workspace workspace{scratch.directories, "host"};
  CHECK(workspace.instance() == "host-1");
  const auto adopted = workspace.adopt();
  REQUIRE(adopted.size() == 1);
  CHECK(names_of(adopted[0].files) == std::vector<std::string>{"a.json", "b.json"});
  CHECK(read(workspace, adopted[0], "b.json") == k_document);
  CHECK(workspace.adopt().empty());
}

TEST_CASE("a claim of this run is not adopted") {
  const Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  const Claim claim = workspace.claim(scratch.write_candidates({"a.json"}));
  CHECK(workspace.adopt().empty());
}

TEST_CASE("the claims of a killed daemon with another name are adopted, and its directory is removed") {
  const Scratch scratch;
  die_with_claim(scratch, "container-7f3a", scratch.write_candidates({"a.json"}));
  die_with_claim(scratch, "container-9c11", scratch.write_candidates({"b.json"}));
  Workspace workspace{scratch.directories, "here"};
  const auto adopted = workspace.adopt();
  REQUIRE(adopted.size() == 2);
  CHECK(names_of(adopted[0].files) == std::vector<std::string>{"a.json"});
  CHECK(names_of(adopted[1].files) == std::vector<std::string>{"b.json"});
  CHECK(read(workspace, adopted[1], "b.json") == k_document);
  CHECK(names_in(scratch.directories.work) == std::vector<std::string>{"here-1"});
}

TEST_CASE("a claim that failed half way is returned by adopt()") {
  const Scratch scratch;
  const auto candidates = scratch.write_candidates({"a.json"});
#ifdef LONGSHORE_CRASH_POINTS
  Workspace workspace{scratch.directories, "host"};
  ::setenv("LONGSHORE_FAIL_AT", "after_claim:1-1000", 1);
  CHECK_THROWS_AS(workspace.claim(candidates), Error);
  ::unsetenv("LONGSHORE_FAIL_AT");
  const auto adopted = workspace.adopt();
  REQUIRE(adopted.size() == 1);
  CHECK(names_of(adopted[0].files) == std::vector<std::string>{"a.json"});
#else
  test::skip_case("built without LONGSHORE_CRASH_POINTS");
#endif
}

TEST_CASE("F38: adoption skips empty claims and leaves foreign entries in the work directory") {
  const Scratch scratch;
  const std::string work = scratch.directories.work;
  std::filesystem::create_directories(work + "/dead-1/20261121T040512.123456Z-5f3a09c1");
  std::filesystem::create_directories(work + "/dead-1/by hand");
  std::filesystem::create_directories(work + "/dead-2/20261121T040512.123456Z-5f3a09c2");
  std::filesystem::create_symlink("/etc/passwd", work + "/dead-2/20261121T040512.123456Z-5f3a09c2/link.json");
  std::ofstream{work + "/note.txt"} << "x";
  std::filesystem::create_directory_symlink("/etc", work + "/etc");
  Workspace workspace{scratch.directories, "host"};
  CHECK(workspace.adopt().empty());
  CHECK(workspace.adopt().empty());
  CHECK(names_in(work) == std::vector<std::string>{"dead-1", "etc", "host-1", "note.txt"});
  CHECK(names_in(work + "/dead-1") == std::vector<std::string>{"by hand"});
  // the first one is kept for the next claim
  CHECK(names_in(work + "/host-1") ==
        std::vector<std::string>{"20261121T040512.123456Z-5f3a09c1", "20261121T040512.123456Z-5f3a09c2"});
}

TEST_CASE("a work directory replaced with its landing directory is locked again, and old claims stay readable") {
  const Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  const Claim before = workspace.claim(scratch.write_candidates({"a.json"}));
  std::filesystem::rename(scratch.directories.landing, scratch.root + "/old");
  CHECK(workspace.adopt().empty());  // landing does not exist
  std::filesystem::create_directory(scratch.directories.landing);
  const Claim after = workspace.claim(scratch.write_candidates({"b.json"}));
  CHECK(names_of(after.files) == std::vector<std::string>{"b.json"});
  CHECK(read(workspace, before, "a.json") == k_document);
  CHECK(read(workspace, after, "b.json") == k_document);
}

}  // namespace longshore::spool
