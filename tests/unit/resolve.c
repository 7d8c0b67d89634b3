/* Templates among values: results, limits, and which error each text gets. */
#include "text/resolve.h"
#include "base/text.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 600 };

struct given {
    const char *secret, *name;
    struct slice value;
    bool is_template;
};

struct world {
    struct given list[MOST];
    size_t count, opened;
};

static void give(struct world *w, const char *secret, const char *name, const char *value,
                 bool is_template)
{
    w->list[w->count++] = (struct given){secret, name, slice_of(value), is_template};
}

static enum err_code open_secret(void *user, const char *env, struct slice secret,
                                 struct vault_kv **kv, struct err *err)
{
    struct world *w = user;

    (void)env;
    w->opened++;
    for (size_t i = 0; i < w->count; i++) {
        const struct given *g = &w->list[i];

        if (!slice_is(secret, g->secret))
            continue;
        if (!*kv)
            *kv = kv_new();
        if (!*kv || !kv_add(*kv, slice_of(g->name), g->value))
            return err_no_memory(err);
        (*kv)->pairs[(*kv)->count - 1].kind = g->is_template ? KV_TEMPLATE : KV_SEALED;
    }
    return ERR_OK;
}

/* Resolves s/A. expected NULL: an error for this reason, whose sentence ends in this path. */
static void makes(struct world *w, const char *what, const char *expected, enum err_reason reason,
                  const char *path)
{
    struct resolver r = RESOLVER(open_secret, w, "dev");
    struct err err = {.code = ERR_OK};
    struct slice value;
    enum err_code code = resolve(&r, slice_of("s"), slice_of("A"), &value, &err);
    bool good = expected ? code == ERR_OK && slice_is(value, expected)
                         : code != ERR_OK && !value.at && err.reason == reason &&
                               slice_ends(slice_of(err.text), path);

    if (!check(good, "%s", what))
        printf("# %d %d %s\n", (int)code, (int)err.reason, err.text);
    resolver_free(&r);
}

static void test_results(void)
{
    struct world w = {.count = 0};

    give(&w, "s", "A", "postgres://{{ U | url }}:{{ db/PW | url }}@{{ HOST }}/{{{{x}}", true);
    give(&w, "s", "U", "me@x", false);
    give(&w, "s", "HOST", "{{ db/NAME }}:5432", true);
    give(&w, "db", "NAME", "pg", false);
    give(&w, "db", "PW", "{{ U }}'", false);
    makes(&w, "filters, other secrets, a template in a template",
          "postgres://me%40x:%7B%7B%20U%20%7D%7D%27@pg:5432/{{x}}", ERR_REASON_NONE, "");

    w.count = 0;
    give(&w, "s", "A", "{{ B }}{{ C }}", true);
    give(&w, "s", "B", "{{ C }}", false);
    give(&w, "s", "C", "{{ D }}", true);
    give(&w, "s", "D", "{{{{ B }}", true);
    makes(&w, "nothing of a result is read for holes", "{{ C }}{{ B }}", ERR_REASON_NONE, "");

    w.count = 0;
    give(&w, "s", "A", "plain {{ B }}", false);
    makes(&w, "a plain value", "plain {{ B }}", ERR_REASON_NONE, "");
    w.count = 0;
    give(&w, "s", "A", "", true);
    makes(&w, "an empty text", "", ERR_REASON_NONE, "");
    w.count = 0;
    give(&w, "t", "A", "{{ X }}", true);
    give(&w, "t", "X", "t", false);
    give(&w, "s", "X", "s", false);
    give(&w, "s", "A", "{{ t/A }}{{ X }}", true);
    makes(&w, "a bare name is of the template's own secret", "ts", ERR_REASON_NONE, "");
}

static void test_errors(void)
{
    struct world w = {.count = 0};

    makes(&w, "no secret", NULL, ERR_REASON_TEMPLATE_MISSING, ": s/A");
    give(&w, "s", "A", "{{ t/B }}", true);
    makes(&w, "no such secret", NULL, ERR_REASON_TEMPLATE_MISSING, ": s/A -> t/B");
    give(&w, "t", "B", "{{ C }}", true);
    makes(&w, "a missing variable and its path", NULL, ERR_REASON_TEMPLATE_MISSING,
          ": s/A -> t/B -> t/C");
    give(&w, "t", "C", "{{ s/A }}", true);
    makes(&w, "a circle", NULL, ERR_REASON_TEMPLATE_CIRCULAR, ": s/A -> t/B -> t/C -> s/A");
    w.count = 0;
    give(&w, "s", "A", "{{ A }}", true);
    makes(&w, "itself", NULL, ERR_REASON_TEMPLATE_CIRCULAR, ": s/A -> s/A");
    w.count = 0;
    give(&w, "s", "A", "{{ B }}", true);
    give(&w, "s", "B", "x{{", true);
    makes(&w, "a wrong hole", NULL, ERR_REASON_TEMPLATE_SYNTAX, ": s/A -> s/B");
    w.count = 0;
    give(&w, "s", "A", "{{ B | json }}", true);
    give(&w, "s", "B", "\xFFsecret", false);
    makes(&w, "a value that is no text", NULL, ERR_REASON_TEMPLATE_FILTER, ": s/A -> s/B");
    w.count = 0;
    give(&w, "s", "A", "{{ B | shell }}", true);
    w.list[w.count++] = (struct given){"s", "B", {"a\0b", 3}, false};
    makes(&w, "a zero byte in a shell", NULL, ERR_REASON_TEMPLATE_FILTER, ": s/A -> s/B");
}

