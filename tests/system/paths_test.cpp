// Links, pipes, devices and swapped names in a landing directory that other users write: no name leads longshore to a file outside
// the configured directories.
#include "base/time.hpp"
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/records.hpp"
#include "support/skip.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

// A file that only longshore may read, with a name and content of a feed.
struct Secret {
  explicit Secret(const Pipeline& p) : path(p.scratch / "secret/objects_detection_x.json") {
    fs::create_directory(p.scratch / "secret");
    std::ofstream{path} << content;
  }
  void check_untouched(Pipeline& p) const {
    CHECK(content_of(path) == content);
    CHECK(fs::hard_link_count(path) == 1);
    CHECK(p.one("select count(*) from detection_events where vehicle_id = 'secret'") == "0");
    for (const char* directory : {"processed", "failed"})
      for (const std::string& name : p.files(directory)) {
        const std::string moved = p.scratch / (std::string{directory} + "/" + name);
        CHECK_MESSAGE(fs::symlink_status(moved).type() == fs::file_type::regular, name);
        CHECK_MESSAGE(content_of(moved).find("secret") == std::string::npos, name);
      }
  }
  const std::string content = events(event("secret", k_time));
  const std::string path;
};

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_FIXTURE(OnSqlite,
                    "X01: a name that changes repeatedly between a file and a link never leads to the link's target") {
    const Secret secret{p};
    p.config.once = false;
    p.config.settle = std::chrono::milliseconds{1};
    p.config.close_delay = std::chrono::milliseconds{1};
    DaemonProcess daemon{p};
    REQUIRE(daemon.wait_for_log(" watches "));
    std::atomic<bool> stop = false;
    std::thread uploader{[&] {
      const std::string name = p.config.landing + "/objects_detection_x.json";
      const std::string other = p.config.landing + "/.other";
      for (int i = 0; !stop; ++i) {
        std::ofstream{other} << events(event("v" + std::to_string(i), k_time));
        fs::rename(other, name);
        fs::create_symlink(secret.path, other);
        // as fast as possible: it is something else right after the daemon has looked
        for (int swap = 0; swap < 1000; ++swap)
          if (::renameat2(AT_FDCWD, other.c_str(), AT_FDCWD, name.c_str(), RENAME_EXCHANGE) != 0)
            break;
        fs::remove(other);
      }
    }};
    const bool loads = eventually([&] { return p.files("processed").size() >= 20; });
    stop = true;
    uploader.join();
    CHECK(loads);
    CHECK(daemon.stop() == 0);
    secret.check_untouched(p);
    CHECK(p.one("select count(*) from ingest_log where status not in ('loaded', 'duplicate')") == "0");
  }

  TEST_CASE_ON_EACH_STORE("F14 F15: links, pipes, sockets and devices with names of a feed are left in place, unread") {
    Pipeline p{target};
    const Secret secret{p};
    const auto at = [&](const std::string& kind) { return p.config.landing + "/objects_detection_" + kind + ".json"; };
    std::size_t things = 6;
    fs::create_symlink(secret.path, at("link"));
    fs::create_symlink("/nowhere", at("dangling"));
    fs::create_directory_symlink("/etc", at("directory"));
    fs::create_symlink(at("loop"), at("loop"));
    fs::create_symlink("/dev/zero", at("zero"));
    REQUIRE(::mkfifo(at("fifo").c_str(), 0666) == 0);
    for (const auto& [kind, mode, device] :
         {std::tuple{"char", S_IFCHR | 0666, makedev(1, 5)}, std::tuple{"block", S_IFBLK | 0666, makedev(7, 99)},
          std::tuple{"socket", S_IFSOCK | 0666, dev_t{0}}})
      if (::mknod(at(kind).c_str(), static_cast<mode_t>(mode), device) == 0)
        ++things;
      else
        skip_case(std::string{"this machine cannot create a device node: "} + kind);
    p.drop("objects_detection_good.json", events(event("v", k_time)));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.files("landing").size() == things);
    CHECK(p.rows("select file_name, status from ingest_log") ==
          std::vector<std::string>{"objects_detection_good.json|loaded"});
    secret.check_untouched(p);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "F17: a hundred hard links to one file are one loaded file and duplicates, and a link outside landing stays") {
    Pipeline p{target};
    p.drop("objects_detection_0.json", events(event("v", k_time)));
    const std::string first = p.config.landing + "/objects_detection_0.json";
    for (int i = 1; i < 100; ++i)
      fs::create_hard_link(first, p.config.landing + "/objects_detection_" + std::to_string(i) + ".json");
    fs::create_hard_link(first, p.scratch / "kept");
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows("select status, count(*) from ingest_log group by status order by status") ==
          std::vector<std::string>{"duplicate|99", "loaded|1"});
    CHECK(p.files("processed").size() == 100);
    CHECK(content_of(p.scratch / "kept") == events(event("v", k_time)));
    p.check_books();
  }

  TEST_CASE_FIXTURE(OnSqlite, "X02: a link in place of a day's directory does not lead a file out of the archive") {
    fs::create_directory(p.scratch / "elsewhere");
    const std::string day = format_time(now_micros()).substr(0, 10);
    fs::create_directory(p.config.processed);
    fs::create_directory_symlink(p.scratch / "elsewhere", p.config.processed + "/" + day);
    p.drop("objects_detection_1.json", events(event("v", k_time)));
    CHECK(p.run_once() != Exit::ok);
    CHECK(p.files("elsewhere").empty());
    CHECK(p.one("select count(*) from detection_events") == "1");
    fs::remove(p.config.processed + "/" + day);
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.files("processed").size() == 1);
    CHECK(p.one("select count(*) from ingest_log") == "1");
    p.check_books();
  }

  TEST_CASE_FIXTURE(OnSqlite, "X02: archive directories that every user may write are used, with a warning") {
    fs::create_directory(p.scratch / "open");
    p.config.processed = p.scratch / "open/processed";
    fs::create_directory(p.config.processed);
    const auto log_of_run = [&] {
      DaemonProcess daemon{p};
      CHECK(daemon.wait() == 0);
      return daemon.log();
    };
    CHECK(log_of_run().find("every user may write") == std::string::npos);
    fs::permissions(p.config.processed, fs::perms::all);
    CHECK(log_of_run().find("every user may write in \"" + p.config.processed + "\": the files kept there can be") !=
          std::string::npos);
    fs::permissions(p.config.processed, fs::perms::owner_all);
    fs::permissions(p.scratch / "open", fs::perms::all);
    CHECK(log_of_run().find("every user may write in \"" + (p.scratch / "open") + "\": the directories there can be") !=
          std::string::npos);
    fs::permissions(p.scratch / "open", fs::perms::all | fs::perms::sticky_bit);
    CHECK(log_of_run().find("every user may write") == std::string::npos);
  }

  TEST_CASE("X02: a work directory that an uploader has replaced is not used, and files wait") {
    if (::geteuid() != 0)
      SKIP("only root can create another user's directory");
    const ScratchDirectory database;
    Pipeline p{sqlite_in(database)};
    p.config.once = false;
    DaemonProcess daemon{p};
    REQUIRE(daemon.wait_for_log(" watches "));
    fs::rename(p.config.work, p.scratch / "moved");
    fs::create_directory(p.config.work);
    REQUIRE(::chown(p.config.work.c_str(), 65534, 65534) == 0);
    p.drop("objects_detection_1.json", events(event("v", k_time)));
    CHECK(daemon.wait_for_log("belongs to the user 65534"));
    CHECK(fs::is_empty(p.config.work));
    CHECK(fs::exists(p.config.landing + "/objects_detection_1.json"));
    fs::remove(p.config.work);
    CHECK(eventually([&] { return p.files("processed").size() == 1; }));
    CHECK(daemon.stop() == 0);
    p.check_books();
  }
}
