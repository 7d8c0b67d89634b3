/* Programs that help a process that may start none. */
#include "opener.h"

#include "child.h"
#include "editor.h"
#include "ui/busy.h"
#include "ui/io.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_MAX = 4 << 20 };

/* A request for an SSH key is a path with its zero byte, and the key; one for an editor is a text.
 */
enum { REQUEST_SSH, REQUEST_EDITOR };

struct frame {
    int32_t result; /* of a request: which */
    uint32_t len;
};

static int requests = -1, answers = -1; /* to the helper, and from it */

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

static bool send(int fd, int result, struct slice text)
{
    struct frame f = {result, (uint32_t)text.len};

    return write_bytes(fd, (const char *)&f, sizeof f) && write_bytes(fd, text.at, text.len);
}

static bool receive(int fd, int *result, struct buf *text)
{
    struct frame f;
    char *room;

    if (!read_exactly(fd, &f, sizeof f) || f.len > MESSAGE_MAX)
        return false;
    room = buf_reserve(text, f.len + 1);
    if (!room || !read_exactly(fd, room, f.len))
        return false;
    text->len += f.len;
    *result = f.result;
    return true;
}

static int open_here(struct slice request, struct buf *plain)
{
    size_t name = request.len > 0 ? strnlen(request.at, request.len) + 1 : 1;

    if (name > request.len)
        return OPENED_NOT;
    return sshkey_open(request.at, (struct slice){request.at + name, request.len - name}, plain);
}

static void serve(int from, int to)
{
    for (;;) {
        struct buf request = BUF_SECRET, answer = BUF_SECRET;
        int result;
        bool good = receive(from, &result, &request);

        if (good) {
            result = result == REQUEST_EDITOR ? (int)editor_edit(buf_slice(&request), &answer)
                                              : open_here(buf_slice(&request), &answer);
            good = send(to, result, result == 0 ? buf_slice(&answer) : (struct slice){"", 0});
        }
        buf_free(&request);
        buf_free(&answer);
        if (!good)
            return;
    }
}

bool opener_start(void)
{
    int in[2], out[2];
    pid_t helper;

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
}

static int ask_helper(int kind, struct slice request, struct buf *plain)
{
    int result = OPENED_NOT;

    if (!send(requests, kind, request) || !receive(answers, &result, plain))
        return OPENED_NOT;
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
        result = requests >= 0 ? ask_helper(REQUEST_SSH, buf_slice(&request), plain)
                               : open_here(buf_slice(&request), plain);
    buf_free(&request);
    if (was_busy)
        busy_begin();
    return result;
}

enum status opener_edit(struct slice text, struct buf *edited)
{
    bool was_busy = busy_end();
    int result =
        requests >= 0 ? ask_helper(REQUEST_EDITOR, text, edited) : (int)editor_edit(text, edited);

    if (was_busy)
        busy_begin();
    return result == STATUS_OK ? STATUS_OK : STATUS_FAILED;
}
