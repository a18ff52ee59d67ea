#pragma once
// What the load generator needs of Linux and Swift's Glibc module does not have. The system's headers stay out of here:
// read a second time with other settings, they would contradict those that Swift has read.
#include <stddef.h>
#include <stdint.h>

// What is known of a descriptor that is ready. The kernel's own structure is packed, which Swift cannot address into.
struct bench_ready {
    uint64_t tag;
    uint32_t events;
};

// A new set of descriptors to wait for; -1 when there are too many.
int bench_poller(void);

int bench_watch(int epoll, int operation, int descriptor, uint32_t events, uint64_t tag);

// Waits with the precision of nanoseconds, which epoll_wait does not have; a negative time waits without end.
int bench_wait(int epoll, struct bench_ready *ready, int limit, int64_t nanoseconds);

// The next connection that is waiting, as a socket that never blocks; -1 when there is none.
int bench_accept(int listener);

// Timers of this thread end when asked for and not up to 50 microseconds later.
int bench_sharp_timers(void);

// A descriptor that becomes readable at SIGINT or SIGTERM, which do nothing else from then on.
int bench_signals(void);

// Starts a program that the kernel kills when this thread ends, however it ends. Standard output and error go to `log`.
int bench_spawn(char *const arguments[], char *const environment[], int log);

// Where `needle` first is in `bytes`; NULL when it is not.
const void *bench_find(const void *bytes, size_t count, const void *needle, size_t length);

// The magic number of the file system that `path` is on; -1 when it cannot be told.
int64_t bench_file_system(const char *path);

// Operations of bench_watch, as the kernel numbers them.
enum bench_operation {
    BENCH_ADD = 1,
    BENCH_CHANGE = 3,
};
