/* The environment of a program that is started with selected values. */
#include "environ.h"

#include "base/text.h"
#include "dangerous.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ONE_STRING_MAX = 131072,                     /* Linux: MAX_ARG_STRLEN, with its zero byte */
    FINAL_MAX = 2 * KEY_MAX_LEN + sizeof "_FILE" /* prefix, key, suffix */
};

/* ---- checks ---- */

static void add_path(struct err *err, const struct selected *e)
{
    err_detail_text(err, ERR_SECRET, e->secret);
    err_detail_text(err, ERR_NAME, e->key);
}

static enum err_code check_name(const struct selected *e, const struct environ_rules *rules,
                                struct err *err)
{
    char name[FINAL_MAX];
    const char *program;

    snprintf(name, sizeof name, "%s%s", e->name, rules->files ? "_FILE" : "");
    program = dangerous_to(name);
    if (!program || selection_lists(rules->allowed, name))
        return ERR_OK;
    err_set(err, ERR_INVALID, "%s/%s would set %s, which makes %s run other code", e->secret,
            e->key, name, program);
    err_because(err, ERR_REASON_DANGEROUS);
    add_path(err, e);
    err_detail_text(err, ERR_SUBJECT, name);
    return ERR_INVALID;
}

static enum err_code check_value(const struct selected *e, struct err *err)
{
    if (e->value.len && memchr(e->value.at, '\0', e->value.len)) {
        err_set(err, ERR_INVALID, "%s/%s holds a zero byte, which no environment can carry",
                e->secret, e->name);
        err_because(err, ERR_REASON_ZERO_BYTE);
        add_path(err, e);
        return ERR_INVALID;
    }
    if (strlen(e->name) + 1 + e->value.len + 1 > ONE_STRING_MAX) {
        err_set(err, ERR_INVALID, "%s/%s is too long for an environment", e->secret, e->name);
        err_because(err, ERR_REASON_TOO_LONG);
        add_path(err, e);
        return ERR_INVALID;
    }
    return ERR_OK;
}

enum err_code environ_check(const struct vault_selection *s, const struct environ_rules *rules,
                            struct err *err)
{
    enum err_code code = selection_check(rules->allowed, err);

    for (size_t i = 0; i < s->count && code == ERR_OK; i++) {
        code = check_name(&s->entries[i], rules, err);
        if (code == ERR_OK && !rules->files)
            code = check_value(&s->entries[i], err);
    }
    return code;
}

/* ---- what stays of our own ---- */

static bool has_name(const char *variable, const char *const *names)
{
    for (; *names; names++) {
        size_t len = strlen(*names);

        if (strncmp(variable, *names, len) == 0 && variable[len] == '=')
            return true;
    }
    return false;
}

bool environ_is_inherited(const char *variable)
{
    static const char *const opening[] = {"VAULT_IDENTITY", "VAULT_PASSPHRASE", NULL};

    return !has_name(variable, opening);
}

static bool stays(const char *variable, bool is_clean)
{
    static const char *const always[] = {"PATH",   "HOME", "USER", "LOGNAME", "SHELL", "TERM",
                                         "TMPDIR", "TZ",   "LANG", "LC_ALL",  NULL};

    return environ_is_inherited(variable) && (!is_clean || has_name(variable, always));
}

/* ---- the environment ---- */

/* What will be set. */
struct setting {
    const char *name;
    struct slice value;
    char *text; /* NAME=VALUE; NULL: not yet made */
    bool is_present;
};

static int compare(const void *a, const void *b)
{
    const struct setting *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static struct setting *find(struct setting *list, size_t count, const char *variable)
{
    size_t len = strcspn(variable, "="), low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strncmp(list[middle].name, variable, len);

        if (order == 0)
            order = list[middle].name[len] != '\0';
        if (order == 0)
            return &list[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* The names of files differ in their order from those without _FILE behind them. */
static bool name_files(const struct vault_selection *s, const char *const *files,
                       struct setting *list, struct arena *arena)
{
    for (size_t i = 0; i < s->count; i++) {
        size_t size = strlen(s->entries[i].name) + sizeof "_FILE";
        char *name = arena_alloc(arena, size);

        if (!name)
            return false;
        snprintf(name, size, "%s_FILE", s->entries[i].name);
        list[i] = (struct setting){.name = name, .value = slice_of(files[i])};
    }
    qsort(list, s->count, sizeof *list, compare);
    return true;
}

/* One guarded block for all texts that will be made. */
static bool reserve(const struct setting *list, size_t count, struct arena *arena)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        if (!list[i].text)
            size += arena_room(strlen(list[i].name) + 1 + list[i].value.len + 1);
    return size == 0 || arena_reserve(arena, size);
}

static char *make_text(const struct setting *e, struct arena *arena)
{
    size_t name = strlen(e->name);
    char *text = arena_alloc(arena, name + 1 + e->value.len + 1);

    if (!text)
        return NULL;
    memcpy(text, e->name, name);
    text[name] = '=';
    memcpy(text + name + 1, e->value.at, e->value.len);
    text[name + 1 + e->value.len] = '\0';
    return text;
}

static struct setting *list_settings(const struct vault_selection *s, const char *const *files,
                                     struct arena *arena)
{
    struct setting *list = calloc(s->count + 1, sizeof *list);

    for (size_t i = 0; list && !files && i < s->count; i++)
        list[i] = (struct setting){.name = s->entries[i].name,
                                   .value = s->entries[i].value,
                                   .text = (char *)s->entries[i].variable}; /* none changes it */
    if (list &&
        ((files && !name_files(s, files, list, arena)) || !reserve(list, s->count, arena))) {
        free(list);
        list = NULL;
    }
    return list;
}

char **environ_make(const struct vault_selection *s, const struct environ_rules *rules,
                    char *const *ours, struct arena *arena)
{
    struct setting *list = list_settings(s, rules->files, arena);
    size_t our_count = 0, n = 0;
    char **all;
    bool good = list;

    while (ours[our_count])
        our_count++;
    all = good ? calloc(our_count + s->count + 1, sizeof *all) : NULL;
    good = all;
    for (size_t i = 0; good && i < our_count; i++) {
        struct setting *e = find(list, s->count, ours[i]);

        if (!stays(ours[i], rules->is_clean) || (e && !rules->keeps_present))
            continue;
        if (e)
            e->is_present = true;
        all[n++] = ours[i];
    }
    for (size_t i = 0; good && i < s->count; i++) {
        if (list[i].is_present)
            continue;
        all[n] = list[i].text ? list[i].text : make_text(&list[i], arena);
        good = all[n++];
    }
    free(list);
    if (!good) {
        free(all);
        all = NULL;
    }
    return all;
}
