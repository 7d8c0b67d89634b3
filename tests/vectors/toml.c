/* Prints a TOML file as toml-test's tagged JSON: "toml FILE". One that is invalid is said so on
 * stderr, with exit status 1; what could not be tried is 2. */
#include "text/toml.h"
#include "base/file.h"
#include "base/text.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

static void put_date(struct buf *out, const struct toml_time *t)
{
    buf_printf(out, "%04d-%02d-%02d", t->year, t->month, t->day);
}

static void put_clock(struct buf *out, const struct toml_time *t)
{
    buf_printf(out, "%02d:%02d:%02d.%09" PRIu32, t->hour, t->minute, t->second, t->nanosecond);
}

static void put_offset(struct buf *out, int offset)
{
    int minutes = offset < 0 ? -offset : offset;

    buf_printf(out, "%c%02d:%02d", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static void put_scalar(struct buf *out, const struct toml_value *v)
{
    static const char *const tags[] = {
        [TOML_STRING] = "string",
        [TOML_INTEGER] = "integer",
        [TOML_FLOAT] = "float",
        [TOML_BOOLEAN] = "bool",
        [TOML_OFFSET_DATE_TIME] = "datetime",
        [TOML_LOCAL_DATE_TIME] = "datetime-local",
        [TOML_LOCAL_DATE] = "date-local",
        [TOML_LOCAL_TIME] = "time-local",
    };
    bool has_date = v->type >= TOML_OFFSET_DATE_TIME && v->type <= TOML_LOCAL_DATE;
    bool has_both = v->type == TOML_OFFSET_DATE_TIME || v->type == TOML_LOCAL_DATE_TIME;

    buf_printf(out, "{\"type\": \"%s\", \"value\": ", tags[v->type]);
    if (v->type == TOML_STRING) {
        text_json(out, toml_string(v));
        buf_add_text(out, "}");
        return;
    }
    buf_add_text(out, "\"");
    if (v->type == TOML_INTEGER)
        buf_printf(out, "%" PRId64, v->as.integer);
    if (v->type == TOML_FLOAT)
        buf_printf(out, "%.17g", v->as.number);
    if (v->type == TOML_BOOLEAN)
        buf_add_text(out, v->as.boolean ? "true" : "false");
    if (has_date)
        put_date(out, v->as.time);
    if (has_both)
        buf_add_text(out, "T");
    if (has_both || v->type == TOML_LOCAL_TIME)
        put_clock(out, v->as.time);
    if (v->type == TOML_OFFSET_DATE_TIME)
        put_offset(out, v->as.time->offset);
    buf_add_text(out, "\"}");
}

/* NOLINTNEXTLINE(misc-no-recursion): at most TOML_DEPTH_MAX deep */
static void put_value(struct buf *out, const struct toml_value *v)
{
    bool is_table = v->type == TOML_TABLE;

    if (v->type != TOML_ARRAY && !is_table) {
        put_scalar(out, v);
        return;
    }
    buf_add_text(out, is_table ? "{" : "[");
    for (const struct toml_value *item = v->as.list->first; item; item = item->next) {
        if (is_table) {
            text_json(out, toml_name(item));
            buf_add_text(out, ": ");
        }
        put_value(out, item);
        buf_add_text(out, item->next ? ", " : "");
    }
    buf_add_text(out, is_table ? "}" : "]");
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
    if (code != ERR_NONE) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    code = toml_parse(buf_slice(&text), &arena, &root, &err);
    if (code == ERR_NONE)
        put_value(&json, root);
    else
        fprintf(stderr, "%s\n", err.text);
    if (fwrite(buf_slice(&json).at, 1, json.len, stdout) < json.len || !buf_ok(&json) ||
        fflush(stdout) != 0)
        code = ERR_FAILED;
    buf_free(&json);
    buf_free(&text);
    arena_free(&arena);
    return code == ERR_NONE ? 0 : code == ERR_FORMAT ? 1 : 2;
}
