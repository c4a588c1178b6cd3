# All dependencies are Debian packages, with the same names on Debian 12 and 13.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(CURL REQUIRED)
find_package(cxxopts REQUIRED CONFIG)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(PostgreSQL REQUIRED)
find_package(RapidJSON REQUIRED) # sets RAPIDJSON_INCLUDE_DIRS, no target
find_package(spdlog REQUIRED CONFIG)
find_package(SQLite3 REQUIRED)
find_package(SQLiteCpp REQUIRED CONFIG)
find_package(tomlplusplus REQUIRED CONFIG)
find_package(ZLIB REQUIRED)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)
# its CMake package also requires the HTTP server and client of components that are not used here
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
# Debian's libcctz-dev has neither a CMake package nor a .pc file
find_library(CCTZ_LIBRARY cctz REQUIRED)
find_path(CCTZ_INCLUDE_DIR cctz/time_zone.h REQUIRED)
mark_as_advanced(CCTZ_LIBRARY CCTZ_INCLUDE_DIR)
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
mark_as_advanced(XXHASH_INCLUDE_DIR)

# Debian's libpqxx has no CMake package; a libpqxx that was built from source with CMake has one.
find_package(libpqxx CONFIG QUIET)
if(NOT TARGET libpqxx::pqxx)
  pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx)
  add_library(libpqxx::pqxx ALIAS PkgConfig::PQXX)
endif()
