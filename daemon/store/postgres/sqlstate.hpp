// What an SQLSTATE means for the work at hand.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace longshore::store::postgres {

// `alive`: whether the connection still stands. A dead one is transient whatever the code says (08P01 comes both ways);
// so is every code that is not known: a file never fails for an unknown error of the database.
Fault fault_of(std::string_view sqlstate, bool alive) noexcept;

// As an Error with its code, exit and hint. `message` is the server's, of which the first line is kept with its detail.
Error translate(std::string_view sqlstate, bool alive, std::string_view message);

}  // namespace longshore::store::postgres
