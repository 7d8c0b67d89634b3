/* Three versions of a vault to one: what stands where, what is to be taken, and the answers. The
 * result begins as a copy of ours, and is changed where theirs was. */
#include "merge_in.h"

#include <stdlib.h>
#include <string.h>

static const struct slice none = {"", 0};

enum err_code merge_out_of_memory(struct err *err)
{
    return err_set(err, ERR_FAILED, "out of memory");
}

static enum err_code done(bool good, struct err *err)
{
    return good ? ERR_NONE : merge_out_of_memory(err);
}

/* ---- reading ---- */

/* Whether the file's first line ends in CRLF. */
static bool has_crlf(struct slice text)
{
    const char *end = memchr(text.at, '\n', text.len);

    return end && end > text.at && end[-1] == '\r';
}

/* Gives a text the line ends of ours: then lines of all three stand well together. */
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

    if (nothing || doc_read(&m->side[side], text, &inner) == ERR_NONE)
        return ERR_NONE;
    doc_free(&m->side[side]);
    if (side == MERGE_BASE && inner.code == ERR_CONFLICT)
        return ERR_NONE; /* two ancestors, which git could not merge */
    err_set(err, inner.code, "%s: %s", names[side], inner.text);
    if (inner.code == ERR_CONFLICT)
        err_hint(err, "take it from git: git checkout -m");
    return inner.code;
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
        return ERR_NONE;
    err_set(err, ERR_INTEGRITY, "these are different vaults: they have another id");
    err_hint(err, "git log -p tells who has put another file there");
    return ERR_INTEGRITY;
}

enum err_code merge_begin(struct merge *m, struct buf texts[MERGE_SIDES], struct unlock *unlock,
                          struct err *err)
{
    bool crlf = has_crlf(buf_slice(&texts[MERGE_OURS]));
    enum err_code code = ERR_NONE;

    *m = (struct merge){.unlock = unlock, .lists = ARENA_PUBLIC, .scratch = BUF_SECRET};
    m->end = &m->conflicts;
    unlock_init(&m->known);
    for (int side = 0; side < MERGE_SIDES; side++)
        doc_free(&m->side[side]); /* makes it an empty one */
    doc_free(&m->result);
    if (!convert(&texts[MERGE_BASE], crlf) || !convert(&texts[MERGE_THEIRS], crlf))
        code = merge_out_of_memory(err);
    for (int side = 0; side < MERGE_SIDES && code == ERR_NONE; side++)
        code = read_side(m, (enum merge_side)side, &texts[side], err);
    if (code == ERR_NONE)
        code = check_ids(m, err);
    if (code == ERR_NONE)
        code = done(doc_copy(&m->result, &m->side[MERGE_OURS]), err);
    return code;
}

void merge_free(struct merge *m)
{
    for (int side = 0; side < MERGE_SIDES; side++)
        doc_free(&m->side[side]);
    doc_free(&m->result);
    unlock_free(&m->known);
    arena_free(&m->keys);
    arena_free(&m->lists);
    buf_free(&m->scratch);
}

/* ---- names side by side ---- */

static int compare_named(const void *a, const void *b)
{
    const struct merge_named *x = a, *y = b;

    return slice_compare(x->name, y->name);
}

static void add_name(struct merge_names *names, int side, struct slice name, void *at)
{
    names->list[side][names->count[side]++] = (struct merge_named){name, at};
}

/* Most lists are in order as they are. */
static void put_in_order(struct merge_names *names, int side)
{
    struct merge_named *list = names->list[side];

    for (size_t i = 1; i < names->count[side]; i++)
        if (slice_compare(list[i - 1].name, list[i].name) > 0) {
            qsort(list, names->count[side], sizeof *list, compare_named);
            return;
        }
}

bool merge_names_of_entries(struct merge *m, struct doc_table *const tables[MERGE_SIDES],
                            struct merge_names *names)
{
    memset(names, 0, sizeof *names);
    for (int side = 0; side < MERGE_SIDES; side++) {
        struct doc_table *table = tables[side];
        size_t most = table ? table->entries : 0;

        names->list[side] = arena_alloc(&m->lists, (most + 1) * sizeof **names->list);
        if (!names->list[side])
            return false;
        for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i; i = doc_entry(i->next))
            add_name(names, side, i->name, i);
        put_in_order(names, side);
    }
    return true;
}

