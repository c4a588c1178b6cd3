// A file is loaded once, whatever happens: claim, load, COMMIT, archive, adoption, skip and release.
//
// Three files: two have the same good bytes, the third is bad. Two daemons; one is killed. The answer to one COMMIT
// is lost. One operator runs skip or release once. -DLARGE: each file is announced as `loading` first. -DPOWER_CUT:
// instead of the kill and the operator, a power cut of the directories, but not of the database; claims that are not
// synced are undone.
#include "common.pml"

#define FILES 3
#define ARRIVALS 6  // each file is claimed at most twice, because one release returns one file
#define GOOD 0
#define BAD 1

// Where a file is. WORK(d): in a claim below .work/<instance of daemon d>
#define LANDING 0
#define WORK(d) (1 + (d))
#define PROCESSED 3
#define FAILED_DIR 4

// The outcome in a ledger row. MISSING is a failed row for a file that is not in its claim.
#define NOTHING 0
#define LOADING 1
#define LOADED 2
#define DUPLICATE 3
#define FAILED 4
#define MISSING 5

byte content[FILES];
byte at[FILES];
byte claims[FILES];          // how often it was claimed
byte status[ARRIVALS];       // the ledger: unique (claim, file_name)
byte outcomes[ARRIVALS];     // how many outcomes were committed
bool returns[ARRIVALS];      // the failed row names no place: the file goes back to landing
byte loads[2];               // loaded rows of the ledger, by content: unique (feed, sha256)
byte rows[2];                // rows in the feed's table, by content
bool is_synced[FILES];       // its claim is durable
bool locked[2];              // flock on the instance directory

#define FILE(a) ((a) / 2)
#define ARRIVAL(f) ((f) * 2 + claims[f] - 1)

// Sessions of the database: one for each daemon, the operator's, and two that nobody listens to any more.
#define OPERATOR 2
#define LOST 3
#define ORPHAN 4
bool is_open[5];
bool is_sent[5];             // COMMIT was sent
byte tx_arrival[5];
byte tx_status[5];
bool tx_returns[5];

#define OPEN_ON(s, a) (is_open[s] && tx_arrival[s] == (a))
#define LOADS(s, c) (is_open[s] && tx_status[s] == LOADED && content[FILE(tx_arrival[s])] == (c))
#define OTHER_OPEN(s, a)                                                                                    \
  ((s != 0 && OPEN_ON(0, a)) || (s != 1 && OPEN_ON(1, a)) || (s != 2 && OPEN_ON(2, a)) || \
   OPEN_ON(3, a) || OPEN_ON(4, a))
#define OTHER_LOADS(s, c)                                                                           \
  ((s != 0 && LOADS(0, c)) || (s != 1 && LOADS(1, c)) || (s != 2 && LOADS(2, c)) || LOADS(3, c) || LOADS(4, c))

// An insert or update waits for another transaction with the same key.
#ifdef NO_UNIQUE_ARRIVAL
#define ARRIVAL_FREE(s, a) true
#define ARRIVAL_KNOWN(a) (status[a] == LOADING)
#else
#define ARRIVAL_FREE(s, a) (!OTHER_OPEN(s, a))
#define ARRIVAL_KNOWN(a) (status[a] != NOTHING)
#endif
#ifdef NO_UNIQUE_CONTENT
#define CONTENT_FREE(s, c) true
#define CONTENT_KNOWN(c) false
#else
#define CONTENT_FREE(s, c) (!OTHER_LOADS(s, c))
#define CONTENT_KNOWN(c) (loads[c] > 0)
#endif

inline begin(s, a, what, gives_back) {
  is_open[s] = true; is_sent[s] = false; tx_arrival[s] = a; tx_status[s] = what; tx_returns[s] = gives_back
}

inline clear(s) { is_open[s] = false; is_sent[s] = false; tx_arrival[s] = 0; tx_status[s] = 0; tx_returns[s] = false }

// The COMMIT takes effect: ledger row and rows of the file in one transaction.
inline apply(s) {
  d_step {
    outcomes[tx_arrival[s]]++;
    assert(outcomes[tx_arrival[s]] <= 1);                   // one outcome an arrival
    assert(tx_status[s] != MISSING);                        // nobody removes files here: none can be missing
    status[tx_arrival[s]] = tx_status[s];
    returns[tx_arrival[s]] = tx_returns[s];
    if
    :: tx_status[s] == LOADED ->
       loads[content[FILE(tx_arrival[s])]]++;
#ifndef ROWS_APART
       rows[content[FILE(tx_arrival[s])]]++;
#endif
#ifdef KEEP_ROWS
    :: tx_status[s] == FAILED && content[FILE(tx_arrival[s])] == BAD -> rows[BAD]++
#endif
    :: else
    fi;
    assert(rows[GOOD] <= 1);                                // no content loaded twice
    assert(rows[BAD] == 0);                                 // no row of a failed file
    clear(s)
  }
}

