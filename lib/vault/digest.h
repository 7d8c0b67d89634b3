/* The mark of a value: what `git diff` shows in its place.
 *
 * It is keyed by the oldest key that the version knows, so that a rotation changes none, and tells
 * whether two values of one key are the same, and nothing else. */
#ifndef VAULT_DIGEST_H
#define VAULT_DIGEST_H

#include "seal.h"

enum { DIGEST_TEXT = 10 };

/* The key of an environment's marks. */
struct digest_key {
    unsigned char bytes[SEAL_KEY];
};
enum err_code digest_derive(const struct seal_env *e, struct digest_key *key, struct err *err)
    __attribute__((warn_unused_result));

void digest_value(const struct seal_env *e, const struct digest_key *key, struct slice secret,
                  struct slice name, struct slice value, char text[DIGEST_TEXT + 1]);

/* Without a key: the mark of what is sealed, which changes with every sealing, and of the text of
 * an open value. */
void digest_sealed(const struct doc_item *variable, char text[DIGEST_TEXT + 1]);

#endif
