/* Merges three versions of a vault: what each has, what is taken, and the answers. The result
 * begins as a copy of ours, and only what was agreed or answered is put into it. */
#include "share.h"

#include <stdlib.h>
#include <string.h>

enum { MARKER_SIZE = 7, MARKER_SIZE_MAX = 64 }; /* in characters */

/* Of the three versions together, which are in memory at once, with the result. */
enum { BYTES_MAX = 64 << 20, TABLES_MAX = 128000, ENTRIES_MAX = 400000 };

static const struct slice none = {"", 0};

/* ---- reading ---- */

/* Whether the file's first line ends in CRLF. */
static bool has_crlf(struct slice text)
{
    const char *end = memchr(text.at, '\n', text.len);

    return end && end > text.at && end[-1] == '\r';
}

/* Gives a text the line ends of ours, so that all lines of the result have the same. */
static bool convert(struct buf *text, bool crlf)
{
    struct slice old = buf_slice(text);
    struct buf out = {0};

    if (old.len == 0 || (!crlf && !memchr(old.at, '\r', old.len)))
        return true;
    for (size_t i = 0; i < old.len; i++)
        if (old.at[i] == '\n')
            buf_add_text(&out, crlf ? "\r\n" : "\n");
        else if (old.at[i] != '\r' || i + 1 == old.len || old.at[i + 1] != '\n')
            buf_add(&out, old.at + i, 1);
    buf_free(text);
    *text = out;
    return buf_ok(text);
}

static enum err_code read_side(struct merge *m, enum merge_side side, struct buf *text,
                               struct err *err)
{
    static const char *const names[] = {"the common ancestor", "ours", "theirs"};
    bool nothing = side == MERGE_BASE && text->len == 0;
    struct err inner;

    if (nothing || doc_read(&m->side[side], text, &inner) == ERR_OK)
        return ERR_OK;
    doc_free(&m->side[side]);
    if (side == MERGE_BASE && inner.code == ERR_CONFLICT)
        return ERR_OK; /* two ancestors, which git could not merge */
    err_set(err, inner.code, "%s: %s", names[side], inner.text);
    if (inner.code == ERR_CONFLICT) {
        err_because(err, ERR_REASON_MERGE_MARKERS);
        err_detail_text(err, ERR_SUBJECT, side == MERGE_OURS ? "theirs" : "ours");
    }
    return inner.code;
}

static enum err_code check_size(const struct merge *m, size_t bytes, struct err *err)
{
    size_t tables = 0, entries = 0;

    for (int side = 0; side < MERGE_SIDES; side++) {
        tables += m->side[side].table_count;
        entries += doc_count_entries(&m->side[side]);
    }
    if (bytes <= BYTES_MAX && tables <= TABLES_MAX && entries <= ENTRIES_MAX)
        return ERR_OK;
    err_set(err, ERR_FAILED,
            "the three versions together are over %d MiB, %d tables or %d entries: that is too "
            "much to merge",
            BYTES_MAX >> 20, TABLES_MAX, ENTRIES_MAX);
    err_because(err, ERR_REASON_MERGE_TOO_LARGE);
    return ERR_FAILED;
}

static size_t bytes_of(const struct buf texts[MERGE_SIDES])
{
    size_t bytes = 0;

    for (int side = 0; side < MERGE_SIDES; side++)
        bytes += texts[side].len;
    return bytes;
}

static enum err_code read_sides(struct merge *m, struct buf texts[MERGE_SIDES], struct err *err)
{
    size_t bytes = bytes_of(texts); /* before they are taken over */
    enum err_code code = check_size(m, bytes, err);

    for (int side = 0; side < MERGE_SIDES && code == ERR_OK; side++) {
        code = read_side(m, (enum merge_side)side, &texts[side], err);
        if (code == ERR_OK)
            code = check_size(m, bytes, err);
    }
    return code;
}

