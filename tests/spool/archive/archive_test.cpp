#include "spool/archive/archive.hpp"

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "spool/scratch.hpp"
#include "support/skip.hpp"

#include <future>

namespace longshore::spool {
namespace {

// One claimed file, and an archive for it.
struct Claimed {
  explicit Claimed(std::string file_name = "a.json", const std::string& archive_root = {},
                   const std::string& content = k_document)
      : name(std::move(file_name)) {
    auto directories = scratch.directories;
    if (!archive_root.empty()) {
      directories.processed = archive_root + "/processed";
      directories.failed = archive_root + "/failed";
    }
    archive = Archive{directories};
    claim = claim_one(content);
    day = claim_date(claim.id);
  }

  Claim claim_one(const std::string& content = k_document) {
    scratch.write(name, content);
    return workspace.claim(std::vector{scratch.candidate(name)});
  }
  bool move(const std::string& place) { return archive.move(claim, name, place, ""); }
  std::string failed() const { return scratch.directories.failed + "/" + day + "/" + claim.id; }
  std::string source() const { return scratch.directories.work + "/host-1/" + claim.id + "/" + name; }

  Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  std::string name;
  Claim claim;
  std::string day;
  Archive archive{scratch.directories};
};

bool is_same_device(const std::string& a, const std::string& b) {
  struct stat x {
  }, y{};
  return ::stat(a.c_str(), &x) == 0 && ::stat(b.c_str(), &y) == 0 && x.st_dev == y.st_dev;
}

std::string errno_of(const std::function<void()>& run) {
  try {
    run();
    return "none";
  } catch (const Error& error) {
    return error.code();
  }
}

}  // namespace

TEST_CASE("a file is moved under its own name into the directory of the claim's day") {
  Claimed c;
  const std::string place = c.archive.choose(Shelf::processed, c.claim, c.name);
  CHECK(place == "processed/" + c.day + "/a.json");
  CHECK(c.archive.resolve(place) == c.scratch.directories.processed + "/" + c.day + "/a.json");
  CHECK(c.move(place));
  c.archive.sync();
  CHECK(content_of(c.archive.resolve(place)) == k_document);
  CHECK(!std::filesystem::exists(c.source()));
}

TEST_CASE("a failed file's place is in its claim's sub-directory, which no other file can share") {
  Claimed c;
  const std::string place = c.archive.choose(Shelf::failed, c.claim, c.name);
  CHECK(place == "failed/" + c.day + "/" + c.claim.id + "/a.json");
  CHECK(c.archive.aside(place, c.claim) == place);
  CHECK(c.move(place));
  CHECK(content_of(c.archive.resolve(place)) == k_document);
  CHECK(c.archive.return_to_landing(place, "") == Returned::done);
  CHECK(names_in(c.scratch.directories.failed + "/" + c.day).empty());
}

TEST_CASE("a name of any bytes is kept in the archive and escaped in the ledger") {
  for (const std::string& name :
       {std::string{"new\nline.json"}, std::string{"\xff\xfe.json"}, std::string{"back\\slash \\x41.json"},
        std::string(250, 'n') + ".json", std::string(250, '\x01') + ".json"}) {
    Claimed c{name};
    const std::string place = c.archive.choose(Shelf::failed, c.claim, name);
    CHECK(place == "failed/" + c.day + "/" + c.claim.id + "/" + escape(name));
    CHECK(c.move(place));
    CHECK(names_in(c.failed()) == std::vector<std::string>{name});
    c.archive.write_reason(c.claim, place, "cut");
  }
}

TEST_CASE("a file whose name is taken goes into its claim's sub-directory") {
  Claimed c;
  const std::string first = c.archive.choose(Shelf::processed, c.claim, c.name);
  CHECK(c.move(first));
  c.claim = c.claim_one("{\"second\": 2}");
  const std::string place = c.archive.choose(Shelf::processed, c.claim, c.name);
  CHECK(place == "processed/" + c.day + "/" + c.claim.id + "/a.json");
  CHECK(c.move(place));
  CHECK(content_of(c.archive.resolve(first)) == k_document);
  CHECK(content_of(c.archive.resolve(place)) == "{\"second\": 2}");
}

TEST_CASE("a place that was taken after it was chosen is not replaced, and nothing is moved") {
  Claimed c;
  const std::string place = c.archive.choose(Shelf::processed, c.claim, c.name);
  std::filesystem::create_directories(c.scratch.directories.processed + "/" + c.day);
  std::ofstream{c.archive.resolve(place)} << "another";
  const std::string aside = "processed/" + c.day + "/" + c.claim.id + "/a.json";
  CHECK(!c.move(place));
  CHECK(content_of(c.archive.resolve(place)) == "another");
  CHECK(content_of(c.source()) == k_document);
  CHECK(c.archive.aside(place, c.claim) == aside);
  CHECK(c.move(aside));
  CHECK(content_of(c.archive.resolve(aside)) == k_document);
  CHECK(c.move(aside));  // again, as after a crash
}

TEST_CASE("moving a file again after it was moved succeeds") {
  Claimed c;
  const std::string place = c.archive.choose(Shelf::processed, c.claim, c.name);
  c.move(place);
  CHECK(c.move(place));
  CHECK(content_of(c.archive.resolve(place)) == k_document);
}

TEST_CASE("a move that was killed between link and unlink is completed") {
  Claimed c;
  const std::string place = c.archive.choose(Shelf::processed, c.claim, c.name);
  std::filesystem::create_directories(c.scratch.directories.processed + "/" + c.day);
  std::filesystem::create_hard_link(c.source(), c.archive.resolve(place));
  CHECK(c.move(place));
  CHECK(!std::filesystem::exists(c.source()));
  CHECK(content_of(c.archive.resolve(place)) == k_document);
}

TEST_CASE("a file that does not exist is an error, and one without a free place is not moved") {
  Claimed c;
  const std::string aside = "processed/" + c.day + "/" + c.claim.id + "/a.json";
  std::filesystem::create_directories(c.scratch.directories.processed + "/" + c.day + "/" + c.claim.id);
  std::ofstream{c.archive.resolve(aside)} << "another";
  CHECK(!c.move(aside));
  CHECK(std::filesystem::exists(c.source()));
  CHECK(content_of(c.archive.resolve(aside)) == "another");
  CHECK(errno_of([&] { c.archive.move(c.claim, "other.json", "failed/" + c.day + "/other.json", ""); }) == "ENOENT");
}

TEST_CASE("an archive directory that was removed during use is created again") {
  Claimed c;
  c.move(c.archive.choose(Shelf::processed, c.claim, c.name));
  std::filesystem::remove_all(c.scratch.directories.processed);
  c.claim = c.claim_one();
  const std::string place = c.archive.choose(Shelf::processed, c.claim, c.name);
  CHECK(errno_of([&] { c.move(place); }) == "ENOENT");  // transient: the next try succeeds
  CHECK(c.move(place));
  CHECK(content_of(c.archive.resolve(place)) == k_document);
}

TEST_CASE("a reason is written although its directory was removed during use") {
  Claimed c;
  const std::string place = c.archive.choose(Shelf::failed, c.claim, c.name);
  c.archive.write_reason(c.claim, place, "not loaded\nfirst");
  std::filesystem::remove_all(c.scratch.directories.failed);
  CHECK(errno_of([&] { c.archive.write_reason(c.claim, place, "not loaded\nfirst"); }) == "ENOENT");
  c.archive.write_reason(c.claim, place, "not loaded\nfirst");
  CHECK(names_in(c.failed()) == std::vector<std::string>{"a.json.reason.txt"});
}

TEST_CASE("X02: a text that is not a place in the archive is refused") {
  const Scratch scratch;
  const Archive archive{scratch.directories};
  for (const char* path : {"", "a.json", "processed/a.json", "work/2026-11-21/a.json", "processed/../../etc/passwd",
                           "processed/2026-11-21/..", "processed//a.json", "processed/2026-11-21/..\\x2f..\\x2fpasswd",
                           "processed/2026-11-21/x/../a.json", "/processed/2026-11-21/a.json"})
    CHECK_THROWS_AS_MESSAGE(archive.resolve(path), Error, path);
}

TEST_CASE("the reason is beside the file, complete, and is replaced when written again") {
  Claimed c;
  const std::string place = c.archive.choose(Shelf::failed, c.claim, c.name);
  CHECK(c.move(place));
  c.archive.write_reason(c.claim, place, "not loaded\nfirst");
  c.archive.write_reason(c.claim, place, "not loaded\nline 3, column 7: expected ','\n");
  c.archive.sync();
  const std::string directory = c.failed();
  CHECK(names_in(directory) == std::vector<std::string>{"a.json", "a.json.reason.txt"});
  CHECK(content_of(directory + "/a.json.reason.txt") == "not loaded\nline 3, column 7: expected ','\n");
}

TEST_CASE("two writers of one reason at the same time both succeed") {
  Claimed c;
  const std::string place = c.archive.choose(Shelf::failed, c.claim, "a.json");
  const std::string text = "not loaded\nwhy";
  const auto write_often = [&] {
    Archive archive{c.scratch.directories};
    for (int i = 0; i < 2000; ++i)
      archive.write_reason(c.claim, place, text);
  };
  auto other = std::async(std::launch::async, write_often);
  CHECK(errno_of(write_often) == "none");
  CHECK(errno_of([&] { other.get(); }) == "none");
  const std::string directory = c.failed();
  CHECK(names_in(directory) == std::vector<std::string>{"a.json.reason.txt"});
  CHECK(content_of(directory + "/a.json.reason.txt") == text);
}

TEST_CASE("a failed file with the name of a reason is not replaced by a reason") {
  Claimed c;
  const std::string place = c.archive.choose(Shelf::failed, c.claim, c.name);
  CHECK(c.move(place));
  const std::string directory = c.failed();
  std::ofstream{directory + "/a.json.reason.txt"} << "precious";
  c.archive.write_reason(c.claim, place, "not loaded\nwhy");
  CHECK(content_of(directory + "/a.json.reason.txt") == "precious");
  CHECK(names_in(directory).size() == 3);
  c.archive.remove_reason(place, "not loaded\nwhy");
  CHECK(names_in(directory) == std::vector<std::string>{"a.json", "a.json.reason.txt"});
}

TEST_CASE("a claimed file with the name of a reason keeps its place, although the reason is written first") {
  Claimed c{"a.json.reason.txt"};
  const std::string place = c.archive.choose(Shelf::failed, c.claim, "a.json");
  c.archive.write_reason(c.claim, place, "not loaded\nwhy");
  CHECK(c.move(c.archive.choose(Shelf::failed, c.claim, c.name)));
  CHECK(content_of(c.failed() + "/a.json.reason.txt") == k_document);
  CHECK(names_in(c.failed()).size() == 2);
  c.archive.remove_reason(place, "not loaded\nwhy");
  CHECK(names_in(c.failed()) == std::vector<std::string>{"a.json.reason.txt"});
}

TEST_CASE("the reason of another file with the same name is neither replaced nor removed") {
  Claimed c;
  const std::string place = c.archive.choose(Shelf::failed, c.claim, c.name);
  const std::string directory = c.failed();
  c.archive.write_reason(c.claim, place, "file 1\nwhy");
  c.archive.write_reason(c.claim, place, "file 2\nwhy");
  CHECK(names_in(directory).size() == 2);
  CHECK(content_of(directory + "/a.json.reason.txt") == "file 1\nwhy");
  c.archive.remove_reason(place, "file 2\nwhy");
  CHECK(names_in(directory) == std::vector<std::string>{"a.json.reason.txt"});
}

TEST_CASE("the reasons of two long names with the same beginning have different names") {
  Claimed c;
  const std::string alike(249, 'n');
  c.archive.write_reason(c.claim, "failed/" + c.day + "/" + c.claim.id + "/" + alike + "1.json", "first");
  c.archive.write_reason(c.claim, "failed/" + c.day + "/" + c.claim.id + "/" + alike + "2.json", "second");
  const auto names = names_in(c.failed());
  REQUIRE(names.size() == 2);
  for (const auto& name : names)
    CHECK(name.size() == 255);
}

TEST_CASE("an archive on another file system gets a checked copy with the file's mtime") {
  const Scratch other{"/dev/shm"};
  Claimed c{"a.json", other.root};
  if (is_same_device("/tmp", "/dev/shm"))
    SKIP("/tmp and /dev/shm are on one file system");
  const std::string place = c.archive.choose(Shelf::processed, c.claim, c.name);
  const std::string target = c.archive.resolve(place);
  const std::string directory = other.root + "/processed/" + c.day;
  const std::string sha256 = Sha256::of(k_document);

  SUBCASE("at the first try") {
    CHECK(c.archive.move(c.claim, c.name, place, sha256));
    struct stat st {};
    REQUIRE(::stat(target.c_str(), &st) == 0);
    CHECK(st.st_mtim.tv_sec == c.claim.files[0].mtime.tv_sec);
    CHECK(c.move(place));
  }
  SUBCASE("after an interrupted copy") {
    std::filesystem::create_directories(directory);
    char hash[32];
    std::snprintf(hash, sizeof hash, "%016llx", static_cast<unsigned long long>(xxh3(c.name, 0)));
    std::ofstream{directory + "/." + c.claim.id + "." + hash} << "{\"a\"";
    CHECK(c.move(place));
  }
  SUBCASE("after a complete copy whose source was not removed") {
    std::filesystem::create_directories(directory);
    std::filesystem::copy_file(c.source(), target);
    const timespec times[2] = {{0, UTIME_OMIT}, c.claim.files[0].mtime};
    REQUIRE(::utimensat(AT_FDCWD, target.c_str(), times, 0) == 0);
    CHECK(c.move(place));
  }
  SUBCASE("although the ledger has another digest") {
    CHECK(c.archive.move(c.claim, c.name, place, Sha256::of("other")));
  }
  CHECK(content_of(target) == k_document);
  CHECK(!std::filesystem::exists(c.source()));
  CHECK(names_in(directory) == std::vector<std::string>{"a.json"});
}

TEST_CASE("a move to an archive on another file system does not replace a file") {
  const Scratch other{"/dev/shm"};
  Claimed c{"a.json", other.root};
  if (is_same_device("/tmp", "/dev/shm"))
    SKIP("/tmp and /dev/shm are on one file system");
  const std::string place = c.archive.choose(Shelf::processed, c.claim, c.name);
  std::filesystem::create_directories(other.root + "/processed/" + c.day);
  std::ofstream{c.archive.resolve(place)} << "another";
  const std::string aside = "processed/" + c.day + "/" + c.claim.id + "/a.json";
  CHECK(!c.move(place));
  CHECK(content_of(c.archive.resolve(place)) == "another");
  CHECK(c.move(aside));
  CHECK(content_of(c.archive.resolve(aside)) == k_document);
  CHECK(c.move(aside));
}

}  // namespace longshore::spool
