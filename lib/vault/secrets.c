/* Secrets and their values: read, set, deleted, renamed, copied. */
#include "secrets.h"

#include "inbox.h"
#include "templates.h"

#include "base/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct slice none = {"", 0};

enum err_code secrets_check_variable(struct vault *v, const char *key, struct slice value)
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

/* Names that are missing, gathered for one sentence. */
void secrets_add_missing(struct buf *missing, const char *name)
{
    buf_add_text(missing, missing->len ? ", " : "");
    text_escape(missing, slice_of(name), KEY_MAX_LEN);
}

/* ERR_ABSENT if there are any; frees the list. */
enum err_code secrets_say_missing(struct vault *v, struct buf *missing, const char *format_where,
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

enum err_code secrets_check_open(struct vault *v, const char *name, struct slice value)
{
    if (value.len <= DOC_OPEN_MAX && text_is_utf8(value) && !slice_has(value, '\0'))
        return ERR_OK;
    return err_set(&v->err, ERR_INVALID,
                   "%s cannot be open: an open value is UTF-8 without zero bytes, of at most %d "
                   "bytes",
                   name, DOC_OPEN_MAX);
}

enum kv_kind secrets_kind(enum seal_kind kind)
{
    return kind == SEAL_OPEN ? KV_OPEN : kind == SEAL_TEMPLATE ? KV_TEMPLATE : KV_SEALED;
}

enum err_code secrets_find(struct vault *v, const char *env, const char *secret,
                           struct doc_table **out)
{
    *out = doc_find(&v->doc, DOC_SECRET, slice_of(env), slice_of(secret));
    if (*out)
        return ERR_OK;
    if (handle_check_name(v, "a secret", secret) != ERR_OK)
        return ERR_INVALID;
    return err_set(&v->err, ERR_ABSENT, "there is no secret %s in %s", secret, env);
}

enum err_code secrets_find_variable(struct vault *v, struct doc_table *table, const char *key,
                                    struct doc_item **out)
{
    enum err_code code = secrets_check_variable(v, key, none);

    *out = code == ERR_OK ? doc_find_entry(table, slice_of(key)) : NULL;
    if (code == ERR_OK && !*out)
        code = err_set(&v->err, ERR_ABSENT, "no variable %s in %.*s/%.*s", key, (int)table->env.len,
                       table->env.at, (int)table->secret.len, table->secret.at);
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

enum err_code secrets_require(struct vault *v, const char *env, const char *secret,
                              const char *const *names, size_t count)
{
    struct buf missing = {0};
    struct doc_table *table;
    char where[2 * NAME_MAX_LEN + 3];
    enum err_code code = secrets_find(v, env, secret, &table);

    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < count; i++)
        if (!doc_find_entry(table, slice_of(names[i])))
            secrets_add_missing(&missing, names[i]);
    snprintf(where, sizeof where, "%s/%s", env, secret);
    return secrets_say_missing(v, &missing, "not in ", where);
}

static enum err_code add_value(struct vault *v, const struct seal_env *e,
                               const struct doc_table *table, const struct doc_item *item,
                               struct arena *arena, struct vault_kv *kv)
{
    struct seal_value value;
    enum err_code code = seal_value_open(e, table->secret, item, arena, &value, &v->err);

    if (code == ERR_OK && !kv_add(kv, item->name, value.value))
        code = err_no_memory(&v->err);
    if (code == ERR_OK && kv)
        kv->pairs[kv->count - 1].kind = secrets_kind(value.kind);
    return code;
}

/* MUST: the arena that they are opened in is wiped before the set is handed out. */
static enum err_code open_value(struct vault *v, const struct seal_env *e,
                                const struct doc_table *table, const struct doc_item *item,
                                struct vault_kv *kv)
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

static enum err_code open_values(struct vault *v, const struct seal_env *e,
                                 const struct doc_table *table, struct vault_kv *kv)
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

static enum err_code open_secret(struct vault *v, const char *env, const char *secret,
                                 struct seal_env *e, struct doc_table **table)
{
    enum err_code code = handle_open_env(v, env, e);

    return code == ERR_OK ? secrets_find(v, env, secret, table) : code;
}

enum err_code secrets_get(struct vault *v, const char *env, const char *secret,
                          struct vault_kv **kv)
{
    struct doc_table *table;
    struct seal_env e;
    enum err_code code = open_secret(v, env, secret, &e, &table);

    if (code == ERR_OK && !((*kv = kv_new_of(&v->pool)) && reserve(*kv, table)))
        code = err_no_memory(&v->err);
    if (code == ERR_OK)
        code = open_values(v, &e, table, *kv);
    stack_wipe();
    return code;
}

enum err_code secrets_get_value(struct vault *v, const char *env, const char *secret,
                                const char *name, struct vault_kv **kv)
{
    struct doc_table *table;
    struct doc_item *item = NULL;
    struct seal_env e;
    enum err_code code = open_secret(v, env, secret, &e, &table);

    if (code == ERR_OK)
        code = secrets_find_variable(v, table, name, &item);
    if (code == ERR_OK)
        code = err_memory((*kv = kv_new_of(&v->pool)) != NULL, &v->err);
    if (code == ERR_OK)
        code = open_value(v, &e, table, item, *kv);
    stack_wipe();
    return code;
}

static enum err_code open_source(void *user, const char *env, struct slice secret,
                                 struct vault_kv **kv, struct err *err)
{
    struct vault *v = user;
    const struct doc_table *table = doc_find(&v->doc, DOC_SECRET, slice_of(env), secret);
    char name[NAME_MAX_LEN + 1] = "";

    (void)err; /* it is the handle's */
    if (!table)
        return ERR_OK;
    memcpy(name, secret.at, secret.len);
    return secrets_get(v, env, name, kv);
}

struct resolver secrets_resolver(struct vault *v, const char *env)
{
    return RESOLVER(open_source, v, env);
}

/* A result that is stored again MUST NOT become a template. */
static enum err_code add_result(struct vault *v, struct resolver *r, const char *secret,
                                const struct kv_pair *pair, struct vault_kv *kv)
{
    bool is_template = pair->kind == KV_TEMPLATE;
    struct slice value = pair->value;
    enum err_code code = ERR_OK;

    if (is_template)
        code = resolve(r, slice_of(secret), slice_of(pair->name), &value, &v->err);
    if (code == ERR_OK)
        code = err_memory(kv_add(kv, slice_of(pair->name), value), &v->err);
    if (code == ERR_OK)
        kv->pairs[kv->count - 1].kind = is_template ? KV_SEALED : pair->kind;
    return code;
}

enum err_code secrets_resolve(struct vault *v, const char *env, const char *secret,
                              struct vault_kv **kv)
{
    struct resolver r = secrets_resolver(v, env);
    struct vault_kv *stored = *kv, *resolved = NULL;
    bool has_templates = false;
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < stored->count; i++)
        has_templates = has_templates || stored->pairs[i].kind == KV_TEMPLATE;
    if (!has_templates)
        return ERR_OK;
    resolved = kv_new_of(&v->pool);
    if (!resolved)
        return err_no_memory(&v->err);
    for (size_t i = 0; i < stored->count && code == ERR_OK; i++)
        code = add_result(v, &r, secret, &stored->pairs[i], resolved);
    resolver_free(&r);
    kv_free(stored);
    *kv = resolved;
    return code;
}

