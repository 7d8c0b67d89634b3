/* What this machine has accepted: the lines of a pins file (FORMAT.md, "What is trusted").
 *
 * "path id" for each vault file that was opened, and "id E fingerprint" in the order in which keys
 * were accepted. A line that is neither is passed over. */
#ifndef VAULT_PINS_H
#define VAULT_PINS_H

#include "mem.h"

struct pins_query {
    struct slice path; /* absolute; empty for a vault that is not a file */
    struct slice id, env, fingerprint;
};

struct pins_answer {
    struct slice path_id; /* the id last seen at this path; empty: none */
    struct slice last;    /* the fingerprint last accepted for E; empty: none */
    bool earlier;         /* the fingerprint stands on a line before that one */
    bool vault_known;     /* there is a line for this id or this path */
};

struct pins_answer pins_look(struct slice pins, const struct pins_query *query);

/* Appends the lines that say: this vault stands at this path, and this is E's key. Nothing that the
 * answer knows already is said again. A path with a newline in it is not pinned. */
void pins_add(struct buf *out, const struct pins_query *query, const struct pins_answer *answer);

#endif
