// What all models share. A step (one `atomic`) is one system call or one SQL statement; a process may be stopped
// between any two steps. Each step names the code that it stands for, as file:function below daemon/.
//
// A model ends in the process Final, which waits until no other process can do anything. There it checks what must be
// true when all work is done. Every model is searched without partial order reduction.

#define NONE 255

#ifdef QUIET  // no fault
#define CRASHES 0
#define LOSSES 0
#define ERRORS 0
#endif
#ifndef CRASHES
#define CRASHES 1  // how often a daemon is killed
#endif
#ifndef LOSSES
#define LOSSES 1   // how often the answer to a COMMIT is lost: it takes effect now, later, or never
#endif

byte crashes = CRASHES;
byte losses = LOSSES;
bool killed[2];    // kill -9: the daemon's memory, locks and session are gone before its next step

proctype Kill() {
  end:
  do
  :: atomic { crashes > 0 -> crashes--; killed[0] = true }
  :: atomic { crashes > 0 -> crashes--; killed[1] = true }
  od
}

// With -DREACH the search must find an error: that proves that the final checks are reached.
#ifdef REACH
#define FINAL(condition) assert(false)
#else
#define FINAL(condition) assert(condition)
#endif
