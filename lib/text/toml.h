/* TOML 1.0.0, read: a text becomes a tree of values in the order of the source.
 *
 * The tree lives in the caller's arena. Names and strings are slices of the text, or of the arena
 * where they were written with escapes: both MUST outlive the tree. Nothing is left elsewhere, so a
 * text that holds secrets may be read. */
#ifndef VAULT_TOML_H
#define VAULT_TOML_H

#include "base/err.h"
#include "base/mem.h"

enum {
    TOML_TEXT_MAX = 64 << 20,  /* bytes */
    TOML_DEPTH_MAX = 100,      /* tables and arrays in each other, below the root: so callers may
                                * walk the tree by recursion */
    TOML_MEMORY_PER_BYTE = 36, /* of the arena, at most, for a byte of text: "a.a.a…" takes that */
    TOML_MEMORY_MORE = 2048    /* much, ordinary text less than 1; and this on top */
};

enum toml_type {
    TOML_STRING,
    TOML_INTEGER,
    TOML_FLOAT,
    TOML_BOOLEAN,
    TOML_OFFSET_DATE_TIME,
    TOML_LOCAL_DATE_TIME,
    TOML_LOCAL_DATE,
    TOML_LOCAL_TIME,
    TOML_ARRAY,
    TOML_TABLE
};

/* A day of the calendar and a time of the day, where the type has them; 0 otherwise. */
struct toml_time {
    uint32_t nanosecond; /* further digits are dropped */
    uint16_t year;
    uint8_t month, day, hour, minute;
    uint8_t second; /* 60 is a leap second */
    int16_t offset; /* from UTC, in minutes */
};

/* An array or a table. */
struct toml_list {
    struct toml_value *first, *last; /* NULL when empty */
    size_t count;
    struct toml_index *index; /* toml.c's own */
};

/* There is one for every few bytes of text, in locked memory, which is dear: so it is small. */
struct toml_value {
    struct toml_value *next; /* in the list that holds it; NULL behind the last */
    const char *name_at;     /* see toml_name */
    union {
        const char *string_at; /* see toml_string */
        int64_t integer;
        double number;
        bool boolean;
        struct toml_time *time;
        struct toml_list *list;
    } as;
    uint32_t name_len, string_len;
    uint32_t line; /* from 1 */
    uint8_t type;  /* enum toml_type */
    uint8_t made;  /* toml.c's own, and so is the next */
    uint16_t ends;
};

/* The name in its table; empty in an array. */
static inline struct slice toml_name(const struct toml_value *v)
{
    return (struct slice){v->name_at, v->name_len};
}

/* What a TOML_STRING holds: UTF-8, maybe with zero bytes; newlines as they stand in the text. */
static inline struct slice toml_string(const struct toml_value *v)
{
    return (struct slice){v->as.string_at, v->string_len};
}

/* Sets root to the table that is the whole text. ERR_FORMAT with "line 3, column 7: reason",
 * columns in characters from 1: it names keys that were written bare, and quotes nothing else. Time
 * grows with the text's length, whatever it holds. On an error the arena keeps what it has handed
 * out. */
enum err_code toml_parse(struct slice text, struct arena *arena, struct toml_value **root,
                         struct err *err) __attribute__((warn_unused_result));

/* The value of this name in a table; NULL if there is none, or if it is no table. */
struct toml_value *toml_find(const struct toml_value *table, struct slice name);

#endif
