// A Session on an SQLite file, in WAL mode with synchronous=FULL: with NORMAL, a power cut undid commits of files that
// were already archived. There is one writer at a time, so both values of LoadOrder do the same.
#pragma once

#include "store/store.hpp"

#include <memory>
#include <string>

namespace longshore::store::sqlite {

std::unique_ptr<Session> open(const std::string& path, Access access);

}  // namespace longshore::store::sqlite
