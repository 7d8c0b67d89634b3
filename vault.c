/* libvault: what vault.h promises, over the handle's state (lib/vault/handle.h) and the bricks. */
#include "vault.h"

#include "base/text.h"
#include "find/redact.h"
#include "merge/handle.h"
#include "open/credentials.h"
#include "open/search.h"
#include "text/dangerous.h"
#include "text/dotenv/dotenv.h"
#include "text/environ.h"
#include "text/format/format.h"
#include "text/kv.h"
#include "text/render.h"
#include "vault/compare.h"
#include "vault/digest.h"
#include "vault/verify.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOTENV_FILE_MAX = 16 << 20 };

/* The codes of the bricks and of the API are the same list. */
typedef char codes_agree
    [(int)ERR_NO_MEMORY == (int)VAULT_NO_MEMORY && (int)ERR_CANCELLED == (int)VAULT_CANCELLED &&
             (int)ERR_INTEGRITY == (int)VAULT_INTEGRITY && (int)ERR_LOCKED == (int)VAULT_LOCKED &&
             (int)UNLOCK_NOBODY == (int)VAULT_NOBODY && (int)ERR_INVALID == (int)VAULT_INVALID &&
             (int)ERR_REASON_KEY_OLDER == (int)VAULT_REASON_KEY_OLDER &&
             (int)ERR_REASON_MERGE_OPEN_READERS == (int)VAULT_REASON_MERGE_OPEN_READERS &&
             (int)ERR_REASON_FILE_PASSPHRASE == (int)VAULT_REASON_FILE_PASSPHRASE &&
             (int)ERR_NUMBER == (int)VAULT_DETAIL_NUMBER
         ? 1
         : -1];

static const struct slice none = {"", 0};

/* ---- arguments ---- */

/* MUST come first in whatever is given pointers: ERR_INVALID if one of them is NULL. The outputs
 * are emptied before that, so that none is left over from an earlier call. */
#define GIVEN(v, ...)                              \
    given((v), (const void *const[]){__VA_ARGS__}, \
          sizeof((const void *const[]){__VA_ARGS__}) / sizeof(const void *))
#define CLEAR(out) ((out) ? (void)(*(out) = 0) : (void)0)

static enum err_code refuse_null(vault *v)
{
    return err_set(&v->err, ERR_INVALID, "an argument is NULL that must not be");
}

static enum err_code given(vault *v, const void *const *pointers, size_t count)
{
    if (!v)
        return ERR_INVALID;
    for (size_t i = 0; i < count; i++)
        if (!pointers[i])
            return refuse_null(v);
    return ERR_OK;
}

/* An array of pointers, all of which are there; NULL is an empty one. */
static enum err_code given_all(vault *v, const void *const *pointers, size_t count)
{
    return pointers || count == 0 ? given(v, pointers, count) : refuse_null(v);
}

static enum err_code given_strings(vault *v, const char *const *strings, size_t count)
{
    return given_all(v, (const void *const *)strings, count);
}

/* NULL is what vault_find_default has found. */
static const char *env_or_default(const vault *v, const char *env)
{
    return env ? env : vault_default_env(v);
}

/* A number that is none of its type's enumerators. */
static enum err_code check_choice(vault *v, int choice, int last)
{
    return choice >= 0 && choice <= last
               ? ERR_OK
               : err_set(&v->err, ERR_INVALID, "an argument is none of the choices that there are");
}

/* How every change ends. */
static vault_err end(vault *v, enum err_code code)
{
    return (vault_err)handle_end(v, code);
}

const char *vault_version(void)
{
    return VAULT_VERSION;
}

long vault_version_number(void)
{
    return VAULT_VERSION_NUMBER;
}

vault_err vault_date_read(vault *v, const char *text, int64_t *date)
{
    enum err_code code;

    CLEAR(date);
    code = GIVEN(v, text, date);
    if (code == ERR_OK && !text_date_read(slice_of(text), date))
        code = err_set(&v->err, ERR_INVALID, "a date is written 2026-01-31T12:00:00Z");
    return (vault_err)code;
}

const char *vault_date_write(int64_t date, char text[VAULT_DATE_LEN + 1])
{
    char room[32];
    struct buf out = BUF_FIXED(room);

    if (!text)
        return "";
    text_date(&out, date);
    snprintf(text, VAULT_DATE_LEN + 1, "%.*s", text_is_date(buf_slice(&out)) ? VAULT_DATE_LEN : 0,
             room);
    return text;
}

/* ---- the handle ---- */

vault *vault_new(void)
{
    vault *v = sodium_init() >= 0 ? calloc(1, sizeof *v) : NULL;

    if (!v)
        return NULL;
    unlock_init(&v->unlock);
    v->unlock.arena = ARENA_OF(&v->pool);
    v->keys = ARENA_IN(&v->unlock.arena);
    doc_free(&v->doc); /* makes it an empty one */
    v->scratch = BUF_SECRET;
    v->lock_wait = -1;
    return v;
}

void vault_free(vault *v)
{
    if (!v)
        return;
    handle_close(v);
    arena_free(&v->keys);
    unlock_free(&v->unlock);
    pool_free(&v->pool);
    buf_free(&v->scratch);
    hashtable_free(&v->told_by_name);
    while (v->told) {
        struct told_env *next = v->told->next;

        free(v->told);
        v->told = next;
    }
    if (v->settings)
        settings_free(v->settings);
    free(v->settings);
    free(v->pins);
    free(v->author);
    free(v);
}

const char *vault_error(const vault *v)
{
    return v ? v->err.text : "there is no handle";
}

vault_reason vault_error_reason(const vault *v)
{
    return v ? (vault_reason)v->err.reason : VAULT_REASON_NONE;
}

const char *vault_error_detail(const vault *v, vault_detail which)
{
    return v && (int)which >= 0 && which <= VAULT_DETAIL_NUMBER
               ? err_get(&v->err, (enum err_detail)which)
               : "";
}

const char *vault_err_name(vault_err err)
{
    static const char *const names[] = {
        "ok",     "failed", "format", "newer",   "conflict",  "integrity", "no-credential",
        "locked", "absent", "exists", "invalid", "cancelled", "no-memory"};

    return (int)err >= 0 && (size_t)err < sizeof names / sizeof *names ? names[err] : "unknown";
}

const char *vault_reason_name(vault_reason reason)
{
    static const char *const names[] = {
        "none",
        "names",
        "ssh-passphrase",
        "markers",
        "changed",
        "work-factor",
        "work-factor-most",
        "work",
        "work-most",
        "no-passphrase",
        "not-granted",
        "pins-unreadable",
        "other-vault",
        "new-vault",
        "new-environment",
        "key-taken-back",
        "key-older",
        "key-goes-back",
        "key-replaced",
        "key-not-asked-for",
        "lock-held",
        "read-only",
        "merge-circle",
        "merge-key-unknown",
        "merge-markers",
        "merge-other-vault",
        "merge-too-large",
        "merge-open",
        "merge-open-readers",
        "file-absent",
        "file-of-another",
        "readable-by-others",
        "key-for-path",
        "identity-variable",
        "disagree",
        "dangerous",
        "zero-byte",
        "too-long",
        "place-without-value",
        "place-ambiguous",
        "file-passphrase",
    };

    return (int)reason >= 0 && (size_t)reason < sizeof names / sizeof *names ? names[reason]
                                                                             : "unknown";
}

void vault_release(void *list)
{
    free(list);
}

/* ---- before opening ---- */

vault_err vault_add_identity(vault *v, const char *text, size_t len)
{
    enum err_code code = GIVEN(v, text);

    if (code == ERR_OK)
        code = unlock_add_identities(&v->unlock, (struct slice){text, len}, &v->err);
    return (vault_err)code;
}

vault_err vault_add_identity_file(vault *v, const char *path)
{
    enum err_code code = GIVEN(v, path);

    if (code == ERR_OK)
        code = handle_add_identity_file(v, path);
    return (vault_err)code;
}

vault_err vault_add_passphrase(vault *v, const char *passphrase, size_t len)
{
    enum err_code code = GIVEN(v, passphrase);

    if (code == ERR_OK)
        code = unlock_add_passphrase(&v->unlock, (struct slice){passphrase, len}, &v->err);
    return (vault_err)code;
}

vault_err vault_add_keys_of(vault *v, vault *from, const char *env)
{
    enum err_code code = GIVEN(v, from);

    if (code == ERR_OK)
        code = handle_add_keys_of(v, from, env_or_default(v, env));
    return (vault_err)code;
}

vault_err vault_add_credentials_of(vault *v, const vault *from)
{
    enum err_code code = GIVEN(v, from);

    if (code == ERR_OK)
        code = unlock_add_all_of(&v->unlock, &from->unlock, &v->err);
    return (vault_err)code;
}

/* A new identity as age-keygen writes it; its public key is a string in another buffer. */
static enum err_code make_identity(vault *v, struct buf *text, struct buf *public_key)
{
    enum { ROOM = 4096 };
    struct arena arena = {0};
    struct age_identity *id = arena_alloc(&arena, sizeof *id);
    char *line = buf_reserve(text, ROOM);
    enum err_code code = err_memory(id && line, &v->err);

    if (code == ERR_OK && v->makes_pq)
        code = age_identity_make_pq(id, &v->err);
    else if (code == ERR_OK)
        age_identity_make(id);
    if (code == ERR_OK) {
        age_recipient_write(&id->self, public_key);
        buf_add_text(text, "# public key: ");
        buf_add_slice(text, buf_slice(public_key));
        buf_add_text(text, "\n");
        age_identity_write(id, text->data + text->len);
        text->len += strlen(text->data + text->len);
        buf_add_text(text, "\n");
        buf_add(public_key, "", 1);
        code = err_memory(buf_ok(text) && buf_ok(public_key), &v->err);
    }
    arena_free(&arena);
    return code;
}

vault_err vault_set_post_quantum(vault *v, int is_wanted)
{
    struct age_identity id;
    enum err_code code = GIVEN(v, v);

    if (code == ERR_OK && is_wanted)
        code = age_identity_make_pq(&id, &v->err);
    if (code == ERR_OK)
        v->makes_pq = is_wanted;
    sodium_memzero(&id, sizeof id);
    return (vault_err)code;
}

vault_err vault_identity_create(vault *v, const char *path)
{
    struct buf text = BUF_SECRET, public_key = {0};
    enum err_code code = GIVEN(v, path);

    if (code == ERR_OK)
        code = make_identity(v, &text, &public_key);
    if (code == ERR_OK)
        code = file_create(path, buf_slice(&text), &v->err);
    buf_free(&public_key);
    buf_free(&text);
    return (vault_err)code;
}

vault_err vault_identity_create_sealed(vault *v, const char *path, const char *passphrase,
                                       size_t len, char **public_key)
{
    struct buf text = BUF_SECRET, own = {0}, file = {0};
    enum err_code code;

    CLEAR(public_key);
    code = GIVEN(v, path, passphrase, public_key);
    if (code == ERR_OK)
        code = make_identity(v, &text, &own);
    if (code == ERR_OK)
        code = unseal_write(buf_slice(&text), (struct slice){passphrase, len}, &file, &v->err);
    if (code == ERR_OK)
        code = file_create(path, buf_slice(&file), &v->err);
    buf_free(&text);
    buf_free(&file);
    if (code == ERR_OK)
        *public_key = own.data;
    else
        buf_free(&own);
    return (vault_err)code;
}

static vault_err give_public_key(vault *v, const struct age_recipient *key, char **public_key)
{
    struct buf text = {0};

    age_recipient_write(key, &text);
    buf_add(&text, "", 1);
    if (!buf_ok(&text)) {
        buf_free(&text);
        return (vault_err)err_no_memory(&v->err);
    }
    *public_key = text.data;
    return VAULT_OK;
}

vault_err vault_public_key(vault *v, char **public_key)
{
    const struct age_recipient *own;
    enum err_code code;

    CLEAR(public_key);
    code = GIVEN(v, public_key);
    if (code != ERR_OK)
        return (vault_err)code;
    own = unlock_public(&v->unlock);
    if (!own)
        return (vault_err)err_set(&v->err, ERR_NO_CREDENTIAL, "no identity was given");
    return give_public_key(v, own, public_key);
}

struct list {
    char *entries, *text; /* where the next string goes */
};

static bool list_make(struct list *list, size_t count, size_t entry, size_t text)
{
    list->entries = calloc(1, count * entry + text + 1);
    if (list->entries)
        list->text = list->entries + count * entry;
    return list->entries != NULL;
}

static const char *list_string(struct list *list, struct slice s)
{
    char *at = list->text;

    memcpy(at, s.at, s.len);
    at[s.len] = '\0';
    list->text += s.len + 1;
    return at;
}

/* Filled twice: the first time only the strings are measured. */
struct identity_list {
    struct list list;
    vault_identity_entry *entries;
    size_t count, text;
    bool is_measured;
};

static const char *identity_string(struct identity_list *l, const char *text, size_t len)
{
    l->text += len + 1;
    return l->is_measured ? list_string(&l->list, (struct slice){text, len}) : "";
}

static void tell_identity(void *user, const struct unlock_credential *c)
{
    struct identity_list *l = user;
    struct buf key = {0};
    vault_identity_entry e = {.closed = c->is_closed};

    if (c->key)
        age_recipient_write(c->key, &key);
    e.from = identity_string(l, c->name, strlen(c->name));
    e.why_not =
        identity_string(l, c->why_not ? c->why_not : "", c->why_not ? strlen(c->why_not) : 0);
    e.kind = c->key ? age_recipient_kind(c->key) : "";
    e.public_key = identity_string(l, buf_slice(&key).at, key.len);
    if (l->is_measured)
        l->entries[l->count] = e;
    l->count++;
    buf_free(&key);
}

