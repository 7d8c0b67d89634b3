/* What each commit of a vault's history changed itself.
 *
 * A merge is compared with each of its parents. What differs from all of them it made itself; what
 * differs from some came from the others, unless it is older than what it replaces: then the merge
 * has undone it. */
#include "changes.h"

#include "difference.h"
#include "lines.h"
#include "../lib/tally.h"

#include <stdint.h>

enum { TOLD = 1 << 30 };

struct walk {
    struct history *h;
    const struct changes *c;
    struct lines lines;
    struct tally versions; /* that were shown */
    struct tally names;    /* of a merge: from how many parents each thing differs, or TOLD */
    size_t commit;
    bool counting, failed;
};

static const struct history_commit *commit_of(const struct walk *w)
{
    return &w->h->commits[w->commit];
}

static void tell(struct walk *w, const vault_difference *d, size_t back)
{
    const struct change_told told = {
        .commit = commit_of(w), .difference = d, .back = back ? &w->h->commits[back - 1] : NULL};

    w->c->tell(w->c->user, &told);
    if (!lines_leave(&w->lines, d, w->commit))
        w->failed = true;
}

/* Older than what it replaces, or never taken away by anybody. */
static bool is_undone(const struct walk *w, const vault_difference *d)
{
    if (d->part != VAULT_PART_VALUE)
        return d->what == VAULT_UNREAD;
    if (d->what == VAULT_REMOVED)
        return !lines_was_removed(&w->lines, d);
    return d->what == VAULT_UNREAD || lines_came_back(&w->lines, d) > 0;
}

static void look_at(void *user, const vault_difference *d)
{
    struct walk *w = user;
    struct buf name = {0};
    size_t *count;

    if (commit_of(w)->parents < 2) {
        tell(w, d, lines_came_back(&w->lines, d));
        return;
    }
    difference_name(&name, d);
    count = buf_ok(&name) ? tally_of(&w->names, buf_slice(&name)) : NULL;
    buf_free(&name);
    if (!count) {
        w->failed = true;
    } else if (w->counting) {
        ++*count;
    } else if (*count != TOLD && (*count == commit_of(w)->parents || is_undone(w, d))) {
        *count = TOLD;
        tell(w, d, lines_came_back(&w->lines, d));
    }
}

static enum status compare(struct walk *w, const struct history_edge *edge)
{
    struct change_told damage = {.commit = commit_of(w)};
    vault *before, *after, *unread;
    vault_err err;
    enum status status = history_pair(w->h, edge, &before, &after, &damage.error, &unread);
    size_t *shown;

    if (status != DONE)
        return status;
    shown = edge->after ? tally_of(&w->versions, slice_of(edge->after)) : NULL;
    if (edge->after && !shown)
        w->failed = true;
    if (damage.error != VAULT_OK) {
        damage.sentence = vault_error(unread);
        if (shown && !(*shown)++)
            w->c->tell(w->c->user, &damage);
        return DONE;
    }
    if (shown && !(*shown)++ && w->c->version)
        w->c->version(w->c->user, commit_of(w), after);
    err = before || after ? vault_compare(before, after, w->c->env, look_at, w) : VAULT_OK;
    if (err == VAULT_FAILED)
        return say_vault_error(after ? after : before, err);
    return w->failed ? say_error(FAILED, "out of memory") : DONE;
}

static enum status walk_commit(struct walk *w)
{
    const struct history_commit *c = commit_of(w);
    enum status status = DONE;

    w->counting = c->parents > 1;
    for (size_t i = 0; w->counting && i < c->count && status == DONE; i++)
        status = compare(w, &c->edges[i]);
    w->counting = false;
    for (size_t i = 0; i < c->count && status == DONE; i++)
        status = compare(w, &c->edges[i]);
    tally_free(&w->names);
    return status;
}

enum status changes_walk(struct history *h, const struct changes *c)
{
    struct walk w = {.h = h, .c = c};
    enum status status = DONE;

    for (w.commit = 0; w.commit < h->count && status == DONE; w.commit++)
        status = walk_commit(&w);
    lines_free(&w.lines);
    tally_free(&w.versions);
    return status;
}