bool merge_names_of_secrets(struct merge *m, const struct merge_env *e, struct merge_names *names)
{
    memset(names, 0, sizeof *names);
    for (int side = 0; side < MERGE_SIDES; side++) {
        const struct doc *doc = &m->side[side];
        struct doc_table *t = NULL;
        size_t most = 0;

        while ((t = doc_next_table(doc, t, DOC_SECRET, e->name)))
            most++;
        names->list[side] = arena_alloc(&m->lists, (most + 1) * sizeof **names->list);
        if (!names->list[side])
            return false;
        while ((t = doc_next_table(doc, t, DOC_SECRET, e->name)))
            add_name(names, side, t->secret, t);
        put_in_order(names, side);
    }
    return true;
}

/* NULL at the end of the list. */
static const struct merge_named *next_of(const struct merge_names *names, int side)
{
    const struct merge_named *list = names->list[side];

    return list && names->at[side] < names->count[side] ? list + names->at[side] : NULL;
}

bool merge_names_next(struct merge_names *names, struct slice *name, void *at[MERGE_SIDES])
{
    const struct merge_named *first = NULL, *next;

    for (int side = 0; side < MERGE_SIDES; side++) {
        next = next_of(names, side);
        if (next && (!first || slice_compare(next->name, first->name) < 0))
            first = next;
    }
    if (!first)
        return false;
    *name = first->name;
    for (int side = 0; side < MERGE_SIDES; side++) {
        next = next_of(names, side);
        at[side] = NULL;
        if (!next || !slice_equal(next->name, *name))
            continue;
        at[side] = next->at;
        names->at[side]++;
    }
    return true;
}

/* ---- judging ---- */

enum merge_verdict merge_judge(bool other_unchanged, bool alike, bool main_unchanged)
{
    if (other_unchanged || alike)
        return MERGE_KEEP;
    return main_unchanged ? MERGE_TAKE : MERGE_CLASH;
}

bool merge_same_item(const struct doc_item *a, const struct doc_item *b)
{
    if (!a || !b)
        return !a && !b;
    return doc_same_parts(a, b) && slice_equal(a->name, b->name);
}

bool merge_same_table(const struct doc_table *a, const struct doc_table *b)
{
    const struct doc_item *x = a ? a->items : NULL, *y = b ? b->items : NULL;

    while (x && y && merge_same_item(x, y)) {
        x = x->next;
        y = y->next;
    }
    return !x && !y && !a == !b;
}

enum merge_verdict merge_judge_text(const struct doc_item *base, const struct doc_item *main_item,
                                    const struct doc_item *other)
{
    return merge_judge(merge_same_item(base, other), merge_same_item(main_item, other),
                       merge_same_item(base, main_item));
}

struct doc_table *merge_table(struct merge *m, enum merge_side side, const struct merge_env *e,
                              enum doc_kind kind)
{
    return doc_find(&m->side[side], kind, e->name, none);
}

struct merge_conflict *merge_add_conflict(struct merge *m, enum merge_kind kind, struct slice env,
                                          struct slice secret, struct slice name)
{
    struct merge_conflict *c = arena_alloc(&m->lists, sizeof *c);

    if (!c)
        return NULL;
    *c = (struct merge_conflict){
        .kind = kind, .env = env, .secret = secret, .name = name, .answer = MERGE_BASE};
    for (int side = 0; side < MERGE_SIDES; side++)
        c->side[side].author = none;
    *m->end = c;
    m->end = &c->next;
    return c;
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

/* Puts a side's environment (none, if it has none) into a doc as it stands. */
static bool put_env(struct merge *m, const struct merge_env *e, struct doc *doc,
                    enum merge_side side)
{
    struct doc_table *before = NULL, *t = NULL;

