/* What opens an environment: the credentials that were given, in their order, then a question. */
#include "unlock.h"

#include "base/bech32.h"
#include "base/text.h"
#include "byplugin.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const struct slice none = {"", 0};

struct known_key {
    struct known_key *next;
    struct seal_keys keys;
};

/* Identities, a passphrase, or an identity file that is still closed. */
struct credential {
    struct credential *next;
    const char *name;         /* of the file or variable; NULL: none */
    const char *unused;       /* why it cannot be used; NULL: it can */
    struct unseal_file *file; /* NULL: ids are all of them */
    struct slice ssh;         /* an SSH key whose passphrase was taken off, or empty */
    struct age_identity *ids;
    size_t count;
    struct slice passphrase;
    uint64_t work;   /* what it was tried on, in blocks of scrypt */
    bool has_failed; /* its plugin: it is not started a second time */
};

/* A passphrase tried on a sealed identity: what came out, or nothing. */
struct opened {
    struct opened *next;
    const struct credential *with; /* NULL: it was sealed here */
    struct slice sealed;
    struct age_identity id;
    bool good;
    bool unread; /* it is right, and what it opens is an identity of a kind that is not known */
};

void unlock_init(struct unlock *u)
{
    memset(u, 0, sizeof *u);
    u->plain = BUF_IN(&u->arena);
    u->end = &u->first;
    u->work_factor_max = AGE_WORK_FACTOR_MAX;
}

void unlock_free(struct unlock *u)
{
    arena_free(&u->arena);
    hashtable_free(&u->by_inbox_key);
    unlock_init(u);
}

static struct credential *add_credential(struct unlock *u)
{
    struct credential *c = arena_alloc(&u->arena, sizeof *c);

    if (!c)
        return NULL;
    memset(c, 0, sizeof *c);
    *u->end = c;
    u->end = &c->next;
    return c;
}

enum err_code unlock_add_identity_file(struct unlock *u, const char *name, struct slice text,
                                       struct err *err)
{
    struct age_identity *ids = NULL;
    size_t count = 0;
    struct unseal_file *file;
    struct credential *c;
    enum err_code code = unseal_read(name, text, &u->arena, &file, err);

    if (code == ERR_OK && !file)
        code = age_identity_file_claims(text, &u->arena, &ids, &count, err);
    if (code != ERR_OK)
        return code;
    c = add_credential(u);
    if (!c)
        return err_no_memory(err);
    c->file = file;
    c->ids = ids;
    c->count = count;
    c->name = arena_copy(&u->arena, name, strlen(name));
    return err_memory(c->name, err);
}

enum err_code unlock_add_identities(struct unlock *u, struct slice text, struct err *err)
{
    return unlock_add_identity_file(u, "the identity", text, err);
}

/* Asks for what a closed identity file needs. */
static enum err_code open_credential(struct unlock *u, struct credential *c, struct err *err)
{
    enum err_code code;

    u->unseal.work_factor_max = u->work_factor_max;
    code = unseal_open(&u->unseal, c->file, &u->arena, &c->ids, &c->count, err);
    if (code == ERR_OK) {
        if (c->file->is_ssh)
            c->ssh = c->file->text;
        c->file = NULL;
    }
    return code;
}

enum err_code unlock_add_unused(struct unlock *u, const char *name, const char *why,
                                struct err *err)
{
    struct credential *c = add_credential(u);

    if (!c)
        return err_no_memory(err);
    c->name = arena_copy(&u->arena, name, strlen(name));
    c->unused = arena_copy(&u->arena, why, strlen(why));
    return err_memory(c->name && c->unused, err);
}

bool unlock_pass_over_last(struct unlock *u, const char *why)
{
    struct credential *c = u->first;

    while (c && c->next)
        c = c->next;
    if (!c || !c->file)
        return false;
    c->file = NULL;
    c->unused = why;
    return true;
}

enum err_code unlock_first_identity(struct unlock *u, struct err *err)
{
    if (unlock_public(u))
        return ERR_OK;
    for (struct credential *c = u->first; c; c = c->next)
        if (c->file && !c->file->is_ssh)
            return open_credential(u, c, err);
    return err_set(err, ERR_NO_CREDENTIAL, "no identity was given");
}

enum err_code unlock_add_passphrase(struct unlock *u, struct slice passphrase, struct err *err)
{
    char *copy = arena_copy(&u->arena, passphrase.at, passphrase.len);
    struct credential *c;

    if (passphrase.len == 0)
        return err_set(err, ERR_INVALID, "an empty passphrase");
    c = copy ? add_credential(u) : NULL;
    if (!c)
        return err_no_memory(err);
    c->passphrase = (struct slice){copy, passphrase.len};
    return ERR_OK;
}

struct slice unlock_passphrase_given(const struct unlock *u)
{
    struct slice last = {"", 0};

    for (const struct credential *c = u->first; c; c = c->next)
        if (c->passphrase.len > 0)
            last = c->passphrase;
    return last;
}

enum err_code unlock_add_keys(struct unlock *u, const struct seal_keys *keys, struct err *err)
{
    void **place = hashtable_item(&u->by_inbox_key, slice_of(keys->inbox_key));
    struct known_key *k;

