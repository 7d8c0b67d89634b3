/* Programs that help a process that may start none. */
#include "opener.h"

#include "child.h"
#include "editor.h"
#include "plugin.h"
#include "ui/busy.h"
#include "ui/io.h"
#include "vault.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MESSAGE_MAX = 4 << 20, PLUGIN_PIECE = 4096 };

/* What the helper is asked for: a path with its zero byte, and a key; a text to edit; the name of a
 * plugin and that of a machine, each with its zero byte; bytes for the plugin; or nothing more. */
enum request { OPEN_SSH, OPEN_EDITOR, PLUGIN_START, PLUGIN_WRITE, PLUGIN_READ, PLUGIN_STOP };

struct frame {
    int32_t number; /* an enum request, or its result */
    uint32_t len;
};

static int requests = -1, answers = -1; /* to the helper, and from it */
static pid_t helper;
static bool plugin_was_busy; /* progress was shown before the plugin was started */

static bool read_exactly(int fd, void *to, size_t len)
{
    char *at = to;

    while (len > 0) {
        ssize_t got = read(fd, at, len);

        if (got <= 0)
            return false;
        at += got;
        len -= (size_t)got;
    }
    return true;
}

static bool send(int fd, int number, struct slice text)
{
    struct frame f = {number, (uint32_t)text.len};

    return write_bytes(fd, (const char *)&f, sizeof f) && write_bytes(fd, text.at, text.len);
}

static bool receive(int fd, int *number, struct buf *text)
{
    struct frame f;
    char *room;

    if (!read_exactly(fd, &f, sizeof f) || f.len > MESSAGE_MAX)
        return false;
    room = buf_reserve(text, f.len + 1);
    if (!room || !read_exactly(fd, room, f.len))
        return false;
    text->len += f.len;
    *number = f.number;
    return true;
}

/* The text up to its zero byte, and what follows; false without one. */
static bool split(struct slice request, struct slice *rest)
{
    size_t len = request.len > 0 ? strnlen(request.at, request.len) + 1 : 1;

    if (len > request.len)
        return false;
    *rest = (struct slice){request.at + len, request.len - len};
    return true;
}

static int open_here(struct slice request, struct buf *plain)
{
    struct slice key;

    return split(request, &key) ? sshkey_open(request.at, key, plain) : OPENED_NOT;
}

static int start_plugin(struct slice request, int owner, struct buf *path)
{
    struct slice machine, rest;

    if (!split(request, &machine) || !split(machine, &rest))
        return VAULT_PLUGIN_FAILED;
    return plugin_start(request.at, machine.at, owner, path);
}

static int read_plugin(struct buf *answer)
{
    char *room = buf_reserve(answer, PLUGIN_PIECE);
    int got = room ? plugin_read(room, PLUGIN_PIECE) : VAULT_PLUGIN_FAILED;

    answer->len = got > 0 ? (size_t)got : 0;
    return got;
}

static int fulfil(int number, struct slice request, int owner, struct buf *answer)
{
    switch ((enum request)number) {
    case OPEN_SSH:
        return open_here(request, answer);
    case OPEN_EDITOR:
        return (int)editor_edit(request, answer);
    case PLUGIN_START:
        return start_plugin(request, owner, answer);
    case PLUGIN_WRITE:
        return plugin_write(request.at, request.len);
    case PLUGIN_READ:
        return read_plugin(answer);
    case PLUGIN_STOP:
        plugin_stop();
        return 0;
    }
    return OPENED_NOT;
}

static void serve(int from, int to)
{
    bool good = true;

    while (good) {
        struct buf request = BUF_SECRET, answer = BUF_SECRET;
        int number;

        good = receive(from, &number, &request);
        if (good) {
            int result = fulfil(number, buf_slice(&request), from, &answer);

            good = send(to, result, result >= 0 ? buf_slice(&answer) : (struct slice){"", 0});
        }
        buf_free(&request);
        buf_free(&answer);
    }
    plugin_stop();
}