    change_drop_env(doc, e->name);
    for (t = m->side[side].tables; t; t = t->next) {
        struct doc_table *copy;

        if (t->kind < DOC_ENV || !slice_equal(t->env, e->name))
            continue;
        copy = doc_copy_table(doc, t->kind == DOC_SECRET ? before : NULL, t);
        if (!copy)
            return false;
        if (t->kind == DOC_SECRET)
            before = copy; /* their order is sealed */
    }
    return true;
}

static enum err_code clash_of_env(struct merge *m, struct merge_env *e, bool locked,
                                  struct err *err)
{
    struct merge_conflict *c = merge_add_conflict(m, MERGE_ENVIRONMENT, e->name, none, none);

    if (!c)
        return merge_out_of_memory(err);
    e->main = MERGE_OURS;
    e->other = MERGE_THEIRS;
    c->locked = locked;
    for (int side = MERGE_OURS; side <= MERGE_THEIRS; side++)
        c->side[side].there = e->there[side];
    return ERR_NONE;
}

static enum err_code merge_locked(struct merge *m, struct merge_env *e, struct err *err)
{
    bool clean;
    enum err_code code = merge_text_env(m, e, false, &clean, err);

    if (code == ERR_NONE && clean)
        return merge_text_env(m, e, true, &clean, err);
    return code == ERR_NONE ? clash_of_env(m, e, true, err) : code;
}

static enum err_code merge_both(struct merge *m, struct merge_env *e, struct err *err)
{
    bool clash = false;
    enum err_code code;

    if (!e->there[MERGE_OURS] || !e->there[MERGE_THEIRS])
        return clash_of_env(m, e, false, err);
    if (!e->side[MERGE_OURS].keys || !e->side[MERGE_THEIRS].keys)
        return merge_locked(m, e, err);
    code = merge_env_begin(m, e, &clash, err);
    if (code == ERR_NONE && clash)
        return clash_of_env(m, e, false, err);
    if (code == ERR_NONE && e->main == MERGE_THEIRS)
        code = done(put_env(m, e, &m->result, MERGE_THEIRS), err);
    return code == ERR_NONE ? merge_env_decide(m, e, err) : code;
}

static enum err_code merge_env(struct merge *m, struct merge_env *e, struct err *err)
{
    bool ours_same = same_env(m, e, MERGE_BASE, MERGE_OURS);
    bool theirs_same = same_env(m, e, MERGE_BASE, MERGE_THEIRS);
    bool alike = same_env(m, e, MERGE_OURS, MERGE_THEIRS);
    unlock_ask *ask = m->unlock->ask;
    enum err_code code;

    e->main = ours_same ? MERGE_THEIRS : MERGE_OURS;
    e->other = ours_same ? MERGE_OURS : MERGE_THEIRS;
    if (ours_same && theirs_same)
        return ERR_NONE;
    if (ours_same || theirs_same || alike)
        m->unlock->ask = NULL; /* nothing has to be sealed: nobody is asked for a passphrase */
    code = merge_env_open(m, e, err);
    m->unlock->ask = ask;
    if (code != ERR_NONE)
        return code;
    if (!ours_same && !theirs_same && !alike)
        return merge_both(m, e, err);
    code = merge_env_one_sided(m, e, e->main, err);
    if (code == ERR_NONE && e->main == MERGE_THEIRS)
        code = done(put_env(m, e, &m->result, MERGE_THEIRS), err);
    return code;
}

static struct merge_env *find_env(const struct merge *m, struct slice name)
{
    struct merge_env *e = m->envs;

