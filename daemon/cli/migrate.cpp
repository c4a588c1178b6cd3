// longshore migrate: creates and extends the tables, or checks them.
#include "store/migrate.hpp"

#include "base/listen_address.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"
#include "config/feeds.hpp"
#include "config/target.hpp"
#include "housekeeping/steps.hpp"
#include "store/preflight.hpp"
#include "store/tasks.hpp"
#include "tasks/declared.hpp"
#include "tasks/task_list.hpp"

namespace longshore::cli {
namespace {

Exit migrate(const Arguments& arguments) {
  const config::Loaded loaded = arguments.settings();
  const Registry registry = config::load_feeds(loaded.config);
  const auto tasks = tasks::load_tasks(loaded.config, registry);
  const std::string database = config::target_of(loaded.config).redacted();
  if (arguments.has("check")) {
    const auto session = open_for_checking(loaded.config);
    store::preflight(*session, registry,
                     loaded.config.migrate == "check" ? store::Creator::another_role : store::Creator::this_role,
                     housekeeping::tables_to_delete_from(loaded.config));
    store::check_schema(*session, registry);
    store::require_declared(*session, tasks::declared_tasks(tasks, registry));
    print(database + " has all tables\n");
    return Exit::ok;
  }
  const auto session = open_for_migrating(loaded.config);
  const std::string who = "longshore migrate on " + host_name();
  store::Changes changes = store::migrate(*session, registry, embedded_migrations(), who);
  const auto declared = tasks::declare(*session, config::task_target_of(loaded.config), tasks, registry, who);
  changes.insert(changes.end(), declared.changes.begin(), declared.changes.end());
  for (const std::string& change : changes)
    print(change + "\n");
  if (!declared.faults.empty())
    throw declared.faults.front();
  if (changes.empty())
    print(database + " has all tables, nothing to do\n");
  return Exit::ok;
}

}  // namespace

const Command& migrate_command() {
  static const Command command{
      .name = "migrate",
      .arguments = "",
      .summary = "create and extend the tables",
      .about =
          "Creates the tables of the ledger and of the feeds. In existing tables it adds new nullable columns, drops NOT NULL\n"
          "of columns that are not required any more, and fills latest tables that lack rows. It prints one line per change.\n"
          "It does not change or drop anything else.\n\n"
          "It also records the declarations of the feeds in the database. A running daemon with another declaration of a feed\n"
          "pauses that feed until it reloads the same one. Tasks are declared in the same way; their setup runs with the role of\n"
          "task_database.\n\n"
          "The daemon does the same when it starts and when it reloads. If its database role must not create tables, set\n"
          "`migrate = \"check\"`, and run this command with another role. --check also fails if the database has another\n"
          "declaration of a feed, if the role that runs it lacks a right that the daemon needs, or if the server is not set\n"
          "up for longshore: all faults at once, each with the SQL that mends it.",
      .flags = {{"check", "", "change nothing; fail if something is missing"}},
      .settings = {"database", "schema", "feeds", "disable_feeds", "keep_ledger", "tasks", "enable_tasks",
                   "task_database"},
      .example = "longshore migrate --database postgresql://owner@db/fleet",
      .exits = "0   all tables exist, and all feeds are declared\n"
               "69  the database does not answer\n"
               "78  wrong settings, or the tables do not match this version and the feeds",
      .run = migrate,
  };
  return command;
}

}  // namespace longshore::cli
