/* Bech32 (BIP 173, constant 1) of any length, as age writes its keys. Takes time that depends on
 * the lengths only, so it is safe for secret keys. */
#ifndef VAULT_BECH32_H
#define VAULT_BECH32_H

#include "mem.h"

enum { BECH32_PREFIX_MAX = 83 };

#define BECH32_ENCODED(prefix_len, n) ((prefix_len) + 1 + ((n)*8 + 4) / 5 + 6)

/* Writes BECH32_ENCODED(strlen(prefix), len) characters and a zero byte, in the case of the prefix,
 * which must not be mixed. */
void bech32_encode(char *out, const char *prefix, const void *data, size_t len);

/* Writes at most size bytes to out, and sets len to their number and prefix to the text before the
 * last '1', as written. False if the text is not bech32, or too long. */
bool bech32_decode(struct slice text, struct slice *prefix, void *out, size_t size, size_t *len)
    __attribute__((warn_unused_result));

#endif
