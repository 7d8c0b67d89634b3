/* Memory: guarded arenas for secrets, and growable buffers. */
#define _DEFAULT_SOURCE 1 /* madvise */ /* NOLINT(*-reserved-identifier,cert-*) */
#include "mem.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    CHUNK_FIRST = 4096,
    CHUNK_MOST = 1 << 22,  /* chunks double up to this: locked memory is scarce */
    PUBLIC_MOST = 1 << 23, /* and up to this where it is not locked */
    ALIGNMENT = 16,
    BUF_FIRST = 256,
    RUNS_FIRST = 16,
    PAGE = 4096,
    LENT = 1024,       /* at least, unless it was reserved, */
    LENT_MOST = 16384, /* and at most */
    POOL_FIRST = 16384,
    POOL_MOST = 65536, /* blocks of a pool double up to this: the last arena keeps all of one */
    LARGE = 1 << 22,   /* two of the large pages that most machines have */
    STACK = 8192       /* twice the depth of any residue that was found */
};

bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice_of(text));
}

bool slice_begins(struct slice a, const char *prefix)
{
    size_t len = strlen(prefix);

    return a.len >= len && memcmp(a.at, prefix, len) == 0;
}

bool slice_ends(struct slice a, const char *suffix)
{
    size_t len = strlen(suffix);

    return a.len >= len && memcmp(a.at + a.len - len, suffix, len) == 0;
}

bool slice_has(struct slice a, char c)
{
    return a.len > 0 && memchr(a.at, c, a.len);
}

int slice_compare(struct slice a, struct slice b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.at, b.at, common) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

/* ---- guarded memory ---- */

static size_t round_up(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

/* Like sodium_malloc, with half the system calls: between inaccessible pages, the block ending at
 * the second one; locked, if permitted; excluded from core dumps. */
static void *guarded_alloc(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), inner = round_up(size, page);
    char *at;

    if (size > SIZE_MAX - 3 * page)
        return NULL;
    at = mmap(NULL, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return NULL;
    if (mprotect(at + page, inner, PROT_READ | PROT_WRITE) != 0) {
        munmap(at, inner + 2 * page);
        return NULL;
    }
#ifdef MADV_DONTDUMP
    madvise(at + page, inner, MADV_DONTDUMP);
#endif
    (void)mlock(at + page, inner);
    return at + page + inner - size;
}

static void guarded_free(void *block, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), inner = round_up(size, page);

    if (!block)
        return;
    sodium_memzero(block, size);
    munmap((char *)block + size - inner - page, inner + 2 * page);
}

/* ---- pools ---- */

/* At the start of its own memory. */
struct pool_block {
    size_t size, left;
    size_t users; /* the pool, as long as it takes from it, and each arena that has some of it */
};

