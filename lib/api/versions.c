/* vault.h: what differs between two versions, marks of values, and past keys. */
#include "common.h"

#include "vault/compare.h"
#include "vault/digest.h"
#include "vault/secrets.h"

#include <sodium.h>
#include <string.h>

static const struct slice none = {"", 0};

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
        return (vault_err)api_refuse_null(after ? after : before);
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
    return api_make_list(v, entries, sizeof(vault_mark_entry), text, list);
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
    code = api_begin_list(v, &env, out);
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
    *out = (vault_marks *)api_list_if(code, list);
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
        code = handle_open_env(v, api_env(v, env), &e);
    if (code != ERR_OK)
        return (vault_err)code;
    table = doc_find(&v->doc, DOC_PAST, e.name, none);
    count = table ? table->entries : 0;
    code = api_make_list(v, count, sizeof(vault_past_entry), count * (SEAL_AUTHOR_MAX + 1), &list);
    if (code == ERR_OK)
        code = err_memory((keys = arena_alloc(&arena, sizeof *keys)) != NULL, &v->err);
    for (struct doc_item *i = table && keys ? doc_entry(table->items) : NULL; i && code == ERR_OK;
         i = doc_entry(i->next))
        code = put_past(&e, i, keys, list, &v->err);
    stack_wipe();
    arena_free(&arena);
    *out = (vault_past_keys *)api_list_if(code, list);
    return (vault_err)code;
}
