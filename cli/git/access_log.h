/* Who could open what in the history of a vault: the keys that people had, and what those opened.
 *
 * Plain text is kept as its keyed hash alone, with a key of this run's. */
#ifndef VAULT_ACCESS_LOG_H
#define VAULT_ACCESS_LOG_H

#include "history.h"

#include "base/hashtable.h"

#include <sodium.h>

enum { ACCESS_LOG_HASH = 16 };

struct key_id {
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
};

/* Somebody's public key, in one version, beside an environment's key that opens with it. */
struct holding {
    const char *public_key;
    char name[VAULT_NAME_MAX + 1], env[VAULT_NAME_MAX + 1];
    struct key_id key;
    size_t commit; /* the first that has it */
};

/* A value, to be looked for in what was seen. */
struct access_log_value {
    unsigned char value[ACCESS_LOG_HASH];
    unsigned char place[ACCESS_LOG_HASH]; /* the value under its key's name, in whichever secret */
    bool telling;                         /* so long that it is the same one in any place */
};

struct access_log {
    struct history *h;
    struct holding *holdings;
    size_t holding_count;
    size_t unknown, broken; /* versions of environments: not open, or damaged */
    bool failed;            /* out of memory */
    bool readers_only;      /* to be set before access_log_read: values are not looked at */

    /* All else is access_log.c's. */
    unsigned char secret[crypto_generichash_KEYBYTES];
    const char **envs; /* of today: a line is 1 + the place in this list */
    size_t env_count;
    struct hashtable lines; /* a fingerprint: the line of the environment that its key leads to */
    struct hashtable known; /* holdings and keys that are listed already */
    struct hashtable
        pasts; /* two fingerprints: the first one's past holds the second, or they are the same */
    struct hashtable values; /* what could be opened with a key: 1 + the commit */
    struct key_id *keys;
    size_t key_count;
    struct arena public_keys;
    /* The version that is looked at. */
    vault *v;
    size_t commit;
    bool whole;
};

void access_log_begin(struct access_log *s, struct history *h);
void access_log_free(struct access_log *s);

/* Names an environment of today (env lives as long as s), then the keys that it has and had. */
void access_log_add_env(struct access_log *s, const char *env);
void access_log_add_key(struct access_log *s, const char *fingerprint);

/* Goes through all versions. Anything but STATUS_OK was told. */
enum status access_log_read(struct access_log *s);

/* 1 + the environment of today that this key leads to, or that has its environment's name; 0. */
size_t access_log_line(const struct access_log *s, const char *fingerprint, const char *env);

struct access_log_value access_log_hash(const struct access_log *s, const char *key,
                                        const char *value, size_t len);

/* 1 + the first commit in which this key opened the value, which stands in this line today; 0: it
 * never did. */
size_t access_log_first(const struct access_log *s, const struct key_id *key, size_t line,
                        const struct access_log_value *value);

/* Whether the public key was ever known by this name, and the last name that it had. */
bool access_log_named(const struct access_log *s, const char *public_key, const char *name);
const char *access_log_name(const struct access_log *s, const char *public_key);

#endif
