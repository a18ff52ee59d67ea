#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

int bench_poller(void) { return epoll_create1(EPOLL_CLOEXEC); }

int bench_watch(int epoll, int operation, int descriptor, uint32_t events, uint64_t tag) {
    struct epoll_event event = {.events = events, .data = {.u64 = tag}};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

// Waits with the precision of nanoseconds, which epoll_wait does not have; a negative time waits without end.
int bench_wait(int epoll, struct bench_ready *ready, int limit, int64_t nanoseconds) {
    struct epoll_event events[256];
    if (limit > 256) limit = 256;
    struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int count = (int)syscall(SYS_epoll_pwait2, epoll, events, limit, nanoseconds < 0 ? NULL : &time, NULL, 0);
    for (int i = 0; i < count; i++) {
        ready[i].tag = events[i].data.u64;
        ready[i].events = events[i].events;
    }
    return count;
}

// The next connection that is waiting, as a socket that never blocks; -1 when there is none.
int bench_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

// Timers of this thread end when asked for and not up to 50 microseconds later.
int bench_sharp_timers(void) { return prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); }

// A descriptor that becomes readable at SIGINT or SIGTERM, which do nothing else from then on.
int bench_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -1;
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

// Starts a program that the kernel kills when this thread ends, however it ends. Standard output and error go to `log`.
int bench_spawn(char *const arguments[], char *const environment[], int log) {
    pid_t parent = getpid();
    pid_t child = fork();
    if (child != 0) return child;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, 0);
    dup2(log, 1);
    dup2(log, 2);
    close_range(3, ~0U, 0);
    execve(arguments[0], arguments, environment);
    _exit(127);
}

// Where `needle` first is in `bytes`; NULL when it is not.
const void *bench_find(const void *bytes, size_t count, const void *needle, size_t length) {
    return memmem(bytes, count, needle, length);
}

// The magic number of the file system that `path` is on; -1 when it cannot be told.
int64_t bench_file_system(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 ? (int64_t)status.f_type : -1;
}
