/* Reading TOML, arena made and wiped included, beside what any reader must do: see that the text is
 * UTF-8, and find its lines. The texts are made by a fixed rule, the same each time. */
#include "text/toml.h"
#include "base/text.h"
#include "bench.h"

#include <sodium.h>
#include <string.h>

enum { TEXT = 20 * 1000 * 1000, SAMPLES = 11 };

/* The same numbers on every machine (xorshift64). */
static unsigned draw(unsigned below)
{
    static uint64_t state = 20260101;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 33) % below);
}

static void put_string(struct buf *out, unsigned least, unsigned most)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "+/-_.:@ ";
    unsigned len = least + draw(most - least + 1);

    buf_add_text(out, "\"");
    while (len-- > 0)
        buf_add(out, letters + draw(sizeof letters - 1), 1);
    buf_add_text(out, "\"");
}

/* What people keep in such files: mostly strings of 40 to 100 characters, and some of all else. */
static void put_ordinary(struct buf *out, unsigned n)
{
    static const char *const names[] = {"API_KEY",  "DATABASE_URL", "WEBHOOK_SECRET", "TOKEN",
                                        "PASSWORD", "CLIENT_ID",    "PUBLIC_KEY",     "ENDPOINT"};
    unsigned pairs = 6 + draw(10);

    buf_printf(out, "\n# The keys of service %u, and who asked for them.\n[prod.service-%u]\n", n,
               n);
    for (unsigned i = 0; i < pairs; i++) {
        buf_printf(out, "%s_%u = ", names[draw(8)], i);
        put_string(out, 40, 100);
        buf_add_text(out, "\n");
    }
    buf_printf(out, "PORT = %u\nDEBUG = %s\nCREATED = 2024-%02u-%02uT07:32:00Z\n", draw(65536),
               draw(2) ? "true" : "false", 1 + draw(12), 1 + draw(28));
    buf_printf(out, "hosts = [\"a%u.example.org\", \"b%u.example.org\"] # both\n", n, n);
    buf_printf(out, "retry.count = %u\nretry.wait = 0.%u\n", draw(10), draw(100));
}

static void put_short_tables(struct buf *out, unsigned n)
{
    buf_printf(out, "[t%u]\n", n);
    for (char key = 'a'; key < 'k'; key++)
        buf_printf(out, "%c = \"%u\"\n", key, draw(100));
}

static void put_one_table(struct buf *out, unsigned n)
{
    buf_printf(out, "k%u=%u\n", n, draw(10));
}

static void put_integers(struct buf *out, unsigned n)
{
    buf_printf(out, "a%u = [", n);
    for (unsigned i = 0; i < 50; i++)
        buf_printf(out, "%u, ", draw(100000));
    buf_add_text(out, "]\n");
}

static void put_escapes(struct buf *out, unsigned n)
{
    buf_printf(out, "[t%u]\na = \"", n);
    for (unsigned i = 0; i < 8; i++)
        buf_add_text(out, "\\tword and word\\n");
    buf_add_text(out, "\"\n");
}

static void put_accents(struct buf *out, unsigned n)
{
    buf_printf(out, "[t%u]\na = \"la clé de l’école où naît l’été, 鍵は学校にあります\"\n", n);
}

static void put_multi_line(struct buf *out, unsigned n)
{
    buf_printf(out, "[t%u]\nKEY = \"\"\"\n", n);
    for (unsigned i = 0; i < 25; i++)
        buf_add_text(out, "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz\n");
    buf_add_text(out, "\"\"\"\n");
}

static void run_read(void *state)
{
    struct arena arena = {0};
    struct toml_value *root;
    struct err err;

    if (toml_parse(*(struct slice *)state, &arena, &root, &err) != ERR_NONE) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    bench_use(root);
    arena_free(&arena);
}

static void run_floor(void *state)
{
    struct slice text = *(struct slice *)state;
    const char *end = text.at + text.len;
    size_t lines = 0;

    if (!text_is_utf8(text))
        exit(1);
    for (const char *at = text.at; (at = memchr(at, '\n', (size_t)(end - at))); at++)
        lines++;
    bench_use(&lines);
}

static const struct shape {
    const char *name;
    void (*put)(struct buf *out, unsigned n);
    double bar; /* MB/s; 0: for information */
} shapes[] = {
    {"ordinary: strings of 40 to 100, and some of all else", put_ordinary, 400},
    {"multi-line strings of 25 lines", put_multi_line, 0},
    {"strings that are not ASCII", put_accents, 0},
    {"strings with escapes", put_escapes, 0},
    {"tables of 10 short keys with short values", put_short_tables, 0},
    {"arrays of integers", put_integers, 0},
    {"one table of 2 million short keys", put_one_table, 0},
};

static void bench_shape(const struct shape *shape)
{
    struct buf text = {0};
    struct slice slice;
    struct bench_case cases[] = {{.run = run_read, .state = &slice},
                                 {.run = run_floor, .state = &slice}};
    double speed;

    for (unsigned n = 0; text.len < TEXT; n++)
        shape->put(&text, n);
    if (!buf_ok(&text))
        exit(1);
    slice = buf_slice(&text);
    bench_run(cases, 2, SAMPLES);
    speed = (double)text.len / cases[0].seconds / 1e6;
    printf("toml, %s (%.0f MB)\n", shape->name, (double)text.len / 1e6);
    if (shape->bar > 0)
        bench_report_least("  reading", speed, "MB/s", shape->bar);
    else
        bench_report("  reading", speed, "MB/s");
    bench_report("  the floor: UTF-8 and lines", (double)text.len / cases[1].seconds / 1e6, "MB/s");
    buf_free(&text);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        bench_shape(&shapes[i]);
    return 0;
}
