// Replay gives a file the rows of its own copy: never those of another file, never none.
//
// Two loaded files have one name. File 0 lies in processed/DAY/NAME. The row of file 1 names the same place, and a
// daemon is about to move it aside. Two operators replay both files, each may be killed or lose its COMMIT. File 0 is
// purged.
#include "common.pml"

#define WORK 1
#define SHARED 2
#define ASIDE 3
#define REMOVED 4

byte at[2];
byte place[2];
bool is_purged[2];
byte rows[2];             // 1: the rows of this file_id are in the table
bool is_foreign[2];       // they come from the bytes of the other file
byte table_lock = NONE;   // store/replay.cpp:lock_tables; 2: a COMMIT whose answer was lost
byte late_file;           // of that COMMIT
bool late_foreign;

proctype Invariant() {
  end:
  atomic { rows[0] != 1 || rows[1] != 1 || is_foreign[0] || is_foreign[1] -> assert(false) }
}

proctype Server() {
  end:
  do
  :: atomic { table_lock == 2 ->
       if
       :: rows[late_file] = 1; is_foreign[late_file] = late_foreign
       :: skip
       fi;
       late_file = 0; late_foreign = false; table_lock = NONE }
  od
}

proctype Daemon() {                                          // ingest/archiving.cpp:move_to_place of file 1
  do
  :: atomic { at[0] != SHARED && place[1] == SHARED -> at[1] = SHARED }; break
  :: atomic { at[0] == SHARED && place[1] == SHARED -> place[1] = ASIDE }
  :: atomic { place[1] == ASIDE -> at[1] = ASIDE }; break
  od
}

proctype Purge() {
  atomic { is_purged[0] = true }
  atomic { at[0] = REMOVED }
}

proctype Replay(byte me) {
  byte f, p, copy;
  if :: f = 0 :: f = 1 fi;
start:
  {
    atomic { if :: is_purged[f] -> goto done :: else -> p = place[f] fi }
    atomic { table_lock == NONE -> table_lock = me }         // admin/replay.cpp:try_replay
#ifdef TWO_TRANSACTIONS
    atomic { rows[f] = 0; is_foreign[f] = false }            // store/replay.cpp:delete_rows, committed
#endif
    // spool/archive/archive.cpp:open: the claim, then aside, then the place
    atomic { copy = NONE; if :: at[f] == WORK -> copy = f :: else fi }
    atomic { if :: copy == NONE && at[f] == ASIDE -> copy = f :: else fi }
    atomic {
      if
      :: copy == NONE && at[0] == p -> copy = 0
      :: copy == NONE && at[1] == p -> copy = 1
      :: else
      fi
    }
    if                                                       // admin/replay.cpp:open_copy, load
    :: copy == NONE -> goto rollback
#ifndef NO_HASH_CHECK
    :: copy != NONE && copy != f -> goto rollback
#endif
    :: else
    fi;
    if                                                       // COMMIT: the old rows go, the new ones come
    :: atomic { true -> rows[f] = 1; is_foreign[f] = (copy != f); table_lock = NONE }
    :: atomic { losses > 0 -> losses--; table_lock = 2; late_file = f; late_foreign = (copy != f) }
    fi;
    goto done;
  rollback:
    atomic { table_lock = NONE };
    goto done
  } unless {
    atomic { killed[me] -> killed[me] = false; if :: table_lock == me -> table_lock = NONE :: else fi }
  }
done:
  atomic { p = 0; copy = 0 }
}

proctype Final() {
  timeout;
  FINAL(rows[0] == 1 && rows[1] == 1 && at[1] == place[1])
}

init {
  atomic {
    at[0] = SHARED; place[0] = SHARED; at[1] = WORK; place[1] = SHARED; rows[0] = 1; rows[1] = 1;
    run Server(); run Kill(); run Invariant(); run Daemon(); run Purge(); run Replay(0); run Replay(1); run Final()
  }
}
