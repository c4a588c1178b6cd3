// A Session on one SQLite file: WAL, synchronous=FULL (with NORMAL a power cut took back commits whose files had already
// been moved), one writer at a time. Rows go in one by one through a prepared statement, so there is but one road.
#pragma once

#include "store/store.hpp"

#include <memory>
#include <string>

namespace longshore::store::sqlite {

std::unique_ptr<Session> open(const std::string& path, Access access);

}  // namespace longshore::store::sqlite
