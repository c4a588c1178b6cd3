// Tasks: at the end the roll-up of each key equals the rows of that key, whatever runs beside the runs of the task.
//
// Three files. File 0 was loaded before the task is declared, with key OLD; a replay gives it key NEW. A lone file brings
// file 1 with key OLD, a batch brings file 2 with key NEW. Two daemons run the task, one may be killed, and the answer to
// one COMMIT is lost. The lease of a live run may run out once: its daemon was slow.
// -DPROGRAM: the task is a program; `result` is what it has read of each key. -DPURGE: the horizon, and no declaration.
// -DREDECLARE: the task is declared again with one more feed, and daemon 0 is not told. -DREBUILD: a task without feeds,
// whose SQL makes all keys anew, on command.
#include "common.pml"

#define OLD 1              // keys, as bits
#define NEW 2
#define ALL_ROWS 16        // the change with file_id 0
#define REPLAYED 8         // the second change of file 0
#define FILE(f) (1 << (f)) // as a bit: its row, or its change

#ifndef EXPIRIES
#define EXPIRIES 1
#endif
byte expiries = EXPIRIES;

// The fact table
byte rows = FILE(0);
bool is_moved;             // the row of file 0 has key NEW
bool horizon;              // ingest_horizons has passed OLD
bool purged;               // a row of OLD was removed by it
#define MASK(k, set, moved) ((k) == OLD -> ((set) & (FILE(1) | ((moved) -> 0 : FILE(0)))) : \
                                           ((set) & (FILE(2) | ((moved) -> FILE(0) : 0))))

// ingest_tasks and its neighbours. Each row that is inserted has a bit of its own.
byte declared;             // 0, 1, 2: which declaration is in force
byte changes;              // ingest_changes
byte noted;                // ingest_touched_<task>: keys noted by a replay
byte given[3];             // keys of the runs of a program; 2: of a run that ended without its end
byte lease = NONE;         // run_id: the daemon whose run has the lease; DEAD: a run of a process that ended
bool lease_is_over;
bool has_failed;           // failures > 0: it is tried again
#define DEAD 2
byte result[3];            // by key: the files in the roll-up, or those that the program has read
byte result_rows[3];       // a key has one row
byte written[3];           // -DOUTPUT: what the program has written; it reads first

// Locks. 0, 1: daemons; ORPHAN: a session whose process has ended, or which has lost its connection
#define ORPHAN 2
byte feeds_shared;         // ACCESS SHARE on ingest_feeds, from BEGIN to the end of a load
bool feeds_locked;         // ACCESS EXCLUSIVE on it: store/declarations.cpp:lock_out_loaders
byte facts_shared;         // ROW EXCLUSIVE on the facts
bool facts_locked;         // SHARE ROW EXCLUSIVE: store/replay.cpp:lock_tables
bool horizons_shared;      // ACCESS SHARE on ingest_horizons
byte touch_lock = NONE;    // SHARE UPDATE EXCLUSIVE on ingest_touched_<task>

// Snapshots of the sessions that run the task
bool is_open[3];
byte s_rows[3], s_changes[3], s_noted[3], s_given[3], s_results[3], s_lease[3], s_declared[3];
bool s_moved[3], s_horizon[3], s_purged[3];
bool has_conflict[3];      // a row that it deletes was deleted after its snapshot: 40001
bool lease_changed[3];     // the same of the row of ingest_tasks
byte keys[3];              // `touched`
bool is_sent;              // ORPHAN's COMMIT is on its way
bool ends_run;             // it ends a run, and holds the row of ingest_tasks
byte orphan_of;            // of which daemon
#define ROW_IS_FREE (!(is_sent && ends_run))

#ifdef ALL_CHANGES_DELETED
#define USED_CHANGES(s) changes
#else
#define USED_CHANGES(s) s_changes[s]
#endif

#ifdef PROGRAM
#define IS_ALIVE false
#else
#define IS_ALIVE (touch_lock != NONE)
#endif

