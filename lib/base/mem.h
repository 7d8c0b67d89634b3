/* Memory: guarded arenas for secrets, and growable buffers.
 *
 * A secret is kept in an arena or in a secret buffer: both are guarded (between inaccessible pages,
 * not swapped, not in core dumps) and wiped before they are freed. A guarded block costs ten
 * microseconds and a page, so a set of values shares one arena, and small arenas share a pool. */
#ifndef VAULT_MEM_H
#define VAULT_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* DECIDED: a fact about a secret that is revealed on purpose, such as whether it is right, so that
 * the program may branch on it. MADE_PUBLIC: bytes derived from a secret that are public, such as a
 * public key. In the build of tests/faults/secrets.c, any other branch on a secret is an error. */
#ifndef DECIDED
#define DECIDED(what) (what)
#define MADE_PUBLIC(at, len) ((void)0)
#endif

/* A range of memory that belongs to somebody else. */
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
 * uses it, perhaps after the pool, and in another thread. */
struct pool {
    struct pool_block *block; /* the one that still has room */
};

void pool_free(struct pool *pool);

/* Allocates blocks that are freed all at once. {0} is an empty arena for secrets, ARENA_PUBLIC one
 * that is neither guarded nor wiped; ARENA_IN one for secrets that takes its first memory from
 * another arena, which MUST outlive it; ARENA_OF one that takes it from a pool. */
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

/* size bytes, aligned for any type, not cleared; NULL if out of memory. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((warn_unused_result));

/* Reserves memory for blocks of this total size; false if out of memory. */
bool arena_reserve(struct arena *arena, size_t size) __attribute__((warn_unused_result));

/* The bytes that a block of this size takes; and those that an arena takes in the arena that lends
 * to it, after `size` was reserved in it. */
size_t arena_room(size_t size);
size_t arena_room_lent(size_t size);

/* A copy, followed by a zero byte; NULL if out of memory. */
char *arena_copy(struct arena *arena, const void *data, size_t len)
    __attribute__((warn_unused_result));

/* Wipes and frees all blocks, and keeps some memory for the next ones. */
void arena_clear(struct arena *arena);

/* Wipes and frees all of it; the arena is empty and can be used again. */
void arena_free(struct arena *arena);

/* A growable array of bytes. {0} is an empty public one, BUF_SECRET an empty one for secrets,
 * BUF_IN one for secrets in the memory of an arena, BUF_FIXED one in an array of the caller's,
 * which does not grow. An append that fails sets `failed`, and later ones do nothing: check once,
 * at the end, with buf_ok. */
struct buf {
    char *data;
    size_t len;
    size_t size;
    struct arena *arena; /* NULL: malloc or a guarded block */
    bool secret;
    bool fixed; /* an array of the caller's */
    bool failed;
};

#define BUF_SECRET ((struct buf){.secret = true})
#define BUF_IN(place) ((struct buf){.secret = true, .arena = (place)})
#define BUF_FIXED(array) ((struct buf){.data = (array), .size = sizeof(array), .fixed = true})

/* Room for len more bytes, which the caller writes and then adds to b->len; NULL on failure. */
char *buf_reserve(struct buf *b, size_t len) __attribute__((warn_unused_result));
void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_text(struct buf *b, const char *text);
void buf_add_slice(struct buf *b, struct slice s);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool buf_ok(const struct buf *b) __attribute__((warn_unused_result));
struct slice buf_slice(const struct buf *b);

/* As a string, which lasts until b changes. `otherwise`: out of memory. */
const char *buf_text(struct buf *b, const char *otherwise);

/* Forgets the content (wiped if secret) and keeps the memory. */
void buf_clear(struct buf *b);

/* Wipes if secret, frees (an arena keeps its own), and leaves an empty buffer of the same kind. */
void buf_free(struct buf *b);

/* A sequence of ranges of bytes, to be written one after another. {0} is empty. An append that
 * fails sets `failed`. */
struct runs {
    struct slice *at;
    size_t count, size;
    size_t len; /* of all of them */
    bool failed;
};

void runs_add(struct runs *r, struct slice run); /* which is not copied */
void runs_free(struct runs *r);

/* Returns a list from malloc (NULL: empty) with room for count + 1 entries: it grows whenever count
 * is a power of two. NULL if out of memory; the list is then unchanged. */
void *list_grow(void *list, size_t count, size_t size) __attribute__((warn_unused_result));

/* Wipes what the functions just called have left on the stack. libsodium wipes its stack, except
 * for the key of vectorized ChaCha20 and the result of scrypt; and a lazy linker saves registers
 * there, whatever they hold. */
void stack_wipe(void);

#endif
