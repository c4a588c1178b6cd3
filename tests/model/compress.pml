// Compression of archived files: write, sync, verify, ledger, unlink. The bytes of a file are never gone, a row names
// them always, a leftover is never landed again, and a forgotten file is not taken for a leftover.
//
// File 0 is archived as processed/DAY/n (SHARED). File 1 has the same name and arrives later. File 2 is named n.zst, so
// that its place is the one of file 0's compressed copy. Two compressors (one for each daemon), one kill or power cut.
// -DRESTORED: the database was restored from a backup that does not know file 1. `verify --repair` runs beside them.
// The lock of the housekeeper, which lets only one of them compress at a time, is left out.
#include "common.pml"

// A place holds one entry: the bytes of one file, plain or compressed.
#define SHARED 0         // processed/DAY/n
#define ZST 1            // processed/DAY/n.zst
#define TEMPORARY(d) (2 + (d))
#define ASIDE(f) (4 + (f))
#define PLACES 7
#define NOWHERE 99

#define EMPTY 0
#define PLAIN(f) (1 + (f))
#define PACKED(f) (5 + (f))
#define TORN 9           // not synced: after a power cut nothing can be read

byte entry[PLACES];
bool is_durable[PLACES];
byte place[3] = NOWHERE; // archive_path
bool is_loaded[3];
bool in_work[3];         // claimed, and not moved yet
bool is_landed[2];       // verify moved its copy back into landing
byte twin_of[2] = NONE;  // a second lock of a compressor, on the copy that the row names
byte lock_of[3] = NONE;  // flock: the file that a compressor, or verify (2), has opened and locked

#define NAMES(f, p) (is_loaded[f] && place[f] == (p))
#define IS_NAMED(p) (NAMES(0, p) || NAMES(1, p) || NAMES(2, p))
#define READABLE(f) (place[f] < PLACES && (entry[place[f]] == PLAIN(f) || entry[place[f]] == PACKED(f)))

#define IS_LOCKED(x)                                                                                \
  (lock_of[0] == (x) || lock_of[1] == (x) || lock_of[2] == (x) || twin_of[0] == (x) || twin_of[1] == (x))

#ifdef BY_NAME
#define MAY_LOCK(x) true
#else
#define MAY_LOCK(x) (!IS_LOCKED(x))
#endif

proctype Invariant() {
  end:
  atomic {
    (is_loaded[0] && !in_work[0] && !READABLE(0)) || (is_loaded[1] && !in_work[1] && !is_landed[1] && !READABLE(1)) ||
    (is_loaded[2] && !in_work[2] && !READABLE(2)) -> assert(false)
  }
}

// Files 1 and 2: loaded and archived by some daemon.
proctype Load(byte f; byte wanted) {
  byte p;
  end:
  atomic { p = (entry[wanted] == EMPTY -> wanted : ASIDE(f)) }          // spool/archive/archive.cpp:choose
  atomic { is_loaded[f] = true; in_work[f] = true; place[f] = p }       // ingest/small_files.cpp:commit
  if                                                                    // ingest/archiving.cpp:move_to_place
  :: atomic { entry[p] == EMPTY -> entry[p] = PLAIN(f); is_durable[p] = true; in_work[f] = false }
  :: atomic { entry[p] != EMPTY -> place[f] = ASIDE(f) };
     atomic { entry[ASIDE(f)] = PLAIN(f); is_durable[ASIDE(f)] = true; in_work[f] = false }
  fi;
  p = 0
}

inline write_temporary() {
  entry[TEMPORARY(me)] = PACKED(0);
#ifdef NO_SYNC
  is_durable[TEMPORARY(me)] = false
#else
  is_durable[TEMPORARY(me)] = true
#endif
}

