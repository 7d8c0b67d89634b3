/* Text: names, UTF-8, numbers, dates, and escaping for a terminal. */
#ifndef VAULT_TEXT_H
#define VAULT_TEXT_H

#include "mem.h"

enum {
    NAME_MAX_LEN = 64, /* of an environment, a secret, a reader */
    KEY_MAX_LEN = 256, /* of a key */
    DATE_LEN = 20
};

bool text_is_name(struct slice s); /* [A-Za-z0-9][A-Za-z0-9_-]{0,63} */
bool text_is_key(struct slice s);  /* [A-Za-z_][A-Za-z0-9_]{0,255} */

/* The number of leading characters in [A-Za-z0-9_-]. */
size_t text_name_span(const char *at, const char *end);

/* The length of the key (variable name) at `at`, up to the first other character; 0 if there is
 * none. */
size_t text_key_span(const char *at, const char *end);

bool text_is_alnum(char c);                   /* [A-Za-z0-9] */
bool text_is_one_of(char c, const char *set); /* false for a zero byte */

/* Takes a line off the front of rest, without its \n. False at the end of the text. */
bool text_next_line(struct slice *rest, struct slice *line);

/* For qsort of `const char *`, in byte order. */
int text_compare(const void *a, const void *b);

/* The length of the longest prefix of valid UTF-8 (no surrogates, no overlong forms). */
size_t text_utf8_prefix(struct slice s);
bool text_is_utf8(struct slice s);

/* Far controls: C1 (U+0080 to U+009F), which some terminals act on, and controls of text
 * direction. */
bool text_is_far_control(uint32_t c);

/* Valid UTF-8 without far controls; ASCII controls are allowed. */
bool text_is_plain(struct slice s);

/* Returns the first character of s, which must not be empty. Sets len to its length in bytes, 0 if
 * it is not UTF-8. */
uint32_t text_character(struct slice s, size_t *len);

/* Writes a character as UTF-8, at most 4 bytes, and returns the end. */
char *text_put_character(char *out, uint32_t c);

/* Appends s so that no terminal acts on it. Control characters (C0, C1, DEL), bytes that are not
 * UTF-8, and characters that reorder, hide or break lines become \n, \t, \x1b or \u{202e}. A
 * backslash is not escaped, so that escaping twice changes nothing. After `most` bytes of s comes
 * "…". */
void text_escape(struct buf *out, struct slice s, size_t most);

/* The most bytes that text_escape appends: a byte becomes at most \x1b, the first one of a
 * character \u{10ffff}, and a character that begins before `most` may end after it. */
#define TEXT_ESCAPED(most) (4 * ((most) + 3) + sizeof "…" + 1)

/* Appends s as a JSON string, with quotes, and all controls escaped. s must be UTF-8. */
void text_json(struct buf *out, struct slice s);

/* A text as a vault file spells it, in one way only: ASCII from space to ~ as it is but for \" and
 * \\, then \n and \t, and \uXXXX or \UXXXXXXXX in capitals for all else. s MUST be UTF-8 without a
 * zero byte. */
void text_spell(struct buf *out, struct slice s);

/* Reads it: *len receives the length, and `out` (NULL: not wanted) the text, of at most s.len
 * bytes. False if it is not spelled in this way. */
bool text_unspell(struct slice s, char *out, size_t *len) __attribute__((warn_unused_result));

/* The value of a hexadecimal digit, or 16 for any other character. */
unsigned text_hex_digit(char c);

/* "YYYY-MM-DDTHH:MM:SSZ", a day and a time that exist; in Unix seconds. */
bool text_is_date(struct slice s);
bool text_date_read(struct slice s, int64_t *seconds);

/* The same, or a day alone: its first second. */
bool text_day_read(struct slice s, int64_t *seconds);

/* Appends "2026-01-31T12:00:00Z", or nothing for a time that has no date. */
void text_date(struct buf *out, int64_t seconds);

/* A decimal number without sign, spaces or leading zeros, at most `most`. */
bool text_number(struct slice s, uint64_t most, uint64_t *out) __attribute__((warn_unused_result));

/* Reads "90s", "30m", "8h", "7d" or "2w"; the result is from 1 to `most` seconds. */
bool text_duration(struct slice s, uint64_t most, uint64_t *seconds)
    __attribute__((warn_unused_result));

#endif
