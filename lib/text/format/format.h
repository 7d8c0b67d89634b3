/* The formats that secrets are exported in: a table, one row for each program that reads them.
 *
 * A format carries a value exactly, or says why it cannot. The written text is read again, as that
 * program would read it, before it is returned. */
#ifndef VAULT_FORMAT_H
#define VAULT_FORMAT_H

#include "base/err.h"
#include "base/mem.h"

struct format_pair {
    struct slice name, value;
    bool is_open; /* no secret: it is shown in an example, and not masked */
};

struct format_verdict {
    const char *refusal; /* why the format cannot carry the value, or NULL */
    const char *caution; /* names a program that misreads this pair, or NULL: a sentence to which
                          * the caller appends the names of all such pairs */
};

struct format_set {
    const struct format_pair *pairs; /* sorted by name in byte order; names are unique */
    size_t count;
    const char *title; /* of a manifest */
};

struct vault_kv;
struct format_scan;
struct format_spelling;

typedef const char *format_checker(const struct format_pair *pair); /* why not, or NULL */

struct format {
    const char *name;
    const char *purpose; /* the program that reads it */
    const char *limits;  /* what it cannot carry, besides a zero byte; NULL: nothing */

    /* The rest is private to this folder. */
    format_checker *check;   /* refuses a pair */
    format_checker *caution; /* warns of a pair */

    /* Written by write, or pair by pair by write_pair, or in a dialect of dotenv by spell; NULL for
     * the other two. */
    void (*write)(const struct format_set *set, struct buf *out);
    void (*write_pair)(const struct format_pair *pair, struct buf *out);
    bool (*spell)(struct format_spelling *s);

    /* Read again by read, or pair by pair by take_pair. NULL and NULL: not at all. */
    enum err_code (*read)(struct slice text, struct vault_kv *kv, struct err *err);
    bool (*take_pair)(struct format_scan *s, struct slice *name);
};

extern const struct format formats[];
extern const size_t format_count;

const struct format *format_find(const char *name); /* NULL if there is none */

/* Whether it writes all values; else it writes names, and open values alone. */
bool format_has_values(const struct format *format);

/* Appends the set to out, a secret buffer, and sets a verdict for each pair. ERR_INVALID if a pair
 * is refused; ERR_INTEGRITY if the written text reads otherwise. On an error, nothing is appended.
 */
enum err_code format_write(const struct format *format, const struct format_set *set,
                           struct buf *out, struct format_verdict *verdicts, struct err *err)
    __attribute__((warn_unused_result));

/* "dotenv cannot carry A, B (why), C (why)" */
void format_refusal(const struct format *format, const struct format_set *set,
                    const struct format_verdict *verdicts, struct buf *out);

/* Appends the sentence of the cautions; nothing if there are none. */
void format_caution(const struct format_set *set, const struct format_verdict *verdicts,
                    struct buf *out);

/* Appends the commands, a line each, that keep the values out of GitHub's logs. */
void format_github_masks(const struct format_set *set, struct buf *out);

#endif
