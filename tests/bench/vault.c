/* Whole operations on a vault, from vault_new to vault_free, beside their floor (floor.h). Each
 * sample is a process of its own with an empty heap, as a command is. This program is built with
 * its own libvault, which reads larger files: for a million keys. */
#include "vault.h"
#include "floor.h"
#include "folder.h"
#include "sample.h"

#include "text/format/format.h"
#include "text/kv.h"

#include <sys/resource.h>

enum { SAMPLES = 11, FEW_SAMPLES = 3, NEW_VALUE = 32 };

#define FLOOR_BAR 1.1  /* times the floor */
#define ROTATE_BAR 1.2 /* the same */
#define MEMORY_BAR 3.0 /* times the file, and this */
#define OF_A_PROCESS 8e6
#define GROWTH_BAR 1.3 /* times the time per key */

struct place {
    struct sample_shape shape;
    char vault[FOLDER_PATH + 8], index[FOLDER_PATH + 8], copy[FOLDER_PATH + 8];
    char identity[AGE_IDENTITY_TEXT + 1];
    char secret[SAMPLE_NAME], key[SAMPLE_NAME],
        name[2 * SAMPLE_NAME]; /* of the one value; name is both */
    char new_value[NEW_VALUE + 1];
    struct floor floor;
};

static vault *open_vault(const struct place *p)
{
    vault *v = vault_new();

    bench_must(v, "out of memory");
    sample_check(vault_add_identity(v, p->identity, strlen(p->identity)), v);
    sample_check(vault_open(v, p->vault), v);
    return v;
}

/* ---- what is measured ---- */

static void tell(crypto_generichash_state *digest, const char *secret, const char *key,
                 const char *value, size_t len)
{
    char name[2 * SAMPLE_NAME] = "";

    if (digest)
        snprintf(name, sizeof name, "%s/%s", secret, key);
    floor_tell(digest, slice_of(name), (struct slice){value, len});
}

static void vault_all(struct place *p, crypto_generichash_state *digest)
{
    vault *v = open_vault(p);
    vault_secret_entry *secrets;
    size_t count;

    sample_check(vault_secret_list(v, SAMPLE_ENV, 0, 0, &secrets, &count), v);
    for (size_t i = 0; i < count; i++) {
        vault_kv *kv;

        sample_check(vault_secret_get(v, SAMPLE_ENV, secrets[i].name, NULL, 0, &kv), v);
        for (size_t k = 0; k < vault_kv_count(kv); k++) {
            vault_pair pair = vault_kv_at(kv, k);

            tell(digest, secrets[i].name, pair.name, pair.value, pair.len);
        }
        vault_kv_free(kv);
    }
    vault_release(secrets);
    vault_free(v);
}

static void vault_one(struct place *p, crypto_generichash_state *digest)
{
    vault *v = open_vault(p);
    vault_kv *kv;
    const char *value;
    size_t len;

    sample_check(vault_value_get(v, SAMPLE_ENV, p->secret, p->key, &kv), v);
    value = vault_kv_get(kv, p->key, &len);
    bench_must(value, "the value is not there");
    tell(digest, p->secret, p->key, value, len);
    vault_kv_free(kv);
    vault_free(v);
}

/* All of a file but the line of the one value. */
static void tell_others(const struct place *p, const char *path, crypto_generichash_state *digest)
{
    struct buf text = {0};
    char header[2 * SAMPLE_NAME];
    const char *secret, *line, *end;
    struct err err;

    must_ok(file_read(path, DOC_FILE_MAX, &text, NULL, &err), &err);
    buf_add(&text, "", 1);
    snprintf(header, sizeof header, "[" SAMPLE_ENV ".%s]\n", p->secret);
    secret = strstr(text.data, header);
    line = secret ? strstr(secret, p->key) : NULL;
    bench_must(line, "the value is not there");
    end = strchr(line, '\n');
    floor_tell(digest, slice_of("before"), (struct slice){text.data, (size_t)(line - text.data)});
    floor_tell(digest, slice_of("behind"), slice_of(end));
    buf_free(&text);
}

