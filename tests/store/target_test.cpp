#include "base/error.hpp"
#include "store/store.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using store::Engine;
using store::Target;

TEST_CASE("a database is written as sqlite:PATH, as a URL or as a libpq string") {
  CHECK(Target::parse("sqlite:/var/lib/longshore/longshore.db").location == "/var/lib/longshore/longshore.db");
  CHECK(Target::parse("sqlite:x.db").engine == Engine::sqlite);
  for (const char* text :
       {"postgresql://me@db/fleet", "postgres://db/fleet?sslmode=require", "host=db dbname=fleet", "dbname=fleet"}) {
    CAPTURE(text);
    CHECK(Target::parse(text).engine == Engine::postgres);
    CHECK(Target::parse(text).location == text);
  }
}

TEST_CASE("a text that is not a database is a usage error with a hint") {
  for (const char* text : {"", "fleet", "sqlite:", "mysql://me:pa%zz@db", "/var/lib/x.db", "host", "no_such_option=1",
                           "postgresql://me:pa%zz@db"}) {
    CAPTURE(text);
    try {
      (void)Target::parse(text);
      FAIL("taken");
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::fatal);
      CHECK(error.exit() == Exit::usage);
      CHECK(!error.hint().empty());
      CHECK(std::string{error.what()}.find("pa%zz") == std::string::npos);
    }
  }
}

TEST_CASE("passwords are shown as ***") {
  CHECK(Target::parse("postgresql://me:s3cret@db:5433/fleet").redacted() ==
        "user=me password=*** dbname=fleet host=db port=5433");
  CHECK(Target::parse("host=db password='s3 cret' dbname='my fleet'").redacted() ==
        "password=*** dbname='my fleet' host=db");
  CHECK(Target::parse("postgresql://db/fleet?password=s3cret&sslpassword=k").redacted() ==
        "password=*** dbname=fleet host=db sslpassword=***");
  CHECK(Target::parse("sqlite:/x.db").redacted() == "sqlite:/x.db");
}
