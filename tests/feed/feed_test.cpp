// Valid declarations, and the message for each mistake.
#include "feed/feed.hpp"

#include "base/error.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace longshore;
using namespace longshore::test;

namespace {

const std::string k_good = R"(name = "doors"
files = ["doors_*.json"]
records = ["/events", ""]
table = "door_events"
key = ["id", "at"]
columns = [
  { name = "id", from = "/id", type = "text" },
  { name = "at", from = "/at", type = "timestamp" },
  { name = "note", from = "/note", type = "text", required = false, max_length = 10 },
]
)";

// The good declaration with one piece replaced by another.
std::string with(const std::string& piece, const std::string& other) {
  std::string text = k_good;
  const auto at = text.find(piece);
  REQUIRE(at != std::string::npos);
  return text.replace(at, piece.size(), other);
}

std::string refusal(const std::string& text) {
  try {
    parse_feed(text, "doors.toml");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::fatal);
    CHECK(error.exit() == Exit::config);
    CHECK_MESSAGE(!error.hint().empty(), error.what());
    return error.what();
  }
  return "";
}

}  // namespace

TEST_SUITE("feed declaration") {
  TEST_CASE("expect is read, checked, and no part of the declaration that daemons must agree on") {
    const Feed feed = parse_feed(k_good + "expect = \"daily 06:00 Europe/Berlin\"\n", "doors.toml");
    REQUIRE(feed.expect);
    CHECK(feed.expect->text == "daily 06:00 Europe/Berlin");
    CHECK(!parse_feed(k_good, "doors.toml").expect);
    CHECK(feed.declaration == parse_feed(k_good, "doors.toml").declaration);
    CHECK(feed.declaration == parse_feed(k_good + "expect = \"15m\"\n", "doors.toml").declaration);
    CHECK(refusal(k_good + "expect = \"15\"\n") ==
          "doors.toml:11: expect \"15\" is neither an interval nor a time of day");
    CHECK(refusal(k_good + "expect = 15\n") == "doors.toml:11: expect is not a string");
  }

  TEST_CASE("a well-formed declaration is read") {
    const Feed feed = parse_feed(k_good, "doors.toml");
    CHECK(feed.name == "doors");
    CHECK(feed.key == std::vector<std::size_t>{0, 1});
    CHECK(feed.columns[2].max_length == 10);
    CHECK(!feed.columns[2].required);
    CHECK(feed.by_name == std::vector<std::size_t>{1, 0, 2});
    CHECK(feed.time_column == 1);
  }

  TEST_CASE("a feed without a history has only `latest`, and its key is that of latest with `newest`") {
    const std::string head = "name = \"doors\"\nfiles = [\"doors_*\"]\nrecords = [\"\"]\nhistory = false\n";
    const std::string tail = "columns = [\n  { name = \"at\", from = \"/at\", type = \"timestamp\" },\n"
                             "  { name = \"id\", from = \"/id\", type = \"text\" },\n]\n";
    const std::string latest = "latest = { table = \"door\", key = [\"id\"], newest = \"at\" }\n";
    const Feed feed = parse_feed(head + latest + tail, "doors.toml");
    CHECK(!feed.has_history);
    CHECK(feed.table == "door");
    CHECK(feed.key == std::vector<std::size_t>{1, 0});
    CHECK(feed.time_column == 0);

    CHECK(refusal(head + tail) == "doors.toml:4: a feed without a history needs `latest`");
    CHECK(refusal(head + latest + "table = \"doors\"\n" + tail) ==
          "doors.toml:6: table belongs to the history, which this feed does not keep");
    CHECK(refusal(head + latest + "key = [\"id\"]\n" + tail) ==
          "doors.toml:6: key belongs to the history, which this feed does not keep");
    CHECK(refusal(k_good + "history = 1\n") == "doors.toml:11: history is neither true nor false");
    CHECK(parse_feed(k_good + "history = true\n", "d").declaration == parse_feed(k_good, "d").declaration);
  }

  TEST_CASE("each mistake is reported with file and line") {
    CHECK(refusal(with("name = \"doors\"", "name = doors")).starts_with("doors.toml:1: "));
    CHECK(refusal(with("name = \"doors\"\n", "")) == "doors.toml:1: \"name\" is missing");
    CHECK(refusal(with("table =", "tabel =")) == "doors.toml:4: unknown key \"tabel\"");
    CHECK(refusal(with("\"door_events\"", "\"Door Events\"")) ==
          "doors.toml:4: table \"Door Events\" is not a plain identifier");
    CHECK(refusal(with("\"door_events\"", "\"ingest_log\"")) == "doors.toml:4: table \"ingest_log\" is reserved");
    CHECK(refusal(with("\"/events\"", "\"events\"")) ==
          "doors.toml:3: records \"events\" is not a JSON Pointer to an array");
    CHECK(refusal(with("[\"id\", \"at\"]", "[\"id\", \"when\"]")) == "doors.toml:5: unknown column \"when\"");
    CHECK(refusal(with("[\"id\", \"at\"]", "[\"id\", \"note\"]")) ==
          "doors.toml:5: column \"note\" cannot be in a key");
    CHECK(refusal(with("[\"id\", \"at\"]", "[\"id\", \"id\"]")) == "doors.toml:5: key names \"id\" twice");
    CHECK(refusal(with("type = \"timestamp\"", "type = \"datetime\"")) == "doors.toml:8: unknown type \"datetime\"");
    CHECK(refusal(with("type = \"timestamp\"", "type = \"jsonb[]\"")) == "doors.toml:8: unknown type \"jsonb[]\"");
    CHECK(refusal(with("name = \"note\"", "name = \"id\"")) == "doors.toml:9: column \"id\" is declared twice");
    CHECK(refusal(with("name = \"note\"", "name = \"file_id\"")) == "doors.toml:9: column \"file_id\" is reserved");
    for (const std::string name : {"record_hash", "ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"})
      CHECK(refusal(with("name = \"note\"", "name = \"" + name + "\"")) ==
            "doors.toml:9: column \"" + name + "\" is reserved");
    CHECK(refusal(with("from = \"/note\"", "from = \"note\"")) ==
          "doors.toml:9: from \"note\" is not a JSON Pointer into a record");
    CHECK(refusal(with("from = \"/note\"", "from = \"/a/*/b\"")) ==
          "doors.toml:9: column \"note\" goes through an array but has a scalar type");
    CHECK(refusal(with("type = \"text\", required = false, max_length = 10", "type = \"text[]\"")) ==
          "doors.toml:9: column \"note\" is an array, but its pointer has no \"*\"");
    CHECK(refusal(with("from = \"/note\"", "from = \"*\"")) ==
          "doors.toml:9: column \"note\" takes the rest of a record, but is not jsonb");
    CHECK(refusal(with("from = \"/note\", type = \"text\", required = false, max_length = 10",
                       "from = \"name\", type = \"text[]\"")) ==
          "doors.toml:9: column \"note\" takes the file's name, but is an array");
    CHECK(refusal(with("from = \"/note\", type = \"text\", required = false, max_length = 10",
                       "from = \"path\", type = \"jsonb\"")) ==
          "doors.toml:9: column \"note\" takes the file's name, but is jsonb");
    for (const std::string from : {"2/a/*", "2/", "2", "2#", "0/a", "02/a", "-1/a", "99999999999999999999/a"})
      CHECK(refusal(with("from = \"/note\"", "from = \"" + from + "\""))
                .starts_with("doors.toml:9: from \"" + from + "\" is not a "));
    for (const std::string from : {"1/a", "3/a", "9/a"})
      CHECK(refusal(with("from = \"/note\"", "from = \"" + from + "\"")) ==
            "doors.toml:9: from \"" + from + "\" leads to no object around a record");
    CHECK(refusal(with("from = \"/note\"", "from = \"2/a\"")) == "");
    CHECK(refusal(with("from = \"/note\", type = \"text\", required = false, max_length = 10",
                       "from = \"2/a\", type = \"jsonb\"")) ==
          "doors.toml:9: column \"note\" reads from outside the record, but is jsonb");
    CHECK(refusal(with("from = \"/note\", type = \"text\", required = false, max_length = 10",
                       "from = \"2/a\", type = \"text[]\"")) ==
          "doors.toml:9: column \"note\" is an array, but its pointer has no \"*\"");
    CHECK(refusal(with("\"/events\"", "\"/a/*/events\"")) == "");
    for (const std::string records : {"*", "/a*", "/*a/b", "/a/b*"})
      CHECK(refusal(with("\"/events\"", "\"" + records + "\"")) ==
            "doors.toml:3: records \"" + records + "\" is not a JSON Pointer to an array");
    CHECK(refusal(with("from = \"/note\"", "from = [\"/note\", \"name\"]")) ==
          "doors.toml:9: from \"name\" is not a JSON Pointer into a record");
    CHECK(refusal(with("max_length = 10", "max_length = -1")) ==
          "doors.toml:9: max_length is not a whole number of 0 or more");
    CHECK(refusal(with("max_length = 10", "min = 0")) == "doors.toml:9: min does not apply to this type of column");
    CHECK(refusal(with("required = false", "required = \"no\"")) == "doors.toml:9: required is neither true nor false");
    CHECK(refusal(k_good + "latest = { table = \"door_events\", key = [\"id\"], newest = \"at\" }\n") ==
          "doors.toml:11: latest uses the table of the feed");
    CHECK(refusal(k_good + "latest = { table = \"doors\", key = [\"id\"], newest = \"id\" }\n") ==
          "doors.toml:11: newest is part of latest.key");
    CHECK(refusal(k_good + "max_rejects = 1.5\n") == "doors.toml:11: max_rejects is not a whole number of 0 or more");
  }

  TEST_CASE("a format, a time zone or a limit that cannot work is reported with file and line") {
    const auto options = [](const std::string& text) { return refusal(with("type = \"timestamp\"", text)); };
    CHECK(options(R"(type = "timestamp", format = "epoch_ms")") == "doors.toml:8: format \"epoch_ms\" is unknown");
    CHECK(options(R"(type = "timestamp", format = ["unix", "%H:%M"])") ==
          "doors.toml:8: format \"%H:%M\" does not give a day");
    CHECK(options(R"(type = "timestamp", format = [])") == "doors.toml:8: format is empty");
    CHECK(options(R"(type = "timestamp", timezone = "Berlin")") == "doors.toml:8: unknown time zone \"Berlin\"");
    CHECK(options(R"(type = "text", timezone = "Europe/Berlin")") ==
          "doors.toml:8: timezone does not apply to this type of column");
    CHECK(options(R"(type = "timestamp", min = 2020)") ==
          "doors.toml:8: min is not an RFC 3339 time (YYYY-MM-DDThh:mm[:ss[.fraction]][Z|±hh:mm])");
    CHECK(options(R"~(type = "numeric(4,1)", max = 0.25)~") == "doors.toml:8: max has too many decimals");
    CHECK(options(R"(type = "timestamp", format = ["unix", "%F %T%z"], timezone = "Europe/Berlin")") ==
          "doors.toml:8: timezone has no effect: every format of the column names its zone");
    CHECK(options(R"(type = "double", min = nan)") == "doors.toml:8: min is not a number");
    CHECK(options(R"(type = "integer", min = 2, max = 1)") == "doors.toml:8: max is less than min");
    CHECK(options(R"(type = "date", min = 2026-01-02, max = 2026-01-01)") == "doors.toml:8: max is less than min");
    CHECK(options(R"(type = "numeric[]")") ==
          "doors.toml:8: type \"numeric[]\": an array needs a precision of at most 100");
    CHECK(parse_feed(with("type = \"text\", required = false, max_length = 10",
                          "type = \"bigint\", max = 1e12, required = false"),
                     "doors.toml")
              .columns[2]
              .max_cell == std::string("\0\0\0\xe8\xd4\xa5\x10\0", 8));
    CHECK(options(R"(type = "bigint", max = 0.5)") == "doors.toml:8: max is not a whole number");
    CHECK(refusal(with("type = \"text\" }", "type = \"numeric\" }")) ==
          "doors.toml:5: column \"id\" cannot be in a key");
  }

  TEST_CASE("an option of a value that cannot work is reported with file and line") {
    const auto options = [](const std::string& text) { return refusal(with("max_length = 10", text)); };
    CHECK(options("coerce = 1") == "doors.toml:9: coerce is neither true nor false");
    CHECK(options("empty = \"skip\"") == "doors.toml:9: empty \"skip\" is unknown");
    CHECK(options("default = 5") == "doors.toml:9: default is not a text");
    CHECK(options("max_length = 2, default = \"abc\"") == "doors.toml:9: default is longer than max_length");
    CHECK(options("values = []") == "doors.toml:9: values is neither a list nor a table with elements");
    CHECK(options("values = \"a\"") == "doors.toml:9: values is neither a list nor a table with elements");
    CHECK(options("values = [1]") == "doors.toml:9: an element of values is not a text");
    CHECK(options("match = \"(a\"") == "doors.toml:9: match \"(a\" is not a regular expression: missing ): (a");
    CHECK(options("value = \"a\"") == "doors.toml:9: column \"note\" has value and from");
    CHECK(refusal(with("from = \"/note\", ", "")) == "doors.toml:9: \"from\" is missing");
    CHECK(refusal(with("from = \"/note\", ", "value = \"a\", coerce = true, ")) ==
          "doors.toml:9: column \"note\" has value and coerce");
    const auto typed = [](const std::string& text) {
      return refusal(with("type = \"text\", required = false, max_length = 10", text));
    };
    CHECK(typed("type = \"integer\", default = 3000000000") == "doors.toml:9: default does not fit into the column");
    CHECK(typed("type = \"integer\", min = 1, default = 0") == "doors.toml:9: default is less than min");
    CHECK(typed("type = \"timestamp\", max = 2020-01-01T00:00:00Z, default = 2020-01-01T00:00:01Z") ==
          "doors.toml:9: default is more than max");
    CHECK(typed("type = \"date\", default = \"1.1.2026\"") ==
          "doors.toml:9: default is not an RFC 3339 date (YYYY-MM-DD)");
    CHECK(typed("type = \"jsonb\", default = {}") == "doors.toml:9: default does not apply to this type of column");
    CHECK(typed("type = \"jsonb\", match = \"a\"") == "doors.toml:9: match does not apply to this type of column");
  }

  TEST_CASE("X05: identifiers that could affect SQL, a path or a terminal are refused and shown escaped") {
    CHECK(refusal(with("\"door_events\"", R"("a\"; drop table ingest_log; --")")) ==
          R"(doors.toml:4: table "a"; drop table ingest_log; --" is not a plain identifier)");
    CHECK(refusal(with("\"door_events\"", R"("pg_catalog.pg_class")")) ==
          R"(doors.toml:4: table "pg_catalog.pg_class" is not a plain identifier)");
    CHECK(refusal(with("\"doors\"", R"("../../etc")")) ==
          R"(doors.toml:1: name "../../etc" is not a plain identifier)");
    CHECK(refusal(with("\"doors\"", R"("a\nERROR forged")")) ==
          R"(doors.toml:1: name "a\x0aERROR forged" is not a plain identifier)");
    CHECK(refusal(with("name = \"note\"", R"(name = "a\u001b]0;x\u0007")")) ==
          R"(doors.toml:9: column "a\x1b]0;x\x07" is not a plain identifier)");
    CHECK(refusal(with("name = \"note\"", R"(name = "\u202egnp")")) ==
          R"(doors.toml:9: column "\xe2\x80\xaegnp" is not a plain identifier)");
    CHECK(refusal(with("table =", R"("ta\u001bble" =)")) == R"(doors.toml:4: unknown key "ta\x1bble")");
    CHECK(refusal(with("[\"id\", \"at\"]", R"(["id\"\n"])")) == R"(doors.toml:5: unknown column "id"\x0a")");
    CHECK(refusal(with("\"door_events\"", "\"" + std::string(49, 'a') + "\"")).ends_with(" is not a plain identifier"));
    CHECK(refusal(with("\"door_events\"", "\"\"")) == "doors.toml:4: table \"\" is not a plain identifier");
    CHECK(refusal(with("\"door_events\"", "\"longshore_migrations\"")).ends_with(" is reserved"));
  }

  TEST_CASE("columns through one array must offer the same alternatives") {
    CHECK(
        refusal(with(
            "{ name = \"note\", from = \"/note\", type = \"text\", required = false, max_length = 10 }",
            R"({ name = "a", from = ["/l/*/a", "/a"], type = "text[]" }, { name = "b", from = "/l/*/b", type = "text[]" })")) ==
        "doors.toml:9: columns \"a\" and \"b\" go through one array, but their alternatives differ");
  }
}

