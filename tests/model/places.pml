// The ledger always knows where a file lies: `archive_path` never names another file's bytes, and no command moves a
// file by a name that is out of date.
//
// Two files have the same name; each is good or bad. Two daemons load and archive them. One statement that changes
// archive_path fails, the answer to another one is lost. Commands: -DRETRY=n (retry runs n times), -DSKIP, -DRELEASE,
// -DVERIFY (verify --repair, twice at once), -DPURGE (a file leaves processed/, so that its place is free again),
// -DPURGE_FAILED (keep_failed).
#include "common.pml"

#define FILES 2
#define CLAIMS 4
#define ARRIVALS 8

// Where a file is, and what archive_path says. 0: not delivered yet; in a ledger row: no place.
#define LANDING 1
#define WORK(d) (2 + (d))
#define SHARED 4             // processed/DAY/NAME
#define SHARED_FAILED 5      // failed/DAY/NAME
#define GONE 6
#define PROCESSED_OF(a) (10 + (a))  // processed/DAY/CLAIM/NAME
#define FAILED_OF(a) (20 + (a))     // failed/DAY/CLAIM/NAME

#ifdef SHARE_FAILED
#define LEFT SHARED_FAILED
#else
#define LEFT SHARED
#endif

#define NOTHING 0
#define LOADED 1
#define FAILED 2

#ifndef RETRY
#define RETRY 0
#endif
#ifndef ERRORS
#define ERRORS 1
#endif

byte errors = ERRORS;        // statements that fail without effect: a lock time-out
bool is_bad[FILES];
byte at[FILES];
byte claims[FILES];
byte status[ARRIVALS];
byte place[ARRIVALS];
byte late_row = NONE, late_place;  // an update whose answer was lost; it still has the lock on its row
byte locked_row = NONE;            // the row that the transaction of `retry` has changed
bool locked[2];
bool is_held[FILES];               // flock on an archived file, by a command that is about to move it

#define FILE(a) ((a) / CLAIMS)
#define ARRIVAL(f) ((f) * CLAIMS + claims[f] - 1)
#define IN_WORK(f) (at[f] == WORK(0) || at[f] == WORK(1))
#define IS_FREE(p) (at[0] != (p) && at[1] != (p))
#define IN_PROCESSED(f) (at[f] == SHARED || (at[f] >= PROCESSED_OF(0) && at[f] < FAILED_OF(0)))
#define ROW_FREE(a) (late_row != (a) && locked_row != (a))

// The row of an arrival that is known is read after its open transaction has ended: `on conflict do nothing` waits
// for it.
#ifdef READ_OLD
#define MAY_READ(a) (locked_row != (a))
#else
#define MAY_READ(a) ROW_FREE(a)
#endif

// A row may name a taken place only while its own file is still in its claim.
#define NAMES_OTHER(a)                                                                            \
  (place[a] >= SHARED && at[1 - FILE(a)] == place[a] && !(IN_WORK(FILE(a)) && ARRIVAL(FILE(a)) == (a)))

proctype Invariant() {
  end:
  atomic {
    NAMES_OTHER(0) || NAMES_OTHER(1) || NAMES_OTHER(2) || NAMES_OTHER(3) ||
    NAMES_OTHER(4) || NAMES_OTHER(5) || NAMES_OTHER(6) || NAMES_OTHER(7) -> assert(false)
  }
}

// ingest/file.cpp:finish_row, spool/archive/archive.cpp:choose
inline choose_failed(p, a) {
#ifdef SHARE_FAILED
  p = (IS_FREE(SHARED_FAILED) -> SHARED_FAILED : FAILED_OF(a))
#else
  p = FAILED_OF(a)
#endif
}
inline choose(p, f, a) {
  if
  :: is_bad[f] -> choose_failed(p, a)
  :: !is_bad[f] -> p = (IS_FREE(SHARED) -> SHARED : PROCESSED_OF(a))
  fi
}
// spool/archive/archive.cpp:aside
#define ASIDE(p, a) ((p) == SHARED -> PROCESSED_OF(a) : ((p) == SHARED_FAILED -> FAILED_OF(a) : (p)))

