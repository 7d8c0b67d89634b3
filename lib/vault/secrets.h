/* The secrets of an environment, and their values. What changes the document of an open handle must
 * be followed by handle_end. */
#ifndef VAULT_VAULT_SECRETS_H
#define VAULT_VAULT_SECRETS_H

#include "handle.h"
#include "text/selection.h"

/* ERR_INVALID: no variable can have this name, or a value of this length. */
enum err_code secrets_check_variable(struct vault *v, const char *key, struct slice value)
    __attribute__((warn_unused_result));

/* ERR_INVALID: a file cannot show this value. */
enum err_code secrets_check_open(struct vault *v, const char *name, struct slice value)
    __attribute__((warn_unused_result));

enum kv_kind secrets_kind(enum seal_kind kind);

enum err_code secrets_find(struct vault *v, const char *env, const char *secret,
                           struct doc_table **out) __attribute__((warn_unused_result));
enum err_code secrets_find_variable(struct vault *v, struct doc_table *table, const char *key,
                                    struct doc_item **out) __attribute__((warn_unused_result));

/* Opens the environment, and all values of a secret, or one. *kv, which kv_finish must follow, may
 * be made even if this fails. */
enum err_code secrets_get(struct vault *v, const char *env, const char *secret,
                          struct vault_kv **kv) __attribute__((warn_unused_result));
enum err_code secrets_get_value(struct vault *v, const char *env, const char *secret,
                                const char *name, struct vault_kv **kv)
    __attribute__((warn_unused_result));

/* Puts the results of templates in the place of their texts, with the kind KV_SEALED. *kv may be
 * another set afterwards, also if this fails; kv_finish must follow. */
enum err_code secrets_resolve(struct vault *v, const char *env, const char *secret,
                              struct vault_kv **kv) __attribute__((warn_unused_result));

/* Resolves the templates of env. v and env MUST outlive its use. */
struct resolver secrets_resolver(struct vault *v, const char *env);

struct secrets_progress {
    void (*tell)(void *user, size_t done, size_t count); /* before each secret; or NULL */
    void *user;
};

/* What is selected without a key, and unverified. */
enum secrets_keyless { SECRETS_KEYLESS_NOTHING, SECRETS_KEYLESS_OPEN, SECRETS_KEYLESS_NAMES };

/* Makes a selection from some secrets of env, or (at is NULL) from all in the file's order. env may
 * be several names with commas between, the lowest layer first: each opens, and a secret that is
 * named is in at least one of them. progress may be NULL. v MUST outlive the selection.
 * selection_free(*out), which may be made even if this fails. */
enum err_code secrets_select(struct vault *v, const char *env, struct selection_names secrets,
                             enum secrets_keyless keyless, const struct secrets_progress *progress,
                             struct vault_selection **out) __attribute__((warn_unused_result));

/* ERR_ABSENT lists the names that a secret does not have. */
enum err_code secrets_require(struct vault *v, const char *env, const char *secret,
                              const char *const *names, size_t count)
    __attribute__((warn_unused_result));

/* Collects names that are missing. secrets_say_missing is ERR_ABSENT if there are any, and frees
 * the list. */
void secrets_add_missing(struct buf *missing, const char *name);
enum err_code secrets_say_missing(struct vault *v, struct buf *missing, const char *format_where,
                                  const char *where) __attribute__((warn_unused_result));

/* What secrets_create does about a secret that exists. */
enum secrets_existing { SECRETS_EXISTING_ERROR, SECRETS_EXISTING_KEEP, SECRETS_EXISTING_REPLACE };
enum err_code secrets_create(struct vault *v, const char *env, const char *secret,
                             const struct vault_kv *kv, enum secrets_existing existing)
    __attribute__((warn_unused_result));
enum err_code secrets_update(struct vault *v, const char *env, const char *secret,
                             const struct vault_kv *kv) __attribute__((warn_unused_result));
enum err_code secrets_delete(struct vault *v, const char *env, const char *secret,
                             bool ignore_missing) __attribute__((warn_unused_result));
enum err_code secrets_delete_value(struct vault *v, const char *env, const char *secret,
                                   const char *key, bool ignore_missing)
    __attribute__((warn_unused_result));
enum err_code secrets_rename(struct vault *v, const char *env, const char *from, const char *to)
    __attribute__((warn_unused_result));
enum err_code secrets_copy(struct vault *v, const char *from_env, const char *from,
                           const char *to_env, const char *to) __attribute__((warn_unused_result));

/* Before the file is written: an error if a template that was made cannot be resolved, or if
 * another one uses a variable that was removed. */
enum err_code secrets_check_templates(struct vault *v) __attribute__((warn_unused_result));

#endif
