// All kinds of delivery by producers, with a running daemon.
#include "base/fd.hpp"
#include "support/each_store.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

struct Landing {
  const Pipeline& p;
  std::string outside;  // a directory on the same file system

  std::string path(const std::string& name) const { return landing_path(p, name); }
};

using Delivery = std::function<void(const Landing&, const std::string& name, const std::string& content)>;

// A producer's pause between two steps, longer than the daemon's.
void pause_for(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

void append(const std::string& path, std::string_view content) {
  std::ofstream{path, std::ios::binary | std::ios::app} << content;
}

void copy_in_place(const Landing& to, const std::string& name, const std::string& content) {
  write_file(to.path(name), content);
}

void rename_in(const Landing& to, const std::string& name, const std::string& content) {
  write_file(to.outside + "/upload", content);
  fs::rename(to.outside + "/upload", to.path(name));
}

void rename_over_another(const Landing& to, const std::string& name, const std::string& content) {
  write_file(to.path(name), content.substr(0, content.size() / 2));
  rename_in(to, name, content);
}

// As OpenSSH's sftp-server renames.
void link_and_unlink(const Landing& to, const std::string& name, const std::string& content) {
  write_file(to.path("." + name + ".filepart"), content);
  fs::create_hard_link(to.path("." + name + ".filepart"), to.path(name));
  fs::remove(to.path("." + name + ".filepart"));
}

void nameless_then_linked(const Landing& to, const std::string& name, const std::string& content) {
  const Fd file{::open(to.p.config.landing.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600)};
  if (!file)  // not every file system supports O_TMPFILE
    return copy_in_place(to, name, content);
  write_all(file.get(), content, name);
  const std::string self = "/proc/self/fd/" + std::to_string(file.get());
  CHECK(::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, to.path(name).c_str(), AT_SYMLINK_FOLLOW) == 0);
}

// As rsync and browsers do. The temporary name exists long enough to be claimed by mistake.
void temporary_name(const Landing& to, const std::string& name, const std::string& content) {
  for (const std::string& temporary : {"." + name + ".Xy12Zw", name + ".part", name + ".filepart", name + ".tmp"}) {
    write_file(to.path(temporary), temporary == name + ".tmp" ? content : content.substr(0, 40));
    pause_for(60ms);
  }
  fs::rename(to.path(name + ".tmp"), to.path(name));
}

// The writer pauses for longer than `settle`, and the file is claimed long before it is closed.
void slowly_and_closed_late(const Landing& to, const std::string& name, const std::string& content) {
  const Fd file{::open(to.path(name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  const std::size_t third = content.size() / 3;
  for (const std::string& piece : {content.substr(0, third), content.substr(third, third), content.substr(2 * third)}) {
    write_all(file.get(), piece, name);
    pause_for(120ms);
  }
  pause_for(300ms);
}

void upload_that_is_resumed(const Landing& to, const std::string& name, const std::string& content) {
  write_file(to.path(name), content.substr(0, 50));
  pause_for(150ms);
  append(to.path(name), content.substr(50));
}

void copy_with_old_times(const Landing& to, const std::string& name, const std::string& content) {
  const std::string path = to.path(name);
  {
    const Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
    write_all(file.get(), content.substr(0, 50), name);
    const timespec old[2] = {{1, 0}, {1, 0}};
    CHECK(::futimens(file.get(), old) == 0);
    pause_for(150ms);
    write_all(file.get(), content.substr(50), name);
  }
  const timespec old[2] = {{1, 0}, {1, 0}};
  ::utimensat(AT_FDCWD, path.c_str(), old, 0);  // by name, after the close: cp -p, scp -p, paramiko
}

void touch_then_write(const Landing& to, const std::string& name, const std::string& content) {
  write_file(to.path(name), "");
  pause_for(150ms);
  write_file(to.path(name), content);
}

// No event and no write(2): only the time stamps show the change.
void by_memory_map_after_closing(const Landing& to, const std::string& name, const std::string& content) {
  Fd file{::open(to.path(name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  CHECK(::ftruncate(file.get(), static_cast<off_t>(content.size())) == 0);
  void* map = ::mmap(nullptr, content.size(), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  CHECK(map != MAP_FAILED);
  file.reset();
  pause_for(150ms);
  content.copy(static_cast<char*>(map), content.size());
  ::munmap(map, content.size());
}

void chmod_later(const Landing& to, const std::string& name, const std::string& content) {
  rename_in(to, name, content);
  ::chmod(to.path(name).c_str(), 0640);  // the daemon may have claimed it already
}

struct Kind {
  const char* name;
  Delivery deliver;
};

const std::vector<Kind> k_kinds = {
    {"in_place", copy_in_place},
    {"renamed", rename_in},
    {"renamed_over", rename_over_another},
    {"linked", link_and_unlink},
    {"nameless", nameless_then_linked},
    {"temporary", temporary_name},
    {"slow", slowly_and_closed_late},
    {"resumed", upload_that_is_resumed},
    {"old_times", copy_with_old_times},
    {"touched", touch_then_write},
    {"mapped", by_memory_map_after_closing},
    {"chmod", chmod_later},
};

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE(
      "F01 F03 F04 F09 I07: all kinds of delivery at the same time: each file is loaded once and completely") {
    Pipeline p{target};
    p.config.grace = 700ms;
    const std::string outside = p.scratch / "outside";
    fs::create_directory(outside);
    Running daemon{p};
    std::vector<std::string> expected;
    std::vector<std::thread> producers;
    for (const Kind& kind : k_kinds) {
      const std::string own = outside + "/" + kind.name;
      fs::create_directory(own);
      expected.push_back(routed(kind.name) + "|loaded|20");
      producers.emplace_back([&p, own, &kind] { kind.deliver({p, own}, routed(kind.name), document(kind.name, 20)); });
    }
    for (std::thread& producer : producers)
      producer.join();
    std::ranges::sort(expected);

    CHECK(all_settled(p, k_kinds.size()));
    CHECK(daemon.stop() == 0);
    CHECK(outcomes(p) == expected);
    CHECK(p.one("select count(*) from detection_events") == std::to_string(20 * k_kinds.size()));
    CHECK(p.files("failed").empty());
    p.check_books();
  }

  TEST_CASE_FIXTURE(OnSqlite, "F10: uploads that never get their final name are never loaded") {
    p.config.rescan = 100ms;
    Running daemon{p};
    const std::string name = routed("1");
    for (const char* temporary :
         {".objects_detection_2.json", "objects_detection_3.json.part", "objects_detection_4.json~",
          "objects_detection_5.json.filepart", "objects_detection_6.json.tmp", ".objects_detection_7.json.swp"})
      write_file(landing_path(p, temporary), document(temporary));
    pause_for(250ms);
    p.drop(name, document("v"));
    CHECK(eventually([&] { return p.files("processed").size() == 1; }));
    CHECK(daemon.stop() == 0);
    CHECK(outcomes(p) == std::vector<std::string>{name + "|loaded|1"});
    CHECK(p.files("landing").size() == 6);
    p.check_books();
  }
}
