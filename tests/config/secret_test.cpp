// Sources of a database password, and places where it must not be.
#include "base/error.hpp"
#include "config/load.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include <sys/stat.h>

using namespace longshore;
using namespace longshore::config;

namespace {

// A settings directory and a credentials directory for one test.
class Place {
 public:
  void write(const std::string& name, const std::string& text, mode_t mode = 0640) const {
    std::ofstream{m_scratch / name} << text;
    REQUIRE(::chmod((m_scratch / name).c_str(), mode) == 0);
  }
  std::string operator/(const std::string& name) const { return m_scratch / name; }

  Sources sources(const std::string& database_flag = "") const { return with_flag("database", database_flag); }
  Sources with_flag(const std::string& key, const std::string& value) const {
    Sources sources;
    sources.file = m_scratch / "longshore.toml";
    sources.environment = [directory = m_scratch.path().string()](const std::string& name) {
      return name == "CREDENTIALS_DIRECTORY" ? std::optional{directory} : std::nullopt;
    };
    if (!value.empty())
      sources.flags[key] = value;
    return sources;
  }

 private:
  test::ScratchDirectory m_scratch;
};

Effective effective(const Loaded& loaded, std::string_view key) {
  return *std::ranges::find_if(loaded.effective, [&](const Effective& e) { return e.setting->key == key; });
}
Effective database_of(const Loaded& loaded) { return effective(loaded, "database"); }

std::string refusal(const Sources& sources) {
  try {
    load(sources);
  } catch (const Error& error) {
    CHECK(std::string{error.what()}.find("secret") == std::string::npos);
    CHECK(error.hint().find("secret") == std::string::npos);
    CHECK(error.exit() == Exit::config);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_SUITE("secrets") {
  TEST_CASE("the database can be a credential of the service, and is shown without its password") {
    const Place place;
    place.write("longshore.toml", "\ndatabase = \"credential:dsn\"\n", 0644);
    place.write("dsn", "postgresql://me:secret@db/fleet\n", 0400);
    const Loaded loaded = load(place.sources());
    CHECK(loaded.config.database == "postgresql://me:secret@db/fleet");
    CHECK(database_of(loaded).value == "user=me password=*** dbname=fleet host=db");
    CHECK(database_of(loaded).origin == place / "longshore.toml:2, credential dsn");
    CHECK(loaded.warnings.empty());
    CHECK(load(place.sources("credential:dsn")).warnings.empty());
  }

  TEST_CASE("the webhook can be a credential of the service") {
    const Place place;
    place.write("longshore.toml", "notify_webhook = \"credential:hook\"\n", 0644);
    place.write("hook", "https://hooks.example.org/secret\n", 0400);
    const Loaded loaded = load(place.sources());
    CHECK(loaded.config.notify_webhook == "https://hooks.example.org/secret");
    CHECK(effective(loaded, "notify_webhook").value == "https://hooks.example.org/***");
    CHECK(effective(loaded, "notify_webhook").origin == place / "longshore.toml:1, credential hook");
    place.write("hook", "gopher://hooks.example.org/secret\n", 0400);
    CHECK(refusal(place.sources()).starts_with(place / "longshore.toml:1: notify_webhook: credential \"hook\": "));
  }

  TEST_CASE("a credential that is missing or not a file name is refused with the place of its setting") {
    const Place place;
    const std::string at = place / "longshore.toml:1: database: credential ";
    for (const char* name : {"", ".", "..", "../longshore.toml", "/etc/passwd", ".hidden"}) {
      place.write("longshore.toml", "database = \"credential:" + std::string{name} + "\"\n");
      CHECK(refusal(place.sources()) == at + "\"" + name + "\" is not a file name");
    }
    place.write("longshore.toml", "database = \"credential:dsn\"\n");
    CHECK(refusal(place.sources()) == at + "\"dsn\" cannot be read: No such file or directory");
    Sources bare = place.sources();
    bare.environment = [](const std::string&) { return std::nullopt; };
    CHECK(refusal(bare) == at + "\"dsn\": CREDENTIALS_DIRECTORY is not set in the environment");
    place.write("dsn", "mysql://me:secret@db/fleet");
    CHECK(refusal(place.sources()) == at + "\"dsn\": \"mysql:…\" is not a database");
    place.write("dsn", "password=secret host='db");
    CHECK(refusal(place.sources()).starts_with(at + "\"dsn\": libpq cannot parse the connection string"));
    place.write("dsn", "\n");
    CHECK(refusal(place.sources()) == at + "\"dsn\": is empty");
    place.write("dsn", "credential:dsn");
    CHECK(refusal(place.sources()).ends_with("\"credential:…\" is not a database"));
  }

  TEST_CASE("a database that is written wrongly is refused with its place, without a part of its password") {
    const Place place;
    const std::string at = place / "longshore.toml:1: database: ";
    for (const char* url : {"postgresql://me:x@secret@db/d", "postgresql://me:x/secret@db/d", "secret@db"}) {
      place.write("longshore.toml", "database = \"" + std::string{url} + "\"\n");
      CHECK(refusal(place.sources()).starts_with(at));
    }
    for (const char* line :
         {"database = postgresql://me:secret@db/d\n", "database = \"postgresql://me:secret@db/d\n",
          "database = [\"postgresql://me:secret@db/d\"]\n", "databse = \"postgresql://me:secret@db/d\"\n"}) {
      place.write("longshore.toml", line);
      CHECK(refusal(place.sources()).starts_with(place / "longshore.toml:1: "));
    }
    place.write("longshore.toml", "database = \"sqlite://x.db\"\n");
    CHECK(refusal(place.sources()) == at + "sqlite: is followed by a path, not by //");
  }

  TEST_CASE("X06: a settings file with a password must not be readable by every user") {
    const Place place;
    for (const char* text :
         {"database = \"postgresql://me:secret@db/fleet\"\n", "database = \"host=db password=secret\"\n",
          "database = \"host=db sslpassword=secret\"\n"}) {
      place.write("longshore.toml", text, 0644);
      CHECK(refusal(place.sources("sqlite:/elsewhere")) ==
            place / "longshore.toml:1: database contains a password, and every user may read this file");
      place.write("longshore.toml", text, 0640);
      CHECK(refusal(place.sources()).empty());
    }
    place.write("longshore.toml", "database = \"postgresql://me@db/fleet\"\n", 0644);
    CHECK(refusal(place.sources()).empty());
  }

  TEST_CASE("P15: a settings file that every user may write is refused") {
    const Place place;
    place.write("longshore.toml", "settle = \"1s\"\n", 0666);
    CHECK(refusal(place.sources()) == place / "longshore.toml: every user may write this file");
  }

  TEST_CASE("a password on the command line is accepted with a warning") {
    const Place place;
    const Loaded loaded = load(place.sources("postgresql://me:secret@db/fleet"));
    REQUIRE(loaded.warnings.size() == 1);
    CHECK(loaded.warnings[0].starts_with("--database contains a password, and every user of this machine can read it"));
    CHECK(loaded.warnings[0].find("secret") == std::string::npos);
    CHECK(load(place.sources("postgresql://me@db/fleet")).warnings.empty());
    CHECK(load(place.sources("sqlite:/password=secret")).warnings.empty());
  }

  TEST_CASE("a webhook URL that other users can read is accepted with a warning") {
    const Place place;
    const std::string text = "notify_webhook = \"https://hooks.example.org/secret\"\n";
    const std::string better = "; use notify_webhook = \"credential:NAME\"";
    place.write("longshore.toml", text, 0644);
    CHECK(load(place.sources()).warnings ==
          std::vector{place / "longshore.toml:1: notify_webhook is a secret, and every user may read this file" +
                      better});
    place.write("longshore.toml", text, 0640);
    CHECK(load(place.sources()).warnings.empty());
    const Loaded loaded = load(place.with_flag("notify_webhook", "https://hooks.example.org/secret"));
    CHECK(loaded.warnings ==
          std::vector{"--notify-webhook is a secret, and every user of this machine can read it in the process list" +
                      better});
    CHECK(load(place.with_flag("notify_webhook", "off")).warnings.empty());
    place.write("hook", "https://hooks.example.org/secret\n", 0400);
    CHECK(load(place.with_flag("notify_webhook", "credential:hook")).warnings.empty());
  }
}
