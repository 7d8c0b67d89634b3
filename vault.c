/* libvault: what vault.h promises, over the handle's state (lib/vault/handle.h) and the bricks. */
#include "vault.h"

#include "api/common.h"
#include "base/list.h"
#include "base/text.h"
#include "open/credentials.h"
#include "open/defaults.h"
#include "open/sources.h"
#include "text/kv.h"
#include "vault/caller.h"
#include "vault/envs.h"
#include "vault/inbox.h"
#include "vault/readers.h"
#include "vault/secrets.h"
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
             (int)UNLOCK_NOBODY == (int)VAULT_NOBODY &&
             (int)PLUGIN_NOBODY == (int)VAULT_PLUGIN_NOBODY &&
             (int)ERR_INVALID == (int)VAULT_INVALID &&
             (int)ERR_REASON_KEY_OLDER == (int)VAULT_REASON_KEY_OLDER &&
             (int)ERR_REASON_MERGE_OPEN_READERS == (int)VAULT_REASON_MERGE_OPEN_READERS &&
             (int)ERR_REASON_DOTENV_LINES == (int)VAULT_REASON_DOTENV_LINES &&
             (int)ERR_NUMBER == (int)VAULT_DETAIL_NUMBER &&
             (int)INBOX_NO_VARIABLE == (int)VAULT_CAUTION_NO_VARIABLE &&
             (int)INBOX_NOT_LATER == (int)VAULT_CAUTION_NOT_LATER &&
             (int)SECRETS_EXISTING_REPLACE == (int)VAULT_EXISTING_REPLACE
         ? 1
         : -1];

static const struct slice none = {"", 0};

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
        code = handle_add_keys_of(v, from, api_env(v, env));
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
        code = api_make_list(v, l.count, sizeof(vault_identity_entry), l.text, &l.list);
    if (code == ERR_OK) {
        l.count = 0;
        unlock_each(&v->unlock, doc, of, tell_identity, &l);
        code = err_memory(!l.failed, &v->err);
    }
    *out = (vault_identities *)api_list_if(code, l.list);
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

vault_err vault_set_plugins(vault *v, const vault_plugins *p)
{
    if (!v)
        return VAULT_INVALID;
    v->unlock.plugins = NULL;
    if (!p)
        return VAULT_OK;
    if (p->size < sizeof *p || !p->start || !p->write || !p->read || !p->stop)
        return (vault_err)err_set(&v->err, ERR_INVALID, "plugins without all of their functions");
    v->plugins = (struct age_plugins){p->user, p->start, p->write,   p->read,
                                      p->stop, p->say,   p->confirm, p->ask};
    v->unlock.plugins = &v->plugins;
    return VAULT_OK;
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
    return v ? (vault_err)caller_pin(v, api_env(v, env), fingerprint) : VAULT_INVALID;
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
    code = secrets_check_templates(v);
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

vault_err vault_kv_from_pairs(vault *v, const vault_pair *pairs, size_t count, vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code = api_begin_kv(v, &kv, out);

    if (code == ERR_OK && !pairs && count > 0)
        code = api_refuse_null(v);
    for (size_t i = 0; code == ERR_OK && pairs && i < count; i++)
        if (!pairs[i].name)
            code = api_refuse_null(v);
        else if (pairs[i].value)
            code = sources_add(v, kv, pairs[i].name, (struct slice){pairs[i].value, pairs[i].len});
    return api_give_kv(kv, code, out);
}

vault_err vault_kv_from_environ(vault *v, const char *const *names, size_t count, vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code = api_begin_kv(v, &kv, out);

    if (code == ERR_OK)
        code = api_given_strings(v, names, count);
    if (code == ERR_OK)
        code = sources_read_environ(v, names, count, kv);
    return api_give_kv(kv, code, out);
}

vault_err vault_set_dotenv(vault *v, unsigned how)
{
    if (!v || how & ~(unsigned)(VAULT_DOTENV_SKIP_INVALID | VAULT_DOTENV_EXPAND))
        return VAULT_INVALID;
    v->skips_invalid = how & VAULT_DOTENV_SKIP_INVALID;
    v->expands = how & VAULT_DOTENV_EXPAND;
    return VAULT_OK;
}

vault_err vault_kv_from_dotenv(vault *v, const char *name, const char *start, const char *dialect,
                               vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code = api_begin_kv(v, &kv, out);

    if (code == ERR_OK)
        code = GIVEN(v, name);
    if (code == ERR_OK)
        code = sources_read_dotenv(v, name, start, dialect, kv);
    return api_give_kv(kv, code, out);
}

vault_err vault_kv_from_dotenv_expanded(vault *v, const char *name, const char *start,
                                        vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code = api_begin_kv(v, &kv, out);

    if (code == ERR_OK)
        code = GIVEN(v, name);
    if (code == ERR_OK)
        code = sources_read_dotenv_expanded(v, name, start, kv);
    return api_give_kv(kv, code, out);
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
    return api_give_kv(block, code, out);
}

vault_err vault_kv_layer(vault *v, const vault_kv *const *sets, size_t count, vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code = api_begin_kv(v, &kv, out);
    bool good = true;

    if (code == ERR_OK)
        code = api_given_all(v, (const void *const *)sets, count);
    for (size_t i = 0; code == ERR_OK && i < count && good; i++)
        for (size_t j = 0; j < sets[i]->count && good; j++)
            good = kv_add_copy(kv, &sets[i]->pairs[j]);
    if (code == ERR_OK)
        code = err_memory(good, &v->err);
    return api_give_kv(kv, code, out);
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
        code = api_check_choice(v, (int)kind, VAULT_KIND_OPEN);
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
        code = secrets_get(v, api_env(v, env), secret, &kv);
    return api_give_kv(kv, code, out);
}

vault_err vault_secret_get(vault *v, const char *env, const char *secret,
                           const char *const *required, size_t required_count, vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code;

    CLEAR(out);
    env = api_env(v, env);
    code = GIVEN(v, secret, out);
    if (code == ERR_OK)
        code = api_given_strings(v, required, required_count);
    if (code == ERR_OK)
        code = secrets_get(v, env, secret, &kv);
    if (code == ERR_OK && required_count > 0)
        code = secrets_require(v, env, secret, required, required_count);
    if (code == ERR_OK)
        code = secrets_resolve(v, env, secret, &kv);
    return api_give_kv(kv, code, out);
}

vault_err vault_value_get(vault *v, const char *env, const char *secret, const char *name,
                          vault_kv **out)
{
    struct vault_kv *kv = NULL;
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, secret, name, out);
    if (code == ERR_OK)
        code = secrets_get_value(v, api_env(v, env), secret, name, &kv);
    if (code == ERR_OK)
        code = secrets_resolve(v, api_env(v, env), secret, &kv);
    return api_give_kv(kv, code, out);
}

