/* What this machine has accepted: the lines of a pins file. */
#include "pins.h"

#include "base64.h"
#include "text.h"

#include <string.h>

enum { TOKEN = 22 }; /* an id or a fingerprint: 16 bytes in base64 */

static bool is_token(struct slice s)
{
    return s.len == TOKEN && base64_span(s.at, s.len) == s.len;
}

/* Splits at the last space. */
static bool split(struct slice line, struct slice *head, struct slice *last)
{
    size_t at = line.len;

    while (at > 0 && line.at[at - 1] != ' ')
        at--;
    if (at == 0)
        return false;
    *head = (struct slice){line.at, at - 1};
    *last = (struct slice){line.at + at, line.len - at};
    return is_token(*last);
}

static void read_line(struct slice line, const struct pins_query *q, struct pins_answer *a)
{
    struct slice head, last, id, env;
    const char *space;

    if (!split(line, &head, &last))
        return;
    space = memchr(head.at, ' ', head.len);
    id = (struct slice){head.at, space ? (size_t)(space - head.at) : 0};
    env = (struct slice){space ? space + 1 : head.at, space ? head.len - id.len - 1 : 0};
    if (is_token(id) && text_is_name(env)) {
        if (!slice_equal(id, q->id))
            return;
        a->vault_known = true;
        if (!slice_equal(env, q->env))
            return;
        a->earlier = a->earlier || slice_equal(a->last, q->fingerprint);
        a->last = last;
    } else if (q->path.len > 0 && slice_equal(head, q->path)) {
        a->vault_known = true;
        a->path_id = last;
    }
}

struct pins_answer pins_look(struct slice pins, const struct pins_query *query)
{
    struct pins_answer answer = {{"", 0}, {"", 0}, false, false};

    while (pins.len > 0) {
        const char *end = memchr(pins.at, '\n', pins.len);
        struct slice line = {pins.at, end ? (size_t)(end - pins.at) : pins.len};

        read_line(line, query, &answer);
        pins.at += line.len + (end != NULL);
        pins.len -= line.len + (end != NULL);
    }
    if (slice_equal(answer.last, query->fingerprint))
        answer.earlier = false;
    return answer;
}

void pins_add(struct buf *out, const struct pins_query *query, const struct pins_answer *answer)
{
    bool path_fits = query->path.len > 0 && !memchr(query->path.at, '\n', query->path.len);

    if (path_fits && !slice_equal(answer->path_id, query->id)) {
        buf_add_slice(out, query->path);
        buf_add_text(out, " ");
        buf_add_slice(out, query->id);
        buf_add_text(out, "\n");
    }
    if (slice_equal(answer->last, query->fingerprint))
        return;
    buf_add_slice(out, query->id);
    buf_add_text(out, " ");
    buf_add_slice(out, query->env);
    buf_add_text(out, " ");
    buf_add_slice(out, query->fingerprint);
    buf_add_text(out, "\n");
}
