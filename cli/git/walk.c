/* Reports what each commit of a vault's history itself changed.
 *
 * A merge is compared with each of its parents. What differs from all of them, the merge changed
 * itself. What differs from some came from the others, unless that side of the history had removed
 * it: then the merge brought it back. Only a removal by an ancestor counts, because another branch
 * may legitimately still have it. Everything before a range counts as history, even for commits in
 * the range that do not descend from it. */
#include "walk.h"

#include "difference.h"
#include "removals.h"
#include "ui/say.h"

#include "base/hashtable.h"
#include "base/text.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

enum { TOLD = 1 << 30 };

struct walk {
    struct history *h;
    const struct history_walk *c;
    struct removals lines;
    struct hashtable versions; /* already shown; flag 2: in the range */
    struct hashtable names;   /* in a merge: number of parents from which a part differs, or TOLD */
    struct hashtable gone;    /* reported readers who left but keep a valid key */
    struct hashtable readers; /* of both compared versions, by side, environment and key */
    struct hashtable extracts; /* of struct extract, by the version's blob */
    struct arena lists;
    size_t commit;
    const struct history_edge *edge;
    vault *before, *after;
    bool counting, failed;
    enum status status;
};

static const struct history_commit *commit_of(const struct walk *w)
{
    return &w->h->commits[w->commit];
}

static size_t *number_of(struct walk *w, struct hashtable *t, const char *what, const char *env,
                         struct slice text)
{
    struct buf name = {0};
    size_t *number;

    buf_printf(&name, "%s %s ", what, env);
    buf_add_slice(&name, text);
    number = buf_ok(&name) ? hashtable_number(t, buf_slice(&name)) : NULL;
    buf_free(&name);
    w->failed = w->failed || !number;
    return number;
}

/* ---- returns ---- */

static bool is_ancestor(void *user, size_t commit)
{
    struct walk *w = user;
    bool is = false;

    if (commit != w->commit && w->status == STATUS_OK)
        w->status = history_is_ancestor(w->h, commit, w->commit, &is);
    return is;
}

/* The rule for changes that the commit itself made. */
static bool is_history(void *user, size_t commit)
{
    struct walk *w = user;

    return w->h->commits[commit].before || is_ancestor(w, commit);
}

/* Records the public keys of an environment's readers, except forged entries. */
static void note_readers(struct walk *w, const char *side, vault *v, const char *env)
{
    vault_readers *list;
    size_t *number;

    if (vault_reader_list(v, env, &list) != VAULT_OK)
        return;
    for (size_t i = 0; i < vault_readers_count(list); i++) {
        const vault_reader_entry *reader = vault_readers_at(list, i);

        if (reader->seal == VAULT_SEAL_FORGED)
            continue;
        number = number_of(w, &w->readers, side, env, slice_of(reader->public_key));
        if (number)
            *number = 1;
    }
    vault_release(list);
}

/* Whether the version has a reader with this public key, under any name. The first call for an
 * environment records all of its readers. */
static bool has_reader(struct walk *w, vault *v, const char *env, const vault_side *key)
{
    const char *side = v == w->before ? "before" : "after";
    size_t *number = v ? number_of(w, &w->readers, "noted", env, slice_of(side)) : NULL;

    if (number && !*number) {
        *number = 1;
        note_readers(w, side, v, env);
    }
    if (!number)
        return false;
    number = number_of(w, &w->readers, side, env, (struct slice){key->text, key->text_len});
    return number && *number;
}

/* Whether a reader was removed but the environment key, which they know, was not replaced. */
static bool is_gone(struct walk *w, const vault_difference *d)
{
    return d->part == VAULT_PART_READER && d->same_key && d->before->text &&
           has_reader(w, w->before, d->env, d->before) &&
           !has_reader(w, w->after, d->env, d->before);
}

/* Whether the value was sealed with a key that had been rotated out: a merge has now sealed it
 * again, or the commit itself wrote it under an older key. */
static bool is_of_old_key(void *user, const vault_difference *d)
{
    struct walk *w = user;
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    const struct removals_rule rule = {.counts = is_history, .user = w};

    if (hashtable_find(&w->names, slice_of(d->env)) > 0)
        return true;
    return vault_fingerprint(w->after, d->env, fingerprint) == VAULT_OK &&
           removals_find_key(&w->lines, d->env, fingerprint, &rule) > 0;
}

