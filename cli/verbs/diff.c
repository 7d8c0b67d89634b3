/* diff: what differs between two versions of the vault, or between two of its environments; and one
 * version as text, for git's own diffs. */
#include "git/difference.h"
#include "git/history.h"
#include "opens.h"
#include "run/pager.h"
#include "session/session.h"
#include "table.h"
#include "ui/io.h"
#include "ui/json.h"
#include "ui/say.h"
#include "values.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MOST = 32 << 20 };

/* ---- two versions ---- */

struct diff {
    struct session s;
    struct history h;
    const char *env; /* NULL: all */
    bool reveal, json;
    char noted[VAULT_NAME_MAX + 1]; /* the environment that the last note was about */
    struct buf out;
};

static void note_sealed(struct diff *d, const vault_difference *what)
{
    if (strcmp(d->noted, what->env) == 0)
        return;
    strcpy(d->noted, what->env);
    say_note("you cannot open %s: its ciphertexts are compared", what->env);
}

static void add_difference(void *user, const vault_difference *what)
{
    struct diff *d = user;

    if (what->what == VAULT_WHAT_UNREAD) {
        if (is_locked(what->error))
            note_sealed(d, what);
        return; /* any other error is what the comparison returns */
    }
    if (d->json) {
        json_item(&d->out);
        difference_add_json(&d->out, what, d->reveal);
        buf_add_text(&d->out, "}");
    } else {
        difference_add_line(&d->out, what, d->reveal);
    }
}

static enum status find_version(struct diff *d, const char *revision, vault **v)
{
    const char *blob = NULL;
    vault_err err;
    enum status status = history_find(&d->h, revision, &blob);

    NEXT(status, history_version(&d->h, blob, v, &err));
    if (status == STATUS_OK && err != VAULT_OK)
        status = say_vault_error(*v, err);
    return status;
}

/* The file in the work tree. */
static enum status find_current(struct diff *d, vault **v)
{
    const char **envs;
    size_t count;
    vault_err err = vault_env_list(d->s.v, &envs, &count);

    if (err != VAULT_OK)
        return session_error(&d->s, err);
    vault_release(envs);
    *v = d->s.v;
    return STATUS_OK;
}

static enum status compare(struct diff *d, const struct args *args)
{
    vault *before = NULL, *after = NULL;
    enum status status = STATUS_OK;
    vault_err err;

    if (args->count < 2)
        status = find_current(d, &after);
    NEXT(status, find_version(d, args->count > 0 ? args->operands[0] : "HEAD", &before));
    if (status == STATUS_OK && args->count == 2)
        status = find_version(d, args->operands[1], &after);
    if (status == STATUS_OK && d->env && !session_has_env(before, d->env) &&
        !session_has_env(after, d->env)) {
        status = say_error(STATUS_ABSENT, "neither version has an environment %s", d->env);
        say_hint("{program} env list");
    }
    if (status != STATUS_OK)
        return status;
    buf_add_text(&d->out, d->json ? "[" : "");
    err = vault_compare(before, after, d->env, add_difference, d);
    if (d->json)
        json_end(&d->out);
    return err == VAULT_OK ? STATUS_OK : say_vault_error(after, err);
}

/* git knew no such revision: perhaps the operands are environments. */
static void hint_envs(struct diff *d, const struct args *args)
{
    const char *a = args->count == 2 ? args->operands[0] : d->s.env,
               *b = args->count > 0 ? args->operands[args->count - 1] : a;

    if (strcmp(a, b) != 0 && session_has_env(d->s.v, a) && session_has_env(d->s.v, b))
        say_hint("to compare environments: {program} diff -e %s,%s", a, b);
}

static enum status diff_versions(const struct args *args)
{
    struct diff d = {.reveal = args_has(args, OPT_REVEAL), .json = args_has(args, OPT_JSON)};
    enum status status = session_open(&d.s, args, NEEDS_VERSIONS);

    d.out.secret = d.reveal;
    d.env = session_named_env(&d.s);
    NEXT(status, history_open(&d.h, &d.s));
    d.h.env = d.env;
    NEXT(status, compare(&d, args));
    NEXT(status, pager_write(args, &d.out));
    if (status == STATUS_ABSENT)
        hint_envs(&d, args);
    buf_free(&d.out);
    history_close(&d.h);
    session_close(&d.s);
    return status;
}

/* ---- two environments of the file ---- */

struct side {
    const char *env;
    bool opened;
    struct values values; /* without a key, names alone */
};

/* Without a key, compares names; a key that was given has to open it. */
static enum status read_side(struct session *s, struct side *side)
{
    vault_err err = values_add_env(&side->values, s->v, side->env, NULL);

