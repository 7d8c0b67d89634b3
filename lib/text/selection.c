/* The values that are handed out together. */
#include "selection.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vault_selection *selection_new(struct slice env, struct vault_selection *below)
{
    struct vault_selection *s = calloc(1, sizeof *s);

    if (!s) {
        selection_free(below);
        return NULL;
    }
    s->arena = ARENA_PUBLIC;
    s->below = below;
    s->env = arena_copy(&s->arena, env.at, env.len);
    if (!s->env) {
        selection_free(s);
        return NULL;
    }
    return s;
}

static void free_layer(struct vault_selection *s)
{
    for (size_t i = 0; i < s->set_count; i++)
        kv_free(s->sets[i].kv);
    free(s->sets);
    free(s->entries);
    free(s->shown);
    free(s->sources);
    resolver_free(&s->resolver);
    arena_free(&s->arena);
    free(s);
}

void selection_free(struct vault_selection *s)
{
    while (s) {
        struct vault_selection *below = s->below;

        free_layer(s);
        s = below;
    }
}

void selection_resolve_with(struct vault_selection *s, struct resolver r)
{
    resolver_free(&s->resolver);
    s->resolver = r;
}

bool selection_add(struct vault_selection *s, const char *secret, struct vault_kv *kv)
{
    struct selection_set *sets = list_grow(s->sets, s->set_count, sizeof *sets);
    char *own = arena_copy(&s->arena, secret, strlen(secret));

    if (sets)
        s->sets = sets;
    if (!sets || !own) {
        kv_free(kv);
        return false;
    }
    s->sets[s->set_count++] = (struct selection_set){own, kv};
    return true;
}

static bool has_secret(const struct vault_selection *layer, const char *secret)
{
    for (size_t i = 0; i < layer->set_count; i++)
        if (strcmp(layer->sets[i].secret, secret) == 0)
            return true;
    return false;
}

bool selection_has(const struct vault_selection *s, const char *secret)
{
    while (s && !has_secret(s, secret))
        s = s->below;
    return s != NULL;
}

bool selection_lists(struct selection_names names, const char *name)
{
    for (size_t i = 0; names.at && i < names.count; i++)
        if (strcmp(names.at[i], name) == 0)
            return true;
    return false;
}

static enum err_code no_such_key(const char *name, const char *env, struct err *err)
{
    char room[TEXT_ESCAPED(KEY_MAX_LEN)];
    struct buf shown = BUF_FIXED(room);

    text_escape(&shown, slice_of(name), KEY_MAX_LEN);
    return err_set(err, ERR_ABSENT, "no variable %.*s in %s", (int)shown.len, room, env);
}

enum err_code selection_check(struct selection_names names, struct err *err)
{
    if (!names.at && names.count > 0)
        return err_set(err, ERR_INVALID, "a list is missing");
    if (names.at && names.count == 0)
        return err_set(err, ERR_INVALID, "a list of names is empty");
    return ERR_OK;
}

/* A name that is mistyped would let through, or leave out, another key than was meant. */
static enum err_code check_names(const struct vault_selection *s, struct selection_names names,
                                 const char *env, struct err *err)
{
    for (size_t i = 0; names.at && i < names.count; i++) {
        bool is_there = false;

        for (const struct vault_selection *l = s; l; l = l->below)
            for (size_t j = 0; j < l->set_count && !is_there; j++)
                is_there = kv_find(l->sets[j].kv, slice_of(names.at[i])) != NULL;
        if (!is_there)
            return no_such_key(names.at[i], env, err);
    }
    return ERR_OK;
}

static const char *with_prefix(struct vault_selection *s, const char *prefix, const char *name)
{
    size_t size = strlen(prefix) + strlen(name) + 1;
    char *whole = arena_alloc(&s->arena, size);

    if (whole)
        snprintf(whole, size, "%s%s", prefix, name);
    return whole;
}

static bool is_wanted(const struct selection_rules *rules, const char *name)
{
    return (!rules->only.at || selection_lists(rules->only, name)) &&
           !selection_lists(rules->except, name);
}

static bool add_entry(struct vault_selection *s, const struct selection_rules *rules,
                      const struct selection_set *set, const struct kv_pair *pair)
{
    const char *prefix = rules->prefix;
    struct selected e = {.name = prefix ? with_prefix(s, prefix, pair->name) : pair->name,
                         .key = pair->name,
                         .env = s->env,
                         .secret = set->secret,
                         .value = pair->value,
                         .kind = pair->kind,
                         .variable = prefix ? NULL : pair->variable,
                         .order = s->count};

    s->entries[s->count++] = e;
    return e.name;
}

