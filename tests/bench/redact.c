/* Masking the forms of 50 values in what streams by: the brick in pieces as a pipe hands them on,
 * and 100 MB through the program, beside a pipe without it. */
#include "find/redact.h"
#include "folder.h"

#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VALUES = 50, VALUE_MOST = 48, SIZE = 100 << 20, PIECE = 65536, ROUNDS = 9 };
enum { LONG_VALUES = 8, LONG = 1 << 20 };

static char values[VALUES][VALUE_MOST + 1], keys[VALUES][16];

static void make_values(void)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "-_+/=.,:;!?@#%&*() \"'<>";

    for (size_t i = 0; i < VALUES; i++) {
        size_t len = 8 + randombytes_uniform(VALUE_MOST - 7);

        for (size_t j = 0; j < len; j++)
            values[i][j] = alphabet[randombytes_uniform(i % 2 ? 62 : sizeof alphabet - 1)];
        snprintf(keys[i], sizeof keys[i], "KEY_%zu", i);
    }
}

/* Lines of a log, with a value in some. */
static void fill(char *text, unsigned per_million)
{
    size_t at = 0;

    while (at < SIZE) {
        char line[256];
        int len = snprintf(line, sizeof line,
                           "2026-11-21T05:30:%02u.%06uZ INFO worker-%u: GET /api/v1/users/%08x "
                           "status=200 %s\n",
                           randombytes_uniform(60), randombytes_uniform(1000000),
                           randombytes_uniform(16), randombytes_random(),
                           randombytes_uniform(1000000) < per_million
                               ? values[randombytes_uniform(VALUES)]
                               : "nothing of note");
        size_t left = SIZE - at;

        memcpy(text + at, line, (size_t)len < left ? (size_t)len : left);
        at += (size_t)len;
    }
}

struct text {
    const struct redact *redact;
    const char *at;
};

static void mask(void *state)
{
    const struct text *text = state;
    struct redact_stream s = redact_stream_of(text->redact);
    struct buf out = {0};

    for (size_t at = 0; at < SIZE; at += PIECE) {
        if (!redact_feed(&s, (struct slice){text->at + at, SIZE - at < PIECE ? SIZE - at : PIECE},
                         &out))
            abort();
        bench_use(out.data);
        buf_clear(&out);
    }
    if (!redact_flush(&s, &out))
        abort();
    redact_stream_free(&s);
    buf_free(&out);
}

static double rate(double seconds)
{
    return SIZE / seconds * 1e-6;
}

static void measure_brick(const struct redact *r, char *text)
{
    struct text state = {r, text};
    struct bench_case one = {.run = mask, .state = &state};
    static const unsigned densities[] = {0, 10000, 1000000};
    char what[64];

    for (size_t i = 0; i < sizeof densities / sizeof *densities; i++) {
        fill(text, densities[i]);
        bench_run(&one, 1, ROUNDS);
        snprintf(what, sizeof what, "redact: 50 values, in %u %% of the lines of a log",
                 densities[i] / 10000);
        if (densities[i] < 1000000)
            bench_report_least(what, rate(one.seconds), "MB/s", 500);
        else
            bench_report(what, rate(one.seconds), "MB/s");
    }
    randombytes_buf(text, SIZE);
    bench_run(&one, 1, ROUNDS);
    bench_report_least("redact: 50 values, random bytes", rate(one.seconds), "MB/s", 500);
}

/* ---- the program: BIN, or ./vault ---- */

static void run(void *state)
{
    bench_must(folder_shell(state) == 0, state);
}

