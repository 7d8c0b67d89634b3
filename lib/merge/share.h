/* What the files of the merge share. */
#ifndef VAULT_MERGE_IN_H
#define VAULT_MERGE_IN_H

#include "merge.h"
#include "vault/change.h"

/* How an environment is merged, if no answer says otherwise. */
enum merge_how {
    MERGE_KEEP,  /* ours, unchanged */
    MERGE_WHOLE, /* theirs, unchanged */
    MERGE_ITEMS, /* main's, with the changes that are taken */
    MERGE_LINES  /* by lines, without a key */
};

/* An environment that at least one version has. */
struct merge_env {
    struct merge_env *next;
    struct slice name;
    struct seal_env side[MERGE_SIDES]; /* keys NULL: not open, or not there */
    bool there[MERGE_SIDES];
    enum merge_how how;
    bool ours_is_base; /* byte for byte */
    bool fork;
    bool relisted; /* a secret was added or dropped: all seals that name the next are due */
    bool sealed;   /* something was sealed for the result */
    bool asked;    /* a template has made a change a question */
    enum merge_side main, other;
    struct seal_env result;
    struct merge_change *first; /* those of one environment follow each other */
    struct merge_change *whole; /* the one whose answer settles all others, or NULL */
};

/* Three lists of names side by side: each name once, in byte order. */
struct merge_named {
    struct slice name;
    void *at;
};
struct merge_names {
    struct merge_named *list[MERGE_SIDES];
    size_t count[MERGE_SIDES], at[MERGE_SIDES];
};
bool merge_names_of_entries(struct merge *m, struct doc_table *const tables[MERGE_SIDES],
                            struct merge_names *names);
bool merge_names_of_secrets(struct merge *m, const struct merge_env *e, struct merge_names *names);

/* False at the end. at: NULL where a side has no such name. */
bool merge_names_next(struct merge_names *names, struct slice *name, void *at[MERGE_SIDES]);

/* What happens to the result, which begins as main's version. */
enum merge_verdict { MERGE_STAYS, MERGE_COMES, MERGE_CLASH };
enum merge_verdict merge_judge(bool other_unchanged, bool alike, bool main_unchanged);
enum merge_verdict merge_judge_text(const struct doc_item *base, const struct doc_item *main_item,
                                    const struct doc_item *other);

/* In their texts; NULL is like NULL alone. */
bool merge_same_item(const struct doc_item *a, const struct doc_item *b);
bool merge_same_table(const struct doc_table *a, const struct doc_table *b);

struct doc_table *merge_table(struct merge *m, enum merge_side side, const struct merge_env *e,
                              enum doc_kind kind);

/* NULL: no memory. `of` NULL: of no environment. */
struct merge_change *merge_add(struct merge *m, struct merge_env *of, enum merge_kind kind,
                               enum merge_why why, struct slice secret, struct slice name);

/* The changes of an environment (NULL: of none), one after the other; NULL at the end. */
struct merge_change *merge_first(const struct merge *m, const struct merge_env *of);
struct merge_change *merge_next(const struct merge_change *c);

/* Adds one change for the environment as a whole. */
enum err_code merge_add_whole(struct merge *m, struct merge_env *e, enum merge_kind kind,
                              enum merge_why why, struct err *err)
    __attribute__((warn_unused_result));

/* ---- an environment with its keys (merge_keys.c, merge_env.c) ---- */

/* The inbox key follows from the key, and so tells it without one. */
bool merge_same_key(const struct merge_env *e, enum merge_side a, enum merge_side b);
bool merge_env_is_open(const struct merge_env *e, enum merge_side side);

/* Opens and verifies what can be opened. */
enum err_code merge_env_open(struct merge *m, struct merge_env *e, struct err *err)
    __attribute__((warn_unused_result));

/* Of one whose sides are both open: chooses main, or adds the change for the environment as a
 * whole. */
enum err_code merge_env_choose(struct merge *m, struct merge_env *e, struct err *err)
    __attribute__((warn_unused_result));

/* Before theirs is taken as a whole, because a person says so. */
enum err_code merge_env_check_whole(struct merge *m, const struct merge_env *e, struct err *err)
    __attribute__((warn_unused_result));

/* Adds what other has otherwise than main. */
enum err_code merge_env_compare(struct merge *m, struct merge_env *e, struct err *err)
    __attribute__((warn_unused_result));

/* Turns a change that would be taken, and would leave a template without a variable that it uses,
 * into a question: sets e->asked. */
enum err_code merge_env_templates(struct merge *m, struct merge_env *e, struct err *err)
    __attribute__((warn_unused_result));

/* Puts what is taken into the result, which has main's version, and makes its seals true. */
enum err_code merge_env_apply(struct merge *m, struct merge_env *e, struct err *err)
    __attribute__((warn_unused_result));

/* Of a fork: both keys join the past, and a fresh one takes their place. Otherwise: a fresh key if
 * a reader of main was removed. */
enum err_code merge_keys_end(struct merge *m, struct merge_env *e, struct err *err)
    __attribute__((warn_unused_result));

/* ---- an environment without (merge_text.c) ---- */

/* Whether its lines merge, none of them made anew. What is to be taken is put into the result if
 * `apply`. */
enum err_code merge_text_env(struct merge *m, struct merge_env *e, bool apply, bool *clean,
                             struct err *err) __attribute__((warn_unused_result));

#endif