#ifdef MEMORY_FIRST
#define BEFORE_UPDATE(memory, p) memory = p
#else
#define BEFORE_UPDATE(memory, p) skip
#endif
// store/ledger.cpp:set_archive_path. `memory` is what the process believes afterwards.
#define SET_ARCHIVE_PATH(a, p, memory, on_error)                                                                     \
  atomic { BEFORE_UPDATE(memory, p) };                                                                               \
  if                                                                                                                 \
  :: atomic { ROW_FREE(a) -> place[a] = p; memory = p }                                                       \
  :: atomic { errors > 0 -> errors--; goto on_error }                                                                \
  :: atomic { losses > 0 && ROW_FREE(a) && late_row == NONE -> losses--; late_row = a; late_place = p; goto on_error } \
  fi

proctype Server() {
  end:
  do
  :: atomic { late_row != NONE -> if :: place[late_row] = late_place :: skip fi; late_row = NONE; late_place = 0 }
  od
}

// The second file of this name arrives at any time when the name is free.
proctype Producer() {
  end:
  atomic { IS_FREE(LANDING) -> at[1] = LANDING }
}

inline claim_file(x) {
  at[x] = WORK(me); claims[x]++; assert(claims[x] <= CLAIMS); f = x; a = ARRIVAL(x)
}
inline take_up(x) { f = x; a = ARRIVAL(x) }

// What follows an error: the same update again, until it has succeeded. A move to the old place would be wrong: that
// place may be free by now, and the lost update may still take effect.
#if defined(MEMORY_FIRST) || defined(BACK_TO_OLD)
#define RETOLD archive
#else
#define RETOLD tell
#endif

proctype Daemon(byte me) {
  byte f = NONE, a = 0, p = 0, to = 0;
start:
  {
    atomic { !locked[me] -> locked[me] = true }
  idle:
    do
    :: atomic { at[0] == LANDING -> claim_file(0) }; break      // spool/work/workspace.cpp:claim
    :: atomic { at[1] == LANDING -> claim_file(1) }; break
    :: atomic { at[0] == WORK(me) -> take_up(0) }; break        // spool/work/adoption.cpp:find_own_claims
    :: atomic { at[1] == WORK(me) -> take_up(1) }; break
    :: atomic { !locked[1 - me] && (at[0] == WORK(1 - me) || at[1] == WORK(1 - me)) ->
         if                                                     // spool/work/adoption.cpp:adopt_instance
         :: at[0] == WORK(1 - me) -> at[0] = WORK(me)
         :: at[1] == WORK(1 - me) -> at[1] = WORK(me)
         fi }
    od;
    atomic { choose(p, f, a) }
    atomic {                                                    // ingest/small_files.cpp:commit, resolve_conflict
      MAY_READ(a) ->
      if
      :: status[a] == NOTHING && at[f] != WORK(me) -> status[a] = FAILED; p = 0; goto done  // never: see load.pml
      :: status[a] == NOTHING && at[f] == WORK(me) -> status[a] = (is_bad[f] -> FAILED : LOADED); place[a] = p
      :: status[a] != NOTHING -> p = place[a]                   // ingest/file.cpp:set_recorded_before
      fi
    }
  archive:                                                      // ingest/archiving.cpp:archive, and each retry of it
    if
    :: atomic { at[f] != WORK(me) -> goto done }                // ingest/archiving.cpp:report_taken
    :: atomic { at[f] == WORK(me) && p == 0 ->                  // ingest/archiving.cpp:release
         if
         :: IS_FREE(LANDING) -> at[f] = LANDING; goto done
         :: else -> choose_failed(to, a)
         fi };
       goto tell
    :: atomic { at[f] == WORK(me) && p != 0 }
    fi;
    if                                                          // ingest/archiving.cpp:move_to_place
    :: atomic { at[f] != WORK(me) -> goto done }                // spool/archive/archive.cpp:move: moved before
    :: atomic { at[f] == WORK(me) && IS_FREE(p) -> at[f] = p; goto done }
    :: atomic { at[f] == WORK(me) && !IS_FREE(p) -> to = ASIDE(p, a) }
    fi;
  tell:
    SET_ARCHIVE_PATH(a, to, p, RETOLD);
    goto archive;
  done:
    atomic { f = NONE; a = 0; p = 0; to = 0 };
    goto idle
  } unless {
    atomic { killed[me] -> killed[me] = false; f = NONE; a = 0; p = 0; to = 0; locked[me] = false }
  }
  if :: goto start :: skip fi
}

#define IS_CLAIMED_BY(d) (at[FILE(a)] == WORK(d) && ARRIVAL(FILE(a)) == a)
// A file of its name is in landing, or it was claimed again.
#define HAS_RETURNED(a) (!IS_FREE(LANDING) || ARRIVAL(FILE(a)) != (a))

