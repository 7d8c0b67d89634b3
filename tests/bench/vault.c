/* Whole operations on a vault, from vault_new to vault_free, beside their floor (floor.h). Each
 * sample is a process of its own with an empty heap, as a command is. This program is built with
 * its own libvault, which reads larger files: for a million keys. */
#include "../../vault.h"
#include "floor.h"

#include <ftw.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { SAMPLES = 11, FEW_SAMPLES = 3, NAME = 32, PATH = 512, NEW_VALUE = 32 };

#define ENV "prod"
#define FLOOR_BAR 1.5  /* times the floor */
#define MEMORY_BAR 3.0 /* times the file, and 8 MB */
#define GROWTH_BAR 1.3 /* times the time per key */

/* ---- a vault, made by a rule ---- */

struct shape {
    const char *name;
    size_t secrets, keys; /* keys in each secret */
};

struct place {
    struct shape shape;
    char vault[PATH + 8], index[PATH + 8], copy[PATH + 8];
    char identity[AGE_IDENTITY_TEXT + 1];
    char secret[NAME], key[NAME], name[2 * NAME]; /* of the one value; name is both */
    char new_value[NEW_VALUE + 1];
    struct floor floor;
};

static void check(vault_err code, const vault *v)
{
    must(code == VAULT_OK, vault_error(v));
}

static void name_secret(char name[NAME], size_t n)
{
    snprintf(name, NAME, "service-%05zu", n);
}

static void name_key(char name[NAME], size_t n)
{
    snprintf(name, NAME, "VALUE_%07zu", n);
}

static vault *open_vault(const struct place *p)
{
    vault *v = vault_new();

    must(v, "out of memory");
    check(vault_add_identity(v, p->identity, strlen(p->identity)), v);
    check(vault_open(v, p->vault), v);
    return v;
}

/* With values of 20 to 40 bytes an entry has 200 in the mean. */
static vault_kv *make_values(vault *v, size_t count)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyz0123456789/+-_ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    vault_pair *pairs = calloc(count, sizeof *pairs);
    char(*names)[NAME] = calloc(count, sizeof *names);
    vault_kv *kv;

    must(pairs && names, "out of memory");
    for (size_t i = 0; i < count; i++) {
        name_key(names[i], i);
        pairs[i] = (vault_pair){names[i], letters + i % 16, 20 + i % 21};
    }
    check(vault_kv_from_dict(v, pairs, count, &kv), v);
    free(pairs);
    free(names);
    return kv;
}

static void make_vault(struct place *p)
{
    vault *v = vault_new();
    struct age_identity id;
    struct buf public_key = {0};
    struct err err;
    vault_kv *kv;

    must(v, "out of memory");
    must_ok(age_identity_read(slice_of(p->identity), &id, &err), &err);
    age_recipient_write(&id.self, &public_key);
    buf_add(&public_key, "", 1);
    kv = make_values(v, p->shape.keys);
    check(vault_create(v, p->vault), v);
    check(vault_env_create(v, ENV, NULL), v);
    check(vault_reader_add(v, ENV, "alice", public_key.data), v);
    check(vault_set_author(v, "alice@example.com"), v);
    for (size_t i = 0; i < p->shape.secrets; i++) {
        char name[NAME];

        name_secret(name, i);
        check(vault_secret_create(v, ENV, name, kv, VAULT_ERROR), v);
    }
    check(vault_save(v), v);
    vault_kv_free(kv);
    vault_free(v);
    buf_free(&public_key);
}

/* ---- what is measured ---- */

static void tell(crypto_generichash_state *digest, const char *secret, const char *key,
                 const char *value, size_t len)
{
    char name[2 * NAME] = "";

    if (digest)
        snprintf(name, sizeof name, "%s/%s", secret, key);
    floor_tell(digest, slice_of(name), (struct slice){value, len});
}

static void vault_all(struct place *p, crypto_generichash_state *digest)
{
    vault *v = open_vault(p);
    vault_secret_entry *secrets;
    size_t count;

    check(vault_secret_list(v, ENV, NULL, 0, &secrets, &count), v);
    for (size_t i = 0; i < count; i++) {
        vault_kv *kv;

        check(vault_secret_get(v, ENV, secrets[i].name, NULL, 0, &kv), v);
        for (size_t k = 0; k < vault_kv_count(kv); k++) {
            vault_pair pair = vault_kv_at(kv, k);

            tell(digest, secrets[i].name, pair.name, pair.value, pair.len);
        }
        vault_kv_free(kv);
    }
    vault_list_free(secrets);
    vault_free(v);
}

