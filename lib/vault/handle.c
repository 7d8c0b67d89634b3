/* The state of a handle: what was read, what is open, what this machine has accepted, what is
 * changed. */
#include "handle.h"

#include "base/text.h"
#include "pins.h"
#include "place.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PINS_FILE_MAX = 16 << 20 };

static const struct slice none = {"", 0};

static void close_envs(struct vault *v)
{
    arena_clear(&v->keys);
    hashtable_free(&v->opened_by_name);
    v->opened = NULL;
    v->spare = NULL;
}

struct seal_keys *handle_take_keys(struct vault *v)
{
    struct seal_keys *keys = v->spare ? v->spare : arena_alloc(&v->keys, sizeof *keys);

    v->spare = NULL;
    return keys;
}

void handle_give_back_keys(struct vault *v, struct seal_keys *keys)
{
    sodium_memzero(keys, sizeof *keys);
    v->spare = keys;
}

/* Takes over the text. What is indexed stays if the text has only grown. */
static void pins_replace(struct vault *v, struct buf *now)
{
    if (now->len == 0 || now->len < v->pinned.len ||
        (v->pinned.len > 0 && memcmp(now->data, v->pinned.data, v->pinned.len) != 0))
        pins_index_free(&v->pinned_by_env);
    buf_free(&v->pinned);
    v->pinned = *now;
}

static struct pins_answer look_up(struct vault *v, const struct pins_query *query)
{
    if (!pins_index(&v->pinned_by_env, buf_slice(&v->pinned), query->id))
        return pins_look(buf_slice(&v->pinned), query);
    return pins_look_in(&v->pinned_by_env, query);
}

void handle_close(struct vault *v)
{
    close_envs(v);
    doc_free(&v->doc);
    hashtable_free(&v->removed);
    hashtable_free(&v->templates);
    v->removed = v->templates = (struct hashtable){.count = 0};
    file_unlock(v->lock);
    pins_replace(v, &(struct buf){0});
    v->pins_are_read = false;
    free(v->path);
    v->path = NULL;
    v->lock = NULL;
    v->loaded = v->changed = v->created = v->staged = false;
    v->id[0] = '\0';
}

enum err_code handle_prefix(struct vault *v, const char *name)
{
    return err_prefix(&v->err, name);
}

void handle_tell(const struct vault *v, struct buf *sentence)
{
    buf_add(sentence, "", 1);
    if (v->notice && buf_ok(sentence))
        v->notice(v->notice_user, sentence->data);
    buf_free(sentence);
}

void handle_tell_of(const struct vault *v, const char *what, const char *why)
{
    struct buf sentence = {0};

    buf_printf(&sentence, "%s%s", what, why);
    handle_tell(v, &sentence);
}

/* ---- names ---- */

enum err_code handle_check_name(struct vault *v, const char *what, const char *name)
{
    char room[TEXT_ESCAPED(NAME_MAX_LEN)];
    struct buf shown = BUF_FIXED(room);

    if (text_is_name(slice_of(name)))
        return ERR_OK;
    text_escape(&shown, slice_of(name), NAME_MAX_LEN);
    return err_set(&v->err, ERR_INVALID,
                   "'%.*s' is no name for %s: letters, digits, - and _, at most %d, and no - or _ "
                   "in front",
                   (int)shown.len, room, what, NAME_MAX_LEN);
}

enum err_code handle_check_env_name(struct vault *v, const char *env)
{
    if (strcmp(env, "vault") == 0)
        return err_set(&v->err, ERR_INVALID, "no environment can be called vault");
    return handle_check_name(v, "an environment", env);
}

/* ---- what a caller has said before ---- */

enum err_code handle_add_identity_file(struct vault *v, const char *path)
{
    struct buf text = BUF_IN(&v->unlock.arena);
    enum err_code code = file_read_given(path, AGE_IDENTITY_FILE_MAX, &text, &v->err);

    if (code == ERR_OK &&
        unlock_add_identity_file(&v->unlock, path, buf_slice(&text), &v->err) != ERR_OK)
        code = handle_prefix(v, path);
    buf_free(&text);
    return code;
}

static struct told_env *told_about(struct vault *v, const char *env)
{
    return hashtable_find_item(&v->told_by_name, slice_of(env));
}

struct told_env *handle_told(struct vault *v, const char *env)
{
    void **place;
    struct told_env *t;

    if (handle_check_env_name(v, env) != ERR_OK)
        return NULL;
    place = hashtable_item(&v->told_by_name, slice_of(env));
    t = place ? *place : NULL;
    if (place && !t)
        t = calloc(1, sizeof *t);
    if (!t) {
        err_no_memory(&v->err);
        return NULL;
    }
    if (!*place) {
        *place = t;
        snprintf(t->name, sizeof t->name, "%s", env);
        t->next = v->told;
        v->told = t;
    }
    return t;
}

/* ---- reading ---- */

static const char *file_name(const struct vault *v)
{
    return v->path ? v->path : "the vault";
}

static struct slice id_of(const struct vault *v)
{
    return v->doc.tables ? doc_find(&v->doc, DOC_VAULT, none, none)->own[DOC_ID]->part[0] : none;
}

static void note_id(struct vault *v)
{
    memcpy(v->id, id_of(v).at, DOC_ID_TEXT); /* doc_read has seen to its length */
    v->id[DOC_ID_TEXT] = '\0';
}

enum err_code handle_read(struct vault *v, struct buf *text)
{
    close_envs(v);
    doc_free(&v->doc);
    v->loaded = doc_read(&v->doc, text, &v->err) == ERR_OK;
    v->id[0] = '\0';
    if (!v->loaded)
        return handle_prefix(v, file_name(v));
    note_id(v);
    return ERR_OK;
}

