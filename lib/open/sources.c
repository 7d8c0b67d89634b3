/* Sets of values from dotenv files and environment variables. */
#include "sources.h"

#include "text/dotenv/dotenv.h"
#include "variables.h"
#include "vault/secrets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DOTENV_FILE_MAX = 16 << 20 };

enum err_code sources_add(struct vault *v, struct vault_kv *kv, const char *name,
                          struct slice value)
{
    enum err_code code = secrets_check_variable(v, name, value);

    if (code == ERR_OK && !kv_add(kv, slice_of(name), value))
        code = err_no_memory(&v->err);
    return code;
}

enum err_code sources_read_environ(struct vault *v, const char *const *names, size_t count,
                                   struct vault_kv *kv)
{
    struct buf missing = {0};
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        const char *value = variables_get(names[i]);

        if (value)
            code = sources_add(v, kv, names[i], slice_of(value));
        else
            secrets_add_missing(&missing, names[i]);
    }
    if (code == ERR_OK)
        code = secrets_say_missing(v, &missing, "not set in the environment", "");
    buf_free(&missing);
    return code;
}

/* Reads name from the folder, or the nearest one above it that has it. */
static enum err_code read_upward(struct vault *v, const char *name, const char *start,
                                 struct buf *text)
{
    char *folder = file_real_path(start ? start : ".");
    struct buf path = {0};
    enum err_code code = folder || errno != ENOMEM ? ERR_ABSENT : err_no_memory(&v->err);

    while (folder && code == ERR_ABSENT) {
        buf_clear(&path);
        buf_printf(&path, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, name);
        buf_add(&path, "", 1);
        if (!buf_ok(&path)) {
            code = err_no_memory(&v->err);
            break;
        }
        code = file_read(path.data, DOTENV_FILE_MAX, text, NULL, &v->err);
        if (folder[1] == '\0')
            break;
        *(strrchr(folder, '/') == folder ? folder + 1 : strrchr(folder, '/')) = '\0';
    }
    if (code == ERR_ABSENT)
        err_set(&v->err, ERR_ABSENT, "there is no %s in %s or above it", name,
                start ? start : "this folder");
    free(folder);
    buf_free(&path);
    return code;
}

struct dotenv_file {
    const struct vault *v;
    const char *name;
    size_t told;
};

enum { DOTENV_LINES_TOLD = 200 };

static void tell_line(void *user, size_t line, const char *what)
{
    struct dotenv_file *file = user;
    struct buf sentence = {0};

    if (++file->told > DOTENV_LINES_TOLD)
        return;
    buf_printf(&sentence, "line %zu of %s: %s", line, file->name, what);
    handle_tell(file->v, &sentence);
}

static void tell_rest(const struct dotenv_file *file)
{
    struct buf sentence = {0};

    if (file->told <= DOTENV_LINES_TOLD)
        return;
    buf_printf(&sentence, "of %s there would be %zu more to tell", file->name,
               file->told - DOTENV_LINES_TOLD);
    handle_tell(file->v, &sentence);
}

static enum err_code read_file(struct vault *v, const char *name, const char *start,
                               struct buf *text)
{
    return strchr(name, '/') ? file_read_given(name, DOTENV_FILE_MAX, text, &v->err)
                             : read_upward(v, name, start, text);
}

static enum err_code read_dotenv(struct vault *v, const char *name, const char *start,
                                 const struct dotenv_rule *rule, struct vault_kv *kv)
{
    struct dotenv_file file = {v, name, 0};
    struct buf text = BUF_SECRET;
    enum err_code code = read_file(v, name, start, &text);

    if (code == ERR_OK &&
        dotenv_read_by(buf_slice(&text), rule, kv, tell_line, &file, &v->err) != ERR_OK)
        code = handle_prefix(v, name);
    tell_rest(&file);
    buf_free(&text);
    return code;
}

enum err_code sources_read_dotenv(struct vault *v, const char *name, const char *start,
                                  const char *dialect, struct vault_kv *kv)
{
    struct dotenv_rule rule = {.skip_invalid = v->skips_invalid, .expand = v->expands};

    if (dialect && !dotenv_dialect_of(dialect, &rule.dialect))
        return err_set(&v->err, ERR_INVALID, "there is no dialect of dotenv with this name");
    return read_dotenv(v, name, start, &rule, kv);
}

enum err_code sources_read_dotenv_expanded(struct vault *v, const char *name, const char *start,
                                           struct vault_kv *kv)
{
    struct dotenv_rule rule = {.dialect = DOTENV_PYTHON, .variable = variables_get};

    return read_dotenv(v, name, start, &rule, kv);
}
