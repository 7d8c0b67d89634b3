/* The keys of an environment that is merged: what opens it, which of the two leads, and what the
 * result has. */
#include "share.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const struct slice none = {"", 0};
static const char *const side_names[] = {"the common ancestor", "ours", "theirs"};

bool merge_env_is_open(const struct merge_env *e, enum merge_side side)
{
    return e->side[side].keys != NULL;
}

static struct slice inbox_key(const struct seal_env *e)
{
    return doc_find(e->doc, DOC_ENV, e->name, none)->own[DOC_INBOX_KEY]->part[0];
}

bool merge_same_key(const struct merge_env *e, enum merge_side a, enum merge_side b)
{
    return e->there[a] && e->there[b] &&
           slice_equal(inbox_key(&e->side[a]), inbox_key(&e->side[b]));
}

/* ---- opening ---- */

static bool is_locked(enum err_code code)
{
    return code == ERR_LOCKED || code == ERR_NO_CREDENTIAL || code == ERR_CANCELLED;
}

static enum err_code of_side(enum merge_side side, struct err *err)
{
    return err_prefix(err, side_names[side]);
}

/* Whether an open side has the same key and the same past. */
static bool is_remembered(struct merge *m, const struct merge_env *e, enum merge_side side)
{
    for (int s = 0; s < MERGE_SIDES; s++) {
        enum merge_side other = (enum merge_side)s;

        if (other != side && merge_env_is_open(e, other) && merge_same_key(e, side, other) &&
            merge_same_table(merge_table(m, side, e, DOC_PAST), merge_table(m, other, e, DOC_PAST)))
            return true;
    }
    return false;
}

/* Keeps the key, and those of its past, which open older versions. */
static enum err_code remember(struct merge *m, const struct merge_env *e, enum merge_side side,
                              struct err *err)
{
    const struct seal_env *s = &e->side[side];
    struct doc_table *table = merge_table(m, side, e, DOC_PAST);
    enum err_code code = unlock_add_keys(&m->known, s->keys, err);
    struct seal_past past;

    if (is_remembered(m, e, side))
        return code;
    for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next)) {
        code = seal_past_open(s, i, &past, err);
        if (code == ERR_OK)
            code = unlock_add_key(&m->known, past.env, err);
    }
    sodium_memzero(&past, sizeof past);
    return code;
}

static enum err_code open_side(struct merge *m, struct merge_env *e, enum merge_side side,
                               struct unlock *with, struct err *err)
{
    struct seal_keys *keys = arena_alloc(&m->keys, sizeof *keys);
    struct seal_env *s = &e->side[side];
    struct slice reader;
    enum err_code code;

    if (!keys)
        return err_no_memory(err);
    code = unlock_env(with, &m->side[side], e->name, keys, &reader, err);
    if (code == ERR_OK) {
        s->keys = keys;
        code = seal_verify(s, err);
        if (code == ERR_OK)
            code = remember(m, e, side, err);
    }
    if (code == ERR_CANCELLED) /* who does not answer is not asked for the other versions */
        with->ask = NULL;
    if (is_locked(code))
        return ERR_OK;
    return code == ERR_OK ? code : of_side(side, err);
}

static enum err_code open_sides(struct merge *m, struct merge_env *e, struct unlock *with,
                                struct err *err)
{
    static const enum merge_side order[] = {MERGE_OURS, MERGE_THEIRS, MERGE_BASE};
    enum err_code code = ERR_OK;

    for (int i = 0; i < MERGE_SIDES && code == ERR_OK; i++)
        if (e->there[order[i]] && !merge_env_is_open(e, order[i]))
            code = open_side(m, e, order[i], with, err);
    return code;
}

/* A value that base has in the same text under the same key has been looked at before. */
static enum err_code check_entries(const struct merge_env *e, enum merge_side side,
                                   struct doc_table *const tables[MERGE_SIDES], struct arena *arena,
                                   struct err *err)
{
    bool like_base = merge_same_key(e, side, MERGE_BASE);
    enum err_code code = ERR_OK;
    struct doc_table *table = tables[side], *base = tables[MERGE_BASE];
    struct seal_value value;

    for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next)) {
        struct doc_item *old = like_base && base ? doc_find_entry(base, i->name) : NULL;

        if (old && doc_same_value(old, i))
            continue;
        code = seal_value_open(&e->side[side], table->secret, i, arena, &value, err);
        arena_clear(arena);
    }
    return code == ERR_OK ? code : of_side(side, err);
}

static enum err_code check_values(struct merge *m, const struct merge_env *e, struct err *err)
{
    struct merge_names names;
    struct arena arena = {0};
    struct slice name;
    void *tables[MERGE_SIDES];
    enum err_code code = err_memory(merge_names_of_secrets(m, e, &names), err);

