/* Bech32 (BIP 173, constant 1) of any length, as age writes its keys. Time depends on the lengths
 * alone, so secret keys may pass through. */
#ifndef VAULT_BECH32_H
#define VAULT_BECH32_H

#include "mem.h"

enum { BECH32_PREFIX_MAX = 83 };

#define BECH32_ENCODED(prefix_len, n) ((prefix_len) + 1 + ((n)*8 + 4) / 5 + 6)

/* Writes BECH32_ENCODED(strlen(prefix), len) characters and a zero byte, in the prefix's case,
 * which is all lower or all upper. */
void bech32_encode(char *out, const char *prefix, const void *data, size_t len);

/* Sets prefix to the part of text before the last '1', in the case it was written in, and len to
 * the number of bytes written to out, at most size. False if it is not bech32, or longer than that.
 */
bool bech32_decode(struct slice text, struct slice *prefix, void *out, size_t size, size_t *len)
    __attribute__((warn_unused_result));

#endif
