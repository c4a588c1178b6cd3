// A Session on PostgreSQL 14 or newer.
#pragma once

#include "store/store.hpp"

#include <memory>
#include <string>

namespace longshore::store::postgres {

std::unique_ptr<Session> open(const Target& target, Access access, const std::string& who);

}  // namespace longshore::store::postgres