/* in_part: the commit is a merge, and one of its parents has this as well. */
static size_t came_back(struct walk *w, const vault_difference *d, bool in_part)
{
    const struct removals_rule rule = {.counts = in_part ? is_ancestor : is_history,
                                       .user = w,
                                       .untold = in_part,
                                       .of_old_key = is_of_old_key};

    if (d->part == VAULT_PART_READER &&
        (d->what == VAULT_WHAT_REMOVED || has_reader(w, w->before, d->env, d->after)))
        return 0;
    return removals_came_back(&w->lines, d, &rule);
}

/* Remembers what was removed or renamed. */
static void remember(struct walk *w, const vault_difference *d)
{
    size_t *told;

    if (d->part == VAULT_PART_READER && d->after->text) {
        told = number_of(w, &w->gone, "reader", d->env,
                         (struct slice){d->after->text, d->after->text_len});
        if (told)
            *told = 0;
    }
    if (d->part == VAULT_PART_ENV && d->what == VAULT_WHAT_CHANGED &&
        !removals_rename_env(&w->lines, d))
        w->failed = true;
    if (d->part == VAULT_PART_READER && has_reader(w, w->after, d->env, d->before))
        return; /* only renamed */
    if (!removals_add(&w->lines, d, w->commit))
        w->failed = true;
}

/* ---- reporting ---- */

/* A flag: whether it was reported that the reader is gone. NULL if out of memory. */
static size_t *told_gone(struct walk *w, const vault_difference *d)
{
    return number_of(w, &w->gone, "reader", d->env,
                     (struct slice){d->before->text, d->before->text_len});
}

static void tell_step(struct walk *w, const vault_difference *d, size_t back)
{
    const struct history_step told = {.commit = commit_of(w),
                                      .edge = w->edge,
                                      .difference = d,
                                      .back = back ? &w->h->commits[back - 1] : NULL,
                                      .gone = is_gone(w, d)};
    size_t *gone = told.gone ? told_gone(w, d) : NULL;

    if (gone)
        *gone = 1;
    w->c->tell(w->c->user, &told);
}

/* Whether a merge itself dropped this: no removal before it explains the difference. */
static bool is_dropped(struct walk *w, const vault_difference *d)
{
    const size_t *told;

    if (d->part == VAULT_PART_VALUE)
        return d->what == VAULT_WHAT_REMOVED && !removals_has(&w->lines, d);
    if (!is_gone(w, d))
        return false;
    told = told_gone(w, d);
    return told && *told == 0;
}

static void look_at_part(struct walk *w, const vault_difference *d, size_t *count)
{
    size_t back = 0;

    if (*count == TOLD)
        return;
    if (*count >= commit_of(w)->parents) { /* more if several paths differ */
        *count = TOLD;
        tell_step(w, d, came_back(w, d, false));
        return;
    }
    back = came_back(w, d, true);
    if (back || d->what == VAULT_WHAT_UNREAD || is_dropped(w, d)) {
        *count = TOLD;
        tell_step(w, d, back);
    }
}

static void look_at(void *user, const vault_difference *d)
{
    struct walk *w = user;
    struct buf name = {0};
    size_t *count, *rekeyed;

    if (commit_of(w)->parents < 2) {
        tell_step(w, d, came_back(w, d, false));
        remember(w, d);
        return;
    }
    if (w->counting && d->part == VAULT_PART_KEY) {
        rekeyed = hashtable_number(&w->names, slice_of(d->env));
        if (rekeyed)
            *rekeyed = 1;
    }
    difference_name(&name, d);
    count = buf_ok(&name) ? hashtable_number(&w->names, buf_slice(&name)) : NULL;
    buf_free(&name);
    if (!count) {
        w->failed = true;
    } else if (w->counting) {
        ++*count;
    } else {
        look_at_part(w, d, count);
        remember(w, d);
    }
}

/* ---- versions that need not be opened ---- */

/* A hash of all lines of a version but those of other variables, and the version that has the same
 * ones and was opened. */
