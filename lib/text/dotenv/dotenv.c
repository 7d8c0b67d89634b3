/* The table of dialects, and what is done before and after each of them reads. */
#include "reader.h"

#include <string.h>

enum line_ends { ALL_STAY, CRLF_BECOMES_LF, CR_BECOMES_LF };

static const struct dialect {
    const char *name;
    bool (*read)(struct dotenv_reader *r);
    enum line_ends line_ends;
    bool takes_bom;
} dialects[] = {
    [DOTENV_PLAIN] = {"", dotenv_plain, ALL_STAY, true},
    [DOTENV_NODE] = {"node", dotenv_node, CR_BECOMES_LF, true},
    [DOTENV_PYTHON] = {"python", dotenv_python, CR_BECOMES_LF, true},
    [DOTENV_RUBY] = {"ruby", dotenv_ruby, CR_BECOMES_LF, true},
    [DOTENV_COMPOSE] = {"compose", dotenv_compose, ALL_STAY, true},
    [DOTENV_GODOTENV] = {"godotenv", dotenv_godotenv, CRLF_BECOMES_LF, false},
};

bool dotenv_dialect_of(const char *name, enum dotenv_dialect *dialect)
{
    for (size_t i = 1; i < sizeof dialects / sizeof *dialects; i++)
        if (strcmp(name, dialects[i].name) == 0) {
            *dialect = (enum dotenv_dialect)i;
            return true;
        }
    return false;
}

/* Converts the line ends, in the arena; at is NULL if out of memory. */
static struct slice with_line_ends(struct slice text, enum line_ends ends, struct arena *arena)
{
    char *out = arena_alloc(arena, text.len);
    size_t len = 0;

    for (size_t i = 0; out && i < text.len; i++) {
        bool crlf = text.at[i] == '\r' && i + 1 < text.len && text.at[i + 1] == '\n';

        i += crlf;
        out[len++] = crlf || (text.at[i] == '\r' && ends == CR_BECOMES_LF) ? '\n' : text.at[i];
    }
    return (struct slice){out, len};
}

/* Drops names without a value, and all but the last of equal names. */
static void finish_pairs(struct vault_kv *kv)
{
    size_t kept = 0;

    kv_finish(kv);
    for (size_t i = 0; i < kv->count; i++)
        if (kv->pairs[i].value.at)
            kv->pairs[kept++] = kv->pairs[i];
    kv->count = kept;
}

static enum err_code refuse_names(const struct dotenv_reader *r)
{
    err_set(r->err, ERR_FORMAT, "invalid names: %.*s", (int)r->bad.len, r->bad.data);
    err_because(r->err, ERR_REASON_NAMES);
    return ERR_FORMAT;
}

/* r has what the caller of dotenv_read gave. */
static enum err_code read_as(const struct dialect *d, struct slice text, struct dotenv_reader r)
{
    struct arena arena = {0};
    struct err *err = r.err;
    enum err_code code = ERR_FAILED;

    if (d->line_ends != ALL_STAY && slice_has(text, '\r')) {
        text = with_line_ends(text, d->line_ends, &arena);
        if (!text.at)
            return err_no_memory(err);
    }
    r.at = r.counted = text.at;
    r.end = text.at + text.len;
    if (d->takes_bom && slice_begins(text, "\xEF\xBB\xBF")) {
        r.at += 3;
        dotenv_add_note(&r, r.at, "a byte order mark, which some parsers do not accept");
    }
    err->code = ERR_OK;
    if (!d->read(&r))
        code = err->code;
    else if (!buf_ok(&r.bad))
        code = err_no_memory(err);
    else
        code = r.bad.len ? refuse_names(&r) : ERR_OK;
    if (code == ERR_OK)
        finish_pairs(r.kv);
    buf_free(&r.bad);
    arena_free(&arena);
    return code;
}

enum err_code dotenv_read(struct slice text, enum dotenv_dialect dialect, struct vault_kv *kv,
                          dotenv_note *note, void *user, struct err *err)
{
    return read_as(
        &dialects[dialect], text,
        (struct dotenv_reader){.line = 1, .kv = kv, .note = note, .user = user, .err = err});
}

enum err_code dotenv_read_expanded(struct slice text, dotenv_variable *variable,
                                   struct vault_kv *kv, dotenv_note *note, void *user,
                                   struct err *err)
{
    struct dotenv_expansion expansion = {.variable = variable};
    enum err_code code = read_as(
        &dialects[DOTENV_PYTHON], text,
        (struct dotenv_reader){
            .line = 1, .kv = kv, .note = note, .user = user, .err = err, .expansion = &expansion});

    hashtable_free(&expansion.places);
    return code;
}
