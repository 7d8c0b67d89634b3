/* The dashboard over a golden vault: the input is a size and keys. It never crashes, a terminal
 * shows what the grid has, nothing is saved that was not agreed to, and no value is written that
 * was neither shown nor copied. */
#include "../unit/ui_stage.h"

#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KEYS_MOST = 400 };

static struct buf golden = {0};
static struct person me;
static char file[300], golden_file[300];

static void make(void)
{
    char here[4096];
    struct err err;
    vault *v;

    must(getcwd(here, sizeof here) != NULL);
    scene_begin();
    must(chdir(here) == 0); /* the corpus may have a relative path */
    snprintf(file, sizeof file, "%s/vault.toml", scene_folder);
    snprintf(golden_file, sizeof golden_file, "%s/golden.toml", scene_folder);
    must(setenv("EDITOR", "false", 1) == 0 && unsetenv("VISUAL") == 0);
    must(setenv("PATH", "/nonexistent", 1) == 0); /* no git, no editor */
    me = person_x25519();
    make_vault(golden_file, &me);
    v = open_as(&me, golden_file);
    must(vault_env_create(v, "prod", NULL) == VAULT_OK &&
         vault_reader_add(v, "prod", "me", me.public_key) == VAULT_OK);
    must(create(v, "dev", "db", "PASSWORD", MARK "-1") == VAULT_OK);
    must(create(v, "prod", "db", "PASSWORD", MARK "-2") == VAULT_OK);
    must(update(v, "dev", "db", "USER", MARK "-3") == VAULT_OK);
    must(create(v, "dev", "app", "KEY", MARK "-4\nline") == VAULT_OK);
    must(vault_save(v) == VAULT_OK);
    vault_free(v);
    must(file_read(golden_file, 1 << 20, &golden, NULL, &err) == ERR_OK);
}

static void write_golden(void)
{
    FILE *out = fopen(file, "wb");

    must(out && fwrite(golden.data, 1, golden.len, out) == golden.len && fclose(out) == 0);
}

static bool is_as_it_was(void)
{
    struct buf now = {0};
    struct err err;
    bool is;

    must(file_read(file, 1 << 20, &now, NULL, &err) == ERR_OK);
    is = slice_equal(buf_slice(&now), buf_slice(&golden));
    buf_free(&now);
    return is;
}

/* Whether a key could show or copy a value, or open one, or the mark is typed: then it may be
 * written. */
static bool may_show(const uint8_t *keys, size_t count)
{
    struct slice typed = {(const char *)keys, count};

    return text_contains(typed, MARK) || memchr(keys, 'v', count) || memchr(keys, 'c', count) ||
           memchr(keys, 'o', count) || memchr(keys, 'y', count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int sizes[][2] = {{80, 24}, {40, 10}, {200, 60}, {39, 9}};
    static struct stage stage;
    const int *at;
    vault *v;

    if (golden.len == 0)
        make();
    if (size < 1 || size > KEYS_MOST)
        return 0;
    at = sizes[data[0] % (sizeof sizes / sizeof *sizes)];
    write_golden();
    v = open_as(data[0] & 0x80 ? NULL : &me, file);
    stage_open(&stage, v, file, at[0], at[1]);
    stage.ui.read_only = data[0] & 0x40;
    stage.ui.grid.utf8 = !(data[0] & 0x20);
    for (size_t left = size - 1; left > 0 && !(stage.ui.done && !stage.ui.gone);) {
        stage_play(&stage, (const char *)data + size - left, left);
        left = stage.left < left ? stage.left : 0;
    }
    must(stage.ui.confirmed || is_as_it_was());
    must(!stage.ui.confirmed || (!stage.ui.read_only && memchr(data, 'w', size)));
    must(may_show(data + 1, size - 1) || !text_contains(buf_slice(&stage.all), MARK));
    stage_close(&stage);
    vault_free(v);
    return 0;
}
