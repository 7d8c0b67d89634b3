/* A change of a merge in words: names, authors, dates and whole public keys, never a value. */
#include "share.h"

#include "base/text.h"

#include <time.h>

static void add_place(struct buf *out, const struct merge_change *c)
{
    static const char *const kinds[] = {[MERGE_SECRET] = "the secret ",
                                        [MERGE_READER] = "the reader ",
                                        [MERGE_ENVIRONMENT] = "the environment ",
                                        [MERGE_PASSPHRASE] = "the passphrase ",
                                        [MERGE_PROPOSAL] = "the proposal ",
                                        [MERGE_VALUE] = "",
                                        [MERGE_FORK] = ""};
    bool path = c->kind == MERGE_VALUE || c->kind == MERGE_SECRET;

    buf_add_text(out, kinds[c->kind]);
    buf_add_slice(out, path || c->name.len == 0 ? c->env : c->name);
    if (path) {
        buf_add_text(out, "/");
        buf_add_slice(out, c->secret);
        buf_add_text(out, c->kind == MERGE_VALUE ? "/" : "");
        buf_add_slice(out, c->name);
    } else if (c->name.len > 0 && c->env.len > 0) {
        buf_add_text(out, " of ");
        buf_add_slice(out, c->env);
    }
    buf_add_text(out, c->kind == MERGE_FORK ? " was rotated on both sides" : "");
}

static void add_date(struct buf *out, uint64_t when)
{
    char date[sizeof " 2026-01-31 12:00"];
    time_t seconds = (time_t)when;
    struct tm tm;

    if (when > 0 && gmtime_r(&seconds, &tm) &&
        strftime(date, sizeof date, " %Y-%m-%d %H:%M", &tm) > 0)
        buf_add_text(out, date);
}

/* What main never had is not said to be deleted there. */
static bool is_said(const struct merge_change *c, enum merge_side side)
{
    return c->side[side].there || side == c->incoming || c->why == MERGE_BOTH;
}

static void add_sides(struct buf *out, const struct merge_change *c)
{
    const char *between = ": ";

    for (int side = MERGE_OURS; side <= MERGE_THEIRS; side++) {
        const struct merge_version *v = &c->side[side];

        if (!is_said(c, (enum merge_side)side))
            continue;
        buf_add_text(out, between);
        between = ", ";
        buf_add_text(out, side == MERGE_OURS ? "ours" : "theirs");
        buf_add_text(out, v->there ? "" : c->kind == MERGE_READER ? " removed" : " deleted");
        buf_add_text(out, v->there && (v->author.len || v->text.len) ? " " : "");
        if (v->there)
            buf_add_slice(out, v->text);
        if (v->there && v->author.len > 0) {
            buf_add_slice(out, v->author);
            add_date(out, v->updated_at);
        }
    }
}

/* The reason why the side that is not main conflicts; NULL if the conflict is not due to it. */
static const char *reason(const struct merge_change *c)
{
    switch (c->why) {
    case MERGE_OLDER:
        return " is older";
    case MERGE_RETURNED:
        return " stood here before";
    case MERGE_NOT_ROTATED:
        return " has made no new key";
    case MERGE_USED:
        return c->side[c->incoming].there ? " has a template that uses what was removed"
                                          : " removes what a template uses";
    default:
        return NULL;
    }
}

/* Whether what the other side has in this place is under another key than main's. */
static bool is_under_another_key(const struct merge_change *c)
{
    return c->of && c->kind <= MERGE_READER && c->side[c->incoming].there &&
           !merge_same_key(c->of, MERGE_OURS, MERGE_THEIRS);
}

static void add_reasons(struct buf *out, const struct merge_change *c)
{
    const char *why = reason(c), *key = NULL;

    if (c->why != MERGE_ROTATED && (c->why == MERGE_CLAIM || is_under_another_key(c)))
        key = c->of->fork ? " is under its own key alone" : " is under a key that was rotated out";
    if (!why && !key)
        return;
    buf_add_text(out, c->incoming == MERGE_OURS ? "; ours" : "; theirs");
    buf_add_text(out, why ? why : "");
    buf_add_text(out, why && key ? ", and" : "");
    buf_add_text(out, key ? key : "");
}

void merge_describe(const struct merge_change *c, struct buf *out)
{
    struct buf plain = {0};

    add_place(&plain, c);
    if (c->why != MERGE_CLOSED)
        add_sides(&plain, c);
    add_reasons(&plain, c);
    if (c->why == MERGE_UNRELATED)
        buf_add_text(&plain, "; nothing leads from one key to the other");
    if (c->why == MERGE_ROTATED && c->kind == MERGE_READER)
        buf_add_text(&plain, "; it reads one side alone");
    if (c->why == MERGE_CLOSED)
        buf_add_text(&plain, c->locked ? ": it takes a key that opens both sides"
                                       : ": theirs is not open to you");
    if (buf_ok(&plain))
        text_escape(out, buf_slice(&plain), SIZE_MAX);
    else
        out->failed = true;
    buf_free(&plain);
}