    if (place && *place)
        return ERR_OK;
    k = place ? arena_alloc(&u->arena, sizeof *k) : NULL;
    if (!k)
        return err_no_memory(err);
    k->keys = *keys;
    k->next = u->known;
    u->known = *place = k;
    return ERR_OK;
}

enum err_code unlock_add_key(struct unlock *u, const unsigned char env[SEAL_KEY], struct err *err)
{
    struct seal_keys keys;
    enum err_code code;

    seal_derive(&keys, env);
    code = unlock_add_keys(u, &keys, err);
    sodium_memzero(&keys, sizeof keys);
    return code;
}

#define KEY_PREFIX "VAULT-ENVIRONMENT-KEY-"

typedef char
    key_text_fits[UNLOCK_KEY_TEXT == BECH32_ENCODED(sizeof KEY_PREFIX - 1, SEAL_KEY) ? 1 : -1];

void unlock_write_key(const unsigned char env[SEAL_KEY], char *text)
{
    bech32_encode(text, KEY_PREFIX, env, SEAL_KEY);
}

bool unlock_is_key(struct slice line)
{
    return slice_begins(line, KEY_PREFIX);
}

enum err_code unlock_read_key(struct unlock *u, struct slice line, struct err *err)
{
    unsigned char env[SEAL_KEY];
    struct slice prefix;
    size_t len;
    enum err_code code = bech32_decode(line, &prefix, env, sizeof env, &len) && len == sizeof env &&
                                 slice_is(prefix, KEY_PREFIX)
                             ? unlock_add_key(u, env, err)
                             : err_set(err, ERR_INVALID, "a damaged key of an environment");

    sodium_memzero(env, sizeof env);
    return code;
}

static bool copy_names(struct unlock *u, struct credential *c, const struct credential *from,
                       struct err *err)
{
    bool good = true;

    if (from->name)
        good = (c->name = arena_copy(&u->arena, from->name, strlen(from->name)));
    if (from->unused)
        good = (c->unused = arena_copy(&u->arena, from->unused, strlen(from->unused))) && good;
    c->ssh.len = from->ssh.len;
    c->ssh.at = arena_copy(&u->arena, from->ssh.at, from->ssh.len);
    return err_memory(good && c->ssh.at, err) == ERR_OK;
}

static enum err_code add_credential_of(struct unlock *u, const struct credential *theirs,
                                       const struct opened *opened, struct err *err)
{
    struct credential *c = add_credential(u);

    if (!c)
        return err_no_memory(err);
    c->count = theirs->count;
    c->ids = arena_alloc(&u->arena, theirs->count * sizeof *c->ids);
    c->passphrase.at = arena_copy(&u->arena, theirs->passphrase.at, theirs->passphrase.len);
    c->passphrase.len = theirs->passphrase.len;
    c->work = theirs->work;
    if (!copy_names(u, c, theirs, err))
        return err->code;
    if (theirs->file && unseal_copy(theirs->file, &u->arena, &c->file, err) != ERR_OK)
        return err->code;
    if (!c->ids || !c->passphrase.at)
        return err_no_memory(err);
    if (!age_identities_copy(c->ids, theirs->ids, c->count, &u->arena))
        return err_no_memory(err);
    for (; opened; opened = opened->next) {
        struct opened *o = opened->with == theirs ? arena_alloc(&u->arena, sizeof *o) : NULL;

        if (opened->with != theirs)
            continue;
        if (!o)
            return err_no_memory(err);
        *o = *opened;
        o->with = c;
        o->sealed.at = arena_copy(&u->arena, opened->sealed.at, opened->sealed.len);
        if (!o->sealed.at)
            return err_no_memory(err);
        o->next = u->opened;
        u->opened = o;
    }
    return ERR_OK;
}

enum err_code unlock_add_all_of(struct unlock *u, const struct unlock *from, struct err *err)
{
    enum err_code code = ERR_OK;

    for (const struct known_key *k = from->known; k && code == ERR_OK; k = k->next)
        code = unlock_add_keys(u, &k->keys, err);
    for (const struct credential *c = from->first; c && code == ERR_OK; c = c->next)
        code = add_credential_of(u, c, from->opened, err);
    u->work_factor_max = from->work_factor_max;
    return code;
}

const struct age_recipient *unlock_public(const struct unlock *u)
{
    for (const struct credential *c = u->first; c; c = c->next)
        for (size_t i = 0; i < c->count; i++) {
            age_identity_settle(&c->ids[i]);
            if (age_recipient_is_known(&c->ids[i].self))
                return &c->ids[i].self;
        }
    return NULL;
}

static bool is_key(const struct age_recipient *key, struct slice text)
{
    struct age_recipient read;
    struct err ignored;

    return age_recipient_read(text, &read, &ignored) == ERR_OK && age_recipient_equal(&read, key);
}

static bool may_be_public_key_of(const struct age_identity *id, struct slice text)
{
    return is_key(&id->self, text);
}

