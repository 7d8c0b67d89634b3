/* libvault: what vault.h promises, over the handle's state (lib/vault/handle.h) and the bricks. */
#include "vault.h"

#include "base/list.h"
#include "base/text.h"
#include "find/redact.h"
#include "merge/handle.h"
#include "open/credentials.h"
#include "open/defaults.h"
#include "open/sources.h"
#include "text/environ.h"
#include "text/format/selection.h"
#include "text/kv.h"
#include "text/render.h"
#include "vault/caller.h"
#include "vault/compare.h"
#include "vault/digest.h"
#include "vault/envs.h"
#include "vault/inbox.h"
#include "vault/readers.h"
#include "vault/secrets.h"
#include "vault/templates.h"
#include "vault/verify.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The codes of the bricks and of the API are the same list. */
typedef char codes_agree
    [(int)ERR_NO_MEMORY == (int)VAULT_NO_MEMORY && (int)ERR_CANCELLED == (int)VAULT_CANCELLED &&
             (int)ERR_INTEGRITY == (int)VAULT_INTEGRITY && (int)ERR_LOCKED == (int)VAULT_LOCKED &&
             (int)UNLOCK_NOBODY == (int)VAULT_NOBODY && (int)ERR_INVALID == (int)VAULT_INVALID &&
             (int)ERR_REASON_KEY_OLDER == (int)VAULT_REASON_KEY_OLDER &&
             (int)ERR_REASON_MERGE_OPEN_READERS == (int)VAULT_REASON_MERGE_OPEN_READERS &&
             (int)ERR_REASON_FILE_PASSPHRASE == (int)VAULT_REASON_FILE_PASSPHRASE &&
             (int)ERR_NUMBER == (int)VAULT_DETAIL_NUMBER &&
             (int)SECRETS_EXISTING_REPLACE == (int)VAULT_EXISTING_REPLACE
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
    return err_name((enum err_code)err);
}

const char *vault_reason_name(vault_reason reason)
{
    return err_reason_name((enum err_reason)reason);
}

void vault_release(void *list)
{
    free(list);
}

/* ---- lists ---- */

/* The functions of one type of list. */
#define LIST_OF(type, entry)                            \
    size_t type##_count(const type *list)               \
    {                                                   \
        return list_count((const struct list *)list);   \
    }                                                   \
    const entry *type##_at(const type *list, size_t at) \
    {                                                   \
        return list_at((const struct list *)list, at);  \
    }

LIST_OF(vault_secrets, vault_secret_entry)
LIST_OF(vault_readers, vault_reader_entry)
LIST_OF(vault_identities, vault_identity_entry)
LIST_OF(vault_marks, vault_mark_entry)
LIST_OF(vault_past_keys, vault_past_entry)

size_t vault_conflicts_count(const vault_conflicts *list)
{
    return list_count((const struct list *)list);
}

vault_conflict *vault_conflicts_at(vault_conflicts *list, size_t place)
{
    return list_at((const struct list *)list, place);
}

size_t vault_texts_count(const vault_texts *list)
{
    return list_count((const struct list *)list);
}

vault_text_seen *vault_texts_at(vault_texts *list, size_t place)
{
    return list_at((const struct list *)list, place);
}

/* The first entry of a vault_values is the secret itself. */
union info_entry {
    vault_secret_entry secret;
    vault_value_entry value;
};

size_t vault_values_count(const vault_values *list)
{
    return list ? list_count((const struct list *)list) - 1 : 0;
}

const vault_value_entry *vault_values_at(const vault_values *list, size_t place)
{
    return place < vault_values_count(list) ? list_at((const struct list *)list, place + 1) : NULL;
}

const vault_secret_entry *vault_values_secret(const vault_values *list)
{
    return list_at((const struct list *)list, 0);
}

/* A list of names is an array, with its strings after it. */
struct names {
    const char **at;
    char *text;
};

static enum err_code make_names(vault *v, size_t count, size_t text, struct names *names)
{
    names->at = calloc(1, count * sizeof *names->at + text + 1);
    names->text = names->at ? (char *)(names->at + count) : NULL;
    return err_memory(names->at != NULL, &v->err);
}

static void add_name(struct names *names, size_t *count, struct slice name)
{
    memcpy(names->text, name.at, name.len);
    names->at[(*count)++] = names->text;
    names->text += name.len + 1;
}

static enum err_code make_list(vault *v, size_t count, size_t entry_size, size_t text,
                               struct list **list)
{
    *list = list_make(count, entry_size, text);
    return err_memory(*list != NULL, &v->err);
}

/* The list, or NULL after an error. */
static struct list *list_if(enum err_code code, struct list *list)
{
    if (code == ERR_OK)
        return list;
    free(list);
    return NULL;
}

/* How a function begins that lists what an environment has, and needs no key: which environment. */
static enum err_code begin_list(vault *v, const char **env, const void *out)
{
    enum err_code code = GIVEN(v, out);