TEST_SUITE("feed declarations: arrays") {
  TEST_CASE("a token of digits without a leading zero is an index") {
    CHECK(array_index("0") == 0);
    CHECK(array_index("12") == 12);
    for (const char* name : {"", "01", "00", "-1", "+1", "1x", " 1", "99999999999999999999999"})
      CHECK_MESSAGE(!array_index(name), name);
  }

  TEST_CASE("one array cannot be read by \"*\" and by an index") {
    CHECK(
        refusal(with(
            "{ name = \"note\", from = \"/note\", type = \"text\", required = false, max_length = 10 }",
            R"({ name = "a", from = "/l/0/a", type = "text" }, { name = "b", from = "/l/*/b", type = "text[]" })")) ==
        "doors.toml:9: \"/l/0/a\" reads an element of an array by its index, \"/l/*/b\" all elements of the same array");
    CHECK(refusal(with(
              "{ name = \"note\", from = \"/note\", type = \"text\", required = false, max_length = 10 }",
              R"({ name = "a", from = "/l/01", type = "text" }, { name = "b", from = "/l/*/0", type = "text[]" })")) ==
          "");
  }
}

TEST_SUITE("max_future") {
  TEST_CASE("max_future is a duration or off, of a column with times") {
    const auto option = [](const std::string& text) {
      return with("{ name = \"note\", from = \"/note\", type = \"text\", required = false, max_length = 10 }",
                  "{ name = \"seen\", from = \"/seen\", " + text + " }");
    };
    const auto limit = [&](const std::string& text) {
      return parse_feed(option(text), "doors.toml").columns.back().max_future;
    };
    CHECK(limit("type = \"timestamp\", max_future = \"2h\"") == std::int64_t{7'200'000'000});
    CHECK(limit("type = \"date\", max_future = \"off\"") == k_any_future);
    CHECK_FALSE(limit("type = \"timestamp\""));
    CHECK(
        refusal(option("type = \"timestamp\", max_future = \"soon\"")).find("max_future \"soon\" is not a duration") !=
        std::string::npos);
    CHECK(refusal(option("type = \"text\", max_future = \"1d\""))
              .ends_with("max_future does not apply to this type of column"));
  }
}

TEST_SUITE("registry") {
  TEST_CASE("the files of a directory add feeds and replace built-in feeds") {
    const ScratchDirectory directory;
    std::ofstream{directory / "doors.toml"} << k_good;
    std::ofstream{directory / "zz.toml"} << with("door_events", "doors_2").replace(8, 5, "objects_detection");
    std::ofstream{directory / "readme.txt"} << "no feed";
    CHECK_THROWS_AS(Registry::load(directory.path()), Error);  // two feeds with one pattern
    std::ofstream{directory / "zz.toml"} << with("doors_*", "objects_*").replace(8, 5, "objects_detection");
    CHECK_THROWS_AS(Registry::load(directory.path()), Error);  // two feeds with one table
    std::filesystem::remove(directory / "zz.toml");
    const Registry registry = Registry::load(directory.path());
    CHECK(registry.feeds().size() == 3);
    CHECK(registry.find("doors")->origin == directory / "doors.toml");
    CHECK(registry.find("vehicles_status")->origin == "built in");
  }

  TEST_CASE("a file replaces the built-in feed of its name; a second file with that name is refused") {
    const ScratchDirectory directory;
    const std::string first = directory / "a.toml";
    const std::string second = directory / "b.toml";
    std::ofstream{first} << with("\"doors\"", "\"vehicles_status\"");
    const Registry registry = Registry::load(directory.path());
    CHECK(registry.feeds().size() == 2);
    CHECK(registry.find("vehicles_status")->origin == first);
    std::ofstream{second} << with("door_events", "other").replace(8, 5, "vehicles_status");
    CHECK_THROWS_WITH_AS(Registry::load(directory.path()),
                         (second + ": feed \"vehicles_status\" is also declared in " + first + "").c_str(), Error);
  }

  TEST_CASE("disabled feeds are left out, built-in ones too; an unknown name is refused with the names that exist") {
    const ScratchDirectory directory;
    std::ofstream{directory / "doors.toml"} << with("door_events", "detection_events");
    const std::vector<std::string> one{"objects_detection"};
    const Registry registry = Registry::load(directory.path(), one);  // its table is free for another feed
    CHECK(registry.feeds().size() == 2);
    CHECK_FALSE(registry.find("objects_detection"));
    CHECK_FALSE(registry.route("objects_detection_1.json"));
    const std::vector<std::string> unknown{"vehicles_status", "objects_detections"};
    try {
      Registry::load("", unknown);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(std::string{error.what()} == "disable_feeds names an unknown feed: \"objects_detections\"");
      CHECK(error.hint() == "the feeds are: objects_detection, vehicles_status");
      CHECK(error.exit() == Exit::config);
    }
  }

  TEST_CASE("two feeds with one table: the hint names the lists of `files` and `from`") {
    const ScratchDirectory directory;
    std::ofstream{directory / "doors.toml"} << with("door_events", "detection_events");
    try {
      Registry::load(directory.path());
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(std::string{error.what()}.ends_with("(built in) share the table \"detection_events\""));
      CHECK(error.hint().starts_with(
          "one feed may take both kinds of file: `files`, and the `from` of a column, can be lists"));
    }
  }

  TEST_CASE("a feed that takes files from a feed declared before it gives a warning") {
    const ScratchDirectory directory;
    const std::string file = directory / "doors.toml";
    std::ofstream{file} << with("\"doors_*.json\"", "\"doors_*.json\", \"vehicles_status_[0-4]*\"");
    CHECK(Registry::load(directory.path()).shadowed() ==
          std::vector<std::string>{"feed \"doors\" (" + file +
                                   ") shadows feed \"vehicles_status\" (built in): both match names such as "
                                   "\"vehicles_status_0.json\", and the last declared wins"});
    std::ofstream{file} << k_good;
    CHECK(Registry::load(directory.path()).shadowed().empty());
  }

  TEST_CASE("P15: a feed that every user may write is refused") {
    const ScratchDirectory directory;
    const std::string file = directory / "doors.toml";
    std::ofstream{file} << k_good;
    std::filesystem::permissions(file, std::filesystem::perms::others_write, std::filesystem::perm_options::add);
    CHECK_THROWS_WITH_AS(Registry::load(directory.path()), (file + ": every user may write this file").c_str(), Error);
    std::filesystem::permissions(file, std::filesystem::perms::others_write, std::filesystem::perm_options::remove);
    CHECK(Registry::load(directory.path()).feeds().size() == 3);
  }

  TEST_CASE("a missing directory is refused, except the default one") {
    CHECK_THROWS_AS(Registry::load("/nonexistent"), Error);
    CHECK(Registry::load("").feeds().size() == 2);
    if (!std::filesystem::exists(k_feeds_directory))
      CHECK(Registry::load(k_feeds_directory).feeds().size() == 2);
  }

  TEST_CASE("file names are routed by case-sensitive globs, compressed files like plain ones") {
    const Registry registry = Registry::load("");
    const auto feed_of = [&](std::string_view name) { return registry.route(name) ? registry.route(name)->name : ""; };
    CHECK(feed_of("objects_detection_20240718_140532.json") == "objects_detection");
    CHECK(feed_of("objects_detection.json") == "objects_detection");
    CHECK(feed_of("objects_detection_1.json.gz") == "objects_detection");
    CHECK(feed_of("objects_detection_1.json.zst") == "objects_detection");
    CHECK(feed_of("vehicles_status__20240718_140532.json") == "vehicles_status");
    CHECK(feed_of("objects_detection_\n\xff.json") == "objects_detection");
    CHECK(feed_of("vehicle_status_20240721T143000.json") == "");
    CHECK(feed_of("Objects_detection_1.json") == "");
    CHECK(feed_of("objects_detection_1.json.bak") == "");
    CHECK(feed_of("objects_detection_1.json.gz.gz") == "");
  }
}
