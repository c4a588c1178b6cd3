#include "spool/landing/tail.hpp"

#include "base/fd.hpp"
#include "spool/scratch.hpp"

namespace longshore::spool {
namespace {

Tail tail_in(const Scratch& scratch, const std::string& name, Ending ending = Ending::bracket) {
  return tail_of(open_directory(scratch.directories.landing).get(), name, ending);
}

}  // namespace

TEST_CASE("a document counts as whole by its last byte that is not blank") {
  const Scratch scratch;
  const struct {
    std::string content;
    Tail tail;
  } cases[] = {
      {"", Tail::ends_early},
      {" \n", Tail::ends_early},
      {"{}", Tail::whole},
      {"[]\r\n\t ", Tail::whole},
      {"{}" + std::string(3'000, '\n'), Tail::whole},
      {std::string(100'000, ' ') + "{}", Tail::whole},
      {"{\"a\": [1, 2", Tail::ends_early},
      {"{\"a\": \"x", Tail::ends_early},
      {std::string("{}\0\0\0", 5), Tail::ends_early},
      {"null", Tail::ends_early},
  };
  for (const auto& c : cases) {
    scratch.write("a.json", c.content);
    CHECK_MESSAGE(tail_in(scratch, "a.json") == c.tail, c.content.substr(0, 20));
  }
}

TEST_CASE("a compressed file counts as whole, whatever its name and last byte") {
  const Scratch scratch;
  for (const char* content : {"\x1f\x8b\x08 rest", "\x28\xb5\x2f\xfd rest"}) {
    scratch.write("a.json", content);
    CHECK(tail_in(scratch, "a.json") == Tail::whole);
    CHECK(tail_in(scratch, "a.json", Ending::line_break) == Tail::whole);
  }
  scratch.write("a.json", "\x1f");
  CHECK(tail_in(scratch, "a.json") == Tail::ends_early);
}

TEST_CASE("a file of lines counts as whole if its last byte is a line break") {
  const Scratch scratch;
  const struct {
    std::string content;
    Tail tail;
  } cases[] = {
      {"", Tail::ends_early},         {"id\n1\n", Tail::whole},      {"id\r\n1\r\n", Tail::whole},
      {"id\n1", Tail::ends_early},    {"id\n1\r", Tail::ends_early}, {"id\n{}", Tail::ends_early},
      {"id\n1\n ", Tail::ends_early},
  };
  for (const auto& c : cases) {
    scratch.write("a.csv", c.content);
    CHECK_MESSAGE(tail_in(scratch, "a.csv", Ending::line_break) == c.tail, c.content);
  }
}

TEST_CASE("a compressed file counts as whole unless it is empty") {
  const Scratch scratch;
  scratch.write("a.json.gz", "\x1f\x8b and so on");
  scratch.write("b.json.zst", "");
  CHECK(tail_in(scratch, "a.json.gz") == Tail::whole);
  CHECK(tail_in(scratch, "b.json.zst") == Tail::ends_early);
}

TEST_CASE("a link, a FIFO and a missing name are not opened") {
  const Scratch scratch;
  std::filesystem::create_symlink("/etc/passwd", scratch.in_landing("link.json"));
  REQUIRE(::mkfifo(scratch.in_landing("fifo.json").c_str(), 0600) == 0);
  CHECK(tail_in(scratch, "link.json") == Tail::gone);
  CHECK(tail_in(scratch, "fifo.json") == Tail::gone);
  CHECK(tail_in(scratch, "missing.json") == Tail::gone);
}

}  // namespace longshore::spool
