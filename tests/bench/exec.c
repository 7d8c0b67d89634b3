/* The program beside what one would use without it: exec beside env, a shell that reads a plain
 * file, and other tools; list beside wc. Each sample starts the program anew.
 *
 * BIN names the program (BIN-static its static one); PEERS is the folder of the tools that
 * build-aux/peers-bench.sh installs. What is not there is named, and not measured. */
#include "folder.h"
#include "sample.h"

#include "age/plugin.h"
#include "base/file.h"

#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <spawn.h>

enum { ROUNDS = 301, KEY_ROUNDS = 51, PEER_ROUNDS = 11, LIST_ROUNDS = 51, ARGUMENTS = 6 };

#define STATIC_BAR 1.05   /* times env */
#define ORDINARY_BAR 1.25 /* times env */
#define SHELL_BAR 1.5     /* times sh */
#define PQ_BAR 1.1        /* times exec with an X25519 identity */
#define PLUGIN_BAR 3      /* milliseconds beyond the plugin's own time and that of exec */
#define LIST_BAR 5        /* times wc: the file is read, parsed and kept, not only passed by */

/* ---- programs ---- */

/* Its last argument is the program that is run with the values. */
struct command {
    const char *name;
    char path[PATH_MAX]; /* empty: it is not there */
    const char *arguments[ARGUMENTS];
};

static char identity[AGE_IDENTITY_TEXT + 1]; /* of all the vaults here */
static char **environment;                   /* of all commands */

static bool find(const char *name, char path[PATH_MAX])
{
    char list[2 * PATH_MAX];

    snprintf(list, sizeof list, "%s", getenv("PATH"));
    for (char *folder = strtok(list, ":"); folder; folder = strtok(NULL, ":")) {
        int len = snprintf(path, PATH_MAX, "%s/%s", folder, name);

        if (len < PATH_MAX && access(path, X_OK) == 0)
            return true;
    }
    return false;
}

/* Starts it with this as its stdout, and returns its exit status. */
static int run_to(const struct command *c, int out)
{
    posix_spawn_file_actions_t files;
    int status = -1;
    pid_t child;

    bench_must(posix_spawn_file_actions_init(&files) == 0 &&
                   posix_spawn_file_actions_adddup2(&files, out, 1) == 0 &&
                   posix_spawn(&child, c->path, &files, NULL, (char *const *)c->arguments,
                               environment) == 0 &&
                   waitpid(child, &status, 0) == child,
               c->name);
    posix_spawn_file_actions_destroy(&files);
    return status;
}

static int nowhere;

static void run(void *state)
{
    const struct command *c = state;

    bench_must(run_to(c, nowhere) == 0, c->name);
}

/* What it writes to stdout. */
static void output_of(const struct command *c, struct buf *out)
{
    struct err err;
    FILE *file = tmpfile();
    char path[32];

    bench_must(file && run_to(c, fileno(file)) == 0, c->name);
    snprintf(path, sizeof path, "/dev/fd/%d", fileno(file)); /* opened again, from its beginning */
    bench_must(file_read(path, SIZE_MAX / 2, out, NULL, &err) == ERR_OK, c->name);
    buf_add(out, "", 1);
    bench_must(buf_ok(out), "out of memory");
    fclose(file);
}

/* ---- do they do the same? ---- */

static int line_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Those of the sample's variables that are among the lines, in their order. */
static void keep_variables(struct buf *text)
{
    size_t count = 0;
    char **lines = calloc(text->len + 1, sizeof *lines);
    struct buf kept = {0};

    bench_must(lines, "out of memory");
    for (char *line = strtok(text->data, "\n"); line; line = strtok(NULL, "\n"))
        if (strncmp(line, "VALUE_", 6) == 0)
            lines[count++] = line;
    qsort(lines, count, sizeof *lines, line_order);
    for (size_t i = 0; i < count; i++) {
        buf_add_text(&kept, lines[i]);
        buf_add_text(&kept, "\n");
    }
    bench_must(buf_ok(&kept), "out of memory");
    free(lines);
    buf_free(text);
    *text = kept;
}

