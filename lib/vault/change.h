/* Changes to an environment that leave every seal of it true.
 *
 * MUST: seal_verify has succeeded on the environment (of each one that is named) before, under the
 * same keys. An error leaves the doc half changed: the caller throws it away and reads the file
 * again. */
#ifndef VAULT_CHANGE_H
#define VAULT_CHANGE_H

#include "seal.h"

/* Who changes what, and when. */
struct change {
    struct seal_env env;
    struct slice author;
    uint64_t now;                      /* Unix seconds */
    struct buf *scratch;               /* a secret one */
    const struct age_plugins *plugins; /* for readers whose keys need one; NULL: none is started */
    struct arena *opened; /* lent to many calls for a value that is read; NULL: each has its own */
};

/* --- keys and secrets --- */

/* Sets one variable, of this enum seal_kind; a value that is the same and of the same kind keeps
 * its line. CHANGE_ANY_KIND: a value that is the same keeps its line, another one is sealed. One
 * that replaces another is dated c's now, or a second after that one if that is later. */
enum { CHANGE_ANY_KIND = -1 };
enum err_code change_put(const struct change *c, struct doc_table *secret, struct slice key,
                         struct slice value, int kind, struct err *err)
    __attribute__((warn_unused_result));

/* Puts what seal_value_make has made of a value into a secret whose chain the caller makes anew.
 * *before: as doc_put_value sets it. */
enum err_code change_put_sealed(struct doc *doc, struct doc_table *secret, struct slice name,
                                struct slice sealed, const struct seal_value *value,
                                struct doc_item **before, struct err *err)
    __attribute__((warn_unused_result));
enum err_code change_drop(const struct change *c, struct doc_table *secret, struct doc_item *key,
                          struct err *err) __attribute__((warn_unused_result));

/* Makes c's now later than the dates of a secret's values, before the secret is replaced. */
enum err_code change_date_after(struct change *c, struct doc_table *secret, struct err *err)
    __attribute__((warn_unused_result));

enum err_code change_add_secret(const struct change *c, struct slice name,
                                struct doc_table **secret, struct err *err)
    __attribute__((warn_unused_result));
enum err_code change_drop_secret(const struct change *c, struct doc_table *secret, struct err *err)
    __attribute__((warn_unused_result));
enum err_code change_rename_secret(const struct change *c, struct doc_table *secret,
                                   struct slice name, struct err *err)
    __attribute__((warn_unused_result));

/* A new secret of c's environment with the values of one of another (or the same) environment; when
 * and by whom each was changed comes along. */
enum err_code change_copy_secret(const struct change *c, struct slice name,
                                 const struct seal_env *from, struct doc_table *secret,
                                 struct err *err) __attribute__((warn_unused_result));

/* --- environments --- */

/* An empty environment of c's name, under c's keys; nobody reads it yet. */
enum err_code change_add_env(const struct change *c, struct err *err)
    __attribute__((warn_unused_result));
void change_drop_env(struct doc *doc, struct slice name);

/* Everything sealed anew under another name, with the same key; but the inbox stays as it is, for
 * the caller to carry over. */
enum err_code change_rename_env(const struct change *c, struct slice name, struct err *err)
    __attribute__((warn_unused_result));

/* A new key: all values and the past sealed anew under it, all readers given it. c's keys are the
 * old ones, which the past keeps unless it is to be forgotten. Readers whose seal does not verify,
 * or whose kind of key is not known, are refused by name, and nothing may be saved. */
enum err_code change_rotate(const struct change *c, const struct seal_keys *keys, bool forget_past,
                            struct err *err) __attribute__((warn_unused_result));

/* --- readers --- */

/* ERR_INTEGRITY names the first reader whose seal does not verify; that of `but` is not looked at.
 */
enum err_code change_check_readers(const struct seal_env *e, struct slice but, struct err *err)
    __attribute__((warn_unused_result));

/* Gives the environment's key to a public key, under this name, in place of the one the name had.
 * The caller answers for the public key (SECURITY.md). */
enum err_code change_add_reader(const struct change *c, struct slice name, struct slice public_key,
                                struct err *err) __attribute__((warn_unused_result));
enum err_code change_drop_reader(const struct change *c, struct slice name, struct err *err)
    __attribute__((warn_unused_result));

/* An age file of one stanza in base64, as the vault keeps them: appended to text. */
enum err_code change_wrap(struct slice plain, const struct age_recipient *to, struct buf *text,
                          struct err *err) __attribute__((warn_unused_result));

#endif
