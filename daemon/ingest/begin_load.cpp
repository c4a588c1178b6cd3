#include "ingest/begin_load.hpp"

#include "ingest/retry_policy.hpp"
#include "store/declarations.hpp"

#include <set>

namespace longshore::ingest {

namespace {

// A lock that is lost here was not lost to a file of the job.
store::Declarations begin(store::Session& session, store::LoadOrder order) {
  try {
    return store::begin_load(session, order);
  } catch (const Error& error) {
    if (error.fault() != Fault::contention)
      throw;
    throw Error{error}.with_code(std::string{k_cannot_begin});
  }
}

}  // namespace

void begin_load(const Job& job, store::LoadOrder order, Context& context, store::Session& session) {
  const store::Declarations declared = begin(session, order);
  std::set<const Feed*> different;
  for (const File& file : job.files) {
    if (is_outcome_fixed(file) || !file.feed)
      continue;
    if (!store::is_in_force(declared, *file.feed))
      different.insert(file.feed);
  }
  if (different.empty())
    return;
  session.rollback();
  for (const Feed* feed : different)
    context.paused.pause(*feed, store::describe_difference(session, *feed));
  throw Error{Fault::contention, "the database has another declaration of a feed"}.with_code(
      std::string{k_other_declaration});
}

}  // namespace longshore::ingest
