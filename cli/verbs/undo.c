/* undo: puts the file back as it was before the last change that this user made here.
 *
 * MUST NOT: readmit a reader, or go back to an environment key that was replaced: who was revoked
 * may have kept that key. MUST: compare and replace under one lock. */
#include "session/undo.h"
#include "git/history.h"
#include "table.h"
#include "ui/say.h"

#include "base/file.h"
#include "base/text.h"
#include "run/child.h"

#include <stdio.h>
#include <string.h>

struct undoing {
    struct session s;
    struct file_lock *lock;
    struct file_stamp stamp; /* of the file now */
    struct buf now, former;
    vault *v_now, *v_former;
    struct buf lines; /* what is taken back: sentences, each with a zero byte behind it */
    struct buf left;  /* readers that are taken out again */
    char rotated[VAULT_NAME_MAX + 1];
    char readmitted[VAULT_NAME_MAX + 1], by_env[VAULT_NAME_MAX + 1];
};

/* ---- what would change ---- */

static void add_line(struct undoing *u, const vault_difference *d)
{
    static const char *const ends[] = {[VAULT_WHAT_ADDED] = "is there again",
                                       [VAULT_WHAT_CHANGED] = "is as it was before",
                                       [VAULT_WHAT_REMOVED] = "is gone again",
                                       [VAULT_WHAT_UNREAD] = "could not be compared"};
    static const char *const parts[] = {
        [VAULT_PART_ID] = "the vault's id", [VAULT_PART_ENV] = "the environment",
        [VAULT_PART_KEY] = "the key",       [VAULT_PART_READER] = "reader ",
        [VAULT_PART_SECRET] = "secret ",    [VAULT_PART_VALUE] = "",
        [VAULT_PART_PROPOSAL] = "proposal "};

    buf_printf(&u->lines, "%s: %s%s%s%s %s", d->env, parts[d->part], d->secret,
               d->secret[0] && d->name[0] ? "/" : "", d->name, ends[d->what]);
    buf_add(&u->lines, "", 1);
}

/* From the file to what it was before. */
static void tell(void *user, const vault_difference *d)
{
    struct undoing *u = user;
    bool is_kept = session_has_env(u->v_now, d->env);

    if (d->part == VAULT_PART_KEY || d->part == VAULT_PART_ID)
        snprintf(u->rotated, sizeof u->rotated, "%s", d->env);
    if (d->part == VAULT_PART_READER && d->what != VAULT_WHAT_REMOVED && is_kept) {
        snprintf(u->readmitted, sizeof u->readmitted, "%s", d->name);
        snprintf(u->by_env, sizeof u->by_env, "%s", d->env);
    }
    if (d->part == VAULT_PART_READER && d->what == VAULT_WHAT_REMOVED &&
        session_has_env(u->v_former, d->env))
        buf_printf(&u->left, "%s%s from %s", u->left.len ? ", " : "", d->name, d->env);
    add_line(u, d);
}

static enum status open_version(struct undoing *u, const struct buf *text, vault **v)
{
    *v = version_reader(&u->s, NULL);
    if (!*v)
        return STATUS_FAILED;
    return vault_open_bytes(*v, buf_slice(text).at, text->len) == VAULT_OK
               ? STATUS_OK
               : say_error(STATUS_FAILED, "%s", vault_error(*v));
}

static enum status compare(struct undoing *u)
{
    enum status status = open_version(u, &u->now, &u->v_now);
    vault_err err = VAULT_OK;

    NEXT(status, open_version(u, &u->former, &u->v_former));
    if (status == STATUS_OK)
        err = vault_compare(u->v_now, u->v_former, NULL, tell, u);
    if (status == STATUS_OK && err != VAULT_OK)
        status = say_vault_error(u->v_former, err);
    if (status == STATUS_OK && (!buf_ok(&u->lines) || !buf_ok(&u->left)))
        status = say_no_memory();
    return status;
}

/* ---- refusals ---- */

/* Whether HEAD has exactly this file. */
static enum status refuse_committed(struct undoing *u)
{
    struct history h = {.s = NULL};
    struct buf id = {0}, committed = {0};
    enum status status = history_open(&h, &u->s);
    const char *line;

