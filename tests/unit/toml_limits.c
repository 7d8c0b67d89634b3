/* lib/toml: hostile texts. How deep, how large, how long, how much memory; and too little of it.
 * The reader is compiled into this test with an arena_alloc that counts, and that fails when told
 * to. */
#include "base/mem.h"

static struct {
    size_t taken, calls, fail_at; /* fail_at: which call; 0: none */
} memory;

static void *counted_alloc(struct arena *arena, size_t size)
{
    if (++memory.calls == memory.fail_at)
        return NULL;
    memory.taken += (size + 15) / 16 * 16;
    return arena_alloc(arena, size);
}

#define arena_alloc counted_alloc
#include "text/toml.c" /* NOLINT(bugprone-suspicious-include) */
#undef arena_alloc

#include "tap.h"

#include <stdlib.h>
#include <time.h>

struct reading {
    struct buf text;
    struct arena arena;
    struct toml_value *root;
    struct err err;
    enum err_code code;
};

static void read_it(struct reading *r)
{
    memory.taken = memory.calls = 0;
    r->code = toml_parse(buf_slice(&r->text), &r->arena, &r->root, &r->err);
}

static void done(struct reading *r)
{
    arena_free(&r->arena);
    buf_free(&r->text);
}

static void repeat(struct buf *out, const char *text, size_t count)
{
    while (count-- > 0)
        buf_add_text(out, text);
}

/* --- how deep --- */

static const struct nest {
    const char *before, *opening, *between, *closing, *after;
    size_t most; /* openings */
} nests[] = {
    {"a = ", "{a = ", "1", "}", "", 100},  {"[t]\na = ", "{a = ", "1", "}", "", 99},
    {"a", ".a", " = 1", "", "", 100},      {"a", ".a", " = {}", "", "", 99},
    {"b = {a", ".a", " = 1", "", "}", 99}, {"[a", ".a", "]", "", "", 99},
};

static bool reads_nest(const struct nest *nest, size_t count, bool expected)
{
    struct reading r = {.text = {0}};
    bool right;

    buf_add_text(&r.text, nest->before);
    repeat(&r.text, nest->opening, count);
    buf_add_text(&r.text, nest->between);
    repeat(&r.text, nest->closing, count);
    buf_add_text(&r.text, nest->after);
    read_it(&r);
    right = expected ? r.code == ERR_OK
                     : r.code == ERR_FORMAT && strstr(r.err.text, "nested more than 100 deep");
    done(&r);
    return right;
}

static void test_depth(void)
{
    for (size_t i = 0; i < sizeof nests / sizeof nests[0]; i++)
        check(reads_nest(&nests[i], nests[i].most, true) &&
                  reads_nest(&nests[i], nests[i].most + 1, false) &&
                  reads_nest(&nests[i], 10000, false),
              "nest %zu: 100 deep is read, 101 and 10,000 are refused", i);
}

/* --- how large --- */

static void test_size(void)
{
    static const char text[] = "a = 1";
    struct arena arena = {0};
    struct toml_value *root;
    struct err err;

    check(toml_parse((struct slice){text, TOML_TEXT_MAX + 1}, &arena, &root, &err) == ERR_FORMAT &&
              strcmp(err.text, "a TOML text of more than 64 MiB") == 0 && !arena.chunks,
          "a text of more than 64 MiB is refused unread");
}

static void test_many_keys(void)
{
    enum { KEYS = 3000 };
    struct reading r = {.text = {0}};
    bool found = true, absent = true, once = true;
    size_t len;

    for (int i = 0; i < KEYS; i++)
        buf_printf(&r.text, "k%d = %d\n", i, i);
    read_it(&r);
    check(r.code == ERR_OK && r.root->len == KEYS, "a table of 3000 keys");
    for (int i = 0; i < KEYS && r.code == ERR_OK; i++) {
        char name[16], other[16];
        struct toml_value *v;

        snprintf(name, sizeof name, "k%d", i);
        snprintf(other, sizeof other, "k%d", KEYS + i);
        v = toml_find(r.root, slice_of(name));
        found = found && v && slice_is(toml_text(v), name + 1);
        absent = absent && !toml_find(r.root, slice_of(other));
    }
    check(found, "each is found");
    check(absent, "and no other");
    len = r.text.len;
    for (int i = 0; i < KEYS; i += 7) {
        r.text.len = len;
        buf_printf(&r.text, "k%d = 0\n", i);
        arena_free(&r.arena);
        read_it(&r);
        once = once && r.code == ERR_FORMAT && strstr(r.err.text, "is already defined");
    }
    check(once, "none is taken twice");
    done(&r);
}

