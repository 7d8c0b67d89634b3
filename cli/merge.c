/* merge: what git runs to merge two versions of a vault, and the end of a merge that was left to a
 * person. Plain text never reaches a file: conflicts are told by name, author and date. */
#include "git.h"

#include "../lib/text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BASE, OURS, THEIRS, VERSIONS };
enum { MARKER_SIZE_MAX = 64, VERSION_MAX = 64 << 20 };

struct merging {
    struct session s;
    const char *name; /* of the file, for messages */
    struct buf text[VERSIONS];
    vault_answer all; /* the answer to every conflict */
    bool ask;
};

/* ---- conflicts ---- */

static void add_place(struct buf *out, const vault_conflict *c)
{
    if (strcmp(c->kind, "value") == 0)
        buf_printf(out, "%s/%s/%s", c->env, c->secret, c->name);
    else if (strcmp(c->kind, "secret") == 0)
        buf_printf(out, "the secret %s/%s", c->env, c->secret);
    else if (strcmp(c->kind, "environment") == 0)
        buf_printf(out, "the environment %s", c->env);
    else if (c->env[0])
        buf_printf(out, "the %s %s of %s", c->kind, c->name, c->env);
    else
        buf_printf(out, "the %s %s", c->kind, c->name);
}

static void add_side(struct buf *out, const char *name, const vault_one_side *side)
{
    time_t when = (time_t)side->updated_at;
    char date[sizeof "2026-01-31 12:00"] = "";
    struct tm tm;

    buf_printf(out, "%s%s", name, side->there ? "" : " deleted");
    if (!side->there || !side->author[0])
        return;
    if (side->updated_at > 0 && gmtime_r(&when, &tm))
        strftime(date, sizeof date, "%Y-%m-%d %H:%M", &tm);
    buf_printf(out, " %s%s%s", side->author, date[0] ? " " : "", date);
}

/* "prod/stripe/API_KEY: ours alice 2026-11-21 05:30, theirs deleted", fit for a terminal. */
static const char *describe(const vault_conflict *c, struct buf *out)
{
    struct buf plain = {0};

    add_place(&plain, c);
    add_side(&plain, ": ours", &c->ours);
    add_side(&plain, ", theirs", &c->theirs);
    if (buf_ok(&plain))
        text_escape(out, buf_slice(&plain), SIZE_MAX);
    buf_free(&plain);
    buf_add(out, "", 1);
    return buf_ok(out) ? out->data : c->name;
}

static vault_answer ask_side(const char *described)
{
    struct buf question = {0};
    char letter = 0;

    buf_printf(&question, "%s\ntake [o]urs or [t]heirs? ", described);
    buf_add(&question, "", 1);
    if (buf_ok(&question))
        letter = terminal_choose(question.data, "ot");
    buf_free(&question);
    return letter == 'o' ? VAULT_OURS : letter == 't' ? VAULT_THEIRS : VAULT_UNDECIDED;
}

static vault_answer resolve(void *user, const vault_conflict *c)
{
    struct merging *m = user;
    struct buf text = {0};
    const char *described = describe(c, &text);
    vault_answer side = m->all;

    if (c->locked) {
        say_note("%s was changed on both sides, and takes a key that opens both", c->env);
        side = VAULT_UNDECIDED;
    } else if (side == VAULT_UNDECIDED && m->ask) {
        side = ask_side(described);
        m->ask = side != VAULT_UNDECIDED; /* who does not answer is asked no more */
    } else if (side == VAULT_UNDECIDED) {
        say_note("in conflict: %s", described);
    }
    buf_free(&text);
    return side;
}

/* ---- the merge ---- */

static enum status say_merge_error(const struct merging *m, vault_err err)
{
    const vault *v = m->s.v;

    say_failure("%s%s%s", m->name ? m->name : "", m->name ? ": " : "", vault_error(v));
    if (vault_hint(v)[0])
        say_hint("%s", vault_hint(v));
    if (err != VAULT_CONFLICT)
        say_hint("%s stands as it was, not merged; when that is mended: vault merge",
                 m->name ? m->name : "ours");
    return status_of(err);
}

