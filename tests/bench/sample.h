/* A vault to measure with, made by a rule: so many secrets of so many keys, sealed to one identity.
 */
#ifndef TESTS_SAMPLE_H
#define TESTS_SAMPLE_H

#include "age/age.h"
#include "bench.h"
#include "vault.h"

#include <string.h>

enum { SAMPLE_NAME = 32 };

#define SAMPLE_ENV "dev"

struct sample_shape {
    const char *name;
    size_t secrets, keys; /* keys in each secret */
};

static inline void sample_check(vault_err code, const vault *v)
{
    bench_must(code == VAULT_OK, vault_error(v));
}

static inline void sample_secret(char name[SAMPLE_NAME], size_t n)
{
    snprintf(name, SAMPLE_NAME, "service-%05zu", n);
}

static inline void sample_key(char name[SAMPLE_NAME], size_t n)
{
    snprintf(name, SAMPLE_NAME, "VALUE_%07zu", n);
}

/* With values of 20 to 40 bytes an entry has 200 in the mean. */
static inline struct slice sample_value(size_t n)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyz0123456789/+-_ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return (struct slice){letters + n % 16, 20 + n % 21};
}

static inline vault_kv *sample_values(vault *v, size_t count)
{
    vault_pair *pairs = calloc(count, sizeof *pairs);
    char(*names)[SAMPLE_NAME] = calloc(count, sizeof *names);
    vault_kv *kv;

    if (!pairs || !names)
        abort();
    for (size_t i = 0; i < count; i++) {
        sample_key(names[i], i);
        pairs[i] = (vault_pair){names[i], sample_value(i).at, sample_value(i).len};
    }
    sample_check(vault_kv_from_pairs(v, pairs, count, &kv), v);
    free(pairs);
    free(names);
    return kv;
}

static inline void sample_make(const struct sample_shape *shape, const char *path,
                               const char *identity)
{
    vault *v = vault_new();
    char *public_key;
    vault_kv *kv;

    bench_must(v, "out of memory");
    sample_check(vault_add_identity(v, identity, strlen(identity)), v);
    sample_check(vault_public_key(v, &public_key), v);
    kv = sample_values(v, shape->keys);
    sample_check(vault_create(v, path), v);
    sample_check(vault_env_create(v, SAMPLE_ENV, NULL), v);
    sample_check(vault_reader_add(v, SAMPLE_ENV, "alice", public_key), v);
    sample_check(vault_set_author(v, "alice@example.com"), v);
    for (size_t i = 0; i < shape->secrets; i++) {
        char name[SAMPLE_NAME];

        sample_secret(name, i);
        sample_check(vault_secret_create(v, SAMPLE_ENV, name, kv, VAULT_EXISTING_ERROR), v);
    }
    sample_check(vault_save(v), v);
    vault_kv_free(kv);
    vault_release(public_key);
    vault_free(v);
}

#endif