static void vault_one(struct place *p, crypto_generichash_state *digest)
{
    vault *v = open_vault(p);
    vault_kv *kv;
    const char *value;
    size_t len;

    check(vault_value_get(v, ENV, p->secret, p->key, &kv), v);
    value = vault_kv_get(kv, p->key, &len);
    must(value, "the value is not there");
    tell(digest, p->secret, p->key, value, len);
    vault_kv_free(kv);
    vault_free(v);
}

/* All of a file but the line of the one value. */
static void tell_others(const struct place *p, const char *path, crypto_generichash_state *digest)
{
    struct buf text = {0};
    char header[2 * NAME];
    const char *secret, *line, *end;
    struct err err;

    must_ok(file_read(path, DOC_FILE_MAX, &text, NULL, &err), &err);
    buf_add(&text, "", 1);
    snprintf(header, sizeof header, "[" ENV ".%s]\n", p->secret);
    secret = strstr(text.data, header);
    line = secret ? strstr(secret, p->key) : NULL;
    must(line, "the value is not there");
    end = strchr(line, '\n');
    floor_tell(digest, slice_of("before"), (struct slice){text.data, (size_t)(line - text.data)});
    floor_tell(digest, slice_of("behind"), slice_of(end));
    buf_free(&text);
}

static void vault_change(struct place *p, crypto_generichash_state *digest)
{
    vault *v = open_vault(p);
    vault_kv *kv;

    check(vault_kv_from_dict(v, &(vault_pair){p->key, p->new_value, NEW_VALUE}, 1, &kv), v);
    check(vault_secret_update(v, ENV, p->secret, kv), v);
    check(vault_save(v), v);
    if (digest) {
        size_t len;
        const char *value;

        vault_kv_free(kv);
        check(vault_secret_get(v, ENV, p->secret, NULL, 0, &kv), v);
        value = vault_kv_get(kv, p->key, &len);
        must(value && len == NEW_VALUE && memcmp(value, p->new_value, len) == 0, "not changed");
        tell_others(p, p->vault, digest);
    }
    vault_kv_free(kv);
    vault_free(v);
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
    floor_copy(&p->floor);
    if (digest)
        tell_others(p, p->copy, digest);
}

typedef void work(struct place *p, crypto_generichash_state *digest);

static const struct operation {
    const char *name;
    work *vault, *floor;
} operations[] = {{"reading all values", vault_all, bare_all},
                  {"reading one value", vault_one, bare_one},
                  {"changing one value", vault_change, bare_change}};

enum { OPERATIONS = sizeof operations / sizeof operations[0] };

/* ---- a process for each sample ---- */

struct result {
    double seconds, memory; /* at most, in bytes */
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
    if (run == bare_all || run == bare_one || run == bare_change)
        floor_open(&p->floor, p->index);
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(p->new_value, sizeof p->new_value, random, sizeof random);
    crypto_generichash_init(&digest, NULL, 0, sizeof result->digest);
    start = bench_now();
    run(p, compare ? &digest : NULL);
    result->seconds = bench_now() - start;
    crypto_generichash_final(&digest, result->digest, sizeof result->digest);
    getrusage(RUSAGE_SELF, &usage);
    result->memory = (double)usage.ru_maxrss * 1024;
}

static struct result run_apart(work *run, struct place *p, bool compare)
{
    struct result result;
    int ends[2], status;
    pid_t child;

    must(pipe(ends) == 0, "cannot make a pipe");
    fflush(stdout);
    child = fork();
    must(child >= 0, "cannot start a process");
    if (child == 0) {
        run_here(run, p, compare, &result);
        _exit(write(ends[1], &result, sizeof result) == (ssize_t)sizeof result ? 0 : 1);
    }
    close(ends[1]);
    must(read(ends[0], &result, sizeof result) == (ssize_t)sizeof result, "a process failed");
    close(ends[0]);
    must(waitpid(child, &status, 0) == child && status == 0, "a process failed");
    return result;
}

static void make_work(struct place *p, crypto_generichash_state *digest)
{
    (void)digest;
    make_vault(p);
}

