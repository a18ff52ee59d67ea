#pragma once
#include <stdint.h>

/// What the counting library counts in the process that it is loaded into, in the order of the file's 64-bit words.
enum counting {
    counting_allocations,   // calls of malloc, calloc, realloc, posix_memalign, aligned_alloc
    counting_allocated,     // bytes asked for
    counting_steps,         // sqlite3_step
    counting_prepares,      // sqlite3_prepare_v2, _v3
    counting_written,       // bytes given to pwrite
    counting_writes,        // calls of pwrite
    counting_syncs,         // fsync, fdatasync
    counting_words
};
