/* Records what a process does to the files of one folder (RECORD_DIR), in order, into RECORD_LOG.
 *
 * Preloaded before the C library (LD_PRELOAD). One record: operation (1 byte), descriptor (4), offset (8), length of name (4),
 * length of bytes (4), name, bytes; little endian. Memory maps are not seen: SQLite maps only the -shm file, which recovery
 * builds anew, and the recorder notes any other map of a recorded file as 'm', which the replayer refuses.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_FD 4096

static int log_fd = -1;
static const char *folder;
static size_t folder_length;
static unsigned char watched[MAX_FD];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_openat)(int, const char *, int, ...);

#define REAL(name) (name##_t) dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("RECORD_LOG");
    folder = getenv("RECORD_DIR");
    real_write = (ssize_t (*)(int, const void *, size_t)) dlsym(RTLD_NEXT, "write");
    real_openat = (int (*)(int, const char *, int, ...)) dlsym(RTLD_NEXT, "openat");
    if (path && folder) {
        folder_length = strlen(folder);
        log_fd = real_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
}

static void record(char operation, int fd, int64_t offset, const char *name, const void *bytes, size_t length) {
    char head[21];
    int32_t descriptor = fd;
    uint32_t names = name ? (uint32_t) strlen(name) : 0, count = (uint32_t) length;
    struct iovec parts[3];
    head[0] = operation;
    memcpy(head + 1, &descriptor, 4);
    memcpy(head + 5, &offset, 8);
    memcpy(head + 13, &names, 4);
    memcpy(head + 17, &count, 4);
    parts[0].iov_base = head;
    parts[0].iov_len = sizeof head;
    parts[1].iov_base = (void *) name;
    parts[1].iov_len = names;
    parts[2].iov_base = (void *) bytes;
    parts[2].iov_len = length;
    if (writev(log_fd, parts, 3) != (ssize_t) (sizeof head + names + length))
        abort();
}

static int inside(const char *path) {
    return log_fd >= 0 && path && strncmp(path, folder, folder_length) == 0;
}

static int seen(int fd) {
    return log_fd >= 0 && fd >= 0 && fd < MAX_FD && watched[fd];
}

static int opened(int at, const char *path, int flags, mode_t mode) {
    int fd, existed, mine = inside(path);
    pthread_mutex_lock(&lock);
    existed = mine ? access(path, F_OK) == 0 : 1;
    fd = real_openat(at, path, flags, mode);
    if (fd >= 0 && fd < MAX_FD) {
        watched[fd] = (unsigned char) mine;
        if (mine)
            record(existed ? 'o' : 'c', fd, flags & O_TRUNC ? 1 : 0, path, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

#define OPENING(name)                                                       \
    int name(const char *path, int flags, ...) {                            \
        va_list rest;                                                       \
        mode_t mode = 0;                                                    \
        va_start(rest, flags);                                              \
        if (flags & (O_CREAT | O_TMPFILE))                                  \
            mode = va_arg(rest, mode_t);                                    \
        va_end(rest);                                                       \
        return opened(AT_FDCWD, path, flags, mode);                         \
    }
OPENING(open)
OPENING(open64)

#define OPENING_AT(name)                                                    \
    int name(int at, const char *path, int flags, ...) {                    \
        va_list rest;                                                       \
        mode_t mode = 0;                                                    \
        va_start(rest, flags);                                              \
        if (flags & (O_CREAT | O_TMPFILE))                                  \
            mode = va_arg(rest, mode_t);                                    \
        va_end(rest);                                                       \
        return opened(at, path, flags, mode);                               \
    }
OPENING_AT(openat)
OPENING_AT(openat64)

int close(int fd) {
    static int (*real)(int);
    if (!real)
        real = (int (*)(int)) dlsym(RTLD_NEXT, "close");
    if (fd >= 0 && fd < MAX_FD)
        watched[fd] = 0;
    return real(fd);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    ssize_t done;
    if (!seen(fd))
        return real_write(fd, bytes, length);
    pthread_mutex_lock(&lock);
    {
        off_t at = fcntl(fd, F_GETFL) & O_APPEND ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
        done = real_write(fd, bytes, length);
        if (done > 0)
            record('w', fd, at, NULL, bytes, (size_t) done);
    }
    pthread_mutex_unlock(&lock);
    return done;
}

#define WRITING(name)                                                       \
    ssize_t name(int fd, const void *bytes, size_t length, off_t at) {      \
        static ssize_t (*real)(int, const void *, size_t, off_t);           \
        ssize_t done;                                                       \
        if (!real)                                                          \
            real = (ssize_t (*)(int, const void *, size_t, off_t)) dlsym(RTLD_NEXT, #name); \
        if (!seen(fd))                                                      \
            return real(fd, bytes, length, at);                             \
        pthread_mutex_lock(&lock);                                          \
        done = real(fd, bytes, length, at);                                 \
        if (done > 0)                                                       \
            record('w', fd, at, NULL, bytes, (size_t) done);                \
        pthread_mutex_unlock(&lock);                                        \
        return done;                                                        \
    }
WRITING(pwrite)
WRITING(pwrite64)

#define CUTTING(name)                                                       \
    int name(int fd, off_t length) {                                        \
        static int (*real)(int, off_t);                                     \
        int done;                                                           \
        if (!real)                                                          \
            real = (int (*)(int, off_t)) dlsym(RTLD_NEXT, #name);           \
        if (!seen(fd))                                                      \
            return real(fd, length);                                        \
        pthread_mutex_lock(&lock);                                          \
        done = real(fd, length);                                            \
        if (done == 0)                                                      \
            record('t', fd, length, NULL, NULL, 0);                         \
        pthread_mutex_unlock(&lock);                                        \
        return done;                                                        \
    }
CUTTING(ftruncate)
CUTTING(ftruncate64)

#define FLUSHING(name)                                                      \
    int name(int fd) {                                                      \
        static int (*real)(int);                                            \
        int done;                                                           \
        if (!real)                                                          \
            real = (int (*)(int)) dlsym(RTLD_NEXT, #name);                  \
        if (!seen(fd))                                                      \
            return real(fd);                                                \
        pthread_mutex_lock(&lock);                                          \
        done = real(fd);                                                    \
        if (done == 0)                                                      \
            record('s', fd, 0, NULL, NULL, 0);                              \
        pthread_mutex_unlock(&lock);                                        \
        return done;                                                        \
    }
FLUSHING(fsync)
FLUSHING(fdatasync)

int unlink(const char *path) {
    static int (*real)(const char *);
    int done;
    if (!real)
        real = (int (*)(const char *)) dlsym(RTLD_NEXT, "unlink");
    if (!inside(path))
        return real(path);
    pthread_mutex_lock(&lock);
    done = real(path);
    if (done == 0)
        record('u', -1, 0, path, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int rename(const char *from, const char *to) {
    static int (*real)(const char *, const char *);
    int done;
    if (!real)
        real = (int (*)(const char *, const char *)) dlsym(RTLD_NEXT, "rename");
    if (!inside(from))
        return real(from, to);
    pthread_mutex_lock(&lock);
    done = real(from, to);
    if (done == 0)
        record('r', -1, 0, from, to, strlen(to));
    pthread_mutex_unlock(&lock);
    return done;
}

#define MAPPING(name)                                                       \
    void *name(void *where, size_t length, int protection, int flags, int fd, off_t at) { \
        static void *(*real)(void *, size_t, int, int, int, off_t);         \
        if (!real)                                                          \
            real = (void *(*)(void *, size_t, int, int, int, off_t)) dlsym(RTLD_NEXT, #name); \
        if (seen(fd) && (protection & PROT_WRITE) && (flags & MAP_SHARED)) { \
            pthread_mutex_lock(&lock);                                      \
            record('m', fd, at, NULL, NULL, 0);                             \
            pthread_mutex_unlock(&lock);                                    \
        }                                                                   \
        return real(where, length, protection, flags, fd, at);              \
    }
MAPPING(mmap)
MAPPING(mmap64)
