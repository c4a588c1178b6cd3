#include "support/each_store.hpp"

#include "store/migrate.hpp"
#include "support/postgres_server.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

namespace longshore::test {

void on_each_store(const std::function<void(const store::Target&)>& body) {
  SUBCASE("sqlite") {
    const ScratchDirectory directory;
    body({store::Engine::sqlite, directory / "longshore.db"});
  }
  SUBCASE("postgres") { body(fresh_database()); }
}

std::unique_ptr<store::Session> open_migrated(const store::Target& target, const Registry& registry) {
  auto session = store::open(target, store::Access::read_write, "longshore/tests");
  store::migrate(*session, registry);
  return session;
}

}  // namespace longshore::test
