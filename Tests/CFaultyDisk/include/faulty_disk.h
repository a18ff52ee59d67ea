#pragma once
#include <stddef.h>

// A file system layer for SQLite that counts what is written and synced, fails where it is told to, and knows what a power
// cut would leave: for each file, its bytes as they were at its last successful sync.

typedef struct faulty_disk faulty_disk;

// Registers a layer under `name`; NULL when that fails.
faulty_disk *faulty_disk_new(const char *name);
void faulty_disk_free(faulty_disk *disk);

// From now on the `nth` write, truncation or sync (from 1) and the `times - 1` after it fail with the SQLite result `code`;
// `times` below 0 is for ever, `nth` 0 is never. `syncs_only` counts and fails syncs alone.
void faulty_disk_fail(faulty_disk *disk, int nth, int times, int code, int syncs_only);

// How many calls have failed, and how many syncs have succeeded, so far.
int faulty_disk_failures(faulty_disk *disk);
int faulty_disk_syncs(faulty_disk *disk);

// Writes the file at `from`, as a power cut would leave it, to `to`; nothing for a file that was never synced.
// 0 for success.
int faulty_disk_after_power_cut(faulty_disk *disk, const char *from, const char *to);