    while (code == ERR_OK && merge_names_next(&names, &name, tables))
        for (int side = MERGE_OURS; side <= MERGE_THEIRS && code == ERR_OK; side++)
            if (merge_env_is_open(e, (enum merge_side)side))
                code = check_entries(e, (enum merge_side)side, (struct doc_table *const *)tables,
                                     &arena, err);
    arena_free(&arena);
    return code;
}

enum err_code merge_env_open(struct merge *m, struct merge_env *e, struct err *err)
{
    enum err_code code = open_sides(m, e, m->unlock, err);

    if (code == ERR_OK) /* those whose key is in the past of one that was opened */
        code = open_sides(m, e, &m->known, err);
    return code == ERR_OK ? check_values(m, e, err) : code;
}

/* ---- which key leads ---- */

static struct slice fingerprint(const struct merge_env *e, enum merge_side side)
{
    return slice_of(e->side[side].keys->fingerprint);
}

struct past_keys {
    struct seal_past *at; /* in the arena of the keys */
    size_t count;
};

static void add_past(struct past_keys *p, const struct seal_past *key)
{
    size_t place = p->count;

    for (size_t i = 0; i < p->count; i++)
        if (sodium_memcmp(p->at[i].env, key->env, SEAL_KEY) == 0)
            return;
    for (; place > 0 && p->at[place - 1].rotated_at > key->rotated_at; place--)
        p->at[place] = p->at[place - 1];
    p->at[place] = *key;
    p->count++;
}

static size_t count_past(const struct seal_env *e)
{
    struct doc_table *table = doc_find(e->doc, DOC_PAST, e->name, none);

    return table ? table->entries : 0;
}

static enum err_code read_past(const struct seal_env *e, struct past_keys *p, struct err *err)
{
    struct doc_table *table = doc_find(e->doc, DOC_PAST, e->name, none);
    enum err_code code = ERR_OK;
    struct seal_past past;

    for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next)) {
        code = seal_past_open(e, i, &past, err);
        if (code == ERR_OK)
            add_past(p, &past);
    }
    sodium_memzero(&past, sizeof past);
    return code;
}

static bool write_past(const struct seal_env *e, const struct past_keys *p)
{
    struct doc_table *table = doc_find(e->doc, DOC_PAST, e->name, none);
    char text[SEAL_PAST_TEXT], number[24];
    struct slice part;

    if (table)
        doc_remove_table(e->doc, table);
    table = doc_add_table(e->doc, DOC_PAST, e->name, none);
    for (size_t i = 0; table && i < p->count; i++) {
        snprintf(number, sizeof number, "%zu", i + 1);
        part = seal_past_make(e, slice_of(number), &p->at[i], text);
        if (!doc_add_item(e->doc, table, DOC_ENTRY, slice_of(number), &part, NULL))
            return false;
    }
    return table != NULL;
}

/* All of a side's past, which was verified with the side. */
static enum err_code read_side_past(struct merge *m, const struct merge_env *e,
                                    enum merge_side side, struct past_keys *p, struct err *err)
{
    *p = (struct past_keys){arena_alloc(&m->keys, (count_past(&e->side[side]) + 1) * sizeof *p->at),
                            0};
    return p->at ? read_past(&e->side[side], p, err) : err_no_memory(err);
}

/* Whether the key is in the past of this side. */
static enum err_code past_has(struct merge *m, const struct merge_env *e, enum merge_side side,
                              struct slice wanted, bool *yes, struct err *err)
{
    struct seal_keys *keys = arena_alloc(&m->keys, sizeof *keys);
    struct past_keys p = {NULL, 0};
    enum err_code code = err_memory(keys != NULL, err);

    *yes = false;
    if (code == ERR_OK)
        code = read_side_past(m, e, side, &p, err);
    for (size_t i = 0; keys && i < p.count && !*yes; i++) {
        seal_derive(keys, p.at[i].env);
        *yes = slice_is(wanted, keys->fingerprint);
    }
    return code;
}

/* A verified past says so, or this machine has accepted the one key after the other. */
static enum err_code leads(struct merge *m, const struct merge_env *e, enum merge_side side,
                           struct slice from, bool *yes, struct err *err)
{
    enum err_code code = past_has(m, e, side, from, yes, err);

    if (code == ERR_OK && !*yes && m->looks.vouch)
        code = m->looks.vouch(m->looks.user, m->id, e->name, fingerprint(e, side), from, yes, err);
    return code;
}

/* The key of this side is the one that the machine knows, or leads from it. *pinned: it knows one.
 */
