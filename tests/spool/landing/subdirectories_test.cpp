// Landing with `recursive`: names are paths, and directories come and go.
#include "spool/landing/subdirectories.hpp"

#include "spool/landing/landing.hpp"
#include "spool/scratch.hpp"
#include "support/mount.hpp"
#include "support/skip.hpp"

#include <fcntl.h>
#include <sched.h>

namespace longshore::spool {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

LandingSettings recursive() {
  return {.settle = 2ms, .close_delay = 2ms, .grace = k_never, .rescan = k_never, .open_grace = 0ms, .recursive = true};
}

void write_below(const Scratch& scratch, const std::string& path) {
  fs::create_directories(fs::path{scratch.in_landing(path)}.parent_path());
  scratch.write(path);
}

// Ready files, sorted: their times may be equal.
bool has_ready(Landing& landing, Names names) {
  std::ranges::sort(names);
  return eventually(landing, [&] {
    Names ready = names_of(landing.ready());
    std::ranges::sort(ready);
    return ready == names;
  });
}

// A directory that is built elsewhere and renamed in.
void move_in(const Scratch& scratch, const std::string& name, const Names& files) {
  const std::string built = scratch.root + "/built";
  for (const std::string& file : files) {
    fs::create_directories((fs::path{built} / file).parent_path());
    std::ofstream{built + "/" + file} << k_document;
  }
  ::usleep(20'000);  // older than settle
  fs::rename(built, scratch.in_landing(name));
}

}  // namespace

TEST_CASE("a listing finds the files of all directories, by their path") {
  const Scratch scratch;
  const Names names = {"1.json", "veh1/a.json", "veh2/a.json", "2026-11-30/site/veh3/a.json"};
  for (const std::string& name : names)
    write_below(scratch, name);
  fs::create_directory(scratch.in_landing("empty"));
  Landing landing{scratch.directories, recursive(), is_json, scratch.writers};
  CHECK(has_ready(landing, names));
  CHECK(landing.unread_directories() == 0);
  CHECK(fs::exists(scratch.in_landing("empty")));
}

TEST_CASE("hidden directories, uploads, ignored ones and longshore's own are neither read nor counted") {
  const Scratch scratch;
  Directories directories = scratch.directories;
  directories.processed = scratch.in_landing("archive/processed");
  for (const char* name : {".hidden/1.json", ".rsync-partial/2.json", "upload.tmp/3.json", "tests/4.json",
                           "archive/processed/2026-01-01/5.json", "veh/tests/6.json", "veh/good.json"})
    write_below(scratch, name);
  LandingSettings settings = recursive();
  settings.ignore = {"tests"};
  Landing landing{directories, settings, is_json, scratch.writers};
  CHECK(has_ready(landing, {"veh/good.json"}));
  settings.ignore = {"veh/*"};
  Landing other{directories, settings, is_json, scratch.writers};
  CHECK(has_ready(other, {"tests/4.json"}));
  CHECK(other.unread_directories() == 0);
}

TEST_CASE("files are found in directories that are created while landing is watched") {
  const Scratch scratch;
  Landing landing{scratch.directories, recursive(), is_json, scratch.writers};
  landing.look();
  Names names;
  for (int i = 0; i < 20; ++i) {  // each directory is watched before it is listed, whatever comes first
    names.push_back("d" + std::to_string(i) + "/e/f/a.json");
    write_below(scratch, names.back());
    if (i % 3 == 0)
      landing.look();
  }
  CHECK(has_ready(landing, names));
  scratch.write("d7/e/b.json");
  names.push_back("d7/e/b.json");
  CHECK(has_ready(landing, names));
}

TEST_CASE("a directory that is moved in is listed at once") {
  const Scratch scratch;
  Landing landing{scratch.directories, recursive(), is_json, scratch.writers};
  landing.look();
  move_in(scratch, "day", {"a.json", "veh1/b.json", "veh1/x/c.json"});
  CHECK(has_ready(landing, {"day/a.json", "day/veh1/b.json", "day/veh1/x/c.json"}));
  scratch.write("day/veh1/x/d.json");
  CHECK(has_ready(landing, {"day/a.json", "day/veh1/b.json", "day/veh1/x/c.json", "day/veh1/x/d.json"}));
}

TEST_CASE("a directory that was moved is watched under its new path, and forgotten when it leaves") {
  const Scratch scratch;
  write_below(scratch, "old/sub/a.json");
  Landing landing{scratch.directories, recursive(), is_json, scratch.writers};
  CHECK(has_ready(landing, {"old/sub/a.json"}));
  fs::rename(scratch.in_landing("old"), scratch.in_landing("new"));
  landing.ready().clear();
  CHECK(has_ready(landing, {"new/sub/a.json"}));
  scratch.write("new/sub/b.json");
  CHECK(has_ready(landing, {"new/sub/a.json", "new/sub/b.json"}));

  fs::rename(scratch.in_landing("new"), scratch.root + "/elsewhere");
  landing.ready().clear();
  std::ofstream{scratch.root + "/elsewhere/sub/c.json"} << k_document;
  scratch.write("last.json");
  CHECK(has_ready(landing, {"last.json"}));
}

TEST_CASE("directories that are removed and created again are watched again") {
  const Scratch scratch;
  Landing landing{scratch.directories, recursive(), is_json, scratch.writers};
  landing.look();
  for (int i = 0; i < 10; ++i) {
    const std::string name = "veh/" + std::to_string(i) + ".json";
    write_below(scratch, name);
    CHECK(has_ready(landing, {name}));
    landing.ready().clear();
    fs::remove_all(scratch.in_landing("veh"));
  }
}

TEST_CASE("a file in a directory waits for its writer, and until it ends") {
  const Scratch scratch;
  fs::create_directory(scratch.in_landing("veh"));
  LandingSettings settings = recursive();
  settings.open_grace = k_never;
  Landing landing{scratch.directories, settings, is_json, scratch.writers};
  landing.look();
  scratch.write("veh/cut.json", "{\"a\": [1, ");
  std::ofstream writer{scratch.in_landing("veh/open.json")};
  writer << k_document << std::flush;
  CHECK(eventually(landing, [&] { return landing.waiting().open == 1 && landing.waiting().truncated_documents; }));
  CHECK(landing.ready().empty());
  writer.close();
  CHECK(has_ready(landing, {"veh/open.json"}));
}

TEST_CASE("directories that are too deep, on another mount or named like a claim are counted") {
  const Scratch scratch;
  std::string deep = "1";
  for (std::size_t level = 2; level <= k_most_levels; ++level)
    deep += "/" + std::to_string(level);
  write_below(scratch, deep + "/in.json");
  write_below(scratch, deep + "/17/out.json");
  write_below(scratch, "20261121T040512.123456Z-5f3a09c1/a.json");
  write_below(scratch, std::string(200, 'x') + "/" + std::string(200, 'y') + "/a.json");
  fs::create_directory(scratch.in_landing("share"));
  const auto mount = test::Mount::tmpfs(scratch.in_landing("share"));
  if (mount)
    scratch.write("share/a.json");
  fs::create_directory_symlink(scratch.root, scratch.in_landing("link"));
  Landing landing{scratch.directories, recursive(), is_json, scratch.writers};
  CHECK(has_ready(landing, {deep + "/in.json"}));
  CHECK(landing.unread_directories() == (mount ? 4 : 3));
}

TEST_CASE("a directory that longshore may not read or write is counted, and the others are read") {
  const Scratch scratch;
  for (const char* name : {"closed/a.json", "fixed/b.json", "good/c.json"})
    write_below(scratch, name);
  CHECK(as_ordinary_user(scratch, [&] {
    fs::permissions(scratch.in_landing("closed"), fs::perms::none);
    fs::permissions(scratch.in_landing("fixed"), fs::perms::owner_read | fs::perms::owner_exec);
    Landing landing{scratch.directories, recursive(), is_json, scratch.writers};
    const Fd root = open_directory(scratch.directories.landing);
    const bool is_right =
        becomes_ready(landing, {"good/c.json"}) && landing.unread_directories() == 2 &&
        open_subdirectory(root.get(), "fixed", "fixed", {}).why.starts_with("files cannot be moved out of it: ") &&
        open_subdirectory(root.get(), "closed", "closed", {}).why == "Permission denied";
    for (const char* name : {"closed", "fixed"})
      fs::permissions(scratch.in_landing(name), fs::perms::owner_all);
    return is_right;
  }));
}

TEST_CASE("the limits of look-ahead and listing hold over all directories") {
  const Scratch scratch;
  Names names;
  for (int i = 0; i < 40; ++i) {
    names.push_back("d" + std::to_string(i % 4) + "/" + std::to_string(100 + i) + ".json");
    write_below(scratch, names.back());
    scratch.set_mtime(names.back(), -1'000 + i);
  }
  LandingSettings settings = recursive();
  settings.look_ahead = 5;
  settings.known = 12;
  ::usleep(20'000);  // older than settle
  Landing landing{scratch.directories, settings, is_json, scratch.writers};
  CHECK(becomes_ready(landing, Names(names.begin(), names.begin() + 5)));
  CHECK(landing.waiting().files == 35);
  Names taken;
  CHECK(eventually(landing, [&] {
    for (const Candidate& candidate : landing.ready())
      if (fs::remove(scratch.in_landing(candidate.name)))
        taken.push_back(candidate.name);
    landing.ready().clear();
    return taken.size() == names.size();
  }));
  CHECK(taken == names);
}

TEST_CASE("a moved directory with more files than the look-ahead is found by a listing") {
  const Scratch scratch;
  LandingSettings settings = recursive();
  settings.look_ahead = 5;
  Landing landing{scratch.directories, settings, is_json, scratch.writers};
  landing.look();
  Names files;
  for (int i = 0; i < 20; ++i)
    files.push_back("s" + std::to_string(i) + "/a.json");
  move_in(scratch, "day", files);
  std::size_t taken = 0;
  CHECK(eventually(landing, [&] {
    for (const Candidate& candidate : landing.ready())
      taken += fs::remove(scratch.in_landing(candidate.name)) ? 1 : 0;
    landing.ready().clear();
    return taken == files.size();
  }));
}

TEST_CASE("a moved directory with more directories than one look lists is found by a listing") {
  const Scratch scratch;
  Landing landing{scratch.directories, recursive(), is_json, scratch.writers};
  landing.look();
  Names files;
  Names found;
  for (int i = 0; i < 1'200; ++i) {
    files.push_back("s" + std::to_string(i) + "/a.json");
    found.push_back("day/" + files.back());
  }
  move_in(scratch, "day", files);
  CHECK(has_ready(landing, found));
}

TEST_CASE("the removal of a directory does not list all others") {
  const Scratch scratch;
  for (const char* name : {"veh1/a.json", "veh2/held.json"})
    write_below(scratch, name);
  Landing landing{scratch.directories, recursive(), is_json, scratch.writers};
  CHECK(has_ready(landing, {"veh1/a.json", "veh2/held.json"}));
  landing.hold([](std::string_view name) { return name == "veh2/held.json"; });
  landing.hold([](std::string_view) { return false; });  // it is offered again after a listing
  fs::remove_all(scratch.in_landing("veh1"));
  landing.ready().clear();
  look_a_while(landing);
  scratch.write("new.json");
  CHECK(has_ready(landing, {"new.json"}));
}

TEST_CASE("a listing of many directories without CAP_LEASE does not overflow the event queue") {
  const Scratch scratch;
  for (int i = 0; i < 3'000; ++i)
    fs::create_directory(scratch.in_landing("d" + std::to_string(i)));
  scratch.write("d7/a.json");
  scratch.set_mtime("d7/a.json", -1'000);
  CHECK(as_ordinary_user(scratch, [&] {
    LandingSettings settings = recursive();
    settings.once = true;
    Landing landing{scratch.directories, settings, is_json, scratch.writers};
    bool is_found = false;
    const bool is_drained = eventually(landing, [&] {
      is_found = is_found || names_of(landing.ready()) == Names{"d7/a.json"};
      for (const Candidate& candidate : landing.ready())
        fs::remove(scratch.in_landing(candidate.name));
      landing.ready().clear();
      return landing.drained();
    });
    return is_found && is_drained && landing.overflows() == 0;
  }));
}

TEST_CASE("the claims in a renamed work directory are not new files") {
  const Scratch scratch;
  const std::string instance = "work.old/host-1/";
  write_below(scratch, instance + "20261121T040512.123456Z-5f3a09c1/veh1/a.json");
  write_below(scratch, instance + "20261121T040512.123456Z-5f3a09c1~1.crashed-2/b.json");
  write_below(scratch, "veh1/c.json");
  Landing landing{scratch.directories, recursive(), is_json, scratch.writers};
  CHECK(has_ready(landing, {"veh1/c.json"}));
  CHECK(landing.unread_directories() == 2);
}

TEST_CASE("a run with --once drains all directories") {
  const Scratch scratch;
  for (const char* name : {"veh1/a.json", "veh1/x/b.json"}) {
    write_below(scratch, name);
    scratch.set_mtime(name, -1'000);
  }
  LandingSettings settings = recursive();
  settings.once = true;
  Landing landing{scratch.directories, settings, is_json, scratch.writers};
  landing.look();
  CHECK(landing.ready().size() == 2);
  CHECK(!landing.drained());
  CHECK(eventually(landing, [&] {
    for (const Candidate& candidate : landing.ready())
      fs::remove(scratch.in_landing(candidate.name));
    landing.ready().clear();
    return landing.drained();
  }));
}

TEST_CASE("without watches, files are found by the next listing") {
  const Scratch scratch;
  for (const char* name : {"a", "b", "c"})
    fs::create_directory(scratch.in_landing(name));
  const int status = in_child([&] {
    if (::unshare(CLONE_NEWUSER) != 0)
      ::_exit(77);
    std::ofstream{"/proc/self/uid_map"} << "0 " << ::geteuid() << " 1\n" << std::flush;
    std::ofstream limit{"/proc/sys/user/max_inotify_watches"};  // of this user namespace
    if (!(limit << "2\n" << std::flush))
      ::_exit(77);
    LandingSettings settings = recursive();
    settings.rescan = 20ms;
    Landing landing{scratch.directories, settings, is_json, scratch.writers};
    landing.look();
    for (const char* name : {"a/1.json", "b/2.json", "c/3.json"})
      scratch.write(name);
    ::_exit(has_ready(landing, {"a/1.json", "b/2.json", "c/3.json"}) ? 0 : 1);
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
    SKIP("user namespaces are not allowed");
  CHECK(status == 0);
}

}  // namespace longshore::spool
