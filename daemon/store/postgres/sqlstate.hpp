// Translates an SQLSTATE into a fault, an exit code and a hint.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace longshore::store::postgres {

// `alive`: the connection is still open. If not, the fault is disconnected for every code (08P01 occurs in both cases).
// An unknown code is transient: a file never fails because of an unknown database error.
Fault fault_of(std::string_view sqlstate, bool alive) noexcept;

// Creates an Error with code, constraint, exit and hint. `message` is libpq's text at PQERRORS_VERBOSE; its primary
// line and its detail become one line.
Error translate(std::string_view sqlstate, bool alive, std::string_view message);

// True if a unique key already exists: 23505, or XX000, which Citus reports instead.
bool is_unique_violation(const Error& error) noexcept;

}  // namespace longshore::store::postgres