static bool is_public_key_of(struct age_identity *id, struct slice text)
{
    age_identity_settle(id);
    return may_be_public_key_of(id, text);
}

const struct age_identity *unlock_identity(const struct unlock *u, struct slice public_key)
{
    for (const struct credential *c = u->first; c; c = c->next)
        for (size_t i = 0; i < c->count; i++)
            if (is_public_key_of(&c->ids[i], public_key))
                return &c->ids[i];
    for (struct opened *o = u->opened; o; o = o->next)
        if (o->good && o->with && is_public_key_of(&o->id, public_key))
            return &o->id;
    return NULL;
}

struct slice unlock_opened_ssh(const struct unlock *u, struct slice public_key)
{
    for (const struct credential *c = u->first; c; c = c->next)
        if (c->ssh.len > 0 && is_key(&c->ids[0].self, public_key))
            return c->ssh;
    return none;
}

static bool may_help(const struct unseal_file *f, const struct doc_table *readers)
{
    bool helps = !f->is_ssh;

    for (struct doc_item *r = doc_entry(readers->items); r && !helps; r = doc_entry(r->next))
        helps = is_key(&f->self, r->part[0]);
    return helps;
}

/* What a closed SSH key, or a plugin's, is passed over for, where it is not among the readers. */
static const char *why_not(const struct credential *c, const struct doc_table *readers)
{
    if (c->count > 0 && readers && age_identity_plugin(&c->ids[0]) &&
        !byplugin_may_help(&c->ids[0], readers))
        return "no reader there has a key of a plugin";
    if (c->unused || !c->file || !readers || may_help(c->file, readers))
        return c->unused;
    return "no reader there has its public key";
}

void unlock_each(struct unlock *u, const struct doc *doc, struct slice env, unlock_tell *tell,
                 void *user)
{
    const struct doc_table *readers = doc ? doc_find(doc, DOC_READERS, env, none) : NULL;

    for (struct credential *c = u->first; c; c = c->next) {
        struct unlock_credential told = {.name = c->name, .is_closed = c->file};

        if (c->name)
            told.why_not = why_not(c, readers);
        if (c->file && c->file->is_ssh)
            told.key = &c->file->self;
        if (c->name && c->count == 0)
            tell(user, &told);
        for (size_t i = 0; c->name && i < c->count; i++) {
            age_identity_settle(&c->ids[i]);
            told.key = &c->ids[i].self;
            tell(user, &told);
        }
    }
}

bool unlock_is_own(const struct unlock *u, struct slice public_key)
{
    return unlock_identity(u, public_key) != NULL;
}

/* --- one age file --- */

/* Appends what an age file of one stanza in base64 holds. */
static enum err_code open_file(struct slice base64, const struct age_identity *ids, size_t count,
                               struct buf *plain, struct err *err)
{
    struct buf file = {0};
    char *room = buf_reserve(&file, BASE64_DECODED(base64.len) + 1); /* not none, of no text */
    struct slice type;
    size_t stanzas;
    enum err_code code;

    if (!room)
        return err_no_memory(err);
    if (!base64_decode(room, base64.at, base64.len)) {
        code = err_set(err, ERR_FORMAT, "not base64");
    } else {
        file.len = BASE64_DECODED(base64.len);
        code = age_header_look(buf_slice(&file), &stanzas, &type, err);
        if (code == ERR_OK && stanzas != 1)
            code = err_set(err, ERR_FORMAT, "more than one stanza");
        if (code == ERR_OK)
            code = age_decrypt(buf_slice(&file), ids, count, plain, err);
    }
    buf_free(&file);
    return code;
}

/* What an age file in base64 holds, and with what it was opened. */
struct opened_file {
    unsigned char hash[crypto_generichash_BYTES];
    const struct age_identity *ids;
    size_t count;
    struct seal_keys keys;
};

/* Everybody can copy an age file a hundred thousand times: only the first one takes its time. */
static bool is_same_file(const struct opened_file *a, const struct opened_file *b)
{
    return a->ids == b->ids && a->count == b->count &&
           memcmp(a->hash, b->hash, sizeof a->hash) == 0;
}

/* Where the last one is kept; its count is 0 at first. NULL for want of memory. */
static struct opened_file *recent_of(struct unlock *u)
{
    struct opened_file *recent = u->recent;

    if (!recent) {
        recent = arena_alloc(&u->arena, sizeof *recent);
        if (recent)
            memset(recent, 0, sizeof *recent);
        u->recent = recent;
    }
    return recent;
}

static enum err_code open_key(struct unlock *u, struct slice base64, const struct age_identity *ids,
                              size_t count, struct seal_keys *keys, struct err *err)
{
    struct opened_file file = {.ids = ids, .count = count}, *recent = recent_of(u);
    enum err_code code;

    if (!recent)
        return err_no_memory(err);
    crypto_generichash(file.hash, sizeof file.hash, (const unsigned char *)base64.at, base64.len,
                       NULL, 0);
    if (is_same_file(&file, recent)) {
        *keys = recent->keys;
        return ERR_OK;
    }
    code = open_file(base64, ids, count, &u->plain, err);
    if (code == ERR_OK && u->plain.len != SEAL_KEY)
        code = err_set(err, ERR_INTEGRITY, "not an environment's key");
    if (code == ERR_OK) {
        seal_derive(keys, (const unsigned char *)u->plain.data);
        file.keys = *keys;
        *recent = file;
        sodium_memzero(&file.keys, sizeof file.keys);
    }
    buf_clear(&u->plain);
    return code;
}