vault_err vault_secret_create(vault *v, const char *env, const char *secret, const vault_kv *kv,
                              vault_existing existing)
{
    enum err_code code = GIVEN(v, secret, kv);

    if (code == ERR_OK)
        code = api_check_choice(v, (int)existing, VAULT_EXISTING_REPLACE);
    return code == ERR_OK ? end(v, secrets_create(v, api_env(v, env), secret, kv,
                                                  (enum secrets_existing)existing))
                          : (vault_err)code;
}

vault_err vault_secret_update(vault *v, const char *env, const char *secret, const vault_kv *kv)
{
    enum err_code code = GIVEN(v, secret, kv);

    return code == ERR_OK ? end(v, secrets_update(v, api_env(v, env), secret, kv))
                          : (vault_err)code;
}

vault_err vault_secret_delete(vault *v, const char *env, const char *secret, vault_missing missing)
{
    enum err_code code = GIVEN(v, secret);

    if (code == ERR_OK)
        code = api_check_choice(v, (int)missing, VAULT_MISSING_IGNORE);
    return code == ERR_OK
               ? end(v, secrets_delete(v, api_env(v, env), secret, missing == VAULT_MISSING_IGNORE))
               : (vault_err)code;
}

vault_err vault_value_delete(vault *v, const char *env, const char *secret, const char *key,
                             vault_missing missing)
{
    enum err_code code = GIVEN(v, secret, key);

    if (code == ERR_OK)
        code = api_check_choice(v, (int)missing, VAULT_MISSING_IGNORE);
    return code == ERR_OK ? end(v, secrets_delete_value(v, api_env(v, env), secret, key,
                                                        missing == VAULT_MISSING_IGNORE))
                          : (vault_err)code;
}

vault_err vault_secret_rename(vault *v, const char *env, const char *from, const char *to)
{
    enum err_code code = GIVEN(v, from, to);

    return code == ERR_OK ? end(v, secrets_rename(v, api_env(v, env), from, to)) : (vault_err)code;
}