/* Nothing, if there is no such file. */
static enum err_code read_pins(const char *path, struct buf *text, struct err *err)
{
    enum err_code code = file_read(path, PINS_FILE_MAX, text, NULL, err);

    return code == ERR_ABSENT ? ERR_OK : code;
}

/* Reads the pins. MUST come before the file is read: whoever rotates writes the file and then pins
 * its key, so that a file which is read afterwards is never older than the pins that were read. */
static enum err_code pins_load(struct vault *v, struct err *err)
{
    enum err_code code;

    pins_replace(v, &(struct buf){0});
    code = read_pins(v->pins, &v->pinned, err);
    v->pins_are_read = code == ERR_OK;
    return code;
}

/* That they cannot be read is an error when an environment is opened, not before. */
static void pins_before(struct vault *v)
{
    struct err ignored;

    v->pins_are_read = false;
    if (v->pins && pins_load(v, &ignored) != ERR_OK)
        v->pins_are_read = false;
}

enum err_code handle_load(struct vault *v)
{
    struct buf text = {0};
    enum err_code code;

    if (v->loaded)
        return ERR_OK;
    if (!v->path)
        return err_set(&v->err, ERR_ABSENT, "no vault is open");
    pins_before(v);
    code = file_read(v->path, DOC_FILE_MAX, &text, &v->read, &v->err);
    if (code != ERR_OK) {
        buf_free(&text);
        return code;
    }
    return handle_read(v, &text);
}

static enum err_code find_env(struct vault *v, const char *env)
{
    enum err_code code = handle_load(v);

    if (code != ERR_OK || doc_find(&v->doc, DOC_ENV, slice_of(env), none))
        return code;
    code = handle_check_env_name(v, env);
    return code == ERR_OK ? err_set(&v->err, ERR_ABSENT, "there is no environment %s", env) : code;
}

/* ---- pins ---- */

/* What the pins say of an environment. */
struct pin_state {
    struct place place;
    struct pins_query query;
    struct pins_answer answer;
};

static struct slice slice_or_none(const char *text)
{
    return text ? slice_of(text) : none;
}

/* Where the vault is. In a repository it is looked up only if its path does not say enough. */
static enum err_code find_place(struct vault *v, struct pin_state *p)
{
    enum err_code code = place_paths(&p->place, v->path, &v->err);

    p->query.path = slice_or_none(p->place.path[0]);
    for (int i = 0; i < PINS_OTHER_PATHS; i++)
        p->query.also[i] = slice_or_none(p->place.path[1 + i]);
    p->answer = look_up(v, &p->query);
    if (code != ERR_OK || (p->answer.in_any && pins_path_is_known(&p->query, &p->answer)))
        return code; /* in the repository there is nothing to learn */
    code = place_repository(&p->place, &v->err);
    for (int i = 0; i < PINS_REPOSITORIES; i++) {
        p->query.repository[i].place = slice_or_none(p->place.repository[i]);
        p->query.repository[i].name = p->place.name[i];
    }
    p->query.here = slice_or_none(p->place.here);
    p->answer = look_up(v, &p->query);
    return code;
}

static enum err_code pins_read(struct vault *v, const struct seal_env *e, struct pin_state *p)
{
    enum err_code code = v->pins_are_read ? ERR_OK : pins_load(v, &v->err);

    *p = (struct pin_state){.query = {.path = none,
                                      .id = e->id,
                                      .env = e->name,
                                      .fingerprint = slice_of(e->keys->fingerprint)}};
    if (code != ERR_OK) {
        err_because(&v->err, ERR_REASON_PINS_UNREADABLE);
        err_detail_text(&v->err, ERR_SUBJECT, v->pins);
        return code;
    }
    if (v->path)
        return find_place(v, p);
    p->answer = look_up(v, &p->query);
    return ERR_OK;
}

static void pins_forget(struct pin_state *p)
{
    place_free(&p->place);
}

/* Whether the fingerprint is one of E's past keys', which only somebody who held it can have put
 * there. */
static enum err_code past_has(struct vault *v, const struct seal_env *e, struct slice fingerprint,
                              bool *found)
{
    struct doc_table *table = doc_find(e->doc, DOC_PAST, e->name, none);
    struct seal_keys *keys = handle_take_keys(v);
    enum err_code code = ERR_OK;

    *found = false;
    if (!keys)
        return err_no_memory(&v->err);
    for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i && !*found;
         i = doc_entry(i->next)) {
        struct seal_past past;

        code = seal_past_open(e, i, &past, &v->err);
        if (code != ERR_OK)
            break;
        seal_derive(keys, past.env);
        sodium_memzero(&past, sizeof past);
        *found = slice_is(fingerprint, keys->fingerprint);
    }
    handle_give_back_keys(v, keys);
    return code;
}

static void tell_first(struct vault *v, const char *env, const struct seal_env *e)
{
    struct told_env *told = handle_told(v, env);
    struct buf s = {0};

    if (told && strcmp(told->said, e->keys->fingerprint) == 0)
        return;
    if (told)
        memcpy(told->said, e->keys->fingerprint, sizeof told->said);
    if (v->looks)
        buf_printf(&s, "%s is not accepted on this machine yet: its key is %s", env,
                   e->keys->fingerprint);
    else
        buf_printf(&s, "%s is opened on this machine for the first time: its key is %s", env,
                   e->keys->fingerprint);
    for (const struct told_env *other = v->told; other; other = other->next)
        if (other->fingerprint[0])
            buf_printf(&s, ". The pin that was given is of %s", other->name);
    if (v->forgets)
        buf_printf(&s, ". Without a HOME nothing is remembered: a script gives VAULT_PIN=%s=%s",
                   env, e->keys->fingerprint);
    handle_tell(v, &s);
}