static void vault_change(struct place *p, crypto_generichash_state *digest)
{
    vault *v = open_vault(p);
    vault_kv *kv;

    sample_check(vault_kv_from_pairs(v, &(vault_pair){p->key, p->new_value, NEW_VALUE}, 1, &kv), v);
    sample_check(vault_secret_update(v, SAMPLE_ENV, p->secret, kv), v);
    sample_check(vault_save(v), v);
    if (digest) {
        size_t len;
        const char *value;

        vault_kv_free(kv);
        sample_check(vault_secret_get(v, SAMPLE_ENV, p->secret, NULL, 0, &kv), v);
        value = vault_kv_get(kv, p->key, &len);
        bench_must(value && len == NEW_VALUE && memcmp(value, p->new_value, len) == 0,
                   "not changed");
        tell_others(p, p->vault, digest);
    }
    vault_kv_free(kv);
    vault_free(v);
}

/* The variables that exec would start a program with. */
static void vault_exec(struct place *p, crypto_generichash_state *digest)
{
    vault *v = open_vault(p);
    vault_kv *kv;
    const char **variables;

    sample_check(vault_secret_get(v, SAMPLE_ENV, p->secret, NULL, 0, &kv), v);
    variables = calloc(vault_kv_count(kv) + 1, sizeof *variables);
    bench_must(variables, "out of memory");
    for (size_t i = 0; i < vault_kv_count(kv); i++)
        variables[i] = kv_variable(kv, i);
    bench_use(variables);
    for (size_t i = 0; digest && variables[i]; i++)
        floor_tell(digest, slice_of(variables[i]), slice_of(""));
    free(variables);
    vault_kv_free(kv);
    vault_free(v);
}

/* What export writes, and reads again. */
static void vault_json(struct place *p, crypto_generichash_state *digest)
{
    vault *v = open_vault(p);
    struct buf text = BUF_SECRET;
    struct format_verdict *verdicts;
    struct format_pair *pairs;
    struct err err;
    size_t count;
    vault_kv *kv;

    sample_check(vault_secret_get(v, SAMPLE_ENV, p->secret, NULL, 0, &kv), v);
    count = vault_kv_count(kv);
    pairs = calloc(count, sizeof *pairs);
    verdicts = calloc(count, sizeof *verdicts);
    bench_must(pairs && verdicts, "out of memory");
    for (size_t i = 0; i < count; i++) {
        vault_pair pair = vault_kv_at(kv, i);

        pairs[i] =
            (struct format_pair){.name = slice_of(pair.name), .value = {pair.value, pair.len}};
    }
    must_ok(format_write(format_find("json"), &(struct format_set){pairs, count, SAMPLE_ENV}, &text,
                         verdicts, &err),
            &err);
    floor_tell(digest, slice_of("json"), buf_slice(&text));
    buf_free(&text);
    free(verdicts);
    free(pairs);
    vault_kv_free(kv);
    vault_free(v);
}

static void vault_turn(struct place *p, crypto_generichash_state *digest)
{
    vault *v = open_vault(p);

    sample_check(vault_rotate(v, SAMPLE_ENV, VAULT_PAST_KEEP), v);
    sample_check(vault_save(v), v);
    vault_free(v);
    if (digest)
        vault_all(p, digest);
}

static void bare_exec(struct place *p, crypto_generichash_state *digest)
{
    char *room = malloc(p->shape.keys * FLOOR_PLAIN);
    size_t len, count = 0;
    const char **variables = calloc(p->shape.keys + 1, sizeof *variables);

    bench_must(room && variables, "out of memory");
    len = floor_all_as(&p->floor, "", "=", (struct slice){"", 1}, room);
    for (const char *at = room; at < room + len; at += strlen(at) + 1)
        variables[count++] = at;
    bench_use(variables);
    for (size_t i = 0; digest && variables[i]; i++)
        floor_tell(digest, slice_of(variables[i]), slice_of(""));
    free(variables);
    free(room);
}

