// What a user gives libpq to connect with: checked, completed with our defaults, and shown without its secrets.
#pragma once

#include "store/store.hpp"

#include <string>

namespace longshore::store::postgres {

// Throws Error{fatal, Exit::usage} when libpq cannot read it; the message repeats nothing that might be a password.
void check_conninfo(const std::string& conninfo);

// As "host=… dbname=… password=***", in the order in which libpq lists its options.
std::string redacted_conninfo(const std::string& conninfo);

// Whether a password, or another value that libpq calls secret, stands in it; not when libpq cannot read it.
bool holds_password(const std::string& conninfo);

// The user's settings and, where the user is silent, ours: time-outs that notice a dead peer, the application_name, and for
// a writer only a server that takes writes.
std::string completed_conninfo(const std::string& conninfo, Access access, const std::string& who);

}  // namespace longshore::store::postgres