/* A chain of names: A, N2, …; the last one is a plain value, or a template without holes. */
static void test_chain(size_t names, bool last_is_template, bool reversed)
{
    static char name[MOST][8], text[MOST][16];
    struct world w = {.count = 0};
    struct resolver r = RESOLVER(open_secret, &w, "dev");
    struct err err = {.code = ERR_OK};
    struct slice value;
    enum err_code code = ERR_OK;

    for (size_t i = 1; i <= names; i++) {
        snprintf(name[i], sizeof name[i], i == 1 ? "A" : "N%zu", i);
        snprintf(text[i], sizeof text[i], i == names ? "end" : "{{ N%zu }}", i + 1);
        give(&w, "s", name[i], text[i], i < names || last_is_template);
    }
    for (size_t i = names; reversed && i > 1 && code == ERR_OK; i--) /* known before A is asked */
        if (names - i < RESOLVE_NAMES)
            code = resolve(&r, slice_of("s"), slice_of(name[i]), &value, &err);
    if (code == ERR_OK)
        code = resolve(&r, slice_of("s"), slice_of("A"), &value, &err);
    check(names <= RESOLVE_NAMES ? code == ERR_OK && slice_is(value, "end")
                                 : code == ERR_INVALID && err.reason == ERR_REASON_TEMPLATE_LIMIT,
          "%zu names%s%s", names, last_is_template ? ", all templates" : "",
          reversed ? ", the last one first" : "");
    check(w.opened == 1, "the secret is opened once");
    resolver_free(&r);
}

static char *repeated(const char *what, size_t times)
{
    size_t len = strlen(what);
    char *text = malloc(len * times + 1);

    if (!text)
        abort();
    for (size_t i = 0; i < times; i++)
        memcpy(text + i * len, what, len);
    text[len * times] = '\0';
    return text;
}

static void test_sizes(void)
{
    char *most = repeated("{{ B }}", RESOLVE_HOLES), *over = repeated("{{B}}", RESOLVE_HOLES + 1);
    char *large = repeated("x", RESOLVE_RESULT / RESOLVE_HOLES);
    char *larger = repeated("\xFF", RESOLVE_RESULT / RESOLVE_HOLES + 1);
    char *huge = repeated("\xFF", RESOLVE_RESULT), *urls = repeated("{{ B|url }}", RESOLVE_HOLES);
    struct world w = {.count = 0};
    struct resolver r = RESOLVER(open_secret, &w, "dev");
    struct err err;
    struct slice value;

    give(&w, "s", "A", over, true);
    give(&w, "s", "B", "b", false);
    makes(&w, "too many holes", NULL, ERR_REASON_TEMPLATE_LIMIT, ": s/A");
    w.list[0].value = slice_of(most);
    w.list[1].value = slice_of(large);
    check(resolve(&r, slice_of("s"), slice_of("A"), &value, &err) == ERR_OK &&
              value.len == RESOLVE_RESULT,
          "the largest result, of the most holes");
    resolver_free(&r);
    w.list[1].value = slice_of(larger);
    makes(&w, "too large a result", NULL, ERR_REASON_TEMPLATE_LIMIT, ": s/A");
    w.list[0].value = slice_of(urls);
    w.list[1].value = slice_of(huge);
    makes(&w, "256 times 3 MiB", NULL, ERR_REASON_TEMPLATE_LIMIT, ": s/A");
    free(most);
    free(over);
    free(large);
    free(larger);
    free(huge);
    free(urls);
}

/* 15 templates, each of 256 holes that name the next: each is resolved once. */
static void test_once(void)
{
    static char name[RESOLVE_NAMES + 1][8];
    char *text[RESOLVE_NAMES + 1] = {NULL};
    struct world w = {.count = 0};
    size_t looked = 0;
    struct resolver r = RESOLVER(open_secret, &w, "dev");
    struct err err;
    struct slice value;

    for (int i = 1; i <= RESOLVE_NAMES; i++) {
        char hole[16];

        snprintf(name[i], sizeof name[i], i == 1 ? "A" : "N%d", i);
        snprintf(hole, sizeof hole, "{{ N%d }}", i + 1);
        text[i] = repeated(hole, RESOLVE_HOLES);
        give(&w, "s", name[i], i == RESOLVE_NAMES ? "" : text[i], i < RESOLVE_NAMES);
    }
    check(resolve(&r, slice_of("s"), slice_of("A"), &value, &err) == ERR_OK && value.len == 0,
          "256 to the power of 15 holes");
    for (const struct resolved *at = r.first; at; at = at->next)
        looked++;
    check(looked == RESOLVE_NAMES, "each name is looked at once");
    resolver_free(&r);
    for (int i = 1; i <= RESOLVE_NAMES; i++)
        free(text[i]);
}

int main(void)
{
    struct err err;

    test_results();
    test_errors();
    for (size_t names = RESOLVE_NAMES - 1; names <= RESOLVE_NAMES + 1; names++)
        for (int i = 0; i < 4; i++)
            test_chain(names, i & 1, i & 2);
    test_sizes();
    test_once();
    check(resolve_check(slice_of("{{ A }} {{{{"), "A", &err) == ERR_OK &&
              resolve_check(slice_of("{{ A"), "A", &err) == ERR_INVALID &&
              err.reason == ERR_REASON_TEMPLATE_SYNTAX,
          "a text is checked without its variables");
    return tap_done();
}
