/* redact: a filter that masks the values of environments in what is piped through it.
 *
 * MUST NOT: a byte goes out before all values are known. What may be the beginning of a value is
 * held back, but no longer than SILENCE. */
#include "table.h"
#include "values.h"

#include "session/session.h"
#include "ui/io.h"
#include "ui/ready.h"
#include "ui/say.h"

#include "find/redact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SILENCE = 50 /* milliseconds */, PIECE = 64 << 10 };

static enum status read_values(struct session *s, struct values *values)
{
    const char **envs = NULL;
    size_t count = 0;
    enum status status = session_envs(s, &envs, &count);

    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = session_check(s, values_add_env(values, s->v, envs[i], NULL));
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = session_check(s, values_add_results(values, s->v, envs[i]));
    free(envs);
    return status == STATUS_OK && values->failed ? say_no_memory() : status;
}

static struct redact *make_redact(const struct values *values)
{
    struct redact_value *list = calloc(values->count + 1, sizeof *list);
    struct redact *redact;
    size_t count = 0;

    for (size_t i = 0; list && i < values->count; i++) {
        const struct value *v = &values->list[i];

        if (v->name && v->kind != VAULT_KIND_OPEN)
            list[count++] = (struct redact_value){slice_of(v->secret), slice_of(v->name), v->value};
    }
    redact = list ? redact_make(list, count) : NULL;
    free(list);
    return redact;
}

static enum status write_masked(struct buf *out)
{
    enum status status = write_buf(out);

    buf_clear(out);
    return status;
}

/* Reads up to the end of stdin. *more: whether there may be more to read. */
static enum status pass_on(struct redact_stream *stream, struct buf *in, struct buf *out,
                           bool *more)
{
    struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
    bool waits = redact_held(stream) == 0 || await_ready(&ready, 1, SILENCE) != 0;
    ssize_t got = waits ? read(STDIN_FILENO, in->data, PIECE) : 0;
    bool good;

    if (got < 0 && (errno == EINTR || await_input(STDIN_FILENO)))
        return STATUS_OK;
    if (got < 0)
        return say_error(STATUS_FAILED, "cannot read what is piped in: %s", strerror(errno));
    *more = got > 0 || !waits;
    good = got > 0 ? redact_feed(stream, (struct slice){in->data, (size_t)got}, out)
                   : redact_flush(stream, out);
    if (!good)
        return say_no_memory();
    return write_masked(out);
}

static enum status filter(const struct redact *redact)
{
    struct redact_stream stream = redact_stream_of(redact);
    struct buf in = BUF_SECRET, out = BUF_SECRET;
    enum status status = buf_reserve(&in, PIECE) ? STATUS_OK : say_no_memory();

    for (bool more = true; more && status == STATUS_OK;)
        status = pass_on(&stream, &in, &out, &more);
    redact_stream_free(&stream);
    buf_free(&in);
    buf_free(&out);
    return status;
}

enum status run_redact(const struct args *args)
{
    struct session s;
    struct values values = VALUES_EMPTY;
    struct redact *redact = NULL;
    enum status status = session_open(&s, args, NEEDS_KEY);

    if (status == STATUS_OK)
        status = read_values(&s, &values);
    if (status == STATUS_OK && !(redact = make_redact(&values)))
        status = say_no_memory();
    if (status == STATUS_OK)
        status = filter(redact);
    redact_free(redact);
    values_free(&values);
    session_close(&s);
    return status;
}