    *env = env_or_default(v, *env);
    return code == ERR_OK ? handle_find_env(v, *env) : code;
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

vault_err vault_set_post_quantum(vault *v, int is_wanted)
{
    return v ? (vault_err)caller_set_post_quantum(v, is_wanted != 0) : VAULT_INVALID;
}

vault_err vault_identity_create(vault *v, const char *path)
{
    struct buf public_key = {0};
    enum err_code code = GIVEN(v, path);

    if (code == ERR_OK)
        code = caller_create_identity(v, path, NULL, &public_key);
    buf_free(&public_key);
    return (vault_err)code;
}

vault_err vault_identity_create_sealed(vault *v, const char *path, const char *passphrase,
                                       size_t len, char **public_key)
{
    struct slice with = {passphrase, len};
    struct buf own = {0};
    enum err_code code;

    CLEAR(public_key);
    code = GIVEN(v, path, passphrase, public_key);
    if (code == ERR_OK)
        code = caller_create_identity(v, path, &with, &own);
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

/* Filled twice: the first time, without a list, only to count and measure. */
struct identity_list {
    struct list *list;
    size_t count, text;
    bool failed; /* out of memory */
};

static const char *identity_string(struct identity_list *l, struct slice s)
{
    l->text += s.len + 1;
    return l->list ? list_string(l->list, s) : "";
}

static void tell_identity(void *user, const struct unlock_credential *c)
{
    struct identity_list *l = user;
    struct buf key = {0};
    vault_identity_entry e = {.closed = c->is_closed};

    if (c->key)
        age_recipient_write(c->key, &key);
    l->failed = l->failed || !buf_ok(&key);
    e.from = identity_string(l, slice_of(c->name));
    e.why_not = identity_string(l, slice_of(c->why_not ? c->why_not : ""));
    e.kind = c->key ? age_recipient_kind(c->key) : "";
    e.public_key = identity_string(l, buf_slice(&key));
    if (l->list)
        *(vault_identity_entry *)list_at(l->list, l->count) = e;
    l->count++;
    buf_free(&key);
}

vault_err vault_identity_list(vault *v, const char *env, vault_identities **out)
{
    struct identity_list l = {.list = NULL};
    struct slice of = slice_of(env ? env : "");
    const struct doc *doc;
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, out);
    if (code != ERR_OK)
        return (vault_err)code;
    doc = env && v->loaded ? &v->doc : NULL;
    unlock_each(&v->unlock, doc, of, tell_identity, &l);
    code = err_memory(!l.failed, &v->err);
    if (code == ERR_OK)
        code = make_list(v, l.count, sizeof(vault_identity_entry), l.text, &l.list);
    if (code == ERR_OK) {
        l.count = 0;
        unlock_each(&v->unlock, doc, of, tell_identity, &l);
        code = err_memory(!l.failed, &v->err);
    }
    *out = (vault_identities *)list_if(code, l.list);
    return (vault_err)code;
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

vault_err vault_set_author(vault *v, const char *author)
{
    enum err_code code = GIVEN(v, author);

    return (vault_err)(code == ERR_OK ? caller_set_author(v, author) : code);
}

vault_err vault_pins_use(vault *v, const char *path, unsigned flags)
{
    if (!v)
        return VAULT_INVALID;
    if (flags > (VAULT_PINS_LOOK_ONLY | VAULT_PINS_SEARCHED))
        return (vault_err)err_set(&v->err, ERR_INVALID, "a flag for the pins that there is not");
    return (vault_err)caller_use_pins(v, path, flags & VAULT_PINS_LOOK_ONLY,
                                      flags & VAULT_PINS_SEARCHED);
}

vault_err vault_pin(vault *v, const char *env, const char *fingerprint)
{
    return v ? (vault_err)caller_pin(v, env_or_default(v, env), fingerprint) : VAULT_INVALID;
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
    enum err_code code = GIVEN(v, path);

    return (vault_err)(code == ERR_OK ? handle_create(v, path) : code);
}

int vault_changed(const vault *v)
{
    return v && v->changed;
}

vault_err vault_save(vault *v)
{
    enum err_code code;

    if (!v)
        return VAULT_INVALID;
    code = templates_check_removed(v);
    return (vault_err)(code == ERR_OK ? handle_save(v) : code);
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
            code = sources_add(v, kv, pairs[i].name, (struct slice){pairs[i].value, pairs[i].len});
    return give_kv(kv, code, out);
}

vault_err vault_kv_from_environ(vault *v, const char *const *names, size_t count, vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code = begin_kv(v, &kv, out);

    if (code == ERR_OK)
        code = given_strings(v, names, count);
    if (code == ERR_OK)
        code = sources_read_environ(v, names, count, kv);
    return give_kv(kv, code, out);
}

vault_err vault_kv_from_dotenv(vault *v, const char *name, const char *start, const char *dialect,
                               vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code = begin_kv(v, &kv, out);

    if (code == ERR_OK)
        code = GIVEN(v, name);
    if (code == ERR_OK)
        code = sources_read_dotenv(v, name, start, dialect, kv);
    return give_kv(kv, code, out);
}

vault_err vault_kv_from_dotenv_expanded(vault *v, const char *name, const char *start,
                                        vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code = begin_kv(v, &kv, out);

    if (code == ERR_OK)
        code = GIVEN(v, name);
    if (code == ERR_OK)
        code = sources_read_dotenv_expanded(v, name, start, kv);
    return give_kv(kv, code, out);
}

static bool add_copy(struct vault_kv *kv, const struct kv_pair *pair)
{
    if (!kv_add(kv, slice_of(pair->name), pair->value))
        return false;
    kv->pairs[kv->count - 1].kind = pair->kind;
    return true;
}

/* The bytes of a set as one text, if no value has a zero byte. */
static enum err_code block_size(vault *v, const vault_kv *of, size_t *size)
{
    *size = 0;
    for (size_t i = 0; i < of->count; i++) {
        const struct kv_pair *pair = &of->pairs[i];

        if (slice_has(pair->value, '\0')) {
            err_set(&v->err, ERR_INVALID, "the value of %s has a zero byte", pair->name);
            err_because(&v->err, ERR_REASON_ZERO_BYTE);
            err_detail_text(&v->err, ERR_NAME, pair->name);
            return ERR_INVALID;
        }
        *size += strlen(pair->name) + 1 + pair->value.len + 1;
    }
    return ERR_OK;
}

static void write_block(const vault_kv *of, char *at)
{
    for (size_t i = 0; i < of->count; i++) {
        struct slice name = slice_of(of->pairs[i].name), value = of->pairs[i].value;

        memcpy(at, name.at, name.len);
        at[name.len] = '=';
        at += name.len + 1;
        if (value.len > 0)
            memcpy(at, value.at, value.len);
        at[value.len] = '\0';
        at += value.len + 1;
    }
    *at = '\0';
}

vault_err vault_kv_block(vault *v, const vault_kv *kv, vault_kv **out)
{
    vault_kv *block = NULL;
    size_t size = 0;
    enum err_code code;
    char *at = NULL;

    CLEAR(out);
    code = GIVEN(v, kv, out);
    if (code == ERR_OK)
        code = block_size(v, kv, &size);
    if (code == ERR_OK)
        code = err_memory((block = kv_new_of(&v->pool)) != NULL, &v->err);
    if (code == ERR_OK)
        code = err_memory((at = arena_alloc(&block->arena, size + 1)) != NULL, &v->err);
    if (code == ERR_OK && at) {
        write_block(kv, at);
        code = err_memory(kv_add_own(block, slice_of("BLOCK"), (struct slice){at, size}), &v->err);
    }
    return give_kv(block, code, out);
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
            good = add_copy(kv, &sets[i]->pairs[j]);
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

vault_kind vault_kv_kind(const vault_kv *kv, const char *name)
{
    const struct kv_pair *p = kv && name ? kv_find(kv, slice_of(name)) : NULL;

    return p ? (vault_kind)p->kind : VAULT_KIND_ANY;
}

vault_err vault_kv_set_kind(vault *v, vault_kv *kv, const char *name, vault_kind kind)
{
    const struct kv_pair *p;
    enum err_code code = GIVEN(v, kv, name);

    if (code == ERR_OK)
        code = check_choice(v, (int)kind, VAULT_KIND_OPEN);
    if (code != ERR_OK)
        return (vault_err)code;
    p = kv_find(kv, slice_of(name));
    if (!p)
        return (vault_err)err_set(&v->err, ERR_ABSENT, "there is no %.80s in the set", name);
    if (kind == VAULT_KIND_OPEN)
        code = secrets_check_open(v, p->name, p->value);
    if (code == ERR_OK)
        kv->pairs[p - kv->pairs].kind = (enum kv_kind)kind;
    return (vault_err)code;
}

const char *vault_kv_get(const vault_kv *kv, const char *name, size_t *len)
{
    const struct kv_pair *p = kv && name ? kv_find(kv, slice_of(name)) : NULL;

    if (len)
        *len = p ? p->value.len : 0;
    return p ? p->value.at : NULL;
}

/* ---- secrets ---- */

vault_err vault_secret_stored(vault *v, const char *env, const char *secret, vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, secret, out);
    if (code == ERR_OK)
        code = secrets_get(v, env_or_default(v, env), secret, &kv);
    return give_kv(kv, code, out);
}

vault_err vault_secret_get(vault *v, const char *env, const char *secret,
                           const char *const *required, size_t required_count, vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code;

    CLEAR(out);
    env = env_or_default(v, env);
    code = GIVEN(v, secret, out);
    if (code == ERR_OK)
        code = given_strings(v, required, required_count);
    if (code == ERR_OK)
        code = secrets_get(v, env, secret, &kv);
    if (code == ERR_OK && required_count > 0)
        code = secrets_require(v, env, secret, required, required_count);
    if (code == ERR_OK)
        code = secrets_resolve(v, env, secret, &kv);
    return give_kv(kv, code, out);
}

vault_err vault_value_get(vault *v, const char *env, const char *secret, const char *name,
                          vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, secret, name, out);
    if (code == ERR_OK)
        code = secrets_get_value(v, env_or_default(v, env), secret, name, &kv);
    if (code == ERR_OK)
        code = secrets_resolve(v, env_or_default(v, env), secret, &kv);
    return give_kv(kv, code, out);
}

vault_err vault_secret_create(vault *v, const char *env, const char *secret, const vault_kv *kv,
                              vault_existing existing)
{
    enum err_code code = GIVEN(v, secret, kv);

    if (code == ERR_OK)
        code = check_choice(v, (int)existing, VAULT_EXISTING_REPLACE);
    return code == ERR_OK ? end(v, secrets_create(v, env_or_default(v, env), secret, kv,
                                                  (enum secrets_existing)existing))
                          : (vault_err)code;
}

vault_err vault_secret_update(vault *v, const char *env, const char *secret, const vault_kv *kv)
{
    enum err_code code = GIVEN(v, secret, kv);

    return code == ERR_OK ? end(v, secrets_update(v, env_or_default(v, env), secret, kv))
                          : (vault_err)code;
}

vault_err vault_secret_delete(vault *v, const char *env, const char *secret, vault_missing missing)
{
    enum err_code code = GIVEN(v, secret);

    if (code == ERR_OK)
        code = check_choice(v, (int)missing, VAULT_MISSING_IGNORE);
    return code == ERR_OK ? end(v, secrets_delete(v, env_or_default(v, env), secret,
                                                  missing == VAULT_MISSING_IGNORE))
                          : (vault_err)code;
}

vault_err vault_value_delete(vault *v, const char *env, const char *secret, const char *key,
                             vault_missing missing)
{
    enum err_code code = GIVEN(v, secret, key);

    if (code == ERR_OK)
        code = check_choice(v, (int)missing, VAULT_MISSING_IGNORE);
    return code == ERR_OK ? end(v, secrets_delete_value(v, env_or_default(v, env), secret, key,
                                                        missing == VAULT_MISSING_IGNORE))
                          : (vault_err)code;
}

vault_err vault_secret_rename(vault *v, const char *env, const char *from, const char *to)
{
    enum err_code code = GIVEN(v, from, to);

    return code == ERR_OK ? end(v, secrets_rename(v, env_or_default(v, env), from, to))
                          : (vault_err)code;
}

vault_err vault_secret_copy(vault *v, const char *from_env, const char *from, const char *to_env,
                            const char *to)
{
    enum err_code code = GIVEN(v, from, to);

    return code == ERR_OK ? end(v, secrets_copy(v, env_or_default(v, from_env), from,
                                                env_or_default(v, to_env), to))
                          : (vault_err)code;
}

static size_t secret_text(const struct doc_table *t)
{
    return t->secret.len + 1 + t->own[DOC_CREATED_BY]->part[0].len + 1;
}

static void put_secret(struct list *list, const struct doc_table *t, vault_secret_entry *entry)
{
    entry->name = list_string(list, t->secret);
    (void)text_date_read(t->own[DOC_CREATED_AT]->part[0], &entry->created_at); /* it is a date */
    entry->created_by = list_spelled(list, t->own[DOC_CREATED_BY]->part[0]);
    entry->values = t->entries;
}

static bool is_before(const struct doc_table *t, int64_t date)
{
    int64_t created = 0;

    return date == 0 ||
           (text_date_read(t->own[DOC_CREATED_AT]->part[0], &created) && created < date);
}

vault_err vault_secret_list(vault *v, const char *env, int64_t created_before, size_t max,
                            vault_secrets **out)
{
    struct list *list = NULL;
    struct doc_table *t = NULL;
    size_t count = 0, text = 0;
    enum err_code code;

    CLEAR(out);
    code = begin_list(v, &env, out);
    if (code != ERR_OK)
        return (vault_err)code;
    while ((t = doc_next_table(&v->doc, t, DOC_SECRET, slice_of(env))) && (max == 0 || count < max))
        if (is_before(t, created_before)) {
            count++;
            text += secret_text(t);
        }
    code = make_list(v, count, sizeof(vault_secret_entry), text, &list);
    t = NULL;
    for (size_t i = 0; code == ERR_OK && i < count;) {
        t = doc_next_table(&v->doc, t, DOC_SECRET, slice_of(env));
        if (is_before(t, created_before))
            put_secret(list, t, list_at(list, i++));
    }
    *out = (vault_secrets *)list;
    return (vault_err)code;
}

vault_err vault_value_list(vault *v, const char *env, const char *secret, const char ***names,
                           size_t *count)
{
    struct doc_table *table;
    struct names list;
    size_t text = 0;
    enum err_code code;

    CLEAR(names);
    CLEAR(count);
    code = GIVEN(v, secret, count);
    if (code == ERR_OK)
        code = begin_list(v, &env, names);
    if (code == ERR_OK)
        code = secrets_find(v, env, secret, &table);
    if (code != ERR_OK)
        return (vault_err)code;
    for (struct doc_item *i = doc_entry(table->items); i; i = doc_entry(i->next))
        text += i->name.len + 1;
    code = make_names(v, table->entries, text, &list);
    for (struct doc_item *i = list.at ? doc_entry(table->items) : NULL; i; i = doc_entry(i->next))
        add_name(&list, count, i->name);
    *names = list.at;
    return (vault_err)code;
}

vault_err vault_secret_info(vault *v, const char *env, const char *secret, vault_values **out)
{
    struct arena arena = {0};
    struct doc_table *table;
    struct seal_env e;
    struct seal_value value;
    struct list *list = NULL;
    size_t text, place = 0;
    enum err_code code;

    CLEAR(out);
    env = env_or_default(v, env);
    code = GIVEN(v, secret, out);
    if (code == ERR_OK)
        code = handle_open_env(v, env, &e);
    if (code == ERR_OK)
        code = secrets_find(v, env, secret, &table);
    if (code != ERR_OK)
        return (vault_err)code;
    text = secret_text(table) + table->entries * (KEY_MAX_LEN + 1 + SEAL_AUTHOR_MAX + 1);
    code = make_list(v, table->entries + 1, sizeof(union info_entry), text, &list);
    if (code == ERR_OK)
        put_secret(list, table, list_at(list, place++));
    for (struct doc_item *i = list ? doc_entry(table->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next)) {
        vault_value_entry *entry = list_at(list, place++);

        arena_clear(&arena);
        code = seal_value_open(&e, table->secret, i, &arena, &value, &v->err);
        if (code == ERR_OK)
            *entry = (vault_value_entry){.name = list_string(list, i->name),
                                         .author = list_string(list, value.author),
                                         .updated_at = (int64_t)value.updated_at,
                                         .kind = (vault_kind)secrets_kind(value.kind)};
    }
    stack_wipe();
    arena_free(&arena);
    *out = (vault_values *)list_if(code, list);
    return (vault_err)code;
}

vault_err vault_open_text(vault *v, const char *env, const char *secret, const char *name,
                          char **text)
{
    struct doc_table *table;
    struct doc_item *item = NULL;
    enum err_code code;
    size_t len;

    CLEAR(text);
    env = env_or_default(v, env);
    code = GIVEN(v, secret, name, text);
    if (code == ERR_OK)
        code = handle_find_env(v, env);
    if (code == ERR_OK)
        code = secrets_find(v, env, secret, &table);
    if (code == ERR_OK)
        code = secrets_find_variable(v, table, name, &item);
    if (code != ERR_OK || !doc_is_open(item))
        return (vault_err)code;
    *text = malloc(item->part[DOC_OPEN].len + 1);
    if (!*text)
        return (vault_err)err_no_memory(&v->err);
    if (!text_unspell(item->part[DOC_OPEN], *text, &len))
        len = 0; /* the doc would not have read it */
    (*text)[len] = '\0';
    return VAULT_OK;
}

/* ---- environments ---- */

vault_err vault_env_list(vault *v, const char ***names, size_t *count)
{
    const struct slice any = {NULL, 0};
    struct doc_table *t = NULL;
    struct names list;
    size_t envs = 0, text = 0;
    enum err_code code;

    CLEAR(names);
    CLEAR(count);
    code = GIVEN(v, names, count);
    if (code == ERR_OK)
        code = handle_load(v);
    if (code != ERR_OK)
        return (vault_err)code;
    while ((t = doc_next_table(&v->doc, t, DOC_ENV, any))) {
        envs++;
        text += t->env.len + 1;
    }
    code = make_names(v, envs, text, &list);
    while (list.at && (t = doc_next_table(&v->doc, t, DOC_ENV, any)))
        add_name(&list, count, t->env);
    *names = list.at;
    return (vault_err)code;
}

vault_err vault_env_create(vault *v, const char *env, const char *like)
{
    enum err_code code = GIVEN(v, env);

    return code == ERR_OK ? end(v, envs_create(v, env, like)) : (vault_err)code;
}

vault_err vault_env_delete(vault *v, const char *env)
{
    enum err_code code = GIVEN(v, env);

    return code == ERR_OK ? end(v, envs_delete(v, env)) : (vault_err)code;
}

vault_err vault_env_rename(vault *v, const char *from, const char *to)
{
    enum err_code code = GIVEN(v, from, to);

    return code == ERR_OK ? end(v, envs_rename(v, from, to)) : (vault_err)code;
}

vault_err vault_env_copy(vault *v, const char *from, const char *to)
{
    enum err_code code = GIVEN(v, from, to);

    return code == ERR_OK ? end(v, envs_copy(v, from, to)) : (vault_err)code;
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

vault_err vault_rotate(vault *v, const char *env, vault_past past)
{
    struct change c;
    enum err_code code;

    if (!v)
        return VAULT_INVALID;
    code = check_choice(v, (int)past, VAULT_PAST_FORGET);
    if (code == ERR_OK)
        code = handle_begin(v, env_or_default(v, env), &c);
    return end(v, code == ERR_OK ? envs_rotate(v, &c, past == VAULT_PAST_FORGET) : code);
}

typedef enum err_code key_seen(struct vault *v, const char *env,
                               char found[SEAL_FINGERPRINT_TEXT + 1],
                               char known[SEAL_FINGERPRINT_TEXT + 1], bool *older);

static vault_err key_state(vault *v, const char *env, key_seen *see, char *found, char *known,
                           int *older)
{
    bool is_older = false;
    enum err_code code;

    CLEAR(found);
    CLEAR(known);
    CLEAR(older);
    code = GIVEN(v, found, known, older);
    if (code == ERR_OK)
        code = see(v, env_or_default(v, env), found, known, &is_older);
    if (code == ERR_OK)
        *older = is_older;
    return (vault_err)code;
}

vault_err vault_pin_state(vault *v, const char *env, char found[VAULT_FINGERPRINT_LEN + 1],
                          char known[VAULT_FINGERPRINT_LEN + 1], int *older)
{
    return key_state(v, env, handle_key_seen, found, known, older);
}

vault_err vault_trust(vault *v, const char *env)
{
    return v ? (vault_err)handle_trust(v, env_or_default(v, env)) : VAULT_INVALID;
}

/* ---- readers ---- */

vault_err vault_reader_add(vault *v, const char *env, const char *name, const char *public_key)
{
    enum err_code code = GIVEN(v, name, public_key);

    return code == ERR_OK ? end(v, readers_add(v, env_or_default(v, env), name, public_key))
                          : (vault_err)code;
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
        code = readers_public_half(v, env_or_default(v, env), name, &key);
    return code == ERR_OK ? give_public_key(v, &key, public_key) : (vault_err)code;
}

vault_err vault_reader_add_passphrase(vault *v, const char *env, const char *name,
                                      const char *passphrase, size_t len)
{
    enum err_code code = GIVEN(v, name);

    return code == ERR_OK
               ? end(v, readers_add_passphrase(v, env_or_default(v, env), name, passphrase, len))
               : (vault_err)code;
}

vault_err vault_reader_replace(vault *v, const char *name, const char *public_key)
{
    enum err_code code = GIVEN(v, name, public_key);

    return code == ERR_OK ? end(v, readers_replace(v, name, public_key)) : (vault_err)code;
}

vault_err vault_passphrase_change(vault *v, const char *name, const char *passphrase, size_t len)
{
    enum err_code code = GIVEN(v, name, passphrase);

    return code == ERR_OK ? end(v, readers_change_passphrase(v, name, passphrase, len))
                          : (vault_err)code;
}

vault_err vault_reader_remove(vault *v, const char *env, const char *name)
{
    enum err_code code = GIVEN(v, name);

    return code == ERR_OK ? end(v, readers_remove(v, env_or_default(v, env), name, false))
                          : (vault_err)code;
}

vault_err vault_reader_leave(vault *v, const char *env, const char *name)
{
    enum err_code code = GIVEN(v, name);

    return code == ERR_OK ? end(v, readers_remove(v, env_or_default(v, env), name, true))
                          : (vault_err)code;
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

vault_err vault_reader_list(vault *v, const char *env, vault_readers **out)
{
    struct opened_env *o;
    struct doc_table *readers;
    struct seal_env e = {.keys = NULL};
    struct list *list = NULL;
    size_t text = 0, place = 0;
    enum err_code code;

    CLEAR(out);
    code = begin_list(v, &env, out);
    if (code != ERR_OK)
        return (vault_err)code;
    o = handle_opened(v, slice_of(env));
    if (o)
        e = handle_seal_env(v, o);
    readers = doc_find(&v->doc, DOC_READERS, slice_of(env), none);
    for (struct doc_item *i = readers ? doc_entry(readers->items) : NULL; i; i = doc_entry(i->next))
        text += i->name.len + 1 + i->part[0].len + 1;
    code = make_list(v, readers ? readers->entries : 0, sizeof(vault_reader_entry), text, &list);
    for (struct doc_item *i = list && readers ? doc_entry(readers->items) : NULL; i;
         i = doc_entry(i->next)) {
        vault_reader_entry *entry = list_at(list, place++);

        *entry = (vault_reader_entry){.name = list_string(list, i->name),
                                      .kind = kind_of(v, i),
                                      .public_key = list_string(list, i->part[0]),
                                      .own = unlock_is_own(&v->unlock, i->part[0]),
                                      .seal = !e.keys                     ? VAULT_SEAL_UNCHECKED
                                              : seal_reader_verify(&e, i) ? VAULT_SEAL_VERIFIED
                                                                          : VAULT_SEAL_FORGED};
    }
    *out = (vault_readers *)list;
    return (vault_err)code;
}

vault_err vault_identity_of(vault *v, const char *env, vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code = begin_kv(v, &kv, out);

    if (code == ERR_OK)
        code = caller_identity(v, env_or_default(v, env), kv);
    return give_kv(kv, code, out);
}

/* ---- proposals ---- */

vault_err vault_propose(vault *v, const char *env, const char *secret, const char *name,
                        const char *value, size_t len)
{
    enum err_code code = GIVEN(v, secret, name, value);
    const struct inbox_value proposed = {
        code == ERR_OK ? env_or_default(v, env) : NULL, secret, name, {value, len}};

    if (code == ERR_OK)
        code = handle_check_name(v, "a secret", secret);
    if (code == ERR_OK)
        code = secrets_check_variable(v, name, proposed.value);
    return code == ERR_OK ? end(v, inbox_propose(v, &proposed)) : (vault_err)code;
}

vault_err vault_propose_check(vault *v, const char *env)
{
    return v ? (vault_err)handle_check_shown(v, env_or_default(v, env)) : VAULT_INVALID;
}

vault_err vault_shown_state(vault *v, const char *env, char found[VAULT_FINGERPRINT_LEN + 1],
                            char known[VAULT_FINGERPRINT_LEN + 1], int *older)
{
    return key_state(v, env, handle_shown_seen, found, known, older);
}

vault_err vault_shown_trust(vault *v, const char *env)
{
    return v ? (vault_err)handle_trust_shown(v, env_or_default(v, env)) : VAULT_INVALID;
}

vault_err vault_proposal_list(vault *v, const char *env, size_t max, const char ***entries,
                              size_t *count, size_t *total)
{
    struct doc_table *inbox;
    struct doc_item *first;
    struct names list;
    size_t text = 0, seen = 0, most;
    enum err_code code;

    CLEAR(entries);
    CLEAR(count);
    CLEAR(total);
    code = GIVEN(v, count, total);
    if (code == ERR_OK)
        code = begin_list(v, &env, entries);
    if (code != ERR_OK)
        return (vault_err)code;
    inbox = doc_find(&v->doc, DOC_INBOX, slice_of(env), none);
    first = inbox ? doc_entry(inbox->items) : NULL;
    *total = inbox ? inbox->entries : 0;
    most = max == 0 || *total < max ? *total : max;
    for (struct doc_item *i = first; i && seen < most; i = doc_entry(i->next), seen++)
        text += i->name.len + 1;
    code = make_names(v, most, text, &list);
    for (struct doc_item *i = list.at ? first : NULL; i && *count < most; i = doc_entry(i->next))
        add_name(&list, count, i->name);
    *entries = list.at;
    return (vault_err)code;
}

/* What accepting it would do that a person should know. */
static enum err_code caution_of(vault *v, const struct seal_env *e, const struct inbox_proposal *p,
                                vault_caution *caution)
{
    struct doc_table *table = doc_find(&v->doc, DOC_SECRET, e->name, p->secret);
    struct doc_item *item = table ? doc_find_entry(table, p->name) : NULL;
    struct arena arena = {0};
    struct seal_value now;
    enum err_code code;

    *caution = VAULT_CAUTION_NO_VARIABLE;
    if (!item)
        return ERR_OK;
    code = seal_value_open(e, p->secret, item, &arena, &now, &v->err);
    if (code == ERR_OK)
        *caution = p->made_at > now.updated_at ? VAULT_CAUTION_NONE : VAULT_CAUTION_NOT_LATER;
    arena_free(&arena);
    return code;
}

static char *put_string(char *at, struct slice s)
{
    memcpy(at, s.at, s.len);
    return at + s.len + 1; /* the memory is zero */
}

/* One block, which vault_release frees. */
static enum err_code make_about(vault *v, const struct inbox *in, const struct inbox_proposal *p,
                                vault_proposal **out)
{
    size_t text = p->secret.len + p->name.len + p->author.len + 3;
    vault_proposal *about = calloc(1, sizeof *about + text);
    char *at = about ? (char *)(about + 1) : NULL;
    struct buf key = {0};

    *out = about;
    if (!about) {
        err_no_memory(&v->err);
        return ERR_NO_MEMORY;
    }
    about->secret = at;
    about->name = at = put_string(at, p->secret);
    about->author = at = put_string(at, p->name);
    put_string(at, p->author);
    about->made_at = (int64_t)p->made_at;
    about->old = p->key > 0;
    age_recipient_write(&in->keys[p->key].self, &key);
    if (buf_ok(&key))
        seal_fingerprint(buf_slice(&key), about->fingerprint);
    buf_free(&key);
    return err_memory(about->fingerprint[0] != '\0', &v->err);
}

static enum err_code open_proposal(vault *v, const char *env, const char *entry,
                                   vault_proposal **about, struct vault_kv **kv)
{
    struct inbox in = {.count = 0};
    struct doc_item *item = NULL;
    struct inbox_proposal p;
    struct seal_env e;
    enum err_code code = handle_open_env(v, env, &e);

    if (code == ERR_OK)
        code = inbox_find(v, env, entry, &item);
    if (code == ERR_OK)
        code = inbox_begin(v, &e, &in);
    if (code == ERR_OK)
        code = inbox_open(v, &e, &in, item, &p);
    if (code == ERR_OK)
        code = make_about(v, &in, &p, about);
    if (code == ERR_OK)
        code = caution_of(v, &e, &p, &(*about)->caution);
    if (code == ERR_OK)
        code = err_memory((*kv = kv_new_of(&v->pool)) && kv_add(*kv, p.name, p.value), &v->err);
    inbox_end(&in);
    return code;
}

vault_err vault_proposal_open(vault *v, const char *env, const char *entry, vault_proposal **about,
                              vault_kv **value)
{
    struct vault_kv *kv = NULL;
    enum err_code code;

    CLEAR(about);
    CLEAR(value);
    code = GIVEN(v, entry, about, value);
    if (code != ERR_OK)
        return (vault_err)code;
    code = open_proposal(v, env_or_default(v, env), entry, about, &kv);
    if (code != ERR_OK) {
        free(*about);
        *about = NULL;
    }
    return give_kv(kv, code, value);
}

vault_err vault_proposal_accept(vault *v, const char *env, const char *entry, const vault_kv *seen)
{
    enum err_code code = GIVEN(v, entry);

    return code == ERR_OK ? end(v, inbox_accept(v, env_or_default(v, env), entry, seen))
                          : (vault_err)code;
}

vault_err vault_proposal_reject(vault *v, const char *env, const char *entry)
{
    enum err_code code = GIVEN(v, entry);

    return code == ERR_OK ? end(v, inbox_reject(v, env_or_default(v, env), entry))
                          : (vault_err)code;
}

vault_err vault_proposal_carry(vault *v, const char *env, const char *secret, const char *name,
                               const char *to_secret, const char *to_name)
{
    struct change c;
    enum err_code code = GIVEN(v, secret, name, to_secret, to_name);

    if (code == ERR_OK)
        code = handle_check_name(v, "a secret", to_secret);
    if (code == ERR_OK)
        code = secrets_check_variable(v, to_name, none);
    if (code != ERR_OK)
        return (vault_err)code;
    code = handle_begin(v, env_or_default(v, env), &c);
    if (code == ERR_OK)
        code = inbox_carry(v, &c.env,
                           &(struct inbox_carry){c.env.name, slice_of(secret), slice_of(name),
                                                 slice_of(to_secret), slice_of(to_name)});
    return end(v, code);
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

/* A conflict, with what it points to. */
struct told_conflict {
    vault_conflict conflict;
    vault_one_side ours, theirs;
};

static bool tell_conflict(struct arena *arena, struct merge_change *c, struct told_conflict *told)
{
    static const char *const kinds[] = {
        [MERGE_VALUE] = "value",      [MERGE_SECRET] = "secret",
        [MERGE_READER] = "reader",    [MERGE_ENVIRONMENT] = "environment",
        [MERGE_FORK] = "fork",        [MERGE_PASSPHRASE] = "passphrase",
        [MERGE_PROPOSAL] = "proposal"};
    vault_conflict *out = &told->conflict;
    struct buf sentence = {0};

    merge_describe(c, &sentence);
    told->ours = one_side_of(arena, &c->side[MERGE_OURS]);
    told->theirs = one_side_of(arena, &c->side[MERGE_THEIRS]);
    *out = (vault_conflict){.kind = kinds[c->kind],
                            .env = copy_text(arena, c->env),
                            .secret = copy_text(arena, c->secret),
                            .name = copy_text(arena, c->name),
                            .why = (vault_why)(c->why - MERGE_BOTH),
                            .incoming =
                                c->incoming == MERGE_OURS ? VAULT_ANSWER_OURS : VAULT_ANSWER_THEIRS,
                            .locked = c->locked,
                            .ours = &told->ours,
                            .theirs = &told->theirs,
                            .of = c};
    if (buf_ok(&sentence))
        out->sentence = copy_text(arena, buf_slice(&sentence));
    buf_free(&sentence);
    return out->env && out->secret && out->name && out->sentence && told->ours.author &&
           told->ours.text && told->theirs.author && told->theirs.text;
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
    struct list *list;
    vault_conflict *conflict;
    size_t count = 0, i = 0;
    bool good;

    for (const struct merge_change *c = m->changes; c; c = c->next)
        count += merge_is_open(c);
    list = list_make(count, sizeof(struct told_conflict), 0);
    good = list != NULL;
    for (struct merge_change *c = m->changes; c && good; c = c->next)
        if (merge_is_open(c))
            good = tell_conflict(&arena, c, list_at(list, i++));
    if (good && count > 0) {
        a->how->resolve(a->how->user, (vault_conflicts *)list);
        i = 0;
        for (struct merge_change *c = m->changes; c; c = c->next)
            if ((conflict = list_at(list, i)) && conflict->of == c) {
                take_answer(m, c, conflict);
                i++;
            }
    }
    free(list);
    arena_free(&arena);
    return good ? ERR_OK : err_no_memory(&a->v->err);
}

static enum err_code ask_history(void *user, const struct slice *texts, size_t count, bool *seen,
                                 struct err *err)
{
    const struct asking *a = user;
    struct list *list = list_make(count, sizeof(vault_text_seen), 0);
    enum err_code code = err_memory(list != NULL, err);

    for (size_t i = 0; list && i < count; i++)
        *(vault_text_seen *)list_at(list, i) = (vault_text_seen){texts[i].at, texts[i].len, 0};
    if (list && a->how->look_back(a->how->user, (vault_texts *)list) != 0)
        code = err_set(err, ERR_FAILED, "the history could not be read: nothing was merged");
    for (size_t i = 0; list && i < count; i++)
        seen[i] = ((vault_text_seen *)list_at(list, i))->seen;
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
    vault_merging own = {.size = sizeof own};
    struct asking asking = {v, &own};
    struct handle_merging merging;
    enum err_code code;

    CLEAR(text);
    CLEAR(len);
    code = GIVEN(v, how);
    if (code == ERR_OK)
        code = copy_sized(v, how, &own, sizeof own);
    if (code == ERR_OK && (!own.ours || !own.theirs || (text && !len)))
        code = refuse_null(v);
    if (code != ERR_OK)
        return (vault_err)code;
    merging = (struct handle_merging){.resolve = own.resolve ? ask_resolver : NULL,
                                      .look_back = own.look_back ? ask_history : NULL,
                                      .user = &asking,
                                      .marker_size = own.marker_size,
                                      .path = own.path,
                                      .write_conflicts = own.write_conflicts};
    texts[MERGE_BASE] = borrow(own.base, own.base_len);
    texts[MERGE_OURS] = borrow(own.ours, own.ours_len);
    texts[MERGE_THEIRS] = borrow(own.theirs, own.theirs_len);
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

/* Where the strings of a side are while it is told. */
struct side_text {
    char author[SEAL_AUTHOR_MAX + 1], shown[DOC_OPEN_MAX + 1];
};

static vault_side side_of(const struct compare_side *s, struct side_text *text)
{
    vault_side side = {.text = s->text.at, .text_len = s->text.len};
    char *author = text->author;
    size_t len;

    if (s->shown.at && text_unspell(s->shown, text->shown, &len)) {
        text->shown[len] = '\0';
        side.shown = text->shown;
        side.kind = VAULT_KIND_OPEN;
    } else if (s->is_value) {
        side.kind = VAULT_KIND_SEALED;
    }
    if (s->opened) {
        memcpy(author, s->value.author.at, s->value.author.len);
        author[s->value.author.len] = '\0';
        side.value = s->value.value.at;
        side.len = s->value.value.len;
        side.author = author;
        side.updated_at = (int64_t)s->value.updated_at;
        side.kind = (vault_kind)secrets_kind(s->value.kind);
    }
    return side;
}

static void tell_difference(void *user, const struct compare_finding *f)
{
    const struct teller *t = user;
    vault_side before, after;
    char env[NAME_MAX_LEN + 1] = "", secret[NAME_MAX_LEN + 1] = "", name[KEY_MAX_LEN + 1] = "";
    struct side_text texts[2];
    vault_difference d = {.what = (vault_what)f->what,
                          .part = (vault_part)f->part,
                          .env = env,
                          .secret = secret,
                          .name = name,
                          .before = &before,
                          .after = &after,
                          .vouched = f->vouched,
                          .same_key = f->same_key,
                          .in_after = f->in_after,
                          .error = f->err ? (vault_err)f->err->code : VAULT_OK,
                          .sentence = f->err ? f->err->text : ""};

    before = side_of(&f->before, &texts[0]);
    after = side_of(&f->after, &texts[1]);
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
    entry->kind = entry->keyed        ? (vault_kind)secrets_kind(value.kind)
                  : doc_is_open(item) ? VAULT_KIND_OPEN
                                      : VAULT_KIND_SEALED;
    if (entry->keyed)
        digest_value(e, key, table->secret, item->name, value.value, entry->mark);
    else
        digest_sealed(item, entry->mark);
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

static enum err_code make_marks(vault *v, const char *env, const char *secret, struct list **list)
{
    size_t entries = 0, text = 0;

    for (struct doc_table *t = NULL; (t = next_marked(v, t, env, secret));) {
        entries += t->entries;
        text += t->secret.len + 1;
        for (struct doc_item *i = doc_entry(t->items); i; i = doc_entry(i->next))
            text += i->name.len + 1;
    }
    return make_list(v, entries, sizeof(vault_mark_entry), text, list);
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

vault_err vault_mark_list(vault *v, const char *env, const char *secret, vault_marks **out)
{
    struct digest_key key;
    struct doc_table *t = NULL;
    struct list *list = NULL;
    struct seal_env e;
    size_t place = 0;
    enum err_code code;
    bool keyed;

    CLEAR(out);
    code = begin_list(v, &env, out);
    if (code == ERR_OK && secret)
        code = secrets_find(v, env, secret, &t);
    if (code == ERR_OK)
        code = make_marks(v, env, secret, &list);
    if (code != ERR_OK)
        return (vault_err)code;
    code = handle_open_env(v, env, &e);
    if (code == ERR_OK)
        code = digest_derive(&e, &key, &v->err);
    keyed = code == ERR_OK;
    if (code != ERR_NO_MEMORY)
        code = ERR_OK;
    for (t = NULL; code == ERR_OK && (t = next_marked(v, t, env, secret));) {
        code = put_marks(&e, keyed ? &key : NULL, t, list, list_at(list, place));
        place += t->entries;
    }
    sodium_memzero(&key, sizeof key);
    stack_wipe();
    if (code != ERR_OK)
        code = err_no_memory(&v->err);
    *out = (vault_marks *)list_if(code, list);
    return (vault_err)code;
}

/* The fingerprint of one past key, in the place that its number says. */
static enum err_code put_past(const struct seal_env *e, const struct doc_item *item,
                              struct seal_keys *keys, struct list *list, struct err *err)
{
    struct seal_past past;
    vault_past_entry *entry = NULL;
    uint64_t number;
    enum err_code code = seal_past_open(e, item, &past, err);

    if (code == ERR_OK && text_number(item->name, list->count, &number))
        entry = list_at(list, number - 1);
    if (code == ERR_OK && !entry)
        code =
            err_set(err, ERR_INTEGRITY, "the past of %.*s has a gap", (int)e->name.len, e->name.at);
    if (code == ERR_OK && entry) {
        seal_derive(keys, past.env);
        entry->rotated_at = (int64_t)past.rotated_at;
        memcpy(entry->fingerprint, keys->fingerprint, sizeof keys->fingerprint);
        entry->author = list_string(list, (struct slice){past.author, past.author_len});
    }
    sodium_memzero(&past, sizeof past);
    return code;
}

vault_err vault_past_list(vault *v, const char *env, vault_past_keys **out)
{
    struct arena arena = {0};
    struct doc_table *table;
    struct seal_keys *keys = NULL;
    struct list *list = NULL;
    struct seal_env e;
    size_t count;
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, out);
    if (code == ERR_OK)
        code = handle_open_env(v, env_or_default(v, env), &e);
    if (code != ERR_OK)
        return (vault_err)code;
    table = doc_find(&v->doc, DOC_PAST, e.name, none);
    count = table ? table->entries : 0;
    code = make_list(v, count, sizeof(vault_past_entry), count * (SEAL_AUTHOR_MAX + 1), &list);
    if (code == ERR_OK)
        code = err_memory((keys = arena_alloc(&arena, sizeof *keys)) != NULL, &v->err);
    for (struct doc_item *i = table && keys ? doc_entry(table->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next))
        code = put_past(&e, i, keys, list, &v->err);
    stack_wipe();
    arena_free(&arena);
    *out = (vault_past_keys *)list_if(code, list);
    return (vault_err)code;
}

/* ---- defaults: as the program does it ---- */

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

vault_err vault_find_default(vault *v, const char *env, const vault_overrides *more)
{
    vault_overrides own = {.size = sizeof own};
    struct defaults_wanted wanted = {.given = {.env = env}};
    enum err_code code;

    if (!v)
        return VAULT_INVALID;
    code = more ? copy_sized(v, more, &own, sizeof own) : ERR_OK;
    if (code == ERR_OK)
        code = defaults_reset(v);
    if (code == ERR_OK)
        code = read_overrides(v, &own, &wanted.given);
    wanted.reads = own.purpose & VAULT_PURPOSE_READ;
    wanted.versions = own.purpose & VAULT_PURPOSE_VERSIONS;
    wanted.optional = own.purpose & VAULT_PURPOSE_OPTIONAL;
    wanted.looks = own.purpose & VAULT_PURPOSE_LOOK;
    if (code == ERR_OK)
        code = defaults_find(v, &wanted);
    free((void *)wanted.given.files);
    return (vault_err)code;
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
    struct names list;
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
    code = make_names(v, s->source_count, text, &list);
    for (size_t i = 0; list.at && i < s->source_count; i++)
        if (s->sources[i].path)
            add_name(&list, count, slice_of(s->sources[i].path));
    *paths = list.at;
    return (vault_err)code;
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

/* What vault_selection_at returns. */
static enum err_code show_selected(vault *v, struct vault_selection *s)
{
    enum err_code code = make_list(v, s->count, sizeof(vault_selected), 0, &s->shown);

    for (size_t i = 0; code == ERR_OK && i < s->count; i++) {
        const struct selected *e = &s->entries[i];
        vault_selected *shown = list_at(s->shown, i);

        *shown = (vault_selected){e->name,     e->key,       e->secret,
                                  e->value.at, e->value.len, (vault_kind)e->kind};
    }
    return code;
}

/* What vault_selection_source_at returns. */
static enum err_code show_sources(vault *v, struct vault_selection *s)
{
    size_t count = 0;
    enum err_code code;

    for (const struct resolved *r = s->resolver.first; r; r = r->next)
        count++;
    code = make_list(v, count, sizeof(vault_selected), 0, &s->sources);
    for (const struct resolved *r = s->resolver.first; code == ERR_OK && r; r = r->next) {
        vault_selected *shown = list_at(s->sources, --count);

        *shown = (vault_selected){r->name,     r->name,      r->secret,
                                  r->value.at, r->value.len, (vault_kind)r->kind};
    }
    return code;
}

vault_err vault_select(vault *v, const char *env, const vault_select_rules *rules,
                       vault_selection **out)
{
    vault_select_rules own = {.size = sizeof own};
    struct vault_selection *s = NULL;
    struct secrets_progress progress;
    struct selection_rules how;
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, out);
    env = env_or_default(v, env);
    if (code == ERR_OK && rules)
        code = copy_sized(v, rules, &own, sizeof own);
    if (code == ERR_OK)
        code = check_lists(v, &own);
    if (code == ERR_OK)
        code = check_choice(v, (int)own.keyless, VAULT_KEYLESS_NAMES);
    if (code == ERR_OK)
        code = err_memory((s = selection_new()) != NULL, &v->err);
    progress = (struct secrets_progress){own.progress, own.user};
    if (code == ERR_OK && own.secrets)
        code = secrets_select(v, env, (struct selection_names){own.secrets, own.secret_count},
                              (enum secrets_keyless)own.keyless, &progress, s);
    else if (code == ERR_OK)
        code = secrets_select_all(v, env, (enum secrets_keyless)own.keyless, &progress, s);
    if (code == ERR_OK)
        selection_resolve_with(s, secrets_resolver(v, env));
    how = (struct selection_rules){.env = env,
                                   .only = {own.only, own.only_count},
                                   .except = {own.except, own.except_count},
                                   .required = {own.required, own.required_count},
                                   .prefix = own.prefix,
                                   .is_ordered = own.secrets || own.keyless == VAULT_KEYLESS_NAMES};
    if (code == ERR_OK)
        code = selection_finish(s, &how, &v->err);
    if (code == ERR_OK && s)
        code = show_selected(v, s);
    if (code == ERR_OK && s)
        code = show_sources(v, s);
    if (code == ERR_OK)
        *out = s;
    else
        selection_free(s);
    return (vault_err)code;
}

/* A template in a set is a value like any other: there is no environment to resolve it with. */
static enum err_code add_set(vault *v, vault_selection *s, const char *secret, const vault_kv *set)
{
    struct vault_kv *kv = kv_new();
    bool good = kv;

    for (size_t i = 0; good && i < set->count; i++)
        good = add_copy(kv, &set->pairs[i]);
    for (size_t i = 0; good && i < kv->count; i++)
        if (kv->pairs[i].kind != KV_OPEN)
            kv->pairs[i].kind = KV_SEALED;
    if (!good)
        kv_free(kv);
    return err_memory(good && selection_add(s, secret, kv), &v->err);
}

vault_err vault_select_sets(vault *v, const char *const *secrets, const vault_kv *const *sets,
                            size_t count, int keeps_all, vault_selection **out)
{
    const struct selection_rules rules = {
        .env = "the sets", .is_ordered = true, .keeps_all = keeps_all != 0};
    struct vault_selection *s = NULL;
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, out);
    if (code == ERR_OK)
        code = given_strings(v, secrets, count);
    if (code == ERR_OK)
        code = given_all(v, (const void *const *)sets, count);
    for (size_t i = 0; code == ERR_OK && i < count; i++)
        code = handle_check_name(v, "a secret", secrets[i]);
    if (code == ERR_OK)
        code = err_memory((s = selection_new()) != NULL, &v->err);
    for (size_t i = 0; code == ERR_OK && s && i < count; i++)
        code = add_set(v, s, secrets[i], sets[i]);
    if (code == ERR_OK && s)
        code = selection_finish(s, &rules, &v->err);
    if (code == ERR_OK && s)
        code = show_selected(v, s);
    if (code == ERR_OK && s)
        code = show_sources(v, s);
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

const vault_selected *vault_selection_at(const vault_selection *s, size_t place)
{
    return s ? list_at(s->shown, place) : NULL;
}

const vault_selected *vault_selection_source_at(const vault_selection *s, size_t place)
{
    return s ? list_at(s->sources, place) : NULL;
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

vault_err vault_export(vault *v, const vault_selection *s, const char *format, const char *title,
                       vault_kv **out)
{
    const struct format *found;
    struct format_notes notes = {{0}, {0}};
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
    code = format_selection(found, s, title, &text, &notes, &v->err);
    if (code == ERR_OK && notes.caution.len > 0)
        handle_tell(v, &notes.caution);
    if (code == ERR_OK && notes.dangerous.len > 0)
        handle_tell_of(v, "programs may run other code with ", buf_text(&notes.dangerous, ""));
    buf_free(&notes.caution);
    buf_free(&notes.dangerous);
    err = give_text(v, buf_slice(&text), code, out);
    buf_free(&text);
    return err;
}

vault_err vault_render(vault *v, const char *env, const char *text, size_t len, vault_kv **out)
{
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
    code =
        s ? secrets_select_all(v, env, SECRETS_KEYLESS_NOTHING, NULL, s) : err_no_memory(&v->err);
    if (code == ERR_OK)
        selection_resolve_with(s, secrets_resolver(v, env));
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
    size_t count = 0;
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, s, out);
    if (code != ERR_OK)
        return (vault_err)code;
    r = calloc(1, sizeof *r);
    values = calloc(s->count + list_count(s->sources) + 1, sizeof *values);
    for (size_t i = 0; values && i < s->count; i++)
        if (s->entries[i].kind != KV_OPEN)
            values[count++] = (struct redact_value){
                slice_of(s->entries[i].secret), slice_of(s->entries[i].key), s->entries[i].value};
    for (const struct resolved *e = s->resolver.first; values && e; e = e->next)
        if (e->kind != KV_OPEN)
            values[count++] =
                (struct redact_value){slice_of(e->secret), slice_of(e->name), e->value};
    if (r && values)
        r->redact = redact_make(values, count);
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