vault_err vault_identity_list(vault *v, const char *env, vault_identity_entry **out, size_t *count)
{
    struct identity_list l = {.count = 0};
    struct slice of = slice_of(env ? env : "");
    const struct doc *doc;
    enum err_code code;

    CLEAR(out);
    CLEAR(count);
    code = GIVEN(v, out, count);
    if (code != ERR_OK)
        return (vault_err)code;
    doc = env && v->loaded ? &v->doc : NULL;
    unlock_each(&v->unlock, doc, of, tell_identity, &l);
    if (!list_make(&l.list, l.count, sizeof **out, l.text))
        return (vault_err)err_no_memory(&v->err);
    *out = l.entries = (vault_identity_entry *)(void *)l.list.entries;
    *count = l.count;
    l = (struct identity_list){.list = l.list, .entries = l.entries, .is_measured = true};
    unlock_each(&v->unlock, doc, of, tell_identity, &l);
    return VAULT_OK;
}

vault_err vault_public_key_read(vault *v, const char *text, char **public_key)
{
    struct age_recipient key;
    enum err_code code;

    CLEAR(public_key);
    code = GIVEN(v, text, public_key);
    if (code == ERR_OK)
        code = age_recipient_read(slice_of(text), &key, &v->err);
    return code == ERR_OK ? give_public_key(v, &key, public_key) : (vault_err)code;
}

vault_err vault_set_work_factor(vault *v, unsigned factor)
{
    if (!v)
        return VAULT_INVALID;
    if (factor < 1 || factor > UNLOCK_WORK_FACTOR_MOST)
        return (vault_err)err_set(&v->err, ERR_INVALID, "a work factor is a number from 1 to %d",
                                  UNLOCK_WORK_FACTOR_MOST);
    v->unlock.work_factor_max = factor;
    return VAULT_OK;
}

void vault_set_prompt(vault *v, vault_prompt *ask, void *user)
{
    if (!v)
        return;
    v->unlock.ask = ask;
    v->unlock.user = user;
}

void vault_set_file_prompt(vault *v, vault_file_prompt *ask, void *user)
{
    if (!v)
        return;
    v->unlock.unseal.ask = ask;
    v->unlock.unseal.ask_user = user;
}

void vault_set_ssh_opener(vault *v, vault_ssh_opener *opener, void *user)
{
    if (!v)
        return;
    v->unlock.unseal.ssh = opener;
    v->unlock.unseal.ssh_user = user;
}

vault_err vault_open_identity(vault *v)
{
    return v ? (vault_err)unlock_first_identity(&v->unlock, &v->err) : VAULT_INVALID;
}

void vault_set_notice(vault *v, vault_notice *tell, void *user)
{
    if (!v)
        return;
    v->notice = tell;
    v->notice_user = user;
}

static vault_err set_string(vault *v, char **place, const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        return (vault_err)err_no_memory(&v->err);
    free(*place);
    *place = copy;
    return VAULT_OK;
}

/* What created-by may hold: it stands in the file as it is. */
static bool is_author(struct slice author)
{
    for (size_t i = 0; i < author.len; i++)
        if ((unsigned char)author.at[i] < 0x20 || author.at[i] == 0x7F || author.at[i] == '"' ||
            author.at[i] == '\\')
            return false;
    return author.len <= DOC_AUTHOR_MAX && text_is_plain(author);
}

vault_err vault_set_author(vault *v, const char *author)
{
    if (GIVEN(v, author) != ERR_OK)
        return VAULT_INVALID;
    if (!is_author(slice_of(author)))
        return (vault_err)err_set(&v->err, ERR_INVALID,
                                  "an author has at most %d bytes, and no control characters, "
                                  "quotes or backslashes",
                                  DOC_AUTHOR_MAX);
    return set_string(v, &v->author, author);
}

vault_err vault_pins_use(vault *v, const char *path, unsigned flags)
{
    if (!v)
        return VAULT_INVALID;
    if (flags > (VAULT_PINS_LOOK_ONLY | VAULT_PINS_SEARCHED))
        return (vault_err)err_set(&v->err, ERR_INVALID, "a flag for the pins that there is not");
    v->looks = flags & VAULT_PINS_LOOK_ONLY;
    v->searched = flags & VAULT_PINS_SEARCHED;
    v->forgets = !path;
    v->pins_are_read = false;
    if (path)
        return set_string(v, &v->pins, path);
    free(v->pins);
    v->pins = NULL;
    return VAULT_OK;
}

static enum err_code check_key(vault *v, const char *key, struct slice value)
{
    char room[TEXT_ESCAPED(NAME_MAX_LEN)];
    struct buf shown = BUF_FIXED(room);

    if (!text_is_key(slice_of(key))) {
        text_escape(&shown, slice_of(key), NAME_MAX_LEN);
        return err_set(&v->err, ERR_INVALID,
                       "'%.*s' is no name for a key: letters, digits and _, at most %d, no digit "
                       "in front",
                       (int)shown.len, room, KEY_MAX_LEN);
    }
    if (value.len > SEAL_VALUE_MAX)
        return err_set(&v->err, ERR_INVALID, "the value of %s is over %d bytes", key,
                       SEAL_VALUE_MAX);
    return ERR_OK;
}

vault_err vault_pin(vault *v, const char *env, const char *fingerprint)
{
    unsigned char bytes[16];
    struct told_env *t;

    if (!v)
        return VAULT_INVALID;
    if (fingerprint && (strlen(fingerprint) != SEAL_FINGERPRINT_TEXT ||
                        !base64_decode(bytes, fingerprint, SEAL_FINGERPRINT_TEXT)))
        return (vault_err)err_set(&v->err, ERR_INVALID, "a fingerprint is %d characters of base64",
                                  SEAL_FINGERPRINT_TEXT);
    t = handle_told(v, env_or_default(v, env));
    if (!t)
        return (vault_err)v->err.code;
    if (fingerprint)
        memcpy(t->fingerprint, fingerprint, sizeof t->fingerprint);
    else
        t->named = true;
    return VAULT_OK;
}

/* ---- opening ---- */

vault_err vault_open(vault *v, const char *path)
{
    if (GIVEN(v, path) != ERR_OK)
        return VAULT_INVALID;
    handle_close(v);
    v->path = strdup(path);
    return (vault_err)(v->path ? handle_load(v) : err_no_memory(&v->err));
}

vault_err vault_open_bytes(vault *v, const char *text, size_t len)
{
    struct buf copy = {0};

    if (GIVEN(v, text) != ERR_OK)
        return VAULT_INVALID;
    handle_close(v);
    buf_add(&copy, text, len);
    if (!buf_ok(&copy))
        return (vault_err)err_no_memory(&v->err);
    return (vault_err)handle_read(v, &copy);
}

const char *vault_id(const vault *v)
{
    return v ? v->id : "";
}

vault_err vault_create(vault *v, const char *path)
{
    unsigned char id[16];
    char id_text[DOC_ID_TEXT];
    struct buf there = {0};
    enum err_code code = GIVEN(v, path);

    if (code != ERR_OK)
        return (vault_err)code;
    handle_close(v);
    v->path = strdup(path);
    if (!v->path)
        return (vault_err)err_no_memory(&v->err);
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
        return (vault_err)code;
    }
    snprintf(v->id, sizeof v->id, "%.*s", DOC_ID_TEXT, id_text);
    v->loaded = v->changed = v->created = v->staged = true;
    return VAULT_OK;
}

int vault_changed(const vault *v)
{
    return v && v->changed;
}

vault_err vault_save(vault *v)
{
    return v ? (vault_err)handle_save(v) : VAULT_INVALID;
}

void vault_discard(vault *v)
{
    if (v)
        handle_discard(v);
}

vault_err vault_lock(vault *v, int milliseconds)
{
    enum err_code code;

    if (!v)
        return VAULT_INVALID;
    v->lock_wait = milliseconds;
    code = handle_lock(v);
    v->lock_wait = -1;
    return end(v, code);
}

vault_err vault_text(vault *v, char **text, size_t *len)
{
    struct buf out = {0};
    vault_err code;

    CLEAR(text);
    CLEAR(len);
    code = (vault_err)GIVEN(v, text, len);
    if (code == VAULT_OK)
        code = (vault_err)handle_load(v);
    if (code != VAULT_OK)
        return code;
    doc_write(&v->doc, &out);
    buf_add(&out, "", 1);
    if (!buf_ok(&out)) {
        buf_free(&out);
        return (vault_err)err_no_memory(&v->err);
    }
    *text = out.data;
    *len = out.len - 1;
    return VAULT_OK;
}

/* ---- sets of values ---- */

static vault_err give_kv(struct vault_kv *kv, enum err_code code, vault_kv **out)
{
    if (code != ERR_OK) {
        kv_free(kv);
        return (vault_err)code;
    }
    kv_finish(kv);
    *out = kv;
    return VAULT_OK;
}

/* A set that is empty yet, for the caller of a function of the API. */
static enum err_code begin_kv(vault *v, struct vault_kv **kv, vault_kv **out)
{
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, out);
    if (code != ERR_OK)
        return code;
    *kv = kv_new();
    return err_memory(*kv != NULL, &v->err);
}

static enum err_code add_pair(vault *v, struct vault_kv *kv, const char *name, struct slice value)
{
    enum err_code code = check_key(v, name, value);

    if (code == ERR_OK && !kv_add(kv, slice_of(name), value))
        code = err_no_memory(&v->err);
    return code;
}

vault_err vault_kv_from_pairs(vault *v, const vault_pair *pairs, size_t count, vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code = begin_kv(v, &kv, out);

    if (code == ERR_OK && !pairs && count > 0)
        code = refuse_null(v);
    for (size_t i = 0; code == ERR_OK && pairs && i < count; i++)
        if (!pairs[i].name)
            code = refuse_null(v);
        else if (pairs[i].value)
            code = add_pair(v, kv, pairs[i].name, (struct slice){pairs[i].value, pairs[i].len});
    return give_kv(kv, code, out);
}

/* Names that are missing, gathered for one sentence. */
static void add_missing(struct buf *missing, const char *name)
{
    buf_add_text(missing, missing->len ? ", " : "");
    text_escape(missing, slice_of(name), KEY_MAX_LEN);
}

/* ERR_ABSENT if there are any; frees the list. */
static enum err_code say_missing(vault *v, struct buf *missing, const char *format_where,
                                 const char *where)
{
    struct slice names = buf_slice(missing);
    enum err_code code = err_memory(buf_ok(missing), &v->err);

    if (code == ERR_OK && names.len > 0)
        code = err_set(&v->err, ERR_ABSENT, "%s%s: %.*s", format_where, where, (int)names.len,
                       names.at);
    buf_free(missing);
    return code;
}

vault_err vault_kv_from_environ(vault *v, const char *const *names, size_t count, vault_kv **out)
{
    struct vault_kv *kv = NULL;
    struct buf missing = {0};
    enum err_code code = begin_kv(v, &kv, out);

    if (code == ERR_OK)
        code = given_strings(v, names, count);
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        const char *value = variables_get(names[i]);

        if (value)
            code = add_pair(v, kv, names[i], slice_of(value));
        else
            add_missing(&missing, names[i]);
    }
    if (code == ERR_OK)
        code = say_missing(v, &missing, "not set in the environment", "");
    buf_free(&missing);
    return give_kv(kv, code, out);
}

/* Reads name from the folder, or the nearest one above it that has it. */
static enum err_code read_upward(vault *v, const char *name, const char *start, struct buf *text)
{
    char *folder = file_real_path(start ? start : ".");
    struct buf path = {0};
    enum err_code code = folder || errno != ENOMEM ? ERR_ABSENT : err_no_memory(&v->err);

    while (folder && code == ERR_ABSENT) {
        buf_clear(&path);
        buf_printf(&path, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, name);
        buf_add(&path, "", 1);
        if (!buf_ok(&path)) {
            code = err_no_memory(&v->err);
            break;
        }
        code = file_read(path.data, DOTENV_FILE_MAX, text, NULL, &v->err);
        if (folder[1] == '\0')
            break;
        *(strrchr(folder, '/') == folder ? folder + 1 : strrchr(folder, '/')) = '\0';
    }
    if (code == ERR_ABSENT)
        err_set(&v->err, ERR_ABSENT, "there is no %s in %s or above it", name,
                start ? start : "this folder");
    free(folder);
    buf_free(&path);
    return code;
}

struct dotenv_file {
    const struct vault *v;
    const char *name;
    size_t told;
};

enum { DOTENV_LINES_TOLD = 200 };

static void tell_line(void *user, size_t line, const char *what)
{
    struct dotenv_file *file = user;
    struct buf sentence = {0};

    if (++file->told > DOTENV_LINES_TOLD)
        return;
    buf_printf(&sentence, "line %zu of %s: %s", line, file->name, what);
    handle_tell(file->v, &sentence);
}

static void tell_rest(const struct dotenv_file *file)
{
    struct buf sentence = {0};

    if (file->told <= DOTENV_LINES_TOLD)
        return;
    buf_printf(&sentence, "of %s there would be %zu more to tell", file->name,
               file->told - DOTENV_LINES_TOLD);
    handle_tell(file->v, &sentence);
}

vault_err vault_kv_from_dotenv(vault *v, const char *name, const char *start, const char *dialect,
                               vault_kv **out)
{
    struct vault_kv *kv = NULL;
    struct dotenv_file file = {v, name, 0};
    struct buf text = BUF_SECRET;
    enum dotenv_dialect reading = DOTENV_PLAIN;
    enum err_code code = begin_kv(v, &kv, out);

    if (code == ERR_OK)
        code = GIVEN(v, name);
    if (code == ERR_OK && dialect && !dotenv_dialect_of(dialect, &reading))
        code = err_set(&v->err, ERR_INVALID, "there is no dialect of dotenv with this name");
    if (code == ERR_OK)
        code = strchr(name, '/') ? file_read_given(name, DOTENV_FILE_MAX, &text, &v->err)
                                 : read_upward(v, name, start, &text);
    if (code == ERR_OK &&
        dotenv_read(buf_slice(&text), reading, kv, tell_line, &file, &v->err) != ERR_OK)
        code = handle_prefix(v, name);
    tell_rest(&file);
    buf_free(&text);
    return give_kv(kv, code, out);
}

