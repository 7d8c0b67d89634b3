/* Numbers by name: a hash table that only grows. */
#include "tally.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* With a key of this process's own: whoever makes the names cannot choose where they fall. */
static size_t hash_of(struct slice name)
{
    static unsigned char key[crypto_shorthash_KEYBYTES];
    static bool made;
    unsigned char hash[crypto_shorthash_BYTES];
    size_t place;

    if (!made)
        crypto_shorthash_keygen(key);
    made = true;
    crypto_shorthash(hash, (const unsigned char *)name.at, name.len, key);
    memcpy(&place, hash, sizeof place);
    return place;
}

/* Where the name stands, or an empty place. */
static struct tally_entry *look(const struct tally *t, struct slice name)
{
    size_t place = hash_of(name) & (t->size - 1);

    while (t->entries[place].name.at && !slice_equal(t->entries[place].name, name))
        place = (place + 1) & (t->size - 1);
    return &t->entries[place];
}

static bool grow(struct tally *t)
{
    struct tally bigger = *t;

    bigger.size = t->size ? 2 * t->size : 64;
    bigger.entries = calloc(bigger.size, sizeof *bigger.entries);
    if (!bigger.entries)
        return false;
    for (size_t i = 0; i < t->size; i++)
        if (t->entries[i].name.at)
            *look(&bigger, t->entries[i].name) = t->entries[i];
    free(t->entries);
    *t = bigger;
    return true;
}

size_t *tally_of(struct tally *t, struct slice name)
{
    struct tally_entry *e;

    t->names.public = true;
    if (2 * t->count >= t->size && !grow(t))
        return NULL;
    e = look(t, name);
    if (!e->name.at) {
        e->name.at = arena_copy(&t->names, name.at, name.len);
        e->name.len = name.len;
        if (!e->name.at)
            return NULL;
        t->count++;
    }
    return &e->number;
}

size_t tally_find(const struct tally *t, struct slice name)
{
    return t->size ? look(t, name)->number : 0;
}

void tally_free(struct tally *t)
{
    free(t->entries);
    arena_free(&t->names);
    *t = (struct tally){0};
}