    if (status == STATUS_OK && history_rev_parse(&h, "HEAD", ":./", h.name, &id) == 0 &&
        (line = git_line(&id)) != NULL) {
        status = history_object(&h, line, &committed);
        if (status == STATUS_OK && slice_equal(buf_slice(&committed), buf_slice(&u->now))) {
            status = say_error(STATUS_ABSENT, "nothing to undo: the file is as it is committed");
            say_hint("git revert HEAD; or for one variable: {program} restore SECRET/NAME");
        }
    }
    buf_free(&committed);
    buf_free(&id);
    history_close(&h);
    return status;
}

static enum status read_record(struct undoing *u)
{
    enum status status = undo_read(&u->s, &u->stamp, &u->former);

    if (status == STATUS_ABSENT) {
        say_error(status, "nothing to undo: no change of this file was made here");
        say_hint("{program} diff");
    } else if (status == STATUS_CONFLICT) {
        say_error(status, "the file has changed since the last change that was made here");
        say_hint("{program} diff; or for one variable: {program} restore SECRET/NAME");
    }
    return status;
}

static enum status refuse_keys(const struct undoing *u)
{
    if (u->readmitted[0]) {
        say_error(STATUS_CONFLICT, "this would let %s read %s again", u->readmitted, u->by_env);
        say_hint("{program} grant %s -e %s", u->readmitted, u->by_env);
        return STATUS_CONFLICT;
    }
    if (u->rotated[0]) {
        say_error(STATUS_CONFLICT, "%s has a new key since, and undo goes back to no older one",
                  u->rotated);
        say_hint("{program} diff; git restore puts the file back, and {program} trust %s the key",
                 u->rotated);
        return STATUS_CONFLICT;
    }
    return STATUS_OK;
}

/* ---- undo ---- */

static enum status failed(const struct err *err)
{
    return say_error(STATUS_FAILED, "%s", err->text);
}

static enum status lock(struct undoing *u)
{
    struct err err;

    if (file_lock(u->s.path, &u->lock, &err) != ERR_OK ||
        file_read_locked(u->lock, UNDO_FILE_MOST, &u->now, &u->stamp, &err) != ERR_OK)
        return failed(&err);
    return STATUS_OK;
}

static enum status replace(struct undoing *u)
{
    struct runs text = {.at = NULL};
    enum status status = STATUS_OK;
    struct err err;

    runs_add(&text, buf_slice(&u->former));
    child_hold_signals();
    if (text.failed)
        status = say_no_memory();
    else if (file_replace(u->lock, &text, NULL, &err) != ERR_OK)
        status = failed(&err);
    if (status == STATUS_OK)
        undo_forget(&u->s);
    child_release_signals();
    runs_free(&text);
    return status;
}

static void say_undone(const struct undoing *u)
{
    const char *at = u->lines.data;

    for (; at && at < u->lines.data + u->lines.len; at += strlen(at) + 1)
        say_note("%s", at);
    if (u->lines.len == 0)
        say_note("the last change is taken back; it changed no name and no value");
    if (u->left.len > 0) {
        say_note("taken out again: %.*s; the key stays, which they may have seen", (int)u->left.len,
                 u->left.data);
        say_hint("if anybody else has had the file: {program} rotate");
    }
}

enum status run_undo(const struct args *args)
{
    struct undoing u = {.lock = NULL};
    enum status status = session_open(&u.s, args, NEEDS_VERSIONS);

    if (u.s.v)
        session_ask_nobody(&u.s); /* what stays closed is compared by its ciphertexts */
    NEXT(status, lock(&u));
    NEXT(status, read_record(&u));
    NEXT(status, refuse_committed(&u));
    NEXT(status, compare(&u));
    NEXT(status, refuse_keys(&u));
    NEXT(status, replace(&u));
    file_unlock(u.lock);
    if (status == STATUS_OK)
        say_undone(&u);
    vault_free(u.v_former);
    vault_free(u.v_now);
    buf_free(&u.lines);
    buf_free(&u.left);
    buf_free(&u.now);
    buf_free(&u.former);
    session_close(&u.s);
    return status;
}
