// Purge (keep_processed): the ledger first, then unlink. A purge never removes the bytes of another file, and a row
// that is not purged always has its copy.
//
// Two files have the same name and were delivered one after the other. Each of two daemons loads, archives and
// purges; one is killed. `verify --repair` runs beside them. The lock of the housekeeper, which lets only one of them
// purge at a time, is left out: the purge must be right without it.
#include "common.pml"

// Where a file is, and what archive_path says
#define LANDING 1
#define WORK(d) (2 + (d))
#define SHARED 4                  // processed/DAY/NAME
#define OWN(f) (10 + (f))         // processed/DAY/CLAIM/NAME
#define REMOVED 6

byte at[2];
byte place[2];
bool is_loaded[2];
bool is_purged[2];                // purged_at
bool locked[2];                   // flock on the instance directory
byte held[2] = NONE;              // flock on the archived file, by the process that is about to unlink it

#define IN_WORK(f) (at[f] == WORK(0) || at[f] == WORK(1))
#define IS_FREE(p) (at[0] != (p) && at[1] != (p))
#define FILE_AT(p) (at[0] == (p) -> 0 : 1)

#define NAMES_LIVE(f, p) (is_loaded[f] && place[f] == (p) && !is_purged[f])
// housekeeping/found_file.cpp:look_up: the rows that name the place and are not purged
#define LOOK_UP row0 = NAMES_LIVE(0, p); row1 = NAMES_LIVE(1, p)
#define MARK(f, condition) if :: condition -> is_purged[f] = true :: else fi

// A row that is not purged has its copy, or its file is still on the way.
#define IS_MISSING(f) (is_loaded[f] && !is_purged[f] && !IN_WORK(f) && at[f] != place[f])

proctype Invariant() {
  end:
  atomic { IS_MISSING(0) || IS_MISSING(1) -> assert(false) }
}

proctype Producer() {
  end:
  atomic { at[0] != LANDING -> at[1] = LANDING }
}

inline take(x) { f = x }

// By name: whatever is there now. (An index that depends on the array itself would be restored wrongly by spin.)
inline unlink_name(p) {
  if :: at[0] == p -> at[0] = REMOVED :: at[1] == p -> at[1] = REMOVED :: else fi
}

proctype Daemon(byte me) {
  byte f = NONE, p = 0, x = NONE;
  bool row0, row1, is_same;
start:
  {
    atomic { !locked[me] -> locked[me] = true }
  idle:
    do
    :: atomic { at[0] == LANDING -> at[0] = WORK(me); take(0) }; goto load
    :: atomic { at[1] == LANDING -> at[1] = WORK(me); take(1) }; goto load
    :: atomic { at[0] == WORK(me) -> take(0) }; goto load
    :: atomic { at[1] == WORK(me) -> take(1) }; goto load
    :: atomic { !locked[1 - me] && at[0] == WORK(1 - me) -> at[0] = WORK(me) }
    :: atomic { !locked[1 - me] && at[1] == WORK(1 - me) -> at[1] = WORK(me) }
    // the purge: rows that are old enough, and rows whose purge was interrupted
    :: atomic { is_loaded[0] && place[0] != 0 && (!is_purged[0] || at[0] == place[0]) -> take(0) }; goto purge
    :: atomic { is_loaded[1] && place[1] != 0 && (!is_purged[1] || at[1] == place[1]) -> take(1) }; goto purge
    od;

  load:
    atomic { p = (IS_FREE(SHARED) -> SHARED : OWN(f)) }                // spool/archive/archive.cpp:choose
    atomic {                                                           // ingest/small_files.cpp:commit
      if :: !is_loaded[f] -> is_loaded[f] = true; place[f] = p :: else -> p = place[f] fi
    }
  move:
    if                                                                 // ingest/archiving.cpp:move_to_place
    :: atomic { at[f] == WORK(me) && IS_FREE(p) -> at[f] = p; goto done }
    :: atomic { at[f] == WORK(me) && !IS_FREE(p) -> place[f] = OWN(f); p = OWN(f) }; goto move
    :: atomic { at[f] != WORK(me) -> goto done }
    fi;

  purge:
    atomic { p = place[f]; LOOK_UP }
#ifdef BY_NAME
    atomic { MARK(0, row0); MARK(1, row1) }
    atomic { unlink_name(p) }
    goto done;
#endif
    // spool/archive/locked_file.cpp:open, lock_named: open it, lock it, check that the place still names it
    atomic { if :: !IS_FREE(p) -> x = FILE_AT(p) :: else -> goto done fi }
    atomic { if :: held[x] == NONE -> held[x] = me :: else -> x = NONE; goto done fi }
    atomic { if :: at[x] != p -> goto release :: else fi }
#ifndef LOOK_UP_FIRST
    atomic { LOOK_UP }
#endif
#ifdef UNLINK_FIRST
    atomic { unlink_name(p) }
#endif
    if
    :: atomic { row0 || row1 ->                                        // housekeeping/purge_files.cpp:record
         is_same = (!row0 || NAMES_LIVE(0, p)) && (!row1 || NAMES_LIVE(1, p));
         MARK(0, row0 && NAMES_LIVE(0, p)); MARK(1, row1 && NAMES_LIVE(1, p));
         if :: !is_same -> goto release :: else fi
       }
    :: atomic { !row0 && !row1 ->                                      // housekeeping/found_file.cpp:origin_of
         if :: place[x] == p && is_purged[x] && !NAMES_LIVE(1 - x, p) :: else -> goto release fi
       }
    fi;
    atomic { if :: at[x] == p -> at[x] = REMOVED :: else fi }          // spool/archive/locked_file.cpp:remove
  release:
    atomic { held[x] = NONE; x = NONE }
  done:
    atomic { f = NONE; p = 0; row0 = false; row1 = false; is_same = false };
    goto idle
  } unless {
    atomic {
      killed[me] -> killed[me] = false; locked[me] = false; f = NONE; p = 0; row0 = false; row1 = false; is_same = false;
      if :: held[0] == me -> held[0] = NONE :: else fi;
      if :: held[1] == me -> held[1] = NONE :: else fi;
      x = NONE
    }
  }
  if :: goto start :: skip fi
}

// admin/verify/unknown_files.cpp:look_up, report. A file at the place of a purged row is known by its content.
proctype Verify() {
  byte f, p;
  end:
  atomic {
    if
    :: at[0] == SHARED || at[0] == OWN(0) -> f = 0
    :: at[1] == SHARED || at[1] == OWN(1) -> f = 1
    fi;
    p = at[f]
  }
  atomic {
#ifdef PURGED_IS_UNKNOWN
    if :: (place[0] == p && !is_purged[0]) || (place[1] == p && !is_purged[1]) -> goto done :: else fi
#else
    if :: place[0] == p || place[1] == p -> goto done :: else fi
#endif
  }
  assert(false);                                                       // every archived file has its row
done:
  atomic { f = 0; p = 0 }
}

proctype Final() {
  timeout;
  // purged files are gone; each row has been purged, because every row is old enough
  FINAL(is_purged[0] && is_purged[1] && at[0] == REMOVED && at[1] == REMOVED)
}

init {
  atomic {
    at[0] = LANDING;
    run Producer(); run Kill(); run Invariant(); run Daemon(0); run Daemon(1); run Verify(); run Final()
  }
}
