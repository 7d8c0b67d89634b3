/* Prints a TOML file as toml-test's tagged JSON: "toml FILE". The type of a number or boolean is
 * "bare". Exit status 1, with a message, if the file is refused; 2 if it could not be read. */
#include "text/toml.h"
#include "base/file.h"
#include "base/text.h"

#include <sodium.h>
#include <stdio.h>

/* NOLINTNEXTLINE(misc-no-recursion): at most TOML_DEPTH_MAX deep */
static void put_value(struct buf *out, const struct toml_value *v)
{
    if (v->type != TOML_TABLE) {
        buf_printf(out, "{\"type\": \"%s\", \"value\": ", v->type == TOML_BARE ? "bare" : "string");
        text_json(out, toml_text(v));
        buf_add_text(out, "}");
        return;
    }
    buf_add_text(out, "{");
    for (const struct toml_value *item = v->as.table.first; item; item = item->next) {
        text_json(out, toml_name(item));
        buf_add_text(out, ": ");
        put_value(out, item);
        buf_add_text(out, item->next ? ", " : "");
    }
    buf_add_text(out, "}");
}

int main(int argc, char **argv)
{
    struct buf text = {0}, json = {0};
    struct arena arena = {0};
    struct toml_value *root;
    struct err err;
    enum err_code code;

    if (argc != 2 || sodium_init() < 0)
        return 2;
    code = file_read(argv[1], TOML_TEXT_MAX, &text, NULL, &err);
    if (code != ERR_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    code = toml_parse(buf_slice(&text), &arena, &root, &err);
    if (code == ERR_OK)
        put_value(&json, root);
    else
        fprintf(stderr, "%s\n", err.text);
    if (fwrite(buf_slice(&json).at, 1, json.len, stdout) < json.len || !buf_ok(&json) ||
        fflush(stdout) != 0)
        code = ERR_FAILED;
    buf_free(&json);
    buf_free(&text);
    arena_free(&arena);
    return code == ERR_OK ? 0 : code == ERR_FORMAT ? 1 : 2;
}