/* What was made may be gone again, or no template. */
static enum err_code check_made(struct vault *v, struct slice place)
{
    char env[NAME_MAX_LEN + 1] = "", secret[NAME_MAX_LEN + 1] = "", name[KEY_MAX_LEN + 1] = "";
    const char *end = place.at + place.len, *first = memchr(place.at, '/', place.len);
    const char *second = memchr(first + 1, '/', (size_t)(end - first - 1));
    struct doc_table *table;
    struct vault_kv *kv = NULL;
    enum err_code code = ERR_OK;

    memcpy(env, place.at, (size_t)(first - place.at));
    memcpy(secret, first + 1, (size_t)(second - first - 1));
    memcpy(name, second + 1, (size_t)(end - second - 1));
    table = doc_find(&v->doc, DOC_SECRET, slice_of(env), slice_of(secret));
    if (table && doc_find_entry(table, slice_of(name)))
        code = secrets_get_value(v, env, secret, name, &kv);
    if (code == ERR_OK && kv)
        code = secrets_resolve(v, env, secret, &kv);
    kv_free(kv);
    return code;
}

enum err_code secrets_check_templates(struct vault *v)
{
    enum err_code code = templates_check_removed(v);

    for (size_t i = 0; i < v->templates.size && code == ERR_OK; i++)
        if (v->templates.entries[i].name.at)
            code = check_made(v, v->templates.entries[i].name);
    return code;
}