struct extract {
    unsigned char hash[crypto_generichash_BYTES];
    const char *opened;
};

static struct slice next_line(struct slice *rest)
{
    const char *end = memchr(rest->at, '\n', rest->len);
    struct slice line = {rest->at, end ? (size_t)(end - rest->at) : rest->len};

    rest->at += line.len + (end != NULL);
    rest->len -= line.len + (end != NULL);
    if (line.len > 0 && line.at[line.len - 1] == '\r')
        line.len--;
    return line;
}

/* What an extract keeps of a table. */
enum kept { KEPT_ALL, KEPT_ONE, KEPT_NO_VARIABLE };

static enum kept kept_of(struct slice header, const struct history_only *only)
{
    struct buf one = {0};
    enum kept kept = KEPT_NO_VARIABLE;

    buf_printf(&one, "[%s.%s]", only->env, only->secret[0] ? only->secret : only->name);
    if (slice_begins(header, "[vault]") || slice_begins(header, "[vault.") || !buf_ok(&one))
        kept = KEPT_ALL;
    else if (slice_equal(header, buf_slice(&one)))
        kept = only->secret[0] ? KEPT_ONE : KEPT_ALL;
    else if (!only->secret[0])
        kept = KEPT_ONE;
    buf_free(&one);
    return kept;
}

/* The name of the variable whose entry begins on this line; empty if none does. */
static struct slice variable_of(struct slice line)
{
    const char *space = memchr(line.at, ' ', line.len);
    struct slice name = {line.at, space ? (size_t)(space - line.at) : 0};
    struct slice rest = {line.at + name.len, line.len - name.len};

    if (!text_is_key(name) || !slice_begins(rest, " = ["))
        name.len = 0;
    return name;
}

/* Anything but the entries of variables is kept: an unusual line can only lead to a comparison. */
static void take_extract(struct slice text, const struct history_only *only,
                         unsigned char hash[crypto_generichash_BYTES])
{
    crypto_generichash_state state;
    enum kept kept = KEPT_ALL;
    bool skipping = false;

    crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES);
    while (text.len > 0) {
        struct slice line = next_line(&text), name;

        if (skipping && line.len > 2 && memcmp(line.at, "  \"", 3) == 0)
            continue;
        if (line.len > 0 && line.at[0] == '[')
            kept = kept_of(line, only);
        name = variable_of(line);
        skipping = name.len > 0 &&
                   (kept == KEPT_NO_VARIABLE || (kept == KEPT_ONE && !slice_is(name, only->name)));
        if (skipping)
            continue;
        crypto_generichash_update(&state, (const unsigned char *)line.at, line.len);
        crypto_generichash_update(&state, (const unsigned char *)"\n", 1);
    }
    crypto_generichash_final(&state, hash, crypto_generichash_BYTES);
}

static enum status extract_of(struct walk *w, const char *blob, struct extract **out)
{
    void **place = hashtable_item(&w->extracts, slice_of(blob));
    struct extract *x = place ? *place : NULL;
    struct buf text = {0};
    enum status status = STATUS_OK;

    if (place && !x) {
        x = *place = arena_alloc(&w->lists, sizeof *x);
        status = x ? history_object(w->h, blob, &text) : STATUS_OK;
        if (x && status == STATUS_OK) {
            take_extract(buf_slice(&text), w->c->only, x->hash);
            x->opened = blob;
        }
        buf_free(&text);
    }
    *out = x;
    return status == STATUS_OK && !x ? say_no_memory() : status;
}

/* Whether there is nothing to compare; a merge is always compared. *opened: the version that stands
 * in for the first one if that cannot be read. */
static enum status is_same(struct walk *w, const struct history_edge *edge, const char **opened,
                           bool *same)
{
    struct extract *before, *after;
    enum status status;

    *same = false;
    *opened = edge->before;
    if (!w->c->only || !edge->before || !edge->after)
        return STATUS_OK;
    status = extract_of(w, edge->before, &before);
    NEXT(status, extract_of(w, edge->after, &after));
    if (status != STATUS_OK)
        return status;
    *opened = before->opened;
    *same =
        commit_of(w)->parents < 2 && memcmp(before->hash, after->hash, sizeof before->hash) == 0;
    if (*same)
        after->opened = before->opened;
    return STATUS_OK;
}