vault_err vault_kv_layer(vault *v, const vault_kv *const *sets, size_t count, vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code = begin_kv(v, &kv, out);
    bool good = true;

    if (code == ERR_OK)
        code = given_all(v, (const void *const *)sets, count);
    for (size_t i = 0; code == ERR_OK && i < count && good; i++)
        for (size_t j = 0; j < sets[i]->count && good; j++)
            good = kv_add(kv, slice_of(sets[i]->pairs[j].name), sets[i]->pairs[j].value);
    if (code == ERR_OK)
        code = err_memory(good, &v->err);
    return give_kv(kv, code, out);
}

void vault_kv_free(vault_kv *kv)
{
    kv_free(kv);
}

size_t vault_kv_count(const vault_kv *kv)
{
    return kv ? kv->count : 0;
}

vault_pair vault_kv_at(const vault_kv *kv, size_t place)
{
    const struct kv_pair *p = kv && place < kv->count ? &kv->pairs[place] : NULL;

    return p ? (vault_pair){p->name, p->value.at, p->value.len} : (vault_pair){NULL, NULL, 0};
}

const char *vault_kv_get(const vault_kv *kv, const char *name, size_t *len)
{
    const struct kv_pair *p = kv && name ? kv_find(kv, slice_of(name)) : NULL;

    if (len)
        *len = p ? p->value.len : 0;
    return p ? p->value.at : NULL;
}

/* ---- secrets ---- */

static enum err_code find_secret(vault *v, const char *env, const char *secret,
                                 struct doc_table **out)
{
    *out = doc_find(&v->doc, DOC_SECRET, slice_of(env), slice_of(secret));
    if (*out)
        return ERR_OK;
    if (handle_check_name(v, "a secret", secret) != ERR_OK)
        return ERR_INVALID;
    return err_set(&v->err, ERR_ABSENT, "there is no secret %s in %s", secret, env);
}

static enum err_code find_key(vault *v, struct doc_table *table, const char *key,
                              struct doc_item **out)
{
    enum err_code code = check_key(v, key, none);

    *out = code == ERR_OK ? doc_find_entry(table, slice_of(key)) : NULL;
    if (code == ERR_OK && !*out)
        code =
            err_set(&v->err, ERR_ABSENT, "there is no key %s in %.*s/%.*s", key,
                    (int)table->env.len, table->env.at, (int)table->secret.len, table->secret.at);
    return code;
}

/* Arena bytes that the largest value of the secret takes while it is opened. */
static size_t room_to_open(const struct doc_table *table)
{
    size_t most = 0;

    for (struct doc_item *i = doc_entry(table->items); i; i = doc_entry(i->next))
        if (seal_value_room(i) > most)
            most = seal_value_room(i);
    return most;
}

/* All of a secret's memory at once, and no more each time that the last is full. */
static bool reserve(struct vault_kv *kv, const struct doc_table *table)
{
    size_t room = arena_room_lent(room_to_open(table));

    for (struct doc_item *i = doc_entry(table->items); i; i = doc_entry(i->next))
        room += kv_room(i->name.len, seal_value_most(i));
    return kv_reserve(kv, table->entries, room);
}

static enum err_code require(vault *v, struct doc_table *table, const char *env, const char *secret,
                             const char *const *names, size_t count)
{
    struct buf missing = {0};
    char where[2 * NAME_MAX_LEN + 3];

    for (size_t i = 0; i < count; i++)
        if (!doc_find_entry(table, slice_of(names[i])))
            add_missing(&missing, names[i]);
    snprintf(where, sizeof where, "%s/%s", env, secret);
    return say_missing(v, &missing, "not in ", where);
}

static enum err_code add_value(vault *v, const struct seal_env *e, const struct doc_table *table,
                               const struct doc_item *item, struct arena *arena,
                               struct vault_kv *kv)
{
    struct seal_value value;
    enum err_code code = seal_value_open(e, table->secret, item, arena, &value, &v->err);

    if (code == ERR_OK && !kv_add(kv, item->name, value.value))
        code = err_no_memory(&v->err);
    return code;
}

/* MUST: the arena that they are opened in is wiped before the set is handed out. */
static enum err_code open_value(vault *v, const struct seal_env *e, const struct doc_table *table,
                                const struct doc_item *item, struct vault_kv *kv)
{
    size_t room =
        kv_room(item->name.len, seal_value_most(item)) + arena_room_lent(seal_value_room(item));
    struct arena arena = ARENA_IN(&kv->arena);
    enum err_code code = err_memory(
        kv_reserve(kv, 1, room) && arena_reserve(&arena, seal_value_room(item)), &v->err);

    if (code == ERR_OK)
        code = add_value(v, e, table, item, &arena, kv);
    arena_free(&arena);
    return code;
}

static enum err_code open_values(vault *v, const struct seal_env *e, const struct doc_table *table,
                                 struct vault_kv *kv)
{
    struct arena arena = ARENA_IN(&kv->arena);
    enum err_code code = ERR_OK;

    if (!arena_reserve(&arena, room_to_open(table)))
        return err_no_memory(&v->err);
    for (struct doc_item *i = doc_entry(table->items); i && code == ERR_OK;
         i = doc_entry(i->next)) {
        arena_clear(&arena);
        code = add_value(v, e, table, i, &arena, kv);
    }
    arena_free(&arena);
    return code;
}

static enum err_code open_secret(vault *v, const char *env, const char *secret, struct seal_env *e,
                                 struct doc_table **table)
{
    enum err_code code = handle_open_env(v, env, e);

    return code == ERR_OK ? find_secret(v, env, secret, table) : code;
}

vault_err vault_secret_get(vault *v, const char *env, const char *secret,
                           const char *const *required, size_t required_count, vault_kv **out)
{
    struct vault_kv *kv;
    struct doc_table *table;
    struct seal_env e;
    enum err_code code;

    CLEAR(out);
    env = env_or_default(v, env);
    code = GIVEN(v, secret, out);
    if (code == ERR_OK)
        code = given_strings(v, required, required_count);
    if (code == ERR_OK)
        code = open_secret(v, env, secret, &e, &table);
    if (code != ERR_OK)
        return (vault_err)code;
    kv = kv_new_of(&v->pool);
    if (!kv || !reserve(kv, table))
        return give_kv(kv, err_no_memory(&v->err), out);
    code = open_values(v, &e, table, kv);
    stack_wipe();
    if (code == ERR_OK && required_count > 0)
        code = require(v, table, env, secret, required, required_count);
    return give_kv(kv, code, out);
}

vault_err vault_value_get(vault *v, const char *env, const char *secret, const char *key,
                          vault_kv **out)
{
    struct vault_kv *kv;
    struct doc_table *table;
    struct doc_item *item = NULL;
    struct seal_env e;
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, secret, key, out);
    if (code == ERR_OK)
        code = open_secret(v, env_or_default(v, env), secret, &e, &table);
    if (code == ERR_OK)
        code = find_key(v, table, key, &item);
    if (code != ERR_OK)
        return (vault_err)code;
    kv = kv_new_of(&v->pool);
    code = kv ? open_value(v, &e, table, item, kv) : err_no_memory(&v->err);
    stack_wipe();
    return give_kv(kv, code, out);
}

/* MUST come before anything is changed: what was staged before stays. */
static enum err_code check_pairs(vault *v, const vault_kv *kv)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < kv->count && code == ERR_OK; i++)
        code = check_key(v, kv->pairs[i].name, kv->pairs[i].value);
    return code;
}

static enum err_code put_all(const struct change *c, struct doc_table *table, const vault_kv *kv,
                             vault *v)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < kv->count && code == ERR_OK; i++)
        code = change_put(c, table, slice_of(kv->pairs[i].name), kv->pairs[i].value, &v->err);
    return code;
}

vault_err vault_secret_create(vault *v, const char *env, const char *secret, const vault_kv *kv,
                              vault_existing existing)
{
    struct doc_table *table;
    struct change c;
    enum err_code code = GIVEN(v, secret, kv);

    if (code != ERR_OK)
        return (vault_err)code;
    env = env_or_default(v, env);
    code = check_choice(v, (int)existing, VAULT_EXISTING_REPLACE);
    if (code == ERR_OK)
        code = handle_check_name(v, "a secret", secret);
    if (code == ERR_OK)
        code = check_pairs(v, kv);
    if (code == ERR_OK)
        code = handle_begin(v, env, &c);
    if (code != ERR_OK)
        return end(v, code);
    table = doc_find(&v->doc, DOC_SECRET, slice_of(env), slice_of(secret));
    if (table && existing == VAULT_EXISTING_KEEP)
        return end(v, ERR_OK);
    if (table && existing == VAULT_EXISTING_ERROR)
        code = err_set(&v->err, ERR_EXISTS, "there is a secret %s in %s already", secret, env);
    if (table && existing == VAULT_EXISTING_REPLACE) {
        code = change_date_after(&c, table, &v->err);
        if (code == ERR_OK)
            code = change_drop_secret(&c, table, &v->err);
    }
    if (code == ERR_OK)
        code = change_add_secret(&c, slice_of(secret), &table, &v->err);
    return end(v, code == ERR_OK ? put_all(&c, table, kv, v) : code);
}

vault_err vault_secret_update(vault *v, const char *env, const char *secret, const vault_kv *kv)
{
    struct doc_table *table;
    struct change c;
    enum err_code code = GIVEN(v, secret, kv);

    if (code != ERR_OK)
        return (vault_err)code;
    env = env_or_default(v, env);
    code = check_pairs(v, kv);
    if (code == ERR_OK)
        code = handle_begin(v, env, &c);
    if (code == ERR_OK)
        code = find_secret(v, env, secret, &table);
    return end(v, code == ERR_OK ? put_all(&c, table, kv, v) : code);
}

vault_err vault_secret_delete(vault *v, const char *env, const char *secret, vault_missing missing)
{
    struct doc_table *table;
    struct change c;
    enum err_code code = GIVEN(v, secret);

    if (code != ERR_OK)
        return (vault_err)code;
    env = env_or_default(v, env);
    code = check_choice(v, (int)missing, VAULT_MISSING_IGNORE);
    if (code == ERR_OK)
        code = handle_begin(v, env, &c);
    if (code != ERR_OK)
        return end(v, code);
    code = find_secret(v, env, secret, &table);
    if (code == ERR_ABSENT && missing == VAULT_MISSING_IGNORE)
        return end(v, ERR_OK);
    return end(v, code == ERR_OK ? change_drop_secret(&c, table, &v->err) : code);
}

vault_err vault_value_delete(vault *v, const char *env, const char *secret, const char *key,
                             vault_missing missing)
{
    struct doc_item *item = NULL;
    struct doc_table *table;
    struct change c;
    enum err_code code = GIVEN(v, secret, key);

    if (code != ERR_OK)
        return (vault_err)code;
    env = env_or_default(v, env);
    code = check_choice(v, (int)missing, VAULT_MISSING_IGNORE);
    if (code == ERR_OK)
        code = handle_begin(v, env, &c);
    if (code != ERR_OK)
        return end(v, code);
    code = find_secret(v, env, secret, &table);
    if (code == ERR_OK)
        code = find_key(v, table, key, &item);
    if (code == ERR_ABSENT && missing == VAULT_MISSING_IGNORE)
        return end(v, ERR_OK);
    return end(v, code == ERR_OK ? change_drop(&c, table, item, &v->err) : code);
}

static enum err_code must_be_free(vault *v, const char *env, const char *secret)
{
    enum err_code code = handle_check_name(v, "a secret", secret);

    if (code == ERR_OK && doc_find(&v->doc, DOC_SECRET, slice_of(env), slice_of(secret)))
        code = err_set(&v->err, ERR_EXISTS, "there is a secret %s in %s already", secret, env);
    return code;
}

vault_err vault_secret_rename(vault *v, const char *env, const char *from, const char *to)
{
    struct doc_table *table;
    struct change c;
    enum err_code code = GIVEN(v, from, to);

    if (code != ERR_OK)
        return (vault_err)code;
    env = env_or_default(v, env);
    code = handle_begin(v, env, &c);
    if (code == ERR_OK)
        code = find_secret(v, env, from, &table);
    if (code == ERR_OK)
        code = must_be_free(v, env, to);
    return end(v, code == ERR_OK ? change_rename_secret(&c, table, slice_of(to), &v->err) : code);
}

vault_err vault_secret_copy(vault *v, const char *from_env, const char *from, const char *to_env,
                            const char *to)
{
    struct doc_table *table;
    struct change c, source;
    enum err_code code = GIVEN(v, from, to);

    if (code != ERR_OK)
        return (vault_err)code;
    from_env = env_or_default(v, from_env);
    to_env = env_or_default(v, to_env);
    code = handle_begin(v, from_env, &source);
    if (code == ERR_OK)
        code = handle_begin(v, to_env, &c);
    if (code == ERR_OK)
        code = find_secret(v, from_env, from, &table);
    if (code == ERR_OK)
        code = must_be_free(v, to_env, to);
    return end(v, code == ERR_OK ? change_copy_secret(&c, slice_of(to), &source.env, table, &v->err)
                                 : code);
}

/* ---- lists: one block each, with its strings behind its entries ---- */

static size_t secret_text(const struct doc_table *t)
{
    return t->secret.len + 1 + t->own[DOC_CREATED_BY]->part[0].len + 1;
}

static void fill_secret(struct list *list, const struct doc_table *t, vault_secret_entry *entry)
{
    entry->name = list_string(list, t->secret);
    (void)text_date_read(t->own[DOC_CREATED_AT]->part[0], &entry->created_at); /* it is a date */
    entry->created_by = list_string(list, t->own[DOC_CREATED_BY]->part[0]);
    entry->values = t->entries;
}

static bool is_before(const struct doc_table *t, int64_t date)
{
    int64_t created = 0;

    return date == 0 ||
           (text_date_read(t->own[DOC_CREATED_AT]->part[0], &created) && created < date);
}

