#include "ingest/batching.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::ingest;

namespace {

using Names = std::vector<std::string>;

// Files named by their position, with these sizes.
std::vector<spool::Candidate> ready(const std::vector<std::uint64_t>& sizes) {
  std::vector<spool::Candidate> files(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    files[i].name = std::to_string(i);
    files[i].size = sizes[i];
  }
  return files;
}

Names names(const std::vector<spool::Candidate>& files) {
  Names out;
  for (const spool::Candidate& file : files)
    out.push_back(file.name);
  return out;
}

config::Config limits(std::size_t batch_files, std::uint64_t large_file) {
  config::Config config;
  config.batch_files = batch_files;
  config.large_file = large_file;
  return config;
}

}  // namespace

TEST_SUITE("batching") {
  TEST_CASE("small files fill a batch up to its number of files, and the rest stays in order") {
    auto files = ready({1, 1, 1, 1});
    CHECK(names(take_batch(files, limits(3, 100), true)) == Names{"0", "1", "2"});
    CHECK(names(files) == Names{"3"});
  }
  TEST_CASE("small files fill a batch up to the size of a large file, and a smaller one may fill the gap") {
    auto files = ready({60, 50, 40});
    CHECK(names(take_batch(files, limits(10, 100), true)) == Names{"0", "2"});
    CHECK(names(files) == Names{"1"});
  }
  TEST_CASE("a large file that is the oldest is taken alone") {
    auto files = ready({100, 1, 200});
    CHECK(names(take_batch(files, limits(10, 100), true)) == Names{"0"});
    CHECK(names(files) == Names{"1", "2"});
  }
  TEST_CASE("large files are skipped if a small file is older, and while none may start") {
    auto files = ready({1, 100, 1});
    CHECK(names(take_batch(files, limits(10, 100), true)) == Names{"0", "2"});
    CHECK(names(files) == Names{"1"});
    CHECK(take_batch(files, limits(10, 100), false).empty());
    CHECK(names(files) == Names{"1"});
  }
}
