/* Who could open which values in the history of a vault: the keys that readers had, and the values
 * that those keys opened.
 *
 * Of a value it keeps only a hash, keyed for this run. */
#ifndef VAULT_ACCESS_LOG_H
#define VAULT_ACCESS_LOG_H

#include "results.h"

#include "base/hashtable.h"

#include <sodium.h>

enum { ACCESS_LOG_HASH = 16 };

struct key_id {
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
};

/* A reader's public key in one version, and the environment key that it opened. */
struct holding {
    const char *public_key;
    char name[VAULT_NAME_MAX + 1], env[VAULT_NAME_MAX + 1];
    struct key_id key;
    size_t commit; /* the first with it */
};

/* A value to look up. */
struct access_log_value {
    unsigned char value[ACCESS_LOG_HASH];
    unsigned char place[ACCESS_LOG_HASH]; /* the value with its name, in any secret */
    bool telling;                         /* long enough to be recognized in any place */
};

struct access_log {
    struct history *h;
    struct holding *holdings;
    size_t holding_count;
    size_t unknown, broken; /* versions of environments that are locked or damaged */
    bool failed;            /* out of memory */
    bool readers_only;      /* ignore values; set before access_log_read */

    /* Private to access_log.c: */
    unsigned char secret[crypto_generichash_KEYBYTES];
    const char **envs; /* of today; a line is 1 + an index in this list */
    size_t env_count;
    struct hashtable lines;  /* by fingerprint: the line of the environment that the key leads to */
    struct hashtable known;  /* holdings and keys already listed */
    struct hashtable pasts;  /* pairs of fingerprints: the past of the first holds the second, or
                                they are equal */
    struct hashtable values; /* 1 + the commit, for each value that a key opened */
    struct key_id *keys;
    size_t key_count;
    struct arena public_keys;
    struct results results;
    /* The current version. */
    vault *v;
    size_t commit;
    bool whole;
};

void access_log_begin(struct access_log *s, struct history *h);
void access_log_free(struct access_log *s);

/* Add an environment of today, then each key that it has or had. env MUST outlive s. */
void access_log_add_env(struct access_log *s, const char *env);
void access_log_add_key(struct access_log *s, const char *fingerprint);

/* Reads all versions. A status other than STATUS_OK comes after a message. */
enum status access_log_read(struct access_log *s);

/* The line of the environment of today that this key leads to, or that has the name `env`; 0 if
 * there is none. */
size_t access_log_line(const struct access_log *s, const char *fingerprint, const char *env);

struct access_log_value access_log_hash(const struct access_log *s, const char *key,
                                        const char *value, size_t len);

/* 1 + the first commit in which this key opened the value that is in this line today; 0 if it never
 * did. */
size_t access_log_first(const struct access_log *s, const struct key_id *key, size_t line,
                        const struct access_log_value *value);

/* Whether a public key ever had this name; the last name that it had. */
bool access_log_named(const struct access_log *s, const char *public_key, const char *name);
const char *access_log_name(const struct access_log *s, const char *public_key);

#endif
