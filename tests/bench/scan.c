/* scan of 1 GB of text for 1000 values, beside grep -F and ripgrep with the same values on one
 * core, which look for no base64; and what the hook adds to an ordinary commit.
 *
 * BIN names the program. What is not there is named, and not measured. */
#include "folder.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

enum {
    VALUES = 1000,
    COMMITTED = 60, /* values in the vault of the hook */
    BLOCK = 16 << 20,
    FILE_SIZE = 256 << 10,
    FILES = 4096, /* 1 GiB */
    ROUNDS = 5,
    COMMITS = 31
};

#define PEER_BAR 1.0 /* times the quickest of the others */
#define HOOK_BAR 50  /* ms */

static uint64_t seed = 1;

static unsigned draw(unsigned below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % below;
}

/* What people keep: keys with a prefix, addresses with a password in them, tokens. */
static void draw_value(char *out, size_t size)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    char word[41];
    size_t len = 12 + draw(29);

    for (size_t i = 0; i < len; i++)
        word[i] = letters[draw(64)];
    word[len] = '\0';
    switch (draw(6)) {
    case 0:
        snprintf(out, size, "postgres://app:%s@db.internal/app", word);
        break;
    case 1:
        snprintf(out, size, "sk_live_%s", word);
        break;
    default:
        snprintf(out, size, "%s", word);
    }
}

static void add_line(char *block, size_t *at)
{
    static const char *const words[] = {
        "if (",     "return ",  "static ", "const char *", "struct ", "size_t ", "for (",
        "len",      "buf",      "value",   "(i = 0; i < ", "->next",  " = ",     " + 1",
        ");",       "{",        "}",       "/* the ",      "error",   "NULL",    "name",
        "password", "https://", "config",  ", ",           "_key",    "data",    "\"",
        "    ",     "postgres", "sk_live", "0x7f",         "import ", "def ",    "self."};

    for (unsigned n = draw(14); n > 0 && *at < BLOCK - 32; n--)
        *at += (size_t)snprintf(block + *at, BLOCK - *at, "%s",
                                words[draw(sizeof words / sizeof *words)]);
    block[(*at)++] = '\n';
}

static FILE *open_file(const char *folder, const char *name)
{
    char path[2 * FOLDER_PATH];
    FILE *file;

    snprintf(path, sizeof path, "%.500s/%.500s", folder, name);
    file = fopen(path, "wb");
    bench_must(file, path);
    return file;
}

static void write_texts(const char *folder)
{
    char *block = malloc(BLOCK), path[FOLDER_PATH + 64];
    size_t at = 0;

    bench_must(block, "out of memory");
    while (at < BLOCK - 64)
        add_line(block, &at);
    snprintf(path, sizeof path, "%s/texts", folder);
    bench_must(mkdir(path, 0700) == 0, path);
    for (unsigned i = 0; i < FILES; i++) {
        char name[32];
        FILE *file;

        snprintf(name, sizeof name, "texts/%04u.c", i);
        file = open_file(folder, name);
        bench_must(fwrite(block + draw(BLOCK - 64 - FILE_SIZE), 1, FILE_SIZE, file) == FILE_SIZE &&
                       fclose(file) == 0,
                   name);
    }
    free(block);
}

static void write_values(const char *folder, size_t count)
{
    FILE *patterns = open_file(folder, "patterns"), *env = open_file(folder, "values.env");

    for (size_t i = 0; i < count; i++) {
        char value[128];

        draw_value(value, sizeof value);
        fprintf(patterns, "%s\n", value);
        fprintf(env, "KEY_%zu=%s\n", i, value);
    }
    bench_must(fclose(patterns) == 0 && fclose(env) == 0, "cannot write the values");
}

/* state: a command for sh, which must succeed. */
static void run(void *state)
{
    bench_must(folder_shell(state) == 0, state);
}

#define IN_FOLDER "cd \"$FOLDER\" && "
#define FINDS_NONE "; [ $? -eq 1 ]"

static void report_peer(const char *name, const struct bench_case *c)
{
    char what[64];

    snprintf(what, sizeof what, "scan: 1 GiB, 1000 values, beside %s", name);
    bench_report_most(what, 1 / c->ratio, "times", PEER_BAR);
    snprintf(what, sizeof what, "        %s", name);
    bench_report(what, c->seconds, "s");
}

static void measure_scan(const char *folder)
{
    struct bench_case cases[] = {
        {.run = run, .state = IN_FOLDER "\"$BIN\" scan texts 2>scan.log"},
        {.run = run, .state = IN_FOLDER "LC_ALL=C grep -rFf patterns texts" FINDS_NONE},
        {.run = run, .state = IN_FOLDER "rg -j1 -F --no-config -f patterns texts" FINDS_NONE}};
    bool has_rg = folder_shell("command -v rg >/dev/null") == 0;

    write_texts(folder);
    write_values(folder, VALUES);
    run(IN_FOLDER "\"$BIN\" init 2>log && \"$BIN\" create app --from-dotenv ./values.env 2>log");
    run(IN_FOLDER "cat texts/* >/dev/null");
    bench_run(cases, has_rg ? 3 : 2, ROUNDS);
    run(IN_FOLDER "grep -q 'searched for 1000 values in 4096 files: found in 0 places' scan.log");
    bench_report("scan: 1 GiB, 1000 values and their base64", cases[0].seconds, "s");
    report_peer("grep -rFf", &cases[1]);
    if (has_rg)
        report_peer("rg -j1 -F -f", &cases[2]);
    else
        printf("        rg is not here\n");
}

#define COMMIT                                                                                    \
    IN_FOLDER "cd repository && for i in 1 2 3 4 5; do echo $i$$ >>file$i; done && git add . && " \
              "git commit -qm more"

static void measure_hook(const char *folder)
{
    struct bench_case cases[] = {{.run = run, .state = COMMIT " --no-verify"},
                                 {.run = run, .state = COMMIT}};

    if (folder_shell("command -v git >/dev/null") != 0) {
        printf("        git is not here\n");
        return;
    }
    write_values(folder, COMMITTED);
    run(IN_FOLDER "git init -q repository && cd repository && \"$BIN\" init -e dev,prod 2>log && "
                  "\"$BIN\" create app --from-dotenv ../values.env 2>log && "
                  "\"$BIN\" create app -e prod --from-dotenv ../values.env 2>log && "
                  "\"$BIN\" git-setup 2>log && git config user.name Test && "
                  "git config user.email test@example.org && git config gc.auto 0");
    bench_run(cases, 2, COMMITS);
    bench_report("git commit of five files, without the hook", cases[0].seconds * 1e3, "ms");
    bench_report_most("        the hook adds", (cases[1].seconds - cases[0].seconds) * 1e3, "ms",
                      HOOK_BAR);
}

static void report(const char *folder)
{
    char place[FOLDER_PATH + 16];

    bench_must(setenv("FOLDER", folder, 1) == 0 && setenv("HOME", folder, 1) == 0 &&
                   setenv("GIT_CONFIG_NOSYSTEM", "1", 1) == 0,
               "cannot set the environment");
    snprintf(place, sizeof place, "%s/config", folder);
    setenv("XDG_CONFIG_HOME", place, 1);
    snprintf(place, sizeof place, "%s/state", folder);
    setenv("XDG_STATE_HOME", place, 1);
    measure_scan(folder);
    measure_hook(folder);
    fflush(stdout);
}

int main(void)
{
    bench_must(getenv("BIN"), "BIN is to name the program");
    return folder_run(report);
}
