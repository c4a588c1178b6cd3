// A few files of every kind, what an undisturbed run makes of them, and runs that die on the way.
#pragma once

#include "support/pipeline.hpp"

#include <string>
#include <vector>

namespace longshore::test {

// Small ones, large ones that share rows, one with rejects, one that is broken, one that repeats another. Sets what is
// large, and batches of two files: so that there are many steps to die at.
void drop_mixed(Pipeline& p);

// What is left when all is done, without what tells which run it was: rows, outcomes, places.
std::vector<std::string> traces(Pipeline& p);

// No row in any table, which remain as they were migrated: a new database would take longer than what is tested.
void empty_tables(const store::Target& target);

// The traces of the mixed files when nobody disturbs.
std::vector<std::string> undisturbed(const store::Target& target);

// A run that dies at a crash point as kill -9 would have it, "name:passage"; its exit code: 137 when it died.
int run_and_die(Pipeline& p, const std::string& crash_at);

}  // namespace longshore::test
