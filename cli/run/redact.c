/* exec --redact: passes on the command's output, with the values masked.
 *
 * MUST NOT write an unmasked byte after a failure. MUST NOT hold output back for longer than
 * SILENCE: a prompt would never appear. So a value written in two parts, with a longer pause
 * between them, is not masked.
 *
 * Writes only when the output has room, so that a reader that does not read blocks neither the
 * other stream nor signals. */
#include "redact.h"

#include "pty.h"
#include "ui/ready.h"
#include "ui/say.h"

#include "find/redact.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SILENCE = 50,         /* milliseconds */
    LOOK_AGAIN = 1000,    /* milliseconds */
    READ_MOST = 65536,    /* the capacity of a pipe */
    WRITE_MOST = 4096,    /* a writable descriptor takes this much without blocking */
    DRAIN_MOST = 1 << 20, /* bytes read from processes that outlive the command */
    KEYS_MOST = 4096
};

/* One output of the command: a descriptor, or both if they are the same file. */
struct channel {
    int inner;        /* the command's end, until the command is started */
    int from, to;     /* from is -1 after the end */
    int fd;           /* 1 or 2 */
    bool is_terminal; /* inner and from belong to the pty */
    bool never_waits; /* writing does not block */
    struct redact_stream stream;
    struct buf out; /* masked output; unwritten from `written` on */
    size_t written;
    int64_t heard; /* when data was last read */
    size_t drained;
};

struct pump {
    struct channel channels[2];
    int ours[2]; /* the channels of descriptors 1 and 2; -1: closed, left alone */
    struct pty pty;
    bool has_session; /* the pty is the command's controlling terminal */
    struct buf input, keys;
    int signals, report[2];
    pid_t child; /* the command, or its session leader */
    bool ended;
    int status;
    bool failed;
    bool lost; /* output, because its reader has gone */
};

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- one stream ---- */

static size_t unwritten(const struct channel *c)
{
    return c->out.len - c->written;
}

/* Releases the bytes held back. */
static void flush(struct pump *p, struct channel *c)
{
    if (redact_flush(&c->stream, &c->out))
        return;
    if (!p->failed)
        say_no_memory();
    p->failed = true;
}

static void end_channel(struct pump *p, struct channel *c)
{
    if (c->from < 0)
        return;
    flush(p, c);
    if (!c->is_terminal)
        close(c->from);
    c->from = -1;
}

/* After a failed write, closes the channel. The command's next write fails, as it would without
 * redaction. */
static void give_up(struct pump *p, struct channel *c)
{
    if (errno != EPIPE && !(errno == EIO && c->is_terminal)) {
        say_error(STATUS_EXEC_FAILED, "cannot write to standard %s: %s",
                  c->fd == STDOUT_FILENO ? "output" : "error", strerror(errno));
        p->failed = true;
    }
    end_channel(p, c);
    if (c->is_terminal)
        close_one(&p->pty.master);
    p->lost = p->lost || unwritten(c) > 0;
    c->written = c->out.len;
}

static void read_channel(struct pump *p, struct channel *c)
{
    ssize_t got = read(c->from, p->input.data, READ_MOST);

    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got < 0 && !(errno == EIO && c->is_terminal)) { /* EIO: no process has the pty open */
        say_error(STATUS_EXEC_FAILED, "cannot read the command's output: %s", strerror(errno));
        p->failed = true;
    }
    if (got <= 0) {
        end_channel(p, c);
        return;
    }
    c->heard = now();
    if (!redact_feed(&c->stream, (struct slice){p->input.data, (size_t)got}, &c->out)) {
        errno = ENOMEM;
        give_up(p, c);
    }
    c->drained += p->ended ? (size_t)got : 0;
    if (c->drained > DRAIN_MOST)
        end_channel(p, c);
}

static bool has_room(int fd)
{
    struct pollfd room = {.fd = fd, .events = POLLOUT};

    return await_ready(&room, 1, 0) > 0;
}

static void write_channel(struct pump *p, struct channel *c)
{
    while (unwritten(c) > 0 && (c->never_waits || has_room(c->to))) {
        size_t len = unwritten(c) < WRITE_MOST || c->never_waits ? unwritten(c) : WRITE_MOST;
        ssize_t done = write(c->to, c->out.data + c->written, len);

        if (done < 0 && (errno == EINTR || errno == EAGAIN))
            return;
        if (done < 0) {
            give_up(p, c);
            return;
        }
        c->written += (size_t)done;
    }
    if (unwritten(c) == 0) {
        buf_clear(&c->out);
        c->written = 0;
    }
}

/* Releases held bytes after SILENCE; after the command's end, ends the channel. */
static void look_at_clock(struct pump *p, struct channel *c)
{
    bool silent = now() - c->heard >= SILENCE;

    if (c->from < 0 || unwritten(c) > 0)
        return;
    if (p->ended && (silent || !c->is_terminal))
        end_channel(p, c);
    else if (silent && redact_held(&c->stream) > 0)
        flush(p, c);
}