/* MUST come before anything is changed: what was staged before stays. */
static enum err_code check_pairs(struct vault *v, const struct vault_kv *kv)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < kv->count && code == ERR_OK; i++) {
        const struct kv_pair *pair = &kv->pairs[i];

        code = secrets_check_variable(v, pair->name, pair->value);
        if (code == ERR_OK && pair->kind == KV_OPEN)
            code = secrets_check_open(v, pair->name, pair->value);
        if (code == ERR_OK && pair->kind == KV_TEMPLATE)
            code = resolve_check(pair->value, pair->name, &v->err);
    }
    return code;
}

static int seal_kind_of(enum kv_kind kind)
{
    return kind == KV_OPEN       ? (int)SEAL_OPEN
           : kind == KV_TEMPLATE ? (int)SEAL_TEMPLATE
           : kind == KV_SEALED   ? (int)SEAL_PLAIN
                                 : CHANGE_ANY_KIND;
}

static enum err_code put_all(const struct change *c, struct doc_table *table,
                             const struct vault_kv *kv, struct vault *v)
{
    struct arena opened = {0};
    struct change each = *c;
    enum err_code code = ERR_OK;

    each.opened = &opened;
    for (size_t i = 0; i < kv->count && code == ERR_OK; i++) {
        struct slice name = slice_of(kv->pairs[i].name);
        const struct doc_item *item = doc_find_entry(table, name);
        const char *before = item ? item->part[DOC_SEALED].at : NULL;

        code = change_put(&each, table, name, kv->pairs[i].value, seal_kind_of(kv->pairs[i].kind),
                          &v->err);
        if (code == ERR_OK && kv->pairs[i].kind == KV_TEMPLATE)
            item = doc_find_entry(table, name);
        if (code == ERR_OK && kv->pairs[i].kind == KV_TEMPLATE &&
            item->part[DOC_SEALED].at != before)
            code = templates_note_made(v, table, item);
    }
    arena_free(&opened);
    return code;
}

enum err_code secrets_create(struct vault *v, const char *env, const char *secret,
                             const struct vault_kv *kv, enum secrets_existing existing)
{
    struct doc_table *table;
    struct change c;
    enum err_code code = handle_check_name(v, "a secret", secret);

    if (code == ERR_OK)
        code = check_pairs(v, kv);
    if (code == ERR_OK)
        code = handle_begin(v, env, &c);
    if (code != ERR_OK)
        return code;
    table = doc_find(&v->doc, DOC_SECRET, slice_of(env), slice_of(secret));
    if (table && existing == SECRETS_EXISTING_KEEP)
        return ERR_OK;
    if (table && existing == SECRETS_EXISTING_ERROR)
        code = err_set(&v->err, ERR_EXISTS, "there is a secret %s in %s already", secret, env);
    if (table && existing == SECRETS_EXISTING_REPLACE) {
        code = change_date_after(&c, table, &v->err);
        if (code == ERR_OK)
            code = templates_note_removed(v, table, NULL);
        if (code == ERR_OK)
            code = change_drop_secret(&c, table, &v->err);
    }
    if (code == ERR_OK)
        code = change_add_secret(&c, slice_of(secret), &table, &v->err);
    return code == ERR_OK ? put_all(&c, table, kv, v) : code;
}

enum err_code secrets_update(struct vault *v, const char *env, const char *secret,
                             const struct vault_kv *kv)
{
    struct doc_table *table;
    struct change c;
    enum err_code code = check_pairs(v, kv);

    if (code == ERR_OK)
        code = handle_begin(v, env, &c);
    if (code == ERR_OK)
        code = secrets_find(v, env, secret, &table);
    return code == ERR_OK ? put_all(&c, table, kv, v) : code;
}

