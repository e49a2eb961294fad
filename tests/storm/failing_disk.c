/* A disk that fails when it is told to, for one process: what the C library asks of the kernel.
 *
 * LD_PRELOAD of tests/storm/disks.py. FAILING_DISK_FILES begins the paths of the files that lie on
 * that disk. While the file FAILING_DISK_ORDER is there, with `sync ERRNO` or `write ERRNO` in it,
 * syncing (or writing, growing and syncing) such a file fails with that error and does nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int refuses(int file, int is_a_write) {
    const char *order = getenv("FAILING_DISK_ORDER"), *files = getenv("FAILING_DISK_FILES");
    char link[64], path[4096], what[16];
    int error;
    if (!order || !files || access(order, F_OK)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (strncmp(path, files, strlen(files))) return 0;
    FILE *said = fopen(order, "r");
    if (!said) return 0;
    int found = fscanf(said, "%15s %d", what, &error);
    fclose(said);
    if (found != 2 || (is_a_write && strcmp(what, "write"))) return 0;
    errno = error;
    return 1;
}

#define REAL(name) __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

int fsync(int file) { REAL(fsync); return refuses(file, 0) ? -1 : real(file); }

int fdatasync(int file) { REAL(fdatasync); return refuses(file, 0) ? -1 : real(file); }

ssize_t write(int file, const void *bytes, size_t count) {
    REAL(write);
    return refuses(file, 1) ? -1 : real(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    REAL(pwrite);
    return refuses(file, 1) ? -1 : real(file, bytes, count, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    REAL(pwrite64);
    return refuses(file, 1) ? -1 : real(file, bytes, count, at);
}

int ftruncate64(int file, off64_t length) {
    REAL(ftruncate64);
    /* On a full disk this goes well: a longer file has a hole, a shorter one needs less. */
    return refuses(file, 1) && errno != ENOSPC ? -1 : real(file, length);
}
