/* How often two branches conflict on a server that has no merge driver: the same random edits on
 * both sides of a vault, of a flat sorted plaintext .env, and of that with one line that
 * authenticates the whole file, merged by git in a bare repository. Every clean merge of a vault is
 * opened, verified, and held against the union of the edits.
 *
 * usage: merges [DRAWS [SAMPLES FOLDER]] [--kinds]    draws a row; so many merged vaults of each
 * row, and what an independent reader must say of them, into a folder. --kinds: about a third of
 * the variables are open, and a sixth are templates (without holes) */
#include "../unit/scene.h"

#include "base/base64.h"
#include "base/mem.h"

#include <inttypes.h>
#include <spawn.h>
#include <sys/wait.h>

enum { ENTRIES_MAX = 256, OPS_MAX = 3, NOT_MEASURED = 77 };

extern char **environ;

/* ---- chance, the same each time ---- */

static uint64_t state;

static uint64_t draw(uint64_t below)
{
    state += 0x9E3779B97F4A7C15U; /* splitmix64 */
    uint64_t z = state;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return (z ^ z >> 31) % below;
}

static void draw_name(char *out, size_t len, const char *before)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    out += sprintf(out, "%s", before);
    for (size_t i = 0; i < len; i++)
        *out++ = letters[draw(26)];
    *out = '\0';
}

/* ---- the model: sorted lines, "ENV/SECRET/KEY" and "ENV:READER", each with its value ---- */

struct entry {
    char name[64], value[80];
};

struct model {
    struct entry at[ENTRIES_MAX];
    size_t count;
};

static size_t place_of(const struct model *m, const char *name, bool *there)
{
    size_t i = 0;

    while (i < m->count && strcmp(m->at[i].name, name) < 0)
        i++;
    *there = i < m->count && strcmp(m->at[i].name, name) == 0;
    return i;
}

static const struct entry *find(const struct model *m, const char *name)
{
    bool there;
    size_t i = place_of(m, name, &there);

    return there ? &m->at[i] : NULL;
}

static void put(struct model *m, const char *name, const char *value)
{
    bool there;
    size_t i = place_of(m, name, &there);

    must(m->count < ENTRIES_MAX);
    if (!there) {
        memmove(&m->at[i + 1], &m->at[i], (m->count - i) * sizeof *m->at);
        m->count++;
    }
    snprintf(m->at[i].name, sizeof m->at[i].name, "%s", name);
    snprintf(m->at[i].value, sizeof m->at[i].value, "%s", value);
}

static void drop(struct model *m, const char *name)
{
    bool there;
    size_t i = place_of(m, name, &there);

    must(there);
    memmove(&m->at[i], &m->at[i + 1], (m->count - i - 1) * sizeof *m->at);
    m->count--;
}

static bool same_entry(const struct entry *a, const struct entry *b)
{
    return (!a && !b) || (a && b && strcmp(a->value, b->value) == 0);
}

/* Both edits of base; false where both sides have given one name different values. */
static bool unite(const struct model *base, const struct model *ours, const struct model *theirs,
                  struct model *out)
{
    bool good = true;

    *out = *ours;
    for (size_t i = 0; i < theirs->count; i++) {
        const struct entry *t = &theirs->at[i], *b = find(base, t->name), *o = find(ours, t->name);

        if (same_entry(t, b) || same_entry(t, o))
            continue;
        good = good && same_entry(o, b);
        put(out, t->name, t->value);
    }
    for (size_t i = 0; i < base->count; i++) {
        const struct entry *b = &base->at[i], *o = find(ours, b->name);

        if (find(theirs, b->name) || !o)
            continue;
        good = good && same_entry(o, b);
        drop(out, b->name);
    }
    return good;
}

/* ---- edits ---- */

enum op_kind { SET, DELETE_KEY, DELETE_SECRET, GRANT, REVOKE, CREATE_ENV, DELETE_ENV };

struct op {
    enum op_kind kind;
    char env[16], secret[16], key[16], value[80];
};

enum row_kind { KEYS, SECRETS, READERS, ENVIRONMENTS, REVOCATIONS };

struct row {
    const char *name;
    enum row_kind kind;
    int keys, ops;
    bool no_bar; /* a rotation changes every line, and is the driver's to merge */
};

