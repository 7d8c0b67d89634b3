/* Base64: the standard alphabet, without padding, canonical (RFC 4648, 3.5). Both ways run in time
 * that depends on the length alone, so key text may pass through. */
#ifndef VAULT_BASE64_H
#define VAULT_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#define BASE64_ENCODED(n) ((n) / 3 * 4 + ((n) % 3 ? (n) % 3 + 1 : 0))
#define BASE64_DECODED(n) ((n) / 4 * 3 + ((n) % 4 ? (n) % 4 - 1 : 0))

/* Writes BASE64_ENCODED(len) characters; no zero byte behind them. */
void base64_encode(char *out, const void *data, size_t len);

/* Writes BASE64_DECODED(len) bytes. False if any character is foreign (padding, a newline), the
 * length cannot be, or the bits left over are not zero; out then holds nothing of use. */
bool base64_decode(void *out, const char *text, size_t len) __attribute__((warn_unused_result));

/* The length of the longest prefix of text that is of the alphabet. Public text only. */
size_t base64_span(const char *text, size_t len);

#endif
