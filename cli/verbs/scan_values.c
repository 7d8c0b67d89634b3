/* The values that scan searches for, each with all its names. */
#include "scan_values.h"

#include "git/results.h"
#include "git/walk.h"
#include "ui/status.h"

#include <stdlib.h>
#include <string.h>

/* ---- history ---- */

struct former {
    struct scan_values *c;
    const char *const *envs;
    size_t count, unread;
    struct results results;
    struct hashtable last; /* by ENV SECRET/NAME: 1 + the entry of the last result that was added */
};

static bool is_wanted(const struct former *f, const char *env)
{
    for (size_t i = 0; f->envs && i < f->count; i++)
        if (strcmp(f->envs[i], env) == 0)
            return true;
    return !f->envs;
}

static void add_change(void *user, const struct history_step *change)
{
    struct former *f = user;
    const vault_difference *d = change->difference;

    if (!d || d->what == VAULT_WHAT_UNREAD)
        f->unread += !d || is_wanted(f, d->env);
    if (!d || d->part != VAULT_PART_VALUE || !is_wanted(f, d->env))
        return;
    results_note(&f->results, d);
    for (int i = 0; i < 2; i++) {
        const vault_side *side = i ? d->after : d->before;

        if (side->value && side->kind != VAULT_KIND_OPEN)
            values_add(&f->c->all, &(struct value){.env = d->env,
                                                   .secret = d->secret,
                                                   .name = d->name,
                                                   .value = {side->value, side->len},
                                                   .former = true});
    }
}

/* A version in which a result is as in the version before adds nothing. */
static void add_result(void *user, const struct result *r)
{
    struct former *f = user;
    struct values *all = &f->c->all;
    struct slice value = {r->value, r->len};
    struct buf place = {0};
    size_t *last;

    if (!is_wanted(f, r->env))
        return;
    buf_printf(&place, "%s %s/%s", r->env, r->secret, r->name);
    last = buf_ok(&place) ? hashtable_number(&f->last, buf_slice(&place)) : NULL;
    buf_free(&place);
    all->failed = all->failed || !last;
    if (!last || (*last && slice_equal(all->list[*last - 1].value, value)))
        return;
    if (values_add(all, &(struct value){.env = r->env,
                                        .secret = r->secret,
                                        .name = r->name,
                                        .value = value,
                                        .result = true,
                                        .former = true}))
        *last = all->count;
}

enum status scan_values_add_history(struct scan_values *c, struct history *h,
                                    const char *const *envs, size_t count, size_t *unread)
{
    struct former f = {.c = c, .envs = envs, .count = count};
    const struct history_walk changes = {.tell = add_change, .user = &f};
    enum status status = history_read(h);

    NEXT(status, history_walk(h, &changes));
    NEXT(status, results_walk(&f.results, h, add_result, &f));
    results_free(&f.results);
    hashtable_free(&f.last);
    *unread += f.unread;
    return status;
}

/* ---- order ---- */

/* Orders values that are searched for first, by value; then by name. */
static int compare_entries(const void *a, const void *b)
{
    const struct value *x = a, *y = b;
    int order = (int)x->worth - (int)y->worth;

    if (!order)
        order = slice_compare(x->value, y->value);
    if (!order)
        order = strcmp(x->secret, y->secret);
    if (!order)
        order = strcmp(x->name, y->name);
    return order ? order : strcmp(x->env, y->env);
}

/* The same; a current value comes before an equal former one. */
static int compare_all(const void *a, const void *b)
{
    const struct value *x = a, *y = b;
    int order = compare_entries(a, b);

    return order ? order : x->former - y->former;
}

/* Drops open values and entries that only name a secret, and sorts the rest. */
static void judge(struct values *all)
{
    size_t kept = 0;

    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].name && all->list[i].kind != VAULT_KIND_OPEN) {
            all->list[kept] = all->list[i];
            all->list[kept].worth = leak_judge(all->list[i].value);
            kept++;
        }
    all->count = kept;
    if (kept > 0)
        qsort(all->list, kept, sizeof *all->list, compare_all);
}

static void drop_repeated(struct values *all)
{
    size_t kept = 0;

    for (size_t i = 0; i < all->count; i++)
        if (kept == 0 || compare_entries(&all->list[kept - 1], &all->list[i]) != 0)
            all->list[kept++] = all->list[i];
    all->count = kept;
}

bool scan_values_finish(struct scan_values *c)
{
    const struct value *list;
    size_t n = 0, i = 0;

    c->values = calloc(c->all.count + 1, sizeof *c->values);
    c->first = calloc(c->all.count + 1, sizeof *c->first);
    if (!c->values || !c->first || c->all.failed)
        return false;
    judge(&c->all);
    drop_repeated(&c->all);
    list = c->all.list;
    for (; i < c->all.count && list[i].worth == LEAK_WORTH; i++)
        if (n == 0 || !slice_equal(c->values[n - 1], list[i].value)) {
            c->first[n] = i;
            c->values[n++] = list[i].value;
        }
    c->first[n] = i;
    c->value_count = n;
    return true;
}

bool scan_values_search(struct scan_values *c, const struct grams *grams)
{
    c->leaks = leaks_make_for(c->values, c->value_count, grams);
    return c->leaks != NULL;
}

void scan_values_free(struct scan_values *c)
{
    leaks_free(c->leaks);
    values_free(&c->all);
    free(c->values);
    free(c->first);
}
