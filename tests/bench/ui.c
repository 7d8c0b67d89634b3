/* The dashboard over 10,000 names in 5 environments: how long it takes to open, how long a frame is
 * drawn, and how many bytes a key costs. */
#include "../unit/ui_stage.h"
#include "bench.h"

enum { SECRETS = 100, NAMES = 100, ENVS = 5, OPENS = 9, KEYS = 500 };

#define OPEN_BAR 100.0 /* ms */
#define FRAME_BAR 4.0  /* ms */
#define BYTES_BAR 3000 /* for a step of the cursor, which scrolls, at 200x60 */

static struct stage stage;

static void fill(vault *v, const char *env)
{
    for (int s = 0; s < SECRETS; s++) {
        vault_pair pairs[NAMES];
        char names[NAMES][32], values[NAMES][32], secret[32];
        vault_kv *kv = NULL;

        snprintf(secret, sizeof secret, "secret-%d", s);
        for (int i = 0; i < NAMES; i++) {
            snprintf(names[i], sizeof names[i], "NAME_%d_%d", s, i);
            snprintf(values[i], sizeof values[i], "value %d %d %s", s, i, i % 3 ? "" : env);
            pairs[i] = (vault_pair){names[i], values[i], strlen(values[i])};
        }
        must(vault_kv_from_pairs(v, pairs, NAMES, &kv) == VAULT_OK);
        must(vault_secret_create(v, env, secret, kv, VAULT_EXISTING_ERROR) == VAULT_OK);
        vault_kv_free(kv);
    }
}

static void make(const struct person *me)
{
    vault *v;

    make_vault("vault.toml", me);
    v = open_as(me, "vault.toml");
    fill(v, "dev");
    for (int i = 1; i < ENVS; i++) {
        char env[16];

        snprintf(env, sizeof env, "env%d", i);
        must(vault_env_create(v, env, "dev") == VAULT_OK);
        fill(v, env);
    }
    must(vault_save(v) == VAULT_OK);
    vault_free(v);
}

static double frame(const char *keys, size_t *bytes)
{
    struct buf out = BUF_SECRET;
    double start;

    stage_play(&stage, keys, strlen(keys));
    *bytes = stage.bytes;
    grid_forget(&stage.ui.grid);
    start = bench_cpu();
    ui_draw(&stage.ui);
    grid_write(&stage.ui.grid, &out);
    start = bench_cpu() - start;
    buf_free(&out);
    return start * 1e3;
}

int main(void)
{
    struct person me;
    double opens[OPENS], frames[KEYS], whole, search;
    size_t bytes[KEYS], most = 0, sum = 0, first;
    vault *v;

    scene_begin();
    me = person_x25519();
    make(&me);
    v = vault_new();
    give_identity(v, &me);
    for (int i = 0; i < OPENS; i++) {
        opens[i] = bench_cpu();
        if (i == 0) {
            must(vault_open(v, "vault.toml") == VAULT_OK);
            stage_open(&stage, v, "vault.toml", 200, 60);
        } else
            must(ui_reload(&stage.ui) == STATUS_OK);
        opens[i] = (bench_cpu() - opens[i]) * 1e3;
    }
    whole = frame("", &first);
    for (int i = 0; i < KEYS; i++) {
        frames[i] = frame("j", &bytes[i]);
        most = bytes[i] > most ? bytes[i] : most;
        sum += bytes[i];
        bytes[i] = 0;
    }
    search = bench_cpu();
    stage_play(&stage, "/n99", 4);
    search = (bench_cpu() - search) * 1e3 / 4;
    printf("ui, %d names in %d environments, at 200x60\n", SECRETS * NAMES, ENVS);
    printf("  open           %7.1f ms   (bar %.0f)\n", bench_median(opens, OPENS), OPEN_BAR);
    printf("  whole frame    %7.2f ms   (bar %.0f), %zu bytes\n", bench_median(frames, KEYS),
           FRAME_BAR, first);
    printf("  a step         %7zu bytes on average, %zu at most when it scrolls\n", sum / KEYS,
           most);
    printf("  a search key   %7.2f ms\n", search);
    (void)whole;
    bench_must(bench_median(frames, KEYS) < FRAME_BAR, "a frame takes too long");
    bench_must(most < BYTES_BAR, "a step writes too much");
    stage_close(&stage);
    vault_free(v);
    return 0;
}
