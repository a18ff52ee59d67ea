#include "faulty_disk.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { largest_image_count = 16 };

typedef struct image {
    char path[512];
    char *bytes;
    size_t size;
} image;

struct faulty_disk {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    char name[64];
    pthread_mutex_t lock;
    int countdown, times, code, syncs_only, failures, syncs;
    image images[largest_image_count];
};

typedef struct faulty_file {
    sqlite3_file base;
    faulty_disk *disk;
    image *image;
    // The real file is behind this struct.
} faulty_file;

static sqlite3_file *real_file(sqlite3_file *file) { return (sqlite3_file *)((faulty_file *)file + 1); }

// The result that this call must fail with; SQLITE_OK to go on.
static int judge(sqlite3_file *file, int is_sync) {
    faulty_disk *disk = ((faulty_file *)file)->disk;
    int result = SQLITE_OK;
    pthread_mutex_lock(&disk->lock);
    if (disk->countdown > 0 && (is_sync || !disk->syncs_only)) {
        if (disk->countdown > 1) {
            disk->countdown--;
        } else if (disk->times != 0) {
            if (disk->times > 0) disk->times--;
            disk->failures++;
            result = disk->code;
        }
    }
    pthread_mutex_unlock(&disk->lock);
    return result;
}

static int file_close(sqlite3_file *file) {
    int result = real_file(file)->pMethods->xClose(real_file(file));
    file->pMethods = NULL;
    return result;
}

static int file_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 at) {
    return real_file(file)->pMethods->xRead(real_file(file), bytes, count, at);
}

static int file_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at) {
    int result = judge(file, 0);
    if (result == SQLITE_FULL) {
        // A full disk takes the first half.
        real_file(file)->pMethods->xWrite(real_file(file), bytes, count / 2, at);
    }
    return result ? result : real_file(file)->pMethods->xWrite(real_file(file), bytes, count, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    int result = judge(file, 0);
    return result ? result : real_file(file)->pMethods->xTruncate(real_file(file), size);
}

static void keep_image(image *image, sqlite3_file *real) {
    sqlite3_int64 size = 0;
    if (real->pMethods->xFileSize(real, &size) != SQLITE_OK) return;
    char *bytes = realloc(image->bytes, size ? (size_t)size : 1);
    if (!bytes) return;
    image->bytes = bytes;
    image->size = (size_t)size;
    if (size) real->pMethods->xRead(real, bytes, (int)size, 0);
}

static int file_sync(sqlite3_file *file, int flags) {
    faulty_file *own = (faulty_file *)file;
    int result = judge(file, 1);
    if (result) return result;
    sqlite3_file *real = real_file(file);
    result = real->pMethods->xSync(real, flags);
    if (result) return result;
    pthread_mutex_lock(&own->disk->lock);
    own->disk->syncs++;
    if (own->image) keep_image(own->image, real);
    pthread_mutex_unlock(&own->disk->lock);
    return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return real_file(file)->pMethods->xFileSize(real_file(file), size);
}
static int file_lock(sqlite3_file *file, int kind) { return real_file(file)->pMethods->xLock(real_file(file), kind); }
static int file_unlock(sqlite3_file *file, int kind) { return real_file(file)->pMethods->xUnlock(real_file(file), kind); }
static int file_reserved(sqlite3_file *file, int *out) {
    return real_file(file)->pMethods->xCheckReservedLock(real_file(file), out);
}
static int file_control(sqlite3_file *file, int what, void *argument) {
    return real_file(file)->pMethods->xFileControl(real_file(file), what, argument);
}
static int file_sector(sqlite3_file *file) { return real_file(file)->pMethods->xSectorSize(real_file(file)); }
static int file_traits(sqlite3_file *file) { return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file)); }
static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out) {
    return real_file(file)->pMethods->xShmMap(real_file(file), page, size, extend, out);
}
static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return real_file(file)->pMethods->xShmLock(real_file(file), offset, count, flags);
}
static void file_shm_barrier(sqlite3_file *file) { real_file(file)->pMethods->xShmBarrier(real_file(file)); }
static int file_shm_unmap(sqlite3_file *file, int remove) {
    return real_file(file)->pMethods->xShmUnmap(real_file(file), remove);
}

