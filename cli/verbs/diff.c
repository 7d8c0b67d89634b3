/* diff: two versions of the vault, by name; and what git shows of one version in its own diffs. */
#include "git/difference.h"
#include "git/history.h"
#include "session/session.h"
#include "table.h"
#include "ui/io.h"
#include "ui/say.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MOST = 32 << 20 };

/* ---- two versions ---- */

struct diff {
    struct session s;
    struct history h;
    const char *env; /* NULL: all */
    bool reveal, json, any;
    char noted[VAULT_NAME_MAX + 1]; /* the environment that a note was about */
    struct buf out;
};

static void note_sealed(struct diff *d, const vault_difference *what)
{
    if (strcmp(d->noted, what->env) == 0)
        return;
    strcpy(d->noted, what->env);
    say_note("%s is not open to you: its values are compared as they are sealed", what->env);
}

static void add_difference(void *user, const vault_difference *what)
{
    struct diff *d = user;

    if (what->what == VAULT_WHAT_UNREAD) {
        if (is_locked(what->error))
            note_sealed(d, what);
        return; /* the rest is the comparison's error */
    }
    if (d->json)
        buf_add_text(&d->out, d->any ? ",\n  {" : "\n  {");
    if (d->json)
        difference_add_json(&d->out, what, d->reveal);
    else
        difference_add_line(&d->out, what, d->reveal);
    buf_add_text(&d->out, d->json ? "}" : "");
    d->any = true;
}

static enum status find_version(struct diff *d, const char *revision, vault **v)
{
    const char *blob = NULL;
    vault_err err;
    enum status status = history_find(&d->h, revision, &blob);

    if (status == STATUS_OK)
        status = history_version(&d->h, blob, v, &err);
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

static bool has_env(vault *v, const char *env)
{
    vault_secret_entry *list;
    size_t count;
    bool there = vault_secret_list(v, env, 0, 1, &list, &count) == VAULT_OK;

    if (there)
        vault_release(list);
    return there;
}

static enum status compare(struct diff *d, const struct args *args)
{
    vault *before = NULL, *after = NULL;
    enum status status = STATUS_OK;
    vault_err err;

    if (args->count < 2)
        status = find_current(d, &after);
    if (status == STATUS_OK)
        status = find_version(d, args->count > 0 ? args->operands[0] : "HEAD", &before);
    if (status == STATUS_OK && args->count == 2)
        status = find_version(d, args->operands[1], &after);
    if (status == STATUS_OK && d->env && !has_env(before, d->env) && !has_env(after, d->env)) {
        status = say_error(STATUS_ABSENT, "neither version has an environment %s", d->env);
        say_hint("vault env list");
    }
    if (status != STATUS_OK)
        return status;
    buf_add_text(&d->out, d->json ? "[" : "");
    err = vault_compare(before, after, d->env, add_difference, d);
    buf_add_text(&d->out, d->json ? d->any ? "\n]\n" : "]\n" : "");
    return err == VAULT_OK ? STATUS_OK : say_vault_error(after, err);
}

static enum status diff_versions(const struct args *args)
{
    struct diff d = {.reveal = args_has(args, OPT_REVEAL), .json = args_has(args, OPT_JSON)};
    enum status status = session_open(&d.s, args, NEEDS_VERSIONS);

    d.out.secret = d.reveal;
    d.env = session_named_env(&d.s);
    if (status == STATUS_OK)
        status = history_open(&d.h, &d.s);
    d.h.env = d.env;
    if (status == STATUS_OK)
        status = compare(&d, args);
    if (status == STATUS_OK && !write_buf(&d.out))
        status = STATUS_FAILED;
    buf_free(&d.out);
    history_close(&d.h);
    session_close(&d.s);
    return status;
}

/* ---- one version, for git ---- */

static void add_readers(struct buf *out, vault *v, const char *env)
{
    vault_reader_entry *list;
    size_t count;

    if (vault_reader_list(v, env, &list, &count) != VAULT_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%s reader %s %s ", env, list[i].name, list[i].kind);
        text_escape(out, slice_of(list[i].public_key), SIZE_MAX);
        buf_add_text(out, list[i].seal == VAULT_SEAL_FORGED ? " FORGED\n" : "\n");
    }
    vault_release(list);
}

struct marks {
    vault_mark_entry *list;
    size_t count, next;
};

/* The secret's, which are the next ones if it has any. */
static void add_marks(struct buf *out, struct marks *m, const char *env, const char *secret)
{
    for (; m->next < m->count && strcmp(m->list[m->next].secret, secret) == 0; m->next++) {
        const vault_mark_entry *entry = &m->list[m->next];

        buf_printf(out, "%s %s/%s %s%s\n", env, secret, entry->name,
                   entry->keyed ? "" : "sealed:", entry->mark);
    }
}

/* Lines that tell by themselves what they are about: git shows few around them. */
static void add_env(struct buf *out, vault *v, const char *env)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1], date[VAULT_DATE_LEN + 1];
    vault_err err = vault_fingerprint(v, env, fingerprint);
    vault_secret_entry *list;
    struct marks marks = {.next = 0};
    size_t count;

    buf_printf(out, "%s key %s\n", env,
               err == VAULT_OK  ? fingerprint
               : is_locked(err) ? "sealed"
                                : "DAMAGED: its seals do not match");
    add_readers(out, v, env);
    if (vault_secret_list(v, env, 0, 0, &list, &count) != VAULT_OK)
        return;
    if (vault_mark_list(v, env, NULL, &marks.list, &marks.count) != VAULT_OK)
        marks.count = 0;
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%s %s %s ", env, list[i].name, vault_date_write(list[i].created_at, date));
        text_escape(out, slice_of(list[i].created_by), SIZE_MAX);
        buf_add_text(out, "\n");
        add_marks(out, &marks, env, list[i].name);
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

/* git runs this for every version that it shows: it MUST NOT ask anything, and whatever does not
 * open is shown as it is sealed. What is no vault, such as one with conflict markers, is shown as
 * it stands: git gives up on all of its diff if this fails. */
static enum status show_version(const struct args *args)
{
    struct session s;
    struct buf text = {0}, out = {0};
    vault *v = NULL;
    enum status status = session_open(&s, args, NEEDS_ANY_KEY);

    if (s.v) {
        session_ask_nobody(&s);
        vault_set_notice(s.v, NULL, NULL);
        v = version_reader(&s, NULL); /* a key that cannot be used was told of: without it, then */
        status = v ? read_operand(args->operands[0], &text) : STATUS_FAILED;
    }
    if (status == STATUS_OK && vault_open_bytes(v, buf_slice(&text).at, text.len) == VAULT_OK) {
        buf_free(&text); /* v has a copy */
        add_version(&out, v);
    } else if (status == STATUS_OK) {
        buf_add_slice(&out, buf_slice(&text));
    }
    if (status == STATUS_OK && !write_buf(&out))
        status = STATUS_FAILED;
    vault_free(v);
    buf_free(&text);
    buf_free(&out);
    session_close(&s);
    return status;
}

enum status run_diff(const struct args *args)
{
    if (!args_has(args, OPT_TEXTCONV))
        return diff_versions(args);
    if (args->count == 1 && !args_has(args, OPT_REVEAL) && !args_has(args, OPT_JSON))
        return show_version(args);
    return say_error(STATUS_USAGE, "--textconv takes one file, and nothing beside it");
}