/* What runs with the command's values has all of the file's, and no other. */
static bool gives_values(const struct command *c)
{
    struct command shows = *c;
    struct buf expected = {0}, given = {0};
    struct err err;
    int last = 0;
    bool same;

    while (shows.arguments[last + 1])
        last++;
    shows.arguments[last] = "env";
    bench_must(file_read("plain.env", SIZE_MAX / 2, &expected, NULL, &err) == ERR_OK, err.text);
    output_of(&shows, &given);
    keep_variables(&given);
    same = slice_equal(buf_slice(&expected), buf_slice(&given));
    buf_free(&expected);
    buf_free(&given);
    return same;
}

/* ---- the places ---- */

static void write_new(const char *path, struct slice text)
{
    struct err err;

    bench_must(file_create(path, text, &err) == ERR_OK, err.text);
}

/* A folder with a vault and the same values in a plain file: from here on the current one. */
static void make_place(const char *folder, const struct sample_shape *shape)
{
    struct buf plain = {0};

    bench_must(chdir(folder) == 0 && mkdir(shape->name, 0700) == 0 && chdir(shape->name) == 0,
               "cannot make a folder");
    sample_make(shape, "vault.toml", identity);
    for (size_t i = 0; i < shape->keys; i++) {
        char name[SAMPLE_NAME];

        sample_key(name, i);
        buf_printf(&plain, "%s=%.*s\n", name, (int)sample_value(i).len, sample_value(i).at);
    }
    bench_must(buf_ok(&plain), "out of memory");
    write_new("plain.env", buf_slice(&plain));
    buf_free(&plain);
}

static void set(const char *name, const char *value)
{
    bench_must(setenv(name, value, 1) == 0, "out of memory");
}

/* Ours, with its language and its PATH, but for what leads to a vault or to a key. */
static void make_environment(const char *home, const char *key, const char *recipient)
{
    extern char **environ;
    char name[64], path[2 * PATH_MAX];

    for (char **at = environ; *at;) {
        int len = (int)strcspn(*at, "=");

        snprintf(name, sizeof name, "%.*s", len, *at);
        if (strncmp(name, "VAULT_", 6) != 0 && strncmp(name, "XDG_", 4) != 0)
            at++;
        else
            bench_must(unsetenv(name) == 0, "out of memory"); /* the next one moves here */
    }
    snprintf(path, sizeof path, "%s:%s/bin", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin",
             getenv("PEERS") ? getenv("PEERS") : ""); /* the peers last: only they stand there */
    set("PATH", path);
    set("HOME", home);
    set("SOPS_AGE_KEY_FILE", key);
    set("RECIPIENT", recipient);
    environment = environ;
}

/* An identity, where it is looked for, and a password for who needs one. */
static void make_home(const char *folder)
{
    struct age_identity id;
    struct buf text = {0}, public_key = {0};
    char path[FOLDER_PATH + 64];

    age_identity_make(&id);
    age_identity_write(&id, identity);
    age_recipient_write(&id.self, &public_key);
    buf_add(&public_key, "", 1);
    buf_printf(&text, "# public key: %s\n%s\n", public_key.data, identity);
    bench_must(buf_ok(&text), "out of memory");
    snprintf(path, sizeof path, "%s/.config/vault/identity", folder);
    write_new(path, buf_slice(&text));
    make_environment(folder, path, public_key.data);
    snprintf(path, sizeof path, "%s/password", folder);
    write_new(path, slice_of("a password of some length\n"));
    buf_free(&text);
    buf_free(&public_key);
}

/* ---- what is compared ---- */

/* SCRIPT runs "$0". */
static struct command shell(const char *name, const char *script)
{
    struct command c = {.name = name, .arguments = {name, "-c", script, "true"}};

    if (!find(name, c.path))
        c.path[0] = '\0';
    return c;
}

static struct command other(const char *name, const char *first, const char *second)
{
    struct command c = {.name = name, .arguments = {name, first, second}};

    bench_must(find(name, c.path), name);
    return c;
}

static struct command ours(const char *suffix)
{
    struct command c = {.name = suffix[0] ? "the static binary" : "vault",
                        .arguments = {"vault", "exec", "--", "true"}};
    const char *bin = getenv("BIN");