static void bare_json(struct place *p, crypto_generichash_state *digest)
{
    char *room = malloc(p->shape.keys * FLOOR_PLAIN);
    size_t len;

    bench_must(room, "out of memory");
    room[0] = '{';
    len = floor_all_as(&p->floor, "\n  \"", "\": \"", slice_of("\","), room + 1);
    memcpy(room + len, "\n}\n", 3); /* over the last comma */
    len += 3;
    floor_tell(digest, slice_of("json"), (struct slice){room, len});
    free(room);
}

static void bare_turn(struct place *p, crypto_generichash_state *digest)
{
    floor_rotate(&p->floor, digest);
}

static void bare_all(struct place *p, crypto_generichash_state *digest)
{
    floor_all(&p->floor, digest);
}

static void bare_one(struct place *p, crypto_generichash_state *digest)
{
    floor_one(&p->floor, p->name, digest);
}

static void bare_change(struct place *p, crypto_generichash_state *digest)
{
    floor_copy(&p->floor, p->name);
    if (digest)
        tell_others(p, p->copy, digest);
}

typedef void work(struct place *p, crypto_generichash_state *digest);

/* The last one changes a value, and is not in the index afterwards. */
static const struct operation {
    const char *name;
    work *vault, *floor;
    double bar;
    bool memory_has_bar;
} operations[] = {{"reading all values", vault_all, bare_all, FLOOR_BAR, true},
                  {"reading one value", vault_one, bare_one, FLOOR_BAR, true},
                  {"exec", vault_exec, bare_exec, FLOOR_BAR, true},
                  {"export as JSON", vault_json, bare_json, FLOOR_BAR, false},
                  {"rotate", vault_turn, bare_turn, ROTATE_BAR, false},
                  {"changing one value", vault_change, bare_change, FLOOR_BAR, true}};

enum { OPERATIONS = sizeof operations / sizeof operations[0] };

/* exec and export are measured where a secret has all values. */
static bool is_measured(const struct operation *o, const struct sample_shape *shape)
{
    return shape->secrets == 1 || (o->vault != vault_exec && o->vault != vault_json);
}

/* ---- a process for each sample ---- */

struct result {
    double seconds, memory; /* of the processor; at most, in bytes */
    unsigned char digest[32];
};

static void run_here(work *run, struct place *p, bool compare, struct result *result)
{
    crypto_generichash_state digest;
    unsigned char random[NEW_VALUE / 2];
    struct rusage usage;
    double start;

    p->floor.file = p->vault;
    p->floor.copy = p->copy;
    for (size_t i = 0; i < OPERATIONS; i++)
        if (run == operations[i].floor)
            floor_open(&p->floor, p->index);
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(p->new_value, sizeof p->new_value, random, sizeof random);
    crypto_generichash_init(&digest, NULL, 0, sizeof result->digest);
    start = bench_cpu();
    run(p, compare ? &digest : NULL);
    result->seconds = bench_cpu() - start;
    crypto_generichash_final(&digest, result->digest, sizeof result->digest);
    getrusage(RUSAGE_SELF, &usage);
    result->memory = (double)usage.ru_maxrss * 1024;
}

static bool try_apart(work *run, struct place *p, bool compare, struct result *result)
{
    int ends[2], status;
    pid_t child;
    bool done;

    bench_must(pipe(ends) == 0, "cannot make a pipe");
    fflush(stdout);
    child = fork();
    bench_must(child >= 0, "cannot start a process");
    if (child == 0) {
        run_here(run, p, compare, result);
        _exit(write(ends[1], result, sizeof *result) == (ssize_t)sizeof *result ? 0 : 1);
    }
    close(ends[1]);
    done = read(ends[0], result, sizeof *result) == (ssize_t)sizeof *result;
    close(ends[0]);
    return waitpid(child, &status, 0) == child && status == 0 && done;
}