// The answer is lost: the session is closed, its COMMIT takes effect at some time or never.
inline lose(s, to) {
  is_open[to] = true; is_sent[to] = true; tx_arrival[to] = tx_arrival[s]; tx_status[to] = tx_status[s];
  tx_returns[to] = tx_returns[s];
  clear(s)
}

proctype Server() {
  end:
  do
  :: atomic { is_open[LOST] -> if :: apply(LOST) :: clear(LOST) fi }
  :: atomic { is_open[ORPHAN] -> if :: apply(ORPHAN) :: clear(ORPHAN) fi }
  od
}

#ifdef ADOPT_LIVE
#define MAY_ADOPT(d) true
#else
#define MAY_ADOPT(d) (!locked[d])
#endif

#ifdef POWER_CUT
#define SYNCED(f, yes) is_synced[f] = yes
#else
#define SYNCED(f, yes) skip
#endif
inline claim_file(f) { at[f] = WORK(me); claims[f]++; SYNCED(f, false); i = f; a = ARRIVAL(f) }
inline take_up(f) { i = f; a = ARRIVAL(f); SYNCED(f, true) }

#define UNDO(f) if :: (at[f] == WORK(0) || at[f] == WORK(1)) && !is_synced[f] -> at[f] = LANDING :: else fi

proctype PowerCut() {
  end:
  atomic { crashes > 0 -> crashes--; killed[0] = true; killed[1] = true; UNDO(0); UNDO(1); UNDO(2) }
}

proctype Daemon(byte me) {
  byte i = NONE, a = 0, want = NOTHING;
start:
  {
    atomic { !locked[me] -> locked[me] = true }  // spool/work/instance_directory.cpp:take_instance_directory
  idle:
    do
    :: atomic { at[0] == LANDING -> claim_file(0) }; break   // spool/work/workspace.cpp:claim, move_in
    :: atomic { at[1] == LANDING -> claim_file(1) }; break
    :: atomic { at[2] == LANDING -> claim_file(2) }; break
    :: atomic { at[0] == WORK(me) -> take_up(0) }; break     // spool/work/adoption.cpp:find_own_claims, adopt_directory
    :: atomic { at[1] == WORK(me) -> take_up(1) }; break
    :: atomic { at[2] == WORK(me) -> take_up(2) }; break
    :: atomic { MAY_ADOPT(1 - me) && (at[0] == WORK(1 - me) || at[1] == WORK(1 - me) || at[2] == WORK(1 - me)) ->
         locked[1 - me] = true }                             // spool/work/adoption.cpp:adopt_instance
       do
       :: atomic { at[0] == WORK(1 - me) -> at[0] = WORK(me) }
       :: atomic { at[1] == WORK(1 - me) -> at[1] = WORK(me) }
       :: atomic { at[2] == WORK(1 - me) -> at[2] = WORK(me) }
       :: else -> break
       od;
       locked[1 - me] = false
    od;

  attempt:
#ifdef LARGE
    atomic {                                                 // ingest/large_file.cpp:announce
      if
      :: status[a] > LOADING -> goto recorded
      :: status[a] == NOTHING && ARRIVAL_FREE(me, a) -> status[a] = LOADING
      :: status[a] == LOADING
      fi
    }
#endif
    atomic {  // ingest/small_files.cpp:read, ingest/large_file.cpp:examine
      if
      :: at[i] != WORK(me) -> want = MISSING
      :: at[i] == WORK(me) && content[i] == BAD -> want = FAILED
      :: at[i] == WORK(me) && content[i] == GOOD -> want = LOADED
      fi
    }
    atomic {  // ingest/small_files.cpp:find_known, ingest/large_file.cpp:is_known
      if
      :: want == LOADED && loads[content[i]] > 0 -> want = DUPLICATE
      :: else
      fi
    }
#ifdef MOVE_FIRST
    atomic { at[i] == WORK(me) -> at[i] = (want == FAILED || want == MISSING -> FAILED_DIR : PROCESSED) }
#endif
#ifdef ROWS_APART
    atomic { if :: want == LOADED -> rows[content[i]]++; assert(rows[GOOD] <= 1) :: else fi }
#endif
    atomic {  // ingest/small_files.cpp:insert_ledger_rows, resolve_conflict
      ARRIVAL_FREE(me, a) && (want != LOADED || CONTENT_FREE(me, content[i])) ->
      if
      :: ARRIVAL_KNOWN(a) && status[a] != LOADING -> goto recorded
      :: else ->                                             // ingest/large_file.cpp:begin
         if
         :: want == LOADED && CONTENT_KNOWN(content[i]) -> want = DUPLICATE
         :: else
         fi;
         begin(me, a, want, false)
      fi
    }
#if defined(POWER_CUT) && !defined(NO_SYNC)
    is_synced[i] = true;                                     // spool/work/workspace.cpp:make_durable
#endif
    is_sent[me] = true;                                      // COMMIT
    if
    :: atomic { true -> apply(me) }
    :: atomic { losses > 0 -> losses--; lose(me, LOST) };    // ingest/loader.cpp:recover: retry_later
       goto attempt
    fi;

  recorded:
    atomic {                                                 // ingest/archiving.cpp:archive_one, release, move_to_place
      if
      :: at[i] == WORK(me) && returns[a] -> at[i] = LANDING
      :: at[i] == WORK(me) && !returns[a] && status[a] == FAILED -> at[i] = FAILED_DIR
      :: at[i] == WORK(me) && !returns[a] && status[a] != FAILED -> at[i] = PROCESSED
      :: at[i] != WORK(me)                                   // ingest/archiving.cpp:report_taken
      fi;
      i = NONE
    }
    goto idle
  } unless {
    atomic {
      killed[me] -> killed[me] = false;
      i = NONE; a = 0; want = NOTHING;
      locked[me] = false;
      if
      :: is_open[me] && is_sent[me] -> lose(me, ORPHAN)
      :: is_open[me] && !is_sent[me] -> clear(me)
      :: !is_open[me]
      fi
    }
  }
  // it starts again, or the other daemon adopts its claims
  if
  :: goto start
#ifdef POWER_CUT
  :: me == 1
#else
  :: skip
#endif
  fi
}