    snprintf(c.path, sizeof c.path, "%s%s", bin ? bin : "./vault", suffix);
    return c;
}

/* Commands that take turns. */
struct turns {
    struct command commands[8];
    struct bench_case cases[8];
    size_t count;
};

/* NULL if the program is not there. */
static const struct bench_case *add(struct turns *t, struct command c)
{
    if (access(c.path, X_OK) != 0) {
        printf("  %s is not there: not measured\n", c.name);
        return NULL;
    }
    t->commands[t->count] = c;
    t->cases[t->count] =
        (struct bench_case){.name = c.name, .run = run, .state = &t->commands[t->count]};
    return &t->cases[t->count++];
}

static const struct bench_case *add_giver(struct turns *t, struct command c)
{
    const struct bench_case *added = add(t, c);

    bench_must(!added || gives_values(&c), "other values than in the plain file");
    return added;
}

static void report(const struct bench_case *c, const char *to, double bar)
{
    char line[80];

    if (!c)
        return;
    snprintf(line, sizeof line, "  %s: %.2f ms, to %s", c->name, c->seconds * 1e3, to);
    if (bar > 0)
        bench_report_most(line, c->ratio, "times", bar);
    else
        bench_report(line, c->ratio, "times");
}

static const char plain_file[] = "set -a; . ./plain.env; exec \"$0\"";

static void report_few(void)
{
    struct turns t = {.count = 0};
    const char *floor = "env A=B true";
    const struct bench_case *linked, *ordinary, *sh;

    add(&t, other("env", "A=B", "true"));
    linked = add_giver(&t, ours("-static"));
    ordinary = add_giver(&t, ours(""));
    sh = add_giver(&t, shell("sh", plain_file));
    bench_run(t.cases, t.count, ROUNDS);
    report(linked, floor, STATIC_BAR);
    report(ordinary, floor, ORDINARY_BAR);
    report(sh, floor, 0);
}

static void report_many(void)
{
    struct turns t = {.count = 0};
    const char *floor = "sh and a plain file";
    const struct bench_case *linked, *ordinary, *bash;

    add_giver(&t, shell("sh", plain_file));
    linked = add_giver(&t, ours("-static"));
    ordinary = add_giver(&t, ours(""));
    bash = add_giver(&t, shell("bash", plain_file));
    bench_run(t.cases, t.count, ROUNDS);
    report(linked, floor, SHELL_BAR);
    report(ordinary, floor, SHELL_BAR);
    report(bash, floor, 0);
    if (bash)
        bench_report_most("  vault, to bash", ordinary->ratio / bash->ratio, "times", 1);
}

/* What one would take instead. */
static const struct peer {
    const char *name, *tool, *prepare, *run;
} peers[] = {
    {"age and sh", "age", "age -r \"$RECIPIENT\" -o plain.age plain.env",
     "set -a; eval \"$(age -d -i \"$SOPS_AGE_KEY_FILE\" plain.age)\"; exec \"$0\""},
    {"sops exec-env", "sops", "sops encrypt --age \"$RECIPIENT\" plain.env >sops.env",
     "exec sops exec-env sops.env \"$0\""},
    {"dotenvx run", "dotenvx",
     "cp plain.env dotenvx.env && dotenvx encrypt -q -f dotenvx.env >dotenvx.log",
     "exec dotenvx run -q -f dotenvx.env -- \"$0\""},
    {"ansible-vault view and sh", "ansible-vault",
     "ansible-vault encrypt --vault-password-file ../password --output plain.ansible plain.env",
     "set -a; eval \"$(ansible-vault view --vault-password-file ../password plain.ansible)\"; "
     "exec \"$0\""}};

enum { PEERS = sizeof peers / sizeof *peers };

static void report_peers(void)
{
    struct turns t = {.count = 0};
    char path[PATH_MAX];

    add_giver(&t, ours(""));
    for (size_t i = 0; i < PEERS; i++) {
        struct command c = shell("sh", peers[i].run), prepare;

        c.name = peers[i].name;
        if (!find(peers[i].tool, path)) {
            printf("  %s is not there: not measured\n", peers[i].tool);
            continue;
        }
        prepare = shell("sh", peers[i].prepare);
        bench_must(run_to(&prepare, nowhere) == 0, peers[i].name);
        add_giver(&t, c);
    }
    bench_run(t.cases, t.count, PEER_ROUNDS);
    for (size_t i = 1; i < t.count; i++)
        report(&t.cases[i], "vault", 0);
}