static const char *path_of(const char *folder, const char *name)
{
    static char path[FOLDER_PATH + 16];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void make_vault(const char *folder)
{
    FILE *file = fopen(path_of(folder, "values.json"), "w");

    for (size_t i = 0; file && i < VALUES; i++) {
        fprintf(file, "%s\"%s\": \"", i ? ", " : "{", keys[i]);
        for (const char *c = values[i]; *c; c++)
            fprintf(file, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
        fprintf(file, "\"");
    }
    bench_must(file && fprintf(file, "}\n") > 0 && fclose(file) == 0, "cannot write the values");
    bench_must(chdir(folder) == 0 && setenv("XDG_CONFIG_HOME", folder, 1) == 0 &&
                   folder_shell("\"$PROGRAM\" init 2>/dev/null && "
                                "\"$PROGRAM\" create app --from-json values.json 2>/dev/null") == 0,
               "cannot make a vault");
}

static void measure_program(const char *folder, const char *text)
{
    static char ours[] = "\"$PROGRAM\" exec --redact -- cat text | cat >/dev/null",
                theirs[] = "cat text | cat >/dev/null",
                start[] = "\"$PROGRAM\" exec --redact -- true",
                plain[] = "\"$PROGRAM\" exec -- true";
    struct bench_case cases[] = {{.run = run, .state = ours},
                                 {.run = run, .state = theirs},
                                 {.run = run, .state = start},
                                 {.run = run, .state = plain}};
    FILE *file;

    make_vault(folder);
    file = fopen("text", "wb");
    bench_must(file && fwrite(text, 1, SIZE, file) == SIZE && fclose(file) == 0,
               "cannot write the text");
    bench_run(cases, 4, ROUNDS);
    bench_report_least("redact: 100 MB through exec --redact -- cat | cat", rate(cases[0].seconds),
                       "MB/s", 500);
    bench_report("        cat | cat alone", rate(cases[1].seconds), "MB/s");
    bench_report("redact: exec --redact -- true, with 50 values", cases[2].seconds * 1e3, "ms");
    bench_report("        exec -- true", cases[3].seconds * 1e3, "ms");
}

static void make_redact(void *state)
{
    struct redact *r = redact_make(state, LONG_VALUES);

    bench_must(r, "no memory");
    redact_free(r);
}

/* Values of 1 MB, of this many letters. Those of JSON have the most forms that differ. */
static void measure_long(const char *what, unsigned letters, double bar)
{
    static const char alphabet[] =
        "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+/\"{}\n ";
    struct redact_value list[LONG_VALUES];
    struct bench_case one = {.run = make_redact, .state = list};
    char *bytes = malloc(LONG_VALUES * (size_t)LONG);

    bench_must(bytes, "no memory");
    for (size_t i = 0; i < LONG_VALUES * (size_t)LONG; i++)
        bytes[i] = alphabet[randombytes_uniform(letters)];
    for (size_t i = 0; i < LONG_VALUES; i++)
        list[i] = (struct redact_value){{"app", 3}, {"LONG", 4}, {bytes + i * LONG, LONG}};
    bench_run(&one, 1, 3);
    bench_report_most(what, one.seconds, "s", bar);
    free(bytes);
}

static void report(const char *folder)
{
    struct redact_value list[VALUES];
    char *text = malloc(SIZE);
    struct redact *r;
    double start;

    make_values();
    for (size_t i = 0; i < VALUES; i++)
        list[i] = (struct redact_value){{"app", 3}, slice_of(keys[i]), slice_of(values[i])};
    measure_long("redact: making eight values of 1 MB ready, of base64", 64, 1);
    measure_long("redact: making eight values of 1 MB ready, of JSON", 71, 2.5);
    start = bench_now();
    r = redact_make(list, VALUES);
    bench_report("redact: making 50 values ready", (bench_now() - start) * 1e3, "ms");
    bench_must(r && text, "no memory");
    measure_brick(r, text);
    fill(text, 10000);
    measure_program(folder, text);
    redact_free(r);
    free(text);
}

int main(void)
{
    char *program = realpath(getenv("BIN") ? getenv("BIN") : "vault", NULL);
    bool good = sodium_init() >= 0 && program && setenv("PROGRAM", program, 1) == 0;

    free(program);
    return good ? folder_run(report) : 1;
}
