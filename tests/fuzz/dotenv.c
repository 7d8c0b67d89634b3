/* lib/dotenv: any text in each dialect, and every byte of what comes out is read. */
#include "text/dotenv/dotenv.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    size_t lines, last;
};

static void see(void *user, size_t line, const char *what)
{
    struct seen *seen = user;

    if (line < seen->last || line > seen->lines || what[0] == '\0')
        abort();
    seen->last = line;
}

static size_t count_lines(struct slice text)
{
    size_t lines = 1;

    for (size_t i = 0; i < text.len; i++)
        lines += text.at[i] == '\n' || text.at[i] == '\r';
    return lines;
}

/* most: the bytes of names and values together. */
static void read_as(struct slice text, const struct dotenv_rule *rule, size_t most)
{
    struct seen seen = {count_lines(text), 1};
    struct vault_kv *kv = kv_new();
    struct err err = {.text = ""};
    size_t bytes = 0;
    enum err_code code;

    if (!kv)
        abort();
    code = dotenv_read_by(text, rule, kv, see, &seen, &err);
    if (code != ERR_OK && (code != ERR_FORMAT || !strstr(err.text, "line ")))
        abort();
    for (size_t i = 0; code == ERR_OK && i < kv->count; i++) {
        if (kv->pairs[i].value.at[kv->pairs[i].value.len] != '\0')
            abort();
        bytes += strlen(kv->pairs[i].name) + kv->pairs[i].value.len;
    }
    if (bytes > most)
        abort();
    kv_free(kv);
}

static const char *variable(const char *name)
{
    return name[0] == 'A' ? "value" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { EXPANDED_MOST = 16 << 20 };
    struct slice text = {(const char *)data, size};

    if (sodium_init() < 0)
        abort();
    for (int dialect = DOTENV_PLAIN; dialect <= DOTENV_GODOTENV; dialect++)
        read_as(text, &(struct dotenv_rule){.dialect = (enum dotenv_dialect)dialect}, text.len);
    read_as(text, &(struct dotenv_rule){.dialect = DOTENV_PYTHON, .variable = variable},
            EXPANDED_MOST + text.len);
    return 0;
}
