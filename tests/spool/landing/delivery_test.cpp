// How producers deliver files, and when Landing reports each as ready. A pause that must not end is an hour long, so that a slow
// machine does not change the result.
#include "spool/landing/landing.hpp"
#include "spool/scratch.hpp"

namespace longshore::spool {
namespace {

const LandingSettings k_never_ready{.settle = k_never, .close_delay = k_never, .grace = k_never, .rescan = k_never};

LandingSettings with(void (*change)(LandingSettings&)) {
  LandingSettings settings = k_never_ready;
  change(settings);
  return settings;
}

}  // namespace

TEST_CASE("a file that is renamed in is ready at once") {
  const Scratch scratch;
  Landing landing{scratch.directories, k_never_ready, is_json, scratch.writers};
  landing.look();
  scratch.rename_in("a.json");
  CHECK(becomes_ready(landing, {"a.json"}));
  CHECK(landing.ready()[0].size == k_document.size());
}

TEST_CASE("a file renamed over a ready one is ready with its own size") {
  const Scratch scratch;
  Landing landing{scratch.directories, k_never_ready, is_json, scratch.writers};
  landing.look();
  scratch.rename_in("a.json");
  REQUIRE(becomes_ready(landing, {"a.json"}));
  scratch.rename_in("a.json", "{\"longer\": true}");
  CHECK(eventually(landing, [&] { return !landing.ready().empty() && landing.ready().back().size == 16; }));
}

TEST_CASE("a file written in place is ready `close_delay` after its writer closed it, and not before") {
  const Scratch scratch;
  Landing landing{scratch.directories, with([](auto& s) { s.close_delay = 20ms; }), is_json, scratch.writers};
  landing.look();
  {
    std::ofstream slow{scratch.in_landing("a.json")};
    for (int i = 0; i < 5; ++i) {
      slow << "{\"a\": 1}\n" << std::flush;  // each line could end the document
      look_a_while(landing);
      CHECK(landing.ready().empty());
    }
    CHECK(landing.waiting().files == 1);
    CHECK(landing.waiting().young == std::vector<std::string>{"a.json"});
    CHECK(!landing.waiting().truncated_documents);
  }
  CHECK(becomes_ready(landing, {"a.json"}));
  CHECK(landing.waiting().files == 0);
}

TEST_CASE("F13: a closed file whose mtime was just set by name is not ready yet") {
  const Scratch scratch;
  Landing landing{scratch.directories, with([](auto& s) { s.settle = 20ms; }), is_json, scratch.writers};
  landing.look();
  scratch.write("a.json");
  look_a_while(landing);
  scratch.set_mtime("a.json", -60);  // scp -p, shutil.move
  ::usleep(40'000);
  look_a_while(landing);
  CHECK(landing.ready().empty());
}

TEST_CASE("a file that is opened again after its close waits for the last close") {
  const Scratch scratch;
  Landing landing{scratch.directories, with([](auto& s) { s.close_delay = 50ms; }), is_json, scratch.writers};
  landing.look();
  scratch.write("a.json");
  std::ofstream{scratch.in_landing("a.json"), std::ios::app} << "{\"b\": 2}\n";
  REQUIRE(becomes_ready(landing, {"a.json"}));
  CHECK(landing.ready()[0].size == k_document.size() + 9);
}

TEST_CASE("a file renamed by link and unlink, as SFTP servers do, is ready without a listing") {
  const Scratch scratch;
  Landing landing{scratch.directories, with([](auto& s) { s.settle = 20ms; }), is_json, scratch.writers};
  landing.look();
  const std::string upload = scratch.root + "/upload";
  std::ofstream{upload} << k_document;
  REQUIRE(::link(upload.c_str(), scratch.in_landing("a.json").c_str()) == 0);
  ::unlink(upload.c_str());
  CHECK(becomes_ready(landing, {"a.json"}));
}

TEST_CASE("the age of files from before the start is taken from their time stamps") {
  const Scratch scratch;
  scratch.write("b.json");
  scratch.write("a.json");
  scratch.set_mtime("a.json", -5);
  scratch.set_mtime("b.json", -9);
  ::usleep(50'000);
  Landing landing{scratch.directories, with([](auto& s) { s.settle = 20ms; }), is_json, scratch.writers};
  landing.look();
  CHECK(names_of(landing.ready()) == std::vector<std::string>{"b.json", "a.json"});
}

TEST_CASE("a file that was moved into landing before the start has the age of that move") {
  const Scratch scratch;
  scratch.write("a.json");
  scratch.set_mtime("a.json", -86'400);
  Landing landing{scratch.directories, k_never_ready, is_json, scratch.writers};
  look_a_while(landing);
  CHECK(landing.ready().empty());
}

TEST_CASE("a file that ends too early waits for `grace` after every kind of delivery") {
  const Scratch scratch;
  SUBCASE("renamed in") {
    Landing landing{scratch.directories, with([](auto& s) { s.settle = s.close_delay = 1ms; }), is_json,
                    scratch.writers};
    landing.look();
    scratch.rename_in("cut.json", "{\"a\": [1, ");
    scratch.rename_in("empty.json", "");
    REQUIRE(eventually(landing, [&] { return landing.waiting().truncated_documents; }));
    look_a_while(landing);
    CHECK(landing.ready().empty());
    CHECK(landing.waiting().files == 2);
    CHECK(landing.waiting().young == std::vector<std::string>{"cut.json", "empty.json"});
  }
  SUBCASE("written in place, and the rest comes later") {
    Landing landing{scratch.directories, with([](auto& s) { s.settle = s.close_delay = 5ms; }), is_json,
                    scratch.writers};
    landing.look();
    scratch.write("a.json", "{\"a\": [1, ");
    REQUIRE(eventually(landing, [&] { return landing.waiting().truncated_documents; }));
    CHECK(landing.ready().empty());
    std::ofstream{scratch.in_landing("a.json"), std::ios::app} << "2]}";
    CHECK(becomes_ready(landing, {"a.json"}));
    CHECK(!landing.waiting().truncated_documents);
  }
  SUBCASE("ready after the grace") {
    Landing landing{scratch.directories, with([](auto& s) { s.settle = 1ms, s.grace = 60ms; }), is_json,
                    scratch.writers};
    landing.look();
    scratch.rename_in("cut.json", "{\"a\": [1, ");
    CHECK(becomes_ready(landing, {"cut.json"}));
  }
}

TEST_CASE("an upload in progress is neither ready nor unrouted until it gets its final name") {
  const Scratch scratch;
  Landing landing{scratch.directories, LandingSettings{1ms, 1ms, 1ms, k_never}, is_json, scratch.writers};
  landing.look();
  const std::vector<std::string> names = {".a.json.Xy12Zq", "a.json.crdownload", "a.json.filepart", "a.json.part",
                                          "a.json.tmp",     "a.json~",           "b.json.swp"};
  for (const auto& name : names)
    scratch.write(name);
  look_a_while(landing);
  CHECK(landing.ready().empty());
  CHECK(landing.take_unrouted().empty());
  CHECK(landing.waiting().files == 0);
  std::filesystem::rename(scratch.in_landing("a.json.part"), scratch.in_landing("a.json"));
  CHECK(becomes_ready(landing, {"a.json"}));
}

TEST_CASE("a file that the setting ignore names is neither ready nor unrouted, listed or reported by an event") {
  const Scratch scratch;
  LandingSettings settings{1ms, 1ms, 1ms, k_never};
  settings.ignore = {"*.md5", "old_*"};
  scratch.write("a.json.md5");
  Landing landing{scratch.directories, settings, is_json, scratch.writers};
  landing.look();
  scratch.write("b.json.md5");
  scratch.write("old_1.json");
  scratch.write("new_1.json");
  CHECK(becomes_ready(landing, {"new_1.json"}));
  look_a_while(landing);
  CHECK(names_of(landing.ready()) == std::vector<std::string>{"new_1.json"});
  CHECK(landing.take_unrouted().empty());
  CHECK(landing.waiting().files == 0);
}

TEST_CASE("a name may be any 255 bytes, with newlines and invalid UTF-8") {
  const Scratch scratch;
  Landing landing{scratch.directories, LandingSettings{1ms, 1ms, 1ms, k_never}, is_json, scratch.writers};
  std::vector<std::string> names = {"a\nb.json", "\xff\xfe.json", "-rf %s $(x) 'q' \\.json",
                                    std::string(250, 'n') + ".json"};
  for (const auto& name : names)
    scratch.write(name);
  std::sort(names.begin(), names.end());
  CHECK(eventually(landing, [&] {
    auto ready = names_of(landing.ready());
    std::sort(ready.begin(), ready.end());
    return ready == names;
  }));
}

TEST_CASE("an entry that is not a regular file is left untouched, even with the name of a feed") {
  const Scratch scratch;
  Landing landing{scratch.directories, LandingSettings{1ms, 1ms, 1ms, 10ms}, is_json, scratch.writers};
  landing.look();
  scratch.write("target", k_document);
  std::filesystem::create_symlink("target", scratch.in_landing("link.json"));
  std::filesystem::create_symlink("/nowhere", scratch.in_landing("dangling.json"));
  std::filesystem::create_directory(scratch.in_landing("directory.json"));
  REQUIRE(::mkfifo(scratch.in_landing("fifo.json").c_str(), 0600) == 0);
  look_a_while(landing);
  CHECK(landing.ready().empty());
  CHECK(landing.waiting().files == 0);
  CHECK(names_of(landing.take_unrouted()) == std::vector<std::string>{"target"});
}

TEST_CASE("a file without read permission waits until it is readable") {
  const Scratch scratch;
  scratch.write("a.json");
  ::chmod(scratch.in_landing("a.json").c_str(), 0);
  CHECK(as_ordinary_user(scratch, [&] {
    Landing landing{scratch.directories, LandingSettings{1ms, 1ms, 1ms, k_never}, is_json, scratch.writers};
    const bool is_left = eventually(landing, [&] { return landing.waiting().young.empty(); });
    if (!is_left || !landing.ready().empty())
      return false;
    ::chmod(scratch.in_landing("a.json").c_str(), 0600);
    return becomes_ready(landing, {"a.json"});
  }));
}

TEST_CASE("unreadable files that fill a whole listing do not block younger files") {
  const Scratch scratch;
  for (int i = 0; i < 9; ++i) {
    const std::string name = "a" + std::to_string(i) + ".json";
    scratch.write(name);
    scratch.set_mtime(name, -1'000 + i);
    ::chmod(scratch.in_landing(name).c_str(), 0);
  }
  scratch.write("b.json");
  CHECK(as_ordinary_user(scratch, [&] {
    LandingSettings settings{1ms, 1ms, 1ms, k_never};
    settings.known = 4;
    ::usleep(50'000);  // longer than `settle`, so that the first listing judges them all
    Landing landing{scratch.directories, settings, is_json, scratch.writers};
    return becomes_ready(landing, {"b.json"}) && landing.waiting().files == 9 && landing.oldest()->name == "a0.json";
  }));
}

TEST_CASE("a file that was removed before it was looked at is dropped without a message") {
  const Scratch scratch;
  Landing landing{scratch.directories, with([](auto& s) { s.close_delay = 10ms; }), is_json, scratch.writers};
  landing.look();
  scratch.write("a.json");
  landing.look();
  std::filesystem::remove(scratch.in_landing("a.json"));
  CHECK(eventually(landing, [&] { return landing.waiting().files == 0; }));
  CHECK(landing.ready().empty());
}

TEST_CASE("a file of no feed is returned once for each name, size and mtime") {
  const Scratch scratch;
  Landing landing{scratch.directories, LandingSettings{1ms, 1ms, 1ms, 10ms}, is_json, scratch.writers};
  std::vector<Candidate> returned;
  const auto take = [&] {
    for (auto& candidate : landing.take_unrouted())
      returned.push_back(std::move(candidate));
    return !returned.empty();
  };
  scratch.write("readme.txt", "hello");
  REQUIRE(eventually(landing, take));
  CHECK(returned[0].name == "readme.txt");
  CHECK(returned[0].size == 5);
  for (int i = 0; i < 3; ++i) {
    look_a_while(landing);
    take();
  }
  CHECK(returned.size() == 1);
  returned.clear();
  scratch.write("readme.txt", "hello again");
  REQUIRE(eventually(landing, take));
  CHECK(returned[0].size == 11);
  CHECK(std::filesystem::exists(scratch.in_landing("readme.txt")));
}

TEST_CASE("a file of lines without a final line break waits for grace, even if it was renamed in") {
  const Scratch scratch;
  const auto is_csv = [](std::string_view) { return std::optional{Ending::line_break}; };
  Landing landing{scratch.directories, with([](auto& s) { s.settle = 1ms, s.grace = 60ms; }), is_csv, scratch.writers};
  landing.look();
  scratch.write(".a.csv.part", "id\n1");
  scratch.write(".b.csv.part", "id\n1\n");
  const auto begin = std::chrono::steady_clock::now();
  std::filesystem::rename(scratch.in_landing(".a.csv.part"), scratch.in_landing("a.csv"));
  std::filesystem::rename(scratch.in_landing(".b.csv.part"), scratch.in_landing("b.csv"));
  CHECK(eventually(landing, [&] { return landing.ready().size() == 1; }));
  CHECK(names_of(landing.ready()) == std::vector<std::string>{"b.csv"});
  CHECK(landing.waiting().truncated_documents);
  CHECK(eventually(landing, [&] { return landing.ready().size() == 2; }));
  CHECK(std::chrono::steady_clock::now() - begin >= 60ms);
}

}  // namespace longshore::spool