/* Milliseconds until then, or until the next check for a lost signal. */
static int patience(const struct pump *p)
{
    int64_t least = LOOK_AGAIN;

    for (size_t i = 0; i < 2; i++) {
        const struct channel *c = &p->channels[i];
        int64_t left = c->heard + SILENCE - now();

        if (c->from < 0 || unwritten(c) > 0 || (!p->ended && redact_held(&c->stream) == 0))
            continue;
        if (left < 0 || (p->ended && !c->is_terminal))
            left = 0;
        if (left < least)
            least = left;
    }
    return (int)least;
}

/* ---- the command's signals, stops and end ---- */

/* Writes pending output before another process gets the terminal. */
static void settle_channels(struct pump *p)
{
    for (size_t i = 0; i < 2; i++) {
        struct channel *c = &p->channels[i];
        struct pollfd more = {.fd = c->from, .events = POLLIN};

        while (c->from >= 0 && await_ready(&more, 1, SILENCE / 5) > 0 && (more.revents & POLLIN)) {
            read_channel(p, c);
            more.fd = c->from;
        }
        if (c->from >= 0)
            flush(p, c);
        while (unwritten(c) > 0 &&
               await_ready(&(struct pollfd){.fd = c->to, .events = POLLOUT}, 1, -1) > 0)
            write_channel(p, c);
    }
}

static void stop_with_command(struct pump *p)
{
    settle_channels(p);
    pty_give_back(&p->pty);
    child_stop_all();
    pty_take(&p->pty);
    pty_copy_size(&p->pty);
    kill(p->child, SIGCONT);
}

static void end_command(struct pump *p, int status)
{
    p->ended = true;
    p->status = status;
    close_one(&p->pty.slave);
    for (size_t i = 0; i < 2; i++)
        p->channels[i].heard = now();
}

static void read_report(struct pump *p)
{
    struct pty_report r;
    ssize_t got = read(p->report[0], &r, sizeof r);

    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got == sizeof r && r.stopped) {
        stop_with_command(p);
        return;
    }
    end_command(p, got == sizeof r ? r.status : STATUS_EXEC_FAILED);
    close_one(&p->report[0]);
}

/* After the command has ended, a signal stops the draining of its output. */
static void leave_rest(struct pump *p, int number)
{
    if (number != SIGHUP && number != SIGINT && number != SIGQUIT && number != SIGTERM)
        return;
    for (size_t i = 0; i < 2; i++) {
        end_channel(p, &p->channels[i]);
        p->channels[i].written = p->channels[i].out.len;
    }
}

/* Only this process receives the outer terminal's signals; passes them on. */
static void pass_to_session(struct pump *p, const struct caught *s)
{
    if (s->number == SIGCONT) {
        pty_take(&p->pty);
        pty_copy_size(&p->pty);
    }
    if (!s->from_terminal)
        kill(p->child, s->number);
    else if (s->number == SIGTTIN || s->number == SIGTTOU)
        raise(SIGSTOP); /* a background process used the terminal */
    else if (s->number != SIGWINCH)
        pty_signal(&p->pty, s->number);
}

/* Checks whether the command has ended; with a session, its leader reports that. */
static void look_for_end(struct pump *p)
{
    int status = 0;
    pid_t done = p->ended || p->has_session ? 0 : waitpid(p->child, &status, WNOHANG);

    if (done == p->child)
        end_command(p, child_status(status));
    else if (done < 0 && errno != EINTR)
        end_command(p, (int)say_error(STATUS_EXEC_FAILED, "cannot wait for the command: %s",
                                      strerror(errno)));
}

static void handle_signal(struct pump *p, const struct caught *s)
{
    if (s->number == SIGWINCH)
        pty_copy_size(&p->pty);
    if (s->number == SIGCHLD) {
        look_for_end(p);
        return;
    }
    if (p->ended)
        leave_rest(p, s->number);
    else if (p->has_session)
        pass_to_session(p, s);
    else
        child_pass_on(p->child, s->number, s->from_terminal);
}

/* ---- keys ---- */

static void read_keys(struct pump *p)
{
    ssize_t got = read(p->pty.keys, p->keys.data, KEYS_MOST);

    if (got > 0)
        p->keys.len = (size_t)got;
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
        p->pty.is_raw = false; /* the terminal is gone */
}

static void write_keys(struct pump *p)
{
    ssize_t done = write(p->pty.master, p->keys.data, p->keys.len);

    if (done < 0 && errno != EINTR && errno != EAGAIN)
        done = (ssize_t)p->keys.len;
    if (done <= 0)
        return;
    p->keys.len -= (size_t)done;
    memmove(p->keys.data, p->keys.data + done, p->keys.len);
}