static struct slice id_of(const struct doc *doc)
{
    struct doc_table *vault = doc_find(doc, DOC_VAULT, none, none);

    return vault ? vault->own[DOC_ID]->part[0] : none;
}

static enum err_code check_ids(struct merge *m, struct err *err)
{
    struct slice base = id_of(&m->side[MERGE_BASE]);

    m->id = id_of(&m->side[MERGE_OURS]);
    if (slice_equal(m->id, id_of(&m->side[MERGE_THEIRS])) &&
        (base.len == 0 || slice_equal(m->id, base)))
        return ERR_OK;
    err_set(err, ERR_INTEGRITY, "these are different vaults: they have another id");
    err_because(err, ERR_REASON_MERGE_OTHER_VAULT);
    return ERR_INTEGRITY;
}

enum err_code merge_begin(struct merge *m, struct buf texts[MERGE_SIDES], struct unlock *unlock,
                          struct err *err)
{
    bool crlf = has_crlf(buf_slice(&texts[MERGE_OURS]));
    enum err_code code;

    *m = (struct merge){.unlock = unlock, .lists = ARENA_PUBLIC, .scratch = BUF_SECRET};
    m->end = &m->changes;
    unlock_init(&m->known);
    for (int side = 0; side < MERGE_SIDES; side++)
        doc_free(&m->side[side]); /* makes it an empty one */
    doc_free(&m->result);
    code = check_size(m, bytes_of(texts), err);
    if (code == ERR_OK &&
        (!convert(&texts[MERGE_BASE], crlf) || !convert(&texts[MERGE_THEIRS], crlf)))
        code = err_no_memory(err);
    if (code == ERR_OK)
        code = read_sides(m, texts, err);
    if (code == ERR_OK)
        code = check_ids(m, err);
    if (code == ERR_OK)
        code = err_memory(doc_copy(&m->result, &m->side[MERGE_OURS]), err);
    return code;
}

void merge_free_texts(struct merge *m)
{
    for (int side = 0; side < MERGE_SIDES; side++)
        doc_free(&m->side[side]);
    doc_free(&m->result);
}

void merge_free(struct merge *m)
{
    merge_free_texts(m);
    unlock_free(&m->known);
    arena_free(&m->keys);
    arena_free(&m->lists);
    hashtable_free(&m->envs_by_name);
    buf_free(&m->scratch);
}

/* ---- environments ---- */

/* All of its tables: the inbox, for which no key is needed, is merged by itself, but counts where
 * one side has deleted the environment. */
static bool same_env(struct merge *m, const struct merge_env *e, enum merge_side a,
                     enum merge_side b)
{
    const struct doc *x = &m->side[a], *y = &m->side[b];
    bool with_inbox = !e->there[MERGE_OURS] || !e->there[MERGE_THEIRS];
    struct doc_table *s = NULL, *t = NULL;

    if (e->there[a] != e->there[b])
        return false;
    for (int kind = DOC_ENV; kind <= DOC_INBOX; kind++)
        if ((kind != DOC_INBOX || with_inbox) &&
            !merge_same_table(merge_table(m, a, e, (enum doc_kind)kind),
                              merge_table(m, b, e, (enum doc_kind)kind)))
            return false;
    do {
        s = doc_next_table(x, s, DOC_SECRET, e->name);
        t = doc_next_table(y, t, DOC_SECRET, e->name);
    } while (s && t && slice_equal(s->secret, t->secret) && merge_same_table(s, t));
    return !s && !t;
}

/* Puts a side's environment (none, if it has none) into the result as it stands; the inbox, which
 * is merged by itself, only if it is `all` of it. */