static const struct row rows[] = {
    {"5 keys, 1 edit a side", KEYS, 5, 1, false},
    {"5 keys, 3 edits a side", KEYS, 5, 3, false},
    {"20 keys, 1 edit a side", KEYS, 20, 1, false},
    {"20 keys, 3 edits a side", KEYS, 20, 3, false},
    {"60 keys, 1 edit a side", KEYS, 60, 1, false},
    {"60 keys, 3 edits a side", KEYS, 60, 3, false},
    {"whole secrets, 1 edit a side", SECRETS, 24, 1, false},
    {"whole secrets, 3 edits a side", SECRETS, 24, 3, false},
    {"grants and keys, 1 edit a side", READERS, 12, 1, false},
    {"grants and keys, 3 edits a side", READERS, 12, 3, false},
    {"environments, 1 edit a side", ENVIRONMENTS, 12, 1, false},
    {"environments, 3 edits a side", ENVIRONMENTS, 12, 3, false},
    {"revocations and keys, 1 edit a side", REVOCATIONS, 12, 1, true},
};

enum { ROWS = sizeof rows / sizeof *rows, PEOPLE = 24 };

static struct person me, people[PEOPLE];

/* "ENV/SECRET/KEY" or "ENV:READER" of an entry, apart. */
static void take_apart(const struct entry *e, struct op *op)
{
    if (sscanf(e->name, "%15[^/:]/%15[^/]/%15s", op->env, op->secret, op->key) < 3)
        must(sscanf(e->name, "%15[^/:]:%15s", op->env, op->key) == 2);
}

static const struct entry *any_entry(const struct model *m, char separator)
{
    const struct entry *e;

    do
        e = &m->at[draw(m->count)];
    while (!strchr(e->name, separator) || strstr(e->name, ":me"));
    return e;
}

static size_t count_of(const struct model *m, const char *with)
{
    size_t n = 0;

    for (size_t i = 0; i < m->count; i++)
        n += strstr(m->at[i].name, with) != NULL;
    return n;
}

static void draw_value(char value[80])
{
    snprintf(value, 80, "value-%" PRIu64, draw(UINT64_MAX));
}

static void draw_edit_of_key(const struct row *row, const struct model *m, struct op *op)
{
    uint64_t which = draw(3);

    op->kind = SET;
    take_apart(any_entry(m, '/'), op);
    draw_value(op->value);
    if (which == 0)
        draw_name(op->key, 5, "");
    if (which == 1 && row->kind == KEYS && count_of(m, "/") > 1)
        op->kind = DELETE_KEY;
}

static void draw_op(const struct row *row, const struct model *m, struct op *op)
{
    uint64_t which = draw(3);

    memset(op, 0, sizeof *op);
    draw_edit_of_key(row, m, op);
    if (row->kind == SECRETS && which == 0)
        draw_name(op->secret, 4, "s");
    if (row->kind == SECRETS && which == 1 && count_of(m, "/") > 3)
        op->kind = DELETE_SECRET;
    if (row->kind == READERS && which == 0) {
        op->kind = GRANT;
        snprintf(op->key, sizeof op->key, "p%02d", (int)draw(PEOPLE));
    }
    if (row->kind == REVOCATIONS && which == 0 && count_of(m, ":") > 1) {
        op->kind = REVOKE;
        take_apart(any_entry(m, ':'), op);
    }
    if (row->kind == ENVIRONMENTS && which == 0) {
        op->kind = CREATE_ENV;
        draw_name(op->env, 4, "e");
    }
    if (row->kind == ENVIRONMENTS && which == 1 && count_of(m, ":me") > 1)
        op->kind = DELETE_ENV;
}

static void drop_all(struct model *m, const char *beginning)
{
    for (size_t i = m->count; i-- > 0;)
        if (strncmp(m->at[i].name, beginning, strlen(beginning)) == 0)
            drop(m, m->at[i].name);
}

/* "p07" is the eighth. */
static int person_of(const struct op *op)
{
    return (op->key[1] - '0') * 10 + op->key[2] - '0';
}

