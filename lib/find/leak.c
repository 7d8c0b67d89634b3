/* Finds the vault's values in plain text. */
#include "leak.h"

#include "grams.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct pattern {
    size_t value;
    enum form form;
    size_t equal; /* the next pattern of the same bytes; 0: none */
};

struct leaks {
    struct forms forms; /* needles uses its checks */
    struct needles *needles;
    size_t count;             /* of values */
    struct pattern *patterns; /* one for each form */
    size_t pattern_count;
};

/* ---- what is worth looking for ---- */

static bool is_word(struct slice word)
{
    static const char *const words[] = {
        "access",      "account",   "address",  "admin",       "administrator",
        "alpha",       "amazonaws", "amqp",     "api",         "app",
        "application", "auth",      "aws",      "backend",     "beta",
        "bot",         "bucket",    "cache",    "canary",      "central",
        "change",      "changeit",  "changeme", "client",      "cloud",
        "cluster",     "com",       "config",   "connection",  "console",
        "content",     "data",      "database", "db",          "debug",
        "default",     "demo",      "deploy",   "dev",         "developer",
        "development", "disable",   "disabled", "docker",      "domain",
        "dummy",       "east",      "email",    "enable",      "enabled",
        "env",         "error",     "eu",       "example",     "external",
        "fake",        "false",     "file",     "folder",      "foo",
        "foobar",      "frontend",  "github",   "gitlab",      "global",
        "google",      "guest",     "hello",    "home",        "host",
        "hostname",    "html",      "http",     "https",       "id",
        "info",        "insecure",  "internal", "io",          "java",
        "javascript",  "json",      "key",      "kubernetes",  "level",
        "lib",         "live",      "local",    "localdomain", "localhost",
        "log",         "logging",   "login",    "mail",        "main",
        "manager",     "master",    "maximum",  "me",          "medium",
        "memory",      "minimum",   "mongo",    "mongodb",     "my",
        "mysql",       "name",      "net",      "network",     "nginx",
        "no",          "node",      "none",     "north",       "null",
        "of",          "off",       "on",       "optional",    "org",
        "owner",       "pass",      "password", "path",        "placeholder",
        "plain",       "port",      "postgres", "postgresql",  "prefer",
        "preprod",     "private",   "prod",     "production",  "project",
        "proxy",       "public",    "python",   "qa",          "queue",
        "rabbitmq",    "read",      "redis",    "region",      "release",
        "remote",      "require",   "required", "root",        "ruby",
        "sample",      "sandbox",   "secret",   "secure",      "server",
        "service",     "session",   "smtp",     "some",        "south",
        "sql",         "sqlite",    "ssl",      "stable",      "stage",
        "staging",     "standard",  "storage",  "store",       "string",
        "svc",         "system",    "team",     "temp",        "temporary",
        "test",        "testing",   "text",     "the",         "this",
        "tls",         "tmp",       "to",       "token",       "trace",
        "true",        "undefined", "unknown",  "us",          "user",
        "username",    "users",     "utf",      "value",       "var",
        "verbose",     "verify",    "version",  "warn",        "warning",
        "web",         "west",      "worker",   "world",       "write",
        "www",         "yes",       "your",     "zone",
    };
    char lower[16];

    if (word.len >= sizeof lower)
        return false;
    for (size_t i = 0; i < word.len; i++)
        lower[i] = (char)(word.at[i] | 0x20);
    lower[word.len] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(lower, words[i]) == 0)
            return true;
    return false;
}

static bool is_one_byte(struct slice value)
{
    return memcmp(value.at, value.at + 1, value.len - 1) == 0;
}

static bool is_number(struct slice word)
{
    uint64_t number;

    return word.len <= 5 && text_number(word, 99999, &number);
}

/* "localhost", "http://localhost:3000", "us-east-1", "127.0.0.1", "--------". */
static bool is_common(struct slice value)
{
    bool word_seen = slice_begins(value, "127.0.0.1");

    if (is_one_byte(value))
        return true;
    for (size_t at = 0; at < value.len;) {
        struct slice word = {value.at + at, 0};

        while (at + word.len < value.len && text_is_alnum(word.at[word.len]))
            word.len++;
        if (word.len > 0 && !is_number(word)) {
            if (!is_word(word))
                return false;
            word_seen = true;
        }
        if (word.len == 0 && (unsigned char)*word.at >= 0x80)
            return false;
        at += word.len + (word.len == 0);
    }
    return word_seen;
}

enum leak_worth leak_judge(struct slice value)
{
    if (value.len < LEAK_SHORTEST)
        return LEAK_TOO_SHORT;
    return is_common(value) ? LEAK_COMMON : LEAK_WORTH;
}

/* ---- patterns ---- */

/* Without the newlines at its end, which are often lost. */
static struct slice searched_part(struct slice value)
{
    while (value.len > LEAK_SHORTEST && text_is_one_of(value.at[value.len - 1], "\r\n"))
        value.len--;
    if (value.len <= LEAK_LONGEST)
        return value;
    return (struct slice){value.at + (value.len - LEAK_LONGEST) / 2, LEAK_LONGEST};
}

