/* lib/file: reading, replacing and locking, and that the old file stands whatever goes wrong. */
#include "base/file.h"
#include "tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/capability.h>
#include <linux/sched.h>
#include <sys/mount.h>

/* glibc has these, and shows them only to those who give up the standard. */
int capset(cap_user_header_t header, cap_user_data_t data);
int unshare(int flags);
#endif

enum { MOST = 1 << 20, CANNOT = 77 };

/* --- what a test needs --- */

/* The result of a function in a process of its own: 0 that it held, 1 that it did not. */
static int in_child(int (*run)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0)
        _exit(run());
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

static void check_in_child(int (*run)(void), const char *name)
{
    int result = in_child(run);

    if (result == CANNOT)
        tap_skip("%s: the system does not let us try", name);
    else
        check(result == 0, "%s", name);
}

static void put(const char *path, struct slice content, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (fd < 0 || write(fd, content.at, content.len) != (ssize_t)content.len ||
        fchmod(fd, mode) != 0 || close(fd) != 0)
        abort();
}

static bool holds(const char *path, struct slice expected)
{
    struct buf out = {0};
    struct err err;
    bool same =
        file_read(path, MOST, &out, NULL, &err) == ERR_OK && slice_equal(buf_slice(&out), expected);

    buf_free(&out);
    return same;
}

static bool exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

static bool has_mode(const char *path, mode_t mode)
{
    struct stat st;

    return stat(path, &st) == 0 && (st.st_mode & 07777) == mode;
}

/* In one piece. */
static enum err_code replace_locked(struct file_lock *lock, struct slice content,
                                    struct file_stamp *stamp, struct err *err)
{
    return file_replace(lock, &(struct runs){.at = &content, .count = 1, .len = content.len}, stamp,
                        err);
}

/* Of 1 to 7 bytes, and at times of many. */
static bool replace_with_runs(struct file_lock *lock)
{
    enum { RUNS = 3000, LARGE = MOST / 4 };
    char *text = malloc(LARGE);
    struct runs runs = {0};
    struct buf expected = {0};
    struct err err;
    bool good;

    if (!text)
        abort();
    for (size_t i = 0; i < LARGE; i++)
        text[i] = (char)(i % 251);
    for (size_t i = 0; i < RUNS; i++) {
        struct slice run = {text + i, i % 1000 == 999 ? LARGE - i : i % 7 + 1};

        runs_add(&runs, run);
        buf_add_slice(&expected, run);
    }
    good = file_replace(lock, &runs, NULL, &err) == ERR_OK && holds("file", buf_slice(&expected));
    runs_free(&runs);
    buf_free(&expected);
    free(text);
    return good;
}

static bool append(const char *path, struct slice lines)
{
    struct buf before = {0};
    struct err err;
    int log;
    bool done = file_log_open(path, MOST, &before, &log, &err) == ERR_OK;

    done = done && file_log_add(log, path, lines, &err) == ERR_OK;
    file_log_close(log);
    buf_free(&before);
    return done;
}

static enum err_code replace(const char *path, struct slice content, struct err *err)
{
    struct file_lock *lock;
    enum err_code code = file_lock(path, &lock, err);

    if (code == ERR_OK)
        code = replace_locked(lock, content, NULL, err);
    file_unlock(lock);
    return code;
}

/* It is refused, with this in the message, and what was there before is all that is there. */
static bool replace_fails(const char *path, struct slice content, const char *said)
{
    struct err err = {0};
    enum err_code code = replace(path, content, &err);

    if (code == ERR_FAILED && err.code == code && strstr(err.text, said) &&
        strstr(err.text, "nothing was changed"))
        return true;
    printf("# code %d: %s\n", (int)code, err.text);
    return false;
}