enum err_code secrets_delete(struct vault *v, const char *env, const char *secret,
                             bool ignore_missing)
{
    struct doc_table *table;
    struct change c;
    enum err_code code = handle_begin(v, env, &c);

    if (code != ERR_OK)
        return code;
    code = secrets_find(v, env, secret, &table);
    if (code == ERR_ABSENT && ignore_missing)
        return ERR_OK;
    if (code == ERR_OK)
        code = templates_note_removed(v, table, NULL);
    return code == ERR_OK ? change_drop_secret(&c, table, &v->err) : code;
}

enum err_code secrets_delete_value(struct vault *v, const char *env, const char *secret,
                                   const char *key, bool ignore_missing)
{
    struct doc_item *item = NULL;
    struct doc_table *table;
    struct change c;
    enum err_code code = handle_begin(v, env, &c);

    if (code != ERR_OK)
        return code;
    code = secrets_find(v, env, secret, &table);
    if (code == ERR_OK)
        code = secrets_find_variable(v, table, key, &item);
    if (code == ERR_ABSENT && ignore_missing)
        return ERR_OK;
    if (code == ERR_OK)
        code = templates_note_removed(v, table, item);
    return code == ERR_OK ? change_drop(&c, table, item, &v->err) : code;
}

static enum err_code must_be_free(struct vault *v, const char *env, const char *secret)
{
    enum err_code code = handle_check_name(v, "a secret", secret);

    if (code == ERR_OK && doc_find(&v->doc, DOC_SECRET, slice_of(env), slice_of(secret)))
        code = err_set(&v->err, ERR_EXISTS, "there is a secret %s in %s already", secret, env);
    return code;
}

enum err_code secrets_rename(struct vault *v, const char *env, const char *from, const char *to)
{
    struct doc_table *table;
    struct change c;
    enum err_code code = handle_begin(v, env, &c);

    if (code == ERR_OK)
        code = secrets_find(v, env, from, &table);
    if (code == ERR_OK)
        code = must_be_free(v, env, to);
    if (code == ERR_OK)
        code = templates_note_removed(v, table, NULL);
    if (code == ERR_OK)
        code = change_rename_secret(&c, table, slice_of(to), &v->err);
    return code == ERR_OK ? inbox_carry(v, &c.env,
                                        &(struct inbox_carry){c.env.name, slice_of(from), none,
                                                              slice_of(to), none})
                          : code;
}

enum err_code secrets_copy(struct vault *v, const char *from_env, const char *from,
                           const char *to_env, const char *to)
{
    struct doc_table *table;
    struct change c, source;
    enum err_code code = handle_begin(v, from_env, &source);

    if (code == ERR_OK)
        code = handle_begin(v, to_env, &c);
    if (code == ERR_OK)
        code = secrets_find(v, from_env, from, &table);
    if (code == ERR_OK)
        code = must_be_free(v, to_env, to);
    if (code == ERR_OK)
        code = change_copy_secret(&c, slice_of(to), &source.env, table, &v->err);
    if (code == ERR_OK)
        code = templates_note_made(v, doc_find(&v->doc, DOC_SECRET, slice_of(to_env), slice_of(to)),
                                   NULL);
    return code;
}

/* Adds what the file shows of a secret, unverified. */
static bool add_shown(const struct doc_table *table, bool names, struct vault_kv *kv)
{
    bool good = true;

    for (struct doc_item *i = doc_entry(table->items); i && good; i = doc_entry(i->next)) {
        bool is_open = doc_is_open(i);
        struct buf text = {0};
        char *room = is_open ? buf_reserve(&text, i->part[DOC_OPEN].len + 1) : NULL;

        if (is_open)
            good = room && text_unspell(i->part[DOC_OPEN], room, &text.len);
        if (good && (is_open || names)) {
            good = kv_add(kv, i->name, buf_slice(&text));
            if (good)
                kv->pairs[kv->count - 1].kind = is_open ? KV_OPEN : KV_SEALED;
        }
        buf_free(&text);
    }
    return good;
}

static enum err_code show_secret(struct vault *v, const char *env, const char *secret,
                                 enum secrets_keyless keyless, struct vault_kv **kv)
{
    struct doc_table *table;
    enum err_code code = handle_find_env(v, env);

    if (code == ERR_OK)
        code = secrets_find(v, env, secret, &table);
    if (code != ERR_OK)
        return code;
    *kv = kv_new_of(&v->pool);
    return err_memory(*kv && add_shown(table, keyless == SECRETS_KEYLESS_NAMES, *kv), &v->err);
}