// Which files' rows declaration d covers
#ifdef REDECLARE
#define SOURCES(d) ((d) == 1 -> (FILE(0) | FILE(1) | REPLAYED) : (FILE(0) | FILE(1) | FILE(2) | REPLAYED))
#define KNOWN(me) (me == 0 -> 1 : 2)
#else
#define SOURCES(d) (FILE(0) | FILE(1) | FILE(2) | REPLAYED)
#define KNOWN(me) 1
#endif

inline take_snapshot(s) {
  is_open[s] = true; s_rows[s] = rows; s_moved[s] = is_moved; s_changes[s] = changes; s_noted[s] = noted;
  s_given[s] = given[0] | given[1] | given[2]; s_results[s] = (result_rows[OLD] -> OLD : 0) | (result_rows[NEW] -> NEW : 0);
  s_lease[s] = lease; s_declared[s] = declared; s_horizon[s] = horizon; s_purged[s] = purged;
  has_conflict[s] = false; lease_changed[s] = false
}

inline close(s) {
  is_open[s] = false; s_rows[s] = 0; s_moved[s] = false; s_changes[s] = 0; s_noted[s] = 0; s_given[s] = 0;
  s_results[s] = 0; s_lease[s] = NONE; s_declared[s] = 0; s_horizon[s] = false; s_purged[s] = false; keys[s] = 0;
  has_conflict[s] = false; lease_changed[s] = false;
  if :: touch_lock == s -> touch_lock = NONE :: else fi
}

// The row of ingest_tasks has changed: an open snapshot cannot change it any more.
inline change_lease_row() { lease_changed[0] = is_open[0]; lease_changed[1] = is_open[1]; lease_changed[2] = is_open[2] }

// The keys of the rows of a set of files, in the snapshot of s
#define KEYS_OF(s, files) ((MASK(OLD, s_rows[s] & (files), s_moved[s]) -> OLD : 0) | \
                           (MASK(NEW, s_rows[s] & (files), s_moved[s]) -> NEW : 0))
#define CHANGED(s) ((s_changes[s] & ALL_ROWS) -> SOURCES(KNOWN(me)) : \
                    ((s_changes[s] & SOURCES(KNOWN(me))) | ((s_changes[s] & REPLAYED) -> FILE(0) : 0)))
#ifdef NO_HORIZON
#define BEFORE_HORIZON(s) (OLD | NEW)
#elif defined(HORIZON_BY_FEED)
#define BEFORE_HORIZON(s) (s_horizon[s] && me == 1 -> NEW : (OLD | NEW))
#else
#define BEFORE_HORIZON(s) (s_horizon[s] -> NEW : (OLD | NEW))
#endif

inline find_keys(s) {
#ifdef REBUILD
  keys[s] = KEYS_OF(s, rows) & BEFORE_HORIZON(s)
#else
  keys[s] = (KEYS_OF(s, CHANGED(s)) | s_noted[s] | s_given[s]) & BEFORE_HORIZON(s)
#endif
}

// The COMMIT of session s takes effect
inline delete_used(s) {
  if :: s != 0 && is_open[0] && ((s_changes[0] & s_changes[s]) || (s_noted[0] & s_noted[s]) || (s_results[0] & keys[s])) -> has_conflict[0] = true :: else fi;
  if :: s != 1 && is_open[1] && ((s_changes[1] & s_changes[s]) || (s_noted[1] & s_noted[s]) || (s_results[1] & keys[s])) -> has_conflict[1] = true :: else fi;
  changes = changes & ~(USED_CHANGES(s)); noted = noted & ~s_noted[s]
}

inline put_result(s, k) {
  if
  :: keys[s] & k ->
     assert(!(k == OLD && s_purged[s]));             // a roll-up of which rows are gone is never made anew
     result[k] = MASK(k, s_rows[s], s_moved[s]);
     if :: !(s_results[s] & k) && result[k] -> result_rows[k]++ :: else fi;
     if :: !result[k] -> result_rows[k] = 0 :: else fi;
     assert(result_rows[k] <= 1)
  :: else
  fi
}

inline apply_sql(s) {
  d_step {
    delete_used(s); put_result(s, OLD); put_result(s, NEW);
    lease = NONE; lease_is_over = false; has_failed = false; close(s); change_lease_row()
  }
}

