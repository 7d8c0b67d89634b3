/* What the files of the merge share. */
#ifndef VAULT_MERGE_IN_H
#define VAULT_MERGE_IN_H

#include "change.h"
#include "merge.h"

/* An environment that stands in one of the versions. */
struct merge_env {
    struct merge_env *next;
    struct slice name;
    struct seal_env side[MERGE_SIDES]; /* keys NULL: not open, or not there */
    bool there[MERGE_SIDES];
    bool keyed, fork; /* merged under a key; both sides have rotated */
    bool relisted;    /* a secret was added or dropped: all seals that name the next are due */
    enum merge_side main, other; /* the result began as main's */
    struct seal_env result;
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

/* What is to be done to the result, which has main's version. */
enum merge_verdict { MERGE_KEEP, MERGE_TAKE, MERGE_CLASH };
enum merge_verdict merge_judge(bool other_unchanged, bool alike, bool main_unchanged);
enum merge_verdict merge_judge_text(const struct doc_item *base, const struct doc_item *main_item,
                                    const struct doc_item *other);

/* In their texts; NULL is like NULL alone. */
bool merge_same_item(const struct doc_item *a, const struct doc_item *b);
bool merge_same_table(const struct doc_table *a, const struct doc_table *b);

struct doc_table *merge_table(struct merge *m, enum merge_side side, const struct merge_env *e,
                              enum doc_kind kind);
struct merge_conflict *merge_add_conflict(struct merge *m, enum merge_kind kind, struct slice env,
                                          struct slice secret, struct slice name);
enum err_code merge_out_of_memory(struct err *err);

/* ---- an environment with its keys (merge_env.c) ---- */

/* Opens and verifies what can be opened. */
enum err_code merge_env_open(struct merge *m, struct merge_env *e, struct err *err)
    __attribute__((warn_unused_result));

/* Of an environment of which only the side `changed` is another than base. */
enum err_code merge_env_one_sided(struct merge *m, struct merge_env *e, enum merge_side changed,
                                  struct err *err) __attribute__((warn_unused_result));

/* Of one that both sides have changed, and both are open. *clash: it must be answered as a whole.
 */
enum err_code merge_env_begin(struct merge *m, struct merge_env *e, bool *clash, struct err *err)
    __attribute__((warn_unused_result));
enum err_code merge_env_decide(struct merge *m, struct merge_env *e, struct err *err)
    __attribute__((warn_unused_result));

/* Puts a side's version of a conflict's place into a doc. */
enum err_code merge_env_answer(struct merge *m, struct merge_env *e, struct doc *doc,
                               const struct merge_conflict *c, enum merge_side side,
                               struct err *err) __attribute__((warn_unused_result));
enum err_code merge_env_chain_secret(struct merge_env *e, struct doc *doc, struct slice secret,
                                     struct err *err) __attribute__((warn_unused_result));
enum err_code merge_env_chain(struct merge_env *e, struct doc *doc, struct err *err)
    __attribute__((warn_unused_result));

/* When all that is to be taken was taken: a new key, if somebody who holds this one is out. */
enum err_code merge_env_end(struct merge *m, struct merge_env *e, struct err *err)
    __attribute__((warn_unused_result));

/* ---- an environment without (merge_text.c) ---- */

/* Whether its lines merge, none of them made anew. What is to be taken is put into the result if
 * `apply`. */
enum err_code merge_text_env(struct merge *m, struct merge_env *e, bool apply, bool *clean,
                             struct err *err) __attribute__((warn_unused_result));

#endif