vault_err vault_secret_copy(vault *v, const char *from_env, const char *from, const char *to_env,
                            const char *to)
{
    enum err_code code = GIVEN(v, from, to);

    return code == ERR_OK
               ? end(v, secrets_copy(v, api_env(v, from_env), from, api_env(v, to_env), to))
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
    code = api_begin_list(v, &env, out);
    if (code != ERR_OK)
        return (vault_err)code;
    while ((t = doc_next_table(&v->doc, t, DOC_SECRET, slice_of(env))) && (max == 0 || count < max))
        if (is_before(t, created_before)) {
            count++;
            text += secret_text(t);
        }
    code = api_make_list(v, count, sizeof(vault_secret_entry), text, &list);
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
        code = api_begin_list(v, &env, names);
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
    env = api_env(v, env);
    code = GIVEN(v, secret, out);
    if (code == ERR_OK)
        code = handle_open_env(v, env, &e);
    if (code == ERR_OK)
        code = secrets_find(v, env, secret, &table);
    if (code != ERR_OK)
        return (vault_err)code;
    text = secret_text(table) + table->entries * (KEY_MAX_LEN + 1 + SEAL_AUTHOR_MAX + 1);
    code = api_make_list(v, table->entries + 1, sizeof(union info_entry), text, &list);
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
    *out = (vault_values *)api_list_if(code, list);
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
    env = api_env(v, env);
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
        code = handle_open_env(v, api_env(v, env), &e);
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
    code = api_check_choice(v, (int)past, VAULT_PAST_FORGET);
    if (code == ERR_OK)
        code = handle_begin(v, api_env(v, env), &c);
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
        code = see(v, api_env(v, env), found, known, &is_older);
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
    return v ? (vault_err)handle_trust(v, api_env(v, env)) : VAULT_INVALID;
}

/* ---- readers ---- */

vault_err vault_reader_add(vault *v, const char *env, const char *name, const char *public_key)
{
    enum err_code code = GIVEN(v, name, public_key);

    return code == ERR_OK ? end(v, readers_add(v, api_env(v, env), name, public_key))
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
        code = readers_public_half(v, api_env(v, env), name, &key);
    return code == ERR_OK ? give_public_key(v, &key, public_key) : (vault_err)code;
}

vault_err vault_reader_add_passphrase(vault *v, const char *env, const char *name,
                                      const char *passphrase, size_t len)
{
    enum err_code code = GIVEN(v, name);

    return code == ERR_OK
               ? end(v, readers_add_passphrase(v, api_env(v, env), name, passphrase, len))
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

    return code == ERR_OK ? end(v, readers_remove(v, api_env(v, env), name, false))
                          : (vault_err)code;
}

