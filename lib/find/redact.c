/* Masks values in a stream of text. */
#include "redact.h"

#include <stdlib.h>
#include <string.h>

struct redact {
    struct arena arena;
    struct forms forms; /* only their list */
    struct needles *needles;
    struct buf labels; /* of struct slice: by pattern */
};

/* ---- making it ---- */

static bool make_label(struct redact *r, const struct redact_value *v, struct slice *label)
{
    struct slice parts[] = {{"[", 1}, v->secret, {"/", 1}, v->key, {"]", 1}};
    size_t len = 3 + v->secret.len + v->key.len;
    char *at = arena_alloc(&r->arena, len);

    *label = (struct slice){at, len};
    for (size_t i = 0; at && i < sizeof parts / sizeof *parts; i++) {
        memcpy(at, parts[i].at, parts[i].len);
        at += parts[i].len;
    }
    return at;
}

static bool add_value(struct redact *r, const struct redact_value *v)
{
    struct slice label;
    size_t count;

    if (v->value.len < REDACT_LEAST)
        return true;
    if (!make_label(r, v, &label) || !forms_add(&r->forms, v->value, FORMS_TO_MASK))
        return false;
    forms_list(&r->forms, &count);
    while (buf_ok(&r->labels) && r->labels.len < count * sizeof label)
        buf_add(&r->labels, &label, sizeof label);
    return buf_ok(&r->labels);
}

struct redact *redact_make(const struct redact_value *values, size_t count)
{
    struct redact *r = calloc(1, sizeof *r);
    const struct needles_pattern *list;
    bool good = r;

    if (r)
        r->forms = FORMS_NONE;
    for (size_t i = 0; i < count && good; i++)
        good = add_value(r, &values[i]);
    if (good) {
        list = forms_list(&r->forms, &count);
        r->needles = needles_make_long(list, count);
        forms_done(&r->forms);
    }
    if (!good || !r->needles) {
        redact_free(r);
        r = NULL;
    }
    return r;
}

void redact_free(struct redact *r)
{
    if (!r)
        return;
    needles_free(r->needles);
    forms_free(&r->forms);
    buf_free(&r->labels);
    arena_free(&r->arena);
    free(r);
}

/* ---- masking ---- */

struct redact_stream redact_stream_of(const struct redact *r)
{
    return (struct redact_stream){.redact = r, .scan = {.needles = r->needles}, .text = BUF_SECRET};
}

void redact_stream_free(struct redact_stream *s)
{
    needles_scan_free(&s->scan);
    buf_free(&s->text);
}

static struct slice held(const struct redact_stream *s)
{
    struct slice all = buf_slice(&s->text);

    return (struct slice){all.at + s->done, all.len - s->done};
}

static void mask(struct redact_stream *s, size_t end, size_t pattern, struct buf *out)
{
    buf_add_slice(out, ((const struct slice *)(const void *)s->redact->labels.data)[pattern]);
    s->covered = end;
}

/* Outputs text that is in no value, up to `end`. */
static void pass(struct redact_stream *s, size_t end, struct buf *out)
{
    if (end <= s->covered)
        return;
    buf_add(out, held(s).at + s->covered, end - s->covered);
    s->covered = end;
}

/* Of the matches that begin in covered text, the last one reaches furthest: only that is masked. */
static void mask_next(struct redact_stream *s, struct buf *out)
{
    if (s->next.end > s->covered)
        mask(s, s->next.end, s->next.pattern, out);
}

static void add_match(struct redact_stream *s, const struct needles_match *m, struct buf *out)
{
    if (m->at > s->covered)
        mask_next(s, out);
    if (m->at < s->covered) {
        s->next = (struct redact_next){m->at + m->len, m->pattern};
    } else {
        pass(s, m->at, out);
        mask(s, m->at + m->len, m->pattern, out);
    }
}

/* Drops text that has been output and that no match needs. */
static void drop(struct redact_stream *s, size_t settled)
{
    size_t len = settled < s->covered ? settled : s->covered;

    needles_drop(&s->scan, len);
    s->covered -= len;
    s->next.end -= len < s->next.end ? len : s->next.end;
    s->done += len;
}

static bool mask_all(struct redact_stream *s, enum needles_rest rest, struct buf *out)
{
    struct needles_match m;
    size_t settled;

    while (needles_next(&s->scan, held(s), rest, &m))
        add_match(s, &m, out);
    if (!needles_scan_ok(&s->scan)) /* a match may have been lost */
        return false;
    settled = rest == NEEDLES_END ? held(s).len : needles_settled(&s->scan);
    if (settled > s->covered || rest == NEEDLES_END)
        mask_next(s, out);
    pass(s, settled, out);
    if (rest == NEEDLES_MORE)
        drop(s, settled);
    return buf_ok(out);
}

/* Compacts once half of the buffer is consumed (amortized O(1)). */
static void make_room(struct redact_stream *s)
{
    size_t left = s->text.len - s->done;

    if (left > s->done)
        return;
    if (left)
        memmove(s->text.data, s->text.data + s->done, left);
    s->text.len = left;
    s->done = 0;
}

bool redact_feed(struct redact_stream *s, struct slice text, struct buf *out)
{
    make_room(s);
    buf_add_slice(&s->text, text);
    return buf_ok(&s->text) && mask_all(s, NEEDLES_MORE, out);
}

bool redact_flush(struct redact_stream *s, struct buf *out)
{
    bool good = buf_ok(&s->text) && mask_all(s, NEEDLES_END, out);

    needles_scan_free(&s->scan);
    buf_clear(&s->text);
    s->done = s->covered = s->next.end = 0;
    return good;
}

size_t redact_held(const struct redact_stream *s)
{
    return held(s).len > s->covered ? held(s).len - s->covered : 0;
}
