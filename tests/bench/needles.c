/* Many strings looked for at once: the values of 1000 secrets and their base64, in files of several
 * kinds, beside grep -F and ripgrep on one core; then what the sieve is not made for. */
#include "find/needles.h"
#include "folder.h"

#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    VALUES = 1000,
    FORMS = 4,
    PATTERNS = VALUES * FORMS,
    FORM_MAX = 128,
    FILE_SIZE = 16 << 20,
    FILES = 4, /* of each kind */
    ROUNDS = 5
};

static char forms[PATTERNS][FORM_MAX];
static struct slice patterns[PATTERNS];
static char text[FILE_SIZE];
static const char *folder;
static uint64_t seed = 1;

static unsigned draw(unsigned below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % below;
}

static char letter(void)
{
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[draw(64)];
}

static void draw_word(char *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = letter();
    out[len] = '\0';
}

/* What people keep: keys with a prefix, addresses with a password in them, words, tokens. */
static void draw_value(char *out, size_t size)
{
    static const char *const words[] = {"production", "localhost:5432", "eu-central-1",
                                        "https://example.org/v1"};
    char word[41];

    draw_word(word, 12 + draw(29));
    switch (draw(8)) {
    case 0:
        snprintf(out, size, "postgres://app:%.16s@db.internal/app", word);
        break;
    case 1:
        snprintf(out, size, "sk_live_%s", word);
        break;
    case 2:
        snprintf(out, size, "%s-%.4s", words[draw(4)], word);
        break;
    default:
        snprintf(out, size, "%s", word);
    }
}