vault_err vault_secret_list(vault *v, const char *env, int64_t created_before, size_t max,
                            vault_secret_entry **out, size_t *count)
{
    struct list list;
    struct doc_table *t = NULL;
    size_t n = 0, text = 0;
    enum err_code code;

    CLEAR(out);
    CLEAR(count);
    env = env_or_default(v, env);
    code = GIVEN(v, out, count);
    if (code == ERR_OK)
        code = handle_find_env(v, env);
    if (code != ERR_OK)
        return (vault_err)code;
    while ((t = doc_next_table(&v->doc, t, DOC_SECRET, slice_of(env))) && (max == 0 || n < max))
        if (is_before(t, created_before)) {
            n++;
            text += secret_text(t);
        }
    if (!list_make(&list, n, sizeof **out, text))
        return (vault_err)err_no_memory(&v->err);
    *out = (vault_secret_entry *)(void *)list.entries;
    *count = n;
    t = NULL;
    for (size_t i = 0; i < n;) {
        t = doc_next_table(&v->doc, t, DOC_SECRET, slice_of(env));
        if (is_before(t, created_before))
            fill_secret(&list, t, &(*out)[i++]);
    }
    return VAULT_OK;
}

vault_err vault_value_list(vault *v, const char *env, const char *secret, const char ***names,
                           size_t *count)
{
    struct doc_table *table;
    struct list list;
    size_t text = 0;
    enum err_code code;

    CLEAR(names);
    CLEAR(count);
    env = env_or_default(v, env);
    code = GIVEN(v, secret, names, count);
    if (code == ERR_OK)
        code = handle_find_env(v, env);
    if (code == ERR_OK)
        code = find_secret(v, env, secret, &table);
    if (code != ERR_OK)
        return (vault_err)code;
    for (struct doc_item *i = doc_entry(table->items); i; i = doc_entry(i->next))
        text += i->name.len + 1;
    if (!list_make(&list, table->entries, sizeof **names, text))
        return (vault_err)err_no_memory(&v->err);
    *names = (const char **)(void *)list.entries;
    *count = 0;
    for (struct doc_item *i = doc_entry(table->items); i; i = doc_entry(i->next))
        (*names)[(*count)++] = list_string(&list, i->name);
    return VAULT_OK;
}

vault_err vault_secret_info(vault *v, const char *env, const char *secret,
                            vault_secret_entry *about, vault_value_entry **out, size_t *count)
{
    struct arena arena = {0};
    struct doc_table *table;
    struct seal_env e;
    struct seal_value value;
    struct list list = {NULL, NULL};
    size_t text;
    enum err_code code;

    CLEAR(out);
    CLEAR(count);
    if (about)
        memset(about, 0, sizeof *about);
    env = env_or_default(v, env);
    code = GIVEN(v, secret, about, out, count);
    if (code == ERR_OK)
        code = handle_open_env(v, env, &e);
    if (code == ERR_OK)
        code = find_secret(v, env, secret, &table);
    if (code != ERR_OK || !about)
        return (vault_err)code;
    text = secret_text(table) + table->entries * (KEY_MAX_LEN + 1 + SEAL_AUTHOR_MAX + 1);
    if (!list_make(&list, table->entries, sizeof **out, text))
        return (vault_err)err_no_memory(&v->err);
    *out = (vault_value_entry *)(void *)list.entries;
    *count = 0;
    fill_secret(&list, table, about);
    for (struct doc_item *i = doc_entry(table->items); i; i = doc_entry(i->next)) {
        arena_clear(&arena);
        code = seal_value_open(&e, table->secret, i, &arena, &value, &v->err);
        if (code != ERR_OK)
            break;
        (*out)[*count].name = list_string(&list, i->name);
        (*out)[*count].author = list_string(&list, value.author);
        (*out)[(*count)++].updated_at = (int64_t)value.updated_at;
    }
    stack_wipe();
    arena_free(&arena);
    if (code != ERR_OK) {
        free(list.entries);
        *out = NULL;
        *count = 0;
        memset(about, 0, sizeof *about);
    }
    return (vault_err)code;
}

/* ---- environments ---- */

vault_err vault_env_list(vault *v, const char ***names, size_t *count)
{
    const struct slice any = {NULL, 0};
    struct doc_table *t = NULL;
    struct list list;
    size_t n = 0, text = 0;
    vault_err code;

    CLEAR(names);
    CLEAR(count);
    code = (vault_err)GIVEN(v, names, count);
    if (code == VAULT_OK)
        code = (vault_err)handle_load(v);
    if (code != VAULT_OK)
        return code;
    while ((t = doc_next_table(&v->doc, t, DOC_ENV, any))) {
        n++;
        text += t->env.len + 1;
    }
    if (!list_make(&list, n, sizeof **names, text))
        return (vault_err)err_no_memory(&v->err);
    *names = (const char **)(void *)list.entries;
    *count = 0;
    while ((t = doc_next_table(&v->doc, t, DOC_ENV, any)))
        (*names)[(*count)++] = list_string(&list, t->env);
    return VAULT_OK;
}

static struct seal_keys *make_keys(vault *v)
{
    struct seal_keys *keys = arena_alloc(&v->keys, sizeof *keys);

    if (keys) {
        randombytes_buf(keys->env, sizeof keys->env);
        seal_derive(keys, keys->env);
    }
    return keys;
}

/* An empty environment with a new key, open from now on. */
static enum err_code make_env(vault *v, const char *env, struct slice reader, struct change *c)
{
    struct seal_keys *keys = make_keys(v);
    struct opened_env *o = keys ? handle_add_opened(v, slice_of(env), reader, keys) : NULL;
    enum err_code code;

    if (!o)
        return err_no_memory(&v->err);
    o->made = true;
    code = handle_change(v, o, c);
    if (code == ERR_OK)
        code = change_add_env(c, &v->err);
    if (code != ERR_OK)
        handle_forget_opened(v, slice_of(env));
    return code;
}

static enum err_code env_must_be_free(vault *v, const char *env)
{
    enum err_code code = handle_check_env_name(v, env);

    if (code == ERR_OK && doc_find(&v->doc, DOC_ENV, slice_of(env), none))
        code = err_set(&v->err, ERR_EXISTS, "there is an environment %s already", env);
    return code;
}

/* Gives `to` the readers of `from`, whose seals verify under from's key. */
static enum err_code copy_readers(vault *v, const struct change *to, const struct seal_env *from)
{
    struct doc_table *readers = doc_find(&v->doc, DOC_READERS, from->name, none);
    enum err_code code = change_check_readers(from, none, &v->err);

    for (struct doc_item *i = readers ? doc_entry(readers->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next))
        code = change_add_reader(to, i->name, i->part[0], &v->err);
    return code;
}

vault_err vault_env_create(vault *v, const char *env, const char *like)
{
    struct change c, source = {.scratch = NULL};
    enum err_code code = GIVEN(v, env);

    if (code != ERR_OK)
        return (vault_err)code;
    code = like ? handle_begin(v, like, &source) : handle_lock(v);
    if (code == ERR_OK)
        code = env_must_be_free(v, env);
    if (code == ERR_OK)
        code =
            make_env(v, env, like ? slice_of(handle_opened(v, slice_of(like))->reader) : none, &c);
    if (code == ERR_OK && like)
        code = copy_readers(v, &c, &source.env);
    return end(v, code);
}

/* Passphrases that no environment is read with any more go too. */
static enum err_code drop_unused_passphrases(struct vault *v)
{
    struct doc_table *table = doc_find(&v->doc, DOC_PASSPHRASES, none, none);
    struct hashtable readers = {0};
    struct doc_item *next;
    enum err_code code = ERR_OK;

    if (!table)
        return ERR_OK;
    code = err_memory(doc_name_readers(&v->doc, &readers), &v->err);
    for (struct doc_item *i = doc_entry(table->items); i && code == ERR_OK; i = next) {
        next = doc_entry(i->next);
        if (!hashtable_find(&readers, i->name))
            doc_remove_item(&v->doc, table, i);
    }
    if (table->entries == 0)
        doc_remove_table(&v->doc, table);
    hashtable_free(&readers);
    return code;
}

/* Needs no key: whoever can write the file can do this. */
vault_err vault_env_delete(vault *v, const char *env)
{
    enum err_code code = GIVEN(v, env);

    if (code != ERR_OK)
        return (vault_err)code;
    code = handle_lock(v);
    if (code == ERR_OK)
        code = handle_find_env(v, env);
    if (code == ERR_OK) {
        change_drop_env(&v->doc, slice_of(env));
        code = drop_unused_passphrases(v);
        handle_forget_opened(v, slice_of(env));
    }
    return end(v, code);
}

vault_err vault_env_rename(vault *v, const char *from, const char *to)
{
    struct change c;
    enum err_code code = GIVEN(v, from, to);

    if (code != ERR_OK)
        return (vault_err)code;
    code = handle_begin(v, from, &c);
    if (code == ERR_OK)
        code = env_must_be_free(v, to);
    if (code == ERR_OK)
        code = change_rename_env(&c, slice_of(to), &v->err);
    if (code == ERR_OK) {
        struct opened_env *o = handle_opened(v, slice_of(from));

        snprintf(o->name, sizeof o->name, "%s", to);
        o->made = true;
    }
    return end(v, code);
}

vault_err vault_env_copy(vault *v, const char *from, const char *to)
{
    struct change c, source;
    struct doc_table *secret = NULL;
    enum err_code code = GIVEN(v, from, to);

    if (code != ERR_OK)
        return (vault_err)code;
    code = handle_begin(v, from, &source);
    if (code == ERR_OK)
        code = env_must_be_free(v, to);
    if (code == ERR_OK)
        code = make_env(v, to, slice_of(handle_opened(v, slice_of(from))->reader), &c);
    if (code == ERR_OK)
        code = copy_readers(v, &c, &source.env);
    while (code == ERR_OK &&
           (secret = doc_next_table(&v->doc, secret, DOC_SECRET, source.env.name)))
        code = change_copy_secret(&c, secret->secret, &source.env, secret, &v->err);
    return end(v, code);
}

vault_err vault_fingerprint(vault *v, const char *env, char fingerprint[VAULT_FINGERPRINT_LEN + 1])
{
    struct seal_env e;
    enum err_code code;

    CLEAR(fingerprint);
    code = GIVEN(v, fingerprint);
    if (code == ERR_OK)
        code = handle_open_env(v, env_or_default(v, env), &e);
    if (code == ERR_OK)
        memcpy(fingerprint, e.keys->fingerprint, sizeof e.keys->fingerprint);
    return (vault_err)code;
}

/* Whoever rotates must not lock themselves out: what was written is opened again. */
static enum err_code still_opens(vault *v, const struct opened_env *o)
{
    struct seal_keys *again = handle_take_keys(v);
    struct slice reader;
    enum err_code code;

    if (!again)
        return err_no_memory(&v->err);
    v->unlock.is_mute = true;
    code = unlock_env(&v->unlock, &v->doc, slice_of(o->name), again, &reader, &v->err);
    v->unlock.is_mute = false;
    if (code != ERR_NO_MEMORY &&
        (code != ERR_OK || sodium_memcmp(again->env, o->keys->env, SEAL_KEY) != 0))
        code = err_set(&v->err, ERR_INVALID,
                       "you could not open %s afterwards: nothing was changed", o->name);
    handle_give_back_keys(v, again);
    return code;
}

static enum err_code new_key(vault *v, const struct change *c, bool forget_past)
{
    struct opened_env *o = handle_opened(v, c->env.name);
    struct seal_keys *keys = make_keys(v);
    enum err_code code;

    if (!keys)
        return err_no_memory(&v->err);
    code = change_rotate(c, keys, forget_past, &v->err);
    if (code != ERR_OK)
        return code;
    o->keys = keys;
    o->made = true;
    return ERR_OK;
}

static enum err_code rotate(vault *v, const struct change *c, bool forget_past)
{
    enum err_code code = new_key(v, c, forget_past);

    return code == ERR_OK ? still_opens(v, handle_opened(v, c->env.name)) : code;
}

vault_err vault_rotate(vault *v, const char *env, vault_past past)
{
    struct change c;
    enum err_code code;

    if (!v)
        return VAULT_INVALID;
    code = check_choice(v, (int)past, VAULT_PAST_FORGET);
    if (code == ERR_OK)
        code = handle_begin(v, env_or_default(v, env), &c);
    return end(v, code == ERR_OK ? rotate(v, &c, past == VAULT_PAST_FORGET) : code);
}

vault_err vault_pin_state(vault *v, const char *env, char found[VAULT_FINGERPRINT_LEN + 1],
                          char known[VAULT_FINGERPRINT_LEN + 1], int *older)
{
    bool is_older = false;
    enum err_code code;

    CLEAR(found);
    CLEAR(known);
    CLEAR(older);
    code = GIVEN(v, found, known, older);
    if (code == ERR_OK)
        code = handle_key_seen(v, env_or_default(v, env), found, known, &is_older);
    if (code == ERR_OK)
        *older = is_older;
    return (vault_err)code;
}

vault_err vault_trust(vault *v, const char *env)
{
    return v ? (vault_err)handle_trust(v, env_or_default(v, env)) : VAULT_INVALID;
}

/* ---- readers ---- */

static struct doc_item *find_reader(const struct doc *doc, struct slice env, struct slice name)
{
    struct doc_table *readers = doc_find(doc, DOC_READERS, env, none);

    return readers ? doc_find_entry(readers, name) : NULL;
}

static struct doc_item *find_passphrase(const struct doc *doc, const char *name)
{
    struct doc_table *table = doc_find(doc, DOC_PASSPHRASES, none, none);

    return table ? doc_find_entry(table, slice_of(name)) : NULL;
}

/* A key that stands there under this name already stays as it is; a damaged entry of it is made
 * anew. */