static bool put_env(struct merge *m, const struct merge_env *e, enum merge_side side, bool all)
{
    const struct doc *from = &m->side[side];
    struct doc_table *before = NULL, *t;
    bool good = true;

    while ((t = doc_next_table(&m->result, NULL, DOC_SECRET, e->name)))
        doc_remove_table(&m->result, t);
    for (int kind = DOC_ENV; kind <= (all ? DOC_INBOX : DOC_PAST) && good; kind++) {
        t = doc_find(&m->result, (enum doc_kind)kind, e->name, none);
        if (t)
            doc_remove_table(&m->result, t);
        t = doc_find(from, (enum doc_kind)kind, e->name, none);
        good = !t || doc_copy_table(&m->result, NULL, t);
    }
    for (t = NULL; good && (t = doc_next_table(from, t, DOC_SECRET, e->name));) {
        before = doc_copy_table(&m->result, before, t); /* their order is sealed */
        good = before != NULL;
    }
    return good;
}

static size_t count_past(struct merge *m, enum merge_side side, const struct merge_env *e)
{
    struct doc_table *past = merge_table(m, side, e, DOC_PAST);

    return past ? past->entries : 0;
}

/* MUST NOT: a rotation is undone. Without a key its past is all that tells of one. */
static bool undoes_a_rotation(struct merge *m, const struct merge_env *e)
{
    if (merge_same_key(e, MERGE_OURS, MERGE_THEIRS))
        return count_past(m, MERGE_OURS, e) != count_past(m, MERGE_THEIRS, e);
    return count_past(m, MERGE_THEIRS, e) <= count_past(m, MERGE_OURS, e);
}

/* One that no key opens on both sides. */
static enum err_code decide_closed(struct merge *m, struct merge_env *e, struct err *err)
{
    bool mine = merge_env_is_open(e, MERGE_OURS), clean = false;
    enum err_code code = ERR_OK;

    if (!mine && e->ours_is_base && !undoes_a_rotation(m, e)) {
        e->how = MERGE_WHOLE;
        return ERR_OK;
    }
    if (!mine && !e->ours_is_base)
        code = merge_text_env(m, e, false, &clean, err);
    if (code == ERR_OK && clean)
        e->how = MERGE_LINES;
    if (code != ERR_OK || clean)
        return code;
    code = merge_add_whole(m, e, MERGE_ENVIRONMENT, MERGE_CLOSED, err);
    if (code == ERR_OK)
        e->whole->locked = !mine;
    return code;
}

/* One that only one of the sides has, and the other has deleted or never had. */
static enum err_code decide_lone(struct merge *m, struct merge_env *e, struct err *err)
{
    if (!e->there[MERGE_BASE])
        return merge_add_whole(m, e, MERGE_ENVIRONMENT, MERGE_AGREED, err);
    if (!e->ours_is_base)
        return merge_add_whole(m, e, MERGE_ENVIRONMENT, MERGE_BOTH, err);
    e->how = MERGE_WHOLE;
    return ERR_OK;
}

static enum err_code decide_env(struct merge *m, struct merge_env *e, struct err *err)
{
    bool nothing =
        same_env(m, e, MERGE_BASE, MERGE_THEIRS) || same_env(m, e, MERGE_OURS, MERGE_THEIRS);
    bool lone = !e->there[MERGE_OURS] || !e->there[MERGE_THEIRS];
    enum err_code code;

    e->main = MERGE_OURS;
    e->other = MERGE_THEIRS;
    e->ours_is_base = same_env(m, e, MERGE_BASE, MERGE_OURS);
    if (nothing || lone)
        m->unlock->is_mute = true; /* nothing is compared: nobody is asked for a passphrase */
    code = merge_env_open(m, e, err);
    m->unlock->is_mute = false;
    if (code != ERR_OK || nothing)
        return code;
    if (lone)
        return decide_lone(m, e, err);
    if (!merge_env_is_open(e, MERGE_OURS) || !merge_env_is_open(e, MERGE_THEIRS))
        return decide_closed(m, e, err);
    e->how = MERGE_ITEMS;
    code = merge_env_choose(m, e, err);
    return code == ERR_OK && e->how == MERGE_ITEMS ? merge_env_compare(m, e, err) : code;
}

