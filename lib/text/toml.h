/* TOML, as much as a file of secrets needs: a text becomes a tree of tables and strings, in the
 * order of the source.
 *
 * All of TOML 1.0.0's comments, keys, tables, inline tables and its four kinds of string are read.
 * A number or boolean is returned as it is written. Dates, arrays and arrays of tables are refused.
 *
 * The tree lives in the caller's arena. Names and strings are slices of the text, or of the arena
 * if they were written with escapes: both MUST outlive the tree. No copy of a string is left
 * elsewhere, so the text may hold secrets. */
#ifndef VAULT_TOML_H
#define VAULT_TOML_H

#include "base/err.h"
#include "base/mem.h"

enum {
    TOML_TEXT_MAX = 64 << 20,  /* bytes */
    TOML_DEPTH_MAX = 100,      /* nested tables below the root: callers may walk by recursion */
    TOML_MEMORY_PER_BYTE = 32, /* arena bytes per byte of text, at most (for "a.a.a…") */
    TOML_MEMORY_MORE = 2048    /* and this in addition */
};

enum toml_type {
    TOML_STRING,
    TOML_BARE, /* a number or boolean, unchecked beyond its characters */
    TOML_TABLE
};

/* Lives in locked memory, which is scarce: so it is small. */
struct toml_value {
    struct toml_value *next; /* in the same table; NULL at the end */
    const char *name_at;     /* see toml_name */
    union {
        const char *text_at; /* see toml_text */
        struct {
            struct toml_value *first, *last; /* NULL if empty */
        } table;
    } as;
    uint32_t name_len;
    uint32_t len;  /* of the text, or the number of values in the table */
    uint32_t line; /* from 1 */
    uint8_t type;  /* enum toml_type */
    uint8_t made;  /* private to toml.c */
    uint8_t depth; /* private to toml.c */
};

/* The value's name in its table. */
static inline struct slice toml_name(const struct toml_value *v)
{
    return (struct slice){v->name_at, v->name_len};
}

/* The text of a TOML_STRING or TOML_BARE: UTF-8, perhaps with zero bytes; line ends as written. */
static inline struct slice toml_text(const struct toml_value *v)
{
    return (struct slice){v->as.text_at, v->len};
}

/* Sets root to the table that is the whole text. ERR_FORMAT with "line 3, column 7: reason",
 * columns in characters from 1. The message may name a bare key, and quotes nothing else of the
 * text. Time is linear in the length of the text. After an error, the arena keeps what was
 * allocated. */
enum err_code toml_parse(struct slice text, struct arena *arena, struct toml_value **root,
                         struct err *err) __attribute__((warn_unused_result));

/* The value of this name in a table, by a linear search; NULL if it is absent or not a table. */
struct toml_value *toml_find(const struct toml_value *table, struct slice name);

#endif
