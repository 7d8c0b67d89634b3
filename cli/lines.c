/* The lines of a vault that were replaced or taken out: whether one of them comes back.
 *
 * A value is sealed with a nonce of its own each time, so the same line again is a line that was
 * kept: by `git revert`, or by somebody who cannot seal a new one. */
#include "lines.h"

#include "difference.h"

#include <sodium.h>

enum { LINE = 16 };

/* The name and, if there is one, what is sealed under it, in short. */
static struct slice short_line(const vault_difference *d, const vault_side *side,
                               unsigned char line[LINE])
{
    struct buf name = {0};
    crypto_generichash_state hash;

    difference_name(&name, d);
    buf_add(&name, "", 1);
    crypto_generichash_init(&hash, NULL, 0, LINE);
    crypto_generichash_update(&hash, (const unsigned char *)buf_slice(&name).at, name.len);
    if (side)
        crypto_generichash_update(&hash, (const unsigned char *)side->text, side->text_len);
    crypto_generichash_final(&hash, line, LINE);
    buf_free(&name);
    return (struct slice){(const char *)line, LINE};
}

static bool put(struct lines *l, struct slice line, size_t commit)
{
    size_t *place = tally_of(&l->left, line);

    if (place)
        *place = commit + 1;
    return place != NULL;
}

bool lines_leave(struct lines *l, const vault_difference *d, size_t commit)
{
    unsigned char line[LINE];

    if (d->part != VAULT_PART_VALUE || !d->before.text)
        return true;
    return put(l, short_line(d, &d->before, line), commit) &&
           (d->what != VAULT_REMOVED || put(l, short_line(d, NULL, line), commit));
}

size_t lines_came_back(const struct lines *l, const vault_difference *d)
{
    unsigned char line[LINE];

    if (d->part != VAULT_PART_VALUE || !d->after.text || d->what == VAULT_UNREAD)
        return 0;
    return tally_find(&l->left, short_line(d, &d->after, line));
}

bool lines_was_removed(const struct lines *l, const vault_difference *d)
{
    unsigned char line[LINE];

    return tally_find(&l->left, short_line(d, NULL, line)) > 0;
}

void lines_free(struct lines *l)
{
    tally_free(&l->left);
}