static enum err_code is_known(struct merge *m, const struct merge_env *e, enum merge_side side,
                              bool *pinned, bool *yes, struct err *err)
{
    char pin[SEAL_FINGERPRINT_TEXT + 1] = "";
    enum err_code code =
        m->looks.pin ? m->looks.pin(m->looks.user, m->id, e->name, pin, err) : ERR_OK;

    *pinned = pin[0] != '\0';
    *yes = *pinned && slice_is(fingerprint(e, side), pin);
    return code != ERR_OK || !*pinned || *yes ? code : leads(m, e, side, slice_of(pin), yes, err);
}

static enum err_code share_a_past(struct merge *m, const struct merge_env *e, bool *yes,
                                  struct err *err)
{
    struct past_keys p = {NULL, 0}, q = {NULL, 0};
    enum err_code code = read_side_past(m, e, MERGE_OURS, &p, err);

    *yes = false;
    if (code == ERR_OK)
        code = read_side_past(m, e, MERGE_THEIRS, &q, err);
    for (size_t i = 0; i < p.count; i++)
        for (size_t j = 0; j < q.count && !*yes; j++)
            *yes = sodium_memcmp(p.at[i].env, q.at[j].env, SEAL_KEY) == 0;
    return code;
}

static enum err_code refuse_circle(const struct merge_env *e, struct err *err)
{
    err_set(err, ERR_INTEGRITY, "%.*s: each side's key has the other's in its past",
            (int)e->name.len, e->name.at);
    err_because(err, ERR_REASON_MERGE_CIRCLE);
    err_detail(err, ERR_ENV, e->name.at, e->name.len);
    return ERR_INTEGRITY;
}

/* A person trusts a key while its version of the file is the one that is checked out. */
static void say_key_unknown(const struct merge_env *e, struct err *err)
{
    err_because(err, ERR_REASON_MERGE_KEY_UNKNOWN);
    err_detail(err, ERR_ENV, e->name.at, e->name.len);
}

static enum err_code refuse_unknown(const struct merge_env *e, bool pinned, struct err *err)
{
    int len = (int)e->name.len;
    const char *at = e->name.at;

    if (pinned)
        err_set(err, ERR_INTEGRITY,
                "%.*s has another key on each side, and this machine knows neither: ours %s, "
                "theirs %s",
                len, at, e->side[MERGE_OURS].keys->fingerprint,
                e->side[MERGE_THEIRS].keys->fingerprint);
    else
        err_set(err, ERR_INTEGRITY,
                "%.*s has another key on each side, and this machine has accepted none yet: ours "
                "%s, theirs %s",
                len, at, e->side[MERGE_OURS].keys->fingerprint,
                e->side[MERGE_THEIRS].keys->fingerprint);
    say_key_unknown(e, err);
    return ERR_INTEGRITY;
}

/* MUST: a person who takes theirs as a whole has trusted its key before. */
enum err_code merge_env_check_whole(struct merge *m, const struct merge_env *e, struct err *err)
{
    bool pinned = false, known = false;
    enum err_code code = merge_env_is_open(e, MERGE_THEIRS)
                             ? is_known(m, e, MERGE_THEIRS, &pinned, &known, err)
                             : ERR_OK;

    if (code != ERR_OK || !pinned || known)
        return code;
    err_set(err, ERR_INTEGRITY, "theirs: %.*s has another key than this machine knows: %s",
            (int)e->name.len, e->name.at, e->side[MERGE_THEIRS].keys->fingerprint);
    say_key_unknown(e, err);
    return ERR_INTEGRITY;
}

static void set_main(struct merge_env *e, enum merge_side main)
{
    e->main = main;
    e->other = main == MERGE_OURS ? MERGE_THEIRS : MERGE_OURS;
}

/* Neither key leads from the other: main is the side that the machine knows. */
static enum err_code choose_apart(struct merge *m, struct merge_env *e, struct err *err)
{
    bool related, known[MERGE_SIDES] = {false}, pinned = false;
    enum err_code code = share_a_past(m, e, &related, err);

    if (code == ERR_OK && !related) {
        e->how = MERGE_KEEP;
        return merge_add_whole(m, e, MERGE_ENVIRONMENT, MERGE_UNRELATED, err);
    }
    for (int side = MERGE_OURS; code == ERR_OK && side <= MERGE_THEIRS; side++)
        code = is_known(m, e, (enum merge_side)side, &pinned, &known[side], err);
    if (code != ERR_OK)
        return code;
    if (!known[MERGE_OURS] && !known[MERGE_THEIRS])
        return refuse_unknown(e, pinned, err);
    e->fork = true;
    set_main(e, known[MERGE_OURS] ? MERGE_OURS : MERGE_THEIRS);
    return merge_add_whole(m, e, MERGE_FORK, MERGE_ROTATED, err);
}

