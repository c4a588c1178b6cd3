// A few files of every kind, the result of an undisturbed run, and runs that are killed.
#pragma once

#include "support/pipeline.hpp"

#include <string>
#include <vector>

namespace longshore::test {

// Small files, large ones that share rows, one with rejects, broken ones and a duplicate. Sets the limit of large files,
// and batches of two files, so that there are many steps.
void drop_mixed(Pipeline& p);

// The result of a run: rows, outcomes and places, without ids and times, which differ between runs.
std::vector<std::string> traces(Pipeline& p);

// Deletes all rows. Creating a new database would take longer than the test itself.
void empty_tables(const store::Target& target);

// The traces of the mixed files after an undisturbed run.
std::vector<std::string> undisturbed(const store::Target& target);

// Runs and dies at a crash point, "name:passage", as after kill -9. Returns the exit code: 137 if it died.
int run_and_die(Pipeline& p, const std::string& crash_at);

}  // namespace longshore::test
