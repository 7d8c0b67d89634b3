/* vault(5)'s cryptography: what an environment key seals, and the only caller of the value cipher.
 *
 * MUST: every seal of an environment verifies before anything of it is read or changed
 * (seal_verify). MUST NOT: a seal is never made anew over what was not verified; whoever calls
 * seal_chain_* has called seal_verify on this doc before, and changed it only through these
 * functions since. */
#ifndef VAULT_SEAL_H
#define VAULT_SEAL_H

#include "age/age.h"
#include "base/base64.h"
#include "doc.h"

enum {
    SEAL_KEY = 32,
    SEAL_FINGERPRINT_TEXT = 22,
    SEAL_INBOX_KEY_TEXT = 62, /* age1… */
    SEAL_VALUE_MAX = 1 << 20,
    SEAL_AUTHOR_MAX = 255
};

/* All that follows from an environment key. Secret but for the last two: it lives in an arena. */
struct seal_keys {
    unsigned char env[SEAL_KEY], value[SEAL_KEY], seal[SEAL_KEY], inbox[SEAL_KEY], past[SEAL_KEY];
    char inbox_key[SEAL_INBOX_KEY_TEXT + 1];
    char fingerprint[SEAL_FINGERPRINT_TEXT + 1];
};

void seal_derive(struct seal_keys *keys, const unsigned char env[SEAL_KEY]);

/* The public name of an environment's key, which follows from the inbox key that it has in the
 * file: it tells two keys apart, and proves nothing about the rest of the environment. */
void seal_fingerprint(struct slice inbox_key, char text[SEAL_FINGERPRINT_TEXT + 1]);

/* An environment of a doc and the keys to it. */
struct seal_env {
    struct doc *doc;
    struct slice id, name;
    const struct seal_keys *keys;
};

/* All seals of the environment but its readers': ERR_INTEGRITY names the first that fails. */
enum err_code seal_verify(const struct seal_env *e, struct err *err)
    __attribute__((warn_unused_result));

/* Tells of each of them that fails, and goes on while that returns true. */
typedef bool seal_finding(void *user, const char *sentence);
void seal_find_broken(const struct seal_env *e, seal_finding *tell, void *user);

/* --- values --- */

/* The first byte of what is sealed. */
enum seal_kind { SEAL_PLAIN, SEAL_TEMPLATE, SEAL_OPEN, SEAL_PAST };

struct seal_value {
    struct slice value; /* any bytes; an opened one is followed by a zero byte */
    struct slice author;
    uint64_t updated_at; /* Unix seconds */
    enum seal_kind kind;
};

/* The longest that the value of an entry can be. */
size_t seal_value_most(const struct doc_item *item);

/* How much of an arena seal_value_open takes. */
size_t seal_value_room(const struct doc_item *item);

/* Opens the value of an entry of [E.S]. What it points to is made in the arena, which is a secret
 * one. The text of an open value counts only once this has succeeded. */
enum err_code seal_value_open(const struct seal_env *e, struct slice secret,
                              const struct doc_item *item, struct arena *arena,
                              struct seal_value *out, struct err *err)
    __attribute__((warn_unused_result));

/* Replaces text with what is sealed of the value: of an open one, all but the value, to which it is
 * bound. scratch is a secret buffer that one caller lends to many calls. */
enum err_code seal_value_make(const struct seal_env *e, struct slice secret, struct slice key,
                              const struct seal_value *value, struct buf *scratch, struct buf *text,
                              struct err *err) __attribute__((warn_unused_result));

/* --- the chain of seals that name what comes next: each updates one; false if out of memory --- */

bool seal_chain_env(const struct seal_env *e)
    __attribute__((warn_unused_result));                                   /* first-secret */
bool seal_chain_secret(const struct seal_env *e, struct doc_table *secret) /* next-secret */
    __attribute__((warn_unused_result));
bool seal_chain_keys(const struct seal_env *e, struct doc_table *secret) /* first-key */
    __attribute__((warn_unused_result));
bool seal_chain_key(const struct seal_env *e, struct doc_table *secret, struct doc_item *key)
    __attribute__((warn_unused_result));

/* All of a secret's, but next-secret. */
bool seal_chain_whole(const struct seal_env *e, struct doc_table *secret)
    __attribute__((warn_unused_result));

/* --- readers and the past --- */

/* The seal beside a reader's key, as text. */
void seal_reader(const struct seal_env *e, struct slice name, struct slice public_key,
                 struct slice age_file, char text[DOC_SEAL_TEXT]);
bool seal_reader_verify(const struct seal_env *e, const struct doc_item *reader)
    __attribute__((warn_unused_result));

struct seal_past {
    unsigned char env[SEAL_KEY];
    uint64_t rotated_at; /* Unix seconds */
    size_t author_len;
    char author[SEAL_AUTHOR_MAX]; /* of the rotation */
};

void seal_past_set_author(struct seal_past *past, struct slice author);

enum err_code seal_past_open(const struct seal_env *e, const struct doc_item *item,
                             struct seal_past *past, struct err *err)
    __attribute__((warn_unused_result));

/* Returns what was written to text. */
enum { SEAL_PAST_TEXT = BASE64_ENCODED(24 + 288 + 2 * SEAL_KEY + 16) };
struct slice seal_past_make(const struct seal_env *e, struct slice number,
                            const struct seal_past *past, char text[SEAL_PAST_TEXT]);

#endif
