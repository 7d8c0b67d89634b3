/* Paths of variables, and where values come from. */
#ifndef VAULT_SOURCES_H
#define VAULT_SOURCES_H

#include "session/session.h"

/* "SECRET/NAME", or "NAME" alone. */
struct key_path {
    char secret[VAULT_NAME_MAX + 1]; /* empty: not given */
    char key[VAULT_VARIABLE_MAX + 1];
};

/* Reads one; key_path_read reports an error, which shows the text, key_path_parse does not. */
bool key_path_parse(const char *text, struct key_path *path);
bool key_path_read(const char *text, struct key_path *path);

/* Finds the secret of a bare name in the environment. `quiet`: STATUS_ABSENT is not reported. */
enum status key_path_find(struct session *s, struct key_path *path, bool quiet);

/* Reports the session's error about a secret, or a variable in it (key, or NULL), with hints at
 * similar names. */
enum status key_path_error(struct session *s, vault_err err, const char *secret, const char *key);

/* Whether the secret exists: VAULT_OK, or why not. */
vault_err secret_look(struct session *s, const char *env, const char *secret);

/* Whether the secret has the variable, unverified. */
enum status key_path_is_there(struct session *s, const struct key_path *path, bool *there);

/* Reports that the secret has no such variable, or does not exist. */
enum status key_path_absent(struct session *s, const struct key_path *path);

/* Reads all values that the command line names: --from-…, then NAME=VALUE. */
enum status sources_read(struct session *s, const char *const *pairs, int count, vault_kv **out);

/* Says what to do with the files that values came from, and notes values that dotenvx encrypted. */
void sources_hint_files(const struct args *args);

/* Hints, once and on a terminal, that the shell's history keeps NAME=VALUE. */
void sources_hint_history(const char *const *words, int count);

/* Prompts for a value without echo, or reads stdin. */
enum status value_ask(const char *key, bool raw, struct buf *out);

/* Whether a word is a kind of generated value: "hex", "hex:32". */
bool value_is_kind(const char *word);

/* Generates a random value of this kind (NULL: password:24). */
enum status value_generate(const char *kind, struct buf *out);

/* Reads a file; "-" is stdin. */
enum status value_read(const char *path, struct buf *out);

#endif