// longshore retry FILE_ID: admin/retry.cpp:retry_file. It may be stopped, or lose its COMMIT, at any step.
proctype Retry() {
  byte a, p, moved;
  byte runs = RETRY;
  end:
  do
  :: atomic { runs > 0 ->
       runs--; a = 0; p = 0; moved = NONE;
       do :: a < ARRIVALS - 1 -> a++ :: break od;
#ifdef RETRY_ARCHIVED
       if :: IN_WORK(FILE(a)) -> goto next :: else fi;           // the operator waits until it is in failed/
#endif
       // a row that is purged has no copy
       if :: status[a] == FAILED && place[a] != 0 && place[a] != GONE -> p = place[a] :: else -> goto next fi
     }
     if                                                         // spool/archive/archive.cpp:find
     :: atomic { !IS_FREE(p) }
     :: atomic { IS_FREE(p) && !IS_FREE(ASIDE(p, a)) -> p = ASIDE(p, a) }
     :: atomic { IS_FREE(p) && IS_FREE(ASIDE(p, a)) };          // admin/retry.cpp:retry_without_copy
        atomic { if :: IS_CLAIMED_BY(0) -> goto next :: else fi };  // spool/work/claims.cpp:instance_with
        atomic { if :: IS_CLAIMED_BY(1) -> goto next :: else fi };
#ifndef ONE_LOOK
        // again: between the two looks another daemon may have adopted the claim
        atomic { if :: IS_CLAIMED_BY(0) -> goto next :: else fi };
        atomic { if :: IS_CLAIMED_BY(1) -> goto next :: else fi };
#endif
        atomic { if :: IS_FREE(p) && HAS_RETURNED(a) :: else -> goto next fi };
        atomic { ROW_FREE(a) -> if :: place[a] == p -> place[a] = 0 :: else fi; goto next }
     fi;
     atomic {                                                   // store/ledger_query.cpp:change_archive_path
       ROW_FREE(a) && locked_row == NONE ->
       if :: place[a] == p -> locked_row = a :: else -> goto next fi
     }
     atomic {                                                   // spool/archive/archive.cpp:return_to_landing
       if
       :: IS_FREE(LANDING) && at[0] == p -> moved = 0
       :: IS_FREE(LANDING) && at[1] == p -> moved = 1
       :: else -> locked_row = NONE; goto next                  // taken or gone: rollback
       fi;
       assert(moved == FILE(a));                                // no file is moved by a stale name
       at[moved] = LANDING
     }
     if
     :: atomic { true -> place[a] = 0; locked_row = NONE }
     :: atomic { losses > 0 && late_row == NONE -> losses--; late_row = a; late_place = 0; locked_row = NONE }
     :: atomic { true -> locked_row = NONE }                    // the command is killed: the server rolls back
     fi;
  next:
     skip
  od
}

// longshore skip and release: admin/takeout.cpp:take_out
proctype TakeOut(bool is_skip) {
  byte f, a, p, to, instance;
  end:
  atomic { if :: IN_WORK(0) -> f = 0 :: IN_WORK(1) -> f = 1 fi; instance = at[f]; a = ARRIVAL(f) }
  atomic { if :: is_skip -> choose_failed(p, a) :: else fi }
  atomic {                                                      // admin/takeout.cpp:try_to_record
    if :: status[a] == NOTHING -> status[a] = FAILED; place[a] = p :: else -> goto done fi
  }
again:
  if
  :: atomic { at[f] != instance || ARRIVAL(f) != a -> goto done }  // moved by the daemon, or adopted
  :: atomic { at[f] == instance && ARRIVAL(f) == a && p == 0 ->
       if :: IS_FREE(LANDING) -> at[f] = LANDING :: else fi; goto done }
  :: atomic { at[f] == instance && ARRIVAL(f) == a && p != 0 && IS_FREE(p) -> at[f] = p; goto done }
  :: atomic { at[f] == instance && ARRIVAL(f) == a && p != 0 && !IS_FREE(p) -> to = ASIDE(p, a) }
  :: atomic { true -> goto done }                               // the command is killed
  fi;
  SET_ARCHIVE_PATH(a, to, p, done);
  goto again;
done:
  atomic { f = 0; a = 0; p = 0; to = 0; instance = 0 }
}