static int count_entries(const char *folder)
{
    DIR *dir = opendir(folder);
    int count = 0;

    if (!dir)
        return -1;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static struct slice letters(char letter, size_t len)
{
    static char room[MOST];

    memset(room, letter, len);
    return (struct slice){room, len};
}

#define OLD slice_of("the old content\n")
#define NEW slice_of("a new one\n")

/* --- reading --- */

static void test_read(void)
{
    struct file_stamp stamp, again;
    struct buf out = {0};
    struct err err;
    struct stat st;

    put("file", letters('x', 100000), 0600);
    buf_add_text(&out, "before");
    check(file_read("file", 100000, &out, &stamp, &err) == ERR_OK && out.len == 100006 &&
              memcmp(out.data, "beforexx", 8) == 0 && out.data[100005] == 'x',
          "a file of exactly the limit, behind what stands in the buffer");
    check(stat("file", &st) == 0 && stamp.inode == st.st_ino && stamp.size == 100000,
          "its stamp is the file's");
    check(file_read("file", 100000, &out, &again, &err) == ERR_OK && file_same(&stamp, &again),
          "and the same the next time");
    check(file_read("file", 99999, &out, NULL, &err) == ERR_FORMAT &&
              strcmp(err.text, "file is over 99999 bytes") == 0,
          "a byte over the limit");
    put("empty", slice_of(""), 0600);
    check(holds("empty", slice_of("")), "an empty file");
    check(file_read("no-such", 9, &out, NULL, &err) == ERR_ABSENT &&
              strcmp(err.text, "there is no file no-such") == 0,
          "an absent file");
    check(file_read("file/x", 9, &out, NULL, &err) == ERR_ABSENT, "a file below a file");
    check(file_read(".", 9, &out, NULL, &err) == ERR_FAILED &&
              strcmp(err.text, "cannot read .: it is a folder") == 0,
          "a folder");
    buf_free(&out);
}

/* Files of the kernel whose stat says another size than they have. */
static void test_wrong_size(const char *path, bool is_more)
{
    struct buf out = {0};
    struct err err;
    struct stat st;

    if (stat(path, &st) != 0) {
        tap_skip("there is no %s", path);
        return;
    }
    check(file_read(path, MOST, &out, NULL, &err) == ERR_OK && out.len > 0 &&
              (is_more ? out.len > (size_t)st.st_size : out.len < (size_t)st.st_size),
          "a file that is %s than its size", is_more ? "longer" : "shorter");
    check(!is_more || file_read(path, out.len - 1, &out, NULL, &err) == ERR_FORMAT,
          "and is held to the limit by what it gives");
    buf_free(&out);
}

static void rewrite_forever(void)
{
    for (size_t i = 0;; i = (i + 7919) % 50000) {
        int fd = open("shaken", O_WRONLY | O_TRUNC);
        struct slice some = letters('s', i);

        if (fd < 0 || write(fd, some.at, some.len) < 0 || close(fd) != 0)
            _exit(1);
    }
}

static void test_shaken(void)
{
    bool right = true;
    pid_t writer;

    put("shaken", slice_of(""), 0600);
    writer = fork();
    if (writer == 0)
        rewrite_forever();
    for (int i = 0; i < 1000; i++) {
        struct buf out = {0};
        struct err err;

        right = right && file_read("shaken", MOST, &out, NULL, &err) == ERR_OK && out.len < 50000;
        for (size_t j = 0; j < out.len; j++)
            right = right && out.data[j] == 's';
        buf_free(&out);
    }
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    check(right, "a file that is cut short and grows meanwhile: no crash, no byte that is not its");
}

/* Writes in pieces, with pauses; or without an end. */
static void feed(int fd, bool forever)
{
    for (int i = 0; forever || i < 3; i++) {
        struct slice some = letters('f', 70000);

        if (write(fd, some.at, some.len) < 0)
            _exit(0); /* nobody reads on */
        if (!forever)
            poll(NULL, 0, 5);
    }
    _exit(0);
}

static void test_pipe(void)
{
    for (int forever = 0; forever <= 1; forever++) {
        struct buf out = {0};
        struct err err;
        enum err_code code;
        char path[32];
        int ends[2];
        pid_t child;

        if (pipe(ends) != 0 || (child = fork()) < 0)
            abort();
        if (child == 0) {
            close(ends[0]);
            feed(ends[1], forever);
        }
        close(ends[1]);
        snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
        code = file_read_given(path, MOST, &out, &err);
        close(ends[0]);
        waitpid(child, NULL, 0);
        if (forever)
            check(code == ERR_FORMAT && out.len <= MOST + 65536 &&
                      strstr(err.text, " is over 1048576 bytes"),
                  "a pipe without an end is left at the limit");
        else
            check(code == ERR_OK && out.len == 210000, "a pipe that gives its bytes slowly");
        buf_free(&out);
    }
}

static void test_fifo(void)
{
    struct buf out = {0};
    struct err err;
    pid_t child;

    if (mkfifo("fifo", 0600) != 0 || (child = fork()) < 0)
        abort();
    if (child == 0)
        feed(open("fifo", O_WRONLY), false);
    check(file_read_given("fifo", MOST, &out, &err) == ERR_OK && out.len == 210000,
          "a named pipe that was given is read like a file");
    waitpid(child, NULL, 0);
    buf_clear(&out);
    check(file_read_given("fifo", MOST, &out, &err) == ERR_FAILED &&
              strcmp(err.text, "cannot read fifo: nobody writes to this pipe") == 0,
          "one that nobody writes to is an error, and not waited for");
    check(file_read("fifo", MOST, &out, NULL, &err) == ERR_FAILED &&
              strcmp(err.text, "cannot read fifo: it is a FIFO") == 0,
          "where a file is expected it is an error at once");
    check(file_read(".", MOST, &out, NULL, &err) == ERR_FAILED &&
              strcmp(err.text, "cannot read .: it is a folder") == 0,
          "so is a folder");
    check(file_read("/dev/zero", MOST, &out, NULL, &err) == ERR_FAILED &&
              file_read_given("/dev/zero", MOST, &out, &err) == ERR_FAILED &&
              strcmp(err.text, "cannot read /dev/zero: it is a device") == 0,
          "so is a device, also one that was given");
    check(file_kind("fifo") == FILE_OTHER && file_kind(".") == FILE_FOLDER &&
              file_kind("nothing") == FILE_NONE,
          "what a path leads to");
    buf_free(&out);
}

/* --- as somebody who may not --- */

/* Root is stopped by no mode: without its capabilities it is a user like any other. */
static bool be_ordinary(void)
{
#ifdef __linux__
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2];

    memset(none, 0, sizeof none);
    return capset(&header, none) == 0;
#else
    return geteuid() != 0;
#endif
}