/* An environment's key counts only if the inbox key that follows from it is the one in the file. */
static enum err_code open_env_key(struct unlock *u, const struct doc_item *reader,
                                  struct slice inbox_key, const struct age_identity *ids,
                                  size_t count, struct seal_keys *keys, struct err *err)
{
    enum err_code code = open_key(u, reader->part[1], ids, count, keys, err);

    if (code == ERR_OK && !slice_is(inbox_key, keys->inbox_key))
        code = err_set(err, ERR_INTEGRITY, "another environment's key");
    return code;
}

/* --- one credential --- */

struct target {
    struct doc *doc;
    struct slice env, inbox_key;
    struct doc_table *readers;
    struct seal_keys *keys;
    struct slice *reader;
    struct err *too_hard; /* receives why a passphrase was not tried, or was of no use */
};

/* An entry of one's own that did not open, because of *err. */
static enum err_code not_ours(const struct target *t, const struct doc_item *reader,
                              struct err *err)
{
    if (err->code == ERR_NO_MEMORY)
        return ERR_NO_MEMORY;
    err_set(err, ERR_INTEGRITY,
            "line %zu: the entry of %.*s, which has your public key, does not open %.*s: it was "
            "changed by somebody",
            doc_line(t->doc, reader->body), (int)reader->name.len, reader->name.at, (int)t->env.len,
            t->env.at);
    err_because(err, ERR_REASON_CHANGED);
    err_detail(err, ERR_ENV, t->env.at, t->env.len);
    err_detail(err, ERR_NAME, reader->name.at, reader->name.len);
    return ERR_INTEGRITY;
}

/* With the public halves as they stand beside the secret ones: all that says it is ours opens, or
 * this tells nothing. */
static enum err_code try_claims(struct unlock *u, const struct target *t,
                                const struct age_identity *ids, size_t count, struct err *err)
{
    enum err_code code = ERR_LOCKED;

    for (struct doc_item *r = doc_entry(t->readers->items); r; r = doc_entry(r->next))
        for (size_t i = 0; i < count; i++) {
            if (!ids[i].claimed || !may_be_public_key_of(&ids[i], r->part[0]))
                continue;
            if (open_env_key(u, r, t->inbox_key, &ids[i], 1, t->keys, err) != ERR_OK)
                return err->code == ERR_NO_MEMORY ? ERR_NO_MEMORY : ERR_LOCKED;
            if (code == ERR_LOCKED)
                *t->reader = r->name;
            code = ERR_OK;
        }
    return code;
}

/* First what says that it is ours, and all of it must hold; then whatever else opens: a public key
 * in the file is only a claim. */
static enum err_code try_identities(struct unlock *u, const struct target *t,
                                    struct age_identity *ids, size_t count, struct err *err)
{
    enum err_code code = try_claims(u, t, ids, count, err);
    bool opened = false;

    if (code != ERR_LOCKED)
        return code;
    for (struct doc_item *r = doc_entry(t->readers->items); r; r = doc_entry(r->next))
        for (size_t i = 0; i < count; i++) {
            if (age_identity_plugin(&ids[i]) || !is_public_key_of(&ids[i], r->part[0]))
                continue;
            if (open_env_key(u, r, t->inbox_key, &ids[i], 1, t->keys, err) != ERR_OK)
                return not_ours(t, r, err);
            if (!opened)
                *t->reader = r->name;
            opened = true;
        }
    if (opened)
        return ERR_OK;
    for (struct doc_item *r = doc_entry(t->readers->items); r; r = doc_entry(r->next)) {
        code = open_env_key(u, r, t->inbox_key, ids, count, t->keys, err);
        if (code == ERR_OK)
            *t->reader = r->name;
        if (code == ERR_OK || code == ERR_NO_MEMORY)
            return code;
    }
    return ERR_LOCKED;
}

/* --- passphrases, and the work that they ask for --- */

/* 0: it is sealed to no passphrase. The header of one that is takes less room than this. */
static unsigned work_factor_of(struct slice sealed)
{
    enum { HEADER = 512 };
    char file[BASE64_DECODED(HEADER)];
    size_t len = sealed.len < HEADER ? sealed.len : HEADER;

    if (!base64_decode(file, sealed.at, len))
        return 0;
    return age_work_factor((struct slice){file, BASE64_DECODED(len)});
}

/* However little it asks for, opening it takes its time. */
static uint64_t work_of(unsigned factor)
{
    enum { LEAST = 10 };

    return (uint64_t)1 << (factor > LEAST ? factor : LEAST);
}

static uint64_t work_allowed(const struct unlock *u)
{
    return (uint64_t)UNLOCK_WORK_TIMES << u->work_factor_max;
}