inline apply_take(s, owner) {
  d_step {
    delete_used(s); given[0] = 0; given[1] = 0; given[2] = 0;
#ifndef AT_MOST_ONCE
    given[owner] = keys[s];
#endif
    close(s)
  }
}

inline apply_program(owner) {
  d_step {
    given[owner] = 0; lease = NONE; lease_is_over = false; has_failed = false; change_lease_row();
#ifdef ALL_KEYS_DELETED
    noted = 0;
#endif
  }
}

// The session is lost. Its locks stay until the server notices.
inline orphan(s, sent, ends) {
  d_step {
    is_open[ORPHAN] = is_open[s]; s_rows[ORPHAN] = s_rows[s]; s_moved[ORPHAN] = s_moved[s]; s_changes[ORPHAN] = s_changes[s];
    s_noted[ORPHAN] = s_noted[s]; s_given[ORPHAN] = s_given[s]; s_results[ORPHAN] = s_results[s]; s_purged[ORPHAN] = s_purged[s];
    s_lease[ORPHAN] = s_lease[s]; keys[ORPHAN] = keys[s]; is_sent = sent; ends_run = ends; orphan_of = s;
    if :: touch_lock == s -> touch_lock = ORPHAN :: else fi;
    close(s)
  }
}

#define IS_ORPHANED (is_open[ORPHAN] || is_sent || touch_lock == ORPHAN)

proctype Server() {
  end:
  do
  :: atomic { IS_ORPHANED ->
       if
       :: is_sent ->
          if
          :: skip
#ifdef PROGRAM
          :: ends_run -> apply_program(orphan_of)
          :: !ends_run -> apply_take(ORPHAN, 2)
#else
          :: apply_sql(ORPHAN)
#endif
          fi
       :: else
       fi;
       d_step { close(ORPHAN); is_sent = false; ends_run = false; orphan_of = 0 } }
  od
}

// A lease runs out: of a run that is dead, or too slow. tasks/lease_keeper.cpp:renew
proctype Clock() {
  end:
  do
  :: atomic { lease == DEAD && !lease_is_over -> lease_is_over = true }
  :: atomic { lease < 2 && !lease_is_over && expiries > 0 -> expiries--; lease_is_over = true }
#ifdef RENEWED_IN_SQL
  :: atomic { lease < 2 && is_open[lease] && !lease_changed[lease] -> lease_is_over = false; change_lease_row() }
#endif
#ifdef PROGRAM
  :: atomic { lease < 2 && lease_is_over -> lease_is_over = false }
#endif
  od
}

// ---- loads

#ifdef REBUILD
#define HAS_TASK false                                       // it names no feed
#else
#define HAS_TASK (declared > 0)
#endif

proctype Lone() {                                            // store/ledger.cpp:begin
  bool has_task, is_late;
  atomic { !feeds_locked -> feeds_shared++; horizons_shared = true }
  atomic { has_task = HAS_TASK; is_late = horizon }      // the statement of the ledger row
  atomic { !facts_locked -> facts_shared++ }
  atomic {
    feeds_shared--; facts_shared--; horizons_shared = false;
    if :: !is_late -> rows = rows | FILE(1) :: else fi;
    if :: has_task -> changes = changes | FILE(1) :: else fi
  }
}

proctype Batch() {                                           // ingest/small_files.cpp:commit
  bool has_task;
  atomic { !feeds_locked -> feeds_shared++; has_task = HAS_TASK } // store/declarations.cpp:begin_load
  atomic { !facts_locked -> facts_shared++ }
#ifdef REDECLARE
  atomic { has_task = has_task && declared == 2 }            // file 2 is of the feed that the second declaration adds
#endif
  atomic {                                                   // store/changes.cpp:add_changes, COMMIT
    feeds_shared--; facts_shared--; rows = rows | FILE(2);
    if :: has_task -> changes = changes | FILE(2) :: else fi
  }
}