static bool add_value(struct leaks *l, struct slice value, size_t number)
{
    size_t count;

    if (!forms_add(&l->forms, searched_part(value), FORMS_TO_FIND))
        return false;
    for (forms_list(&l->forms, &count); l->pattern_count < count; l->pattern_count++) {
        struct pattern *grown = list_grow(l->patterns, l->pattern_count, sizeof *grown);

        if (!grown)
            return false;
        l->patterns = grown;
        grown[l->pattern_count] =
            (struct pattern){number, forms_kind(&l->forms, l->pattern_count), 0};
    }
    return true;
}

static int compare_patterns(const void *a, const void *b)
{
    const struct needles_pattern *const *x = a, *const *y = b;
    int order = needles_compare(*x, *y);

    return order ? order : (*x > *y) - (*x < *y);
}

/* A form of a value may be a form of another one; needles reports the first of equal patterns. */
static bool link_equal(struct leaks *l, const struct needles_pattern *list)
{
    const struct needles_pattern **order = calloc(l->pattern_count + 1, sizeof *order);

    for (size_t i = 0; order && i < l->pattern_count; i++)
        order[i] = &list[i];
    if (order)
        qsort(order, l->pattern_count, sizeof *order, compare_patterns);
    for (size_t i = 1; order && i < l->pattern_count; i++)
        if (needles_compare(order[i - 1], order[i]) == 0)
            l->patterns[order[i - 1] - list].equal = (size_t)(order[i] - list);
    free(order);
    return order != NULL;
}

struct leaks *leaks_make(const struct slice *values, size_t count)
{
    return leaks_make_for(values, count, NULL);
}

struct leaks *leaks_make_for(const struct slice *values, size_t count, const struct grams *grams)
{
    struct leaks *l = calloc(1, sizeof *l);
    bool good = l;

    if (l)
        *l = (struct leaks){.forms = FORMS_NONE, .count = count};
    for (size_t i = 0; i < count && good; i++)
        if (!grams || grams_may_have(grams, searched_part(values[i])))
            good = add_value(l, values[i], i);
    if (good) {
        const struct needles_pattern *list = forms_list(&l->forms, &count);

        if (link_equal(l, list))
            l->needles = needles_make_long(list, count);
        forms_done(&l->forms);
    }
    stack_wipe();
    if (!l || l->needles)
        return l;
    leaks_free(l);
    return NULL;
}

void leaks_free(struct leaks *l)
{
    if (!l)
        return;
    needles_free(l->needles);
    forms_free(&l->forms);
    free(l->patterns);
    free(l);
}

/* ---- a walk ---- */

/* A match at the reported place, or inside another match there. */
struct hit {
    size_t pattern;
    size_t at, len; /* in the text */
};

void leak_begin(struct leak_walk *w, const struct leaks *leaks)
{
    *w = (struct leak_walk){.leaks = leaks, .text = BUF_SECRET};
    w->reported = calloc(leaks->count + 1, sizeof *w->reported);
    w->seen = calloc(leaks->pattern_count + 1, sizeof *w->seen);
    leak_new_text(w);
}

void leak_end(struct leak_walk *w)
{
    needles_scan_free(&w->scan);
    buf_free(&w->text);
    buf_free(&w->hits);
    free(w->reported);
    free(w->seen);
}

/* The old text stays in the buffer until it is overwritten or freed: wiping it for each text would
 * take longer than the search. */
void leak_new_text(struct leak_walk *w)
{
    if (w->scan.needles)
        needles_scan_free(&w->scan);
    w->scan = (struct needles_scan){.needles = w->leaks->needles};
    w->text.len = w->before = w->counted = 0;
    w->line = 1;
    w->begun = w->binary = false;
    w->hits.len = w->taken = 0;
    w->texts++;
}

/* Eight bytes at a time: the sum sets the high bit of each byte that is not a newline. */
static size_t count_newlines(const char *at, size_t len)
{
    const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F), ones = UINT64_C(0x0101010101010101);
    size_t count = 0, i = 0;

    for (; i + 8 <= len; i += 8) {
        uint64_t word;

        memcpy(&word, at + i, sizeof word);
        word ^= ones * '\n';
        word = ~(((word & low) + low) | word) >> 7 & ones;
        count += word * ones >> 56;
    }
    for (; i < len; i++)
        count += at[i] == '\n';
    return count;
}

static void count_up_to(struct leak_walk *w, size_t at)
{
    if (!w->binary && at > w->counted)
        w->line += count_newlines(w->text.data + w->counted, at - w->counted);
    w->counted = at;
}

char *leak_room(struct leak_walk *w, size_t size)
{
    size_t settled = w->text.len > 0 ? needles_settled(&w->scan) : 0;

    if (settled > w->text.len)
        settled = w->text.len;
    if (settled > 0) {
        count_up_to(w, settled);
        w->counted = 0;
        w->before += settled;
        needles_drop(&w->scan, settled);
        w->text.len -= settled;
        memmove(w->text.data, w->text.data + settled, w->text.len);
    }
    return buf_reserve(&w->text, size);
}