static enum err_code add_secret(struct vault *v, const char *env, const char *secret,
                                enum secrets_keyless keyless, struct vault_selection *s)
{
    struct vault_kv *kv = NULL;
    enum err_code code = keyless == SECRETS_KEYLESS_NOTHING
                             ? secrets_get(v, env, secret, &kv)
                             : show_secret(v, env, secret, keyless, &kv);

    if (code != ERR_OK) {
        kv_free(kv);
        return code;
    }
    kv_finish(kv);
    return err_memory(selection_add(s, secret, kv), &v->err);
}

/* How secrets become a selection. */
struct selecting {
    struct selection_names secrets;
    enum secrets_keyless keyless;
    const struct secrets_progress *progress;
    bool may_lack; /* another layer may have a secret that this one lacks */
};

static enum err_code select_named(struct vault *v, const struct selecting *how,
                                  struct selection_names secrets, struct vault_selection *s)
{
    const struct secrets_progress *progress = how->progress;
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < secrets.count && code == ERR_OK; i++) {
        if (progress && progress->tell)
            progress->tell(progress->user, i, secrets.count);
        if (!how->may_lack ||
            doc_find(&v->doc, DOC_SECRET, slice_of(s->env), slice_of(secrets.at[i])))
            code = add_secret(v, s->env, secrets.at[i], how->keyless, s);
    }
    return code;
}

/* The names are copied, because progress may change the handle. */
static enum err_code select_all(struct vault *v, const struct selecting *how,
                                struct vault_selection *s)
{
    struct doc_table *t = NULL;
    struct list *names = NULL;
    const char *env = s->env;
    size_t count = 0, text = 0;
    enum err_code code;

    while ((t = doc_next_table(&v->doc, t, DOC_SECRET, slice_of(env)))) {
        count++;
        text += t->secret.len + 1;
    }
    code = err_memory((names = list_make(count, sizeof(const char *), text)) != NULL, &v->err);
    for (size_t i = 0; names && (t = doc_next_table(&v->doc, t, DOC_SECRET, slice_of(env))); i++)
        *(const char **)list_at(names, i) = list_string(names, t->secret);
    if (code == ERR_OK)
        code = select_named(v, how, (struct selection_names){list_at(names, 0), count}, s);
    free(names);
    return code;
}

/* MUST open a layer from which nothing is selected, too. */
static enum err_code select_layer(struct vault *v, const struct selecting *how,
                                  struct vault_selection *s)
{
    struct seal_env e;
    enum err_code code = how->keyless == SECRETS_KEYLESS_NOTHING ? handle_open_env(v, s->env, &e)
                                                                 : handle_find_env(v, s->env);

    if (code == ERR_OK && how->secrets.at)
        code = select_named(v, how, how->secrets, s);
    else if (code == ERR_OK)
        code = select_all(v, how, s);
    if (code == ERR_OK)
        selection_resolve_with(s, secrets_resolver(v, s->env));
    return code;
}

static enum err_code check_found(struct vault *v, const char *env, struct selection_names secrets,
                                 const struct vault_selection *s)
{
    for (size_t i = 0; secrets.at && i < secrets.count; i++) {
        if (selection_has(s, secrets.at[i]))
            continue;
        if (handle_check_name(v, "a secret", secrets.at[i]) != ERR_OK)
            return ERR_INVALID;
        return err_set(&v->err, ERR_ABSENT, "there is no secret %s in %s", secrets.at[i], env);
    }
    return ERR_OK;
}

enum err_code secrets_select(struct vault *v, const char *env, struct selection_names secrets,
                             enum secrets_keyless keyless, const struct secrets_progress *progress,
                             struct vault_selection **out)
{
    struct selecting how = {secrets, keyless, progress, strchr(env, ',') != NULL};
    enum err_code code = ERR_OK;
    const char *at = env;

    *out = NULL;
    for (size_t len; code == ERR_OK && at; at = at[len] ? at + len + 1 : NULL) {
        len = strcspn(at, ",");
        *out = selection_new((struct slice){at, len}, *out);
        code = *out ? select_layer(v, &how, *out) : err_no_memory(&v->err);
    }
    return code == ERR_OK && how.may_lack ? check_found(v, env, secrets, *out) : code;
}