static void make_patterns(void)
{
    for (size_t i = 0; i < VALUES; i++) {
        char value[64], shifted[80], encoded[FORM_MAX];

        draw_value(value, sizeof value);
        snprintf(forms[i * FORMS], FORM_MAX, "%s", value);
        for (size_t shift = 0; shift < 3; shift++) { /* without what hangs on the neighbours */
            size_t len = strlen(value), whole = (len + shift) * 8 / 6, skip = (shift * 8 + 5) / 6;

            snprintf(shifted, sizeof shifted, "%.*s%s", (int)shift, "xx", value);
            sodium_bin2base64(encoded, sizeof encoded, (unsigned char *)shifted, len + shift,
                              sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
            snprintf(forms[i * FORMS + 1 + shift], FORM_MAX, "%.*s", (int)(whole - skip),
                     encoded + skip);
        }
    }
    for (size_t i = 0; i < PATTERNS; i++)
        patterns[i] = slice_of(forms[i]);
}

/* ---- texts ---- */

static size_t source_line(char *out, size_t size)
{
    static const char *const words[] = {
        "if (",     "return ",  "static ", "const char *", "struct ", "size_t ", "for (",
        "len",      "buf",      "value",   "(i = 0; i < ", "->next",  " = ",     " + 1",
        ");",       "{",        "}",       "/* the ",      "error",   "NULL",    "name",
        "password", "https://", "config",  ", ",           "_key",    "data",    "\"",
        "    "};
    size_t len = 0;

    for (unsigned n = draw(14); n > 0 && len + 20 < size; n--)
        len += (size_t)snprintf(out + len, size - len, "%s", words[draw(29)]);
    out[len++] = '\n';
    return len;
}

static size_t log_line(char *out, size_t size)
{
    static const char *const verbs[] = {"GET /api/v1/users/", "POST /login?next=/account/",
                                        "connection from db.internal ", "cache miss for key "};

    return (size_t)snprintf(out, size,
                            "2026-11-%02uT%02u:%02u:%02u.%03uZ INFO [worker-%u] %s%08x%08x "
                            "status=%u duration=%ums\n",
                            1 + draw(30), draw(24), draw(60), draw(60), draw(1000), draw(16),
                            verbs[draw(4)], draw(UINT32_MAX), draw(UINT32_MAX), 200 + draw(300),
                            draw(1000));
}

static size_t base64_line(char *out, size_t size)
{
    (void)size;
    for (size_t i = 0; i < 76; i++)
        out[i] = letter();
    out[76] = '\n';
    return 77;
}

/* Words of machine code, tables of zeros and small numbers. */
static size_t binary_run(char *out, size_t size)
{
    unsigned kind = draw(4);

    for (size_t i = 0; i + 4 < size; i += 4) {
        unsigned word = kind == 0 ? 0 : kind == 1 ? draw(256) : draw(UINT32_MAX);

        memcpy(out + i, &word, 4);
    }
    return (size - 1) / 4 * 4;
}

typedef size_t make_line(char *out, size_t size);

static void fill(make_line *line)
{
    char one[256];

    for (size_t at = 0; at < FILE_SIZE;) {
        size_t len = line(one, sizeof one);

        if (len > FILE_SIZE - at)
            len = FILE_SIZE - at;
        memcpy(text + at, one, len);
        at += len;
    }
    text[FILE_SIZE - 1] = '\n';
}

/* ---- files and programs ---- */

static const char *path_of(const char *name)
{
    static char path[FOLDER_PATH + 16];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *data, size_t len)
{
    FILE *file = fopen(path_of(name), "wb");

    bench_must(file && fwrite(data, 1, len, file) == len && fclose(file) == 0, name);
}

static const char *const names[FILES] = {"texts/0", "texts/1", "texts/2", "texts/3"};

static void write_texts(make_line *line)
{
    for (size_t i = 0; i < FILES; i++) {
        fill(line);
        for (size_t j = 0; j < 4; j++) /* a few are there to be found */
            memcpy(text + FILE_SIZE / 5 * (j + 1), forms[i * 7 + j * 31],
                   strlen(forms[i * 7 + j * 31]));
        write_file(names[i], text, FILE_SIZE);
    }
}

static const struct needles *needles;
static size_t found;

static void run_ours(void *state)
{
    (void)state;
    found = 0;
    for (size_t i = 0; i < FILES; i++) {
        struct needles_scan scan = {.needles = needles};
        struct needles_match m;
        int fd = open(path_of(names[i]), O_RDONLY);

        if (fd < 0 || read(fd, text, FILE_SIZE) != FILE_SIZE)
            abort();
        close(fd);
        while (needles_next(&scan, (struct slice){text, FILE_SIZE}, NEEDLES_END, &m))
            found++;
        needles_scan_free(&scan);
    }
}

/* state: the command, whose exit status 0 says that something was found. */
static void run_theirs(void *state)
{
    bench_must(folder_shell(state) == 0, state);
}

static double rate(double seconds)
{
    return (double)FILES * FILE_SIZE / seconds * 1e-9;
}

static void measure(const char *kind, make_line *line)
{
    char grep[2048], rg[2048], what[64];
    struct bench_case cases[] = {
        {.run = run_ours}, {.run = run_theirs, .state = grep}, {.run = run_theirs, .state = rg}};
    bool has_rg = folder_shell("command -v rg >/dev/null") == 0;

    write_texts(line);
    snprintf(grep, sizeof grep, "LC_ALL=C grep -raFf %s/patterns %s/texts >%s/out", folder, folder,
             folder);
    snprintf(rg, sizeof rg, "rg -j1 -a -F --no-config -f %s/patterns %s/texts >%s/out", folder,
             folder, folder);
    bench_run(cases, has_rg ? 3 : 2, ROUNDS);
    snprintf(what, sizeof what, "needles: 4000 in %s, %zu found", kind, found);
    bench_report_least(what, rate(cases[0].seconds), "GB/s",
                       rate(cases[has_rg && cases[2].seconds < cases[1].seconds ? 2 : 1].seconds));
    bench_report("        grep -F", rate(cases[1].seconds), "GB/s");
    if (has_rg)
        bench_report("        rg -j1 -F", rate(cases[2].seconds), "GB/s");
    else
        printf("        rg is not here\n");
}

/* ---- what is slow ---- */

static void measure_letters(void)
{
    static char deep[1 << 16];
    struct slice few[] = {{deep, sizeof deep}, {deep, 8}};
    struct needles *made;
    double start, making;

    memset(deep, 'a', sizeof deep);
    deep[sizeof deep - 1] = 'b';
    start = bench_now();
    needles = made = needles_make(few, 2);
    making = bench_now() - start;
    bench_must(made, "no memory");
    for (size_t i = 0; i < FILES; i++) {
        memset(text, 'a', FILE_SIZE);
        write_file(names[i], text, FILE_SIZE);
    }
    start = bench_now();
    run_ours(NULL);
    bench_report("needles: one letter, and 64 KB of it with another one",
                 rate(bench_now() - start) * 1e3, "MB/s");
    bench_report("        making that", making * 1e3, "ms");
    needles_free(made);
}

static void report(const char *where)
{
    struct needles *made;
    double start;
    FILE *file;

    folder = where;
    make_patterns();
    bench_must(mkdir(path_of("texts"), 0700) == 0, "cannot make a folder");
    file = fopen(path_of("patterns"), "w");
    for (size_t i = 0; file && i < PATTERNS; i++)
        fprintf(file, "%s\n", forms[i]);
    bench_must(file && fclose(file) == 0, "cannot write the patterns");
    start = bench_now();
    needles = made = needles_make(patterns, PATTERNS);
    bench_report("needles: making 4000", (bench_now() - start) * 1e3, "ms");
    bench_must(made, "no memory");
    measure("source code", source_line);
    measure("logs", log_line);
    measure("base64", base64_line);
    measure("binaries", binary_run);
    needles_free(made);
    measure_letters();
}

int main(void)
{
    return sodium_init() < 0 ? 1 : folder_run(report);
}
