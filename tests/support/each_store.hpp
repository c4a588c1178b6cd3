// Runs a test on SQLite and on PostgreSQL.
#pragma once

#include "feed/feed.hpp"
#include "store/store.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>

namespace longshore::test {

// Runs the body in one SUBCASE per engine, each with a new, empty database.
void on_each_store(const std::function<void(const store::Target&)>& body);

// Opens the database for reading and writing and migrates it for these feeds.
std::unique_ptr<store::Session> open_migrated(const store::Target& target, const Registry& registry);

}  // namespace longshore::test

// A test case whose body runs on each store, with `target`: a new, empty database.
#define TEST_CASE_ON_EACH_STORE(title) LONGSHORE_EACH_STORE_CASE(title, DOCTEST_ANONYMOUS(each_store_body_))
#define LONGSHORE_EACH_STORE_CASE(title, body)               \
  static void body(const longshore::store::Target& target);  \
  TEST_CASE(title) { longshore::test::on_each_store(body); } \
  static void body(const longshore::store::Target& target)