enum { BLOCK_HEADER = (sizeof(struct pool_block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT };

/* An arena may belong to another thread than the pool does. */
static void leave_block(struct pool_block *block)
{
    if (block && __atomic_sub_fetch(&block->users, 1, __ATOMIC_ACQ_REL) == 0)
        guarded_free(block, block->size);
}

/* size: a multiple of ALIGNMENT, and LENT_MOST at most. */
static void *pool_take(struct pool *pool, size_t size)
{
    struct pool_block *block = pool->block;

    if (!block || block->left < size) {
        size_t whole = !block ? POOL_FIRST : block->size < POOL_MOST ? 2 * block->size : POOL_MOST;

        if (whole < size + BLOCK_HEADER)
            whole *= 2;
        block = guarded_alloc(whole);
        if (!block)
            return NULL;
        *block = (struct pool_block){whole, whole - BLOCK_HEADER, 1};
        leave_block(pool->block);
        pool->block = block;
    }
    __atomic_add_fetch(&block->users, 1, __ATOMIC_RELAXED);
    block->left -= size;
    return (char *)block + block->size - block->left - size;
}

void pool_free(struct pool *pool)
{
    leave_block(pool->block);
    pool->block = NULL;
}

/* ---- arenas ---- */

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;              /* without this header */
    struct pool_block *block; /* NULL: not from a pool */
    bool lent;
};

enum { HEADER = (sizeof(struct arena_chunk) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT };

/* Large public memory in huge pages, if the system has them: faulting in small ones takes longer
 * than reading a file into them. */
static void *public_memory(void *old, size_t size)
{
    char *at = realloc(old, size);
#ifdef MADV_HUGEPAGE
    size_t before = (PAGE - (uintptr_t)at % PAGE) % PAGE; /* a whole page */

    if (at && size >= LARGE)
        madvise(at + before, (size - before) / PAGE * PAGE, MADV_HUGEPAGE);
#endif
    return at;
}

/* How much the next chunk takes: a multiple of ALIGNMENT, so that the end of a guarded block is
 * aligned, and its start too. */
static size_t chunk_size(const struct arena *arena, size_t needed, bool exactly)
{
    size_t size = arena->chunks ? 2 * (arena->chunks->size + HEADER) : CHUNK_FIRST;

    if (size > (arena->public ? PUBLIC_MOST : CHUNK_MOST))
        size = arena->public ? PUBLIC_MOST : CHUNK_MOST;
    if (size < needed + HEADER)
        size = round_up(needed + HEADER, CHUNK_FIRST);
    if (arena->lender)
        size = LENT;
    if ((arena->lender || arena->pool) && (exactly || size < needed + HEADER))
        size = round_up(needed + HEADER, ALIGNMENT);
    return size;
}

/* `exactly`: what is needed is all that will be. */
static bool arena_grow(struct arena *arena, size_t needed, bool exactly)
{
    struct arena_chunk *chunk;
    size_t size;

    if (needed > SIZE_MAX - HEADER - CHUNK_FIRST)
        return false;
    if (needed + HEADER > LENT_MOST) {
        arena->lender = NULL;
        arena->pool = NULL;
    }
    size = chunk_size(arena, needed, exactly);
    chunk = arena->lender   ? arena_alloc(arena->lender, size)
            : arena->pool   ? pool_take(arena->pool, size)
            : arena->public ? public_memory(NULL, size)
                            : guarded_alloc(size);
    if (!chunk)
        return false;
    chunk->next = arena->chunks;
    chunk->size = size - HEADER;
    chunk->block = arena->pool ? arena->pool->block : NULL;
    chunk->lent = arena->lender || arena->pool;
    arena->lender = NULL;
    arena->pool = NULL;
    arena->chunks = chunk;
    arena->left = chunk->size;
    return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    char *end;

    if (size > SIZE_MAX - ALIGNMENT)
        return NULL;
    size = round_up(size, ALIGNMENT);
    if ((size > arena->left || !arena->chunks) && !arena_grow(arena, size, false))
        return NULL;
    end = (char *)arena->chunks + HEADER + arena->chunks->size;
    arena->left -= size;
    return end - arena->left - size;
}

bool arena_reserve(struct arena *arena, size_t size)
{
    return size <= arena->left || arena_grow(arena, size, true);
}

size_t arena_room(size_t size)
{
    return round_up(size, ALIGNMENT);
}

size_t arena_room_lent(size_t size)
{
    return round_up(size + HEADER, ALIGNMENT);
}

char *arena_copy(struct arena *arena, const void *data, size_t len)
{
    char *copy = len < SIZE_MAX ? arena_alloc(arena, len + 1) : NULL;

    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}

static void free_chunks(struct arena *arena, struct arena_chunk *chunk)
{
    while (chunk) {
        struct arena_chunk *next = chunk->next;

        struct pool_block *block = chunk->block;

        if (chunk->lent)
            sodium_memzero((char *)chunk + HEADER, chunk->size);
        else if (arena->public)
            free(chunk);
        else
            guarded_free(chunk, HEADER + chunk->size);
        leave_block(block);
        chunk = next;
    }
}

void arena_clear(struct arena *arena)
{
    struct arena_chunk *first = arena->chunks;

    if (!first)
        return;
    free_chunks(arena, first->next);
    first->next = NULL;
    if (!arena->public)
        sodium_memzero((char *)first + HEADER, first->size - arena->left);
    arena->left = first->size;
}

void arena_free(struct arena *arena)
{
    free_chunks(arena, arena->chunks);
    arena->chunks = NULL;
    arena->left = 0;
}

static void release(struct buf *b)
{
    if (b->arena && b->data)
        sodium_memzero(b->data, b->len);
    else if (b->secret)
        guarded_free(b->data, b->size);
    else if (!b->fixed)
        free(b->data);
}

/* A secret MUST NOT be passed to realloc, which leaves the old copy unwiped. A large buffer that is
 * filled at once gets what it needs, and at least one byte more. */
static bool buf_grow(struct buf *b, size_t needed)
{
    size_t size = b->size ? b->size : BUF_FIRST;
    char *data;

    if (b->fixed)
        return false;
    if (!b->size && needed >= LARGE && needed <= SIZE_MAX - PAGE)
        size = round_up(needed + 1, PAGE);
    while (size < needed) {
        if (size > SIZE_MAX / 2)
            return false;
        size *= 2;
    }
    if (!b->secret) {
        data = public_memory(b->data, size);
        if (!data)
            return false;
    } else {
        data = b->arena ? arena_alloc(b->arena, size) : guarded_alloc(size);
        if (!data)
            return false;
        if (b->data && b->len)
            memcpy(data, b->data, b->len);
        release(b);
    }
    b->data = data;
    b->size = size;
    return true;
}

char *buf_reserve(struct buf *b, size_t len)
{
    if (b->failed)
        return NULL;
    if ((!b->data || len > b->size - b->len) &&
        (len > SIZE_MAX - b->len || !buf_grow(b, b->len + len))) {
        b->failed = true;
        return NULL;
    }
    return b->data + b->len;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
    char *room = len ? buf_reserve(b, len) : NULL;

    if (!room)
        return;
    memcpy(room, data, len);
    b->len += len;
}

void buf_add_text(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_add_slice(struct buf *b, struct slice s)
{
    buf_add(b, s.at, s.len);
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    int len;
    char *room;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) {
        b->failed = true;
        return;
    }
    room = buf_reserve(b, (size_t)len + 1);
    if (!room)
        return;
    va_start(args, format);
    vsnprintf(room, (size_t)len + 1, format, args);
    va_end(args);
    b->len += (size_t)len;
}

const char *buf_text(struct buf *b, const char *otherwise)
{
    buf_add(b, "", 1);
    if (!buf_ok(b))
        return otherwise;
    b->len--;
    return b->data;
}

bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

struct slice buf_slice(const struct buf *b)
{
    return (struct slice){b->data ? b->data : "", b->len};
}

void buf_clear(struct buf *b)
{
    if (b->secret && b->data)
        sodium_memzero(b->data, b->len);
    b->len = 0;
}

void buf_free(struct buf *b)
{
    release(b);
    *b = (struct buf){.secret = b->secret, .arena = b->arena};
}

void runs_add(struct runs *r, struct slice run)
{
    struct slice *at = r->at;

    if (r->failed || run.len == 0)
        return;
    if (r->count == r->size) {
        size_t size = r->size ? 2 * r->size : RUNS_FIRST;

        at = size <= SIZE_MAX / sizeof *at ? realloc(at, size * sizeof *at) : NULL;
        if (!at) {
            r->failed = true;
            return;
        }
        r->at = at;
        r->size = size;
    }
    at[r->count++] = run;
    r->len += run.len;
}

void runs_free(struct runs *r)
{
    free(r->at);
    *r = (struct runs){.at = NULL};
}

void *list_grow(void *list, size_t count, size_t size)
{
    if (count & (count - 1))
        return list;
    return count <= SIZE_MAX / 2 / size ? realloc(list, (count ? 2 * count : 1) * size) : NULL;
}

/* Vector registers in which the ABI passes arguments: what copied a key left it there, and the next
 * variadic function stores all of them in its frame. */
static void wipe_argument_registers(void)
{
#if defined __aarch64__ && defined __ARM_NEON
    __asm__ volatile("movi v0.2d, #0\n\tmovi v1.2d, #0\n\tmovi v2.2d, #0\n\tmovi v3.2d, #0\n\t"
                     "movi v4.2d, #0\n\tmovi v5.2d, #0\n\tmovi v6.2d, #0\n\tmovi v7.2d, #0"
                     :
                     :
                     : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7");
#elif defined __x86_64__ && defined __SSE2__
    __asm__ volatile("pxor %%xmm0, %%xmm0\n\tpxor %%xmm1, %%xmm1\n\tpxor %%xmm2, %%xmm2\n\t"
                     "pxor %%xmm3, %%xmm3\n\tpxor %%xmm4, %%xmm4\n\tpxor %%xmm5, %%xmm5\n\t"
                     "pxor %%xmm6, %%xmm6\n\tpxor %%xmm7, %%xmm7"
                     :
                     :
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7");
#endif
}

void stack_wipe(void)
{
    sodium_stackzero(STACK);
    wipe_argument_registers();
}
