/* The merge driver as git runs it: one process that reads three files of ten thousand keys,
 * verifies them, merges and writes. */
#include "../unit/scene.h"
#include "bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { SAMPLES = 21, KEYS = 10000 };
#define BAR_MS 100.0

extern char **environ;

static const char *program;
static struct person me;

static void save_as(vault *v, const char *path)
{
    char *text;
    size_t len;

    must(vault_text(v, &text, &len) == VAULT_OK);
    write_text(path, text, len);
    vault_release(text);
}

static vault *open_base(void)
{
    vault *v = open_as(&me, "base");
    char *text;
    size_t len;

    must(vault_text(v, &text, &len) == VAULT_OK);
    must(vault_open_bytes(v, text, len) == VAULT_OK);
    vault_release(text);
    return v;
}

/* So many secrets, with all the keys between them. */
static void make_base(int secrets)
{
    static char names[KEYS][16];
    static vault_pair pairs[KEYS];
    char secret[16];
    vault *v;

    remove("base");
    make_vault("base", &me);
    v = open_as(&me, "base");
    for (int i = 0; i < KEYS / secrets; i++) {
        snprintf(names[i], sizeof names[i], "KEY_%05d", i);
        pairs[i] = (vault_pair){names[i], "a value of thirty-two characters", 32};
    }
    for (int i = 0; i < secrets; i++) {
        vault_kv *kv;

        snprintf(secret, sizeof secret, "s%05d", i);
        must(vault_kv_from_pairs(v, pairs, (size_t)(KEYS / secrets), &kv) == VAULT_OK);
        must(vault_secret_create(v, "dev", secret, kv, VAULT_EXISTING_ERROR) == VAULT_OK);
        vault_kv_free(kv);
    }
    must(vault_save(v) == VAULT_OK);
    vault_free(v);
}

static void make_sides(bool rotation)
{
    vault *v = open_base();

    must(update(v, "dev", "s00000", "KEY_00001", "ours") == VAULT_OK &&
         update(v, "dev", "s00000", "NEW", "ours") == VAULT_OK);
    save_as(v, "ours");
    vault_free(v);
    v = open_base();
    must(update(v, "dev", "s00000", "KEY_00000", "theirs") == VAULT_OK &&
         create(v, "dev", "another", "NEW", "theirs") == VAULT_OK &&
         (!rotation || vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK));
    save_as(v, "theirs");
    vault_free(v);
}

/* The seconds that it took, and those in which a processor worked for it. */
struct took {
    double wall, cpu;
};

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static double cpu_of_children(void)
{
    struct rusage usage;

    must(getrusage(RUSAGE_CHILDREN, &usage) == 0);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/* The driver knows the key of the base. */
static void pin_base(void)
{
    vault *v = open_as(&me, "base");
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];

    must(vault_pins_use(v, "vault/pins", 0) == VAULT_OK);
    must(vault_fingerprint(v, "dev", fingerprint) == VAULT_OK);
    vault_free(v);
}

static struct took run_driver(int expected)
{
    char *const command[] = {(char *)"vault",  (char *)"merge",  (char *)"base",
                             (char *)"result", (char *)"theirs", NULL};
    char *ours = text_of("ours");
    posix_spawn_file_actions_t quiet;
    double start, cpu = cpu_of_children();
    struct took took;
    pid_t pid;
    int status;

    must(posix_spawn_file_actions_init(&quiet) == 0 &&
         posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0);

    write_text("result", ours, strlen(ours));
    free(ours);
    start = bench_now();
    must(posix_spawn(&pid, program, &quiet, NULL, command, environ) == 0);
    must(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == expected);
    took = (struct took){bench_now() - start, cpu_of_children() - cpu};
    posix_spawn_file_actions_destroy(&quiet);
    return took;
}

static void report(const char *name, int secrets, bool rotation)
{
    double wall[SAMPLES], cpu[SAMPLES];
    char what[80];

    make_base(secrets);
    make_sides(rotation);
    remove("vault/pins");
    pin_base();
    for (int i = 0; i < SAMPLES; i++) {
        struct took took = run_driver(rotation ? 6 : 0); /* then what ours has set is asked */

        wall[i] = took.wall;
        cpu[i] = took.cpu;
    }
    qsort(wall, SAMPLES, sizeof *wall, bench_order);
    qsort(cpu, SAMPLES, sizeof *cpu, bench_order);
    snprintf(what, sizeof what, "vault merge, 10,000 keys: %s", name);
    bench_report_most(what, wall[SAMPLES / 2] * 1e3, "ms", BAR_MS);
    bench_report("  of which a processor worked", cpu[SAMPLES / 2] * 1e3, "ms");
}

int main(void)
{
    const char *given = getenv("BIN");
    char *built = realpath(given ? given : "vault", NULL);

    must(built != NULL);
    program = built;
    scene_begin();
    me = person_x25519();
    must(setenv("VAULT_IDENTITY", me.identity, 1) == 0);
    must(setenv("XDG_STATE_HOME", scene_folder, 1) == 0);
    report("edits in one secret", 1, false);
    report("edits in 100 secrets", 100, false);
    report("edits and a rotation", 1, true);
    free(built);
    return 0;
}