static struct merge_env *find_env(const struct merge *m, struct slice name)
{
    return hashtable_find_item(&m->envs_by_name, name);
}

static bool add_envs(struct merge *m, enum merge_side side)
{
    struct merge_env **end = &m->envs;

    while (*end)
        end = &(*end)->next;
    for (struct doc_table *t = NULL;
         (t = doc_next_table(&m->side[side], t, DOC_ENV, (struct slice){NULL, 0}));) {
        void **place = hashtable_item(&m->envs_by_name, t->env);
        struct merge_env *e = place ? *place : NULL;

        if (!e) {
            e = place ? arena_alloc(&m->lists, sizeof *e) : NULL;
            if (!e)
                return false;
            *place = e;
            memset(e, 0, sizeof *e);
            e->name = (struct slice){arena_copy(&m->lists, t->env.at, t->env.len), t->env.len};
            if (!e->name.at)
                return false;
            for (int i = 0; i < MERGE_SIDES; i++)
                e->side[i] = (struct seal_env){&m->side[i], m->id, e->name, NULL};
            *end = e;
            end = &e->next;
        }
        e->there[side] = true;
    }
    return true;
}

/* ---- entries that no key seals: passphrases and the inbox ---- */

static enum err_code put_entry(struct doc *doc, enum doc_kind kind, struct slice env,
                               struct slice name, const struct doc_item *item, struct err *err)
{
    struct doc_table *table = doc_find(doc, kind, env, none);
    struct doc_item *there = table ? doc_find_entry(table, name) : NULL;

    if (!item && there)
        doc_remove_item(doc, table, there);
    if (!item && table && table->entries == 0 && kind == DOC_PASSPHRASES)
        doc_remove_table(doc, table);
    if (!item)
        return ERR_OK;
    if (!table)
        table = doc_add_table(doc, kind, env, none);
    return err_memory(table && doc_copy_entry(doc, table, item), err);
}

/* Adds what theirs has otherwise. e NULL: the passphrases. */
static enum err_code compare_plain(struct merge *m, struct merge_env *e, struct err *err)
{
    enum doc_kind kind = e ? DOC_INBOX : DOC_PASSPHRASES;
    struct doc_table *tables[MERGE_SIDES];
    void *at[MERGE_SIDES];
    struct merge_names names;
    struct slice name;
    enum err_code code;

    for (int side = 0; side < MERGE_SIDES; side++)
        tables[side] = doc_find(&m->side[side], kind, e ? e->name : none, none);
    code = err_memory(merge_names_of_entries(m, tables, &names), err);
    while (code == ERR_OK && merge_names_next(&names, &name, at)) {
        enum merge_verdict verdict =
            merge_judge_text(at[MERGE_BASE], at[MERGE_OURS], at[MERGE_THEIRS]);
        struct merge_change *c;

        if (verdict == MERGE_STAYS)
            continue;
        c = merge_add(m, e, e ? MERGE_PROPOSAL : MERGE_PASSPHRASE,
                      verdict == MERGE_COMES ? MERGE_AGREED : MERGE_BOTH, none, name);
        if (!c)
            return err_no_memory(err);
        c->incoming = MERGE_THEIRS;
        c->answer = verdict == MERGE_COMES ? MERGE_TAKE_THEIRS : MERGE_OPEN;
        for (int side = MERGE_OURS; side <= MERGE_THEIRS; side++) {
            c->at[side] = at[side];
            c->side[side].there = at[side] != NULL;
        }
    }
    return code;
}

/* ---- what main had before ---- */

/* Texts that no two seals or age files share, and the changes that they are of. */
struct looking_back {
    struct slice *texts;
    struct merge_change **of;
    bool *seen;
    size_t count;
};

static void look_for(struct looking_back *l, struct merge_change *c, struct slice text)
{
    if (l->texts) {
        l->texts[l->count] = text;
        l->of[l->count] = c;
    }
    l->count++;
}