static bool prepares(const char *script)
{
    struct command c = shell("sh", script);

    return run_to(&c, nowhere) == 0;
}

/* Other keys than X25519 for the same 50 values. */
static void report_pq(void)
{
    struct turns t = {.count = 0};

    if (!prepares("\"$BIN\" keygen --pq -o pq.key 2>/dev/null >pq.pub && "
                  "\"$BIN\" grant pq \"$(cat pq.pub)\" 2>/dev/null")) {
        printf("  libsodium is older than 1.0.22: no post-quantum key is measured\n");
        return;
    }
    add(&t, shell("sh", "exec \"$BIN\" exec -- \"$0\""));
    add(&t, shell("sh", "exec \"$BIN\" exec --identity pq.key -- \"$0\""));
    bench_run(t.cases, t.count, KEY_ROUNDS);
    t.cases[1].name = "a post-quantum identity";
    report(&t.cases[1], "X25519", PQ_BAR);
}

/* ---- a plugin alone ---- */

static int to_plugin, from_plugin;
static pid_t plugin_id;

static int plugin_start(void *user, const char *name, const char *machine)
{
    posix_spawn_file_actions_t files;
    char path[2 * PATH_MAX], argument[64];
    char *arguments[] = {path, argument, NULL};
    int in[2], out[2];

    (void)user;
    snprintf(path, sizeof path, "%s/age-plugin-%s", getenv("PLUGINS"), name);
    snprintf(argument, sizeof argument, "--age-plugin=%s", machine);
    bench_must(pipe(in) == 0 && pipe(out) == 0 && fcntl(in[1], F_SETFD, FD_CLOEXEC) == 0 &&
                   fcntl(out[0], F_SETFD, FD_CLOEXEC) == 0 &&
                   posix_spawn_file_actions_init(&files) == 0 &&
                   posix_spawn_file_actions_adddup2(&files, in[0], 0) == 0 &&
                   posix_spawn_file_actions_adddup2(&files, out[1], 1) == 0 &&
                   posix_spawn(&plugin_id, path, &files, NULL, arguments, environment) == 0,
               "age-plugin-pq");
    posix_spawn_file_actions_destroy(&files);
    close(in[0]);
    close(out[1]);
    to_plugin = in[1];
    from_plugin = out[0];
    return 0;
}

static int plugin_write(void *user, const char *bytes, size_t len)
{
    (void)user;
    return write(to_plugin, bytes, len) == (ssize_t)len ? 0 : PLUGIN_FAILED;
}

static int plugin_read(void *user, char *bytes, size_t size)
{
    (void)user;
    return (int)read(from_plugin, bytes, size);
}

static void plugin_stop(void *user)
{
    (void)user;
    close(to_plugin);
    close(from_plugin);
    waitpid(plugin_id, NULL, 0);
}

static const struct age_plugins plugin_calls = {
    NULL, plugin_start, plugin_write, plugin_read, plugin_stop, NULL, NULL, NULL};

struct alone {
    struct age_identity *id;
    struct plugin_file file;
};

static void run_alone(void *state)
{
    struct alone *a = state;
    struct err err;

    bench_must(plugin_unwrap(&plugin_calls, a->id, &a->file, 1, &err) == ERR_OK &&
                   a->file.is_opened,
               "age-plugin-pq");
}

/* The same plugin with the same identity, and what is encrypted to it. */
static void make_alone(struct alone *a, struct arena *arena, struct buf *sealed)
{
    struct buf text = {0};
    struct age_recipient to;
    struct err err;
    size_t count;

    bench_must(file_read("plugin.key", 1 << 16, &text, NULL, &err) == ERR_OK &&
                   age_identity_file_read(buf_slice(&text), arena, &a->id, &count, &err) == ERR_OK,
               "plugin.key");
    buf_clear(&text);
    bench_must(file_read("plugin.pub", 1 << 16, &text, NULL, &err) == ERR_OK &&
                   age_recipient_read((struct slice){text.data, text.len - 1}, &to, &err) == ERR_OK,
               "plugin.pub");
    to.plugins = &plugin_calls;
    bench_must(age_encrypt(slice_of("0123456789abcdef0123456789abcdef"), &to, 1, sealed, &err) ==
                       ERR_OK &&
                   age_header_stanzas(buf_slice(sealed), &a->file.stanzas, &count, &err) == ERR_OK,
               "age-plugin-pq");
    buf_free(&text);
}