static void tell_rotated(const struct vault *v, const char *env, const struct seal_env *e)
{
    struct buf s = {0};

    buf_printf(&s, "%s has a new key, which its old one vouches for: %s", env,
               e->keys->fingerprint);
    handle_tell(v, &s);
}

static void tell_unpinned(const struct vault *v, const struct pin_state *p, const char *cause)
{
    struct buf s = {0};

    buf_printf(&s, "the key of %.*s is not remembered: %s; a script gives VAULT_PIN=%.*s=%.*s",
               (int)p->query.env.len, p->query.env.at, cause, (int)p->query.env.len,
               p->query.env.at, (int)p->query.fingerprint.len, p->query.fingerprint.at);
    handle_tell(v, &s);
}

/* Why the pins refuse an environment. found, known: fingerprints, or empty. */
static enum err_code because(struct vault *v, enum err_reason reason, const char *env,
                             struct slice found, struct slice known)
{
    err_because(&v->err, reason);
    err_detail_text(&v->err, ERR_ENV, env);
    err_detail(&v->err, ERR_FOUND, found.at, found.len);
    err_detail(&v->err, ERR_KNOWN, known.at, known.len);
    return ERR_INTEGRITY;
}

static enum err_code refuse_other_vault(struct vault *v, const char *env)
{
    err_set(&v->err, ERR_INTEGRITY,
            "%s: another vault stood here when this machine last opened it: the file was made "
            "anew, or replaced by one that somebody else has made",
            env);
    return because(v, ERR_REASON_OTHER_VAULT, env, none, none);
}

static enum err_code refuse_nearby(struct vault *v, const char *env, struct slice known)
{
    err_set(&v->err, ERR_INTEGRITY,
            "%s: %s is a new vault in a repository of which this machine knows another one, %.*s: "
            "it was made lately, or somebody has put one of their own in that one's place",
            env, v->path, (int)known.len, known.at);
    err_detail_text(&v->err, ERR_SUBJECT, v->path);
    return because(v, ERR_REASON_NEW_VAULT, env, none, none);
}

static enum err_code refuse_unknown_env(struct vault *v, const char *env)
{
    err_set(&v->err, ERR_INTEGRITY,
            "%s: this machine knows the vault, but not this environment of it: it is new, or "
            "somebody has put one of their own in its place",
            env);
    return because(v, ERR_REASON_NEW_ENVIRONMENT, env, none, none);
}

static enum err_code refuse_older(struct vault *v, const char *env, const struct seal_env *e,
                                  const struct pins_answer *a)
{
    const char *found = e->keys->fingerprint;
    int len = (int)a->last.len;

    if (a->made) {
        err_set(&v->err, ERR_INTEGRITY,
                "%s: the new key that was made on this machine, %.*s, is not in the file any more: "
                "the file is an older one, with %s",
                env, len, a->last.at, found);
        return because(v, ERR_REASON_KEY_TAKEN_BACK, env, slice_of(found), a->last);
    }
    err_set(&v->err, ERR_INTEGRITY,
            "%s: its key was rotated since: this checkout is older. It has %s, and this machine "
            "knows %.*s, which came later",
            env, found, len, a->last.at);
    return because(v, ERR_REASON_KEY_OLDER, env, slice_of(found), a->last);
}

static enum err_code refuse_stranger(struct vault *v, const char *env, const struct seal_env *e,
                                     struct slice known)
{
    err_set(&v->err, ERR_INTEGRITY,
            "%s: it has another key than this machine knows: %s, and not %.*s, which is not in its "
            "past either: the past was forgotten, the environment made anew, or somebody has "
            "replaced it",
            env, e->keys->fingerprint, (int)known.len, known.at);
    return because(v, ERR_REASON_KEY_REPLACED, env, slice_of(e->keys->fingerprint), known);
}

/* The pin that was given for this run is compared exactly. */
static enum err_code refuse_given_pin(struct vault *v, const char *env, const char *found,
                                      const char *expected)
{
    err_set(&v->err, ERR_INTEGRITY,
            "%s: its key is not the one that was asked for: it should be %s, and is %s", env,
            expected, found);
    return because(v, ERR_REASON_KEY_NOT_ASKED_FOR, env, slice_of(found), slice_of(expected));
}

/* A pin that was given is compared without a key too: a fingerprint follows from the file. */
enum err_code handle_find_env(struct vault *v, const char *env)
{
    enum err_code code = find_env(v, env);
    const struct told_env *told = code == ERR_OK ? told_about(v, env) : NULL;
    char found[SEAL_FINGERPRINT_TEXT + 1];

    if (!told || !told->fingerprint[0])
        return code;
    seal_fingerprint(doc_find(&v->doc, DOC_ENV, slice_of(env), none)->own[DOC_INBOX_KEY]->part[0],
                     found);
    return strcmp(found, told->fingerprint) == 0
               ? ERR_OK
               : refuse_given_pin(v, env, found, told->fingerprint);
}

enum verdict { KNOWN, SEEN_FIRST, ROTATED };

static enum err_code judge_place(struct vault *v, const char *env, const struct pin_state *p)
{
    const struct pins_answer *a = &p->answer;

    if (pins_path_is_others(&p->query, a))
        return refuse_other_vault(v, env);
    if (v->searched && a->nearby.len > 0 && !a->in_repository && !pins_path_is_known(&p->query, a))
        return refuse_nearby(v, env, a->nearby);
    return ERR_OK;
}