static enum status merge(struct merging *m, const char *path, bool write_conflicts,
                         size_t marker_size)
{
    const vault_merging how = {.base = buf_slice(&m->text[BASE]).at,
                               .base_len = m->text[BASE].len,
                               .ours = buf_slice(&m->text[OURS]).at,
                               .ours_len = m->text[OURS].len,
                               .theirs = buf_slice(&m->text[THEIRS]).at,
                               .theirs_len = m->text[THEIRS].len,
                               .resolve = resolve,
                               .user = m,
                               .marker_size = marker_size,
                               .path = path,
                               .write_conflicts = write_conflicts};
    vault_err err = vault_merge(m->s.v, &how, NULL, NULL);

    return err == VAULT_OK ? DONE : say_merge_error(m, err);
}

static enum status merging_open(struct merging *m, const struct args *args, enum needs needs)
{
    const char **envs;
    size_t count;
    enum status status = session_open(&m->s, args, needs);

    if (status == DONE && args_has(args, OPT_OURS) && args_has(args, OPT_THEIRS))
        status = say_error(USAGE, "--ours or --theirs, not both");
    if (args_has(args, OPT_OURS))
        m->all = VAULT_OURS;
    if (args_has(args, OPT_THEIRS))
        m->all = VAULT_THEIRS;
    if (status == DONE) { /* what -e names may be new to this machine */
        status = session_envs(&m->s, &envs, &count);
        free(envs);
    }
    return status;
}

static void merging_close(struct merging *m)
{
    for (int i = 0; i < VERSIONS; i++)
        buf_free(&m->text[i]);
    session_close(&m->s);
}

/* ---- as git's driver ---- */

static enum status read_marker_size(const struct args *args, size_t *size)
{
    const char *text = args_last(args, OPT_MARKER_SIZE);
    uint64_t number = 0;

    if (text && !text_number(slice_of(text), MARKER_SIZE_MAX, &number))
        return say_error(USAGE, "--marker-size is a number up to %d", MARKER_SIZE_MAX);
    *size = (size_t)number;
    return DONE;
}

static enum status run_driver(const struct args *args)
{
    struct merging m = {.name = args_last(args, OPT_PATH)};
    size_t marker_size = 0;
    enum status status = merging_open(&m, args, NEEDS_NEW_FILE);

    if (status == DONE)
        status = read_marker_size(args, &marker_size);
    for (int i = 0; i < VERSIONS && status == DONE; i++)
        status = value_read(args->operands[i], &m.text[i]);
    if (status == DONE)
        status = merge(&m, args->operands[OURS], true, marker_size);
    merging_close(&m);
    return status;
}

/* ---- the end of a merge ---- */

/* The conflicted file: its folder, and its name there. */
struct place {
    char *folder;
    const char *name;
};

static enum status find_place(const char *path, struct place *p)
{
    char *real = realpath(path, NULL), *slash = real ? strrchr(real, '/') : NULL;

    if (!slash) {
        free(real);
        return say_error(NOT_THERE, "there is no file %s", path);
    }
    *slash = '\0';
    p->folder = real;
    p->name = slash + 1;
    return DONE;
}

static enum status not_in_a_merge(struct merging *m)
{
    say_error(NOT_THERE, "%s is not in a merge that git waits for", m->s.path);
    if (vault_open(m->s.v, m->s.path) == VAULT_CONFLICT)
        say_hint("git checkout -m -- %s brings back the merge that was added too early", m->s.path);
    else
        say_hint("git status");
    return NOT_THERE;
}

/* One blob of the index: "MODE ID STAGE<tab>NAME". */
static enum status read_stage(struct merging *m, const char *folder, char *entry, bool *found)
{
    char *id = strchr(entry, ' '), *stage = id ? strchr(++id, ' ') : NULL;
    const char *arguments[] = {"cat-file", "blob", id, NULL};
    int number;

