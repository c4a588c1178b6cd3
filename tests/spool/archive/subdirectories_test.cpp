// The archive of files in directories of landing: processed/ and failed/ have the same directories.
#include "base/error.hpp"
#include "spool/archive/archive.hpp"
#include "spool/archive/archive_listing.hpp"
#include "spool/scratch.hpp"

#include <set>

namespace longshore::spool {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

struct Fixture {
  Claim claim(const Names& names) {
    for (const std::string& name : names)
      fs::create_directories(fs::path{scratch.in_landing(name)}.parent_path());
    return workspace.claim(scratch.write_candidates(names));
  }
  bool is_at(const std::string& place) const { return fs::is_regular_file(archive.resolve(place)); }

  Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  Archive archive{scratch.directories};
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "processed/ mirrors the directories of landing") {
  const Claim c = claim({"veh1/a.json", "veh2/a.json", "x/y/z.json"});
  const std::string day = "processed/" + claim_date(c.id);
  for (const Candidate& file : c.files) {
    const std::string place = archive.choose(Shelf::processed, c, file.name);
    CHECK(place == day + "/" + file.name);
    CHECK(archive.move(c, file.name, place, ""));
    CHECK(archive.move(c, file.name, place, ""));  // again after a crash
    CHECK(archive.open(place, c.id));
    CHECK(archive.find(place, c.id) == place);
  }
  archive.sync();
  workspace.finish(c);
  CHECK(is_at(day + "/x/y/z.json"));
}

TEST_CASE_FIXTURE(Fixture, "a place whose directory is a file, or whose name is a directory, is taken") {
  const Claim first = claim({"veh"});
  const std::string day = "processed/" + claim_date(first.id);
  CHECK(archive.move(first, "veh", archive.choose(Shelf::processed, first, "veh"), ""));

  const Claim second = claim({"veh/a.json"});
  const std::string aside = day + "/" + second.id + "/veh/a.json";
  CHECK(archive.choose(Shelf::processed, second, "veh/a.json") == aside);
  CHECK(!archive.move(second, "veh/a.json", day + "/veh/a.json", ""));
  CHECK(archive.aside(day + "/veh/a.json", second) == aside);
  CHECK(archive.move(second, "veh/a.json", aside, ""));
  CHECK(!archive.find(day + "/veh/none.json", ""));

  const Claim third = claim({"other/a.json"});
  CHECK(archive.move(third, "other/a.json", archive.choose(Shelf::processed, third, "other/a.json"), ""));
  fs::remove_all(scratch.in_landing("other"));
  const Claim fourth = claim({"other"});
  CHECK(archive.choose(Shelf::processed, fourth, "other") == day + "/" + fourth.id + "/other");
}

TEST_CASE_FIXTURE(Fixture, "a failed file has its reason beside it, and returns to its directory") {
  const Claim c = claim({"veh1/a.json"});
  const std::string place = archive.choose(Shelf::failed, c, "veh1/a.json");
  CHECK(place == "failed/" + claim_date(c.id) + "/" + c.id + "/veh1/a.json");
  archive.write_reason(c, place, "head\nwhy\n");
  CHECK(archive.move(c, "veh1/a.json", place, ""));
  archive.sync();
  CHECK(content_of(archive.resolve(place) + ".reason.txt") == "head\nwhy\n");
  fs::remove_all(scratch.in_landing("veh1"));
  CHECK(archive.return_to_landing(place, "head") == Returned::done);
  CHECK(fs::exists(scratch.in_landing("veh1/a.json")));
  CHECK(names_in(scratch.directories.failed + "/" + claim_date(c.id)).empty());
}

TEST_CASE_FIXTURE(Fixture, "a directory with the name of a reason file keeps its place") {
  const Claim c = claim({"veh1/a.json"});
  const std::string place = archive.choose(Shelf::failed, c, "veh1/a.json");
  CHECK(archive.move(c, "veh1/a.json", place, ""));
  fs::create_directory(archive.resolve(place) + ".reason.txt");
  archive.write_reason(c, place, "head\nwhy\n");
  const std::string directory = fs::path{archive.resolve(place)}.parent_path();
  Names others = names_in(directory);
  std::erase_if(others, [](const std::string& name) { return name.starts_with("a.json"); });
  REQUIRE(others.size() == 1);
  CHECK(content_of(directory + "/" + others[0]) == "head\nwhy\n");
  CHECK(archive.return_to_landing(place, "head") == Returned::done);
  CHECK(names_in(directory) == Names{"a.json.reason.txt"});
}

TEST_CASE_FIXTURE(Fixture, "a directory that cannot be opened ends the listing of its day") {
  const std::string day = scratch.directories.processed + "/2026-01-01";
  fs::create_directories(day + "/closed");
  std::ofstream{day + "/a.json"} << k_document;
  CHECK(as_ordinary_user(scratch, [&] {
    fs::permissions(day + "/closed", fs::perms::none);
    std::string code;
    try {
      for_each_archived(scratch.directories, Shelf::processed, "2026-01-01", [](const ArchivePlace&) {});
    } catch (const Error& error) {
      code = error.code();
    }
    fs::permissions(day + "/closed", fs::perms::owner_all);
    return code == "EACCES";
  }));
}

TEST_CASE_FIXTURE(Fixture, "the files of a large claim in many directories are moved with one rename") {
  Names names;
  for (std::size_t i = 0; i < k_large_claim; ++i)
    names.push_back("veh" + std::to_string(i % 7) + "/x/" + std::to_string(i) + ".json");
  const Claim c = claim(names);
  std::set<std::string_view> all;
  for (const std::string& name : names)
    all.insert(name);
  const std::string source = scratch.directories.work + "/host-1/" + c.id;
  const std::string strange = source + "/veh1/strange";
  std::ofstream{strange} << "x";
  CHECK(!archive.move_together(c, all));
  fs::remove(strange);
  fs::create_directories(source + "/empty/x");  // of a file that went to failed/
  REQUIRE(archive.move_together(c, all));
  for (const std::string& name : names)
    CHECK(is_at(archive.choose(Shelf::processed, c, name, names.size())));
  const std::string day = scratch.directories.processed + "/" + claim_date(c.id);
  CHECK(!fs::exists(day + "/" + c.id + "/empty"));
  for (const char* below : {"", "/veh1", "/veh1/x"})
    CHECK(fs::status(day + "/" + c.id + below).permissions() == fs::status(day).permissions());
}

TEST_CASE_FIXTURE(Fixture, "the archive keeps few directories open, however many it writes to") {
  Names names;
  for (int i = 0; i < 300; ++i)
    names.push_back("d" + std::to_string(i) + "/a.json");
  const Claim c = claim(names);
  for (const std::string& name : names)
    REQUIRE(archive.move(c, name, archive.choose(Shelf::processed, c, name), ""));
  const auto open = std::distance(fs::directory_iterator{"/proc/self/fd"}, fs::directory_iterator{});
  CHECK(open < 200);
  archive.sync();
}

}  // namespace longshore::spool
