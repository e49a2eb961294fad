/* A library to be loaded before libc (LD_PRELOAD): it writes down, in one order for all threads and
 * processes, what is done to the files below POWER_ROOT and what is said over TCP, into POWER_LOG.
 *
 * What must stay true: a thing done and its line in the log are one step, under a lock that all
 * witnessed processes share. Only a sync is two lines, one before and one after: what is written
 * while it runs need not be covered by it. Who holds the log's lock (flock) stops all of it.
 *
 * What it does not see (a file changed through a mapping, sendfile, a system call of one's own) the
 * reader of the log finds out: tests/power/witness.py compares with the files as they are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

enum { UNKNOWN, OURS, WIRE };
enum { FILES = 4096, PARTS = 1024 };

struct line { /* followed by the path and the data */
    uint32_t size;
    uint8_t kind;
    uint8_t unused[3];
    uint64_t at; /* nanoseconds of CLOCK_REALTIME, which is time.time() */
    uint64_t what; /* the inode; of a sync its ticket too; of the wire its connection */
    uint64_t offset;
    uint32_t path;
    uint32_t data;
};

static struct { uint8_t kind; uint64_t what; } known[FILES];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int log_file = -1;
static const char *root;
static size_t root_size;
static uint64_t tickets;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("POWER_LOG");
    root = getenv("POWER_ROOT");
    if (!path || !root) return;
    root_size = strlen(root);
    int low = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    log_file = fcntl(low, F_DUPFD_CLOEXEC, 900); /* out of the way of numbers that are low */
    syscall(SYS_close, low);
    tickets = (uint64_t)getpid() << 32;
}

static void enter(void)
{
    pthread_mutex_lock(&mutex);
    while (flock(log_file, LOCK_EX) < 0 && errno == EINTR) {}
}

static void leave(void)
{
    flock(log_file, LOCK_UN);
    pthread_mutex_unlock(&mutex);
}

static void note(char kind, uint64_t what, uint64_t offset, const char *path,
                 const struct iovec *data, int parts, size_t size)
{
    struct timespec now;
    struct iovec all[2 + PARTS];
    int count = 2, saved = errno;
    clock_gettime(CLOCK_REALTIME, &now);
    struct line line = {
        .kind = kind, .at = now.tv_sec * 1000000000ull + now.tv_nsec, .what = what,
        .offset = offset, .path = path ? strlen(path) : 0, .data = size,
    };
    line.size = sizeof line + line.path + line.data;
    all[0] = (struct iovec){&line, sizeof line};
    all[1] = (struct iovec){(void *)path, line.path};
    for (int i = 0; i < parts && size && count < 2 + PARTS; i++) {
        size_t part = data[i].iov_len < size ? data[i].iov_len : size;
        all[count++] = (struct iovec){data[i].iov_base, part};
        size -= part;
    }
    if (syscall(SYS_writev, log_file, all, count) != (long)line.size) abort();
    errno = saved;
}

static void note_bytes(char kind, uint64_t what, uint64_t offset, const void *data, size_t size)
{
    struct iovec one = {(void *)data, size};
    note(kind, what, offset, NULL, &one, 1, size);
}

static int is(int fd, int kind)
{
    return log_file >= 0 && fd >= 0 && fd < FILES && known[fd].kind == kind;
}

/* Write the whole path to `out`, links of its folder resolved; 1: it lies below the root. */
static int below(int folder, const char *path, char *out)
{
    char whole[2 * PATH_MAX], start[PATH_MAX] = "", link[64];
    int saved = errno;
    if (log_file < 0 || !path) return 0;
    if (path[0] != '/') {
        if (folder == AT_FDCWD) {
            if (!getcwd(start, sizeof start)) return 0;
        } else {
            snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
            ssize_t size = readlink(link, start, sizeof start - 1);
            if (size < 0) return errno = saved, 0;
            start[size] = 0;
        }
    }
    snprintf(whole, sizeof whole, "%s%s%s", start, path[0] == '/' ? "" : "/", path);
    char *name = strrchr(whole, '/');
    *name++ = 0;
    int found = realpath(whole[0] ? whole : "/", out) != NULL;
    errno = saved;
    if (!found || strlen(out) + strlen(name) + 2 > PATH_MAX) return 0;
    strcat(strcat(out, "/"), name);
    return !strncmp(out, root, root_size) && (out[root_size] == '/' || !out[root_size]);
}

static uint64_t inode(const char *path)
{
    struct stat found;
    int saved = errno, missing = lstat(path, &found);
    errno = saved;
    return missing ? 0 : found.st_ino;
}

static int opened(int folder, const char *path, int flags, mode_t mode)
{
    char whole[PATH_MAX];
    if (!below(folder, path, whole))
        return syscall(SYS_openat, folder, path, flags, mode);
    enter();
    int fresh = (flags & O_CREAT) && !inode(whole);
    int fd = syscall(SYS_openat, folder, path, flags, mode);
    if (fd >= 0 && fd < FILES) {
        struct stat found;
        fstat(fd, &found);
        known[fd].kind = OURS;
        known[fd].what = found.st_ino;
        if (fresh) note('C', found.st_ino, 0, whole, NULL, 0, 0);
        else if (flags & O_TRUNC) note('T', found.st_ino, 0, NULL, NULL, 0, 0);
    }
    leave();
    return fd;
}

#define MODE(flags, last) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list more; va_start(more, last); mode = va_arg(more, mode_t); va_end(more); \
    }