    if (!stage)
        return say_error(FAILED, "git ls-files says something unknown");
    *stage++ = '\0';
    number = *stage - '1';
    if (number < BASE || number > THEIRS)
        return DONE;
    found[number] = true;
    if (git_output(folder, arguments, &m->text[number]) != 0)
        return say_error(FAILED, "git has lost a version of %s", m->s.path);
    return DONE;
}

/* What the index holds of a merge that it waits for. */
static enum status read_stages(struct merging *m, const struct place *p)
{
    const char *arguments[] = {"--literal-pathspecs", "ls-files", "-u", "-z", "--", p->name, NULL};
    bool found[VERSIONS] = {false};
    struct buf list = {0};
    enum status status = DONE;
    int exit_status = git_output(p->folder, arguments, &list);

    if (exit_status == GIT_NOT_HERE)
        status = say_error(FAILED, "there is no git to ask");
    else if (exit_status != 0 || list.len == 0)
        status = not_in_a_merge(m);
    for (char *entry = list.data, *next; status == DONE && entry < list.data + list.len;
         entry = next) {
        next = entry + strlen(entry) + 1;
        status = read_stage(m, p->folder, entry, found);
    }
    buf_free(&list);
    if (status != DONE || (found[OURS] && found[THEIRS]))
        return status;
    say_error(CONFLICT, "one side has deleted %s, the other has changed it", m->s.path);
    say_hint("git add keeps it, git rm deletes it");
    return CONFLICT;
}

static bool same_but_line_ends(struct slice a, struct slice b)
{
    size_t i = 0, j = 0;

    for (;;) {
        while (i < a.len && a.at[i] == '\r')
            i++;
        while (j < b.len && b.at[j] == '\r')
            j++;
        if (i == a.len || j == b.len)
            return i == a.len && j == b.len;
        if (a.at[i++] != b.at[j++])
            return false;
    }
}

/* MUST NOT: a file that somebody has made whole by hand is written over. */
static enum status check_untouched(struct merging *m)
{
    struct buf now = {0};
    enum status status = DONE;

    if (vault_open(m->s.v, m->s.path) == VAULT_OK) {
        status = value_read(m->s.path, &now);
        if (status == DONE && !same_but_line_ends(buf_slice(&now), buf_slice(&m->text[OURS]))) {
            status = say_error(FAILED, "%s has been made whole by hand", m->s.path);
            say_hint("git add -- %s keeps it; git checkout -m -- %s begins anew", m->s.path,
                     m->s.path);
        }
    }
    buf_free(&now);
    return status;
}

static enum status stage(const struct merging *m, const struct place *p)
{
    const char *arguments[] = {"--literal-pathspecs", "add", "--", p->name, NULL};

    /* MUST: no program that the repository names is run, and a filter is one. */
    if (git_has_filter(p->folder, p->name) == 0 && git_output(p->folder, arguments, NULL) == 0) {
        say_note("%s is merged and staged: git commit, or git rebase --continue", m->s.path);
        return DONE;
    }
    say_error(FAILED, "%s is merged, but git does not add it", m->s.path);
    say_hint("git add -- %s", m->s.path);
    return FAILED;
}

static enum status run_finish(const struct args *args)
{
    struct merging m = {.ask = true};
    struct place p = {NULL, NULL};
    enum status status = merging_open(&m, args, NEEDS_PLACE);

    m.ask = terminal_is_there();
    m.name = m.s.path;
    if (status == DONE)
        status = find_place(m.s.path, &p);
    if (status == DONE)
        status = read_stages(&m, &p);
    if (status == DONE)
        status = check_untouched(&m);
    if (status == DONE)
        status = merge(&m, m.s.path, false, 0);
    if (status == DONE)
        status = stage(&m, &p);
    free(p.folder);
    merging_close(&m);
    return status;
}

enum status run_merge(const struct args *args)
{
    if (args->count == 0)
        return run_finish(args);
    if (args->count == VERSIONS)
        return run_driver(args);
    say_error(USAGE, "it is merge BASE OURS THEIRS, or merge alone");
    say_hint("vault merge -h");
    return USAGE;
}