static enum err_code judge_key(struct vault *v, const char *env, const struct seal_env *e,
                               const struct pin_state *p, enum verdict *verdict)
{
    const struct told_env *told = told_about(v, env);
    const struct pins_answer *a = &p->answer;
    enum err_code code = judge_place(v, env, p);
    bool in_past;

    *verdict = KNOWN;
    if (code != ERR_OK)
        return code;
    if (a->last.len == 0) {
        *verdict = SEEN_FIRST;
        return a->vault_known && !(told && told->named) ? refuse_unknown_env(v, env) : ERR_OK;
    }
    if (slice_is(a->last, e->keys->fingerprint))
        return ERR_OK;
    if (a->earlier)
        return refuse_older(v, env, e, a);
    code = past_has(v, e, a->last, &in_past);
    if (code == ERR_OK && !in_past)
        code = refuse_stranger(v, env, e, a->last);
    *verdict = ROTATED;
    return code;
}

/* Under what is said of the key a pin is written. */
enum pin_as { AS_JUDGED, AS_TRUSTED, AS_MADE };

/* Judges once more where somebody has pinned something meanwhile: of two first openings at once the
 * later one is no first one. If the file was replaced since it was read, what was read was right
 * then, and there is nothing to remember. */
static enum err_code judge_again(struct vault *v, const struct seal_env *e, struct pin_state *p,
                                 bool *drop)
{
    enum verdict verdict;
    char env[NAME_MAX_LEN + 1];
    enum err_code code;

    snprintf(env, sizeof env, "%.*s", (int)e->name.len, e->name.at);
    code = judge_key(v, env, e, p, &verdict);
    *drop = code != ERR_OK;
    return code == ERR_INTEGRITY && v->path && !v->lock && !file_is(v->path, &v->read) ? ERR_OK
                                                                                       : code;
}

static enum err_code add_pins(struct vault *v, const struct seal_env *e, enum pin_as as,
                              struct pin_state *p, int log)
{
    struct buf lines = {0};
    bool drop = false;
    enum err_code code = ERR_OK;

    if (as == AS_JUDGED)
        code = judge_again(v, e, p, &drop);
    if (code == ERR_OK && !drop)
        pins_add(&lines, &p->query, &p->answer);
    if (as == AS_MADE)
        pins_add_made(&lines, &p->query);
    if (!buf_ok(&lines))
        code = err_no_memory(&v->err);
    else if (code == ERR_OK && lines.len > 0)
        code = file_log_add(log, v->pins, buf_slice(&lines), &v->err);
    if (code == ERR_OK)
        buf_add_slice(&v->pinned, buf_slice(&lines));
    buf_free(&lines);
    return code;
}

/* Remembers what p was asked about. What cannot be written is told, and no error unless it was
 * wanted. The pins are read again under their lock. */
static enum err_code pins_store(struct vault *v, const struct seal_env *e, enum pin_as as,
                                struct pin_state *p)
{
    struct buf now = {0};
    enum err_code code;
    int log = -1;

    code = file_log_open(v->pins, PINS_FILE_MAX, &now, &log, &v->err);
    if (code == ERR_OK) {
        pins_replace(v, &now);
        p->answer = look_up(v, &p->query);
        code = add_pins(v, e, as, p, log);
        file_log_close(log);
    } else {
        buf_free(&now);
    }
    if (code == ERR_FAILED && as != AS_TRUSTED) {
        tell_unpinned(v, p, v->err.text);
        code = ERR_OK;
    }
    return code;
}

static bool has_news(const struct pin_state *p)
{
    struct buf lines = {0};
    bool news;

    pins_add(&lines, &p->query, &p->answer);
    news = lines.len > 0 || !buf_ok(&lines);
    buf_free(&lines);
    return news;
}

static void tell_verdict(struct vault *v, const char *env, const struct seal_env *e,
                         enum verdict verdict)
{
    if (verdict == SEEN_FIRST)
        tell_first(v, env, e);
    else if (verdict == ROTATED)
        tell_rotated(v, env, e);
}

static enum err_code check_pins(struct vault *v, const char *env, const struct seal_env *e,
                                bool store)
{
    const struct told_env *told = told_about(v, env);
    enum verdict verdict = SEEN_FIRST;
    struct pin_state p;
    enum err_code code;

    if (told && told->fingerprint[0]) {
        if (strcmp(told->fingerprint, e->keys->fingerprint) == 0)
            return ERR_OK;
        return refuse_given_pin(v, env, e->keys->fingerprint, told->fingerprint);
    }
    if (v->forgets)
        tell_first(v, env, e);
    if (!v->pins)
        return ERR_OK;
    code = pins_read(v, e, &p);
    if (code == ERR_OK)
        code = judge_key(v, env, e, &p, &verdict);
    if (code == ERR_OK)
        tell_verdict(v, env, e, verdict);
    if (code == ERR_OK && store && has_news(&p))
        code = pins_store(v, e, AS_JUDGED, &p);
    pins_forget(&p);
    return code;
}

/* ---- unlocking ---- */

struct opened_env *handle_opened(const struct vault *v, struct slice env)
{
    return hashtable_find_item(&v->opened_by_name, env);
}

struct opened_env *handle_add_opened(struct vault *v, struct slice env, struct slice reader,
                                     struct seal_keys *keys)
{
    struct opened_env *o = arena_alloc(&v->keys, sizeof *o);
    void **place = o ? hashtable_item(&v->opened_by_name, env) : NULL;

    if (!place)
        return NULL;
    *place = o;
    memset(o, 0, sizeof *o);
    memcpy(o->name, env.at, env.len);
    memcpy(o->reader, reader.at, reader.len);
    o->keys = keys;
    o->next = v->opened;
    v->opened = o;
    return o;
}