static int compare(const void *a, const void *b)
{
    const struct selected *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static bool is_in_order(const struct vault_selection *s)
{
    for (size_t i = 1; i < s->count; i++)
        if (compare(&s->entries[i - 1], &s->entries[i]) > 0)
            return false;
    return true;
}

/* Puts the values of all sets into one list, in the order of the names. */
static bool collect(struct vault_selection *s, const struct selection_rules *rules)
{
    size_t most = 0;
    bool good;

    for (size_t i = 0; i < s->set_count; i++)
        most += s->sets[i].kv->count;
    s->count = 0;
    s->entries = malloc((most + 1) * sizeof *s->entries);
    good = s->entries;
    for (size_t i = 0; i < s->set_count && good; i++)
        for (size_t j = 0; j < s->sets[i].kv->count && good; j++)
            if (is_wanted(rules, s->sets[i].kv->pairs[j].name))
                good = add_entry(s, rules, &s->sets[i], &s->sets[i].kv->pairs[j]);
    if (good && !is_in_order(s)) /* as the values of one secret are */
        qsort(s->entries, s->count, sizeof *s->entries, compare);
    return good;
}

/* The result of a template is the value that is handed out. */
static enum err_code resolve_entries(struct vault_selection *s, struct err *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < s->count && code == ERR_OK; i++) {
        struct selected *e = &s->entries[i];

        if (e->kind != KV_TEMPLATE)
            continue;
        e->variable = NULL;
        code = resolve(&s->resolver, slice_of(e->secret), slice_of(e->key), &e->value, err);
    }
    return code;
}

/* Of several with one name the last stays; where no order was said they must be the same. */
static enum err_code settle(struct vault_selection *s, bool is_ordered, struct err *err)
{
    size_t kept = 0;

    for (size_t i = 0; s->entries && i < s->count; i++) {
        const struct selected *e = &s->entries[i], *next = i + 1 < s->count ? e + 1 : NULL;

        if (!next || strcmp(e->name, next->name) != 0) {
            s->entries[kept++] = *e;
        } else if (!is_ordered && !slice_equal(e->value, next->value)) {
            err_set(err, ERR_INVALID, "%s is defined differently by %s and %s", e->name, e->secret,
                    next->secret);
            err_because(err, ERR_REASON_DISAGREE);
            err_detail_text(err, ERR_NAME, e->name);
            return ERR_INVALID;
        }
    }
    s->count = kept;
    return ERR_OK;
}

static enum err_code choose(struct vault_selection *s, const struct selection_rules *rules,
                            struct err *err)
{
    enum err_code code = ERR_OK;

    if (!collect(s, rules))
        return err_no_memory(err);
    if (!rules->is_ordered) /* they are compared */
        code = resolve_entries(s, err);
    if (code == ERR_OK && !rules->keeps_all)
        code = settle(s, rules->is_ordered, err);
    if (code == ERR_OK && rules->is_ordered)
        code = resolve_entries(s, err);
    return code;
}

/* Puts what all layers have into the list of the top one. */
static bool lay(struct vault_selection *top)
{
    size_t most = 0, count = 0, depth = 0;
    struct selected *all;

    for (const struct vault_selection *l = top; l; l = l->below)
        most += l->count;
    all = malloc((most + 1) * sizeof *all);
    if (!all)
        return false;
    for (const struct vault_selection *l = top; l; l = l->below, depth++)
        for (size_t i = 0; i < l->count; i++) {
            all[count] = l->entries[i];
            all[count++].order = depth;
        }
    qsort(all, count, sizeof *all, compare);
    free(top->entries);
    top->entries = all;
    top->count = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(all[i].name, all[top->count - 1].name) != 0)
            all[top->count++] = all[i];
    return true;
}

static enum err_code require(const struct vault_selection *s, const struct selection_rules *rules,
                             struct err *err)
{
    struct buf missing = {0};
    enum err_code code = ERR_OK;

    for (size_t i = 0; rules->required.at && i < rules->required.count; i++) {
        bool is_there = false;

        for (size_t j = 0; j < s->count && !is_there; j++)
            is_there = strcmp(s->entries[j].key, rules->required.at[i]) == 0;
        if (is_there)
            continue;
        buf_add_text(&missing, missing.len ? ", " : "");
        text_escape(&missing, slice_of(rules->required.at[i]), KEY_MAX_LEN);
    }
    if (!buf_ok(&missing))
        code = err_no_memory(err);
    else if (missing.len > 0)
        code = err_set(err, ERR_ABSENT, "required, and not in %s: %.*s", rules->env,
                       (int)missing.len, missing.data);
    buf_free(&missing);
    return code;
}

enum err_code selection_finish(struct vault_selection *s, const struct selection_rules *rules,
                               struct err *err)
{
    enum err_code code = ERR_OK;

    if (rules->prefix && !text_is_key(slice_of(rules->prefix)))
        return err_set(err, ERR_INVALID, "a prefix has letters, digits and _, no digit in front");
    code = selection_check(rules->only, err);
    if (code == ERR_OK)
        code = selection_check(rules->except, err);
    if (code == ERR_OK)
        code = selection_check(rules->required, err);
    if (code == ERR_OK)
        code = check_names(s, rules->only, rules->env, err);
    if (code == ERR_OK)
        code = check_names(s, rules->except, rules->env, err);
    if (code != ERR_OK)
        return code;
    code = choose(s, rules, err);
    for (struct vault_selection *l = s->below; l && code == ERR_OK; l = l->below)
        code = choose(l, rules, err);
    if (code == ERR_OK && s->below)
        code = err_memory(lay(s), err);
    return code == ERR_OK ? require(s, rules, err) : code;
}