// longshore skip and longshore release: admin/takeout.cpp:take_out
proctype Operator() {
  byte f, a, instance;
  bool is_release;
  end:
  atomic {
    if
    :: at[0] == WORK(0) || at[0] == WORK(1) -> f = 0
    :: at[2] == WORK(0) || at[2] == WORK(1) -> f = 2
    fi;
    instance = at[f]; a = ARRIVAL(f);
    if :: is_release = true :: is_release = false fi
  }
  atomic {                                                   // admin/takeout.cpp:try_to_record
    if
    :: ARRIVAL_FREE(OPERATOR, a) && status[a] <= LOADING -> begin(OPERATOR, a, FAILED, is_release)
    :: ARRIVAL_FREE(OPERATOR, a) && status[a] > LOADING -> goto done
    fi
  }
  if
  :: atomic { true -> apply(OPERATOR) }
  :: atomic { losses > 0 -> losses--; lose(OPERATOR, LOST) }; goto done
  fi;
  if  // the claim may have been adopted, or the command is stopped
  :: atomic { at[f] == instance && a == ARRIVAL(f) -> at[f] = (is_release -> LANDING : FAILED_DIR) }
  :: skip
  fi;
done:
  skip
}

#define IS_DONE(f) \
  ((at[f] == PROCESSED && (status[ARRIVAL(f)] == LOADED || status[ARRIVAL(f)] == DUPLICATE)) || \
   (at[f] == FAILED_DIR && status[ARRIVAL(f)] == FAILED))

#define OUTCOMES(f) (outcomes[(f) * 2] + outcomes[(f) * 2 + 1])

proctype Final() {
  timeout;
  FINAL(IS_DONE(0) && IS_DONE(1) && IS_DONE(2));  // nothing is lost or stuck; the outcome and the place agree
  assert(rows[GOOD] == 1 && loads[GOOD] == 1);    // a skip takes one of the two at most
#ifdef POWER_CUT
  assert(OUTCOMES(0) == 1 && OUTCOMES(1) == 1 && OUTCOMES(2) == 1)  // one outcome for a file that arrived once
#endif
}

init {
  atomic {
    content[2] = BAD;
    run Server(); run Daemon(0); run Daemon(1);
#ifdef POWER_CUT
    run PowerCut();
#else
    run Kill(); run Operator();
#endif
    run Final()
  }
}