/* --- how long, and how much memory --- */

static void put_keys(struct buf *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "k%zu=1\n", i);
}

static void put_headers(struct buf *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "[a.b.k%zu]\n", i);
}

static void put_deep_extensions(struct buf *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        repeat(out, "a.", 99);
        buf_printf(out, "k%zu=1\n", i);
    }
}

static void put_deep_keys(struct buf *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "k%zu", i);
        repeat(out, ".a", 99);
        buf_add_text(out, "=1\n");
    }
}

/* Long and nearly equal. */
static void put_long_names(struct buf *out, size_t n)
{
    for (size_t i = 0; i < 32; i++) {
        buf_printf(out, "x%zu", i + 10);
        repeat(out, "x", n);
        buf_add_text(out, "=1\n");
    }
    put_keys(out, n);
}

static void put_quotes(struct buf *out, size_t n)
{
    buf_add_text(out, "a=\"\"\"");
    repeat(out, "\"\"\\\"", n);
    buf_add_text(out, "\"\"\"\n");
}

static void put_blank_lines(struct buf *out, size_t n)
{
    repeat(out, " \t#\r\n", n);
}

static void put_small_tables(struct buf *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "t%zu={", i);
        for (size_t key = 0; key < i % 60; key++)
            buf_printf(out, "%sk%zu=1", key ? "," : "", key);
        buf_add_text(out, "}\n");
    }
}

static void put_escapes(struct buf *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "k%zu=\"\\n\"\n", i);
}

static const struct shape {
    const char *name;
    void (*put)(struct buf *out, size_t n);
    size_t n;
} shapes[] = {
    {"100,000 keys in one table", put_keys, 100000},
    {"100,000 headers below one table", put_headers, 100000},
    {"2,000 extensions of one path of 99 parts", put_deep_extensions, 2000},
    {"2,000 keys of 100 parts", put_deep_keys, 2000},
    {"long names that differ little, and 50,000 others", put_long_names, 50000},
    {"a string of 300,000 quotes", put_quotes, 100000},
    {"100,000 empty lines", put_blank_lines, 100000},
    {"3,000 tables of up to 60 keys", put_small_tables, 3000},
    {"100,000 strings with an escape", put_escapes, 100000},
};

/* The least processor time of three. */
static double read_shape(const struct shape *shape, size_t n, bool *right, double *per_byte)
{
    struct reading r = {.text = {0}};
    double least = 1e9;

    shape->put(&r.text, n);
    for (int i = 0; i < 3; i++) {
        clock_t start = clock();
        double seconds;

        read_it(&r);
        seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        least = seconds < least ? seconds : least;
        *right = *right && r.code == ERR_OK &&
                 memory.taken <= TOML_MEMORY_MORE + TOML_MEMORY_PER_BYTE * r.text.len;
        arena_free(&r.arena);
    }
    *per_byte = (double)memory.taken / (double)r.text.len;
    done(&r);
    return least;
}

/* Twenty times as much takes about twenty times as long, or some more as it leaves the caches; if
 * it were quadratic, four hundred times. */
static void test_hostile_shapes(void)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        bool right = true;
        double per_byte, few, many;

        few = read_shape(&shapes[i], shapes[i].n / 20, &right, &per_byte);
        many = read_shape(&shapes[i], shapes[i].n, &right, &per_byte);
        check(right, "%s: read, in no more memory than allowed", shapes[i].name);
        check(many < 150 * few + 0.005, "and not unduly long");
        printf("# %.1f bytes of the arena for a byte of text; %.1f and %.1f ms\n", per_byte,
               1e3 * few, 1e3 * many);
    }
}

/* Each allocation in turn finds no memory. */
static void test_no_memory(void)
{
    struct reading r = {.text = {0}};
    size_t needed;
    bool right = true;

    buf_add_text(&r.text, "\"\\n\".b = {c = 1}\n[e.f]\n");
    put_small_tables(&r.text, 60);
    read_it(&r);
    needed = memory.calls;
    check(r.code == ERR_OK && needed > 50, "a text that needs %zu pieces of memory", needed);
    for (memory.fail_at = 1; memory.fail_at <= needed; memory.fail_at++) {
        arena_free(&r.arena);
        read_it(&r);
        right = right && r.code == ERR_NO_MEMORY && strcmp(r.err.text, "out of memory") == 0 &&
                memory.calls == memory.fail_at;
    }
    memory.fail_at = 0;
    check(right, "whichever fails, it says so and stops");
    done(&r);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    test_depth();
    test_size();
    test_many_keys();
    test_hostile_shapes();
    test_no_memory();
    return tap_done();
}