static void index_work(struct place *p, crypto_generichash_state *digest)
{
    (void)digest;
    floor_index(p->vault, ENV, p->identity, p->index);
}

static void place_make(struct place *p, const char *folder, const struct shape *shape)
{
    struct age_identity id;

    memset(p, 0, sizeof *p);
    p->shape = *shape;
    snprintf(p->vault, sizeof p->vault, "%s/%zu", folder, shape->secrets * shape->keys);
    snprintf(p->index, sizeof p->index, "%s/index", folder);
    snprintf(p->copy, sizeof p->copy, "%s/copy", folder);
    name_secret(p->secret, shape->secrets / 2);
    name_key(p->key, shape->keys / 2);
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

    must(stat(path, &st) == 0, "the vault is not there");
    return (double)st.st_size;
}

/* ---- the report ---- */

static double median(double *samples, size_t count)
{
    qsort(samples, count, sizeof *samples, bench_order);
    return samples[count / 2];
}

struct measured {
    double ours, floor; /* seconds */
    double memory;
};

/* The vault and its floor take turns. */
static struct measured measure(const struct operation *o, struct place *p, size_t count)
{
    double ours[SAMPLES], floor[SAMPLES];
    struct measured m = {0, 0, 0};

    for (size_t i = 0; i < count; i++) {
        struct result result = run_apart(o->vault, p, false);

        ours[i] = result.seconds;
        floor[i] = run_apart(o->floor, p, false).seconds;
        if (result.memory > m.memory)
            m.memory = result.memory;
    }
    m.ours = median(ours, count);
    m.floor = median(floor, count);
    return m;
}

static double measure_alone(work *run, struct place *p, size_t count)
{
    double samples[SAMPLES];

    for (size_t i = 0; i < count; i++)
        samples[i] = run_apart(run, p, false).seconds;
    return median(samples, count);
}

static bool same_output(const struct operation *o, struct place *p)
{
    struct result ours = run_apart(o->vault, p, true), floor = run_apart(o->floor, p, true);

    return memcmp(ours.digest, floor.digest, sizeof ours.digest) == 0;
}

static void report_operation(const struct operation *o, struct place *p)
{
    struct measured m;
    char line[80];

    must(same_output(o, p), "the floor has read something else");
    m = measure(o, p, SAMPLES);
    snprintf(line, sizeof line, "  %s: %.1f ms, the floor %.1f ms", o->name, m.ours * 1e3,
             m.floor * 1e3);
    bench_report_most(line, m.ours / m.floor, "times", FLOOR_BAR);
    bench_report_most("    memory beyond 8 MB, in files", (m.memory - 8e6) / file_size(p->vault),
                      "times", MEMORY_BAR);
}

static void report_shape(const char *folder, const struct shape *shape)
{
    struct place p;

    place_make(&p, folder, shape);
    run_apart(index_work, &p, false);
    printf("vault, %s (%.1f MB)\n", shape->name, file_size(p.vault) / 1e6);
    for (size_t i = 0; i < OPERATIONS; i++)
        report_operation(&operations[i], &p);
    place_clear(&p);
}

static void report_growth(const char *folder, const struct shape *small, const struct shape *large)
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
    report_shape(folder, &(struct shape){"100 secrets of 1,000 keys", 100, 1000});
    report_shape(folder, &(struct shape){"one secret of 100,000 keys", 1, 100000});
    report_growth(folder, &(struct shape){"10 secrets of 1,000 keys", 10, 1000},
                  &(struct shape){"1,000 secrets of 1,000 keys", 1000, 1000});
    report_growth(folder, &(struct shape){"one secret of 10,000 keys", 1, 10000},
                  &(struct shape){"one of 1,000,000 keys", 1, 1000000});
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

/* Measured in a process apart, so that the folder goes however that ends. */
int main(void)
{
    const char *base = getenv("TMPDIR");
    char folder[PATH];
    int status;
    pid_t child;

    must(sodium_init() >= 0, "libsodium");
    snprintf(folder, sizeof folder, "%s/vault-bench.XXXXXX", base ? base : "/tmp");
    must(mkdtemp(folder), "cannot make a temporary folder");
    child = fork();
    if (child == 0) {
        report_all(folder);
        return 0;
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        status = 1;
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return status != 0;
}