static void report_plugin(void)
{
    struct turns t = {.count = 0};
    struct arena arena = {0};
    struct buf sealed = {0};
    struct alone alone = {.id = NULL};
    const char *folder = getenv("PEERS");
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s", folder ? folder : "");
    snprintf(strstr(path, "-bench") ? strstr(path, "-bench") : path, sizeof "/age", "/age");
    set("PLUGINS", path);
    if (!prepares("PATH=$PLUGINS:$PATH && exec 2>/dev/null && age-keygen -pq -o native.key && "
                  "age-plugin-pq -identity -o plugin.key native.key && chmod 600 plugin.key && "
                  "age-keygen -y native.key >plugin.pub && "
                  "\"$BIN\" grant plugin \"$(cat plugin.pub)\"")) {
        printf("  age-plugin-pq is not there: not measured\n");
        return;
    }
    make_alone(&alone, &arena, &sealed);
    t.cases[t.count++] = (struct bench_case){.name = "alone", .run = run_alone, .state = &alone};
    add(&t, shell("sh", "PATH=$PLUGINS:$PATH exec \"$BIN\" exec --identity plugin.key -- \"$0\" "
                        "2>/dev/null"));
    add(&t, shell("sh", "exec \"$BIN\" exec -- \"$0\""));
    bench_run(t.cases, t.count, KEY_ROUNDS);
    printf("  age-plugin-pq alone: %.2f ms\n", t.cases[0].seconds * 1e3);
    bench_report_most("  exec with it, beyond both",
                      (t.cases[1].seconds - t.cases[0].seconds - t.cases[2].seconds) * 1e3, "ms",
                      PLUGIN_BAR);
    arena_free(&arena);
    buf_free(&sealed);
}

/* A name to each line. */
static size_t count_names(const char *text)
{
    size_t count = 0;

    while ((text = strstr(text, "service-"))) {
        count++;
        text++;
    }
    return count;
}

static void report_list(const struct sample_shape *shape)
{
    struct turns t = {.count = 0};
    struct command list = ours("");
    struct buf names = {0};

    list.name = "vault list";
    list.arguments[1] = "list";
    list.arguments[2] = NULL;
    output_of(&list, &names);
    bench_must(count_names(names.data) == shape->secrets, "other names than in the vault");
    buf_free(&names);
    add(&t, other("wc", "-l", "vault.toml"));
    add(&t, list);
    bench_run(t.cases, t.count, LIST_ROUNDS);
    report(&t.cases[1], "wc -l", LIST_BAR);
}

static void report_all(const char *folder)
{
    static const struct sample_shape few = {"50", 1, 50}, many = {"1000", 1, 1000},
                                     most = {"100000", 1000, 100};

    make_home(folder);
    make_place(folder, &few);
    printf("exec -- true, 50 keys and an identity file (LANG=%s; %d rounds)\n",
           getenv("LANG") ? getenv("LANG") : "", ROUNDS);
    report_few();
    printf("exec -- true, 50 keys and other kinds of key (%d rounds)\n", KEY_ROUNDS);
    report_pq();
    report_plugin();
    printf("what one would take instead (%d rounds)\n", PEER_ROUNDS);
    report_peers();
    make_place(folder, &many);
    printf("exec -- true, 1,000 keys (%d rounds)\n", ROUNDS);
    report_many();
    make_place(folder, &most);
    printf("list, 100,000 keys in 1,000 secrets (%d rounds)\n", LIST_ROUNDS);
    report_list(&most);
}

int main(void)
{
    bench_must(sodium_init() >= 0, "libsodium");
    nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    return folder_run(report_all);
}
