/* What the templates of a vault made, in each version of its history.
 *
 * A result can change without its template, when one of its sources does, and a merge can combine
 * both from its parents. So it is not found in differences: this opens each version again. */
#include "results.h"

#include "ui/say.h"

#include "base/text.h"

#include <string.h>

void results_note(struct results *r, const vault_difference *d)
{
    struct buf place = {0};
    bool is_template = d->part == VAULT_PART_VALUE && (d->before->kind == VAULT_KIND_TEMPLATE ||
                                                       d->after->kind == VAULT_KIND_TEMPLATE);

    if (!is_template)
        return;
    buf_printf(&place, "%s/%s", d->secret, d->name);
    r->failed = r->failed || !buf_ok(&place) || !hashtable_number(&r->templates, buf_slice(&place));
    buf_free(&place);
}

/* place: "SECRET/NAME". What cannot be opened or resolved made nothing. */
static void add_result(struct result *to, struct slice place, results_tell *tell, void *user,
                       bool *failed)
{
    char secret[VAULT_NAME_MAX + 1] = "", name[VAULT_VARIABLE_MAX + 1] = "";
    const char *slash = memchr(place.at, '/', place.len);
    vault_kv *kv = NULL;
    vault_err err;

    memcpy(secret, place.at, (size_t)(slash - place.at));
    memcpy(name, slash + 1, place.len - (size_t)(slash + 1 - place.at));
    err = vault_value_get(to->v, to->env, secret, name, &kv);
    if (err == VAULT_OK) {
        to->secret = secret;
        to->name = name;
        to->value = vault_kv_get(kv, name, &to->len);
        tell(user, to);
    }
    *failed = *failed || err == VAULT_NO_MEMORY;
    vault_kv_free(kv);
}

static void add_version(struct results *r, struct result *to, results_tell *tell, void *user)
{
    const char **envs = NULL;
    size_t count = 0;

    if (vault_env_list(to->v, &envs, &count) == VAULT_NO_MEMORY)
        r->failed = true;
    for (size_t i = 0; i < count; i++) {
        to->env = envs[i];
        for (size_t j = 0; j < r->templates.size; j++)
            if (r->templates.entries[j].name.at)
                add_result(to, r->templates.entries[j].name, tell, user, &r->failed);
    }
    vault_release(envs);
}

enum status results_walk(struct results *r, struct history *h, results_tell *tell, void *user)
{
    struct hashtable seen = {0}; /* blobs */
    enum status status = STATUS_OK;

    for (size_t i = 0; r->templates.count > 0 && i < h->count && status == STATUS_OK; i++)
        for (size_t j = 0; j < h->commits[i].count && status == STATUS_OK && !r->failed; j++) {
            const char *blob = h->commits[i].edges[j].after;
            size_t *is_seen = blob ? hashtable_number(&seen, slice_of(blob)) : NULL;
            struct result to = {.commit = i};
            vault_err err;

            r->failed = r->failed || (blob && !is_seen);
            if (!is_seen || (*is_seen)++)
                continue;
            status = history_version(h, blob, &to.v, &err);
            if (status == STATUS_OK && to.v && err == VAULT_OK)
                add_version(r, &to, tell, user);
        }
    hashtable_free(&seen);
    return status == STATUS_OK && r->failed ? say_no_memory() : status;
}

void results_free(struct results *r)
{
    hashtable_free(&r->templates);
}