static enum err_code choose_leader(struct merge *m, struct merge_env *e, struct err *err)
{
    bool ours, theirs = false, pinned, known = false;
    enum err_code code = leads(m, e, MERGE_OURS, fingerprint(e, MERGE_THEIRS), &ours, err);

    if (code == ERR_OK)
        code = leads(m, e, MERGE_THEIRS, fingerprint(e, MERGE_OURS), &theirs, err);
    if (code == ERR_OK && ours && theirs)
        return refuse_circle(e, err);
    if (code == ERR_OK && !ours && !theirs)
        return choose_apart(m, e, err);
    set_main(e, theirs ? MERGE_THEIRS : MERGE_OURS);
    if (code == ERR_OK)
        code = is_known(m, e, e->main, &pinned, &known, err);
    if (code == ERR_OK && !known && (pinned || !theirs || !e->ours_is_base))
        return refuse_unknown(e, pinned, err);
    return code;
}

/* MUST: only readers whose seal verifies are taken over. */
static enum err_code check_readers(const struct merge_env *e, struct err *err)
{
    enum err_code code = ERR_OK;

    for (int side = MERGE_OURS; side <= MERGE_THEIRS && code == ERR_OK; side++) {
        code = change_check_readers(&e->side[side], none, err);
        if (code != ERR_OK)
            of_side((enum merge_side)side, err);
    }
    return code;
}

enum err_code merge_env_choose(struct merge *m, struct merge_env *e, struct err *err)
{
    enum err_code code = check_readers(e, err);

    if (code == ERR_OK && !merge_same_key(e, MERGE_OURS, MERGE_THEIRS))
        code = choose_leader(m, e, err);
    e->result = (struct seal_env){&m->result, m->id, e->name, e->side[e->main].keys};
    return code;
}

/* ---- the key of the result ---- */

/* Of a fork that a person has joined: a machine that has accepted the other key finds it in the
 * past. */
static enum err_code join_pasts(struct merge *m, const struct merge_env *e, struct err *err)
{
    const struct seal_env *main = &e->side[e->main], *other = &e->side[e->other];
    size_t most = count_past(main) + count_past(other) + 1;
    struct past_keys p = {arena_alloc(&m->keys, most * sizeof *p.at), 0};
    struct seal_past last = {.rotated_at = m->now};
    enum err_code code;

    if (!p.at)
        return err_no_memory(err);
    code = read_past(main, &p, err);
    if (code == ERR_OK)
        code = read_past(other, &p, err);
    if (code != ERR_OK)
        return code;
    memcpy(last.env, other->keys->env, SEAL_KEY);
    seal_past_set_author(&last, m->author);
    add_past(&p, &last);
    sodium_memzero(&last, sizeof last);
    return err_memory(write_past(&e->result, &p), err);
}

static struct doc_item *find_reader(struct doc_table *readers, const struct doc_item *like)
{
    struct doc_item *i = readers ? doc_find_entry(readers, like->name) : NULL;

    return i && slice_equal(i->part[0], like->part[0]) ? i : NULL;
}

/* How many of the readers in one table are not in the other, under their name and with their key.
 */
static size_t missing_readers(struct doc_table *of, struct doc_table *in)
{
    size_t count = 0;

    for (struct doc_item *i = of ? doc_entry(of->items) : NULL; i; i = doc_entry(i->next))
        count += !find_reader(in, i);
    return count;
}

static enum err_code rotate(struct merge *m, struct merge_env *e, struct err *err)
{
    struct seal_keys *keys = arena_alloc(&m->keys, sizeof *keys);
    struct change c = {.env = e->result,
                       .author = m->author,
                       .now = m->now,
                       .scratch = &m->scratch,
                       .plugins = m->unlock->plugins};
    enum err_code code;

    if (!keys)
        return err_no_memory(err);
    randombytes_buf(keys->env, sizeof keys->env);
    seal_derive(keys, keys->env);
    code = change_rotate(&c, keys, false, err);
    e->result.keys = keys;
    return code;
}

enum err_code merge_keys_end(struct merge *m, struct merge_env *e, struct err *err)
{
    struct doc_table *readers = doc_find(&m->result, DOC_READERS, e->name, none);
    bool removed = missing_readers(merge_table(m, e->main, e, DOC_READERS), readers) > 0;
    enum err_code code = e->fork ? join_pasts(m, e, err) : ERR_OK;

    if (code == ERR_OK && (e->fork || removed) &&
        !seal_chain_env(&(struct seal_env){&m->result, m->id, e->name, e->result.keys}))
        code = err_no_memory(err);
    if (code != ERR_OK || (!e->fork && !removed))
        return code;
    if (!readers || readers->entries == 0)
        return err_set(err, ERR_INVALID, "nobody could read %.*s: one reader must stay",
                       (int)e->name.len, e->name.at);
    return rotate(m, e, err);
}