// longshore verify --repair
proctype Verify() {
  byte a, p, f;
  end:
  // admin/verify/copies_check.cpp:check: a file beside the place that its row names
  atomic { true -> do :: a < ARRIVALS - 1 -> a++ :: break od; p = place[a] }
  if
  :: atomic { p != 0 && IS_FREE(p) && !IS_FREE(ASIDE(p, a)) };
     atomic { ROW_FREE(a) -> if :: place[a] == p -> place[a] = ASIDE(p, a) :: else fi }  // change_archive_path
  :: atomic { p == 0 || !IS_FREE(p) || IS_FREE(ASIDE(p, a)) }
  fi;
  // admin/verify/unknown_files.cpp:run, look_up, report: a file of processed/ that no row names returns to landing
  atomic {
    a = 0;
    if
    :: IN_PROCESSED(0) -> f = 0
    :: IN_PROCESSED(1) -> f = 1
    :: goto done
    fi;
    p = at[f]
  }
#ifndef VERIFY_BY_NAME
  // open it, lock it, check that the name still has it; only then ask the ledger
  atomic { if :: is_held[f] -> goto done :: else -> is_held[f] = true; a = 1 fi }
  atomic { if :: at[f] != p -> goto done :: else fi }
#endif
  atomic {
    if
    :: p == place[0] || p == place[1] || p == place[2] || p == place[3] -> goto done
    :: p == place[4] || p == place[5] || p == place[6] || p == place[7] -> goto done
    :: else
    fi;
    if :: p != SHARED -> if :: status[p - PROCESSED_OF(0)] != NOTHING -> goto done :: else fi :: else fi
  }
  atomic {                                                      // spool/archive/archive.cpp:return_to_landing
    if
    :: IS_FREE(LANDING) && at[f] == p -> at[f] = LANDING
    :: IS_FREE(LANDING) && at[f] != p -> assert(IS_FREE(p))     // no file is moved by a stale name
    :: !IS_FREE(LANDING)
    fi
  }
done:
  atomic { if :: a == 1 -> is_held[f] = false :: else fi; a = 0; p = 0; f = 0 }
}

// A file leaves its shared place, with its row: see purge.pml and compress.pml. With -DSHARE_FAILED: a retry without
// fault.
proctype Purge() {
  byte f;
  end:
  atomic {
    if
    :: at[0] == LEFT && place[ARRIVAL(0)] == LEFT && ROW_FREE(ARRIVAL(0)) -> f = 0
    :: at[1] == LEFT && place[ARRIVAL(1)] == LEFT && ROW_FREE(ARRIVAL(1)) -> f = 1
    fi;
    place[ARRIVAL(f)] = GONE; at[f] = GONE; f = 0
  }
}

// keep_failed: the ledger first, then unlink. An interrupted purge is in purge.pml.
proctype PurgeFailed() {
  byte f, a, p;
  end:
  atomic {
    if
    :: at[0] >= FAILED_OF(0) && place[ARRIVAL(0)] == at[0] -> f = 0
    :: at[1] >= FAILED_OF(0) && place[ARRIVAL(1)] == at[1] -> f = 1
    fi;
    a = ARRIVAL(f); p = at[f]
  }
#ifdef UNLINK_FIRST
  atomic { if :: at[f] == p -> at[f] = GONE :: else fi }
  if :: skip :: goto done fi;                                   // it may be killed here
#endif
  atomic { ROW_FREE(a) -> if :: place[a] == p -> place[a] = GONE :: else -> goto done fi }
  atomic { if :: at[f] == p -> at[f] = GONE :: else fi }
done:
  atomic { f = 0; a = 0; p = 0 }
}

// An archived file is where its newest row says.
// With -DFORGOTTEN, file 0 may still lie there unknown: verify reports that its name is taken in landing.
#define IS_KNOWN(f) (at[f] >= SHARED && (claims[f] == 0 || place[ARRIVAL(f)] == at[f]))

proctype Final() {
  timeout;
  FINAL(IS_KNOWN(0) && IS_KNOWN(1))
}

init {
  atomic {
#ifdef FORGOTTEN
    at[0] = SHARED;  // the database was restored from a backup that does not know file 0
#else
    at[0] = LANDING;
    if :: is_bad[0] = true :: skip fi;
#endif
    if :: is_bad[1] = true :: skip fi;
    run Producer(); run Server(); run Kill(); run Invariant(); run Daemon(0); run Daemon(1);
    if :: RETRY > 0 -> run Retry() :: else fi;
#ifdef SKIP
    run TakeOut(true);
#endif
#ifdef RELEASE
    run TakeOut(false);
#endif
#ifdef VERIFY
    run Verify(); run Verify();
#endif
#ifdef PURGE
    run Purge();
#endif
#ifdef PURGE_FAILED
    run PurgeFailed();
#endif
    run Final()
  }
}