proctype Replay() {                                          // admin/replay.cpp:try_replay
  byte touched = 0;
  bool has_task;
  if :: skip :: goto done fi;                                // it may die at any step: then nothing was done
  atomic { !feeds_locked -> feeds_shared++; has_task = HAS_TASK }
  if :: skip :: atomic { feeds_shared-- }; goto done fi;
  atomic { !facts_locked && facts_shared == 0 -> facts_locked = true }
#ifndef NO_TOUCH
  atomic { if :: has_task && (rows & FILE(0)) -> touched = (is_moved -> NEW : OLD) :: else fi }  // store/touched.cpp:touch_rows
#endif
#ifdef TOUCH_APART
  atomic { noted = noted | touched };
#endif
  if :: skip :: atomic { feeds_shared--; facts_locked = false }; goto done fi;
  atomic {                                                   // store/replay.cpp:delete_rows, the load, COMMIT
    feeds_shared--; facts_locked = false; rows = rows | FILE(0); is_moved = true;
#ifndef TOUCH_APART
    noted = noted | touched;
#endif
    if :: has_task -> changes = changes | REPLAYED :: else fi
  }
done:
  atomic { touched = 0; has_task = false }
}

proctype Purge() {
  atomic { !horizons_shared -> horizon = true }              // store/horizons.cpp:raise_horizon
  atomic { !facts_locked -> if :: (rows & FILE(0)) && !is_moved -> rows = rows & ~FILE(0); purged = true :: else fi }
  atomic { !facts_locked -> if :: rows & FILE(1) -> rows = rows & ~FILE(1); purged = true :: else fi }
}

// ---- declaration

#ifdef RUN_GOES_ON
#define END_RUN skip
#else
#define END_RUN lease = NONE; lease_is_over = false; has_failed = false  // store/tasks.cpp:declare
#endif

inline declare(d) {
#ifdef NO_LOCK
  atomic { feeds_locked == false -> skip }
#else
  atomic { !feeds_locked && feeds_shared == 0 -> feeds_locked = true }
#endif
  atomic { touch_lock == NONE -> touch_lock = 3 }            // drop table, create table: store/tasks.cpp:replace_rows
  atomic {
    ROW_IS_FREE -> declared = d; END_RUN; changes = ALL_ROWS; noted = 0; given[0] = 0; given[1] = 0; given[2] = 0; change_lease_row();
    touch_lock = NONE; feeds_locked = false
  }
}

proctype Declare() {                                         // store/tasks.cpp:declare_once
  declare(1);
#ifdef REDECLARE
  declare(2)
#endif
}

// ---- runs

#ifdef REBUILD
byte commands = 2;
#define IS_DUE (commands > 0)
#else
#define IS_DUE (changes || has_failed)
#endif

