#include "store/user_script.hpp"

#include <utility>

namespace longshore::store {

Error in_statement(const Error& error, std::size_t number) {
  Error numbered{error.fault(), "statement " + std::to_string(number) + ": " + error.what()};
  numbered.with_hint(error.hint());
  return std::move(numbered).with_code(error.code()).exits(error.exit());
}

// A savepoint does not outlive its transaction: its release fails if the script ended ours.
std::vector<StatementResult> run_user_script(Session& session, const std::string& script, std::size_t most_rows) {
  session.exec("savepoint longshore_script");
  auto statements = session.run_script(script, most_rows);
  try {
    session.exec("release savepoint longshore_script");
  } catch (const Error&) {
    if (!session.is_open())
      throw;
    throw Error{Fault::fatal, "its SQL ended the transaction"}
        .with_hint("leave out begin, commit and rollback: all its statements are one transaction")
        .exits(Exit::config);
  }
  return statements;
}

}  // namespace longshore::store
