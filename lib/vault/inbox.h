/* Proposals: values that someone who cannot open an environment has sealed for its readers.
 *
 * A proposal has no seal: anyone can write one, and claim any author and date. MUST NOT: a proposal
 * is used before a reader has accepted it, or one that is damaged stops anything else. What changes
 * the document of an open handle must be followed by handle_end. */
#ifndef VAULT_INBOX_H
#define VAULT_INBOX_H

#include "handle.h"
#include "text/kv.h"

/* Seals a value, under names that were checked, to the inbox of env, whose key this machine has
 * accepted or the caller has given.
 */
struct inbox_value {
    const char *env, *secret, *name;
    struct slice value;
};
enum err_code inbox_propose(struct vault *v, const struct inbox_value *value)
    __attribute__((warn_unused_result));

/* What a proposal claims. It points into the inbox. */
struct inbox_proposal {
    struct slice secret, name; /* of its entry, to which it is bound */
    struct slice value, author;
    uint64_t made_at; /* Unix seconds */
    size_t key;       /* of the inbox: which one opened it */
};

/* An open proposal, and the keys that can open those of its environment: the current one, and those
 * of its past. */
struct inbox {
    struct arena arena;
    struct age_identity *keys; /* the first is the current one */
    size_t count;
    struct doc_item *item;
    struct buf plain;
};

/* Finds and opens a proposal. ERR_INTEGRITY if it opens with none of the keys, is malformed, or is
 * for another place, environment or vault. inbox_end must follow in any case. */
enum err_code inbox_open(struct vault *v, const struct seal_env *e, const char *entry,
                         struct inbox *in, struct inbox_proposal *out)
    __attribute__((warn_unused_result));
void inbox_end(struct inbox *in);

/* What a person should know before it is accepted. */
enum inbox_caution {
    INBOX_NO_CAUTION,
    INBOX_NO_VARIABLE, /* there is none of this name: it is new, or was deleted since */
    INBOX_NOT_LATER    /* than the value of the variable */
};
enum err_code inbox_judge(struct vault *v, const struct seal_env *e, const struct inbox_proposal *p,
                          enum inbox_caution *caution) __attribute__((warn_unused_result));

/* seen: the value that was shown, as a set with one variable; or NULL. */
enum err_code inbox_accept(struct vault *v, const char *env, const char *entry,
                           const struct vault_kv *seen) __attribute__((warn_unused_result));
enum err_code inbox_reject(struct vault *v, const char *env, const char *entry)
    __attribute__((warn_unused_result));

/* Follows a rename: proposals for this environment, secret and name (empty: for any) become ones
 * for e and the new names (empty: as they are), under the same keys. Those that do not open are
 * dropped, and a notice names them. */
struct inbox_carry {
    struct slice env, secret, name, to_secret, to_name;
};
enum err_code inbox_carry(struct vault *v, const struct seal_env *e,
                          const struct inbox_carry *carry) __attribute__((warn_unused_result));

#endif