static void edit_model(struct model *m, const struct op *op)
{
    char name[64], reader[64];

    snprintf(name, sizeof name, "%s/%s/%s", op->env, op->secret, op->key);
    snprintf(reader, sizeof reader, "%s:%s", op->env,
             op->kind == CREATE_ENV || op->kind == DELETE_ENV ? "" : op->key);
    switch (op->kind) {
    case CREATE_ENV:
        strcat(reader, "me");
        put(m, reader, me.public_key);
        put(m, name, op->value);
        break;
    case SET:
        put(m, name, op->value);
        break;
    case DELETE_KEY:
        drop(m, name);
        break;
    case DELETE_SECRET:
        *(strrchr(name, '/') + 1) = '\0';
        drop_all(m, name);
        break;
    case DELETE_ENV:
        *(strchr(name, '/') + 1) = '\0';
        drop_all(m, name);
        drop_all(m, reader);
        break;
    case GRANT:
        put(m, reader, people[person_of(op)].public_key);
        break;
    case REVOKE:
        drop(m, reader);
        break;
    }
}

static bool with_kinds; /* and not all of them sealed */

/* What a variable is follows from its name, in each version. */
static void set_kind(vault *v, vault_kv *kv, const char *name)
{
    unsigned sum = 0;

    for (const char *at = name; *at; at++)
        sum = sum * 31 + (unsigned char)*at;
    if (with_kinds && sum % 6 < 3)
        must(vault_kv_set_kind(v, kv, name, sum % 6 ? VAULT_KIND_OPEN : VAULT_KIND_TEMPLATE) ==
             VAULT_OK);
}

static void set_value(vault *v, const struct op *op)
{
    vault_kv *kv = kv_of(v, op->key, op->value, NULL);
    const char **names = NULL;
    size_t count;

    set_kind(v, kv, op->key);
    if (vault_value_list(v, op->env, op->secret, &names, &count) == VAULT_OK)
        must(vault_secret_update(v, op->env, op->secret, kv) == VAULT_OK);
    else
        must(vault_secret_create(v, op->env, op->secret, kv, VAULT_EXISTING_ERROR) == VAULT_OK);
    vault_release(names);
    vault_kv_free(kv);
}

static void edit_vault(vault *v, const struct op *op)
{
    vault_err err = VAULT_OK;

    switch (op->kind) {
    case CREATE_ENV:
        err = vault_env_create(v, op->env, NULL);
        must(err == VAULT_OK && vault_reader_add(v, op->env, "me", me.public_key) == VAULT_OK);
        set_value(v, op);
        break;
    case SET:
        set_value(v, op);
        break;
    case DELETE_KEY:
        err = vault_value_delete(v, op->env, op->secret, op->key, VAULT_MISSING_ERROR);
        break;
    case DELETE_SECRET:
        err = vault_secret_delete(v, op->env, op->secret, VAULT_MISSING_ERROR);
        break;
    case DELETE_ENV:
        err = vault_env_delete(v, op->env);
        break;
    case GRANT:
        err = vault_reader_add(v, op->env, op->key, people[person_of(op)].public_key);
        break;
    case REVOKE:
        err = vault_reader_remove(v, op->env, op->key);
        break;
    }
    must(err == VAULT_OK);
}

/* A secret without keys, or an environment without secrets, is nothing in a flat file. */
static bool is_drawn_well(const struct model *after, const struct op *op)
{
    char secret[64];

    snprintf(secret, sizeof secret, "%s/%s/", op->env, op->secret);
    return op->kind != DELETE_KEY || count_of(after, secret) > 0;
}

/* ---- one draw: a base and two branches, in all layouts ---- */

enum version { BASE, OURS, THEIRS, VERSIONS };
enum layout { VAULT, PLAIN, WITH_MAC, LAYOUTS };

struct one_draw {
    struct model model[VERSIONS], merged;
    bool true_conflict;
    struct buf text[LAYOUTS][VERSIONS];
};

static void write_plain(const struct model *m, bool with_mac, struct buf *out)
{
    unsigned char mac[16];
    char text[BASE64_ENCODED(sizeof mac)];

    for (size_t i = 0; i < m->count; i++)
        buf_printf(out, "%s=%s\n", m->at[i].name, m->at[i].value);
    if (!with_mac)
        return;
    crypto_generichash(mac, sizeof mac, (const unsigned char *)buf_slice(out).at, out->len, NULL,
                       0);
    base64_encode(text, mac, sizeof mac);
    buf_printf(out, "mac=%.*s\n", (int)sizeof text, text);
}