void leak_add(struct leak_walk *w, size_t len)
{
    w->text.len += len;
    if (w->begun || len == 0)
        return;
    w->begun = true;
    w->binary = memchr(w->text.data, '\0', len < LEAK_TEXT_LOOK ? len : LEAK_TEXT_LOOK) != NULL;
}

static void add_hit(struct leak_walk *w, size_t at, const struct needles_match *m)
{
    const struct pattern *patterns = w->leaks->patterns;
    struct hit hit = {m->pattern, at + m->at, m->len};

    do
        buf_add(&w->hits, &hit, sizeof hit);
    while ((hit.pattern = patterns[hit.pattern].equal) != 0);
}

/* Whether this is the first match on its line; in a binary text, each offset is a line. */
static bool is_first(const struct leak_walk *w, struct leak_place *last)
{
    struct leak_place place = {w->texts, w->binary ? w->found.offset : w->found.line};
    bool first = last->text != place.text || last->place != place.place;

    *last = place;
    return first;
}

static void add_inner(struct leak_walk *w, size_t at, size_t len)
{
    struct needles_scan scan = {.needles = w->leaks->needles};
    struct slice text = {w->text.data + at, len};
    struct needles_match m;

    while (needles_next(&scan, text, NEEDLES_END, &m))
        add_hit(w, at, &m);
    w->failed = w->failed || !needles_scan_ok(&scan);
    needles_scan_free(&scan);
}

/* The next value at the place of the match, then those inside that match. */
static bool next_hit(struct leak_walk *w, struct leak *leak)
{
    while (w->taken < w->hits.len) {
        const struct pattern *pattern;
        struct hit hit;

        memcpy(&hit, w->hits.data + w->taken, sizeof hit);
        w->taken += sizeof hit;
        pattern = &w->leaks->patterns[hit.pattern];
        if (!is_first(w, &w->seen[hit.pattern]))
            continue;
        add_inner(w, hit.at, hit.len - 1);
        add_inner(w, hit.at + 1, hit.len - 1);
        if (!is_first(w, &w->reported[pattern->value]))
            continue;
        *leak = w->found;
        leak->value = pattern->value;
        leak->form = pattern->form;
        return true;
    }
    w->hits.len = w->taken = 0;
    return false;
}

bool leak_next(struct leak_walk *w, enum needles_rest rest, struct leak *leak)
{
    struct needles_match m;

    if (!w->reported || !w->seen)
        return false;
    while (!next_hit(w, leak)) {
        if (!needles_next(&w->scan, buf_slice(&w->text), rest, &m))
            return false;
        count_up_to(w, m.at);
        w->found.line = w->binary ? 0 : w->line;
        w->found.offset = w->before + m.at;
        add_hit(w, 0, &m);
    }
    return true;
}

bool leak_ok(const struct leak_walk *w)
{
    return w->reported && w->seen && !w->failed && needles_scan_ok(&w->scan) && buf_ok(&w->text) &&
           buf_ok(&w->hits);
}

/* ---- files of variables ---- */

bool leak_is_env_file(const char *path)
{
    static const char *const examples[] = {".example", ".sample", ".template", ".dist",
                                           ".defaults"};
    const char *slash = strrchr(path, '/');
    struct slice name = slice_of(slash ? slash + 1 : path);

    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        if (slice_ends(name, examples[i]))
            return false;
    return slice_begins(name, ".env.") || slice_is(name, ".envrc") || slice_ends(name, ".env");
}

static struct slice trimmed(struct slice s)
{
    while (s.len > 0 && text_is_one_of(s.at[0], " \t\r"))
        s.at++, s.len--;
    while (s.len > 0 && text_is_one_of(s.at[s.len - 1], " \t\r"))
        s.len--;
    return s;
}

/* The text between quotes, or before a comment. */
static struct slice bare(struct slice s)
{
    const bool quoted = s.len > 0 && text_is_one_of(s.at[0], "\"'`");
    const char *end = quoted ? memchr(s.at + 1, s.at[0], s.len - 1) : NULL;

    if (end)
        return (struct slice){s.at + 1, (size_t)(end - s.at) - 1};
    for (size_t i = 1; i < s.len; i++)
        if (s.at[i] == '#' && text_is_one_of(s.at[i - 1], " \t"))
            return trimmed((struct slice){s.at, i});
    return s;
}

bool leak_assignment(struct slice line, struct slice *key, struct slice *value)
{
    const char *equals = memchr(line.at, '=', line.len);

    if (!equals)
        return false;
    *key = trimmed((struct slice){line.at, (size_t)(equals - line.at)});
    if (slice_begins(*key, "export ") || slice_begins(*key, "export\t"))
        *key = trimmed((struct slice){key->at + 7, key->len - 7});
    *value = bare(trimmed((struct slice){equals + 1, (size_t)(line.at + line.len - equals) - 1}));
    return text_is_key(*key);
}