/* Only what main does not have now can return. History is that of ours, so where main is theirs it
 * tells nothing. */
static void look_for_change(struct merge *m, struct looking_back *l, struct merge_change *c)
{
    const struct doc_item *item = c->at[MERGE_THEIRS];
    const struct doc_table *table = c->at[MERGE_THEIRS];

    if ((c->why != MERGE_AGREED && c->why != MERGE_CLAIM) || c->incoming != MERGE_THEIRS ||
        !c->side[MERGE_THEIRS].there)
        return;
    if (c->kind == MERGE_VALUE)
        look_for(l, c, item->part[0]);
    if (c->kind == MERGE_READER)
        look_for(l, c, item->part[1]);
    if (c->kind == MERGE_ENVIRONMENT)
        look_for(l, c, merge_table(m, MERGE_THEIRS, c->of, DOC_ENV)->own[DOC_INBOX_KEY]->part[0]);
    for (struct doc_item *i = c->kind == MERGE_SECRET ? doc_entry(table->items) : NULL; i;
         i = doc_entry(i->next))
        look_for(l, c, i->part[0]);
}

static void look_for_all(struct merge *m, struct looking_back *l)
{
    l->count = 0;
    for (struct merge_change *c = m->changes; c; c = c->next)
        look_for_change(m, l, c);
}

static enum err_code look_back(struct merge *m, struct err *err)
{
    struct looking_back l = {.texts = NULL};
    enum err_code code;

    look_for_all(m, &l);
    if (l.count == 0 || !m->looks.look_back)
        return ERR_OK;
    l.texts = arena_alloc(&m->lists, l.count * sizeof *l.texts);
    l.of = arena_alloc(&m->lists, l.count * sizeof *l.of);
    l.seen = arena_alloc(&m->lists, l.count * sizeof *l.seen);
    if (!l.texts || !l.of || !l.seen)
        return err_no_memory(err);
    memset(l.seen, 0, l.count * sizeof *l.seen);
    look_for_all(m, &l);
    code = m->looks.look_back(m->looks.user, l.texts, l.count, l.seen, err);
    for (size_t i = 0; i < l.count; i++)
        if (l.seen[i]) {
            l.of[i]->why = MERGE_RETURNED;
            l.of[i]->answer = MERGE_OPEN;
        }
    return code;
}

static int compare_envs(const void *a, const void *b)
{
    const struct merge_env *const *x = a, *const *y = b;

    return slice_compare((*x)->name, (*y)->name);
}

/* By name, which is the order in which their tables are put into the result in one pass. */
static bool sort_envs(struct merge *m)
{
    size_t count = m->envs_by_name.count;
    struct merge_env **all = arena_alloc(&m->lists, (count + 1) * sizeof *all);

    if (!all)
        return false;
    for (struct merge_env *e = m->envs, **at = all; e; e = e->next)
        *at++ = e;
    all[count] = NULL;
    qsort(all, count, sizeof *all, compare_envs);
    m->envs = all[0];
    for (size_t i = 0; i < count; i++)
        all[i]->next = all[i + 1];
    return true;
}

enum err_code merge_decide(struct merge *m, struct err *err)
{
    enum err_code code = err_memory(add_envs(m, MERGE_OURS) && add_envs(m, MERGE_THEIRS) &&
                                        add_envs(m, MERGE_BASE) && sort_envs(m),
                                    err);

    for (struct merge_env *e = m->envs; e && code == ERR_OK; e = e->next) {
        code = decide_env(m, e, err);
        if (code == ERR_OK && e->there[MERGE_OURS] && e->there[MERGE_THEIRS])
            code = compare_plain(m, e, err);
    }
    if (code == ERR_OK)
        code = compare_plain(m, NULL, err);
    return code == ERR_OK ? look_back(m, err) : code;
}

/* ---- answers ---- */

