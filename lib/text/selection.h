/* The values that are handed out together: of one secret after the other, chosen and named by
 * rules, each name once. Environments are layers: of equal names the upper layer's value stays. */
#ifndef VAULT_SELECTION_H
#define VAULT_SELECTION_H

#include "kv.h"
#include "resolve.h"

#include "base/list.h"

struct selected {
    const char *name; /* the variable's, with the prefix */
    const char *key;  /* the name without it */
    const char *env, *secret;
    struct slice value;   /* with a zero byte behind it */
    const char *variable; /* NAME=VALUE, if that is in memory already; or NULL */
    size_t order;
    enum kv_kind kind;
};

struct selection_set {
    const char *secret;
    struct vault_kv *kv;
};

struct vault_selection {
    struct arena arena;            /* of the names */
    const char *env;               /* of the sets; "" if they are of none */
    struct vault_selection *below; /* the layer under this one, which it owns; or NULL */
    struct selection_set *sets;
    size_t set_count;
    struct selected *entries; /* in byte order of the names */
    size_t count;
    struct list *shown;       /* the caller's view of the entries, or NULL */
    struct list *sources;     /* the same of the resolver's variables */
    struct resolver resolver; /* of the templates */
};

/* A list of names; at is NULL if there is none. */
struct selection_names {
    const char *const *at;
    size_t count;
};

struct selection_rules {
    const char *env; /* for messages */
    struct selection_names only, except, required;
    const char *prefix; /* NULL: none */
    bool is_ordered;    /* of equal names the later wins; else their values must be the same */
    bool keeps_all;     /* equal names all stay */
};

/* A layer without values, over `below`, which it takes over also if it fails. NULL: no memory. */
struct vault_selection *selection_new(struct slice env, struct vault_selection *below)
    __attribute__((warn_unused_result));
void selection_free(struct vault_selection *s); /* wipes; accepts NULL */

/* Resolves the templates among the values with r, which it takes over. */
void selection_resolve_with(struct vault_selection *s, struct resolver r);

/* Whether the layer or one below has this secret. */
bool selection_has(const struct vault_selection *s, const char *secret);

/* Adds a secret behind the others, and takes over its values. False: no memory. */
bool selection_add(struct vault_selection *s, const char *secret, struct vault_kv *kv)
    __attribute__((warn_unused_result));

/* Chooses from all that was added to the layers. ERR_INVALID: the rules cannot be right, or values
 * of one layer contradict each other. ERR_ABSENT: a name that they list is in none of the secrets.
 */
enum err_code selection_finish(struct vault_selection *s, const struct selection_rules *rules,
                               struct err *err) __attribute__((warn_unused_result));

/* ERR_INVALID for a list that has no names, or that is missing although it has a count. */
enum err_code selection_check(struct selection_names names, struct err *err)
    __attribute__((warn_unused_result));

bool selection_lists(struct selection_names names, const char *name);

#endif
