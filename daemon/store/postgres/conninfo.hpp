// The user's connection string for libpq: checks it, adds defaults, and hides its secrets.
#pragma once

#include "store/store.hpp"

#include <string>

namespace longshore::store::postgres {

// Throws Error{fatal, Exit::usage} if libpq cannot parse it, or if a part of a password would be read as a host, a port
// or a database. The message does not quote it, because it may contain a password.
void check_conninfo(const std::string& conninfo);

// "host=… dbname=… password=***", in libpq's order of options.
std::string redacted_conninfo(const std::string& conninfo);

// The same connection without the values that libpq treats as secret: a program that gets it needs a passfile or a
// login without a password.
std::string passwordless_conninfo(const std::string& conninfo);

// True if it contains a password or another value that libpq treats as secret. False if libpq cannot parse it.
bool has_password(const std::string& conninfo);

// The user's settings, completed with our defaults: time-outs that detect a dead peer, the application_name, and for a
// writer only a server that accepts writes.
std::string completed_conninfo(const std::string& conninfo, Access access, const std::string& who);

}  // namespace longshore::store::postgres