bool merge_is_open(const struct merge_change *c)
{
    const struct merge_change *whole = c->of ? c->of->whole : NULL;

    if (c->answer != MERGE_OPEN)
        return false;
    return !whole || whole == c || whole->answer == MERGE_OPEN || whole->answer == MERGE_TAKE_BOTH;
}

/* e NULL: the passphrases. */
static bool env_waits(const struct merge *m, const struct merge_env *e)
{
    const struct merge_change *c = merge_first(m, e);

    while (c && !merge_is_open(c))
        c = merge_next(c);
    return c != NULL;
}

static bool waits(const struct merge *m, struct slice env)
{
    const struct merge_env *e = find_env(m, env);

    return e && env_waits(m, e);
}

static size_t count_open(const struct merge *m)
{
    size_t count = 0;

    for (const struct merge_change *c = m->changes; c; c = c->next)
        count += merge_is_open(c);
    return count;
}

/* What theirs has in place of ours, where no key is needed. e NULL: the passphrases. */
static enum err_code apply_plain(struct merge *m, const struct merge_env *e, struct err *err)
{
    enum merge_kind kind = e ? MERGE_PROPOSAL : MERGE_PASSPHRASE;
    enum err_code code = ERR_OK;

    for (struct merge_change *c = merge_first(m, e); c && code == ERR_OK; c = merge_next(c))
        if (c->kind == kind && c->answer == MERGE_TAKE_THEIRS)
            code = put_entry(&m->result, e ? DOC_INBOX : DOC_PASSPHRASES, c->env, c->name,
                             c->at[MERGE_THEIRS], err);
    return code;
}

/* Whether the result is theirs, as it stands: ours has changed nothing, and all of theirs is taken.
 * Whoever has removed a reader without a new key has not made the result. */
static bool is_theirs(const struct merge *m, const struct merge_env *e)
{
    if (!e->ours_is_base || !merge_same_key(e, MERGE_OURS, MERGE_THEIRS))
        return false;
    for (const struct merge_change *c = merge_first(m, e); c; c = merge_next(c))
        if (c->kind != MERGE_PROPOSAL &&
            (c->answer != MERGE_TAKE_THEIRS || c->why == MERGE_NOT_ROTATED))
            return false;
    return true;
}

static enum err_code apply_items(struct merge *m, struct merge_env *e, struct err *err)
{
    bool theirs = is_theirs(m, e);

    if ((theirs || e->main == MERGE_THEIRS) && !put_env(m, e, MERGE_THEIRS, false))
        return err_no_memory(err);
    return theirs ? ERR_OK : merge_env_apply(m, e, err);
}

static enum err_code apply_env(struct merge *m, struct merge_env *e, struct err *err)
{
    enum err_code code = ERR_OK;
    bool clean;

    if (e->whole && e->whole->answer != MERGE_TAKE_BOTH) {
        bool theirs = e->whole->answer == MERGE_TAKE_THEIRS;

        if (theirs && e->whole->why != MERGE_AGREED)
            code = merge_env_check_whole(m, e, err);
        return code == ERR_OK ? err_memory(!theirs || put_env(m, e, MERGE_THEIRS, true), err)
                              : code;
    }
    if (e->how == MERGE_WHOLE)
        code = err_memory(put_env(m, e, MERGE_THEIRS, !e->there[MERGE_THEIRS]), err);
    if (e->how == MERGE_LINES)
        code = merge_text_env(m, e, true, &clean, err);
    if (e->how == MERGE_ITEMS)
        code = apply_items(m, e, err);
    return code == ERR_OK ? apply_plain(m, e, err) : code;
}

/* A passphrase that one side has dropped stays while somebody reads with it. */
static enum err_code keep_passphrases(struct merge *m, struct err *err)
{
    struct hashtable readers = {0};
    enum err_code code = ERR_OK;

