/* The environments that a verb gives new keys: all of them in one save, or none. (readers.c) */
#ifndef VAULT_READERS_H
#define VAULT_READERS_H

#include "session/session.h"

struct targets {
    const char **envs;
    size_t count;
    char (
        *keys)[VAULT_FINGERPRINT_LEN + 1]; /* of each, as targets_open and targets_read found it */
    size_t *values;                        /* how many values each has; the caller's */
};

/* Each must open before the first is changed: names all that do not. */
enum status targets_open(struct session *s, struct targets *t);

/* The fingerprints as they are now, in the form that --pin and VAULT_PIN take. */
enum status targets_read(struct session *s, struct targets *t);

/* Prints them, and says to whom each environment is sealed. */
enum status targets_show(struct session *s, const struct targets *t);
void targets_free(struct targets *t);

/* Goes through the readers of all environments, as the file has them:
 *
 *     struct reader_walk w = {.v = v};
 *     while (reader_next(&w))
 *         … w.env, w.reader …
 *
 * At the end w.err says whether that was all. reader_stop, which may be called twice, ends it
 * before. */
struct reader_walk {
    vault *v;
    const char *env;
    const vault_reader_entry *reader;
    vault_err err;

    /* All else is readers.c's. */
    const char **envs;
    vault_readers *list;
    size_t env_count, next_env, next;
};
bool reader_next(struct reader_walk *w);
void reader_stop(struct reader_walk *w);

/* What name is in env; *reader NULL: no reader of it. vault_release(*list). Anything but STATUS_OK
 * was told: MUST NOT be taken for "no reader". */
enum status reader_find(struct session *s, const char *env, const char *name, vault_readers **list,
                        const vault_reader_entry **reader);

/* Whether two public keys, as text, are the same key. */
enum status reader_same_key(struct session *s, const char *a, const char *b, bool *same);

/* Says that nobody of this name reads env (NULL: any), with a name that is near. */
enum status reader_say_none(struct session *s, const char *name, const char *env);

/* "ssh-ed25519 AAAA… comment" may have been typed without quotes: the words from the operand
 * `first` on as a public key. vault_release(*key). */
enum status reader_key_from_words(struct session *s, int first, char **key);

/* Refuses, or asks about, a key that reads already under another name than this. */
enum status reader_check_key(struct session *s, const char *name, const char *key);

/* A name that the key has in some environment; empty: none. */
enum status reader_name_of(struct session *s, const char *key, char name[VAULT_NAME_MAX + 1]);

#endif