/* ---- the loop ---- */

enum { SIGNALS, REPORT, KEYS, MASTER, FROM, TO = FROM + 2, POLLED = TO + 2 };

static void fill_polled(const struct pump *p, struct pollfd polled[POLLED])
{
    bool typing = p->pty.is_raw && p->pty.master >= 0;

    polled[SIGNALS] = (struct pollfd){.fd = p->signals, .events = POLLIN};
    polled[REPORT] = (struct pollfd){.fd = p->report[0], .events = POLLIN};
    polled[KEYS] =
        (struct pollfd){.fd = typing && !p->keys.len ? p->pty.keys : -1, .events = POLLIN};
    polled[MASTER] =
        (struct pollfd){.fd = typing && p->keys.len ? p->pty.master : -1, .events = POLLOUT};
    for (size_t i = 0; i < 2; i++) {
        const struct channel *c = &p->channels[i];
        bool waits = unwritten(c) > 0;

        polled[FROM + i] = (struct pollfd){.fd = waits ? -1 : c->from, .events = POLLIN};
        polled[TO + i] = (struct pollfd){.fd = waits || c->from >= 0 ? c->to : -1,
                                         .events = waits ? POLLOUT : 0};
    }
}

static void handle_polled(struct pump *p, const struct pollfd polled[POLLED])
{
    struct caught caught;

    for (size_t i = 0; i < 2; i++) {
        struct channel *c = &p->channels[i];

        if (polled[FROM + i].revents && c->from >= 0)
            read_channel(p, c);
        else if (!(polled[FROM + i].fd < 0))
            look_at_clock(p, c);
        if ((polled[TO + i].revents & POLLERR) && !unwritten(c)) {
            errno = EPIPE;
            give_up(p, c);
        }
        write_channel(p, c);
    }
    if (polled[MASTER].revents)
        write_keys(p);
    if (polled[KEYS].revents)
        read_keys(p);
    while (child_next_signal(&caught))
        handle_signal(p, &caught);
    if (polled[REPORT].revents)
        read_report(p);
}

static bool is_over(const struct pump *p)
{
    if (!p->ended)
        return false;
    for (size_t i = 0; i < 2; i++)
        if (p->channels[i].from >= 0 || unwritten(&p->channels[i]) > 0)
            return false;
    return true;
}

/* Closes the channels after an error: the command's next write fails. */
static void stop_reading(struct pump *p)
{
    if (!p->failed)
        say_error(STATUS_EXEC_FAILED, "cannot wait for the command's output: %s", strerror(errno));
    p->failed = true;
    for (size_t i = 0; i < 2; i++)
        end_channel(p, &p->channels[i]);
}

static void pump_all(struct pump *p)
{
    while (!is_over(p)) {
        struct pollfd polled[POLLED];

        fill_polled(p, polled);
        int ready = await_ready(polled, POLLED, patience(p));

        if (ready < 0 && errno != EINTR && errno != EAGAIN)
            stop_reading(p);
        for (size_t i = 0; i < POLLED && ready < 0; i++)
            polled[i].revents = 0;
        handle_polled(p, polled);
        if (ready == 0 || polled[SIGNALS].revents) /* SIGCHLD may be lost */
            look_for_end(p);
    }
}

/* ---- set-up and clean-up ---- */

/* In the command: makes its ends of the pipes and the pty its standard descriptors. */
static bool connect(void *state)
{
    const struct pump *p = state;

    for (int fd = 1; fd <= 2; fd++)
        if (p->ours[fd - 1] >= 0 && dup2(p->channels[p->ours[fd - 1]].inner, fd) < 0)
            return false;
    return !p->has_session || !isatty(STDIN_FILENO) || dup2(p->pty.slave, STDIN_FILENO) >= 0;
}

/* In the session leader: closes its copies, so that the other processes see end of file. */
static bool leave(void *state)
{
    struct pump *p = state;

    for (size_t i = 0; i < 2; i++) {
        if (!p->channels[i].is_terminal) {
            close_one(&p->channels[i].inner);
            close_one(&p->channels[i].from);
        }
    }
    close_one(&p->report[0]);
    close_one(&p->pty.keys);
    return true;
}

bool redact_is_file(int fd)
{
    struct stat st;

    return !isatty(fd) && fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode));
}

/* Sets where this process writes. O_NONBLOCK belongs to the open file, which other processes share;
 * so a pipe is opened again, where the system can do that. */
static void open_outside(struct channel *c, int fd)
{
    struct stat st;

    c->to = c->fd = fd;
    c->never_waits = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
#ifdef __linux__
    if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode)) {
        int own = open(fd == STDOUT_FILENO ? "/proc/self/fd/1" : "/proc/self/fd/2",
                       O_WRONLY | O_NONBLOCK | O_CLOEXEC);

        c->to = own >= 0 ? own : fd;
        c->never_waits = own >= 0;
    }
