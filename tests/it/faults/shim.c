/*
 * Faults for the program under test, at the nth of some of its calls of the C library. Loaded with
 * LD_PRELOAD: that works as root and as anybody, in every container, and needs no file system, no
 * mount and no permission of its own.
 *
 * FAULT_CALLS  calls that count, each between commas: ",open,write,"
 * FAULT_AT     at which of them, counted from 1
 * FAULT        what happens there:
 *                errno N   it fails, and so do all that follow
 *                signal N  the signal is raised
 *                run LINE  a line for the shell is run, to its end
 * FAULT_MARK   a file that is made when it happens
 * FAULT_CLOCK  seconds since 1970 that the clock says
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

static atomic_int calls;
static _Thread_local int inside;

static void run(const char *line) {
    char *const words[] = {"sh", "-c", (char *)line, NULL};
    char *const bare[] = {"PATH=/usr/bin:/bin", NULL};
    pid_t child = vfork();
    if (child == 0) {
        execve("/bin/sh", words, bare);
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) abort();
}

/* The error that a call is to fail with, or 0. */
static int fault(const char *call) {
    const char *counted = getenv("FAULT_CALLS"), *what = getenv("FAULT"), *at = getenv("FAULT_AT");
    char name[32];
    snprintf(name, sizeof name, ",%s,", call);
    if (inside || counted == NULL || what == NULL || at == NULL || strstr(counted, name) == NULL ||
        strcmp(program_invocation_short_name, "fargate-egress") != 0)
        return 0;
    int number = atomic_fetch_add(&calls, 1) + 1, wanted = atoi(at);
    int fails = strncmp(what, "errno ", 6) == 0;
    if (number < wanted || (number > wanted && !fails)) return 0;
    inside = 1;
    if (number == wanted)
        close((int)syscall(SYS_openat, AT_FDCWD, getenv("FAULT_MARK"), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    if (strncmp(what, "signal ", 7) == 0) raise(atoi(what + 7));
    if (strncmp(what, "run ", 4) == 0) run(what + 4);
    inside = 0;
    return fails ? atoi(what + 6) : 0;
}

/* What belongs to the system is not what a command works with. */
static int is_of_the_system(const char *path) {
    static const char *const folders[] = {"/proc/", "/sys/", "/dev/", "/etc/", "/usr/", "/lib"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (strncmp(path, folders[i], strlen(folders[i])) == 0) return 1;
    return 0;
}

/* A file of a disk; the kernel's own, such as those of /proc and of cgroups, have no blocks. */
static int is_file(int descriptor) {
    struct stat found;
    struct statfs system;
    return fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode) &&
           fstatfs(descriptor, &system) == 0 && system.f_blocks > 0;
}

#define FAIL(call)                     \
    do {                               \
        int error = fault(call);       \
        if (error != 0) {              \
            errno = error;             \
            return -1;                 \
        }                              \
    } while (0)

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (!is_of_the_system(path)) FAIL((flags & O_CREAT) ? "create" : "open");
    return NEXT(open64)(path, flags, mode);
}

ssize_t read(int descriptor, void *bytes, size_t count) {
    if (is_file(descriptor)) FAIL("read");
    return NEXT(read)(descriptor, bytes, count);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    /* A test sends standard output and standard error into pipes. */
    if (is_file(descriptor)) FAIL("write");
    else if (descriptor == 1 || descriptor == 2) FAIL("print");
    return NEXT(write)(descriptor, bytes, count);
}

int fsync(int descriptor) {
    FAIL("fsync");
    return NEXT(fsync)(descriptor);
}

int mkdir(const char *path, mode_t mode) {
    FAIL("mkdir");
    return NEXT(mkdir)(path, mode);
}

int unlink(const char *path) {
    FAIL("unlink");
    return NEXT(unlink)(path);
}

/* Of a file on its way: between two that take their places. */
int statx(int folder, const char *path, int flags, unsigned mask, struct statx *found) {
    /* It is declared never to be null, and is: Rust asks so whether there is such a call. */
    const char *volatile name = path;
    if (name != NULL && strstr(name, ".fargate-egress-") != NULL) FAIL("stat");
    return (int)syscall(SYS_statx, folder, path, flags, mask, found);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    const char *seconds = getenv("FAULT_CLOCK");
    if (clock == CLOCK_REALTIME && seconds != NULL) {
        time->tv_sec = atoll(seconds);
        time->tv_nsec = 0;
        return 0;
    }
    return (int)syscall(SYS_clock_gettime, clock, time);
}