    for (int side = MERGE_OURS; side <= MERGE_THEIRS && code == ERR_OK; side++) {
        struct doc_table *from = doc_find(&m->side[side], DOC_PASSPHRASES, none, none);

        if (from && readers.count == 0)
            code = err_memory(doc_name_readers(&m->result, &readers), err);
        for (struct doc_item *i = from ? doc_entry(from->items) : NULL; i && code == ERR_OK;
             i = doc_entry(i->next)) {
            struct doc_table *kept = doc_find(&m->result, DOC_PASSPHRASES, none, none);

            if (hashtable_find(&readers, i->name) && !(kept && doc_find_entry(kept, i->name)))
                code = put_entry(&m->result, DOC_PASSPHRASES, none, i->name, i, err);
        }
    }
    hashtable_free(&readers);
    return code;
}

/* ---- comments ---- */

static bool has_line(struct slice text, struct slice line)
{
    while (text.len > 0) {
        const char *end = memchr(text.at, '\n', text.len);
        size_t len = end ? (size_t)(end - text.at) + 1 : text.len;

        if (slice_equal((struct slice){text.at, len}, line))
            return true;
        text.at += len;
        text.len -= len;
    }
    return false;
}

/* Comments never conflict: where both sides have changed them, both stay. */
static bool join_comments(struct doc *doc, struct slice base, struct slice ours,
                          struct slice theirs, struct slice *out)
{
    struct buf text = {0};
    char *copy;

    *out = ours;
    if (slice_equal(ours, theirs) || slice_equal(theirs, base))
        return true;
    *out = theirs;
    if (slice_equal(ours, base))
        return true;
    buf_add_slice(&text, ours);
    while (theirs.len > 0) {
        const char *end = memchr(theirs.at, '\n', theirs.len);
        struct slice line = {theirs.at, end ? (size_t)(end - theirs.at) + 1 : theirs.len};

        if (!has_line(ours, line) && !has_line(base, line))
            buf_add_slice(&text, line);
        theirs.at += line.len;
        theirs.len -= line.len;
    }
    copy = buf_ok(&text) ? arena_copy(&doc->arena, buf_slice(&text).at, text.len) : NULL;
    *out = (struct slice){copy, text.len};
    buf_free(&text);
    return copy != NULL;
}

static struct doc_item *like_item(struct doc_table *table, const struct doc_item *item)
{
    if (!table)
        return NULL;
    return item->own == DOC_ENTRY ? doc_find_entry(table, item->name) : table->own[item->own];
}

static bool join_items(struct doc *doc, struct doc_table *table,
                       struct doc_table *const like[MERGE_SIDES])
{
    for (struct doc_item *i = table->items; i; i = i->next) {
        struct doc_item *base = like_item(like[MERGE_BASE], i);
        struct doc_item *ours = like_item(like[MERGE_OURS], i);
        struct doc_item *theirs = like_item(like[MERGE_THEIRS], i);

        if (ours && theirs &&
            !join_comments(doc, base ? base->lead : none, ours->lead, theirs->lead, &i->lead))
            return false;
    }
    return true;
}

/* Tables mostly come in the same order: the next one is looked at first. */
static struct doc_table *like_table(const struct doc *doc, const struct doc_table *table,
                                    struct doc_table **next)
{
    struct doc_table *t = *next;

    if (!t || t->kind != table->kind || !slice_equal(t->env, table->env) ||
        !slice_equal(t->secret, table->secret))
        t = doc_find(doc, table->kind, table->env, table->secret);
    if (t)
        *next = t->next;
    return t;
}

static bool join_all_comments(struct merge *m)
{
    struct doc_table *like[MERGE_SIDES], *next[MERGE_SIDES];

    for (int side = 0; side < MERGE_SIDES; side++)
        next[side] = m->side[side].tables;
    for (struct doc_table *t = m->result.tables; t; t = t->next) {
        for (int side = 0; side < MERGE_SIDES; side++)
            like[side] = like_table(&m->side[side], t, &next[side]);
        if (!like[MERGE_OURS] || !like[MERGE_THEIRS] || (t->kind >= DOC_ENV && waits(m, t->env)))
            continue;
        if (!join_comments(&m->result, like[MERGE_BASE] ? like[MERGE_BASE]->lead : none,
                           like[MERGE_OURS]->lead, like[MERGE_THEIRS]->lead, &t->lead) ||
            !join_items(&m->result, t, like))
            return false;
    }
    return join_comments(&m->result, m->side[MERGE_BASE].tail, m->side[MERGE_OURS].tail,
                         m->side[MERGE_THEIRS].tail, &m->result.tail);
}