    while (e && !slice_equal(e->name, name))
        e = e->next;
    return e;
}

static bool add_envs(struct merge *m, enum merge_side side)
{
    struct merge_env **end = &m->envs;

    while (*end)
        end = &(*end)->next;
    for (struct doc_table *t = NULL;
         (t = doc_next_table(&m->side[side], t, DOC_ENV, (struct slice){NULL, 0}));) {
        struct merge_env *e = find_env(m, t->env);

        if (!e) {
            e = arena_alloc(&m->lists, sizeof *e);
            if (!e)
                return false;
            memset(e, 0, sizeof *e);
            e->name = t->env;
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
        return ERR_NONE;
    if (!table)
        table = doc_add_table(doc, kind, env, none);
    return done(table && doc_copy_entry(doc, table, item), err);
}

static enum err_code merge_plain(struct merge *m, enum doc_kind kind, struct slice env,
                                 enum merge_side main, enum merge_side other, struct err *err)
{
    struct doc_table *tables[MERGE_SIDES];
    void *at[MERGE_SIDES];
    struct merge_names names;
    struct slice name;
    enum err_code code;

    for (int side = 0; side < MERGE_SIDES; side++)
        tables[side] = doc_find(&m->side[side], kind, env, none);
    code = done(merge_names_of_entries(m, tables, &names), err);
    while (code == ERR_NONE && merge_names_next(&names, &name, at)) {
        enum merge_verdict verdict = merge_judge_text(at[MERGE_BASE], at[main], at[other]);
        struct merge_conflict *c;

        if (verdict == MERGE_TAKE)
            code = put_entry(&m->result, kind, env, name, at[other], err);
        if (verdict != MERGE_CLASH)
            continue;
        c = merge_add_conflict(m, kind == DOC_INBOX ? MERGE_PROPOSAL : MERGE_PASSPHRASE, env, none,
                               name);
        code = done(c != NULL, err);
        for (int side = MERGE_OURS; c && side <= MERGE_THEIRS; side++)
            c->side[side].there = at[side] != NULL;
    }
    return code;
}

enum err_code merge_decide(struct merge *m, struct err *err)
{
    enum err_code code =
        done(add_envs(m, MERGE_OURS) && add_envs(m, MERGE_THEIRS) && add_envs(m, MERGE_BASE), err);

    for (struct merge_env *e = m->envs; e && code == ERR_NONE; e = e->next) {
        code = merge_env(m, e, err);
        if (code == ERR_NONE && e->there[MERGE_OURS] && e->there[MERGE_THEIRS])
            code = merge_plain(m, DOC_INBOX, e->name, e->main, e->other, err);
    }
    return code == ERR_NONE ? merge_plain(m, DOC_PASSPHRASES, none, MERGE_OURS, MERGE_THEIRS, err)
                            : code;
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
        if (!like[MERGE_OURS] || !like[MERGE_THEIRS])
            continue;
        if (!join_comments(&m->result, like[MERGE_BASE] ? like[MERGE_BASE]->lead : none,
                           like[MERGE_OURS]->lead, like[MERGE_THEIRS]->lead, &t->lead) ||
            !join_items(&m->result, t, like))
            return false;
    }
    return join_comments(&m->result, m->side[MERGE_BASE].tail, m->side[MERGE_OURS].tail,
                         m->side[MERGE_THEIRS].tail, &m->result.tail);
}

/* ---- answers ---- */

static enum err_code answer(struct merge *m, struct doc *doc, const struct merge_conflict *c,
                            enum merge_side side, struct err *err)
{
    struct merge_env *e = find_env(m, c->env);
    enum doc_kind kind = c->kind == MERGE_PROPOSAL ? DOC_INBOX : DOC_PASSPHRASES;
    struct doc_table *table;

    switch (c->kind) {
    case MERGE_ENVIRONMENT:
        return done(put_env(m, e, doc, side), err);
    case MERGE_PASSPHRASE:
    case MERGE_PROPOSAL:
        table = doc_find(&m->side[side], kind, c->env, none);
        return put_entry(doc, kind, c->env, c->name, table ? doc_find_entry(table, c->name) : NULL,
                         err);
    default:
        return merge_env_answer(m, e, doc, c, side, err);
    }
}

/* The result began with main's version. */
static bool stands_already(const struct merge *m, const struct doc *doc,
                           const struct merge_conflict *c, enum merge_side side)
{
    const struct merge_env *e = find_env(m, c->env);

    return doc == &m->result && side == (e ? e->main : MERGE_OURS);
}

/* Puts an answer into the doc for each conflict, or for each that has none. Those of one secret
 * come one behind the other, and its chain is made anew once. */
static enum err_code answer_all(struct merge *m, struct doc *doc, bool only_open,
                                enum merge_side otherwise, struct err *err)
{
    enum err_code code = ERR_NONE;

    for (struct merge_conflict *c = m->conflicts; c && code == ERR_NONE; c = c->next) {
        bool last = !c->next || !slice_equal(c->next->env, c->env) ||
                    !slice_equal(c->next->secret, c->secret);

        enum merge_side side = c->answer == MERGE_BASE ? otherwise : c->answer;

        if ((!only_open || c->answer == MERGE_BASE) && !stands_already(m, doc, c, side))
            code = answer(m, doc, c, side, err);
        if (code == ERR_NONE && c->kind == MERGE_VALUE && last)
            code = merge_env_chain_secret(find_env(m, c->env), doc, c->secret, err);
    }
    return code;
}

/* A passphrase that one side has dropped stays while somebody reads with it. */
static enum err_code keep_passphrases(struct merge *m, struct doc *doc, struct err *err)
{
    enum err_code code = ERR_NONE;

    for (int side = MERGE_OURS; side <= MERGE_THEIRS; side++) {
        struct doc_table *from = doc_find(&m->side[side], DOC_PASSPHRASES, none, none);

        for (struct doc_item *i = from ? doc_entry(from->items) : NULL; i && code == ERR_NONE;
             i = doc_entry(i->next)) {
            struct doc_table *kept = doc_find(doc, DOC_PASSPHRASES, none, none), *r = NULL;
            bool used = false;

            while (!used && (r = doc_next_table(doc, r, DOC_READERS, (struct slice){NULL, 0})))
                used = doc_find_entry(r, i->name) != NULL;
            if (used && !(kept && doc_find_entry(kept, i->name)))
                code = put_entry(doc, DOC_PASSPHRASES, none, i->name, i, err);
        }
    }
    return code;
}

static enum err_code chain_all(struct merge *m, struct doc *doc, struct err *err)
{
    enum err_code code = ERR_NONE;

    for (struct merge_env *e = m->envs; e && code == ERR_NONE; e = e->next)
        if (e->keyed)
            code = merge_env_chain(e, doc, err);
    return code;
}

static bool is_answered(const struct merge *m)
{
    const struct merge_conflict *c = m->conflicts;

    while (c && c->answer != MERGE_BASE)
        c = c->next;
    return !c;
}

/* The merged file once more, with theirs in the place of what has no answer. */
static enum err_code write_other(struct merge *m, struct slice merged, struct buf *other,
                                 struct err *err)
{
    struct buf copy = {0};
    struct doc doc;
    enum err_code code;

    buf_add_slice(&copy, merged);
    if (!buf_ok(&copy))
        return merge_out_of_memory(err);
    code = doc_read(&doc, &copy, err);
    if (code == ERR_NONE)
        code = answer_all(m, &doc, true, MERGE_THEIRS, err);
    if (code == ERR_NONE)
        code = chain_all(m, &doc, err);
    if (code == ERR_NONE)
        code = keep_passphrases(m, &doc, err);
    if (code == ERR_NONE) {
        doc_write(&doc, other);
        code = done(buf_ok(other), err);
    }
    doc_free(&doc);
    return code;
}

enum err_code merge_finish(struct merge *m, struct buf *out, struct buf *other, struct err *err)
{
    enum err_code code = answer_all(m, &m->result, false, MERGE_OURS, err);

    for (struct merge_env *e = m->envs; e && code == ERR_NONE; e = e->next)
        if (e->keyed)
            code = merge_env_end(m, e, err);
    if (code == ERR_NONE)
        code = keep_passphrases(m, &m->result, err);
    if (code == ERR_NONE)
        code = done(join_all_comments(m), err);
    if (code == ERR_NONE) {
        doc_write(&m->result, out);
        code = done(buf_ok(out), err);
    }
    if (code == ERR_NONE && !is_answered(m))
        code = write_other(m, buf_slice(out), other, err);
    stack_wipe(); /* of the keys of the values that were sealed */
    return code;
}

struct merge_env *merge_next_sealed(const struct merge *m, const struct merge_env *after)
{
    struct merge_env *e = after ? after->next : m->envs;

    while (e && !e->keyed)
        e = e->next;
    return e;
}

struct slice merge_env_name(const struct merge_env *e)
{
    return e->name;
}
