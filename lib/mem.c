/* Memory: guarded arenas for secrets, and growable buffers. */
#include "mem.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_FIRST = 4096,
    CHUNK_MOST =
        1 << 22, /* chunks double up to this: to lock memory is dear, so little is wasted */
    ALIGNMENT = 16,
    BUF_FIRST = 256,
    STACK = 8192 /* twice as deep as anything was found */
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

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* of the room behind this header */
};

static size_t round_up(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

enum { HEADER = (sizeof(struct arena_chunk) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT };

static bool arena_grow(struct arena *arena, size_t needed)
{
    size_t size = arena->chunks ? 2 * (arena->chunks->size + HEADER) : CHUNK_FIRST;
    struct arena_chunk *chunk;

    if (size > CHUNK_MOST)
        size = CHUNK_MOST;
    if (needed > SIZE_MAX - HEADER - CHUNK_FIRST)
        return false;
    if (size < needed + HEADER)
        size = round_up(needed + HEADER, CHUNK_FIRST);
    /* A multiple of ALIGNMENT: sodium_malloc aligns the end of a block, and so its start too. */
    chunk = arena->public ? malloc(size) : sodium_malloc(size);
    if (!chunk)
        return false;
    chunk->next = arena->chunks;
    chunk->size = size - HEADER;
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
    if ((size > arena->left || !arena->chunks) && !arena_grow(arena, size))
        return NULL;
    end = (char *)arena->chunks + HEADER + arena->chunks->size;
    arena->left -= size;
    return end - arena->left - size;
}

bool arena_reserve(struct arena *arena, size_t size)
{
    return size <= arena->left || arena_grow(arena, size);
}

size_t arena_room(size_t size)
{
    return round_up(size, ALIGNMENT);
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

        if (arena->public)
            free(chunk);
        else
            sodium_free(chunk); /* wipes */
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

/* A secret is never passed to realloc, which leaves the old copy behind unwiped. */
static bool buf_grow(struct buf *b, size_t needed)
{
    size_t size = b->size ? b->size : BUF_FIRST;
    char *data;

    while (size < needed) {
        if (size > SIZE_MAX / 2)
            return false;
        size *= 2;
    }
    if (!b->secret) {
        data = realloc(b->data, size);
        if (!data)
            return false;
    } else {
        data = sodium_malloc(size);
        if (!data)
            return false;
        if (b->len)
            memcpy(data, b->data, b->len);
        sodium_free(b->data);
    }
    b->data = data;
    b->size = size;
    return true;
}

char *buf_reserve(struct buf *b, size_t len)
{
    if (b->failed)
        return NULL;
    if (len > b->size - b->len && (len > SIZE_MAX - b->len || !buf_grow(b, b->len + len))) {
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
    if (b->secret)
        sodium_free(b->data);
    else
        free(b->data);
    *b = (struct buf){.secret = b->secret};
}

void stack_wipe(void)
{
    sodium_stackzero(STACK);
}