static void write_vault(vault *v, struct buf *out)
{
    char *text;
    size_t len;

    must(vault_text(v, &text, &len) == VAULT_OK);
    buf_add(out, text, len);
    vault_release(text);
}

static vault *open_version(const struct buf *text)
{
    static const char empty[] = "[vault]\nformat = 1\nid = \"mGc0n1P5b0y2mC0b2s0bHg\"\n";
    vault *v = vault_new();

    must(v != NULL);
    give_identity(v, &me);
    must(vault_set_author(v, "somebody@example.org") == VAULT_OK);
    must(vault_open_bytes(v, text ? text->data : empty, text ? text->len : strlen(empty)) ==
         VAULT_OK);
    return v;
}

static void draw_model(const struct row *row, struct model *m)
{
    static const char *const envs[] = {"dev", "prod", "qa", "test"};
    int secrets = row->kind == SECRETS ? row->keys / 3 : 1;
    int env_count = row->kind == ENVIRONMENTS ? 4 : 1;
    struct op op = {.kind = SET};

    m->count = 0;
    for (int i = 0; i < env_count; i++) {
        op.kind = CREATE_ENV;
        snprintf(op.env, sizeof op.env, "%s", envs[i]);
        for (int j = 0; j < row->keys / env_count; j++) {
            snprintf(op.secret, sizeof op.secret, "s%02d", j % secrets);
            draw_name(op.key, 5, "");
            draw_value(op.value);
            edit_model(m, &op);
            op.kind = SET;
        }
    }
    op.kind = GRANT;
    for (int i = 0; i < 6 && (row->kind == READERS || row->kind == REVOCATIONS); i++) {
        snprintf(op.key, sizeof op.key, "p%02d", 4 * i);
        edit_model(m, &op);
    }
}

/* The secret whose first key stands at this place, in one go; how many keys that is. */
static size_t make_secret(vault *v, const struct model *m, size_t first)
{
    vault_pair pairs[ENTRIES_MAX];
    struct op op = {.kind = SET}, next;
    size_t count = 0;
    vault_kv *kv;

    take_apart(&m->at[first], &op);
    for (next = op; strcmp(next.env, op.env) == 0 && strcmp(next.secret, op.secret) == 0;) {
        const struct entry *e = &m->at[first + count];

        pairs[count++] = (vault_pair){strrchr(e->name, '/') + 1, e->value, strlen(e->value)};
        if (first + count == m->count || !strchr(m->at[first + count].name, '/'))
            break;
        take_apart(&m->at[first + count], &next);
    }
    must(vault_kv_from_pairs(v, pairs, count, &kv) == VAULT_OK);
    for (size_t i = 0; i < count; i++)
        set_kind(v, kv, pairs[i].name);
    must(vault_secret_create(v, op.env, op.secret, kv, VAULT_EXISTING_ERROR) == VAULT_OK);
    vault_kv_free(kv);
    return count;
}

static void draw_base(const struct row *row, struct one_draw *d)
{
    const struct model *m = &d->model[BASE];
    vault *v = open_version(NULL);
    struct op op = {.kind = SET};

    draw_model(row, &d->model[BASE]);
    for (size_t i = 0; i < m->count; i++) {
        if (!strchr(m->at[i].name, ':'))
            continue;
        take_apart(&m->at[i], &op);
        must((strcmp(op.key, "me") != 0 || vault_env_create(v, op.env, NULL) == VAULT_OK) &&
             vault_reader_add(v, op.env, op.key, m->at[i].value) == VAULT_OK);
    }
    for (size_t i = 0; i < m->count;)
        i += strchr(m->at[i].name, '/') ? make_secret(v, m, i) : 1;
    write_vault(v, &d->text[VAULT][BASE]);
    vault_free(v);
}

static void draw_branch(const struct row *row, struct one_draw *d, enum version version)
{
    vault *v = open_version(&d->text[VAULT][BASE]);
    struct model *m = &d->model[version], before;

    *m = d->model[BASE];
    for (int i = 0; i < row->ops;) {
        struct op op;

        before = *m;
        draw_op(row, m, &op);
        if (op.kind == CREATE_ENV && find(m, op.env))
            continue;
        edit_model(m, &op);
        if (!is_drawn_well(m, &op)) {
            *m = before;
            continue;
        }
        edit_vault(v, &op);
        i++;
    }
    write_vault(v, &d->text[VAULT][version]);
    vault_free(v);
}