void handle_forget_opened(struct vault *v, struct slice env)
{
    struct opened_env **place = &v->opened, *o = handle_opened(v, env);

    if (!o)
        return;
    *hashtable_item(&v->opened_by_name, env) = NULL; /* it is there */
    while (*place != o)
        place = &(*place)->next;
    *place = o->next;
}

bool handle_rename_opened(struct vault *v, struct opened_env *o, struct slice name)
{
    void **place = hashtable_item(&v->opened_by_name, name);

    if (!place)
        return false;
    *place = o;
    *hashtable_item(&v->opened_by_name, slice_of(o->name)) = NULL; /* it is there */
    snprintf(o->name, sizeof o->name, "%.*s", (int)name.len, name.at);
    return true;
}

struct seal_env handle_seal_env(struct vault *v, const struct opened_env *o)
{
    return (struct seal_env){&v->doc, id_of(v), slice_of(o->name), o->keys};
}

enum trust { CHECK_PINS, JUDGE_PINS, IGNORE_PINS }; /* judged: and nothing is remembered */

/* Opens and verifies an environment, if that was not done on this doc. */
static enum err_code open_env_as(struct vault *v, const char *env, enum trust trust,
                                 struct opened_env **out)
{
    struct slice name = slice_of(env), reader = none;
    struct seal_keys *keys;
    struct seal_env e;
    enum err_code code = trust == IGNORE_PINS ? find_env(v, env) : handle_find_env(v, env);

    if (code != ERR_OK)
        return code;
    *out = handle_opened(v, name);
    if (*out)
        return ERR_OK;
    keys = handle_take_keys(v);
    if (!keys)
        return err_no_memory(&v->err);
    code = unlock_env(&v->unlock, &v->doc, name, keys, &reader, &v->err);
    e = (struct seal_env){&v->doc, id_of(v), name, keys};
    if (code == ERR_OK)
        code = seal_verify(&e, &v->err);
    if (code == ERR_OK && trust != IGNORE_PINS)
        code = check_pins(v, env, &e, trust == CHECK_PINS && !v->looks);
    if (code == ERR_OK) {
        *out = handle_add_opened(v, name, reader, keys);
        if (*out)
            return ERR_OK;
        code = err_no_memory(&v->err);
    }
    handle_give_back_keys(v, keys);
    return code;
}

enum err_code handle_open_env(struct vault *v, const char *env, struct seal_env *e)
{
    struct opened_env *o;
    enum err_code code = open_env_as(v, env, CHECK_PINS, &o);

    if (code == ERR_OK)
        *e = handle_seal_env(v, o);
    return code;
}

enum err_code handle_judge_env(struct vault *v, const char *env)
{
    struct opened_env *o;
    enum err_code code = open_env_as(v, env, JUDGE_PINS, &o);

    handle_forget_opened(v, slice_of(env));
    return code;
}

/* As they were when they were first asked for since handle_close. */
static enum err_code pins_once(struct vault *v, struct err *err)
{
    return v->pins_are_read || !v->pins ? ERR_OK : pins_load(v, err);
}

enum err_code handle_has_seen(struct vault *v, const struct pins_query *newer, struct slice older,
                              bool *seen, struct err *err)
{
    struct pins_query query = *newer;
    struct pins_answer answer;
    enum err_code code = pins_once(v, err);

    query.fingerprint = older;
    answer = look_up(v, &query);
    *seen = answer.earlier && slice_equal(answer.last, newer->fingerprint);
    return code;
}

enum err_code handle_last_pin(struct vault *v, struct slice id, struct slice env,
                              char fingerprint[SEAL_FINGERPRINT_TEXT + 1], struct err *err)
{
    struct pins_query query = {.path = none, .id = id, .env = env, .fingerprint = none};
    struct slice last = none;
    enum err_code code = ERR_OK;

    for (const struct told_env *t = v->told; t; t = t->next)
        if (slice_is(env, t->name) && t->fingerprint[0])
            last = slice_of(t->fingerprint);
    if (last.len == 0 && v->pins) {
        code = pins_once(v, err);
        last = look_up(v, &query).last;
    }
    snprintf(fingerprint, SEAL_FINGERPRINT_TEXT + 1, "%.*s", (int)last.len, last.at);
    return code;
}

/* Opens it whatever the pins say. MUST: what was not open before is forgotten again unless its key
 * is accepted, or the next reading would not ask the pins. */
static enum err_code look_at_pins(struct vault *v, const char *env, struct seal_env *e,
                                  struct pin_state *p)
{
    struct opened_env *o;
    enum err_code code;

    if (!v->pins)
        return err_set(&v->err, ERR_INVALID, "nothing says where pins are kept");
    code = open_env_as(v, env, IGNORE_PINS, &o);
    if (code != ERR_OK)
        return code;
    *e = handle_seal_env(v, o);
    return pins_read(v, e, p);
}

enum err_code handle_key_seen(struct vault *v, const char *env,
                              char found[SEAL_FINGERPRINT_TEXT + 1],
                              char known[SEAL_FINGERPRINT_TEXT + 1], bool *older)
{
    bool was_open = handle_opened(v, slice_of(env)) != NULL;
    struct pin_state p = {.query = {.path = none}};
    struct seal_env e = {.keys = NULL};
    enum err_code code = look_at_pins(v, env, &e, &p);

    if (code == ERR_OK && e.keys) {
        memcpy(found, e.keys->fingerprint, SEAL_FINGERPRINT_TEXT + 1);
        snprintf(known, SEAL_FINGERPRINT_TEXT + 1, "%.*s", (int)p.answer.last.len,
                 p.answer.last.at ? p.answer.last.at : "");
        *older = p.answer.earlier;
    }
    pins_forget(&p);
    if (!was_open)
        handle_forget_opened(v, slice_of(env));
    return code;
}

