/* Base64: the standard alphabet, without padding, canonical (RFC 4648, 3.5). Encoding and decoding
 * take time that depends on the length only, so they are safe for secret keys. */
#ifndef VAULT_BASE64_H
#define VAULT_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#define BASE64_ENCODED(n) ((n) / 3 * 4 + ((n) % 3 ? (n) % 3 + 1 : 0))
#define BASE64_DECODED(n) ((n) / 4 * 3 + ((n) % 4 ? (n) % 4 - 1 : 0))

/* Writes BASE64_ENCODED(len) characters, without a zero byte. */
void base64_encode(char *out, const void *data, size_t len);

/* Writes BASE64_DECODED(len) bytes. False if a character is not in the alphabet (padding, a
 * newline), the length is impossible, or the unused bits are not zero; out is then undefined. */
bool base64_decode(void *out, const char *text, size_t len) __attribute__((warn_unused_result));

/* The length of the longest prefix of characters in the alphabet. Not in constant time: for public
 * text only. */
size_t base64_span(const char *text, size_t len);

#endif
