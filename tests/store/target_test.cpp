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

namespace {

// The message and the hint; "" if it is taken.
std::string refusal_of(const std::string& text) {
  try {
    (void)Target::parse(text);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::fatal);
    CHECK(error.exit() == Exit::usage);
    return std::string{error.what()} + "; " + error.hint();
  }
  return "";
}

}  // namespace

TEST_CASE("a URL whose password is not encoded is refused, and no part of the password is in the message") {
  struct Wrong {
    const char* url;
    const char* fault;
  };
  for (const Wrong& wrong : {
           Wrong{"postgresql://me:s3cret@Word99@db:1/d", "the URL of the database has a second @"},
           Wrong{"postgres://me:s3cret@@db/d", "the URL of the database has a second @"},
           Wrong{"postgresql://me:s3cret?x@Word99@db/d?sslmode=require", "the URL of the database has a second @"},
           Wrong{"postgresql://me@tenant:s3cret@db/d", "the URL of the database has a second @"},
           Wrong{"postgresql://me:5432/Word99@db/d", "the URL of the database has an @ in the name of the database"},
           Wrong{"postgresql://me:s3cret@Word99/x@db:1/d",
                 "the URL of the database has an @ in the name of the database"},
           Wrong{"postgresql://me:S3cret/Word99@db/d", "the URL of the database has an @ in the name of the database"},
           Wrong{"postgresql://me:S3cret/Word99/d",
                 "the port in the connection string of the database is not a number"},
           Wrong{"postgresql://me@db:0/d", "the port in the connection string of the database is not a number"},
           Wrong{"postgresql://me@db:65536/d", "the port in the connection string of the database is not a number"},
           Wrong{"host=a,b port=5432,Word99", "the port in the connection string of the database is not a number"},
           Wrong{"postgresql://me:S3cret/Word99?x@db/d", "libpq cannot parse the connection string of the database"},
           Wrong{"dbname='postgresql://me:s3cret@db/d'", "the name of the database in the connection string is itself"},
           Wrong{"host=db dbname='user=me password=s3cret'",
                 "the name of the database in the connection string is itself"},
           Wrong{"s3cret@Word99", "\"…\" is not a database"},
           Wrong{"me@s3cret:Word99", "\"…\" is not a database"},
           Wrong{"Postgresql://me:s3cret@db/d", "\"Postgresql:…\" is not a database"},
       }) {
    CAPTURE(wrong.url);
    const std::string text = refusal_of(wrong.url);
    CHECK_MESSAGE(text.starts_with(wrong.fault), text);
    for (const char* part : {"s3cret", "S3cret", "Word99"})
      CHECK_MESSAGE(text.find(part) == std::string::npos, text);
  }
  CHECK(refusal_of("postgresql://me:s3cret@Word99@db:1/d") ==
        "the URL of the database has a second @; in the URL encode @ as %40, / as %2F and : as %3A, for example in a "
        "password: postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
}

TEST_CASE("a URL with encoded characters, several hosts, or an @ where libpq expects one is accepted") {
  for (const char* url :
       {"postgresql://me:s3cret%40Word99@db:1/d", "postgresql://me%40tenant:s%2Fx%3Ay@db/d", "postgresql://db/a%40b",
        "postgresql://a:5432,b:5433/d", "postgresql://a,b/d", "postgresql://[::1]:5432/d",
        "postgresql:///d?host=/run/pg", "postgresql://db/d?user=me@tenant", "postgresql://db?user=me@tenant",
        "postgresql://%40abstract/d", "host=@abstract dbname=d", "postgresql://me:a?b@db/d", "host=a,b port=5432,",
        "postgresql://", "port=''", "host=db dbname=a@b password='x@y'"}) {
    CAPTURE(url);
    CHECK(refusal_of(url) == "");
  }
}

TEST_CASE("sqlite:// is refused with the right form") {
  CHECK(refusal_of("sqlite://x.db") ==
        "sqlite: is followed by a path, not by //; sqlite:/x.db for an absolute path, sqlite:x.db for a relative one");
  CHECK(refusal_of("sqlite:////srv/x.db") ==
        "sqlite: is followed by a path, not by //; sqlite:/srv/x.db for an absolute path, sqlite:srv/x.db for a "
        "relative one");
  CHECK(refusal_of("sqlite:/srv/x.db") == "");
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

TEST_CASE("a target without its password is a target again, with the same server and options") {
  CHECK(Target::parse("postgresql://me:s3cret@db:5433/fleet").without_password() ==
        "user=me dbname=fleet host=db port=5433");
  CHECK(Target::parse("host=db password='s3 cret' dbname='my \\'fleet'").without_password() ==
        "dbname='my \\'fleet' host=db");
  CHECK(Target::parse("postgresql://db/fleet?password=s3cret&sslpassword=k&passfile=/p").without_password() ==
        "passfile=/p dbname=fleet host=db");
  CHECK(Target::parse("postgresql://").without_password() == "postgresql://");
  CHECK(Target::parse("sqlite:/x.db").without_password() == "sqlite:/x.db");
  for (const char* text : {"postgresql://", "host=db dbname='my fleet'", "sqlite:/x.db"})
    CHECK_NOTHROW((void)Target::parse(Target::parse(text).without_password()));
}
