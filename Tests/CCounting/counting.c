// Loaded into the hub by LD_PRELOAD, it counts calls on their way to the libraries that answer them. The counts go to the
// mapped file that COUNTING_FILE names, so that a test can read them while the hub runs.
#define _GNU_SOURCE
#include "counting.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

static _Atomic uint64_t nowhere[counting_words];
static _Atomic uint64_t *counts = nowhere;

__attribute__((constructor)) static void open_counts(void) {
    const char *path = getenv("COUNTING_FILE");
    if (!path) return;
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return;
    if (ftruncate(file, sizeof nowhere) == 0) {
        void *map = mmap(NULL, sizeof nowhere, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (map != MAP_FAILED) counts = map;
    }
    close(file);
}

static void add(enum counting what, uint64_t amount) {
    atomic_fetch_add_explicit(&counts[what], amount, memory_order_relaxed);
}

// `name_next` looks the next function up at its first call.
#define NEXT(result, name, ...)                                                \
    typedef result (*name##_function)(__VA_ARGS__);                           \
    static name##_function name##_next(void) {                                \
        static _Atomic(name##_function) found;                                \
        name##_function f = atomic_load_explicit(&found, memory_order_relaxed); \
        if (!f) {                                                             \
            f = (name##_function)dlsym(RTLD_NEXT, #name);                      \
            atomic_store_explicit(&found, f, memory_order_relaxed);           \
        }                                                                     \
        return f;                                                             \
    }

NEXT(void *, malloc, size_t)
NEXT(void *, calloc, size_t, size_t)
NEXT(void *, realloc, void *, size_t)
NEXT(int, posix_memalign, void **, size_t, size_t)
NEXT(void *, aligned_alloc, size_t, size_t)
NEXT(ssize_t, pwrite64, int, const void *, size_t, off_t)
NEXT(int, fsync, int)
NEXT(int, fdatasync, int)
NEXT(int, sqlite3_step, void *)
NEXT(int, sqlite3_prepare_v2, void *, const char *, int, void **, const char **)
NEXT(int, sqlite3_prepare_v3, void *, const char *, int, unsigned, void **, const char **)

static void allocated(size_t size) {
    add(counting_allocations, 1);
    add(counting_allocated, size);
}

void *malloc(size_t size) {
    allocated(size);
    return malloc_next()(size);
}

void *calloc(size_t count, size_t size) {
    // Looking a function up may itself ask for memory; this much is enough for it.
    static _Thread_local int depth;
    static char early[4096];
    static _Atomic size_t used;
    if (depth) {
        size_t at = atomic_fetch_add(&used, (count * size + 15) & ~(size_t)15);
        return at + count * size <= sizeof early ? early + at : NULL;
    }
    depth = 1;
    calloc_function next = calloc_next();
    depth = 0;
    allocated(count * size);
    return next(count, size);
}

void *realloc(void *memory, size_t size) {
    allocated(size);
    return realloc_next()(memory, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    allocated(size);
    return posix_memalign_next()(result, alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    allocated(size);
    return aligned_alloc_next()(alignment, size);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t at) {
    add(counting_writes, 1);
    add(counting_written, count);
    return pwrite64_next()(file, bytes, count, at);
}

int fsync(int file) {
    add(counting_syncs, 1);
    return fsync_next()(file);
}

int fdatasync(int file) {
    add(counting_syncs, 1);
    return fdatasync_next()(file);
}

int sqlite3_step(void *statement) {
    add(counting_steps, 1);
    return sqlite3_step_next()(statement);
}

int sqlite3_prepare_v2(void *database, const char *sql, int length, void **statement, const char **tail) {
    add(counting_prepares, 1);
    return sqlite3_prepare_v2_next()(database, sql, length, statement, tail);
}

int sqlite3_prepare_v3(
    void *database, const char *sql, int length, unsigned flags, void **statement, const char **tail) {
    add(counting_prepares, 1);
    return sqlite3_prepare_v3_next()(database, sql, length, flags, statement, tail);
}
