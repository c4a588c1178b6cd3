#include "spool/open_writer.hpp"

#include "spool/scratch.hpp"
#include "support/skip.hpp"

#include <atomic>
#include <thread>

#include <sys/mman.h>

namespace longshore::spool {
namespace {

Fd for_reading(const Scratch& scratch) {
  return Fd{::open(scratch.in_landing("a.json").c_str(), O_RDONLY | O_CLOEXEC)};
}

}  // namespace

TEST_CASE("a file has an open writer until its last descriptor and its last shared map are gone") {
  const Scratch scratch;
  scratch.write("a.json");
  const Fd file = for_reading(scratch);
  CHECK(find_open_writer(file.get()) == OpenWriter::none);
  Fd writer{::open(scratch.in_landing("a.json").c_str(), O_RDWR | O_CLOEXEC)};
  CHECK(find_open_writer(file.get()) == OpenWriter::found);
  void* map = ::mmap(nullptr, k_document.size(), PROT_READ | PROT_WRITE, MAP_SHARED, writer.get(), 0);
  REQUIRE(map != MAP_FAILED);
  writer.reset();
  CHECK(find_open_writer(file.get()) == OpenWriter::found);
  ::munmap(map, k_document.size());
  CHECK(find_open_writer(file.get()) == OpenWriter::none);
}

TEST_CASE("a writer that has the file open by another name, or under a name that was renamed since, is found") {
  const Scratch scratch;
  scratch.write("first.json");
  Fd writer{::open(scratch.in_landing("first.json").c_str(), O_WRONLY | O_CLOEXEC)};
  SUBCASE("renamed") { std::filesystem::rename(scratch.in_landing("first.json"), scratch.in_landing("a.json")); }
  SUBCASE("a hard link") {
    std::filesystem::create_hard_link(scratch.in_landing("first.json"), scratch.in_landing("a.json"));
  }
  const Fd file = for_reading(scratch);
  CHECK(find_open_writer(file.get()) == OpenWriter::found);
  writer.reset();
  CHECK(find_open_writer(file.get()) == OpenWriter::none);
}

TEST_CASE("readers do not count as writers") {
  const Scratch scratch;
  scratch.write("a.json");
  const Fd reader = for_reading(scratch);
  const Fd file = for_reading(scratch);
  CHECK(find_open_writer(file.get()) == OpenWriter::none);
}

TEST_CASE("without CAP_LEASE it is not known whether another user's file has a writer") {
  if (::geteuid() != 0)
    return longshore::test::skip_case("another user's file needs root");
  const Scratch scratch;
  scratch.write("a.json");
  const Fd writer{::open(scratch.in_landing("a.json").c_str(), O_WRONLY | O_CLOEXEC)};
  const int status = in_child([&] {
    const Fd file = for_reading(scratch);
    if (::setuid(65534) != 0)
      ::_exit(1);
    ::_exit(find_open_writer(file.get()) == OpenWriter::unknown ? 0 : 2);
  });
  CHECK(status == 0);
}

TEST_CASE("a process that opens the file for writing at the same moment is not disturbed, and ends no process") {
  const Scratch scratch;
  scratch.write("a.json");
  const int status = in_child([&] {
    std::atomic<bool> ends{false};
    std::atomic<int> opened{0};
    std::thread writer{[&] {
      while (!ends)
        opened += Fd{::open(scratch.in_landing("a.json").c_str(), O_WRONLY | O_CLOEXEC)} ? 1 : 0;
    }};
    const Fd file = for_reading(scratch);
    const auto end = std::chrono::steady_clock::now() + 300ms;
    int found = 0;
    while (std::chrono::steady_clock::now() < end)
      found += find_open_writer(file.get()) == OpenWriter::found ? 1 : 0;
    ends = true;
    writer.join();
    ::_exit(opened > 100 && found > 0 ? 0 : 1);
  });
  CHECK(status == 0);
}

}  // namespace longshore::spool
