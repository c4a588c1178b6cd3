// Sub-directories (recursive = true): a name is a path, and two files with one last part are two arrivals.
//
// One claim has v/a and w/a (files 0 and 1). A later claim has a plain file named v (file 2), so that v is a
// directory in one claim and a file in the other. A daemon loads and archives them in any order of the claims; it is
// killed once. A purge removes empty directories of the archive meanwhile.
#include "common.pml"

#define NONE_ 0
#define FILE_ 1
#define DIRECTORY 2

// Where a file is, and what archive_path says
#define WORK 1           // .work/<instance>/<claim>/<path>
#define DAY_PATH 2       // processed/DAY/<path>
#define ASIDE 3          // processed/DAY/<claim>/<path>
#define REMOVED 4

byte at[3] = WORK;
byte place[3];
bool is_loaded[3];       // a ledger row with the rows of this file
bool is_recorded[3];     // a ledger row that the daemon takes for this file's
byte day_v = NONE_;      // what processed/DAY/v is
byte day_w = NONE_;
bool is_purged[3];
bool is_w_taken;         // processed/DAY/w/a is the file of an earlier claim

// The key of the ledger is (claim, file_name).
#ifdef LAST_PART
#define IS_KNOWN(f) (is_recorded[f] || (f == 0 && is_recorded[1]) || (f == 1 && is_recorded[0]))
#else
#define IS_KNOWN(f) is_recorded[f]
#endif
#ifdef FLAT_ASIDE
#define ASIDE_IS_FREE(f) (!(f == 0 && at[1] == ASIDE) && !(f == 1 && at[0] == ASIDE))
#else
#define ASIDE_IS_FREE(f) true
#endif
#ifdef LOOKS_LIKE_CLAIM  // v is named like a claim: processed/DAY/v/a is taken for a place that is aside already
#define ASIDE_OF(f) (f == 0 -> DAY_PATH : ASIDE)
#else
#define ASIDE_OF(f) ASIDE
#endif

// A move that fails for ever is a process that waits: then the final check finds the file in its claim.
#define CAN_GO_ASIDE(f) ((place[f] == DAY_PATH && ASIDE_OF(f) == ASIDE) || ASIDE_IS_FREE(f) && place[f] == ASIDE)

inline move_to(f, code) {
  // spool/archive/archive.cpp:try_directory_of, put. 0: moved; 1: taken; 2: its directory was removed since it was opened
  if
  :: place[f] == ASIDE && ASIDE_IS_FREE(f) -> at[f] = ASIDE; code = 0
  :: place[f] == ASIDE && !ASIDE_IS_FREE(f) -> code = 1
  :: place[f] == DAY_PATH && f == 0 ->
     if
     :: day_v == DIRECTORY -> at[f] = DAY_PATH; code = 0
     :: day_v == FILE_ -> code = 1
     :: day_v == NONE_ -> code = 2
     fi
  :: place[f] == DAY_PATH && f == 1 ->
     if
     :: day_w == DIRECTORY && !is_w_taken -> at[f] = DAY_PATH; code = 0
     :: day_w == DIRECTORY && is_w_taken -> code = 1
     :: day_w != DIRECTORY -> code = 2
     fi
  :: place[f] == DAY_PATH && f == 2 ->
     if
     :: day_v == NONE_ -> day_v = FILE_; at[f] = DAY_PATH; code = 0
     :: day_v != NONE_ -> code = 1
     fi
  fi
}

inline make_directory(f) {
  if
  :: place[f] == DAY_PATH && f == 0 && day_v == NONE_ -> day_v = DIRECTORY
  :: place[f] == DAY_PATH && f == 1 && day_w == NONE_ -> day_w = DIRECTORY
  :: else
  fi
}

proctype Daemon() {
  byte f = NONE, code = 0;
start:
  {
  idle:
    do
    :: atomic { at[0] == WORK -> f = 0 }; break               // spool/work/adoption.cpp:add_files, with sub-directories
    :: atomic { at[1] == WORK -> f = 1 }; break
    :: atomic { at[2] == WORK -> f = 2 }; break
    od;
    atomic {  // ingest/small_files.cpp:insert_ledger_rows, resolve_conflict
      if
      :: IS_KNOWN(f) -> if :: place[f] == 0 -> place[f] = DAY_PATH :: else fi
      :: else -> is_recorded[f] = true; is_loaded[f] = true; place[f] = DAY_PATH
      fi
    }
  move:
    atomic { make_directory(f) }                              // spool/archive/archive.cpp:try_directory_of
    atomic { move_to(f, code) }
    if
    :: code == 0
    :: code == 1 ->
#ifdef NOT_DIRECTORY_IS_FAULT
       if
       :: atomic { f == 0 && place[0] == DAY_PATH && day_v != FILE_ }; goto move  // repeated while it is taken
       :: atomic { f != 0 || place[0] != DAY_PATH }
       fi;
#endif
       atomic { CAN_GO_ASIDE(f) -> place[f] = ASIDE_OF(f) };  // store/ledger.cpp:set_archive_path
       goto move
    :: code == 2 -> goto move                                 // spool/archive/archive.cpp:lost: opened again
    fi;
    atomic { f = NONE; code = 0 };
    goto idle
  } unless {
    atomic { killed[0] -> killed[0] = false; f = NONE; code = 0 }
  }
  goto start
}

// One file of processed/ goes, then its directory if it is empty.
proctype Purge() {
  byte f;
  end:
  atomic {
    if
    :: at[0] == DAY_PATH -> f = 0
    :: at[1] == DAY_PATH -> f = 1
    :: at[2] == DAY_PATH -> f = 2
    fi;
    is_purged[f] = true
  }
  atomic { at[f] = REMOVED; if :: f == 2 -> day_v = NONE_ :: else fi }
  atomic {                                                    // rmdir
    if
    :: f == 0 && day_v == DIRECTORY && at[0] != DAY_PATH -> day_v = NONE_
    :: f == 1 && day_w == DIRECTORY && at[1] != DAY_PATH && !is_w_taken -> day_w = NONE_
    :: else
    fi
  }
}

// Two rows never name one place.
proctype Invariant() {
  end:
  atomic {
    (at[0] == DAY_PATH && at[2] == DAY_PATH) || (at[0] == DAY_PATH && day_v != DIRECTORY) ||
    (at[2] == DAY_PATH && day_v != FILE_) -> assert(false)
  }
}

#define IS_DONE(f) (is_loaded[f] && ((at[f] == place[f] && !is_purged[f]) || (at[f] == REMOVED && is_purged[f])))

proctype Final() {
  timeout;
  FINAL(IS_DONE(0) && IS_DONE(1) && IS_DONE(2))
}

init {
  atomic {
    if :: is_w_taken = true; day_w = DIRECTORY :: skip fi;
    run Kill(); run Invariant(); run Daemon(); run Purge(); run Final()
  }
}