static struct result run_apart(work *run, struct place *p, bool compare)
{
    struct result result;

    bench_must(try_apart(run, p, compare, &result), "a process failed");
    return result;
}

static void make_work(struct place *p, crypto_generichash_state *digest)
{
    (void)digest;
    sample_make(&p->shape, p->vault, p->identity);
}

static void index_work(struct place *p, crypto_generichash_state *digest)
{
    (void)digest;
    floor_index(p->vault, SAMPLE_ENV, p->identity, p->index);
}

static void place_make(struct place *p, const char *folder, const struct sample_shape *shape)
{
    struct age_identity id;

    memset(p, 0, sizeof *p);
    p->shape = *shape;
    snprintf(p->vault, sizeof p->vault, "%s/%zu", folder, shape->secrets * shape->keys);
    snprintf(p->index, sizeof p->index, "%s/index", folder);
    snprintf(p->copy, sizeof p->copy, "%s/copy", folder);
    sample_secret(p->secret, shape->secrets - 1);
    sample_key(p->key, shape->keys - 1);
    snprintf(p->name, sizeof p->name, "%s/%s", p->secret, p->key);
    age_identity_make(&id);
    age_identity_write(&id, p->identity);
    run_apart(make_work, p, false);
}

static void place_clear(const struct place *p)
{
    unlink(p->vault);
    unlink(p->index);
    unlink(p->copy);
}

static double file_size(const char *path)
{
    struct stat st;

    bench_must(stat(path, &st) == 0, "the vault is not there");
    return (double)st.st_size;
}

/* ---- the report ---- */

struct measured {
    double ours, floor; /* seconds */
    double ratio;       /* each sample to its neighbour */
    double memory;
};

/* The last value of the vault is damaged: then nothing may come of it. */
static void damage(const struct place *p, const char *path)
{
    struct buf text = {0};
    char *at, *last = NULL;
    struct err err;

    must_ok(file_read(p->vault, DOC_FILE_MAX, &text, NULL, &err), &err);
    buf_add(&text, "", 1);
    bench_must(buf_ok(&text), "out of memory");
    for (at = text.data; (at = strstr(at, " = [\"")); at += 5)
        last = at + 5;
    bench_must(last, "the value is not there");
    last[40] = last[40] == 'A' ? 'B' : 'A';
    unlink(path);
    must_ok(file_create(path, (struct slice){text.data, text.len - 1}, &err), &err);
    buf_free(&text);
}

/* Whether the work is done; what it says of it is not shown. */
static bool works_quietly(work *run, struct place *p)
{
    struct result result;
    int told = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY);
    bool done;

    bench_must(told >= 0 && nowhere >= 0 && dup2(nowhere, STDERR_FILENO) >= 0, "no descriptors");
    done = try_apart(run, p, false, &result);
    dup2(told, STDERR_FILENO);
    close(told);
    close(nowhere);
    return done;
}

static void must_refuse_damage(const struct place *right, const char *folder)
{
    struct place p = *right;

    snprintf(p.vault, sizeof p.vault, "%s/damaged", folder);
    damage(right, p.vault);
    snprintf(p.index, sizeof p.index, "%s/damaged-index", folder);
    run_apart(index_work, &p, false);
    for (size_t i = 0; i < OPERATIONS; i++)
        if (is_measured(&operations[i], &p.shape))
            bench_must(!works_quietly(operations[i].vault, &p) &&
                           !works_quietly(operations[i].floor, &p),
                       "a damaged value was taken for a right one");
    place_clear(&p);
}

/* The vault and its floor take turns. */
static struct measured measure(const struct operation *o, struct place *p, size_t count)
{
    double ours[SAMPLES], floor[SAMPLES], ratios[SAMPLES];
    struct measured m = {.memory = 0};