    side->opened = err == VAULT_OK;
    if (is_locked(err) && !s->key_given) {
        say_note("you cannot open %s: its names alone are compared, unverified", side->env);
        err = values_add_names(&side->values, s->v, side->env);
    }
    values_sort(&side->values);
    if (side->values.failed)
        return say_no_memory();
    s->env = side->env; /* for the hints */
    return session_check(s, err);
}

static bool is_same(const struct value *a, const struct value *b)
{
    return a->value.len == b->value.len && a->kind == b->kind &&
           sodium_memcmp(a->value.at, b->value.at, a->value.len) == 0;
}

static void add_side(struct diff *d, const struct side *side, const struct value *v)
{
    if (!v || !side->opened || !(d->reveal || v->kind == VAULT_KIND_OPEN))
        return;
    buf_printf(&d->out, "    %s \"", side->env);
    text_escape(&d->out, v->value, SIZE_MAX);
    buf_add_text(&d->out, "\"\n");
}

/* One variable of either environment, or of both; a or b is NULL where there is none. */
static void add_variable(struct diff *d, const struct side sides[2], const struct value *a,
                         const struct value *b)
{
    bool opened = sides[0].opened && sides[1].opened, same = a && b && opened && is_same(a, b);
    const char *what = !a || !b ? "only" : !opened ? "both" : same ? "same" : "different";
    const struct value *v = a ? a : b;

    if (d->json) {
        char path[VAULT_NAME_MAX + VAULT_VARIABLE_MAX + 2];

        json_item(&d->out);
        snprintf(path, sizeof path, "%s/%s", v->secret, v->name);
        json_word(&d->out, "key", path);
        json_word(&d->out, "what", what);
        if (!a || !b)
            json_word(&d->out, "env", v->env);
        buf_add_text(&d->out, "}");
        return;
    }
    if (!a || !b)
        buf_printf(&d->out, "only in %-8s  %s/%s\n", v->env, v->secret, v->name);
    else
        buf_printf(&d->out, "%-16s  %s/%s%s\n", opened ? what : "in both", v->secret, v->name,
                   opened ? "" : "  (not compared)");
    if (!same) {
        add_side(d, &sides[0], a);
        add_side(d, &sides[1], b);
    }
}

static int order_of(const struct value *a, const struct value *b)
{
    int order = strcmp(a->secret, b->secret);

    return order ? order : strcmp(a->name, b->name);
}

/* The next variable at or after a place; NULL after the last one. */
static const struct value *variable_at(const struct values *all, size_t *place)
{
    while (*place < all->count && !all->list[*place].name)
        ++*place; /* an entry for a secret as a whole */
    return *place < all->count ? &all->list[*place] : NULL;
}