static struct opened *find_opened(const struct unlock *u, const struct credential *with,
                                  struct slice sealed)
{
    struct opened *o = u->opened;

    while (o && !(o->with == with && slice_equal(o->sealed, sealed)))
        o = o->next;
    return o;
}

static enum err_code too_hard(const struct unlock *u, struct slice name, unsigned factor,
                              struct err *err)
{
    err_set(err, ERR_LOCKED,
            "the passphrase of %.*s asks for work factor %u, and more than %u is not tried",
            (int)name.len, name.at, factor, u->work_factor_max);
    err_because(err, factor <= UNLOCK_WORK_FACTOR_MOST ? ERR_REASON_WORK_FACTOR
                                                       : ERR_REASON_WORK_FACTOR_MOST);
    err_detail(err, ERR_NAME, name.at, name.len);
    err_detail_number(err, ERR_NUMBER,
                      factor <= UNLOCK_WORK_FACTOR_MOST ? factor : UNLOCK_WORK_FACTOR_MOST);
    return ERR_LOCKED;
}

static enum err_code too_much(const struct unlock *u, const struct target *t, uint64_t work,
                              struct err *err)
{
    unsigned enough = u->work_factor_max;

    while (work > (uint64_t)UNLOCK_WORK_TIMES << enough)
        enough++;
    err_set(err, ERR_LOCKED,
            "the passphrases of %.*s ask for the work of %llu of factor %u, and more than %d is "
            "not done",
            (int)t->env.len, t->env.at, (unsigned long long)((work - 1) >> u->work_factor_max) + 1,
            u->work_factor_max, UNLOCK_WORK_TIMES);
    err_because(err, enough <= UNLOCK_WORK_FACTOR_MOST ? ERR_REASON_WORK : ERR_REASON_WORK_MOST);
    err_detail(err, ERR_ENV, t->env.at, t->env.len);
    err_detail_number(err, ERR_NUMBER, enough);
    return ERR_LOCKED;
}

/* The identity that a passphrase seals, stretched once. */
static enum err_code stretch(struct unlock *u, struct credential *with, struct slice sealed,
                             struct opened **out, struct err *err)
{
    struct age_identity passphrase, *ids;
    struct opened *o = find_opened(u, with, sealed);
    size_t count;
    enum err_code code;

    *out = o;
    if (o)
        return ERR_OK;
    o = arena_alloc(&u->arena, sizeof *o);
    if (!o)
        return err_no_memory(err);
    memset(o, 0, sizeof *o);
    o->with = with;
    o->sealed.at = arena_copy(&u->arena, sealed.at, sealed.len);
    o->sealed.len = sealed.len;
    code = o->sealed.at ? age_identity_of_passphrase(with->passphrase, 1, u->work_factor_max,
                                                     &passphrase, err)
                        : err_no_memory(err);
    if (code == ERR_OK) {
        with->work += work_of(work_factor_of(sealed));
        code = open_file(sealed, &passphrase, 1, &u->plain, err);
    }
    o->unread = code == ERR_OK;
    if (code == ERR_OK &&
        age_identity_file_read(buf_slice(&u->plain), &u->arena, &ids, &count, err) == ERR_OK &&
        !age_identity_plugin(&ids[0])) { /* MUST NOT: a vault names no program that is started */
        o->id = ids[0];
        o->good = count == 1;
        o->unread = false;
    }
    buf_clear(&u->plain);
    if (code == ERR_NO_MEMORY)
        return code; /* not an answer */
    o->next = u->opened;
    u->opened = o;
    *out = o;
    return ERR_OK;
}

enum err_code unlock_keep(struct unlock *u, struct slice sealed, const struct age_identity *id,
                          struct err *err)
{
    struct opened *o = arena_alloc(&u->arena, sizeof *o);

    if (!o)
        return err_no_memory(err);
    memset(o, 0, sizeof *o);
    o->id = *id;
    o->good = true;
    o->sealed.at = arena_copy(&u->arena, sealed.at, sealed.len);
    o->sealed.len = sealed.len;
    if (!o->sealed.at)
        return err_no_memory(err);
    o->next = u->opened;
    u->opened = o;
    return ERR_OK;
}

/* The next passphrase, from this entry on, of a reader of the environment. */
static struct doc_item *next_sealed(const struct target *t, struct doc_item *i)
{
    for (i = doc_entry(i); i && !doc_find_entry(t->readers, i->name);)
        i = doc_entry(i->next);
    return i;
}

static struct doc_item *first_sealed(const struct target *t)
{
    struct doc_table *sealed = doc_find(t->doc, DOC_PASSPHRASES, none, none);

    return next_sealed(t, sealed ? sealed->items : NULL);
}

/* Whether a passphrase (NULL: one that will be given) may be tried on the environment at all, by
 * the sum of what that takes; *too_hard says what is left out. `names` (NULL: not wanted) receives
 * whose it may be. */
static bool may_try(const struct unlock *u, const struct target *t, const struct credential *with,
                    struct buf *names)
{
    uint64_t work = with ? with->work : 0;