static int unreadable(void)
{
    struct buf out = {0};
    struct err err;

    put("unreadable", OLD, 0);
    if (!be_ordinary())
        return CANNOT;
    return !(file_read("unreadable", MOST, &out, NULL, &err) == ERR_FAILED && out.len == 0 &&
             strcmp(err.text, "cannot open unreadable: Permission denied") == 0);
}

static int read_only_folder(void)
{
    struct err err;
    bool stands;

    if (mkdir("closed", 0700) != 0)
        return 1;
    put("closed/file", OLD, 0600);
    if (!be_ordinary())
        return CANNOT;
    chmod("closed", 0500);
    stands = replace_fails("closed/file", NEW, "Permission denied") && holds("closed/file", OLD) &&
             file_create("closed/new", NEW, &err) == ERR_FAILED &&
             strcmp(err.text, "cannot make closed/new: Permission denied") == 0 &&
             count_entries("closed") == 3;
    chmod("closed", 0700);
    return !stands;
}

/* Somebody else's file in one's own folder: it can be replaced, but not given to them. */
static int somebody_elses(void)
{
    struct err err;

    put("theirs", OLD, 0640);
    if (chown("theirs", 12345, 12345) != 0 || !be_ordinary())
        return CANNOT;
    return !(replace("theirs", NEW, &err) == ERR_OK && holds("theirs", NEW) &&
             has_mode("theirs", 0640));
}

/* --- replacing --- */

static void test_modes(void)
{
    static const mode_t masks[] = {0, 022, 077}, modes[] = {0600, 0640, 0644, 0444, 0755};
    struct err err;

    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        mode_t before = umask(masks[i]);

        unlink("new");
        check(replace("new", NEW, &err) == ERR_OK && has_mode("new", 0600) && holds("new", NEW),
              "a new file is 0600 under umask %03o", (unsigned)masks[i]);
        unlink("new");
        check(file_create("new", NEW, &err) == ERR_OK && has_mode("new", 0600) && holds("new", NEW),
              "and so is one that is made");
        umask(before);
    }
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        unlink("mode");
        put("mode", OLD, modes[i]);
        if (modes[i] & S_IWUSR || geteuid() == 0)
            check(replace("mode", NEW, &err) == ERR_OK && has_mode("mode", modes[i]) &&
                      holds("mode", NEW),
                  "the mode %04o is kept", (unsigned)modes[i]);
        else
            check(replace("mode", NEW, &err) == ERR_FAILED && has_mode("mode", modes[i]) &&
                      holds("mode", OLD),
                  "a file of mode %04o is not replaced", (unsigned)modes[i]);
    }
}

static void test_owner(void)
{
    struct err err;
    struct stat st;

    put("owned", OLD, 0640);
    if (chown("owned", 12345, 23456) != 0) {
        tap_skip("only root gives files away");
        return;
    }
    check(replace("owned", NEW, &err) == ERR_OK && stat("owned", &st) == 0 && st.st_uid == 12345 &&
              st.st_gid == 23456 && has_mode("owned", 0640),
          "owner and group are kept");
}

