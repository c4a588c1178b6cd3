// Claims of files in directories of landing: the claim has the same directories.
#include "spool/archive/archive.hpp"
#include "spool/scratch.hpp"
#include "spool/work/claims.hpp"
#include "spool/work/workspace.hpp"

namespace longshore::spool {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

std::vector<Candidate> write_below(const Scratch& scratch, const Names& names) {
  for (const std::string& name : names)
    fs::create_directories(fs::path{scratch.in_landing(name)}.parent_path());
  return scratch.write_candidates(names);
}

std::string instance_path(const Scratch& scratch, int number = 1) {
  return scratch.directories.work + "/host-" + std::to_string(number) + "/";
}

}  // namespace

TEST_CASE("a claim mirrors the directories of landing, and leaves them there") {
  const Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  const Names names = {"veh1/a.json", "veh2/a.json", "b.json", "x/y/c.json"};
  const Claim claim = workspace.claim(write_below(scratch, names));
  CHECK(names_of(claim.files) == names);
  CHECK(claim.directories == Names{"x/y", "", "veh1", "veh2", "x"});
  workspace.make_durable(claim);
  for (const std::string& name : names) {
    CHECK(fs::exists(instance_path(scratch) + claim.id + "/" + name));
    CHECK(!fs::exists(scratch.in_landing(name)));
    CHECK(workspace.open(claim, name));
  }
  CHECK(fs::is_directory(scratch.in_landing("x/y")));

  for (const std::string& name : names)
    fs::remove(instance_path(scratch) + claim.id + "/" + name);
  workspace.finish(claim);
  CHECK(fs::is_empty(instance_path(scratch) + claim.id));  // kept for the next claim
  const Claim next = workspace.claim(write_below(scratch, {"veh1/b.json"}));
  CHECK(names_in(instance_path(scratch)) == Names{next.id});
}

TEST_CASE("a claim leaves out files whose directory is gone, was replaced by a link, or is a file now") {
  const Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  const auto candidates = write_below(scratch, {"gone/a.json", "link/a.json", "file/a.json", "good/a.json"});
  fs::remove_all(scratch.in_landing("gone"));
  fs::rename(scratch.in_landing("link"), scratch.root + "/outside");
  fs::create_directory_symlink(scratch.root + "/outside", scratch.in_landing("link"));
  fs::remove_all(scratch.in_landing("file"));
  scratch.write("file");
  const Claim claim = workspace.claim(candidates);
  CHECK(names_of(claim.files) == Names{"good/a.json"});
  CHECK(fs::exists(scratch.root + "/outside/a.json"));
}

TEST_CASE("a directory out of which files cannot be moved does not stop the claim of the others") {
  const Scratch scratch;
  const auto candidates = write_below(scratch, {"fixed/a.json", "good/a.json"});
  CHECK(as_ordinary_user(scratch, [&] {
    Workspace workspace{scratch.directories, "host"};
    fs::permissions(scratch.in_landing("fixed"), fs::perms::owner_read | fs::perms::owner_exec);
    const Claim claim = workspace.claim(candidates);
    fs::permissions(scratch.in_landing("fixed"), fs::perms::owner_all);
    return names_of(claim.files) == Names{"good/a.json"};
  }));
}

TEST_CASE("the claims of an ended instance are adopted with their directories") {
  const Scratch scratch;
  std::string id;
  {
    Workspace ended{scratch.directories, "host"};
    id = ended.claim(write_below(scratch, {"veh1/a.json", "veh2/a.json"})).id;
    fs::create_directories(instance_path(scratch) + "20261121T040512.123456Z-5f3a09c1/veh3");  // killed before a rename
  }
  fs::rename(instance_path(scratch), scratch.directories.work + "/other-1");
  Workspace workspace{scratch.directories, "host"};
  const auto adopted = workspace.adopt();
  REQUIRE(adopted.size() == 1);
  CHECK(adopted[0].id == id);
  CHECK(adopted[0].files.size() == 2);
  for (const Candidate& file : adopted[0].files)
    CHECK(workspace.open(adopted[0], file.name));
  CHECK(!fs::exists(instance_path(scratch) + "20261121T040512.123456Z-5f3a09c1/veh3"));
}

TEST_CASE("a claim that crashed is split, and each part has the directories of its file") {
  const Scratch scratch;
  const std::string id = "20261121T040512.123456Z-5f3a09c1";
  const std::string claim = instance_path(scratch) + id + ".crashed-1/";
  for (const char* name : {"veh1/a.json", "veh2/a.json"}) {
    fs::create_directories((fs::path{claim} / name).parent_path());
    std::ofstream{claim + name} << k_document;
  }
  Workspace workspace{scratch.directories, "host"};
  const auto adopted = workspace.adopt();
  REQUIRE(adopted.size() == 2);
  for (const Claim& part : adopted) {
    CHECK(part.id == id);
    REQUIRE(part.files.size() == 1);
    CHECK(part.directories == Names{part.files[0].name.substr(0, 4), ""});
    CHECK(workspace.open(part, part.files[0].name));
  }
  CHECK(fs::is_empty(claim));  // kept for the next claim
}

TEST_CASE("a claim becomes durable after another job removed one of its directories") {
  const Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  const Claim claim = workspace.claim(write_below(scratch, {"veh1/a.json", "x/y/b.json"}));
  CHECK(claim.directories.front() == "x/y");
  CHECK(return_to_landing(claim, "x/y/b.json", scratch.directories.landing) == Returned::done);
  workspace.finish(claim);
  CHECK(!fs::exists(instance_path(scratch) + claim.id + "/x"));
  CHECK_NOTHROW(workspace.make_durable(claim));
  CHECK(workspace.open(claim, "veh1/a.json"));
}

TEST_CASE("commands see the files of a claim by their path") {
  const Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  const Claim claim = workspace.claim(write_below(scratch, {"veh2/a.json", "veh1/a.json", "a.json"}));
  Names seen;
  for_each_claimed(scratch.directories.work, [&](const ClaimedFile& file) { seen.push_back(file.entry.name); });
  CHECK(seen == Names{"a.json", "veh1/a.json", "veh2/a.json"});
  CHECK(instance_with(scratch.directories.work, claim.id, "veh1/a.json") == "host-1");
  CHECK(instance_with(scratch.directories.work, claim.id, "a.json/b").empty());
}

TEST_CASE("a file returns to its directory in landing, which is created if it is gone") {
  const Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  const Claim claim = workspace.claim(write_below(scratch, {"veh1/x/a.json", "veh2/a.json", "veh3/a.json"}));
  const std::string& landing = scratch.directories.landing;
  fs::remove_all(scratch.in_landing("veh1"));
  CHECK(return_to_landing(claim, "veh1/x/a.json", landing) == Returned::done);
  CHECK(content_of(scratch.in_landing("veh1/x/a.json")) == k_document);
  CHECK(is_in_landing(landing, "veh1/x/a.json"));
  CHECK(return_to_landing(claim, "veh1/x/a.json", landing) == Returned::gone);

  scratch.write("veh2/a.json");
  CHECK(return_to_landing(claim, "veh2/a.json", landing) == Returned::taken);
  fs::remove_all(scratch.in_landing("veh3"));
  scratch.write("veh3");  // a file has the name of its directory
  CHECK(return_to_landing(claim, "veh3/a.json", landing) == Returned::taken);
  CHECK(!is_in_landing(landing, "veh3/a.json"));
  CHECK(workspace.open(claim, "veh3/a.json"));
}

}  // namespace longshore::spool