static void draw_all(const struct row *row, struct one_draw *d)
{
    draw_base(row, d);
    draw_branch(row, d, OURS);
    draw_branch(row, d, THEIRS);
    d->true_conflict = !unite(&d->model[BASE], &d->model[OURS], &d->model[THEIRS], &d->merged);
    for (int i = 0; i < VERSIONS; i++) {
        write_plain(&d->model[i], false, &d->text[PLAIN][i]);
        write_plain(&d->model[i], true, &d->text[WITH_MAC][i]);
    }
}

static void free_draw(struct one_draw *d)
{
    for (int i = 0; i < LAYOUTS; i++)
        for (int j = 0; j < VERSIONS; j++)
            buf_free(&d->text[i][j]);
}

/* ---- git: all draws of a row are the files of one merge ---- */

/* No one's settings, and no waiting for the disk. */
static void prepare_git(void)
{
    static const char *const variables[] = {
        "GIT_CONFIG_NOSYSTEM", "1",          "GIT_CONFIG_COUNT",    "1",
        "GIT_CONFIG_KEY_0",    "core.fsync", "GIT_CONFIG_VALUE_0",  "none",
        "GIT_AUTHOR_NAME",     "T",          "GIT_AUTHOR_EMAIL",    "t@t",
        "GIT_COMMITTER_NAME",  "T",          "GIT_COMMITTER_EMAIL", "t@t"};

    for (size_t i = 0; i < sizeof variables / sizeof *variables; i += 2)
        must(setenv(variables[i], variables[i + 1], 1) == 0);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("GIT_DIR");
}