static void test_replace(void)
{
    struct file_stamp before, written, after;
    struct file_lock *lock;
    struct buf out = {0};
    struct err err;

    put("file", OLD, 0600);
    if (link("file", "other-name") != 0)
        abort();
    check(file_lock("file", &lock, &err) == ERR_OK &&
              file_read_locked(lock, MOST, &out, &before, &err) == ERR_OK &&
              slice_equal(buf_slice(&out), OLD),
          "the locked file is read");
    check(replace_locked(lock, NEW, &written, &err) == ERR_OK && holds("file", NEW),
          "and replaced");
    buf_clear(&out);
    check(file_read_locked(lock, MOST, &out, &after, &err) == ERR_OK &&
              slice_equal(buf_slice(&out), NEW) && file_same(&written, &after) &&
              !file_same(&before, &after),
          "its new stamp is the one that was told");
    check(holds("other-name", OLD), "another name of the old file keeps the old content");
    check(replace_locked(lock, slice_of(""), NULL, &err) == ERR_OK && holds("file", slice_of("")),
          "and once more, with nothing");
    check(replace_with_runs(lock),
          "or with more runs than one system call takes, some of them large");
    file_unlock(lock);
    file_unlock(NULL);
    check(!exists(".file.new"), "no temporary file is left");
    buf_free(&out);
}

static void test_stamp(void)
{
    struct file_stamp a, b, c;
    struct buf out = {0};
    struct err err;
    int fd;

    put("stamped", OLD, 0600);
    put("like-it", OLD, 0600);
    if (file_read("stamped", MOST, &out, &a, &err) != ERR_OK)
        abort();
    poll(NULL, 0, 50); /* a file system counts time in steps */
    fd = open("stamped", O_WRONLY);
    if (fd < 0 || write(fd, "T", 1) != 1 || close(fd) != 0)
        abort();
    check(file_read("stamped", MOST, &out, &b, &err) == ERR_OK && !file_same(&a, &b),
          "a file that was written into has another stamp");
    if (rename("like-it", "stamped") != 0)
        abort();
    check(file_read("stamped", MOST, &out, &c, &err) == ERR_OK && !file_same(&a, &c) &&
              !file_same(&b, &c),
          "and so has one that was put in its place");
    buf_free(&out);
}

/* --- symlinks --- */

static void make_link(const char *to, const char *path)
{
    if (symlink(to, path) != 0)
        abort();
}