static const sqlite3_io_methods methods = {
    2, file_close, file_read, file_write, file_truncate, file_sync, file_size, file_lock, file_unlock, file_reserved,
    file_control, file_sector, file_traits, file_shm_map, file_shm_lock, file_shm_barrier, file_shm_unmap, NULL, NULL};

static image *image_of(faulty_disk *disk, const char *path, int create) {
    for (int i = 0; path && i < largest_image_count; i++) {
        image *found = &disk->images[i];
        if (strcmp(found->path, path) == 0) return found;
        if (create && found->path[0] == 0) {
            snprintf(found->path, sizeof found->path, "%s", path);
            return found;
        }
    }
    return NULL;
}

static int disk_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *out) {
    faulty_disk *disk = vfs->pAppData;
    faulty_file *own = (faulty_file *)file;
    own->base.pMethods = NULL;
    own->disk = disk;
    int result = disk->real->xOpen(disk->real, name, real_file(file), flags, out);
    if (result != SQLITE_OK) return result;
    pthread_mutex_lock(&disk->lock);
    own->image = flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL) ? image_of(disk, name, 1) : NULL;
    // What is there before the first opening is on the disk.
    if (own->image && !own->image->bytes) keep_image(own->image, real_file(file));
    pthread_mutex_unlock(&disk->lock);
    own->base.pMethods = &methods;
    return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync) {
    faulty_disk *disk = vfs->pAppData;
    int result = disk->real->xDelete(disk->real, name, sync);
    if (result != SQLITE_OK) return result;
    pthread_mutex_lock(&disk->lock);
    image *found = image_of(disk, name, 0);
    if (found) found->size = 0;
    pthread_mutex_unlock(&disk->lock);
    return SQLITE_OK;
}

faulty_disk *faulty_disk_new(const char *name) {
    sqlite3_initialize();
    faulty_disk *disk = calloc(1, sizeof *disk);
    if (!disk) return NULL;
    disk->real = sqlite3_vfs_find(NULL);
    disk->vfs = *disk->real;
    snprintf(disk->name, sizeof disk->name, "%s", name);
    disk->vfs.zName = disk->name;
    disk->vfs.pNext = NULL;
    disk->vfs.pAppData = disk;
    disk->vfs.szOsFile = (int)sizeof(faulty_file) + disk->real->szOsFile;
    disk->vfs.xOpen = disk_open;
    disk->vfs.xDelete = disk_delete;
    pthread_mutex_init(&disk->lock, NULL);
    if (sqlite3_vfs_register(&disk->vfs, 0) == SQLITE_OK) return disk;
    free(disk);
    return NULL;
}

void faulty_disk_free(faulty_disk *disk) {
    sqlite3_vfs_unregister(&disk->vfs);
    for (int i = 0; i < largest_image_count; i++) free(disk->images[i].bytes);
    pthread_mutex_destroy(&disk->lock);
    free(disk);
}

void faulty_disk_fail(faulty_disk *disk, int nth, int times, int code, int syncs_only) {
    pthread_mutex_lock(&disk->lock);
    disk->countdown = nth;
    disk->times = times;
    disk->code = code;
    disk->syncs_only = syncs_only;
    pthread_mutex_unlock(&disk->lock);
}

static int read_counter(faulty_disk *disk, int *counter) {
    pthread_mutex_lock(&disk->lock);
    int value = *counter;
    pthread_mutex_unlock(&disk->lock);
    return value;
}

int faulty_disk_failures(faulty_disk *disk) { return read_counter(disk, &disk->failures); }
int faulty_disk_syncs(faulty_disk *disk) { return read_counter(disk, &disk->syncs); }

int faulty_disk_after_power_cut(faulty_disk *disk, const char *from, const char *to) {
    int result = 0;
    pthread_mutex_lock(&disk->lock);
    image *found = image_of(disk, from, 0);
    if (found && found->size) {
        FILE *file = fopen(to, "wb");
        if (!file || fwrite(found->bytes, 1, found->size, file) != found->size) result = 1;
        if (file && fclose(file) != 0) result = 1;
    }
    pthread_mutex_unlock(&disk->lock);
    return result;
}
