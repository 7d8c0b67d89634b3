/* What secrets are written out as: one table of formats, each for one reader.
 *
 * A format carries a value exactly, or says why it cannot. What was written is read again, as its
 * reader reads it, before it is handed out. */
#ifndef VAULT_FORMAT_H
#define VAULT_FORMAT_H

#include "base/err.h"
#include "base/mem.h"

struct format_pair {
    struct slice name, value;
};

struct format_verdict {
    const char *refusal; /* why the format cannot carry the value; NULL: it does */
    const char
        *caution; /* who does not read it, of those that might be expected to: the names of such
                   * pairs end the sentence, which is one for all of a format; or NULL */
};

struct format_set {
    const struct format_pair *pairs; /* in byte order of the names, each of which is there once */
    size_t count;
    const char *title; /* the name of a manifest */
};

struct vault_kv;

typedef const char *format_checker(const struct format_pair *pair); /* why not, or NULL */
typedef void format_writer(const struct format_set *set, struct buf *out,
                           struct format_verdict *verdicts);
typedef enum err_code format_reader(struct slice text, struct vault_kv *kv, struct err *err);

struct format {
    const char *name;
    const char *purpose; /* who reads it */
    const char *limits;  /* what it cannot carry, beside a zero byte; NULL: nothing else */
    /* The rest is format.c's own. */
    format_checker *check;
    format_writer *write;
    format_reader *read;
};

extern const struct format formats[];
extern const size_t format_count;

const struct format *format_find(const char *name); /* NULL if there is none */

/* Appends the set to out, a secret buffer, and sets a verdict for each of its pairs. ERR_INVALID if
 * any of them is refused; ERR_INTEGRITY if what was written reads otherwise. out then holds nothing
 * of it. */
enum err_code format_write(const struct format *format, const struct format_set *set,
                           struct buf *out, struct format_verdict *verdicts, struct err *err)
    __attribute__((warn_unused_result));

/* The commands that keep the values out of GitHub's logs, a line each. */
void format_github_masks(const struct format_set *set, struct buf *out);

#endif