    for (struct doc_item *i = first_sealed(t); i; i = next_sealed(t, i->next)) {
        unsigned factor = work_factor_of(i->part[0]);

        if (factor > u->work_factor_max) {
            too_hard(u, i->name, factor, t->too_hard);
            continue;
        }
        if (!with || !find_opened(u, with, i->part[0]))
            work += work_of(factor);
        if (names) {
            buf_add_text(names, names->len ? ", " : "");
            buf_add_slice(names, i->name);
        }
    }
    if (work > work_allowed(u))
        too_much(u, t, work, t->too_hard);
    return work <= work_allowed(u);
}

static enum err_code not_the_readers(const struct target *t, const struct doc_item *reader,
                                     struct err *err)
{
    err_set(err, ERR_INTEGRITY,
            "the passphrase of %.*s opens another key than %.*s has in %.*s: one of the two was "
            "changed by somebody",
            (int)reader->name.len, reader->name.at, (int)reader->name.len, reader->name.at,
            (int)t->env.len, t->env.at);
    err_because(err, ERR_REASON_CHANGED);
    err_detail(err, ERR_ENV, t->env.at, t->env.len);
    err_detail(err, ERR_NAME, reader->name.at, reader->name.len);
    return ERR_INTEGRITY;
}

static enum err_code not_known(const struct target *t, const struct doc_item *sealed)
{
    err_set(t->too_hard, ERR_LOCKED,
            "the passphrase of %.*s opens an identity of a kind that this version does not know",
            (int)sealed->name.len, sealed->name.at);
    return ERR_LOCKED;
}

/* Who knows the passphrase of one name MUST NOT be shown what another key opens. */
static enum err_code try_opened(struct unlock *u, const struct target *t, struct opened *o,
                                const struct doc_item *reader, struct err *err)
{
    if (!is_public_key_of(&o->id, reader->part[0]))
        return not_the_readers(t, reader, err);
    if (open_env_key(u, reader, t->inbox_key, &o->id, 1, t->keys, err) != ERR_OK)
        return not_ours(t, reader, err);
    *t->reader = reader->name;
    return ERR_OK;
}

static enum err_code try_passphrase(struct unlock *u, const void *target, struct credential *with,
                                    struct err *err)
{
    const struct target *t = target;
    enum err_code code = ERR_LOCKED;

    if (!may_try(u, t, with, NULL))
        return code;
    for (struct doc_item *i = first_sealed(t); i && code == ERR_LOCKED;
         i = next_sealed(t, i->next)) {
        struct opened *o = NULL;

        if (work_factor_of(i->part[0]) > u->work_factor_max)
            continue;
        code = stretch(u, with, i->part[0], &o, err);
        if (code == ERR_OK)
            code = o->good     ? try_opened(u, t, o, doc_find_entry(t->readers, i->name), err)
                   : o->unread ? not_known(t, i)
                               : ERR_LOCKED;
    }
    return code;
}

static enum err_code try_credential(struct unlock *u, const struct target *t, struct credential *c,
                                    struct err *err)
{
    if (c->count > 0)
        return try_identities(u, t, c->ids, c->count, err);
    return c->passphrase.len > 0 ? try_passphrase(u, t, c, err) : ERR_LOCKED;
}

/* Starts the plugins of a credential's identities. One that fails says why. */
static enum err_code try_plugins(struct unlock *u, const struct target *t, struct credential *c,
                                 bool *has_failed, struct err *err)
{
    enum err_code code = ERR_LOCKED;

    for (size_t i = 0; i < c->count && code == ERR_LOCKED && !c->has_failed; i++) {
        if (!age_identity_plugin(&c->ids[i]) || !byplugin_may_help(&c->ids[i], t->readers))
            continue;
        code = byplugin_open(u->plugins, &c->ids[i], t->readers, t->inbox_key, t->keys, t->reader,
                             err);
        if (code == ERR_LOCKED && err->reason != ERR_REASON_NONE) {
            *t->too_hard = *err;
            c->has_failed = *has_failed = true;
        }
    }
    return code;
}

/* Plugins that one would have to wait for, or touch, come after all that needs no person. */
static enum err_code try_all_plugins(struct unlock *u, const struct target *t, bool *has_failed,
                                     struct err *err)
{
    enum err_code code = ERR_LOCKED;

    for (struct credential *c = u->first; c && code == ERR_LOCKED; c = c->next)
        code = try_plugins(u, t, c, has_failed, err);
    return code;
}

/* The identity files that a person has to open first. One that stays closed says why, and ends the
 * questions: who has a key of their own is not asked for the passphrases of others. */
static enum err_code try_closed(struct unlock *u, const struct target *t, bool *is_closed,
                                struct err *err)
{
    enum err_code code = ERR_LOCKED;

    for (struct credential *c = u->first; c && code == ERR_LOCKED; c = c->next) {
        if (!c->file || u->is_mute || !may_help(c->file, t->readers))
            continue;
        code = open_credential(u, c, err);
        if (code == ERR_OK) {
            code = try_identities(u, t, c->ids, c->count, err);
            if (code == ERR_LOCKED)
                code = try_plugins(u, t, c, is_closed, err);
        } else if (code == ERR_LOCKED || code == ERR_INVALID) {
            *t->too_hard = *err;
            *is_closed = true;
            code = ERR_LOCKED;
        }
    }
    return code;
}