static enum status compare(struct walk *w, const struct history_edge *edge)
{
    struct history_step damage = {.commit = commit_of(w), .edge = edge};
    const size_t mark = commit_of(w)->before ? 1 : 2;
    struct history_edge other = *edge;
    vault *unread;
    vault_err err;
    size_t *shown;
    bool is_new, same;
    enum status status = is_same(w, edge, &other.before, &same);

    if (status == STATUS_OK && same)
        return status;
    NEXT(status, history_pair(w->h, edge, &w->before, &w->after, &damage.error, &unread));
    if (status == STATUS_OK && !w->before && other.before != edge->before)
        status = history_pair(w->h, &other, &w->before, &w->after, &damage.error, &unread);

    w->edge = edge;
    hashtable_free(&w->readers);
    if (status != STATUS_OK)
        return status;
    shown = edge->after ? hashtable_number(&w->versions, slice_of(edge->after)) : NULL;
    w->failed = w->failed || (edge->after && !shown);
    is_new = shown && !(*shown & mark);
    if (shown)
        *shown |= mark;
    if (damage.error != VAULT_OK) {
        damage.sentence = vault_error(unread);
        if (is_new)
            w->c->tell(w->c->user, &damage);
        return STATUS_OK;
    }
    if (is_new && w->c->version)
        w->c->version(w->c->user, commit_of(w), w->after);
    err = w->before || w->after ? vault_compare(w->before, w->after, w->c->env, look_at, w)
                                : VAULT_OK;
    if (err == VAULT_FAILED || err == VAULT_NO_MEMORY)
        return say_vault_error(w->after ? w->after : w->before, err);
    if (w->status != STATUS_OK)
        return w->status;
    return w->failed ? say_no_memory() : STATUS_OK;
}

static enum status walk_commit(struct walk *w)
{
    const struct history_commit *c = commit_of(w);
    enum status status = STATUS_OK;

    w->counting = c->parents > 1;
    for (size_t i = 0; w->counting && i < c->count && status == STATUS_OK; i++)
        status = compare(w, &c->edges[i]);
    w->counting = false;
    for (size_t i = 0; i < c->count && status == STATUS_OK; i++)
        status = compare(w, &c->edges[i]);
    hashtable_free(&w->names);
    return status;
}

static void look_at_end(void *user, const vault_difference *d)
{
    struct walk *w = user;

    const size_t *told = is_gone(w, d) ? told_gone(w, d) : NULL;

    if (told && *told == 0)
        tell_step(w, d, 0);
}

/* MUST: report each reader at the start of a range who is gone at its end, whatever the commits
 * between them did. */
static enum status compare_ends(struct walk *w)
{
    struct history_edge ends = {.path = ""};
    enum status status = history_ends(w->h, &ends.before, &ends.after);
    vault *unread;
    vault_err err;

    if (status != STATUS_OK || !ends.before || !ends.after)
        return status;
    w->commit = w->h->count - 1;
    w->edge = &ends;
    status = history_pair(w->h, &ends, &w->before, &w->after, &err, &unread);
    hashtable_free(&w->readers);
    if (status != STATUS_OK || !w->before || !w->after)
        return status;
    err = vault_compare(w->before, w->after, w->c->env, look_at_end, w);
    if (err == VAULT_FAILED)
        return say_vault_error(w->after, err);
    return w->failed ? say_error(STATUS_FAILED, "out of memory") : STATUS_OK;
}

enum status history_walk(struct history *h, const struct history_walk *c)
{
    struct walk w = {.h = h, .c = c, .status = STATUS_OK};
    enum status status = STATUS_OK;

    w.lists.public = true;
    removals_begin(&w.lines);
    for (w.commit = 0; w.commit < h->count && status == STATUS_OK; w.commit++)
        status = walk_commit(&w);
    if (status == STATUS_OK && h->base && h->count > 0)
        status = compare_ends(&w);
    removals_free(&w.lines);
    hashtable_free(&w.versions);
    hashtable_free(&w.gone);
    hashtable_free(&w.readers);
    hashtable_free(&w.extracts);
    arena_free(&w.lists);
    return status;
}