vault_err vault_reader_leave(vault *v, const char *env, const char *name)
{
    enum err_code code = GIVEN(v, name);

    return code == ERR_OK ? end(v, readers_remove(v, api_env(v, env), name, true))
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

vault_err vault_post_quantum(vault *v, const char *env, vault_pq *state)
{
    const struct doc_table *past;
    enum err_code code = GIVEN(v, state);

    env = code == ERR_OK ? api_env(v, env) : NULL;
    if (code == ERR_OK)
        code = handle_load(v);
    if (code == ERR_OK && !doc_find(&v->doc, DOC_ENV, slice_of(env), none))
        code = err_set(&v->err, ERR_ABSENT, "there is no environment %s", env);
    if (code != ERR_OK)
        return (vault_err)code;
    past = doc_find(&v->doc, DOC_PAST, slice_of(env), none);
    *state = !readers_are_pq(v, slice_of(env), NULL) ? VAULT_PQ_NO
             : past && past->entries > 0             ? VAULT_PQ_NEW
                                                     : VAULT_PQ_ALL;
    return VAULT_OK;
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
    code = api_begin_list(v, &env, out);
    if (code != ERR_OK)
        return (vault_err)code;
    o = handle_opened(v, slice_of(env));
    if (o)
        e = handle_seal_env(v, o);
    readers = doc_find(&v->doc, DOC_READERS, slice_of(env), none);
    for (struct doc_item *i = readers ? doc_entry(readers->items) : NULL; i; i = doc_entry(i->next))
        text += i->name.len + 1 + i->part[0].len + 1;
    code =
        api_make_list(v, readers ? readers->entries : 0, sizeof(vault_reader_entry), text, &list);
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
    enum err_code code = api_begin_kv(v, &kv, out);

    if (code == ERR_OK)
        code = caller_identity(v, api_env(v, env), kv);
    return api_give_kv(kv, code, out);
}

/* ---- proposals ---- */

vault_err vault_propose(vault *v, const char *env, const char *secret, const char *name,
                        const char *value, size_t len)
{
    enum err_code code = GIVEN(v, secret, name, value);
    const struct inbox_value proposed = {
        code == ERR_OK ? api_env(v, env) : NULL, secret, name, {value, len}};

    if (code == ERR_OK)
        code = handle_check_name(v, "a secret", secret);
    if (code == ERR_OK)
        code = secrets_check_variable(v, name, proposed.value);
    return code == ERR_OK ? end(v, inbox_propose(v, &proposed)) : (vault_err)code;
}

vault_err vault_propose_check(vault *v, const char *env)
{
    return v ? (vault_err)handle_check_shown(v, api_env(v, env)) : VAULT_INVALID;
}

vault_err vault_shown_state(vault *v, const char *env, char found[VAULT_FINGERPRINT_LEN + 1],
                            char known[VAULT_FINGERPRINT_LEN + 1], int *older)
{
    return key_state(v, env, handle_shown_seen, found, known, older);
}

vault_err vault_shown_trust(vault *v, const char *env)
{
    return v ? (vault_err)handle_trust_shown(v, api_env(v, env)) : VAULT_INVALID;
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
        code = api_begin_list(v, &env, entries);
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
    struct inbox_proposal p;
    struct seal_env e;
    enum inbox_caution caution = INBOX_NO_CAUTION;
    enum err_code code = handle_open_env(v, env, &e);

    if (code == ERR_OK)
        code = inbox_open(v, &e, entry, &in, &p);
    if (code == ERR_OK)
        code = inbox_judge(v, &e, &p, &caution);
    if (code == ERR_OK)
        code = make_about(v, &in, &p, about);
    if (code == ERR_OK)
        (*about)->caution = (vault_caution)caution;
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
    code = open_proposal(v, api_env(v, env), entry, about, &kv);
    if (code != ERR_OK) {
        free(*about);
        *about = NULL;
    }
    return api_give_kv(kv, code, value);
}

vault_err vault_proposal_accept(vault *v, const char *env, const char *entry, const vault_kv *seen)
{
    enum err_code code = GIVEN(v, entry);

    return code == ERR_OK ? end(v, inbox_accept(v, api_env(v, env), entry, seen)) : (vault_err)code;
}

vault_err vault_proposal_reject(vault *v, const char *env, const char *entry)
{
    enum err_code code = GIVEN(v, entry);

    return code == ERR_OK ? end(v, inbox_reject(v, api_env(v, env), entry)) : (vault_err)code;
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
    code = handle_begin(v, api_env(v, env), &c);
    if (code == ERR_OK)
        code = inbox_carry(v, &c.env,
                           &(struct inbox_carry){c.env.name, slice_of(secret), slice_of(name),
                                                 slice_of(to_secret), slice_of(to_name)});
    return end(v, code);
}

/* ---- verifying ---- */

vault_err vault_verify(vault *v, const char *env, vault_notice *tell_finding, void *user)
{
    return v ? (vault_err)verify_env(v, api_env(v, env), tell_finding, user) : VAULT_INVALID;
}

/* ---- defaults: as the program does it ---- */

/* MUST: free the files of *out. */
static enum err_code read_overrides(vault *v, const vault_overrides *more,
                                    struct settings_given *out)
{
    const unsigned all = 2 * VAULT_PURPOSE_LOOK - 1;
    const vault_credential_file *listed = more->credentials;
    struct settings_file *files;
    enum err_code code = api_given_strings(v, more->pins, more->pin_count);

    if (code == ERR_OK && more->purpose > all)
        code = err_set(&v->err, ERR_INVALID, "a purpose that there is not");
    if (code == ERR_OK && more->credential_count > 0 && !listed)
        code = api_refuse_null(v);
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
    code = more ? api_copy_sized(v, more, &own, sizeof own) : ERR_OK;
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
    return api_env(v, NULL);
}

vault_err vault_set_default_env(vault *v, const char *env)
{
    enum err_code code = GIVEN(v, env);

    if (code == ERR_OK)
        code = handle_check_env_name(v, env);
    if (code == ERR_OK && !v->settings)
        return nothing_found(v);
    return (vault_err)(code == ERR_OK ? defaults_record(v, env) : code);
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
    enum err_code code = api_begin_kv(v, &kv, out);

    if (code != ERR_OK)
        return (vault_err)code;
    passphrase = unlock_passphrase_given(&v->unlock);
    if (passphrase.len == 0)
        code = err_set(&v->err, ERR_ABSENT, "no passphrase was given");
    else if (!kv_add(kv, slice_of("PASSPHRASE"), passphrase))
        code = err_no_memory(&v->err);
    return api_give_kv(kv, code, out);
}