/* --- a question --- */

static enum err_code cancelled(struct slice env, struct err *err)
{
    return err_set(err, ERR_CANCELLED, "no passphrase for %.*s was given", (int)env.len, env.at);
}

typedef enum err_code try_answer(struct unlock *u, const void *what, struct credential *with,
                                 struct err *err);

static enum err_code ask(struct unlock *u, struct slice env, const char *names, try_answer *try,
                         const void *what, struct err *err)
{
    char name[NAME_MAX_LEN + 1], *answer = arena_alloc(&u->arena, UNLOCK_PASSPHRASE_MAX);
    enum err_code code = ERR_LOCKED;

    if (!answer)
        return err_no_memory(err);
    snprintf(name, sizeof name, "%.*s", (int)env.len, env.at);
    for (int attempt = 0; attempt < UNLOCK_ATTEMPTS && code == ERR_LOCKED; attempt++) {
        int len = u->ask(u->user, name, names, attempt, answer, UNLOCK_PASSPHRASE_MAX);

        if (len == UNLOCK_NOBODY)
            break;
        if (len <= 0 || len > UNLOCK_PASSPHRASE_MAX) /* more than there was room for */
            code = cancelled(env, err);
        else
            code = unlock_add_passphrase(u, (struct slice){answer, (size_t)len}, err);
        sodium_memzero(answer, UNLOCK_PASSPHRASE_MAX);
        if (code == ERR_OK) {
            struct credential *last = u->first;

            while (last->next)
                last = last->next;
            code = try(u, what, last, err);
        }
    }
    return code;
}

/* Of those whose passphrase may be tried. */
static enum err_code ask_for_env(struct unlock *u, const struct target *t, struct err *err)
{
    struct buf names = {0};
    enum err_code code = ERR_LOCKED;

    if (may_try(u, t, NULL, &names) && names.len > 0) {
        buf_add(&names, "", 1);
        code = buf_ok(&names) ? ask(u, t->env, names.data, try_passphrase, t, err)
                              : err_no_memory(err);
    }
    buf_free(&names);
    return code;
}

/* --- the identity that a passphrase opens --- */

static enum err_code try_sealed(struct unlock *u, const void *what, struct credential *with,
                                struct err *err)
{
    const struct slice *sealed = what;
    struct opened *o = NULL;
    enum err_code code = ERR_LOCKED;

    if (with->work + work_of(work_factor_of(*sealed)) <= work_allowed(u))
        code = stretch(u, with, *sealed, &o, err);
    return code == ERR_OK && !o->good ? ERR_LOCKED : code;
}

static struct opened *find_good(const struct unlock *u, struct slice sealed)
{
    struct opened *o = u->opened;

    while (o && !(o->good && slice_equal(o->sealed, sealed)))
        o = o->next;
    return o;
}

static enum err_code open_sealed(struct unlock *u, struct slice sealed, struct slice env,
                                 struct slice name, struct err *err)
{
    enum err_code code = find_good(u, sealed) ? ERR_OK : ERR_LOCKED;
    char asked[NAME_MAX_LEN + 1];

    for (struct credential *c = u->first; c && code == ERR_LOCKED; c = c->next)
        if (c->passphrase.len > 0)
            code = try_sealed(u, &sealed, c, err);
    snprintf(asked, sizeof asked, "%.*s", (int)name.len, name.at);
    if (code == ERR_LOCKED && u->ask && !u->is_mute)
        code = ask(u, env, asked, try_sealed, &sealed, err);
    if (code == ERR_LOCKED) {
        err_set(err, ERR_LOCKED, "the passphrase of %s is needed, and was not given", asked);
        err_because(err, ERR_REASON_NO_PASSPHRASE);
        err_detail_text(err, ERR_NAME, asked);
    }
    return code;
}

enum err_code unlock_passphrase(struct unlock *u, const struct doc *doc, struct slice env,
                                struct slice name, struct age_recipient *public_key,
                                struct err *err)
{
    struct doc_table *table = doc_find(doc, DOC_PASSPHRASES, none, none);
    struct doc_item *item = table ? doc_find_entry(table, name) : NULL;
    unsigned factor = item ? work_factor_of(item->part[0]) : 0;
    enum err_code code;

    if (!item)
        return err_set(err, ERR_ABSENT, "there is no passphrase %.*s", (int)name.len, name.at);
    if (factor > u->work_factor_max)
        return too_hard(u, name, factor, err);
    code = open_sealed(u, item->part[0], env, name, err);
    if (code == ERR_OK)
        *public_key = find_good(u, item->part[0])->id.self;
    return code;
}

/* --- all of them --- */