static enum err_code add_reader(vault *v, const struct change *c, const char *name,
                                struct slice public_key)
{
    struct doc_item *there = find_reader(&v->doc, c->env.name, slice_of(name));
    enum err_code code = change_check_readers(&c->env, slice_of(name), &v->err);

    if (code != ERR_OK)
        return code;
    if (there && !slice_equal(there->part[0], public_key))
        return err_set(&v->err, ERR_EXISTS, "%s reads %.*s with another key", name,
                       (int)c->env.name.len, c->env.name.at);
    if (there && seal_reader_verify(&c->env, there))
        return ERR_OK;
    return change_add_reader(c, slice_of(name), public_key, &v->err);
}

vault_err vault_reader_add(vault *v, const char *env, const char *name, const char *public_key)
{
    struct age_recipient to;
    struct opened_env *o;
    struct buf text = {0};
    struct change c;
    enum err_code code = GIVEN(v, name, public_key);

    if (code != ERR_OK)
        return (vault_err)code;
    env = env_or_default(v, env);
    code = handle_check_name(v, "a reader", name);
    if (code == ERR_OK)
        code = age_recipient_read(slice_of(public_key), &to, &v->err);
    if (code == ERR_OK)
        code = handle_begin(v, env, &c);
    if (code == ERR_OK && find_passphrase(&v->doc, name))
        code = err_set(&v->err, ERR_EXISTS, "%s is the name of a passphrase", name);
    if (code == ERR_OK) {
        age_recipient_write(&to, &text); /* without a comment */
        code = buf_ok(&text) ? add_reader(v, &c, name, buf_slice(&text)) : err_no_memory(&v->err);
        o = handle_opened(v, slice_of(env));
        if (!o->reader[0] && unlock_is_own(&v->unlock, buf_slice(&text)))
            snprintf(o->reader, sizeof o->reader, "%s", name); /* of an environment just made */
    }
    buf_free(&text);
    return end(v, code);
}

/* A new identity and what [vault.passphrases] keeps of it. Takes as long as the stretching does. */
static enum err_code make_passphrase(vault *v, struct slice passphrase, struct buf *public_key,
                                     struct buf *sealed)
{
    struct age_identity *made = arena_alloc(&v->unlock.arena, 2 * sizeof *made),
                        *stretched = made + 1;
    char *line = arena_alloc(&v->unlock.arena, AGE_IDENTITY_TEXT + 2);
    enum err_code code;

    if (!made || !line)
        return err_no_memory(&v->err);
    code = age_identity_of_passphrase(passphrase, AGE_WORK_FACTOR, AGE_WORK_FACTOR_MAX, stretched,
                                      &v->err);
    if (code == ERR_OK) {
        age_identity_make(made);
        age_identity_write(made, line);
        line[AGE_IDENTITY_TEXT] = '\n';
        age_recipient_write(&made->self, public_key);
        code = change_wrap((struct slice){line, AGE_IDENTITY_TEXT + 1}, &stretched->self, sealed,
                           &v->err);
    }
    if (code == ERR_OK)
        code = unlock_keep(&v->unlock, buf_slice(sealed), made, &v->err);
    sodium_memzero(made, 2 * sizeof *made);
    sodium_memzero(line, AGE_IDENTITY_TEXT + 2);
    if (code == ERR_OK && !(buf_ok(public_key) && buf_ok(sealed)))
        code = err_no_memory(&v->err);
    return code;
}

static enum err_code keep_passphrase(vault *v, const char *name, struct slice sealed)
{
    struct doc_table *table = doc_find(&v->doc, DOC_PASSPHRASES, none, none);
    struct doc_item *there = table ? doc_find_entry(table, slice_of(name)) : NULL;

    if (!table)
        table = doc_add_table(&v->doc, DOC_PASSPHRASES, none, none);
    if (!table || (there && !doc_set_part(&v->doc, there, 0, sealed)) ||
        (!there && !doc_add_item(&v->doc, table, DOC_ENTRY, slice_of(name), &sealed, NULL)))
        return err_no_memory(&v->err);
    return ERR_OK;
}

/* The public half of a passphrase: of the identity that it opens, and of nothing that stands in the
 * file. MUST: it is the reader's wherever the name reads. Whoever can change the entry of a reader,
 * or what [vault.passphrases] keeps, would otherwise choose to whom another environment is given.
 */
static enum err_code public_half(vault *v, const char *env, const char *name,
                                 struct age_recipient *key)
{
    const struct slice any = {NULL, 0};
    struct age_recipient theirs;
    struct err ignored;
    enum err_code code =
        unlock_passphrase(&v->unlock, &v->doc, slice_of(env), slice_of(name), key, &v->err);

    for (struct doc_table *t = NULL;
         code == ERR_OK && (t = doc_next_table(&v->doc, t, DOC_READERS, any));) {
        const struct doc_item *reader = doc_find_entry(t, slice_of(name));

        if (!reader || (age_recipient_read(reader->part[0], &theirs, &ignored) == ERR_OK &&
                        age_recipient_equal(&theirs, key)))
            continue;
        code = err_set(&v->err, ERR_INTEGRITY,
                       "the passphrase of %s opens another key than %s has in %.*s: one of the two "
                       "was changed by somebody",
                       name, name, (int)t->env.len, t->env.at);
        err_because(&v->err, ERR_REASON_CHANGED);
        err_detail(&v->err, ERR_ENV, t->env.at, t->env.len);
        err_detail_text(&v->err, ERR_NAME, name);
    }
    return code;
}

/* The same while the lock is held: nobody is asked. */
static enum err_code public_half_again(vault *v, const char *env, const char *name,
                                       struct buf *public_key)
{
    unlock_ask *ask = v->unlock.ask;
    struct age_recipient key;
    enum err_code code;

    v->unlock.ask = NULL;
    code = public_half(v, env, name, &key);
    v->unlock.ask = ask;
    if (code == ERR_OK) {
        age_recipient_write(&key, public_key);
        code = buf_ok(public_key) ? ERR_OK : err_no_memory(&v->err);
    }
    return code;
}

vault_err vault_passphrase_key(vault *v, const char *env, const char *name, char **public_key)
{
    struct age_recipient key;
    enum err_code code;

    CLEAR(public_key);
    code = GIVEN(v, name, public_key);
    if (code == ERR_OK)
        code = handle_load(v);
    if (code == ERR_OK)
        code = public_half(v, env_or_default(v, env), name, &key);
    return code == ERR_OK ? give_public_key(v, &key, public_key) : (vault_err)code;
}

/* The next environment, behind the one called env ("": the first), that name reads. */
static bool next_env_of(const vault *v, const char *name, char env[NAME_MAX_LEN + 1])
{
    const struct slice any = {NULL, 0};
    struct doc_table *t = env[0] ? doc_find(&v->doc, DOC_READERS, slice_of(env), none) : NULL;

    while ((t = doc_next_table(&v->doc, t, DOC_READERS, any)))
        if (doc_find_entry(t, slice_of(name))) {
            snprintf(env, NAME_MAX_LEN + 1, "%.*s", (int)t->env.len, t->env.at);
            return true;
        }
    return false;
}

vault_err vault_reader_add_passphrase(vault *v, const char *env, const char *name,
                                      const char *passphrase, size_t len)
{
    struct buf public_key = {0}, sealed = {0};
    struct age_recipient key;
    struct seal_env e;
    struct change c;
    char elsewhere[NAME_MAX_LEN + 1] = "";
    enum err_code code = GIVEN(v, name);

    if (code != ERR_OK)
        return (vault_err)code;
    env = env_or_default(v, env);
    code = handle_check_name(v, "a reader", name);
    if (code == ERR_OK)
        code = handle_open_env(v, env, &e);
    if (code == ERR_OK) /* before the lock: it takes its time */
        code = passphrase
                   ? make_passphrase(v, (struct slice){passphrase, len}, &public_key, &sealed)
                   : public_half(v, env, name, &key);
    if (code == ERR_OK)
        code = handle_begin(v, env, &c);
    if (code == ERR_OK && find_passphrase(&v->doc, name) && passphrase)
        code = err_set(&v->err, ERR_EXISTS, "there is a passphrase %s already", name);
    if (code == ERR_OK && passphrase && next_env_of(v, name, elsewhere))
        code = err_set(&v->err, ERR_EXISTS, "%s reads %s with a key", name, elsewhere);
    if (code == ERR_OK)
        code = passphrase ? keep_passphrase(v, name, buf_slice(&sealed))
                          : public_half_again(v, env, name, &public_key);
    if (code == ERR_OK)
        code = add_reader(v, &c, name, buf_slice(&public_key));
    buf_free(&public_key);
    buf_free(&sealed);
    return end(v, code);
}

/* Another key for a name, everywhere; `sealed`: of a passphrase, else empty. */
static enum err_code replace_reader(vault *v, const char *name, struct slice public_key,
                                    struct slice sealed)
{
    struct change c;
    char env[NAME_MAX_LEN + 1] = "";
    enum err_code code = ERR_OK;

    for (env[0] = '\0'; code == ERR_OK && next_env_of(v, name, env);) {
        code = handle_begin(v, env, &c);
        if (code == ERR_OK) /* MUST NOT: nobody gets an environment by an entry made by hand */
            code = change_check_readers(&c.env, none, &v->err);
        if (code == ERR_OK)
            code = change_add_reader(&c, slice_of(name), public_key, &v->err);
        if (code == ERR_OK)
            code = rotate(v, &c, false);
    }
    if (code == ERR_OK && sealed.len == 0 && find_passphrase(&v->doc, name))
        doc_remove_item(&v->doc, doc_find(&v->doc, DOC_PASSPHRASES, none, none),
                        find_passphrase(&v->doc, name));
    if (code == ERR_OK)
        code = drop_unused_passphrases(v);
    return code;
}

/* Opens all that name reads, with its old key perhaps, before that is replaced. */
static enum err_code begin_all(vault *v, const char *name)
{
    struct change c;
    char env[NAME_MAX_LEN + 1] = "";
    enum err_code code = handle_load(v);

    if (code == ERR_OK && !next_env_of(v, name, env))
        code = err_set(&v->err, ERR_ABSENT, "%s reads no environment", name);
    for (env[0] = '\0'; code == ERR_OK && next_env_of(v, name, env);)
        code = handle_begin(v, env, &c);
    return code;
}

vault_err vault_reader_replace(vault *v, const char *name, const char *public_key)
{
    struct age_recipient to;
    struct buf text = {0};
    enum err_code code = GIVEN(v, name, public_key);

    if (code != ERR_OK)
        return (vault_err)code;
    code = handle_check_name(v, "a reader", name);
    if (code == ERR_OK)
        code = age_recipient_read(slice_of(public_key), &to, &v->err);
    if (code == ERR_OK)
        code = begin_all(v, name);
    if (code == ERR_OK) {
        age_recipient_write(&to, &text);
        code = buf_ok(&text) ? replace_reader(v, name, buf_slice(&text), none)
                             : err_no_memory(&v->err);
    }
    buf_free(&text);
    return end(v, code);
}

vault_err vault_passphrase_change(vault *v, const char *name, const char *passphrase, size_t len)
{
    struct buf public_key = {0}, sealed = {0};
    char env[NAME_MAX_LEN + 1] = "";
    enum err_code code = GIVEN(v, name, passphrase);

    if (code != ERR_OK)
        return (vault_err)code;
    code = handle_check_name(v, "a reader", name);
    if (code == ERR_OK)
        code = handle_load(v);
    if (code == ERR_OK && !next_env_of(v, name, env))
        code = err_set(&v->err, ERR_ABSENT, "%s reads no environment", name);
    if (code == ERR_OK) /* before the lock: it takes its time */
        code = make_passphrase(v, (struct slice){passphrase, len}, &public_key, &sealed);
    if (code == ERR_OK)
        code = begin_all(v, name);
    if (code == ERR_OK)
        code = (enum err_code)vault_add_passphrase(v, passphrase, len);
    if (code == ERR_OK)
        code = keep_passphrase(v, name, buf_slice(&sealed));
    if (code == ERR_OK)
        code = replace_reader(v, name, buf_slice(&public_key), buf_slice(&sealed));
    buf_free(&public_key);
    buf_free(&sealed);
    return end(v, code);
}

/* Whether a reader has this public key, however either is written. */
static bool has_key(const struct doc_item *reader, struct slice public_key)
{
    struct age_recipient a, b;
    struct err ignored;

    if (age_recipient_read(reader->part[0], &a, &ignored) != ERR_OK ||
        age_recipient_read(public_key, &b, &ignored) != ERR_OK)
        return slice_equal(reader->part[0], public_key);
    return age_recipient_equal(&a, &b);
}

static bool goes_with(const struct change *c, const struct doc_item *other,
                      const struct doc_item *reader)
{
    return other == reader ||
           (has_key(other, reader->part[0]) && seal_reader_verify(&c->env, other));
}

/* A key is a person: every name that it has goes. MUST NOT: one that somebody has put there who
 * cannot open the environment goes silently, be it with another reader's name. */
static enum err_code drop_reader(vault *v, const struct change *c, const char *name)
{
    struct doc_table *readers = doc_find(&v->doc, DOC_READERS, c->env.name, none);
    struct doc_item *reader = readers ? doc_find_entry(readers, slice_of(name)) : NULL, *next;
    size_t going = 0;
    enum err_code code = ERR_OK;

    if (!reader)
        return change_drop_reader(c, slice_of(name), &v->err);
    for (struct doc_item *i = doc_entry(readers->items); i; i = doc_entry(i->next))
        going += goes_with(c, i, reader);
    if (going == readers->entries)
        return err_set(&v->err, ERR_INVALID, "%s is the last reader of %.*s", name,
                       (int)c->env.name.len, c->env.name.at);
    for (struct doc_item *i = doc_entry(readers->items); i && code == ERR_OK; i = next) {
        next = doc_entry(i->next);
        if (i != reader && goes_with(c, i, reader))
            code = change_drop_reader(c, i->name, &v->err);
    }
    return code == ERR_OK ? change_drop_reader(c, reader->name, &v->err) : code;
}