/* MUST NOT go back unless a person has named the very key: an older one is what somebody who was
 * revoked since would put in its place. */
static enum err_code may_trust(struct vault *v, const char *env, const struct seal_env *e,
                               const struct pins_answer *a)
{
    const struct told_env *told = told_about(v, env);

    if (told && told->fingerprint[0])
        return strcmp(told->fingerprint, e->keys->fingerprint) == 0
                   ? ERR_OK
                   : refuse_given_pin(v, env, e->keys->fingerprint, told->fingerprint);
    if (!a->earlier)
        return ERR_OK;
    refuse_older(v, env, e, a);
    err_because(&v->err, ERR_REASON_KEY_GOES_BACK);
    return ERR_INTEGRITY;
}

enum err_code handle_trust(struct vault *v, const char *env)
{
    bool was_open = handle_opened(v, slice_of(env)) != NULL;
    struct pin_state p = {.query = {.path = none}};
    struct seal_env e = {.keys = NULL};
    enum err_code code = look_at_pins(v, env, &e, &p);

    if (code == ERR_OK && e.keys)
        code = may_trust(v, env, &e, &p.answer);
    if (code == ERR_OK)
        code = pins_store(v, &e, AS_TRUSTED, &p);
    if (code != ERR_OK && !was_open)
        handle_forget_opened(v, slice_of(env));
    pins_forget(&p);
    return code;
}

/* ---- the same without a key ---- */

/* An environment of which nothing but the fingerprint is known. */
static enum err_code look_at_shown(struct vault *v, const char *env, struct seal_keys *shown,
                                   struct seal_env *e)
{
    enum err_code code = find_env(v, env);

    memset(shown, 0, sizeof *shown);
    *e = (struct seal_env){&v->doc, id_of(v), slice_of(env), shown};
    if (code == ERR_OK)
        seal_fingerprint(doc_find(&v->doc, DOC_ENV, e->name, none)->own[DOC_INBOX_KEY]->part[0],
                         shown->fingerprint);
    return code;
}

static enum err_code refuse_unaccepted(struct vault *v, const char *env, const struct seal_env *e)
{
    err_set(&v->err, ERR_INTEGRITY,
            "%s: nobody here has accepted its key, %s, and without a key of %s it cannot be "
            "verified",
            env, e->keys->fingerprint, env);
    return because(v, ERR_REASON_KEY_NOT_ACCEPTED, env, slice_of(e->keys->fingerprint), none);
}

/* A later key is refused too: without a key nobody can tell a rotation from another key. */
enum err_code handle_check_shown(struct vault *v, const char *env)
{
    const struct told_env *told;
    struct pin_state p = {.query = {.path = none}};
    struct seal_keys shown;
    struct seal_env e;
    enum err_code code = handle_find_env(v, env);

    if (code == ERR_OK)
        code = look_at_shown(v, env, &shown, &e);
    told = code == ERR_OK ? told_about(v, env) : NULL;
    if (code != ERR_OK || (told && told->fingerprint[0]))
        return code;
    if (!v->pins)
        return refuse_unaccepted(v, env, &e);
    code = pins_read(v, &e, &p);
    if (code == ERR_OK)
        code = judge_place(v, env, &p);
    if (code == ERR_OK && p.answer.last.len == 0)
        code = refuse_unaccepted(v, env, &e);
    else if (code == ERR_OK && !slice_is(p.answer.last, shown.fingerprint))
        code = p.answer.earlier ? refuse_older(v, env, &e, &p.answer)
                                : refuse_stranger(v, env, &e, p.answer.last);
    pins_forget(&p);
    return code;
}

enum err_code handle_shown_seen(struct vault *v, const char *env,
                                char found[SEAL_FINGERPRINT_TEXT + 1],
                                char known[SEAL_FINGERPRINT_TEXT + 1], bool *older)
{
    struct pin_state p = {.query = {.path = none}};
    struct seal_keys shown;
    struct seal_env e;
    enum err_code code = look_at_shown(v, env, &shown, &e);

    if (code != ERR_OK)
        return code;
    if (v->pins)
        code = pins_read(v, &e, &p);
    if (code == ERR_OK) {
        memcpy(found, shown.fingerprint, SEAL_FINGERPRINT_TEXT + 1);
        snprintf(known, SEAL_FINGERPRINT_TEXT + 1, "%.*s", (int)p.answer.last.len,
                 p.answer.last.at ? p.answer.last.at : "");
        *older = p.answer.earlier;
    }
    pins_forget(&p);
    return code;
}

enum err_code handle_trust_shown(struct vault *v, const char *env)
{
    struct pin_state p = {.query = {.path = none}};
    struct seal_keys shown;
    struct seal_env e;
    enum err_code code;

    if (!v->pins) {
        err_set(&v->err, ERR_INVALID, "nothing says where pins are kept");
        return ERR_INVALID;
    }
    code = look_at_shown(v, env, &shown, &e);
    if (code != ERR_OK)
        return code;
    code = pins_read(v, &e, &p);
    if (code == ERR_OK)
        code = may_trust(v, env, &e, &p.answer);
    if (code == ERR_OK)
        code = pins_store(v, &e, AS_TRUSTED, &p);
    pins_forget(&p);
    return code;
}

enum err_code handle_add_keys_of(struct vault *v, struct vault *from, const char *env)
{
    struct seal_past past;
    struct doc_table *table;
    struct seal_env e;
    enum err_code code = handle_open_env(from, env, &e);

