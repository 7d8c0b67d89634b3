/* Memory: guarded arenas for secrets, and growable buffers.
 *
 * A secret stands in an arena or in a buffer that was made secret: both are guarded (between pages
 * that cannot be touched, no swap, no core dump) and are wiped before they are given back. A
 * guarded block costs ten microseconds and a page, so a set of values shares one arena, and small
 * arenas share a pool. */
#ifndef VAULT_MEM_H
#define VAULT_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is told of a secret on purpose, so that the program may branch on it: whether it is right,
 * and how long it is. MADE_PUBLIC: bytes that follow from a secret, as a public key does. In the
 * build of tests/faults/secrets.c the program may branch on nothing else. */
#ifndef DECIDED
#define DECIDED(what) (what)
#define MADE_PUBLIC(at, len) ((void)0)
#endif

/* A piece of memory that belongs to somebody else. */
struct slice {
    const char *at;
    size_t len;
};

bool slice_equal(struct slice a, struct slice b); /* public data: not constant time */
bool slice_is(struct slice a, const char *text);
bool slice_begins(struct slice a, const char *prefix);
bool slice_ends(struct slice a, const char *suffix);
bool slice_has(struct slice a, char c);
int slice_compare(struct slice a, struct slice b); /* byte order; a prefix sorts first */
struct slice slice_of(const char *text);

/* Guarded blocks that arenas share; {0} is an empty pool. A block is freed with the last arena that
 * has memory of it, which may be after the pool, and in another thread. */
struct pool {
    struct pool_block *block; /* the one that still has room */
};

void pool_free(struct pool *pool);

/* Blocks handed out one after another and freed all at once. {0} is an empty one for secrets,
 * ARENA_PUBLIC one that is neither guarded nor wiped; ARENA_IN one for secrets whose first memory
 * is lent by another one, which outlives it; ARENA_OF one whose first memory is a pool's. */
struct arena {
    struct arena_chunk *chunks;
    size_t left;          /* bytes free at the end of the first chunk */
    struct arena *lender; /* NULL: none, or it has lent already */
    struct pool *pool;    /* the same */
    bool public;
};

#define ARENA_PUBLIC ((struct arena){.public = true})
#define ARENA_IN(outer) ((struct arena){.lender = (outer)})
#define ARENA_OF(shared) ((struct arena){.pool = (shared)})

/* size bytes, aligned for any type, not cleared; NULL when there is no memory. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((warn_unused_result));

/* Makes room at once for blocks that are together this long; false when there is no memory. */
bool arena_reserve(struct arena *arena, size_t size) __attribute__((warn_unused_result));

/* The room that a block of this size takes; and that an arena takes in the one that lends to it,
 * after so much was reserved in it. */
size_t arena_room(size_t size);
size_t arena_room_lent(size_t size);

/* A copy with a zero byte behind it; NULL when there is no memory. */
char *arena_copy(struct arena *arena, const void *data, size_t len)
    __attribute__((warn_unused_result));

/* Takes all blocks back, wiped, and keeps some memory for the next ones. */
void arena_clear(struct arena *arena);

/* Wipes and frees all of it; the arena is empty and can be used again. */
void arena_free(struct arena *arena);

/* A growable run of bytes. {0} is an empty public one, BUF_SECRET an empty one for secrets, BUF_IN
 * one for secrets whose memory is the arena's: it costs no block of its own. BUF_FIXED is one whose
 * memory is an array: it needs no other, and is full when that is.
 * An append that finds no memory sets `failed` and the buffer takes nothing more: check once, at
 * the end, with buf_ok. */
struct buf {
    char *data;
    size_t len;
    size_t size;
    struct arena *arena; /* NULL: it has memory of its own */
    bool secret;
    bool fixed; /* the memory is an array of the caller's, and does not grow */
    bool failed;
};

#define BUF_SECRET ((struct buf){.secret = true})
#define BUF_IN(place) ((struct buf){.secret = true, .arena = (place)})
#define BUF_FIXED(array) ((struct buf){.data = (array), .size = sizeof(array), .fixed = true})

/* Room for len more bytes, which the caller writes and then adds to b->len; NULL when failed. */
char *buf_reserve(struct buf *b, size_t len) __attribute__((warn_unused_result));
void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_text(struct buf *b, const char *text);
void buf_add_slice(struct buf *b, struct slice s);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool buf_ok(const struct buf *b) __attribute__((warn_unused_result));
struct slice buf_slice(const struct buf *b);

/* Forgets the content (wiped if secret) and keeps the memory. */
void buf_clear(struct buf *b);

/* Wipes if secret, frees (an arena keeps its own), and leaves an empty buffer of the same kind. */
void buf_free(struct buf *b);

/* Runs of bytes that lie in several places and belong one behind the other. {0} is none. An append
 * that finds no memory sets `failed`. */
struct runs {
    struct slice *at;
    size_t count, size;
    size_t len; /* of all of them */
    bool failed;
};

void runs_add(struct runs *r, struct slice run); /* which is not copied */
void runs_free(struct runs *r);

/* A list from malloc (NULL: an empty one) with room for one more than count entries: it grows
 * whenever count is a power of two. NULL when there is no memory; the list then stays as it is. */
void *list_grow(void *list, size_t count, size_t size) __attribute__((warn_unused_result));

/* Wipes what the functions that were called just now have left on the stack. libsodium cleans up
 * after itself, but for ChaCha20 in vectors, whose key stays, and scrypt, whose result does; and a
 * linker that binds lazily saves registers there, whatever they hold. */
void stack_wipe(void);

#endif
