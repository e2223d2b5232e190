// Redis asks gettimeofday for the time. This one adds what the test has written into a file, in microseconds.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static volatile long long *step;

__attribute__((constructor)) static void begin(void) {
  step = mmap(NULL, sizeof *step, PROT_READ, MAP_SHARED, open(getenv("REDISTEST_STEP"), O_RDONLY), 0);
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  long long micros = now.tv_sec * 1000000LL + now.tv_nsec / 1000 + *step;
  at->tv_sec = micros / 1000000;
  at->tv_usec = micros % 1000000;
  return 0;
}