/* With what a reader needs to know. */
static void say_not_granted(const struct unlock *u, struct slice env, struct err *err)
{
    const struct age_recipient *own = unlock_public(u);
    struct buf key = {0};

    if (own)
        age_recipient_write(own, &key);
    err_because(err, ERR_REASON_NOT_GRANTED);
    err_detail(err, ERR_ENV, env.at, env.len);
    if (own && buf_ok(&key))
        err_detail(err, ERR_SUBJECT, key.data, key.len);
    buf_free(&key);
}

static enum err_code locked(const struct unlock *u, const struct target *t, struct err *err)
{
    const char *why = t->too_hard->text;
    const struct credential *c = u->first;

    while (c && c->unused)
        c = c->next;
    if (c)
        err_set(err, ERR_LOCKED, "none of the keys that were given opens %.*s%s%s", (int)t->env.len,
                t->env.at, why[0] ? ": " : "", why);
    else
        err_set(err, ERR_NO_CREDENTIAL, "no key was given that could open %.*s%s%s",
                (int)t->env.len, t->env.at, why[0] ? ": " : "", why);
    if (why[0])
        err_copy_reason(err, t->too_hard);
    else
        say_not_granted(u, t->env, err);
    return err->code;
}

/* A known key is this environment's if the inbox key that follows from it is the one in the file.
 */
static bool try_known(const struct unlock *u, const struct target *t)
{
    const struct known_key *k = hashtable_find_item(&u->by_inbox_key, t->inbox_key);

    if (!k)
        return false;
    *t->keys = k->keys;
    *t->reader = none;
    return true;
}

enum err_code unlock_env(struct unlock *u, struct doc *doc, struct slice env,
                         struct seal_keys *keys, struct slice *reader, struct err *err)
{
    const struct doc_table *own = doc_find(doc, DOC_ENV, env, none);
    struct err too_hard = {.code = ERR_OK};
    struct target t = {.doc = doc,
                       .env = env,
                       .readers = doc_find(doc, DOC_READERS, env, none),
                       .keys = keys,
                       .reader = reader,
                       .too_hard = &too_hard};
    bool is_closed = false;
    enum err_code code = ERR_LOCKED;

    if (!own)
        return err_set(err, ERR_ABSENT, "there is no environment %.*s", (int)env.len, env.at);
    t.inbox_key = own->own[DOC_INBOX_KEY]->part[0];
    if (try_known(u, &t))
        return ERR_OK;
    if (!t.readers || t.readers->entries == 0) {
        err_set(err, ERR_LOCKED, "nobody reads %.*s", (int)env.len, env.at);
        say_not_granted(u, env, err);
        return ERR_LOCKED;
    }
    for (struct credential *c = u->first; c && code == ERR_LOCKED; c = c->next)
        code = try_credential(u, &t, c, err);
    if (code == ERR_LOCKED)
        code = try_all_plugins(u, &t, &is_closed, err);
    if (code == ERR_LOCKED && !is_closed)
        code = try_closed(u, &t, &is_closed, err);
    if (code == ERR_LOCKED && u->ask && !u->is_mute && !is_closed)
        code = ask_for_env(u, &t, err);
    return code == ERR_LOCKED ? locked(u, &t, err) : code;
}

/* Whether it is an age file and, if the public key's kind is known, to that public key alone. */
static enum err_code look_whether_fits(const struct doc_item *reader, bool *fits, struct err *err)
{
    struct buf file = {0};
    char *room = buf_reserve(&file, BASE64_DECODED(reader->part[1].len) + 1);
    struct age_recipient to;
    struct slice type;
    struct err ignored;
    size_t stanzas;
    bool good = room && base64_decode(room, reader->part[1].at, reader->part[1].len);

    if (!room)
        return err_no_memory(err);
    file.len = good ? BASE64_DECODED(reader->part[1].len) : 0;
    if (good && age_recipient_read(reader->part[0], &to, &ignored) == ERR_OK)
        good = age_is_sealed_to(buf_slice(&file), &to);
    else
        good = good && age_header_look(buf_slice(&file), &stanzas, &type, &ignored) == ERR_OK;
    buf_free(&file);
    *fits = good;
    return ERR_OK;
}

enum err_code unlock_look(struct unlock *u, const struct seal_env *e, const struct doc_item *reader,
                          bool *other_key, struct err *err)
{
    struct seal_keys *keys = arena_alloc(&u->arena, sizeof *keys);
    bool fits = false, opened = false;
    enum err_code code = keys ? look_whether_fits(reader, &fits, err) : err_no_memory(err);

    *other_key = !fits;
    for (struct credential *c = u->first; c; c = c->next)
        for (size_t i = 0; i < c->count && code == ERR_OK && !opened && !*other_key; i++) {
            bool ours =
                !age_identity_plugin(&c->ids[i]) && is_public_key_of(&c->ids[i], reader->part[0]);

            code = open_env_key(u, reader, slice_of(e->keys->inbox_key), &c->ids[i], 1, keys, err);
            opened = code == ERR_OK;
            *other_key = code == ERR_INTEGRITY || (ours && !opened);
            if (code != ERR_NO_MEMORY)
                code = ERR_OK; /* it is an answer */
        }
    if (keys)
        sodium_memzero(keys, sizeof *keys);
    return code;
}
