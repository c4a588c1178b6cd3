// A library for LD_PRELOAD that makes the disk slower: each fsync and fdatasync takes 5 ms more, as it does on many a real one.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

enum { k_delay_us = 5000 };

static int slowly(const char *name, int fd) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  usleep(k_delay_us);
  return next(fd);
}

int fsync(int fd) { return slowly("fsync", fd); }
int fdatasync(int fd) { return slowly("fdatasync", fd); }