static vault_err remove_reader(vault *v, const char *env, const char *name, bool lock_out)
{
    struct change c;
    enum err_code code = GIVEN(v, name);

    if (code != ERR_OK)
        return (vault_err)code;
    code = handle_check_name(v, "a reader", name);
    if (code == ERR_OK)
        code = handle_begin(v, env_or_default(v, env), &c);
    if (code == ERR_OK)
        code = drop_reader(v, &c, name);
    if (code == ERR_OK)
        code = lock_out ? new_key(v, &c, false) : rotate(v, &c, false);
    if (code == ERR_OK)
        code = drop_unused_passphrases(v);
    return end(v, code);
}

vault_err vault_reader_remove(vault *v, const char *env, const char *name)
{
    return remove_reader(v, env, name, false);
}

vault_err vault_reader_leave(vault *v, const char *env, const char *name)
{
    return remove_reader(v, env, name, true);
}

static const char *kind_of(const vault *v, const struct doc_item *reader)
{
    struct age_recipient key;
    struct doc_table *table = doc_find(&v->doc, DOC_PASSPHRASES, none, none);
    struct err ignored;

    if (table && doc_find_entry(table, reader->name))
        return "passphrase";
    return age_recipient_read(reader->part[0], &key, &ignored) == ERR_OK ? age_recipient_kind(&key)
                                                                         : "unknown";
}

vault_err vault_reader_list(vault *v, const char *env, vault_reader_entry **out, size_t *count)
{
    struct opened_env *o;
    struct doc_table *readers;
    struct seal_env e = {.keys = NULL};
    struct list list;
    size_t text = 0;
    enum err_code code;

    CLEAR(out);
    CLEAR(count);
    env = env_or_default(v, env);
    code = GIVEN(v, out, count);
    if (code == ERR_OK)
        code = handle_find_env(v, env);
    if (code != ERR_OK)
        return (vault_err)code;
    o = handle_opened(v, slice_of(env));
    if (o)
        e = handle_seal_env(v, o);
    readers = doc_find(&v->doc, DOC_READERS, slice_of(env), none);
    for (struct doc_item *i = readers ? doc_entry(readers->items) : NULL; i; i = doc_entry(i->next))
        text += i->name.len + 1 + i->part[0].len + 1;
    if (!list_make(&list, readers ? readers->entries : 0, sizeof **out, text))
        return (vault_err)err_no_memory(&v->err);
    *out = (vault_reader_entry *)(void *)list.entries;
    *count = 0;
    for (struct doc_item *i = readers ? doc_entry(readers->items) : NULL; i; i = doc_entry(i->next))
        (*out)[(*count)++] =
            (vault_reader_entry){.name = list_string(&list, i->name),
                                 .kind = kind_of(v, i),
                                 .public_key = list_string(&list, i->part[0]),
                                 .own = unlock_is_own(&v->unlock, i->part[0]),
                                 .seal = !e.keys                     ? VAULT_SEAL_UNCHECKED
                                         : seal_reader_verify(&e, i) ? VAULT_SEAL_VERIFIED
                                                                     : VAULT_SEAL_FORGED};
    return VAULT_OK;
}

/* As a line of an identity file. */
static enum err_code add_identity(vault *v, struct vault_kv *kv, const struct age_identity *id)
{
    char *line = arena_alloc(&kv->arena, AGE_IDENTITY_TEXT_MAX + 2);
    size_t len;

    if (!line)
        return err_no_memory(&v->err);
    age_identity_write(id, line);
    len = strlen(line);
    line[len] = '\n'; /* with a zero behind it */
    line[len + 1] = '\0';
    return kv_add_own(kv, slice_of("IDENTITY"), (struct slice){line, len + 1})
               ? ERR_OK
               : err_no_memory(&v->err);
}

vault_err vault_identity_of(vault *v, const char *env, vault_kv **out)
{
    const struct age_identity *id = NULL;
    struct slice ssh = none;
    struct vault_kv *kv;
    struct doc_item *reader;
    struct seal_env e;
    enum err_code code;

    CLEAR(out);
    env = env_or_default(v, env);
    code = GIVEN(v, out);
    if (code == ERR_OK)
        code = handle_open_env(v, env, &e);
    if (code != ERR_OK)
        return (vault_err)code;
    reader = find_reader(&v->doc, e.name, slice_of(handle_opened(v, e.name)->reader));
    if (reader)
        id = unlock_identity(&v->unlock, reader->part[0]);
    if (reader)
        ssh = unlock_opened_ssh(&v->unlock, reader->part[0]);
    if (ssh.len == 0 && (!id || strcmp(age_recipient_kind(&id->self), "ssh-ed25519") == 0))
        return (vault_err)err_set(&v->err, ERR_INVALID,
                                  "%s is opened with a key that stays in its file", env);
    kv = kv_new();
    if (!kv)
        code = err_no_memory(&v->err);
    else if (ssh.len > 0)
        code = err_memory(kv_add(kv, slice_of("IDENTITY"), ssh), &v->err);
    else
        code = add_identity(v, kv, id);
    return give_kv(kv, code, out);
}

/* ---- merging ---- */

/* A merge on its way to the caller. */
struct asking {
    struct vault *v;
    const vault_merging *how;
};

static const char *copy_text(struct arena *arena, struct slice s)
{
    return arena_copy(arena, s.at, s.len); /* with a zero byte behind it */
}

static vault_one_side one_side_of(struct arena *arena, const struct merge_version *s)
{
    return (vault_one_side){s->there, copy_text(arena, s->author), (int64_t)s->updated_at,
                            copy_text(arena, s->text)};
}

static bool tell_conflict(struct arena *arena, struct merge_change *c, vault_conflict *out)
{
    static const char *const kinds[] = {
        [MERGE_VALUE] = "value",      [MERGE_SECRET] = "secret",
        [MERGE_READER] = "reader",    [MERGE_ENVIRONMENT] = "environment",
        [MERGE_FORK] = "fork",        [MERGE_PASSPHRASE] = "passphrase",
        [MERGE_PROPOSAL] = "proposal"};
    struct buf sentence = {0};

    merge_describe(c, &sentence);
    *out = (vault_conflict){.kind = kinds[c->kind],
                            .env = copy_text(arena, c->env),
                            .secret = copy_text(arena, c->secret),
                            .name = copy_text(arena, c->name),
                            .why = (vault_why)(c->why - MERGE_BOTH),
                            .incoming =
                                c->incoming == MERGE_OURS ? VAULT_ANSWER_OURS : VAULT_ANSWER_THEIRS,
                            .locked = c->locked,
                            .ours = one_side_of(arena, &c->side[MERGE_OURS]),
                            .theirs = one_side_of(arena, &c->side[MERGE_THEIRS]),
                            .of = c};
    if (buf_ok(&sentence))
        out->sentence = copy_text(arena, buf_slice(&sentence));
    buf_free(&sentence);
    return out->env && out->secret && out->name && out->sentence && out->ours.author &&
           out->ours.text && out->theirs.author && out->theirs.text;
}

/* What it does not fit is no answer. */
static void take_answer(struct merge *m, struct merge_change *c, vault_conflict *from)
{
    static const enum merge_answer answers[] = {[VAULT_ANSWER_OURS] = MERGE_TAKE_OURS,
                                                [VAULT_ANSWER_THEIRS] = MERGE_TAKE_THEIRS,
                                                [VAULT_ANSWER_BOTH] = MERGE_TAKE_BOTH,
                                                [VAULT_ANSWER_NEW] = MERGE_TAKE_NEW};
    vault_pair pair = {NULL, NULL, 0};
    char *copy;

    if (from->answer == VAULT_ANSWER_OURS || from->answer == VAULT_ANSWER_THEIRS ||
        (from->answer == VAULT_ANSWER_BOTH && c->kind == MERGE_FORK))
        c->answer = answers[from->answer];
    if (from->answer == VAULT_ANSWER_NEW && c->kind == MERGE_VALUE && from->value &&
        vault_kv_count(from->value) == 1)
        pair = vault_kv_at(from->value, 0);
    copy = pair.name ? arena_copy(&m->keys, pair.value, pair.len) : NULL;
    if (copy) {
        c->answer = MERGE_TAKE_NEW;
        c->value = (struct slice){copy, pair.len};
    }
    vault_kv_free(from->value);
}

static enum err_code ask_resolver(void *user, struct merge *m)
{
    const struct asking *a = user;
    struct arena arena = ARENA_PUBLIC;
    vault_conflict *list;
    size_t count = 0, i = 0;
    bool good;

    for (const struct merge_change *c = m->changes; c; c = c->next)
        count += merge_is_open(c);
    list = arena_alloc(&arena, (count + 1) * sizeof *list);
    good = list != NULL;
    for (struct merge_change *c = m->changes; c && good; c = c->next)
        if (merge_is_open(c))
            good = tell_conflict(&arena, c, &list[i++]);
    if (good && count > 0) {
        a->how->resolve(a->how->user, list, count);
        i = 0;
        for (struct merge_change *c = m->changes; c; c = c->next)
            if (i < count && list[i].of == c)
                take_answer(m, c, &list[i++]);
    }
    arena_free(&arena);
    return good ? ERR_OK : err_no_memory(&a->v->err);
}

static enum err_code ask_history(void *user, const struct slice *texts, size_t count, bool *seen,
                                 struct err *err)
{
    const struct asking *a = user;
    vault_text_seen *list = calloc(count, sizeof *list);
    enum err_code code = err_memory(list != NULL, err);

    for (size_t i = 0; list && i < count; i++)
        list[i] = (vault_text_seen){texts[i].at, texts[i].len, 0};
    if (list && a->how->look_back(a->how->user, list, count) != 0)
        code = err_set(err, ERR_FAILED, "the history could not be read: nothing was merged");
    for (size_t i = 0; list && i < count; i++)
        seen[i] = list[i].seen;
    free(list);
    return code;
}

static enum err_code value_of(const struct merge_change *c, enum merge_side side, vault_kv **out,
                              struct err *err)
{
    struct arena arena = {0};
    struct seal_value value;
    enum err_code code;

    if (!c->at[side])
        return ERR_OK;
    code = merge_value(c, side, &arena, &value, err);
    if (code == ERR_OK) {
        *out = kv_new();
        if (!*out || !kv_add(*out, c->name, value.value))
            code = err_no_memory(err);
        else
            kv_finish(*out);
    }
    arena_free(&arena);
    return code;
}

vault_err vault_conflict_values(vault *v, const vault_conflict *conflict, vault_kv **ours,
                                vault_kv **theirs)
{
    const struct merge_change *c;
    enum err_code code;

    CLEAR(ours);
    CLEAR(theirs);
    code = GIVEN(v, conflict, ours, theirs);
    if (code != ERR_OK)
        return (vault_err)code;
    c = conflict->of;
    if (!c || c->kind != MERGE_VALUE)
        return (vault_err)err_set(&v->err, ERR_INVALID, "this conflict is not one of values");
    code = value_of(c, MERGE_OURS, ours, &v->err);
    if (code == ERR_OK)
        code = value_of(c, MERGE_THEIRS, theirs, &v->err);
    if (code != ERR_OK) {
        vault_kv_free(*ours);
        vault_kv_free(*theirs);
        *ours = *theirs = NULL;
    }
    return (vault_err)code;
}

/* The caller's own memory, which is read and outlives the merge: three files are too much to copy.
 */
static struct buf borrow(const char *text, size_t len)
{
    return (struct buf){.data = len ? (char *)text : NULL, .len = len, .size = len, .fixed = len};
}

vault_err vault_merge(vault *v, const vault_merging *how, char **text, size_t *len)
{
    struct buf texts[MERGE_SIDES] = {{0}, {0}, {0}}, out = {0};
    struct asking asking = {v, how};
    struct handle_merging merging;
    enum err_code code;

    CLEAR(text);
    CLEAR(len);
    code = GIVEN(v, how);
    if (code == ERR_OK && how->size != sizeof *how)
        code = err_set(&v->err, ERR_INVALID, "a merge whose size is not that of a vault_merging");
    if (code == ERR_OK && (!how->ours || !how->theirs || (text && !len)))
        code = refuse_null(v);
    if (code != ERR_OK)
        return (vault_err)code;
    merging = (struct handle_merging){.resolve = how->resolve ? ask_resolver : NULL,
                                      .look_back = how->look_back ? ask_history : NULL,
                                      .user = &asking,
                                      .marker_size = how->marker_size,
                                      .path = how->path,
                                      .write_conflicts = how->write_conflicts};
    texts[MERGE_BASE] = borrow(how->base, how->base_len);
    texts[MERGE_OURS] = borrow(how->ours, how->ours_len);
    texts[MERGE_THEIRS] = borrow(how->theirs, how->theirs_len);
    code = handle_merge(v, texts, &merging, text ? &out : NULL);
    if (text && out.len > 0)
        buf_add(&out, "", 1);
    if (!buf_ok(&out)) {
        code = err_no_memory(&v->err);
    } else if (text && out.len > 0) {
        *text = out.data;
        *len = out.len - 1;
        out = (struct buf){0};
    }
    for (int side = 0; side < MERGE_SIDES; side++)
        buf_free(&texts[side]);
    buf_free(&out);
    return (vault_err)code;
}

/* ---- verifying ---- */

vault_err vault_verify(vault *v, const char *env, vault_notice *tell_finding, void *user)
{
    return v ? (vault_err)verify_env(v, env_or_default(v, env), tell_finding, user) : VAULT_INVALID;
}

/* ---- versions ---- */

typedef char parts_agree[(int)COMPARE_UNREAD == (int)VAULT_WHAT_UNREAD &&
                                 (int)COMPARE_VALUE == (int)VAULT_PART_VALUE &&
                                 (int)COMPARE_PROPOSAL == (int)VAULT_PART_PROPOSAL &&
                                 (int)DIGEST_TEXT == (int)VAULT_MARK_LEN
                             ? 1
                             : -1];

