// A library for LD_PRELOAD that simulates a slower disk: each fsync and fdatasync takes 5 ms more, which is usual for
// real disks.
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