#endif
}

static bool open_channel(struct pump *p, struct channel *c, int to)
{
    int ends[2];

    open_outside(c, to);
    c->is_terminal = p->pty.master < 0 && isatty(to);
    if (!c->is_terminal) {
        if (!pipe_make(ends))
            return false;
        c->from = ends[0];
        c->inner = ends[1];
        return fcntl(c->from, F_SETFL, O_NONBLOCK) == 0;
    }
    p->has_session = to == STDOUT_FILENO && pty_is_own(to);
    if (!pty_open(&p->pty, to, p->has_session))
        return false;
    c->from = p->pty.master;
    c->inner = p->pty.slave;
    return true;
}

static bool is_same(int a, int b)
{
    struct stat x, y;

    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Whether a descriptor was open at the start; its placeholder is close-on-exec. False if this is
 * unknown: the command must not start then, because it could write there unmasked. */
static bool find_open(int fd, bool *is_open)
{
    int flags = fcntl(fd, F_GETFD);

    *is_open = flags >= 0 && !(flags & FD_CLOEXEC);
    return flags >= 0;
}

static bool open_channels(struct pump *p, bool keeps_files)
{
    bool has_out, has_err;

    if (!find_open(STDOUT_FILENO, &has_out) || !find_open(STDERR_FILENO, &has_err))
        return false;
    has_out = has_out && !(keeps_files && redact_is_file(STDOUT_FILENO));
    has_err = has_err && !(keeps_files && redact_is_file(STDERR_FILENO));
    if (has_out) {
        p->ours[0] = 0;
        if (!open_channel(p, &p->channels[0], STDOUT_FILENO))
            return false;
    }
    if (has_err && has_out && is_same(STDOUT_FILENO, STDERR_FILENO)) {
        p->ours[1] = 0;
    } else if (has_err) {
        p->ours[1] = 1;
        return open_channel(p, &p->channels[1], STDERR_FILENO);
    }
    return true;
}

static bool start_pump(struct pump *p, char *const *command, char **variables)
{
    if (p->has_session)
        p->child = pty_start(&p->pty, command, variables, connect, leave, p, p->report[1]);
    else
        p->child = child_start(command, variables, connect, p);
    for (size_t i = 0; i < 2; i++)
        if (!p->channels[i].is_terminal)
            close_one(&p->channels[i].inner);
    close_one(&p->report[1]);
    return p->child >= 0;
}

static bool prepare_pump(struct pump *p, const struct redact *r, bool keeps_files)
{
    *p = (struct pump){.ours = {-1, -1},
                       .pty = {.master = -1, .slave = -1, .keys = -1},
                       .input = BUF_SECRET,
                       .keys = BUF_SECRET,
                       .report = {-1, -1},
                       .signals = -1};
    for (size_t i = 0; i < 2; i++)
        p->channels[i] = (struct channel){.inner = -1, .from = -1, .stream = redact_stream_of(r)};
    errno = ENOMEM;
    if (!buf_reserve(&p->input, READ_MOST) || !buf_reserve(&p->keys, KEYS_MOST))
        return false;
    p->signals = child_signals();
    return p->signals >= 0 && open_channels(p, keeps_files) &&
           (!p->has_session || pipe_make(p->report));
}

static void finish_pump(struct pump *p)
{
    if (p->has_session && p->child > 0) {
        kill(p->child, SIGKILL);
        while (waitpid(p->child, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    for (size_t i = 0; i < 2; i++) {
        struct channel *c = &p->channels[i];

        if (!c->is_terminal) {
            close_one(&c->inner);
            close_one(&c->from);
        }
        if (c->to != c->fd)
            close_one(&c->to);
        redact_stream_free(&c->stream);
        buf_free(&c->out);
    }
    pty_close(&p->pty);
    close_one(&p->report[0]);
    close_one(&p->report[1]);
    buf_free(&p->input);
    buf_free(&p->keys);
}

int redact_run(const struct redact *r, bool keeps_files, char *const *command, char **variables)
{
    struct pump p;
    int status = STATUS_EXEC_FAILED;

    if (!prepare_pump(&p, r, keeps_files)) {
        say_error(STATUS_EXEC_FAILED, "cannot set up the output: %s", strerror(errno));
    } else if (start_pump(&p, command, variables)) {
        child_catch_signals();
        pty_take(&p.pty);
        pump_all(&p);
        child_uncatch_signals();
        status = p.status;
        if (status == 0 && p.failed)
            status = STATUS_EXEC_FAILED;
        if (status == 0 && p.lost) /* as a direct write would end the command */
            status = 128 + SIGPIPE;
    }
    finish_pump(&p);
    return status;
}
