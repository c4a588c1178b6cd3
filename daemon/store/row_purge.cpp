#include "store/row_purge.hpp"

#include "store/declarations.hpp"
#include "store/postgres/block_purge.hpp"
#include "store/sqlite/key_purge.hpp"

namespace longshore::store {

// Reading the declaration also keeps it as it is until the end of the transaction.
bool RowPurge::begin_step(Session& session, const Feed& feed) {
  if (is_in_force(begin_load(session, LoadOrder::straight).declarations, feed))
    return true;
  session.rollback();
  return false;
}

std::unique_ptr<RowPurge> begin_row_purge(Session& session, const Feed& feed, std::int64_t horizon) {
  if (session.engine() == Engine::postgres)
    return std::make_unique<postgres::BlockPurge>(session, feed, horizon);
  return std::make_unique<sqlite::KeyPurge>(session, feed, horizon);
}

}  // namespace longshore::store
