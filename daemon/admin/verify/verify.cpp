#include "admin/verify/verify.hpp"

namespace longshore::admin {

void verify(const VerifyContext& context) {
  check_copies(context);
  check_unknown_files(context);
  check_counts(context);
  check_claims(context);
  if (!context.options.rows)
    return;
  for (const Feed& feed : context.registry.feeds()) {
    const bool is_wanted = context.options.feed.empty() || feed.name == context.options.feed;
    if (!is_wanted || context.session.table_columns(feed.table).empty())
      continue;
    check_rows(context, feed);
    if (feed.latest && feed.has_history)
      check_latest(context, feed);
  }
}

}  // namespace longshore::admin
