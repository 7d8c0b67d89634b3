/* Keys and sources. */
#ifndef VAULT_SOURCES_H
#define VAULT_SOURCES_H

#include "session/session.h"

/* "SECRET/KEY" or a bare "KEY". */
struct key_path {
    char secret[VAULT_NAME_MAX + 1]; /* empty: not said */
    char key[VAULT_VARIABLE_MAX + 1];
};

/* key_path_read gives a message that shows the text, key_path_parse none. */
bool key_path_parse(const char *text, struct key_path *path);
bool key_path_read(const char *text, struct key_path *path);

/* Finds the secret of a bare key in the environment. STATUS_ABSENT says nothing if `quiet`. */
enum status key_path_find(struct session *s, struct key_path *path, bool quiet);

/* Says the session's error about a secret, or about a key of it (NULL: not said), with the names
 * that are near to one that is not there. */
enum status key_path_error(struct session *s, vault_err err, const char *secret, const char *key);

/* Whether the secret, which is said, has the key: as the file has it, unverified. */
enum status key_path_is_there(struct session *s, const struct key_path *path, bool *there);

/* Says that the secret has no such key, or is not there itself. */
enum status key_path_absent(struct session *s, const struct key_path *path);

/* All that the command line names as values: --from-…, then KEY=VALUE. */
enum status sources_read(struct session *s, const char *const *pairs, int count, vault_kv **out);

/* Once, on a terminal: that the shell keeps what was typed as KEY=VALUE. */
void sources_hint_history(const char *const *words, int count);

/* A value that was not typed: asked for hidden, or stdin. */
enum status value_ask(const char *key, bool raw, struct buf *out);

/* Random, as KIND says (NULL: password:24). */
enum status value_generate(const char *kind, struct buf *out);

/* A file's content; "-" is stdin. */
enum status value_read(const char *path, struct buf *out);

#endif