proctype Runner(byte me) {
  byte r_old = 0, r_new = 0;                                 // -DOUTPUT: what the program has read
  bool got_old, got_new;
start:
  {
    // tasks/runner.cpp:is_runnable, tasks/schedule.cpp:due, store/task_runs.cpp:start_run
    atomic {
      declared == KNOWN(me) && ROW_IS_FREE && ((lease == NONE && IS_DUE) || (lease != NONE && lease != me && lease_is_over && !IS_ALIVE)) ->
#ifdef REBUILD
      if :: commands > 0 -> commands-- :: else fi;
#endif
      lease = me; lease_is_over = false; change_lease_row()
    }
  again:
#ifdef SNAPSHOT_FIRST
    atomic { take_snapshot(me) }
    atomic { touch_lock == NONE -> touch_lock = me }
#else
    atomic { touch_lock == NONE -> touch_lock = me }         // tasks/sql_run.cpp:run_sql
    atomic { take_snapshot(me) }                             // its first statement
#endif
    atomic {                                                 // store/touched.cpp:make_touched, take_keys
#ifdef PROGRAM
#ifndef TAKEN_WITHOUT_LEASE                                  // store/task_runs.cpp:has_lease
      if :: s_lease[me] != me -> close(me); goto start :: else fi;
#endif
#endif
      find_keys(me)
    }
#ifdef PROGRAM
    if                                                       // COMMIT: the changes are keys of the run
    :: atomic { has_conflict[me] -> close(me) }; goto again
    :: atomic { !has_conflict[me] -> apply_take(me, me) }
    :: atomic { !has_conflict[me] && losses > 0 && !IS_ORPHANED -> losses--; orphan(me, true, false) }; goto fail
    fi;
    // tasks/program_run.cpp:run_program: it reads its keys, and then their rows
    atomic { got_old = (given[me] & OLD) != 0; got_new = (given[me] & NEW) != 0 }
    atomic { if :: got_old -> result[OLD] = MASK(OLD, rows, is_moved); r_old = result[OLD] :: else fi }
    atomic { if :: got_new -> result[NEW] = MASK(NEW, rows, is_moved); r_new = result[NEW] :: else fi }
#ifdef OUTPUT
    atomic { if :: got_old -> written[OLD] = r_old :: else fi; if :: got_new -> written[NEW] = r_new :: else fi }
#endif
    atomic { got_old = false; got_new = false; r_old = 0; r_new = 0 }
    if                                                       // tasks/run_task.cpp:finish_program
    :: atomic { lease == me && !is_sent -> apply_program(me) }; goto start
    :: atomic { lease != me -> given[DEAD] = given[DEAD] | given[me]; given[me] = 0 }; goto start
    :: atomic { lease == me && losses > 0 && !IS_ORPHANED -> losses--; orphan_of = me; is_sent = true; ends_run = true }; goto fail
    :: goto fail                                             // exit code 1
    fi;
#else
    if                                                       // store/task_runs.cpp:finish_run, COMMIT
    :: atomic { has_conflict[me] || lease_changed[me] ->
         assert(lease != me || s_declared[me] != declared || has_conflict[me]);  // its own daemon does not undo its work
         close(me);
         if :: lease == me :: else -> goto start fi };
       goto again
#ifdef NO_LEASE_CHECK
    :: atomic { !has_conflict[me] -> apply_sql(me) }; goto start
#else
    :: atomic { !has_conflict[me] && !lease_changed[me] && s_lease[me] != me -> close(me) }; goto start
    :: atomic { !has_conflict[me] && !lease_changed[me] && s_lease[me] == me -> apply_sql(me) }; goto start
    :: atomic { !has_conflict[me] && !lease_changed[me] && s_lease[me] == me && losses > 0 && !IS_ORPHANED ->
         losses--; orphan(me, true, true) };
       goto fail
#endif
    fi;
#endif
  fail:                                                      // store/task_runs.cpp:fail_run
    atomic { ROW_IS_FREE ->
      if :: lease == me -> lease = NONE; lease_is_over = false; has_failed = true; change_lease_row() :: else fi;
      given[DEAD] = given[DEAD] | given[me]; given[me] = 0 }
    goto start
  } unless {
    atomic {
      killed[me] && !IS_ORPHANED -> killed[me] = false;
      got_old = false; got_new = false; r_old = 0; r_new = 0;
      if :: lease == me -> lease = DEAD :: else fi;
      given[DEAD] = given[DEAD] | given[me]; given[me] = 0;
      if :: is_open[me] || touch_lock == me -> orphan(me, false, false) :: else fi
    }
  }
#ifdef REDECLARE
  goto start                                                 // nobody else knows the declaration
#else
  if :: goto start :: skip fi
#endif
}

proctype Final() {
  timeout;
#ifdef REBUILD
  FINAL(result_rows[OLD] <= 1 && result_rows[NEW] <= 1)      // rows may come after the last command
#elif defined(OUTPUT)
  FINAL((horizon || written[OLD] == MASK(OLD, rows, is_moved)) && written[NEW] == MASK(NEW, rows, is_moved))
#else
  FINAL((horizon || result[OLD] == MASK(OLD, rows, is_moved)) && result[NEW] == MASK(NEW, rows, is_moved))
#endif
#ifndef REBUILD
  assert(!changes && !noted && !given[0] && !given[1] && !given[2])
#endif
  assert(lease == NONE && !has_failed)
}

init {
  atomic {
    run Kill(); run Server(); run Clock();
#ifdef REBUILD
    declared = 1; run Lone(); run Batch();
#elif defined(PURGE)
    declared = 1; changes = ALL_ROWS; run Lone(); run Replay(); run Purge();
#else
    run Lone(); run Batch(); run Replay(); run Declare();
#endif
    run Runner(0); run Runner(1); run Final()
  }
}