struct teller {
    vault_compare_tell *tell;
    void *user;
};

static vault_side side_of(const struct compare_side *s, char author[SEAL_AUTHOR_MAX + 1])
{
    vault_side side = {.text = s->text.at, .text_len = s->text.len};

    if (s->opened) {
        memcpy(author, s->value.author.at, s->value.author.len);
        author[s->value.author.len] = '\0';
        side.value = s->value.value.at;
        side.len = s->value.value.len;
        side.author = author;
        side.updated_at = (int64_t)s->value.updated_at;
    }
    return side;
}

static void tell_difference(void *user, const struct compare_finding *f)
{
    const struct teller *t = user;
    char env[NAME_MAX_LEN + 1] = "", secret[NAME_MAX_LEN + 1] = "", name[KEY_MAX_LEN + 1] = "";
    char authors[2][SEAL_AUTHOR_MAX + 1];
    vault_difference d = {.what = (vault_what)f->what,
                          .part = (vault_part)f->part,
                          .env = env,
                          .secret = secret,
                          .name = name,
                          .before = side_of(&f->before, authors[0]),
                          .after = side_of(&f->after, authors[1]),
                          .vouched = f->vouched,
                          .same_key = f->same_key,
                          .in_after = f->in_after,
                          .error = f->err ? (vault_err)f->err->code : VAULT_OK,
                          .sentence = f->err ? f->err->text : ""};

    memcpy(env, f->env.at, f->env.len);
    memcpy(secret, f->secret.at, f->secret.len);
    memcpy(name, f->name.at, f->name.len);
    t->tell(t->user, &d);
}

vault_err vault_compare(vault *before, vault *after, const char *env, vault_compare_tell *tell,
                        void *user)
{
    struct teller teller = {tell, user};

    if (!before && !after)
        return VAULT_INVALID;
    if (!tell)
        return (vault_err)refuse_null(after ? after : before);
    return (vault_err)compare_versions(before, after, env, tell_difference, &teller);
}

/* Marks the ciphertext if the value cannot be decrypted. key is NULL if none can. */
static enum err_code put_mark(const struct seal_env *e, const struct digest_key *key,
                              const struct doc_table *table, const struct doc_item *item,
                              struct arena *arena, vault_mark_entry *entry)
{
    struct seal_value value;
    struct err err;
    enum err_code code =
        key ? seal_value_open(e, table->secret, item, arena, &value, &err) : ERR_LOCKED;

    entry->keyed = code == ERR_OK;
    if (entry->keyed)
        digest_value(e, key, table->secret, item->name, value.value, entry->mark);
    else
        digest_sealed(item->part[0], entry->mark);
    arena_clear(arena);
    return code == ERR_NO_MEMORY ? code : ERR_OK;
}

/* The one of that name, or each in turn; NULL at the end. */
static struct doc_table *next_marked(const vault *v, const struct doc_table *after, const char *env,
                                     const char *secret)
{
    if (!secret)
        return doc_next_table(&v->doc, after, DOC_SECRET, slice_of(env));
    return after ? NULL : doc_find(&v->doc, DOC_SECRET, slice_of(env), slice_of(secret));
}

static bool make_marks(const vault *v, const char *env, const char *secret, struct list *list)
{
    size_t entries = 0, text = 0;

    for (struct doc_table *t = NULL; (t = next_marked(v, t, env, secret));) {
        entries += t->entries;
        text += t->secret.len + 1;
        for (struct doc_item *i = doc_entry(t->items); i; i = doc_entry(i->next))
            text += i->name.len + 1;
    }
    return list_make(list, entries, sizeof(vault_mark_entry), text);
}

static enum err_code put_marks(const struct seal_env *e, const struct digest_key *key,
                               const struct doc_table *table, struct list *list,
                               vault_mark_entry *entry)
{
    const char *secret = list_string(list, table->secret);
    struct arena arena = {0};
    enum err_code code = ERR_OK;

    for (struct doc_item *i = doc_entry(table->items); i && code == ERR_OK;
         i = doc_entry(i->next), entry++) {
        entry->secret = secret;
        entry->name = list_string(list, i->name);
        code = put_mark(e, key, table, i, &arena, entry);
    }
    arena_free(&arena);
    return code;
}

vault_err vault_mark_list(vault *v, const char *env, const char *secret, vault_mark_entry **out,
                          size_t *count)
{
    struct digest_key key;
    struct doc_table *t = NULL;
    struct list list;
    struct seal_env e;
    enum err_code code;
    bool keyed;

    CLEAR(out);
    CLEAR(count);
    env = env_or_default(v, env);
    code = GIVEN(v, out, count);
    if (code == ERR_OK)
        code = handle_find_env(v, env);
    if (code == ERR_OK && secret)
        code = find_secret(v, env, secret, &t);
    if (code != ERR_OK)
        return (vault_err)code;
    if (!make_marks(v, env, secret, &list))
        return (vault_err)err_no_memory(&v->err);
    *out = (vault_mark_entry *)(void *)list.entries;
    *count = 0;
    code = handle_open_env(v, env, &e);
    if (code == ERR_OK)
        code = digest_derive(&e, &key, &v->err);
    keyed = code == ERR_OK;
    if (code != ERR_NO_MEMORY)
        code = ERR_OK;
    for (t = NULL; code == ERR_OK && (t = next_marked(v, t, env, secret));) {
        code = put_marks(&e, keyed ? &key : NULL, t, &list, *out + *count);
        *count += t->entries;
    }
    sodium_memzero(&key, sizeof key);
    stack_wipe();
    if (code == ERR_OK)
        return VAULT_OK;
    free(list.entries);
    *out = NULL;
    *count = 0;
    return (vault_err)err_no_memory(&v->err);
}

/* The fingerprint of one past key, in the place that its number says. */
static enum err_code put_past(const struct seal_env *e, const struct doc_item *item, size_t entries,
                              struct seal_keys *keys, vault_past_entry *list, struct err *err)
{
    struct seal_past past;
    uint64_t number;
    enum err_code code = seal_past_open(e, item, &past, err);

    if (code == ERR_OK && !text_number(item->name, entries, &number))
        code =
            err_set(err, ERR_INTEGRITY, "the past of %.*s has a gap", (int)e->name.len, e->name.at);
    if (code == ERR_OK) {
        seal_derive(keys, past.env);
        list[number - 1].rotated_at = (int64_t)past.rotated_at;
        memcpy(list[number - 1].fingerprint, keys->fingerprint, sizeof keys->fingerprint);
    }
    sodium_memzero(&past, sizeof past);
    return code;
}

vault_err vault_past_list(vault *v, const char *env, vault_past_entry **out, size_t *count)
{
    struct arena arena = {0};
    struct doc_table *table;
    struct seal_keys *keys;
    struct list list;
    struct seal_env e;
    enum err_code code;

    CLEAR(out);
    CLEAR(count);
    code = GIVEN(v, out, count);
    if (code == ERR_OK)
        code = handle_open_env(v, env_or_default(v, env), &e);
    if (code != ERR_OK)
        return (vault_err)code;
    table = doc_find(&v->doc, DOC_PAST, e.name, none);
    *count = table ? table->entries : 0;
    if (!list_make(&list, *count, sizeof **out, 0)) {
        *count = 0;
        return (vault_err)err_no_memory(&v->err);
    }
    *out = (vault_past_entry *)(void *)list.entries;
    keys = arena_alloc(&arena, sizeof *keys);
    if (!keys)
        code = err_no_memory(&v->err);
    for (struct doc_item *i = table && keys ? doc_entry(table->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next))
        code = put_past(&e, i, *count, keys, *out, &v->err);
    stack_wipe();
    arena_free(&arena);
    if (code != ERR_OK) {
        free(list.entries);
        *out = NULL;
        *count = 0;
    }
    return (vault_err)code;
}

/* ---- defaults: as the program does it ---- */

/* Copies a struct that a caller made, which begins with its size. An older one is shorter: what it
 * lacks stays 0. */
static enum err_code copy_sized(vault *v, const void *from, void *to, size_t most)
{
    size_t size = *(const size_t *)from;

    if (size < sizeof size || size > most)
        return err_set(&v->err, ERR_INVALID, "a struct does not say its size");
    memcpy(to, from, size);
    return ERR_OK;
}

/* MUST: free the files of *out. */
static enum err_code read_overrides(vault *v, const vault_overrides *more,
                                    struct settings_given *out)
{
    const unsigned all = 2 * VAULT_PURPOSE_LOOK - 1;
    const vault_credential_file *listed = more->credentials;
    struct settings_file *files;
    enum err_code code = given_strings(v, more->pins, more->pin_count);

    if (code == ERR_OK && more->purpose > all)
        code = err_set(&v->err, ERR_INVALID, "a purpose that there is not");
    if (code == ERR_OK && more->credential_count > 0 && !listed)
        code = refuse_null(v);
    for (size_t i = 0; listed && i < more->credential_count && code == ERR_OK; i++)
        code = GIVEN(v, listed[i].path);
    if (code != ERR_OK)
        return code;
    files = calloc(more->credential_count + 1, sizeof *files);
    if (!files)
        return err_no_memory(&v->err);
    for (size_t i = 0; listed && i < more->credential_count; i++)
        files[i] = (struct settings_file){listed[i].path, listed[i].is_passphrase != 0};
    out->files = files;
    out->file_count = more->credential_count;
    out->file = more->file;
    out->author = more->author;
    out->pins = more->pins;
    out->pin_count = more->pin_count;
    out->is_new = more->purpose & VAULT_PURPOSE_CREATE;
    return ERR_OK;
}

static enum err_code resolve(vault *v, const char *env, const vault_overrides *more,
                             const struct variables *variables)
{
    struct settings_given given = {.env = env};
    enum err_code code = read_overrides(v, more, &given);

    if (v->settings)
        settings_free(v->settings);
    else
        v->settings = malloc(sizeof *v->settings);
    if (v->settings)
        *v->settings = (struct settings){.arena = ARENA_PUBLIC, .env = SETTINGS_ENV};
    else
        code = err_no_memory(&v->err);
    if (code == ERR_OK)
        code = settings_resolve(&given, variables, v->settings, &v->err);
    free((void *)given.files);
    return code;
}

static enum err_code find_file(vault *v, const struct variables *variables, bool is_optional)
{
    struct settings *s = v->settings;
    struct err before = v->err;
    enum err_code code;

    if (s->file)
        return ERR_OK;
    code = search_upward(variables, &s->arena, &s->file, &v->err);
    if (code != ERR_ABSENT || !is_optional)
        return code;
    v->err = before;
    return ERR_OK;
}

static void tell_of(const vault *v, const char *what, const char *why)
{
    struct buf sentence = {0};

    buf_printf(&sentence, "%s%s", what, why);
    handle_tell(v, &sentence);
}

/* Another version of the file is compared with the file's own history, and MUST NOT be pinned. MUST
 * NOT go on without pins for want of memory: every key would be accepted. */
static vault_err use_pins(vault *v, const struct settings *s, unsigned purpose, bool searched)
{
    unsigned flags = (purpose & VAULT_PURPOSE_LOOK ? VAULT_PINS_LOOK_ONLY : 0) |
                     (searched ? VAULT_PINS_SEARCHED : 0);
    vault_err err = purpose & VAULT_PURPOSE_VERSIONS ? VAULT_OK : vault_pins_use(v, s->pins, flags);

    for (size_t i = 0; i < s->pin_count && err == VAULT_OK; i++)
        err = vault_pin(v, s->pin[i].env, s->pin[i].fingerprint);
    if (err == VAULT_OK && s->pin_is_empty) /* as in a CI that does not know the variable */
        tell_of(v, "VAULT_PIN", " is empty, and counts as not set");
    return err;
}

/* What git is told is not meant for us: one that cannot be an author is passed over. */
static vault_err use_author(vault *v, const struct settings *s)
{
    struct err before = v->err;
    vault_err err = s->author ? vault_set_author(v, s->author) : VAULT_OK;

    if (err == VAULT_OK || err == VAULT_NO_MEMORY)
        return err;
    if (!s->author_is_gits)
        return (vault_err)handle_prefix(v, "VAULT_AUTHOR");
    tell_of(v, "GIT_AUTHOR_EMAIL is passed over: ", v->err.text);
    v->err = before;
    return VAULT_OK;
}

vault_err vault_find_default(vault *v, const char *env, const vault_overrides *more)
{
    vault_overrides own = {.size = sizeof own};
    struct variables variables;
    bool searched = false;
    enum err_code code;
    vault_err err;

    if (!v)
        return VAULT_INVALID;
    code = more ? copy_sized(v, more, &own, sizeof own) : ERR_OK;
    variables_read(&variables);
    if (code == ERR_OK)
        code = resolve(v, env, &own, &variables);
    err = (vault_err)code;
    if (err == VAULT_OK && v->settings->env_is_named)
        err = vault_pin(v, v->settings->env, NULL);
    if (err == VAULT_OK) {
        searched = !v->settings->file;
        err = (vault_err)find_file(v, &variables, own.purpose & VAULT_PURPOSE_OPTIONAL);
    }
    if (err == VAULT_OK)
        err = use_pins(v, v->settings, own.purpose, searched);
    if (err == VAULT_OK && !(own.purpose & VAULT_PURPOSE_READ))
        err = use_author(v, v->settings);
    return err;
}

static vault_err nothing_found(vault *v)
{
    return (vault_err)err_set(&v->err, ERR_INVALID, "nothing was looked for yet");
}

vault_err vault_add_default_credentials(vault *v, int *is_given)
{
    if (is_given)
        *is_given = v && v->settings && v->settings->is_key_given;
    if (!v)
        return VAULT_INVALID;
    if (!v->settings)
        return nothing_found(v);
    if (v->settings->is_key_given)
        vault_set_prompt(v, NULL, NULL);
    return (vault_err)credentials_add(v, v->settings);
}