    for (size_t i = 0; i < count; i++) {
        struct result result = run_apart(o->vault, p, false);

        ours[i] = result.seconds;
        floor[i] = run_apart(o->floor, p, false).seconds;
        ratios[i] = ours[i] / floor[i];
        if (result.memory > m.memory)
            m.memory = result.memory;
    }
    m.ours = bench_median(ours, count);
    m.floor = bench_median(floor, count);
    m.ratio = bench_median(ratios, count);
    return m;
}

static double measure_alone(work *run, struct place *p, size_t count)
{
    double samples[SAMPLES];

    for (size_t i = 0; i < count; i++)
        samples[i] = run_apart(run, p, false).seconds;
    return bench_median(samples, count);
}

static bool same_output(const struct operation *o, struct place *p)
{
    struct result ours = run_apart(o->vault, p, true), floor = run_apart(o->floor, p, true);

    return memcmp(ours.digest, floor.digest, sizeof ours.digest) == 0;
}

/* Of a small file it says nothing. */
static void report_memory(const struct operation *o, double memory, double file)
{
    static const char what[] = "    memory beyond 8 MB, in files";

    if (file < OF_A_PROCESS)
        return;
    if (o->memory_has_bar)
        bench_report_most(what, memory / file, "times", MEMORY_BAR);
    else
        bench_report(what, memory / file, "times");
}

static void report_operation(const struct operation *o, struct place *p)
{
    struct measured m;
    char line[80];

    bench_must(same_output(o, p), "the floor has read something else");
    m = measure(o, p, SAMPLES);
    snprintf(line, sizeof line, "  %s: %.1f ms, the floor %.1f ms", o->name, m.ours * 1e3,
             m.floor * 1e3);
    bench_report_most(line, m.ratio, "times", o->bar);
    report_memory(o, m.memory - OF_A_PROCESS, file_size(p->vault));
}

static void report_shape(const char *folder, const struct sample_shape *shape)
{
    struct place p;

    place_make(&p, folder, shape);
    run_apart(index_work, &p, false);
    must_refuse_damage(&p, folder);
    printf("vault, %s (%.1f MB)\n", shape->name, file_size(p.vault) / 1e6);
    for (size_t i = 0; i < OPERATIONS; i++)
        if (is_measured(&operations[i], shape))
            report_operation(&operations[i], &p);
    place_clear(&p);
}

static void report_growth(const char *folder, const struct sample_shape *small,
                          const struct sample_shape *large)
{
    double times = (double)(large->secrets * large->keys) / (double)(small->secrets * small->keys);
    struct place few, many;
    char line[80];

    place_make(&few, folder, small);
    place_make(&many, folder, large);
    printf("vault, %s, then %s\n", small->name, large->name);
    for (size_t i = 0; i < OPERATIONS; i++) {
        double base = measure_alone(operations[i].vault, &few, SAMPLES);
        double grown = measure_alone(operations[i].vault, &many, FEW_SAMPLES);

        snprintf(line, sizeof line, "  %s, the time per key grows by", operations[i].name);
        bench_report_most(line, grown / base / times, "times", GROWTH_BAR);
    }
    place_clear(&few);
    place_clear(&many);
}

static void report_all(const char *folder)
{
    report_shape(folder, &(struct sample_shape){"100 secrets of 1,000 keys", 100, 1000});
    report_shape(folder, &(struct sample_shape){"one secret of 1,000 keys", 1, 1000});
    report_shape(folder, &(struct sample_shape){"one secret of 10,000 keys", 1, 10000});
    report_shape(folder, &(struct sample_shape){"one secret of 100,000 keys", 1, 100000});
    report_growth(folder, &(struct sample_shape){"10 secrets of 1,000 keys", 10, 1000},
                  &(struct sample_shape){"1,000 secrets of 1,000 keys", 1000, 1000});
    report_growth(folder, &(struct sample_shape){"one secret of 10,000 keys", 1, 10000},
                  &(struct sample_shape){"one of 1,000,000 keys", 1, 1000000});
}

int main(void)
{
    bench_must(sodium_init() >= 0, "libsodium");
    return folder_run(report_all);
}