bool opener_start(void)
{
    int in[2], out[2];

    if (requests >= 0)
        return true;
    if (!pipe_make(in))
        return false;
    if (!pipe_make(out)) {
        close(in[0]);
        close(in[1]);
        return false;
    }
    helper = fork();
    if (helper == 0) {
        close(in[1]);
        close(out[0]);
        signal(SIGPIPE, SIG_IGN);
        child_hold_signals(); /* one that the terminal sends is for the other process */
        serve(in[0], out[1]);
        _exit(0);
    }
    close(in[0]);
    close(out[1]);
    requests = in[1];
    answers = out[0];
    if (helper < 0)
        opener_stop();
    return helper > 0;
}

/* It ends with its requests; when that is done, its answers do. */
void opener_stop(void)
{
    char end;

    if (requests < 0)
        return;
    close(requests);
    while (read(answers, &end, 1) > 0)
        ;
    close(answers);
    requests = answers = -1;
    if (helper > 0)
        while (waitpid(helper, NULL, 0) < 0 && errno == EINTR)
            ;
}

static int ask_helper(enum request what, struct slice request, int failed, struct buf *answer)
{
    int result = failed;

    if (requests < 0 || !send(requests, (int)what, request) || !receive(answers, &result, answer))
        return failed;
    return result;
}

int opener_ssh(const char *name, struct slice key, struct buf *plain)
{
    struct buf request = BUF_SECRET;
    bool was_busy = busy_end();
    int result = OPENED_NOT;

    buf_add(&request, name, strlen(name) + 1);
    buf_add_slice(&request, key);
    if (buf_ok(&request))
        result = requests >= 0 ? ask_helper(OPEN_SSH, buf_slice(&request), OPENED_NOT, plain)
                               : open_here(buf_slice(&request), plain);
    buf_free(&request);
    if (was_busy)
        busy_begin();
    return result;
}

/* ---- plugins ---- */

int opener_plugin(const char *name, const char *machine, struct buf *path)
{
    struct buf request = {0};
    int result = VAULT_PLUGIN_FAILED;

    plugin_was_busy = busy_end();
    buf_add(&request, name, strlen(name) + 1);
    buf_add(&request, machine, strlen(machine) + 1);
    if (buf_ok(&request) && opener_start())
        result = ask_helper(PLUGIN_START, buf_slice(&request), result, path);
    buf_free(&request);
    return result;
}

int opener_plugin_write(const char *bytes, size_t len)
{
    struct buf nothing = {0};
    int result =
        ask_helper(PLUGIN_WRITE, (struct slice){bytes, len}, VAULT_PLUGIN_FAILED, &nothing);

    buf_free(&nothing);
    return result;
}

int opener_plugin_read(char *bytes, size_t size)
{
    struct buf answer = BUF_SECRET;
    int result = ask_helper(PLUGIN_READ, (struct slice){"", 0}, VAULT_PLUGIN_FAILED, &answer);

    if (result > 0 && (answer.len != (size_t)result || answer.len > size))
        result = VAULT_PLUGIN_FAILED;
    if (result > 0)
        memcpy(bytes, answer.data, answer.len);
    buf_free(&answer);
    return result;
}

void opener_plugin_stop(void)
{
    struct buf nothing = {0};

    ask_helper(PLUGIN_STOP, (struct slice){"", 0}, VAULT_PLUGIN_FAILED, &nothing);
    buf_free(&nothing);
    if (plugin_was_busy)
        busy_begin();
}

/* ---- the editor ---- */

enum status opener_edit(struct slice text, struct buf *edited)
{
    bool was_busy = busy_end();
    int result = requests >= 0 ? ask_helper(OPEN_EDITOR, text, STATUS_FAILED, edited)
                               : (int)editor_edit(text, edited);

    if (was_busy)
        busy_begin();
    return result == STATUS_OK ? STATUS_OK : STATUS_FAILED;
}