static int run(const char *command)
{
    char *const words[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
    pid_t pid;
    int status;

    must(posix_spawn(&pid, "/bin/sh", NULL, NULL, words, environ) == 0);
    must(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* The next number of a text, or -1 at its end. */
static long next_number(const char **at)
{
    char *end;
    long number = strtol(*at, &end, 10);

    if (end == *at)
        return -1;
    *at = end;
    return number;
}

static void import_version(FILE *f, const struct one_draw *draws, size_t count, enum layout layout,
                           enum version version)
{
    static const char *const names[] = {"base", "ours", "theirs"};

    fprintf(f, "commit refs/heads/%s\ncommitter T <t@example.org> 0 +0000\ndata 0\n",
            names[version]);
    if (version != BASE)
        fprintf(f, "from refs/heads/base\n");
    for (size_t i = 0; i < count; i++) {
        const struct buf *text = &draws[i].text[layout][version];

        fprintf(f, "M 100644 inline %zu\ndata %zu\n", i, text->len);
        must(fwrite(text->data, 1, text->len, f) == text->len);
        fprintf(f, "\n");
    }
}

static void import_all(const struct one_draw *draws, size_t count, enum layout layout)
{
    FILE *f;

    must(run("rm -rf server work && git init -q --bare server") == 0);
    f = fopen("stream", "we");
    must(f != NULL);
    for (int version = 0; version < VERSIONS; version++)
        import_version(f, draws, count, layout, (enum version)version);
    must(fclose(f) == 0 && run("git -C server fast-import --quiet <stream") == 0);
}

/* Marks the files that the server could not merge; the tree of the others is in tree. */
static size_t merge_on_server(bool *conflicts, size_t count, char tree[80])
{
    int status = run("git -C server merge-tree --write-tree --name-only --no-messages ours theirs "
                     ">merged");
    char *text = text_of("merged");
    const char *at = text + strcspn(text, "\n");
    size_t n = 0;

    must(status <= 1 && at - text < 80 && at > text);
    snprintf(tree, 80, "%.*s", (int)(at - text), text);
    memset(conflicts, 0, count * sizeof *conflicts);
    for (long which; (which = next_number(&at)) >= 0; n++) {
        must((size_t)which < count && !conflicts[which]);
        conflicts[which] = true;
    }
    free(text);
    return n;
}

/* git merge, in a work tree, says the same. */
static void merge_at_work(const bool *conflicts, size_t count)
{
    size_t n = 0, wanted = 0;
    const char *at;
    char *text;

    must(run("git clone -q -b ours server work 2>/dev/null") == 0);
    run("git -C work merge -q origin/theirs >/dev/null 2>&1");
    must(run("git -C work diff --name-only --diff-filter=U >unmerged") == 0);
    text = text_of("unmerged");
    at = text;
    for (long which; (which = next_number(&at)) >= 0; n++)
        must((size_t)which < count && conflicts[which]);
    free(text);
    for (size_t i = 0; i < count; i++)
        wanted += conflicts[i];
    must(n == wanted);
}

/* ---- what came out ---- */

static void read_env(vault *v, const char *env, struct model *m)
{
    vault_readers *readers;
    vault_secrets *secrets;
    char name[128];

    must(vault_reader_list(v, env, &readers) == VAULT_OK);
    for (size_t i = 0; i < vault_readers_count(readers); i++) {
        snprintf(name, sizeof name, "%s:%s", env, vault_readers_at(readers, i)->name);
        put(m, name, vault_readers_at(readers, i)->public_key);
    }
    vault_release(readers);
    must(vault_secret_list(v, env, 0, 0, &secrets) == VAULT_OK);
    for (size_t i = 0; i < vault_secrets_count(secrets); i++) {
        vault_kv *kv;

        must(vault_secret_get(v, env, vault_secrets_at(secrets, i)->name, NULL, 0, &kv) ==
             VAULT_OK);
        for (size_t j = 0; j < vault_kv_count(kv); j++) {
            vault_pair pair = vault_kv_at(kv, j);

            snprintf(name, sizeof name, "%s/%s/%s", env, vault_secrets_at(secrets, i)->name,
                     pair.name);
            put(m, name, pair.value);
        }
        vault_kv_free(kv);
    }
    vault_release(secrets);
}

/* Whether the vault verifies, and says what it must. */
static bool holds_union(const char *text, size_t len, const struct model *wanted)
{
    static struct model m;
    vault *v = vault_new();
    const char **envs = NULL;
    size_t count = 0;
    bool good;

    must(v != NULL);
    give_identity(v, &me);
    m.count = 0;
    good =
        vault_open_bytes(v, text, len) == VAULT_OK && vault_env_list(v, &envs, &count) == VAULT_OK;
    for (size_t i = 0; i < count && good; i++) {
        good = vault_verify(v, envs[i], NULL, NULL) == VAULT_OK;
        if (good)
            read_env(v, envs[i], &m);
    }
    good = good && m.count == wanted->count;
    for (size_t i = 0; i < m.count && good; i++)
        good = strcmp(m.at[i].name, wanted->at[i].name) == 0 &&
               strcmp(m.at[i].value, wanted->at[i].value) == 0;
    vault_release(envs);
    vault_free(v);
    return good;
}

/* What tests/independent/read.py must print: {environment: {secret: {key: base64}}}. */
static void write_json(const struct model *m, FILE *f)
{
    char last[2][64] = {"", ""};

    fprintf(f, "{");
    for (size_t i = 0; i < m->count; i++) {
        struct op op = {.kind = SET};
        char value[BASE64_ENCODED(80) + 3] = "", env[16];
        size_t len = strlen(m->at[i].value);

        if (strchr(m->at[i].name, ':'))
            continue;
        take_apart(&m->at[i], &op);
        snprintf(env, sizeof env, "%s", op.env);
        base64_encode(value, m->at[i].value, len);
        while (strlen(value) % 4)
            strcat(value, "=");
        if (strcmp(last[0], env) != 0)
            fprintf(f, "%s\n \"%s\": {", last[0][0] ? "\n  }\n }," : "", env);
        else if (strcmp(last[1], op.secret) != 0)
            fprintf(f, "\n  },");
        if (strcmp(last[0], env) != 0 || strcmp(last[1], op.secret) != 0)
            fprintf(f, "\n  \"%s\": {\n   ", op.secret);
        else
            fprintf(f, ",\n   ");
        fprintf(f, "\"%s\": \"%s\"", op.key, value);
        snprintf(last[0], sizeof last[0], "%s", env);
        snprintf(last[1], sizeof last[1], "%s", op.secret);
    }
    fprintf(f, "\n  }\n }\n}\n");
}

struct samples {
    size_t wanted; /* of each row */
    const char *folder;
};

static void write_sample(const struct samples *s, size_t row, size_t which, const char *text,
                         size_t len, const struct model *m)
{
    char path[1024];
    FILE *f;

    snprintf(path, sizeof path, "%s/%zu-%zu.toml", s->folder, row, which);
    write_text(path, text, len);
    snprintf(path, sizeof path, "%s/%zu-%zu.json", s->folder, row, which);
    f = fopen(path, "we");
    must(f != NULL);
    write_json(m, f);
    must(fclose(f) == 0);
}

/* All files of the tree: "ID blob SIZE", a newline, the text, a newline, and so on. */
static char *read_tree(const char *tree, size_t count)
{
    FILE *f = fopen("requests", "we");

    must(f != NULL);
    for (size_t i = 0; i < count; i++)
        fprintf(f, "%s:%zu\n", tree, i);
    must(fclose(f) == 0 && run("git -C server cat-file --batch <requests >answers") == 0);
    return text_of("answers");
}

/* How many clean merges are not what both sides wanted. */
static size_t check_merged(const struct one_draw *draws, size_t count, const bool *conflicts,
                           const char *tree, size_t row, const struct samples *samples)
{
    char *all = read_tree(tree, count);
    const char *at = all;
    size_t wrong = 0, taken = 0;

    for (size_t i = 0; i < count; i++) {
        const char *blob = strstr(at, " blob ");
        size_t len;

        must(blob != NULL);
        at = blob + 6;
        len = (size_t)next_number(&at);
        must(*at++ == '\n' && at[len] == '\n');
        if (!conflicts[i]) {
            wrong += draws[i].true_conflict || !holds_union(at, len, &draws[i].merged);
            if (taken < samples->wanted)
                write_sample(samples, row, taken++, at, len, &draws[i].merged);
        }
        at += len + 1;
    }
    free(all);
    return wrong;
}

/* What vault_merge has asked: whether both have changed something, and only what stands under a key
 * that the other side has rotated out, or that it does not have. */
struct asked {
    bool at_all, both_changed;
};

/* As honest people answer: what comes is taken, and whoever was revoked on one side is out. */
static void answer(void *user, vault_conflicts *conflicts)
{
    struct asked *asked = user;

    asked->at_all = true;
    for (size_t i = 0; i < vault_conflicts_count(conflicts); i++) {
        vault_conflict *c = vault_conflicts_at(conflicts, i);

        if (strcmp(c->kind, "fork") == 0)
            c->answer = VAULT_ANSWER_BOTH;
        else if (c->why == VAULT_WHY_ROTATED)
            c->answer = c->ours->there ? VAULT_ANSWER_THEIRS : VAULT_ANSWER_OURS;
        else if (c->why == VAULT_WHY_CLAIM)
            c->answer = c->incoming;
        else
            asked->both_changed = true;
    }
}

/* This machine knows what the base has. */
static void pin_base(vault *v, const struct buf *base)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    const char **envs;
    size_t count;

    remove("pins");
    must(vault_pins_use(v, "pins", 0) == VAULT_OK);
    must(vault_open_bytes(v, base->data, base->len) == VAULT_OK);
    must(vault_env_list(v, &envs, &count) == VAULT_OK);
    for (size_t i = 0; i < count; i++)
        must(vault_pin(v, envs[i], NULL) == VAULT_OK &&
             vault_fingerprint(v, envs[i], fingerprint) == VAULT_OK);
    vault_release(envs);
}

/* The same by vault_merge: it conflicts where both have given one name different values, and only
 * there; what it asks beside that is answered in one go, and then is what both sides wanted. */
static size_t merge_with_driver(const struct one_draw *draws, size_t count, size_t *wrong,
                                size_t *questions)
{
    size_t conflicts = 0;

    *questions = 0;
    for (size_t i = 0; i < count; i++) {
        const struct buf *text = draws[i].text[VAULT];
        struct asked asked = {false, false};
        const vault_merging how = {.size = sizeof how,
                                   .base = text[BASE].data,
                                   .base_len = text[BASE].len,
                                   .ours = text[OURS].data,
                                   .ours_len = text[OURS].len,
                                   .theirs = text[THEIRS].data,
                                   .theirs_len = text[THEIRS].len,
                                   .resolve = answer,
                                   .user = &asked};
        vault *v = vault_new();
        char *merged = NULL;
        size_t len;
        vault_err err;

        must(v != NULL);
        give_identity(v, &me);
        pin_base(v, &text[BASE]);
        err = vault_merge(v, &how, &merged, &len);
        if (err == VAULT_OK)
            *wrong += draws[i].true_conflict || !holds_union(merged, len, &draws[i].merged);
        else
            must(err == VAULT_CONFLICT && asked.both_changed);
        conflicts += err != VAULT_OK;
        *questions += err == VAULT_OK && asked.at_all;
        vault_release(merged);
        vault_free(v);
    }
    return conflicts;
}

static bool run_row(size_t row, size_t count, const struct samples *samples)
{
    struct one_draw *draws = calloc(count, sizeof *draws);
    bool *conflicts = calloc(count, sizeof *conflicts), good;
    size_t wrong = 0, n[LAYOUTS], driver, questions, true_conflicts = 0;
    char tree[80];

    must(draws && conflicts);
    state = row;
    for (size_t i = 0; i < count; i++) {
        draw_all(&rows[row], &draws[i]);
        true_conflicts += draws[i].true_conflict;
    }
    for (int layout = LAYOUTS - 1; layout >= 0; layout--) { /* ours last: it stays */
        import_all(draws, count, (enum layout)layout);
        n[layout] = merge_on_server(conflicts, count, tree);
    }
    merge_at_work(conflicts, count);
    wrong = check_merged(draws, count, conflicts, tree, row, samples);
    driver = merge_with_driver(draws, count, &wrong, &questions);
    good = wrong == 0 && (rows[row].no_bar || n[VAULT] <= n[PLAIN]);
#define RATE(n) (100.0 * (double)(n) / (double)count)
    printf("%-36s %7.1f %7.1f %7.1f %9.1f %7.1f %7.1f %6zu  %s\n", rows[row].name, RATE(n[VAULT]),
           RATE(n[PLAIN]), RATE(n[WITH_MAC]), RATE(driver), RATE(questions), RATE(true_conflicts),
           wrong,
           !good              ? "MISSED"
           : rows[row].no_bar ? "no bar: each line changes"
                              : "met");
#undef RATE
    fflush(stdout);
    for (size_t i = 0; i < count; i++)
        free_draw(&draws[i]);
    free(draws);
    free(conflicts);
    return good;
}

int main(int argc, char **argv)
{
    const char *first, *second;
    long count, wanted;
    struct samples samples;
    char identity[1024];
    bool good = true;

    with_kinds = argc > 1 && strcmp(argv[argc - 1], "--kinds") == 0;
    argc -= with_kinds;
    first = argc > 1 ? argv[1] : "1000";
    second = argc > 3 ? argv[2] : "0";
    count = next_number(&first);
    wanted = next_number(&second);
    samples = (struct samples){(size_t)wanted, argc > 3 ? argv[3] : ""};
    must(count > 0 && wanted >= 0 && (wanted == 0 || samples.folder[0] == '/'));
    scene_begin();
    prepare_git();
    if (run("git init -q probe 2>/dev/null && cd probe && git commit -q --allow-empty -m t && "
            "git merge-tree --write-tree HEAD HEAD >/dev/null 2>&1") != 0) {
        printf("there is no git with merge-tree --write-tree\n");
        return NOT_MEASURED;
    }
    me = person_x25519();
    for (int i = 0; i < PEOPLE; i++)
        people[i] = person_x25519();
    if (samples.wanted) {
        snprintf(identity, sizeof identity, "%s/me.key", samples.folder);
        write_text(identity, me.identity, strlen(me.identity));
    }
    printf("%ld draws a row: conflicts in %%\n%-36s %7s %7s %7s %9s %7s %7s %6s\n", count, "",
           "vault", ".env", "MAC", "vault's", "asks", "both", "wrong");
    printf("%-36s %7s %7s %7s %9s %7s %7s\n", "", "", "", "", "driver", "once", "set it");
    for (size_t row = 0; row < ROWS; row++)
        good = run_row(row, (size_t)count, &samples) && good;
    return good ? 0 : 1;
}
