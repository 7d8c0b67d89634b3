/* A hash table from names to numbers or pointers. Entries cannot be removed. */
#include "hashtable.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 16 }; /* places that are searched in order: no key is made for so few names */

/* The key is random, so that an attacker cannot choose names that collide. */
static size_t hash_of(const struct hashtable *t, struct slice name)
{
    unsigned char hash[crypto_shorthash_BYTES];
    size_t place;

    if (t->size <= FEW)
        return 0;
    _Static_assert(sizeof t->key == crypto_shorthash_KEYBYTES, "the key of crypto_shorthash");
    crypto_shorthash(hash, (const unsigned char *)name.at, name.len, t->key);
    memcpy(&place, hash, sizeof place);
    return place;
}

/* The entry of the name, or the free one where it belongs. */
static struct hashtable_entry *find_entry(const struct hashtable *t, struct slice name)
{
    size_t place = hash_of(t, name) & (t->size - 1);

    while (t->entries[place].name.at && !slice_equal(t->entries[place].name, name))
        place = (place + 1) & (t->size - 1);
    return &t->entries[place];
}

static bool grow(struct hashtable *t)
{
    struct hashtable bigger = *t;

    bigger.size = t->size ? 2 * t->size : FEW;
    bigger.entries = calloc(bigger.size, sizeof *bigger.entries);
    if (!bigger.entries)
        return false;
    if (bigger.size > FEW)
        crypto_shorthash_keygen(bigger.key);
    for (size_t i = 0; i < t->size; i++)
        if (t->entries[i].name.at)
            *find_entry(&bigger, t->entries[i].name) = t->entries[i];
    free(t->entries);
    *t = bigger;
    return true;
}

static struct hashtable_entry *add(struct hashtable *t, struct slice name)
{
    struct hashtable_entry *e;

    t->names.public = true;
    if (2 * t->count >= t->size && !grow(t))
        return NULL;
    e = find_entry(t, name);
    if (!e->name.at) {
        e->name.at = arena_copy(&t->names, name.at, name.len);
        e->name.len = name.len;
        if (!e->name.at)
            return NULL;
        t->count++;
    }
    return e;
}

size_t *hashtable_number(struct hashtable *t, struct slice name)
{
    struct hashtable_entry *e = add(t, name);

    return e ? &e->as.number : NULL;
}

void **hashtable_item(struct hashtable *t, struct slice name)
{
    struct hashtable_entry *e = add(t, name);

    return e ? &e->as.item : NULL;
}

size_t hashtable_find(const struct hashtable *t, struct slice name)
{
    return t->size ? find_entry(t, name)->as.number : 0;
}

void *hashtable_find_item(const struct hashtable *t, struct slice name)
{
    return t->size ? find_entry(t, name)->as.item : NULL;
}

void hashtable_free(struct hashtable *t)
{
    free(t->entries);
    arena_free(&t->names);
    *t = (struct hashtable){0};
}