int open(const char *path, int flags, ...)
{
    MODE(flags, flags) return opened(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE(flags, flags) return opened(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    MODE(flags, flags) return opened(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
    MODE(flags, flags) return opened(folder, path, flags, mode);
}

int close(int fd)
{
    REAL(close);
    if (fd >= 0 && fd < FILES) known[fd].kind = UNKNOWN;
    return real(fd);
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
    REAL(connect);
    if (log_file >= 0 && fd >= 0 && fd < FILES &&
        (address->sa_family == AF_INET || address->sa_family == AF_INET6)) {
        enter();
        known[fd].kind = WIRE;
        known[fd].what = ++tickets;
        leave();
    }
    return real(fd, address, size);
}

ssize_t write(int fd, const void *data, size_t size)
{
    REAL(write);
    int wire = is(fd, WIRE);
    if (!wire && !is(fd, OURS)) return real(fd, data, size);
    enter();
    off_t offset = 0;
    if (!wire) {
        int end = fcntl(fd, F_GETFL) & O_APPEND;
        offset = lseek(fd, 0, end ? SEEK_END : SEEK_CUR);
    }
    ssize_t done = real(fd, data, size);
    if (done > 0) note_bytes(wire ? 'N' : 'W', known[fd].what, offset, data, done);
    leave();
    return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    REAL(writev);
    if (!is(fd, WIRE)) return real(fd, parts, count); /* of a file: the comparison finds it */
    enter();
    ssize_t done = real(fd, parts, count);
    if (done > 0) note('N', known[fd].what, 0, NULL, parts, count, done);
    leave();
    return done;
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    REAL(send);
    if (!is(fd, WIRE)) return real(fd, data, size, flags);
    enter();
    ssize_t done = real(fd, data, size, flags);
    if (done > 0) note_bytes('N', known[fd].what, 0, data, done);
    leave();
    return done;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    REAL(sendmsg);
    if (!is(fd, WIRE)) return real(fd, message, flags);
    enter();
    ssize_t done = real(fd, message, flags);
    if (done > 0) note('N', known[fd].what, 0, NULL, message->msg_iov, message->msg_iovlen, done);
    leave();
    return done;
}

static ssize_t placed(int fd, const void *data, size_t size, off_t offset)
{
    if (!is(fd, OURS)) return syscall(SYS_pwrite64, fd, data, size, offset);
    enter();
    ssize_t done = syscall(SYS_pwrite64, fd, data, size, offset);
    if (done > 0) note_bytes('W', known[fd].what, offset, data, done);
    leave();
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    return placed(fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    return placed(fd, data, size, offset);
}

static int cut(int fd, off_t size)
{
    if (!is(fd, OURS)) return syscall(SYS_ftruncate, fd, size);
    enter();
    int failed = syscall(SYS_ftruncate, fd, size);
    if (!failed) note('T', known[fd].what, size, NULL, NULL, 0, 0);
    leave();
    return failed;
}

int ftruncate(int fd, off_t size) { return cut(fd, size); }
int ftruncate64(int fd, off64_t size) { return cut(fd, size); }

static int synced(int fd, long call)
{
    if (!is(fd, OURS)) return syscall(call, fd);
    enter();
    uint64_t file = known[fd].what, ticket = ++tickets;
    note('S', file, ticket, NULL, NULL, 0, 0);
    leave();
    int failed = syscall(call, fd);
    if (failed) return failed;
    enter();
    note('E', file, ticket, NULL, NULL, 0, 0);
    leave();
    return 0;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int removed(int folder, const char *path, int flags)
{
    char whole[PATH_MAX];
    if (!below(folder, path, whole)) return syscall(SYS_unlinkat, folder, path, flags);
    enter();
    int failed = syscall(SYS_unlinkat, folder, path, flags);
    if (!failed) note('U', 0, 0, whole, NULL, 0, 0);
    leave();
    return failed;
}

int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int folder, const char *path, int flags) { return removed(folder, path, flags); }
int rmdir(const char *path) { return removed(AT_FDCWD, path, AT_REMOVEDIR); }

static int made(int folder, const char *path, mode_t mode)
{
    char whole[PATH_MAX];
    if (!below(folder, path, whole)) return syscall(SYS_mkdirat, folder, path, mode);
    enter();
    int failed = syscall(SYS_mkdirat, folder, path, mode);
    if (!failed) note('D', inode(whole), 0, whole, NULL, 0, 0);
    leave();
    return failed;
}

int mkdir(const char *path, mode_t mode) { return made(AT_FDCWD, path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) { return made(folder, path, mode); }

/* A second name, or another one. From outside the root to the inside it would be a file that
 * nobody saw being written: the comparison finds it. */
static int named(char kind, int from, const char *old, int to, const char *new)
{
    char before[PATH_MAX], after[PATH_MAX];
    long call = kind == 'R' ? SYS_renameat2 : SYS_linkat;
    if (!below(from, old, before) || !below(to, new, after))
        return syscall(call, from, old, to, new, 0);
    enter();
    int failed = syscall(call, from, old, to, new, 0);
    struct iovec second = {after, strlen(after)};
    if (!failed) note(kind, 0, 0, before, &second, 1, second.iov_len);
    leave();
    return failed;
}

int rename(const char *old, const char *new) { return named('R', AT_FDCWD, old, AT_FDCWD, new); }
int renameat(int from, const char *old, int to, const char *new)
{
    return named('R', from, old, to, new);
}
int link(const char *old, const char *new) { return named('L', AT_FDCWD, old, AT_FDCWD, new); }
int linkat(int from, const char *old, int to, const char *new, int flags)
{
    (void)flags;
    return named('L', from, old, to, new);
}
