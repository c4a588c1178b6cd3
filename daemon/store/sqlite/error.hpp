// What an SQLite result code means for the work at hand.
#pragma once

#include "base/error.hpp"

#include <string>

namespace SQLite {
class Exception;
}

namespace longshore::store::sqlite {

// Takes primary and extended codes; unknown is transient.
Fault fault_of(int code) noexcept;
// As an Error that names its code ("SQLITE_BUSY"); `what` says what was tried.
Error translate(const SQLite::Exception& exception, const std::string& what);

}  // namespace longshore::store::sqlite
