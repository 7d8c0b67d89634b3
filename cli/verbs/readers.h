/* Readers, and the environments to which a verb gives new keys: all in one save, or none. */
#ifndef VAULT_READERS_H
#define VAULT_READERS_H

#include "session/session.h"

struct targets {
    const char **envs;
    size_t count;
    char (*keys)[VAULT_FINGERPRINT_LEN +
                 1]; /* the fingerprint of each, as of targets_open or targets_read */
    size_t *values;  /* the number of values in each; set by the caller */
};

/* Opens all of them before any is changed; names each that does not open. */
enum status targets_open(struct session *s, struct targets *t);

/* Reads the fingerprints again. */
enum status targets_read(struct session *s, struct targets *t);

/* Prints the fingerprints as --pin and VAULT_PIN take them, and says to whom each environment is
 * encrypted. */
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

    /* Private to readers.c. */
    const char **envs;
    vault_readers *list;
    size_t env_count, next_env, next;
};
bool reader_next(struct reader_walk *w);
void reader_stop(struct reader_walk *w);

/* Finds the reader in env; *reader is NULL if there is none. vault_release(*list). MUST: check the
 * status, since a failure, which was reported, does not mean "no reader". */
enum status reader_find(struct session *s, const char *env, const char *name, vault_readers **list,
                        const vault_reader_entry **reader);

/* Appends the names of those who read `to` but not `from`, with commas between them. MUST: check
 * the error, since a failure does not mean that there are none. */
vault_err readers_gained(vault *v, const char *from, const char *to, struct buf *names);

/* Whether two public keys, as text, are the same key. */
enum status reader_same_key(struct session *s, const char *a, const char *b, bool *same);

/* Reports that env (NULL: any) has no such reader, with a hint at a similar name. */
enum status reader_say_none(struct session *s, const char *name, const char *env);

/* Joins the words from the operand `first` on into a public key: "ssh-ed25519 AAAA… comment" may
 * have been typed without quotes. vault_release(*key). */
enum status reader_key_from_words(struct session *s, int first, char **key);

/* Refuses, or asks about, a key that is a reader already under another name. */
enum status reader_check_key(struct session *s, const char *name, const char *key);

/* A name that the key has in some environment; empty if there is none. */
enum status reader_name_of(struct session *s, const char *key, char name[VAULT_NAME_MAX + 1]);

#endif