// Compresses the copy of file 0.
proctype Compressor(byte me) {
  byte changed = 0;
start:
  {
    // housekeeping/compress_files.cpp:compress, spool/archive/locked_file.cpp:lock_named: open the file, lock it, check
    // that the name has it; then ask the ledger
    if
    :: atomic { entry[SHARED] == PLAIN(0) && MAY_LOCK(PLAIN(0)) -> lock_of[me] = PLAIN(0) };
       atomic { if :: entry[SHARED] != PLAIN(0) -> goto done :: else fi }
       if
       :: atomic { place[0] == SHARED && entry[ZST] == EMPTY }
       :: atomic { place[0] == SHARED && entry[ZST] != EMPTY -> goto done }
       :: atomic { place[0] == ZST };                                   // a leftover: housekeeping/found_file.cpp:origin_of
          atomic { if :: entry[ZST] == PACKED(0) && MAY_LOCK(PACKED(0)) -> twin_of[me] = PACKED(0) :: else -> goto done fi };
          atomic { if :: place[0] == ZST -> goto unlink :: else -> goto done fi }
       fi
    :: atomic { entry[ZST] == PACKED(0) && MAY_LOCK(PACKED(0)) -> lock_of[me] = PACKED(0) };
       atomic { if :: entry[ZST] != PACKED(0) || place[0] != SHARED -> goto done :: else fi }
#ifndef NO_TWIN_LOCK
       atomic { if :: entry[SHARED] == PLAIN(0) && MAY_LOCK(PLAIN(0)) -> twin_of[me] = PLAIN(0) :: else -> goto done fi };
#endif
       atomic { if :: place[0] == SHARED :: else -> goto done fi }      // with both locks
       atomic { if :: entry[ZST] == PACKED(0) -> entry[ZST] = EMPTY :: else fi };
       goto done
    :: atomic { else -> goto done }
    fi;
    atomic { write_temporary() }                                        // write, sync, read back
    atomic {                                                            // rename without replacing; sync the directory
      if
      :: entry[ZST] == EMPTY -> entry[ZST] = entry[TEMPORARY(me)]; is_durable[ZST] = is_durable[TEMPORARY(me)]
      :: else -> entry[TEMPORARY(me)] = EMPTY; goto done                // n.zst is another file: stays uncompressed
      fi;
      entry[TEMPORARY(me)] = EMPTY
    }
#ifdef UNLINK_FIRST
    atomic { if :: entry[SHARED] == PLAIN(0) -> entry[SHARED] = EMPTY :: else fi }
#endif
  record:
    atomic {  // set archive_path where archive_path = the old one
      if
      :: place[0] == SHARED -> place[0] = ZST; changed = 1
#ifdef BY_NAME
      :: else -> changed = 1
#else
      :: else
#endif
      fi
    }
    if :: changed == 0 -> goto done :: else fi;
  unlink:
#ifdef BY_NAME
    atomic { entry[SHARED] = EMPTY };
#else
    // the name still has the locked file, and no row names the place
    atomic { if :: entry[SHARED] != PLAIN(0) || IS_NAMED(SHARED) -> goto done :: else fi }
    atomic { entry[SHARED] = EMPTY };
#endif
  done:
    atomic { lock_of[me] = NONE; twin_of[me] = NONE; changed = 0 }
  } unless {
    atomic { killed[me] -> killed[me] = false; lock_of[me] = NONE; twin_of[me] = NONE; changed = 0; entry[TEMPORARY(me)] = EMPTY }
    if :: goto start :: skip fi
  }
}

// A power cut: what was not synced cannot be read. Both compressors are killed.
proctype PowerCut() {
  end:
  atomic {
    crashes > 0 -> crashes--; killed[0] = true; killed[1] = true;
    if :: entry[ZST] != EMPTY && !is_durable[ZST] -> entry[ZST] = TORN :: else fi
  }
}

// A row names the place with or without .zst, and the bytes are the ones of that row.
#define IS_TWIN(p)                                                                              \
  ((p == SHARED && NAMES(0, ZST) && entry[p] == PLAIN(0)) ||                                    \
   (p == ZST && NAMES(0, SHARED) && (entry[p] == PACKED(0) || entry[p] == TORN)))

// admin/verify/unknown_files.cpp:run, look_up, report; both places, one after the other
proctype Verify() {
  byte p = SHARED, seen;
  do
  :: p > ZST -> break
  :: else ->
     atomic { seen = entry[p]; if :: seen == EMPTY -> goto next :: else fi }
#ifndef VERIFY_BY_NAME
     // open it, lock it, check that the name still has it: nobody else removes it until the move
     atomic { if :: !IS_LOCKED(seen) -> lock_of[2] = seen :: else -> goto next fi }
     atomic { if :: entry[p] != seen -> goto next :: else fi }
#endif
     // One statement answers both: does a row name it, or is it a leftover? With two statements the row may change from
     // one place to the other in between.
#if defined(LAND_TWINS)
     atomic { if :: IS_NAMED(p) -> goto next :: else fi }
#elif defined(TWIN_BY_NAME)
     atomic { if :: IS_NAMED(p) || IS_NAMED(1 - p) -> goto next :: else fi }
#elif defined(TWO_LOOKUPS)
     atomic { if :: IS_NAMED(p) -> goto next :: else fi }
     atomic { if :: IS_TWIN(p) -> goto next :: else fi }
#else
     atomic { if :: IS_NAMED(p) || IS_TWIN(p) -> goto next :: else fi }
#endif
     atomic {
       if
       :: entry[p] != EMPTY ->
          assert(entry[p] == seen);                                     // no file is moved by a stale name
          assert(seen == PLAIN(1) && !is_loaded[1]);                    // a leftover is never landed again
          is_landed[1] = true; entry[p] = EMPTY
       :: else
       fi
     }
  next:
     atomic { p++; seen = EMPTY; lock_of[2] = NONE }
  od
}

proctype Final() {
  timeout;
  FINAL(READABLE(0) && READABLE(2))
#ifdef RESTORED
  assert(is_landed[1])
#else
  assert(READABLE(1))
#endif
}

init {
  atomic {
    entry[SHARED] = PLAIN(0); is_durable[SHARED] = true; is_loaded[0] = true; place[0] = SHARED;
    run Kill(); run PowerCut(); run Invariant(); run Compressor(0); run Compressor(1); run Load(2, ZST);
#ifdef RESTORED
    // file 0 was compressed, then file 1 was archived at the free place; then the database was restored
    entry[ZST] = PACKED(0); is_durable[ZST] = true; place[0] = ZST; entry[SHARED] = PLAIN(1);
#else
    run Load(1, SHARED);
#endif
    run Verify(); run Final()
  }
}