vault_err vault_open_default(vault *v, const char *env, const vault_overrides *more)
{
    vault_err err = vault_find_default(v, env, more);

    if (err == VAULT_OK && vault_default_file(v))
        err = vault_open(v, vault_default_file(v));
    if (err == VAULT_OK)
        err = vault_add_default_credentials(v, NULL);
    return err;
}

const char *vault_default_file(const vault *v)
{
    return v && v->settings ? v->settings->file : NULL;
}

const char *vault_default_env(const vault *v)
{
    return v && v->settings ? v->settings->env : SETTINGS_ENV;
}

vault_err vault_default_files(vault *v, const char ***paths, size_t *count)
{
    const struct settings *s;
    struct list list;
    size_t text = 0;
    enum err_code code;

    CLEAR(paths);
    CLEAR(count);
    code = GIVEN(v, paths, count);
    if (code != ERR_OK)
        return (vault_err)code;
    s = v->settings;
    if (!s)
        return nothing_found(v);
    for (size_t i = 0; i < s->source_count; i++)
        text += s->sources[i].path ? strlen(s->sources[i].path) + 1 : 0;
    if (!list_make(&list, s->source_count, sizeof **paths, text))
        return (vault_err)err_no_memory(&v->err);
    *paths = (const char **)(void *)list.entries;
    for (size_t i = 0; i < s->source_count; i++)
        if (s->sources[i].path)
            (*paths)[(*count)++] = list_string(&list, slice_of(s->sources[i].path));
    return VAULT_OK;
}

vault_err vault_default_path(vault_folder folder, const char *name, char **path)
{
    struct arena arena = ARENA_PUBLIC;
    struct variables variables;
    const char *found = NULL;
    struct err err;
    enum err_code code;

    CLEAR(path);
    if (!name || !path || folder > VAULT_FOLDER_STATE)
        return VAULT_INVALID;
    variables_read(&variables);
    code =
        settings_place(&variables, folder == VAULT_FOLDER_CONFIG ? SETTINGS_CONFIG : SETTINGS_STATE,
                       name, &arena, &found, &err);
    *path = found ? strdup(found) : NULL;
    if (code == ERR_OK && !*path)
        code = found ? ERR_NO_MEMORY : ERR_ABSENT;
    arena_free(&arena);
    return (vault_err)code;
}

vault_err vault_passphrase_given(vault *v, vault_kv **out)
{
    struct vault_kv *kv = NULL;
    struct slice passphrase;
    enum err_code code = begin_kv(v, &kv, out);

    if (code != ERR_OK)
        return (vault_err)code;
    passphrase = unlock_passphrase_given(&v->unlock);
    if (passphrase.len == 0)
        code = err_set(&v->err, ERR_ABSENT, "no passphrase was given");
    else if (!kv_add(kv, slice_of("PASSPHRASE"), passphrase))
        code = err_no_memory(&v->err);
    return give_kv(kv, code, out);
}

/* ---- handing values out, as exec, export and render do ---- */

static enum err_code add_secret(vault *v, const char *env, const char *secret,
                                struct vault_selection *s)
{
    struct vault_kv *kv = NULL;
    enum err_code code = (enum err_code)vault_secret_get(v, env, secret, NULL, 0, &kv);

    if (code == ERR_OK && !selection_add(s, secret, kv))
        code = err_no_memory(&v->err);
    return code;
}

static enum err_code add_secrets(vault *v, const char *env, const vault_select_rules *rules,
                                 struct vault_selection *s)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < rules->secret_count && code == ERR_OK; i++) {
        if (rules->progress)
            rules->progress(rules->user, i, rules->secret_count);
        code = add_secret(v, env, rules->secrets[i], s);
    }
    return code;
}

/* An environment without secrets must open, too. */
static enum err_code add_all_secrets(vault *v, const char *env, const vault_select_rules *rules,
                                     struct vault_selection *s)
{
    vault_select_rules all = *rules;
    vault_secret_entry *list = NULL;
    const char **names = NULL;
    struct seal_env e;
    enum err_code code = handle_open_env(v, env, &e);

    if (code == ERR_OK)
        code = (enum err_code)vault_secret_list(v, env, 0, 0, &list, &all.secret_count);
    names = code == ERR_OK ? calloc(all.secret_count + 1, sizeof *names) : NULL;
    for (size_t i = 0; names && i < all.secret_count; i++)
        names[i] = list[i].name;
    all.secrets = names;
    if (names)
        code = add_secrets(v, env, &all, s);
    else if (code == ERR_OK)
        code = err_no_memory(&v->err);
    free(names);
    vault_release(list);
    return code;
}

static enum err_code check_lists(vault *v, const vault_select_rules *rules)
{
    const struct selection_names all[] = {{rules->secrets, rules->secret_count},
                                          {rules->only, rules->only_count},
                                          {rules->except, rules->except_count},
                                          {rules->required, rules->required_count}};
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < sizeof all / sizeof *all && code == ERR_OK; i++)
        code = given_strings(v, all[i].at, all[i].count);
    return code;
}

vault_err vault_select(vault *v, const char *env, const vault_select_rules *rules,
                       vault_selection **out)
{
    vault_select_rules own = {.size = sizeof own};
    struct vault_selection *s = NULL;
    enum err_code code;
    struct selection_rules how;

    CLEAR(out);
    code = GIVEN(v, out);
    env = env_or_default(v, env);
    if (code == ERR_OK && rules)
        code = copy_sized(v, rules, &own, sizeof own);
    if (code == ERR_OK)
        code = check_lists(v, &own);
    if (code == ERR_OK)
        code = err_memory((s = selection_new()) != NULL, &v->err);
    if (code == ERR_OK)
        code = own.secrets ? add_secrets(v, env, &own, s) : add_all_secrets(v, env, &own, s);
    how = (struct selection_rules){.env = env,
                                   .only = {own.only, own.only_count},
                                   .except = {own.except, own.except_count},
                                   .required = {own.required, own.required_count},
                                   .prefix = own.prefix,
                                   .is_ordered = own.secrets};
    if (code == ERR_OK)
        code = selection_finish(s, &how, &v->err);
    if (code == ERR_OK)
        *out = s;
    else
        selection_free(s);
    return (vault_err)code;
}

size_t vault_selection_count(const vault_selection *s)
{
    return s ? s->count : 0;
}

vault_selected vault_selection_at(const vault_selection *s, size_t place)
{
    const struct selected *e = s && place < s->count ? &s->entries[place] : NULL;

    if (!e)
        return (vault_selected){NULL, NULL, NULL, NULL, 0};
    return (vault_selected){e->name, e->key, e->secret, e->value.at, e->value.len};
}

void vault_selection_free(vault_selection *s)
{
    selection_free(s);
}

struct vault_variables {
    struct arena arena;
    char **list;
};

vault_err vault_environ(vault *v, const vault_selection *s, const vault_environ_rules *rules,
                        vault_variables **out)
{
    vault_environ_rules own = {.size = sizeof own};
    vault_variables *variables = NULL;
    enum err_code code;
    struct environ_rules how;

    CLEAR(out);
    code = GIVEN(v, s, out);
    if (code == ERR_OK && rules)
        code = copy_sized(v, rules, &own, sizeof own);
    if (code == ERR_OK)
        code = given_strings(v, own.allowed, own.allowed_count);
    if (code == ERR_OK && own.files)
        code = given_strings(v, own.files, s->count);
    if (code == ERR_OK && !(variables = calloc(1, sizeof *variables)))
        code = err_no_memory(&v->err);
    how = (struct environ_rules){.allowed = {own.allowed, own.allowed_count},
                                 .files = own.files,
                                 .is_clean = own.is_clean,
                                 .keeps_present = own.keeps_present};
    if (code == ERR_OK)
        code = environ_check(s, &how, &v->err);
    if (code == ERR_OK && variables) {
        variables->list = environ_make(s, &how, variables_all(), &variables->arena);
        code = err_memory(variables->list, &v->err);
    }
    if (code == ERR_OK)
        *out = variables;
    else
        vault_variables_free(variables);
    return (vault_err)code;
}

char *const *vault_variables_list(const vault_variables *variables)
{
    return variables ? variables->list : NULL;
}

void vault_variables_free(vault_variables *variables)
{
    if (!variables)
        return;
    free(variables->list);
    arena_free(&variables->arena);
    free(variables);
}

static vault_err give_text(vault *v, struct slice text, enum err_code code, vault_kv **out)
{
    struct vault_kv *kv = code == ERR_OK ? kv_new() : NULL;

    if (code == ERR_OK && !(kv && kv_add(kv, slice_of("TEXT"), text)))
        code = err_no_memory(&v->err);
    return give_kv(kv, code, out);
}

/* What a person should know of a text that was written. */
static void tell_of_export(const vault *v, const struct format *format,
                           const struct format_set *set, const struct format_verdict *verdicts)
{
    struct buf caution = {0}, names = {0};

    format_caution(set, verdicts, &caution);
    if (caution.len > 0)
        handle_tell(v, &caution);
    for (size_t i = 0; i < set->count && format_has_values(format); i++)
        if (dangerous_to(set->pairs[i].name.at))
            buf_printf(&names, "%s%s", names.len ? ", " : "", set->pairs[i].name.at);
    buf_add(&names, "", 1);
    if (names.len > 1 && buf_ok(&names))
        tell_of(v, "programs may run other code with ", names.data);
    buf_free(&caution);
    buf_free(&names);
}

static enum err_code write_export(vault *v, const vault_selection *s, const struct format *format,
                                  const char *title, struct buf *text)
{
    struct format_pair *pairs = calloc(s->count + 1, sizeof *pairs);
    struct format_verdict *verdicts = calloc(s->count + 1, sizeof *verdicts);
    struct format_set set = {pairs, s->count, title ? title : "vault"};
    bool has_memory = pairs && verdicts;
    enum err_code code = err_memory(has_memory, &v->err);

    for (size_t i = 0; has_memory && i < s->count && code == ERR_OK; i++) {
        pairs[i] = (struct format_pair){slice_of(s->entries[i].name), s->entries[i].value};
        if (pairs[i].name.len > KEY_MAX_LEN)
            code = err_set(&v->err, ERR_INVALID, "the prefix makes a name of over %d characters",
                           KEY_MAX_LEN);
    }
    if (code == ERR_OK)
        code = format_write(format, &set, text, verdicts, &v->err);
    if (code == ERR_OK)
        tell_of_export(v, format, &set, verdicts);
    free(pairs);
    free(verdicts);
    return code;
}

vault_err vault_export(vault *v, const vault_selection *s, const char *format, const char *title,
                       vault_kv **out)
{
    const struct format *found;
    struct buf text = BUF_SECRET;
    enum err_code code;
    vault_err err;

    CLEAR(out);
    code = GIVEN(v, s, format, out);
    if (code != ERR_OK)
        return (vault_err)code;
    found = format_find(format);
    if (!found)
        return (vault_err)err_set(&v->err, ERR_INVALID, "there is no format %.40s", format);
    code = write_export(v, s, found, title, &text);
    err = give_text(v, buf_slice(&text), code, out);
    buf_free(&text);
    return err;
}

vault_err vault_render(vault *v, const char *env, const char *text, size_t len, vault_kv **out)
{
    const vault_select_rules all = {.size = sizeof all};
    struct vault_selection *s;
    struct buf filled = BUF_SECRET;
    enum err_code code;
    vault_err err;

    CLEAR(out);
    code = GIVEN(v, text, out);
    if (code != ERR_OK)
        return (vault_err)code;
    env = env_or_default(v, env);
    s = selection_new();
    code = s ? add_all_secrets(v, env, &all, s) : err_no_memory(&v->err);
    if (code == ERR_OK)
        code = render_template((struct slice){text, len}, s, env, &filled, &v->err);
    err = give_text(v, buf_slice(&filled), code, out);
    buf_free(&filled);
    selection_free(s);
    return err;
}

struct vault_redact {
    struct redact *redact;
    struct redact_stream stream;
    struct buf out; /* what the last call gave */
};

vault_err vault_redact_new(vault *v, const vault_selection *s, vault_redact **out)
{
    vault_redact *r;
    struct redact_value *values;
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, s, out);
    if (code != ERR_OK)
        return (vault_err)code;
    r = calloc(1, sizeof *r);
    values = calloc(s->count + 1, sizeof *values);
    for (size_t i = 0; values && i < s->count; i++)
        values[i] = (struct redact_value){slice_of(s->entries[i].secret),
                                          slice_of(s->entries[i].key), s->entries[i].value};
    if (r && values)
        r->redact = redact_make(values, s->count);
    free(values);
    *out = r && r->redact ? r : NULL;
    if (!*out) {
        free(r);
        return (vault_err)err_no_memory(&v->err);
    }
    r->stream = redact_stream_of(r->redact);
    r->out = BUF_SECRET;
    return VAULT_OK;
}

static vault_err give_redacted(const vault_redact *r, bool good, const char **out, size_t *out_len)
{
    good = good && buf_ok(&r->out);
    *out = good ? buf_slice(&r->out).at : NULL;
    *out_len = good ? r->out.len : 0;
    return good ? VAULT_OK : VAULT_NO_MEMORY;
}

vault_err vault_redact_feed(vault_redact *r, const char *text, size_t len, const char **out,
                            size_t *out_len)
{
    CLEAR(out);
    CLEAR(out_len);
    if (!r || !text || !out || !out_len)
        return VAULT_INVALID;
    buf_clear(&r->out);
    return give_redacted(r, redact_feed(&r->stream, (struct slice){text, len}, &r->out), out,
                         out_len);
}

vault_err vault_redact_finish(vault_redact *r, const char **out, size_t *out_len)
{
    CLEAR(out);
    CLEAR(out_len);
    if (!r || !out || !out_len)
        return VAULT_INVALID;
    buf_clear(&r->out);
    return give_redacted(r, redact_flush(&r->stream, &r->out), out, out_len);
}

void vault_redact_free(vault_redact *r)
{
    if (!r)
        return;
    redact_stream_free(&r->stream);
    redact_free(r->redact);
    buf_free(&r->out);
    free(r);
}