    if (code != ERR_OK) {
        v->err = from->err;
        return code;
    }
    table = doc_find(e.doc, DOC_PAST, e.name, none);
    code = unlock_add_keys(&v->unlock, e.keys, &v->err);
    for (struct doc_item *i = table ? doc_entry(table->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next)) {
        code = seal_past_open(&e, i, &past, &v->err);
        if (code == ERR_OK)
            code = unlock_add_key(&v->unlock, past.env, &v->err);
    }
    sodium_memzero(&past, sizeof past);
    stack_wipe();
    return code;
}

/* ---- changing and saving ---- */

static void tell_waiting(void *user, const char *folder)
{
    struct buf s = {0};

    buf_printf(&s, "waiting for the lock on %s, which another program holds", folder);
    handle_tell(user, &s);
}

enum err_code handle_take_lock(struct vault *v)
{
    struct file_waits waits = {tell_waiting, v, v->lock_wait};

    return file_lock_telling(v->path, &waits, &v->lock, &v->err);
}

enum err_code handle_lock(struct vault *v)
{
    struct buf text = {0};
    bool same = false;
    enum err_code code = handle_load(v);

    if (code != ERR_OK || !v->path || v->lock)
        return code;
    code = handle_take_lock(v);
    pins_before(v);
    if (code == ERR_OK)
        code = file_holds_locked(v->lock, buf_slice(&v->doc.text), &same, &v->stamp, &v->err);
    if (code != ERR_OK || same)
        return code;
    code = file_read_locked(v->lock, DOC_FILE_MAX, &text, &v->stamp, &v->err);
    if (code == ERR_OK)
        code = handle_read(v, &text);
    buf_free(&text);
    return code;
}

enum err_code handle_now(uint64_t *now, struct err *err)
{
    time_t t = time(NULL);

    *now = t < 0 ? 0 : (uint64_t)t;
    return t == (time_t)-1 ? err_system(err, "cannot read the clock") : ERR_OK;
}

enum err_code handle_change(struct vault *v, const struct opened_env *o, struct change *c)
{
    *c = (struct change){.env = handle_seal_env(v, o),
                         .author = slice_of(v->author ? v->author : o->reader),
                         .scratch = &v->scratch,
                         .plugins = v->unlock.plugins};
    return handle_now(&c->now, &v->err);
}

/* Opens the environment, then takes the lock: nobody waits for a lock while a person types. */
enum err_code handle_begin(struct vault *v, const char *env, struct change *c)
{
    struct opened_env *o;
    enum err_code code = open_env_as(v, env, CHECK_PINS, &o);

    if (code == ERR_OK)
        code = handle_lock(v);
    if (code == ERR_OK)
        code = open_env_as(v, env, CHECK_PINS, &o);
    return code == ERR_OK ? handle_change(v, o, c) : code;
}

enum err_code handle_end(struct vault *v, enum err_code code)
{
    stack_wipe(); /* of the keys of the values that were sealed */
    if (code == ERR_OK) {
        v->changed = v->changed || v->doc.changed;
        v->doc.changed = false;
        v->staged = true;
    } else if (v->doc.changed || !v->staged) {
        handle_discard(v);
    }
    return code;
}

void handle_discard(struct vault *v)
{
    struct err err = v->err; /* the error that led here stays */
    struct buf text = v->doc.text;

    close_envs(v);
    hashtable_free(&v->removed);
    hashtable_free(&v->templates);
    v->removed = v->templates = (struct hashtable){.count = 0};
    file_unlock(v->lock);
    v->lock = NULL;
    v->changed = v->created = v->staged = false;
    if (v->path) {
        doc_free(&v->doc);
        v->loaded = false;
    } else if (v->loaded) {
        v->doc.text = (struct buf){0};
        handle_read(v, &text);
    }
    v->err = err;
}

/* Of what is changed here: an environment that nobody has opened was left without readers by
 * somebody else, and keeps nobody from saving the others. */
static enum err_code everybody_is_read(struct vault *v)
{
    for (struct opened_env *o = v->opened; o; o = o->next) {
        struct slice name = slice_of(o->name);
        struct doc_table *readers = doc_find(&v->doc, DOC_READERS, name, none);

        if (doc_find(&v->doc, DOC_ENV, name, none) && (!readers || readers->entries == 0))
            return err_set(&v->err, ERR_INVALID, "nobody could read %s: give it a reader first",
                           o->name);
    }
    return ERR_OK;
}

/* MUST come before the lock is given back: another rotation would pin its key in between. */
static void pin_what_was_made(struct vault *v)
{
    for (struct opened_env *o = v->opened; o; o = o->next) {
        struct seal_env e = handle_seal_env(v, o);
        struct pin_state p;

        if (!o->made || !v->pins)
            continue;
        if (pins_read(v, &e, &p) != ERR_OK || pins_store(v, &e, AS_MADE, &p) != ERR_OK)
            tell_unpinned(v, &p, v->err.text);
        pins_forget(&p);
        o->made = false;
    }
}

static void tell_cut(const struct vault *v)
{
    struct buf s = {0};

    buf_printf(&s, "%s had another hard link, which still leads to what it was before", v->path);
    handle_tell(v, &s);
}

/* Of an environment whose key is new: each reader's entry is sealed, and one's own opens to it. */
static enum err_code verify_readers(struct vault *v, const struct seal_env *e)
{
    struct doc_table *readers = doc_find(&v->doc, DOC_READERS, e->name, none);
    enum err_code code = ERR_OK;
    bool other_key = false;