static bool is_link(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static void test_symlinks(void)
{
    struct err err;

    if (mkdir("else", 0700) != 0 || mkdir("else/where", 0700) != 0)
        abort();
    put("else/where/target", OLD, 0640);
    make_link("where/target", "else/second");
    make_link("else/second", "first");
    check(replace("first", NEW, &err) == ERR_OK && holds("else/where/target", NEW) &&
              has_mode("else/where/target", 0640) && is_link("first") && is_link("else/second"),
          "a chain of symlinks is followed, and stays");
    check(count_entries("else") == 4 && count_entries("else/where") == 3,
          "nothing is left beside them");

    make_link("nowhere", "dangling");
    check(replace("dangling", NEW, &err) == ERR_ABSENT && !exists("nowhere") &&
              strcmp(err.text, "dangling is a symlink to a file that is not there") == 0,
          "a symlink to nothing is refused");
    check(file_create("dangling", NEW, &err) == ERR_EXISTS && !exists("nowhere") &&
              is_link("dangling") && strcmp(err.text, "dangling exists already") == 0,
          "and not followed to make a file");
    make_link("round", "round");
    check(replace("round", NEW, &err) == ERR_FAILED && is_link("round"),
          "a symlink to itself is refused");
}

/* What stands under the temporary name may have been put there by somebody else. */
static void test_stale(void)
{
    struct err err;
    int before;

    put("file", OLD, 0600);
    put(".file.new", letters('s', 100000), 0644);
    check(replace("file", NEW, &err) == ERR_OK && holds("file", NEW) && has_mode("file", 0600) &&
              !exists(".file.new"),
          "a temporary file that was left is taken over");
    put("victim", OLD, 0600);
    make_link("victim", ".file.new");
    check(replace("file", OLD, &err) == ERR_OK && holds("file", OLD) && !is_link("file") &&
              !exists(".file.new") && holds("victim", OLD),
          "a symlink under its name is removed, and not followed");
    if (link("victim", ".file.new") != 0)
        abort();
    check(replace("file", NEW, &err) == ERR_OK && holds("file", NEW) && holds("victim", OLD),
          "nor is another name of a file written into");
    if (mkdir(".file.new", 0700) != 0)
        abort();
    put(".file.new/in-it", OLD, 0600);
    before = count_entries(".");
    check(replace("file", OLD, &err) == ERR_OK && holds("file", OLD) &&
              holds(".file.new/in-it", OLD) && count_entries(".") == before,
          "a folder under its name is left alone, and the file is replaced");
    unlink(".file.new/in-it");
    rmdir(".file.new");
}

/* --- what a file may be --- */

static bool is_reached(void)
{
    char *path = realpath(".", NULL);
    bool reached = path && access(path, R_OK) == 0;

    free(path);
    return reached;
}

static int read_only(void)
{
    struct err err;

    put("locked", OLD, 0444);
    if (!be_ordinary() || geteuid() == 0) /* root is not held up, whatever it may */
        return CANNOT;
    if (!is_reached())
        return CANNOT;
    return !(replace("locked", NEW, &err) == ERR_FAILED && holds("locked", OLD) &&
             strstr(err.text, "is read-only: nothing was changed") &&
             err.reason == ERR_REASON_READ_ONLY && strstr(err_get(&err, ERR_SUBJECT), "locked"));
}

static int read_only_as_nobody(void)
{
    if (geteuid() == 0 && (chmod(".", 0777) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
        return CANNOT;
    return read_only();
}

static void test_links(void)
{
    struct file_lock *lock;
    struct err err;

    put("file", OLD, 0600);
    if (link("file", "linked") != 0 || file_lock("file", &lock, &err) != ERR_OK)
        abort();
    check(replace_locked(lock, NEW, NULL, &err) == ERR_OK && file_cut_link(lock) &&
              holds("linked", OLD),
          "another hard link keeps what was there, which is told");
    check(replace_locked(lock, OLD, NULL, &err) == ERR_OK && !file_cut_link(lock),
          "and that only once");
    file_unlock(lock);
    unlink("linked");
}

/* Whatever the umask is, what is made can be used by its owner. */
static void test_umask(void)
{
    static const mode_t masks[] = {0777, 0277, 0177, 0077};
    char path[64];
    struct err err;

    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        mode_t before = umask(masks[i]);
        bool made;

        snprintf(path, sizeof path, "umask-%zu/below/made", i);
        made = file_create(path, NEW, &err) == ERR_OK;
        snprintf(path, sizeof path, "umask-%zu/replaced", i);
        made = made && replace(path, NEW, &err) == ERR_OK && append(path, OLD);
        umask(before);
        check(made && has_mode(path, 0600), "umask %03o", (unsigned)masks[i]);
        snprintf(path, sizeof path, "umask-%zu/below/made", i);
        check(has_mode(path, 0600), "and what is made");
        snprintf(path, sizeof path, "umask-%zu/below", i);
        check(has_mode(path, 0700), "and its folder");
    }
}

/* --- making and adding to --- */

static void test_create(void)
{
    struct err err;
    mode_t before = umask(0);

    put("there", OLD, 0600);
    check(file_create("there", NEW, &err) == ERR_EXISTS && holds("there", OLD),
          "a file that is there is not made");
    check(file_create(".", NEW, &err) == ERR_EXISTS, "nor is a folder");
    check(file_create("there/below", NEW, &err) == ERR_FAILED &&
              strcmp(err.text, "cannot make there/below: Not a directory") == 0,
          "nor one below a file");
    check(file_create("deep/down/made", NEW, &err) == ERR_OK && holds("deep/down/made", NEW) &&
              has_mode("deep", 0700) && has_mode("deep/down", 0700),
          "another one is, in folders of its own");
    check(count_entries("deep/down") == 3, "and nothing beside it");
    umask(before);
}

static void test_append(void)
{
    mode_t before = umask(0);
    int fd;

    check(append("log/lines", OLD) && append("log/lines", NEW) &&
              holds("log/lines", slice_of("the old content\na new one\n")) &&
              has_mode("log", 0700) && has_mode("log/lines", 0600),
          "lines are added to a file, which is made");
    umask(before);
    put("log/torn", slice_of("one\ntorn"), 0600);
    check(append("log/torn", NEW) && holds("log/torn", slice_of("one\ntorn\na new one\n")),
          "a line that was torn is ended first");
    put("victim", OLD, 0600);
    make_link("../victim", "log/link");
    check(!append("log/link", NEW) && holds("victim", OLD), "a symlink is not followed");
    check(!append("log", NEW), "a folder is refused");
    fd = mkfifo("log/fifo", 0600) == 0 ? open("log/fifo", O_RDWR | O_NONBLOCK) : -1;
    check(fd >= 0 && !append("log/fifo", NEW), "a pipe is too");
    close(fd);
}

/* A line that does not fit is not there in part. */
static int append_too_much(void)
{
    struct rlimit limit = {20000, 20000};

    signal(SIGXFSZ, SIG_IGN);
    put("short", letters('s', 19990), 0600);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return CANNOT;
    return append("short", letters('x', 100)) || !holds("short", letters('s', 19990));
}

enum { APPENDERS = 40 };

/* Each reads what is there and adds the next line. */
static void test_append_at_once(void)
{
    struct buf lines = {0}, expected = {0};
    struct err err;
    int status, good = 0;

    for (int i = 0; i < APPENDERS; i++) {
        pid_t child = fork();

        if (child == 0) {
            struct buf before = {0};
            int log;
            bool done = file_log_open("at-once", MOST, &before, &log, &err) == ERR_OK;

            buf_clear(&lines);
            buf_printf(&lines, "%zu\n", before.len);
            done = done && file_log_add(log, "at-once", buf_slice(&lines), &err) == ERR_OK;
            _exit(!done);
        }
    }
    for (int i = 0; i < APPENDERS; i++)
        good += wait(&status) > 0 && status == 0;
    for (int i = 0; i < APPENDERS; i++)
        buf_printf(&expected, "%zu\n", expected.len);
    check(good == APPENDERS && holds("at-once", buf_slice(&expected)),
          "%d who add a line at once: each knows those before it", APPENDERS);
    buf_free(&lines);
    buf_free(&expected);
}

static bool lock_holds(struct file_lock *lock, const char *content, size_t len,
                       struct file_stamp *stamp)
{
    struct err err;
    bool same = false;

    return file_holds_locked(lock, (struct slice){content, len}, &same, stamp, &err) == ERR_OK &&
           same;
}

/* What was read, compared with what is there now: in pieces, so at every edge of one. */
static void test_holds(void)
{
    enum { LONG = 300000 };
    static char content[LONG + 1];
    struct file_stamp stamp;
    struct file_lock *lock;
    struct err err;
    bool same, right = true;

    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (char)('a' + i % 23);
    put("holds", (struct slice){content, LONG}, 0600);
    if (file_lock("holds", &lock, &err) != ERR_OK)
        abort();
    check(lock_holds(lock, content, LONG, &stamp) && file_stands(lock, &stamp),
          "a file holds its bytes");
    check(!lock_holds(lock, content, LONG - 1, NULL) &&
              !lock_holds(lock, content, LONG + 1, NULL) && !lock_holds(lock, content, 0, NULL),
          "and no fewer, and no more");
    for (size_t at = 0; at < LONG; at += at < 65000 ? 4999 : 1021) {
        content[at] ^= 1;
        right = right && !lock_holds(lock, content, LONG, NULL);
        content[at] ^= 1;
    }
    content[LONG - 1] ^= 1;
    check(right && !lock_holds(lock, content, LONG, NULL), "and no others");
    unlink("holds");
    check(file_holds_locked(lock, slice_of(""), &same, NULL, &err) == ERR_ABSENT,
          "a file that is gone holds nothing");
    file_unlock(lock);
}

static void test_stands(void)
{
    struct file_stamp stamp;
    struct file_lock *lock;
    struct buf out = {0};
    struct err err;
    char *real = file_real_path("else/second");

    put("stands", OLD, 0600);
    if (file_lock("stands", &lock, &err) != ERR_OK ||
        file_read_locked(lock, MOST, &out, &stamp, &err) != ERR_OK)
        abort();
    check(file_stands(lock, &stamp) && !file_stands(lock, NULL), "the file stands as it was read");
    check(replace_locked(lock, OLD, NULL, &err) == ERR_OK && !file_stands(lock, &stamp),
          "another one like it is not it");
    unlink("stands");
    check(!file_stands(lock, &stamp) && file_stands(lock, NULL), "and then there is none");
    check(real && *real == '/' && strstr(real, "/else/where/target") &&
              file_real_path("dangling") == NULL,
          "a path without a lock, with its symlinks followed");
    free(real);
    file_unlock(lock);
    buf_free(&out);
}

static void test_no_place(void)
{
    struct err err;

    put("file", OLD, 0600);
    check(replace("no/such", NEW, &err) == ERR_FAILED && !exists("no") &&
              strcmp(err.text, "cannot open the folder of no/such: No such file or directory") == 0,
          "no folder");
    check(replace("nowhere/", NEW, &err) == ERR_ABSENT && !exists("nowhere"), "a folder's name");
    check(replace("", NEW, &err) == ERR_ABSENT, "no name");
    check(replace("file/below", NEW, &err) == ERR_FAILED && holds("file", OLD), "below a file");
    check(replace("else", NEW, &err) == ERR_FAILED && exists("else/where"), "a folder");
    check(!exists(".else.new"), "and nothing is left of that");
}

/* --- the folder is changed meanwhile --- */

static void test_folder_removed(void)
{
    struct file_lock *lock;
    struct err err;

    if (mkdir("gone", 0700) != 0 || file_lock("gone/file", &lock, &err) != ERR_OK)
        abort();
    if (rmdir("gone") != 0)
        abort();
    check(replace_locked(lock, NEW, NULL, &err) == ERR_FAILED && !exists("gone"),
          "the folder is removed: it fails");
    file_unlock(lock);
}

static void test_folder_moved(void)
{
    struct file_lock *lock;
    struct err err;

    if (mkdir("here", 0700) != 0)
        abort();
    put("here/file", OLD, 0600);
    if (file_lock("here/file", &lock, &err) != ERR_OK || rename("here", "there-now") != 0 ||
        mkdir("here", 0700) != 0)
        abort();
    put("here/file", OLD, 0600);
    check(replace_locked(lock, NEW, NULL, &err) == ERR_OK && holds("there-now/file", NEW) &&
              holds("here/file", OLD),
          "the folder is moved: the file that was locked is replaced, no other");
    file_unlock(lock);
}

/* --- no room --- */

static bool nothing_fits(const char *said)
{
    struct err err;

    put("old", letters('o', 5000), 0600);
    return replace_fails("old", letters('n', 100000), said) && holds("old", letters('o', 5000)) &&
           !exists(".old.new") && file_create("made", letters('m', 100000), &err) == ERR_FAILED &&
           strstr(err.text, "cannot write made: ") && strstr(err.text, said) && !exists("made") &&
           replace("old", NEW, &err) == ERR_OK && holds("old", NEW);
}

static int file_size_limit(void)
{
    struct rlimit limit = {20000, 20000};

    signal(SIGXFSZ, SIG_IGN);
    if (mkdir("limited", 0700) != 0 || chdir("limited") != 0 ||
        setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return CANNOT;
    return !nothing_fits("File too large");
}

static int full_disk(void)
{
#ifdef __linux__
    if (mkdir("small-disk", 0700) != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "small-disk", "tmpfs", 0, "size=64k") != 0 || chdir("small-disk") != 0)
        return CANNOT;
    return !nothing_fits("No space left on device");
#else
    return CANNOT;
#endif
}

/* --- several processes --- */

static bool said_within(int fd, int milliseconds)
{
    struct pollfd said = {fd, POLLIN, 0};

    return poll(&said, 1, milliseconds) == 1;
}

/* Locks, says so, and stays. */
static pid_t start_holder(const char *path, int ends[2])
{
    pid_t child;

    if (pipe(ends) != 0 || (child = fork()) < 0)
        abort();
    if (child == 0) {
        struct file_lock *lock;
        struct err err;

        if (file_lock(path, &lock, &err) != ERR_OK || write(ends[1], "l", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    return child;
}

static void test_lock(void)
{
    int first_says[2], second_says[2];
    pid_t first, second;

    put("file", OLD, 0600);
    first = start_holder("file", first_says);
    check(said_within(first_says[0], 10000), "a process has the lock");
    second = start_holder("/proc/self/cwd/./file", second_says);
    check(!said_within(second_says[0], 200), "another one waits, however it names the file");
    kill(first, SIGKILL);
    waitpid(first, NULL, 0);
    check(said_within(second_says[0], 10000), "until the first one dies");
    kill(second, SIGKILL);
    waitpid(second, NULL, 0);
    close(first_says[0]);
    close(second_says[0]);
}

static int append_line(int number)
{
    struct file_lock *lock;
    struct buf out = {0};
    struct err err;

    if (file_lock("lines", &lock, &err) != ERR_OK ||
        file_read_locked(lock, MOST, &out, NULL, &err) != ERR_OK)
        return 1;
    buf_printf(&out, "%d\n", number);
    return replace_locked(lock, buf_slice(&out), NULL, &err) != ERR_OK; /* the lock goes with us */
}

static void test_writers(void)
{
    enum { WRITERS = 100 };
    struct buf out = {0};
    struct err err;
    int failed = 0, seen[WRITERS] = {0}, lines = 0, status;

    put("lines", slice_of(""), 0600);
    for (int i = 0; i < WRITERS; i++) {
        pid_t child = fork();

        if (child < 0)
            abort();
        if (child == 0)
            _exit(append_line(i));
    }
    for (int i = 0; i < WRITERS; i++)
        failed += wait(&status) < 0 || status != 0;
    check(failed == 0 && file_read("lines", MOST, &out, NULL, &err) == ERR_OK,
          "%d processes append a line each", WRITERS);
    buf_add(&out, "", 1);
    for (char *at = out.data; *at; at = strchr(at, '\n') + 1, lines++) {
        int number = (int)strtol(at, NULL, 10);

        if (number >= 0 && number < WRITERS)
            seen[number]++;
    }
    for (int i = 0; i < WRITERS; i++)
        failed += seen[i] != 1;
    check(failed == 0 && lines == WRITERS, "and none is lost, none there twice");
    buf_free(&out);
}

enum { KILLS = 300, KILLED_SIZE = 300000 };

static void replace_forever(void)
{
    struct err err;

    for (char letter = 'a';; letter = letter == 'z' ? 'a' : (char)(letter + 1))
        if (replace("killed", letters(letter, KILLED_SIZE), &err) != ERR_OK)
            _exit(1);
}

static bool is_whole(const char *path)
{
    struct buf out = {0};
    struct err err;
    bool whole = file_read(path, MOST, &out, NULL, &err) == ERR_OK && out.len == KILLED_SIZE &&
                 memcmp(out.data, out.data + 1, KILLED_SIZE - 1) == 0;

    buf_free(&out);
    return whole;
}

static void test_killed(void)
{
    unsigned torn = 0, left = 0, status_wrong = 0;
    struct err err;
    int status;

    put("killed", letters('0', KILLED_SIZE), 0600);
    for (int i = 0; i < KILLS; i++) {
        struct timespec moment = {0, (long)randombytes_uniform(3000000)};
        pid_t child = fork();

        if (child < 0)
            abort();
        if (child == 0)
            replace_forever();
        nanosleep(&moment, NULL);
        kill(child, SIGKILL);
        if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status))
            status_wrong++;
        torn += !is_whole("killed");
        left += exists(".killed.new");
    }
    check(torn == 0 && status_wrong == 0,
          "a writer killed %d times: the file is always a whole one", KILLS);
    check(left > 0, "(it was killed while it wrote %u times)", left);
    check(replace("killed", NEW, &err) == ERR_OK && holds("killed", NEW) && !exists(".killed.new"),
          "and nothing stands in the way of the next");
}

/* --- descriptors --- */

static int count_descriptors(bool inherited_only)
{
    int count = 0;

    for (int fd = 0; fd < 1024; fd++) {
        int flags = fcntl(fd, F_GETFD);

        count += flags >= 0 && !(inherited_only && (flags & FD_CLOEXEC));
    }
    return count;
}

static void test_not_inherited(void)
{
    int all = count_descriptors(false), inherited = count_descriptors(true);
    struct file_lock *lock;
    struct err err;

    put("file", OLD, 0600);
    if (file_lock("file", &lock, &err) != ERR_OK)
        abort();
    check(count_descriptors(false) == all + 1 && count_descriptors(true) == inherited,
          "a lock is one descriptor, which no program inherits");
    file_unlock(lock);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

int main(void)
{
    char folder[4096];
    const char *place = getenv("TMPDIR");
    int descriptors;

    snprintf(folder, sizeof folder, "%s/file.XXXXXX", place && *place ? place : "/tmp");
    if (sodium_init() < 0 || !mkdtemp(folder) || chdir(folder) != 0)
        return 1;
    alarm(300); /* a lock that is never given */
    umask(022);
    descriptors = count_descriptors(false);

    test_read();
    test_wrong_size("/proc/self/status", true);
    test_wrong_size("/sys/kernel/mm/transparent_hugepage/enabled", false);
    test_shaken();
    test_pipe();
    test_fifo();
    check_in_child(unreadable, "a file that may not be read");
    check_in_child(read_only_folder, "a folder that may not be written: the old file stands");
    check_in_child(somebody_elses, "somebody else's file is replaced, and its mode kept");
    test_modes();
    test_owner();
    test_replace();
    test_stamp();
    test_symlinks();
    test_stale();
    test_create();
    test_append();
    test_append_at_once();
    check_in_child(append_too_much, "lines that do not fit are not there in part");
    check_in_child(read_only_as_nobody, "a file that nobody may write is not replaced");
    test_links();
    test_umask();
    test_stands();
    test_holds();
    test_no_place();
    test_folder_removed();
    test_folder_moved();
    check_in_child(file_size_limit, "a file that may not grow: the old one stands");
    check_in_child(full_disk, "a full disk: the old file stands");
    test_lock();
    test_writers();
    test_killed();
    test_not_inherited();
    check(count_descriptors(false) == descriptors, "no descriptor is left open by all of this");

    if (chdir("/") != 0 || nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0)
        return 1;
    return tap_done();
}