static void compare_sides(struct diff *d, const struct side sides[2])
{
    size_t i = 0, j = 0;

    buf_add_text(&d->out, d->json ? "[" : "");
    for (;;) {
        const struct value *a = variable_at(&sides[0].values, &i),
                           *b = variable_at(&sides[1].values, &j);
        int order = a && b ? order_of(a, b) : a ? -1 : 1;

        if (!a && !b)
            break;
        add_variable(d, sides, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
        i += order <= 0;
        j += order >= 0;
    }
    if (d->json)
        json_end(&d->out);
}

static enum status diff_envs(const struct args *args)
{
    struct diff d = {.reveal = args_has(args, OPT_REVEAL), .json = args_has(args, OPT_JSON)};
    struct side sides[2] = {{.values = VALUES_EMPTY}, {.values = VALUES_EMPTY}};
    const char **envs = NULL;
    size_t count = 0;
    enum status status = session_open(&d.s, args, NEEDS_KEY);

    d.out.secret = d.reveal;
    NEXT(status, session_envs(&d.s, &envs, &count));
    if (status == STATUS_OK && (count != 2 || args->count > 0)) {
        status = say_error(STATUS_USAGE, "two environments of the file are compared, or one of "
                                         "them in two versions");
        say_hint("{program} diff -h");
    }
    for (size_t i = 0; i < 2 && status == STATUS_OK; i++) {
        sides[i].env = envs[i];
        status = read_side(&d.s, &sides[i]);
    }
    if (status == STATUS_OK)
        compare_sides(&d, sides);
    NEXT(status, pager_write(args, &d.out));
    values_free(&sides[0].values);
    values_free(&sides[1].values);
    free(envs);
    buf_free(&d.out);
    session_close(&d.s);
    return status;
}

/* ---- one version, for git ---- */

static void add_readers(struct buf *out, vault *v, const char *env)
{
    vault_readers *list;

    if (vault_reader_list(v, env, &list) != VAULT_OK)
        return;
    for (size_t i = 0; i < vault_readers_count(list); i++) {
        const vault_reader_entry *reader = vault_readers_at(list, i);

        buf_printf(out, "%s reader %s %s ", env, reader->name, reader->kind);
        text_escape(out, slice_of(reader->public_key), SIZE_MAX);
        buf_add_text(out, reader->seal == VAULT_SEAL_FORGED ? " FORGED\n" : "\n");
    }
    vault_release(list);
}

struct marks {
    vault_marks *list; /* NULL: there are none */
    size_t next;
};

static void add_open(struct buf *out, vault *v, const char *env, const vault_mark_entry *entry)
{
    char *text = NULL;

    if (vault_open_text(v, env, entry->secret, entry->name, &text) != VAULT_OK || !text)
        return;
    buf_add_text(out, entry->keyed ? " open " : " unverified, open ");
    opens_add_text(out, text);
    vault_release(text);
}

/* Adds the marks of this secret: they are next in the list, if it has any. */
static void add_marks(struct buf *out, vault *v, struct marks *m, const char *env,
                      const char *secret)
{
    const vault_mark_entry *entry;

    while ((entry = vault_marks_at(m->list, m->next)) && strcmp(entry->secret, secret) == 0) {
        m->next++;
        buf_printf(out, "%s %s/%s %s%s", env, secret, entry->name,
                   entry->keyed ? "" : "sealed:", entry->mark);
        if (entry->kind == VAULT_KIND_OPEN)
            add_open(out, v, env, entry);
        buf_add_text(out, "\n");
    }
}

/* Each line names what it is about, since git shows few lines of context. */
static void add_env(struct buf *out, vault *v, const char *env)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1], date[VAULT_DATE_LEN + 1];
    vault_err err = vault_fingerprint(v, env, fingerprint);
    vault_secrets *list;
    struct marks marks = {.next = 0};

    buf_printf(out, "%s key %s\n", env,
               err == VAULT_OK  ? fingerprint
               : is_locked(err) ? "sealed"
                                : "DAMAGED: its seals do not match");
    add_readers(out, v, env);
    if (vault_secret_list(v, env, 0, 0, &list) != VAULT_OK)
        return;
    (void)!vault_mark_list(v, env, NULL, &marks.list);
    for (size_t i = 0; i < vault_secrets_count(list); i++) {
        const vault_secret_entry *secret = vault_secrets_at(list, i);

        buf_printf(out, "%s %s %s ", env, secret->name, vault_date_write(secret->created_at, date));
        text_escape(out, slice_of(secret->created_by), SIZE_MAX);
        buf_add_text(out, "\n");
        add_marks(out, v, &marks, env, secret->name);
    }
    vault_release(marks.list);
    vault_release(list);
}

static void add_version(struct buf *out, vault *v)
{
    const char **envs;
    size_t count;

    if (vault_env_list(v, &envs, &count) != VAULT_OK)
        return;
    for (size_t i = 0; i < count; i++)
        add_env(out, v, envs[i]);
    vault_release(envs);
}

static enum status read_operand(const char *path, struct buf *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && read_bytes(fd, FILE_MOST, text);

    if (!good)
        say_error(STATUS_FAILED, "cannot read %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return good ? STATUS_OK : STATUS_FAILED;
}

/* Git runs this for every version that it shows. MUST NOT: ask anything. Values that do not open
 * are shown by their ciphertexts, and a file that is not a vault, such as one with conflict
 * markers, as it is: if this fails, git aborts the whole diff. */
static enum status show_version(const struct args *args)
{
    struct session s;
    struct buf text = {0}, out = {0};
    vault *v = NULL;
    enum status status = session_open(&s, args, NEEDS_ANY_KEY);

    if (s.v) {
        session_ask_nobody(&s);
        vault_set_notice(s.v, NULL, NULL);
        v = version_reader(&s, NULL); /* an unusable key was reported; goes on without it */
        status = v ? read_operand(args->operands[0], &text) : STATUS_FAILED;
    }
    if (status == STATUS_OK && vault_open_bytes(v, buf_slice(&text).at, text.len) == VAULT_OK) {
        buf_free(&text); /* v has a copy */
        add_version(&out, v);
    } else if (status == STATUS_OK) {
        buf_add_slice(&out, buf_slice(&text));
    }
    NEXT(status, write_buf(&out));
    vault_free(v);
    buf_free(&text);
    buf_free(&out);
    session_close(&s);
    return status;
}

enum status run_diff(const struct args *args)
{
    bool textconv = args_has(args, OPT_TEXTCONV);
    bool envs = args_several(args, OPT_ENV);
    enum status status;

    if (!textconv) {
        pager_start(args);
        status = envs ? diff_envs(args) : diff_versions(args);
        pager_end();
        return status;
    }
    if (args->count == 1 && !envs && !args_has(args, OPT_REVEAL) && !args_has(args, OPT_JSON))
        return show_version(args);
    return say_error(STATUS_USAGE, "--textconv takes one file and no other option");
}
