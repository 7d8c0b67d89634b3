/* Reads any text as TOML, then walks the tree: all of it can be touched and found, and it is as
 * deep and in the order that toml.h says. */
#include "text/toml.h"
#include "base/text.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

/* NOLINTNEXTLINE(misc-no-recursion): at most TOML_DEPTH_MAX deep, which it sees to */
static void walk(const struct toml_value *table, unsigned depth)
{
    const struct toml_value *last = NULL;
    size_t count = 0;

    demand(depth <= TOML_DEPTH_MAX, "too deep");
    for (const struct toml_value *v = table->as.table.first; v; last = v, v = v->next, count++) {
        demand(v->line > 0, "no line");
        demand(text_is_utf8(toml_name(v)), "a name is not UTF-8");
        if (count < 1000) /* it is linear */
            demand(toml_find(table, toml_name(v)) == v, "a name is not found, or there twice");
        if (v->type == TOML_TABLE)
            walk(v, depth + 1);
        else
            demand(text_is_utf8(toml_text(v)), "a string is not UTF-8");
    }
    demand(last == table->as.table.last && count == table->len, "a broken list");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    struct arena arena = {0};
    struct toml_value *root;
    struct err err;

    demand(sodium_init() >= 0, "no libsodium");
    if (toml_parse(text, &arena, &root, &err) == ERR_OK)
        walk(root, 0);
    else
        demand(strncmp(err.text, "line ", 5) == 0, "an error without its place");
    arena_free(&arena);
    return 0;
}