    for (struct doc_item *i = readers ? doc_entry(readers->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next)) {
        code = unlock_look(&v->unlock, e, i, &other_key, &v->err);
        if (code == ERR_OK && (other_key || !seal_reader_verify(e, i)))
            code = err_set(&v->err, ERR_INTEGRITY, "line %zu: the reader %.*s of %.*s",
                           doc_line(&v->doc, i->body), (int)i->name.len, i->name.at,
                           (int)e->name.len, e->name.at);
    }
    return code;
}

/* All that is open here. */
static enum err_code verify_opened(struct vault *v)
{
    enum err_code code = ERR_OK;

    for (struct opened_env *o = v->opened; o && code == ERR_OK; o = o->next) {
        struct seal_env e = handle_seal_env(v, o);

        if (!doc_find(&v->doc, DOC_ENV, e.name, none))
            continue;
        code = seal_verify(&e, &v->err);
        if (code == ERR_OK && o->made)
            code = verify_readers(v, &e);
    }
    return code;
}

/* The values that were sealed since the file was read: seals say in what order they are, and not
 * what is in them. */
static enum err_code verify_new_values(struct vault *v, const struct seal_env *e,
                                       struct arena *arena)
{
    struct doc_table *secret = NULL;
    struct seal_value value;
    enum err_code code = ERR_OK;

    while (code == ERR_OK && (secret = doc_next_table(e->doc, secret, DOC_SECRET, e->name)))
        for (struct doc_item *i = doc_entry(secret->items); i && code == ERR_OK;
             i = doc_entry(i->next))
            if (!doc_was_read(e->doc, i->body)) {
                arena_clear(arena);
                code = seal_value_open(e, secret->secret, i, arena, &value, &v->err);
            }
    return code;
}

static enum err_code verify_all_new_values(struct vault *v)
{
    struct arena arena = ARENA_IN(&v->keys);
    enum err_code code = ERR_OK;

    for (struct opened_env *o = v->opened; o && code == ERR_OK; o = o->next) {
        struct seal_env e = handle_seal_env(v, o);

        code = verify_new_values(v, &e, &arena);
    }
    arena_free(&arena);
    stack_wipe();
    return code;
}

static enum err_code make_text(struct vault *v, struct buf *text)
{
    doc_write(&v->doc, text);
    if (!buf_ok(text))
        return err_no_memory(&v->err);
    return doc_check_size(&v->doc, text->len, v->path, &v->err);
}

/* MUST come before anything is written: v->doc becomes what reading its text gives, verified
 * with the keys that are here, so that a vault which nobody can open is never saved. */
static enum err_code read_again(struct vault *v, struct buf *text)
{
    enum err_code code = verify_all_new_values(v);
    struct err cause;

    if (code == ERR_OK) {
        doc_free(&v->doc);
        code = doc_read(&v->doc, text, &v->err);
    }
    if (code == ERR_OK)
        code = verify_opened(v);
    if (code == ERR_OK || code == ERR_NO_MEMORY)
        return code;
    cause = v->err;
    return err_set(&v->err, ERR_FAILED,
                   "what would be written to %s does not read as it should: %s: nothing was "
                   "changed",
                   v->path, cause.text);
}

static enum err_code write_file(struct vault *v)
{
    struct buf text = {0};
    struct runs out = {0};
    enum err_code code = make_text(v, &text);

    if (code == ERR_OK)
        code = read_again(v, &text);
    if (code == ERR_OK && !file_stands(v->lock, v->created ? NULL : &v->stamp))
        code = err_set(&v->err, ERR_FAILED,
                       "%s was changed by another program meanwhile: nothing was written", v->path);
    if (code == ERR_OK) {
        runs_add(&out, buf_slice(&v->doc.text));
        code = out.failed ? err_no_memory(&v->err) : file_replace(v->lock, &out, NULL, &v->err);
    }
    if (code == ERR_OK && file_cut_link(v->lock))
        tell_cut(v);
    runs_free(&out);
    buf_free(&text);
    return code;
}

enum err_code handle_create(struct vault *v, const char *path)
{
    unsigned char id[16];
    char id_text[DOC_ID_TEXT];
    struct buf there = {0};
    enum err_code code;

    handle_close(v);
    v->path = strdup(path);
    if (!v->path)
        return err_no_memory(&v->err);
    code = handle_take_lock(v);
    if (code == ERR_OK) {
        code = file_read_locked(v->lock, DOC_FILE_MAX, &there, NULL, &v->err);
        code = code == ERR_ABSENT ? ERR_OK
               : code == ERR_OK   ? err_set(&v->err, ERR_EXISTS, "%s exists already", path)
                                  : code;
        buf_free(&there);
    }
    if (code == ERR_OK) {
        randombytes_buf(id, sizeof id);
        base64_encode(id_text, id, sizeof id);
        code = doc_make(&v->doc, (struct slice){id_text, sizeof id_text}, &v->err);
    }
    if (code != ERR_OK) {
        handle_close(v);
        return code;
    }
    snprintf(v->id, sizeof v->id, "%.*s", DOC_ID_TEXT, id_text);
    v->loaded = v->changed = v->created = v->staged = true;
    return ERR_OK;
}

enum err_code handle_save(struct vault *v)
{
    enum err_code code = ERR_OK;

    if (!v->changed) {
        file_unlock(v->lock);
        v->lock = NULL;
        v->staged = false;
        return ERR_OK;
    }
    if (!v->path)
        return err_set(&v->err, ERR_INVALID, "this vault is not a file");
    code = everybody_is_read(v);
    if (code != ERR_OK)
        return code; /* and it can be given a reader */
    code = write_file(v);
    if (code == ERR_OK)
        pin_what_was_made(v);
    handle_discard(v); /* what is in the file is read again when it is needed */
    return code;
}
