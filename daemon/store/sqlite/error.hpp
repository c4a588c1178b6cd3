// Translates an SQLite result code into a fault, an exit code and a hint.
#pragma once

#include "base/error.hpp"

#include <string>

namespace SQLite {
class Exception;
}

namespace longshore::store::sqlite {

// Accepts primary and extended codes. An unknown code is transient.
Fault fault_of(int code) noexcept;
// Creates an Error with the name of its code ("SQLITE_BUSY"). `what` is the beginning of the message.
Error translate(const SQLite::Exception& exception, const std::string& what);

}  // namespace longshore::store::sqlite
