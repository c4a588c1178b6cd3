// A file whose writer still has it open: none of its bytes is lost.
//
// A writer creates the file, writes PIECES pieces with pauses, and closes it; it may open it again by its landing name.
// Two daemons claim it whenever it looks still. One is killed.
// -DNO_LEASE_RIGHT: a lease is not possible, or open_grace is over. Then the file is looked at again later.
#include "common.pml"

#ifndef PIECES
#define PIECES 2
#endif
#define LANDING 1
#define WORK(d) (2 + (d))
#define PROCESSED 4

byte at = LANDING;
byte size;               // pieces in the file
bool is_open;            // the writer has it open
byte pieces = PIECES;    // that the writer has not written yet
byte loaded = NONE;      // the size that was loaded: the ledger row
byte grew_to = NONE;
bool is_taken;           // the landing name is taken by another upload
bool locked[2];

proctype Writer() {
  end:
  do
  :: atomic { !is_open && pieces > 0 && at == LANDING -> is_open = true }   // by its landing name
  :: atomic { is_open && pieces > 0 -> size++; pieces-- }
  :: atomic { is_open -> is_open = false }
  :: atomic { !is_open && pieces > 0 && at != LANDING -> pieces = 0 }       // its name is gone: it creates another file
  od
}

proctype Other() {       // another upload of the same name, later claimed by somebody
  end:
  atomic { at != LANDING -> is_taken = true };
  atomic { is_taken = false }
}

proctype Daemon(byte me) {
  byte got = 0;
start:
  {
    atomic { !locked[me] -> locked[me] = true }
  idle:
    do
#ifdef LEASE_IN_LANDING
    :: atomic { at == LANDING && !is_open && size > 0 }; atomic { at == LANDING -> at = WORK(me) }; goto read
#else
    :: atomic { at == LANDING && size > 0 -> at = WORK(me) }; break          // spool/work/workspace.cpp:move_in
#endif
#ifdef ADOPT_WITHOUT_LEASE
    :: atomic { at == WORK(me) }; goto read
#else
    :: atomic { at == WORK(me) }; break                                      // spool/work/adoption.cpp:find_own_claims
#endif
    :: atomic { !locked[1 - me] && at == WORK(1 - me) -> at = WORK(me) }     // spool/work/adoption.cpp:adopt_instance
    od;
    // F_SETLEASE on the claimed inode, taken and dropped at once; nobody can open it by its landing name any more
    if
#ifdef NO_LEASE
    :: skip
#else
    :: atomic { loaded != NONE -> goto archive }                             // recorded before
    :: atomic { !is_open && loaded == NONE }
#ifdef NO_LEASE_RIGHT
    :: atomic { is_open && loaded == NONE }
#else
    :: atomic { is_open && loaded == NONE && !is_taken -> at = LANDING }; goto idle  // spool/return_to_landing.cpp
    :: atomic { is_open && loaded == NONE && is_taken }; goto idle           // waits in its claim
#endif
#endif
    fi;
  read:
    atomic { got = size }                                                    // ingest/small_files.cpp:read_one
    atomic { if :: loaded == NONE -> loaded = got :: else fi }               // ingest/small_files.cpp:commit
  archive:
    atomic { if :: at == WORK(me) -> at = PROCESSED :: else fi }             // ingest/archiving.cpp:move_to_place
    got = 0;
    goto idle
  } unless {
    atomic { killed[me] -> killed[me] = false; locked[me] = false; got = 0 }
  }
  if :: goto start :: skip fi
}

// Looks at the files that were taken without a lease, again and again (also longshore verify), then replay --grown.
proctype Recheck() {
  end:
  do
  :: atomic { at == PROCESSED && size > loaded && grew_to != size -> grew_to = size }
  od
}

proctype Final() {
  timeout;
#ifdef NO_LEASE_RIGHT
  FINAL(size == 0 || (at == PROCESSED && (loaded == size || grew_to == size)))
#else
  FINAL(size == 0 || (at == PROCESSED && loaded == size))
#endif
}

init {
  atomic {
    run Writer(); run Other(); run Kill(); run Daemon(0); run Daemon(1);
#ifdef NO_LEASE_RIGHT
#ifndef NO_RECHECK
    run Recheck();
#endif
#endif
    run Final()
  }
}