/* ---- the end ---- */

static void add_marker(struct merge *m, struct buf *out, char sign, const char *text)
{
    for (size_t i = 0; i < m->marker_size; i++)
        buf_add(out, &sign, 1);
    buf_printf(out, " %s%s", text, m->result.newline);
}

/* A block of comments between conflict markers: the file is not a vault until it is removed. */
static enum err_code add_block(struct merge *m, const struct merge_env *e, struct slice *lead,
                               struct err *err)
{
    struct buf text = {0};
    char *copy;

    if (lead == &m->result.tail)
        buf_add_text(&text, m->result.newline); /* the last line may have none */
    add_marker(m, &text, '<', "ours, until a person has answered: vault merge");
    for (const struct merge_change *c = merge_first(m, e); c; c = merge_next(c))
        if (merge_is_open(c)) {
            buf_add_text(&text, "# ");
            merge_describe(c, &text);
            buf_add_text(&text, m->result.newline);
        }
    add_marker(m, &text, '>', "theirs");
    copy = buf_ok(&text) ? arena_alloc(&m->result.arena, lead->len + text.len) : NULL;
    if (copy) {
        memcpy(copy, lead->at, lead->len);
        memcpy(copy + lead->len, text.data, text.len);
        *lead = (struct slice){copy, lead->len + text.len};
    }
    buf_free(&text);
    return err_memory(copy != NULL, err);
}

/* Above the environment's header; at the end of the file if ours has none. */
static enum err_code add_blocks(struct merge *m, struct err *err)
{
    enum err_code code = ERR_OK;

    for (struct merge_env *e = m->envs; e && code == ERR_OK; e = e->next) {
        struct doc_table *table = doc_find(&m->result, DOC_ENV, e->name, none);

        if (env_waits(m, e))
            code = add_block(m, e, table ? &table->lead : &m->result.tail, err);
    }
    return code == ERR_OK && env_waits(m, NULL) ? add_block(m, NULL, &m->result.tail, err) : code;
}

enum err_code merge_finish(struct merge *m, struct buf *out, size_t *open, struct err *err)
{
    enum err_code code = ERR_OK;

    *open = count_open(m);
    if (m->marker_size < MARKER_SIZE || m->marker_size > MARKER_SIZE_MAX)
        m->marker_size = m->marker_size < MARKER_SIZE ? MARKER_SIZE : MARKER_SIZE_MAX;
    for (struct merge_env *e = m->envs; e && code == ERR_OK; e = e->next)
        if (!env_waits(m, e))
            code = apply_env(m, e, err);
    if (code == ERR_OK && *open == 0) /* a passphrase opens what its environment was answered to */
        code = apply_plain(m, NULL, err);
    if (code == ERR_OK)
        code = keep_passphrases(m, err);
    if (code == ERR_OK)
        code = err_memory(join_all_comments(m), err);
    if (code == ERR_OK)
        code = add_blocks(m, err);
    if (code == ERR_OK) {
        doc_write(&m->result, out);
        code = err_memory(buf_ok(out), err);
    }
    stack_wipe(); /* of the keys of the values that were sealed */
    return code;
}

struct merge_env *merge_next_sealed(const struct merge *m, const struct merge_env *after)
{
    struct merge_env *e = after ? after->next : m->envs;

    while (e && !e->sealed)
        e = e->next;
    return e;
}

struct slice merge_env_name(const struct merge_env *e)
{
    return e->name;
}
