/* The dashboard: saving. Nothing is saved before the user has seen all changes by name and agreed;
 * then all of them are saved at once, or none. */
#include "ui.h"

#include "run/child.h"
#include "ui/status.h"

#include <stdio.h>
#include <string.h>

/* ---- what someone else changed meanwhile ---- */

enum meanwhile { UNTOUCHED, THE_SAME, CONFLICT };

static enum meanwhile judge(struct ui *u, const struct ui_change *c)
{
    size_t env = ui_env_at(&u->model, c->env);
    struct ui_row *row =
        env < u->model.env_count && !c->rejects ? ui_row_at(&u->model, c->secret, c->name) : NULL;
    const struct ui_cell *now = row ? &row->cells[env] : NULL;

    if (!now || now->closed)
        return UNTOUCHED; /* the save says why it cannot be */
    if (now->there == c->base_there && (!now->there || memcmp(now->mark, c->base, UI_MARK) == 0))
        return UNTOUCHED;
    if (c->deletes ? !now->there
                   : now->there && now->kind == c->kind && memcmp(now->mark, c->mark, UI_MARK) == 0)
        return THE_SAME;
    return CONFLICT;
}

/* The user's change stays, on top of what is there now. */
static void rebase(struct ui *u, struct ui_change *c)
{
    size_t env = ui_env_at(&u->model, c->env);
    struct ui_row *row = ui_row_at(&u->model, c->secret, c->name);

    if (!row || env >= u->model.env_count)
        return;
    c->base_there = row->cells[env].there;
    memcpy(c->base, row->cells[env].mark, UI_MARK);
}

/* False if the user gives up. */
static bool ask_about(struct ui *u, struct ui_change *c)
{
    char question[3 * UI_PATH];
    struct ui_row *row = ui_row_at(&u->model, c->secret, c->name);
    size_t env = ui_env_at(&u->model, c->env);
    const char *author = row && row->cells[env].there ? row->cells[env].author : NULL;
    char answer;

    snprintf(question, sizeof question,
             "%s/%s in %s was %s meanwhile%s%.100s: (m)ine, (t)heirs, Esc gives up", c->secret,
             c->name, c->env, row && row->cells[env].there ? "changed" : "deleted",
             author ? " by " : "", author ? author : "");
    answer = ui_choose(u, question, "mt");
    if (answer == 'm')
        rebase(u, c);
    else if (answer == 't')
        ui_drop_change(u, c);
    return answer != 0;
}

static bool settle(struct ui *u)
{
    for (struct ui_change *c = u->changes, *next; c; c = next) {
        enum meanwhile what = judge(u, c);

        next = c->next;
        if (what == THE_SAME)
            ui_drop_change(u, c);
        else if (what == CONFLICT && !ask_about(u, c))
            return false;
    }
    return true;
}

/* ---- saving ---- */

/* Whether a secret is there, so that its variables are added to it. */
static bool has_secret(struct ui *u, const struct ui_change *c)
{
    const char **names = NULL;
    size_t count;
    bool there = vault_value_list(u->s.v, c->env, c->secret, &names, &count) == VAULT_OK;

    vault_release(names);
    return there;
}

static vault_err put(struct ui *u, const struct ui_change *c)
{
    struct slice value = buf_slice(&c->value);
    vault_pair pair = {c->name, value.at, value.len};
    vault_kv *kv = NULL;
    vault_err err = vault_kv_from_pairs(u->s.v, &pair, 1, &kv);

    NEXT(err, vault_kv_set_kind(u->s.v, kv, c->name, c->kind));
    if (err == VAULT_OK && c->entry[0])
        err = vault_proposal_accept(u->s.v, c->env, c->entry, kv);
    else if (err == VAULT_OK)
        err = has_secret(u, c)
                  ? vault_secret_update(u->s.v, c->env, c->secret, kv)
                  : vault_secret_create(u->s.v, c->env, c->secret, kv, VAULT_EXISTING_ERROR);
    vault_kv_free(kv);
    return err;
}

static vault_err remove_value(struct ui *u, const struct ui_change *c)
{
    vault_err err;

    if (c->rejects)
        return vault_proposal_reject(u->s.v, c->env, c->entry);
    err = vault_value_delete(u->s.v, c->env, c->secret, c->name, VAULT_MISSING_IGNORE);

    if (err == VAULT_OK && c->carry_secret[0])
        err = vault_proposal_carry(u->s.v, c->env, c->secret, c->name, c->carry_secret,
                                   c->carry_name);
    return err;
}

/* A template that cannot be resolved is not saved. */
static vault_err check_template(struct ui *u, const struct ui_change *c)
{
    vault_kv *kv = NULL;
    vault_err err = c->deletes || c->kind != VAULT_KIND_TEMPLATE
                        ? VAULT_OK
                        : vault_value_get(u->s.v, c->env, c->secret, c->name, &kv);

    vault_kv_free(kv);
    return err;
}

/* The oldest change first. Values are put before others are deleted, as a rename needs it. */
static vault_err apply(struct ui *u, const struct ui_change *c,
                       vault_err (*step)(struct ui *u, const struct ui_change *c), bool deletes)
{
    vault_err err = c ? apply(u, c->next, step, deletes) : VAULT_OK;

    if (err == VAULT_OK && c && c->deletes == deletes)
        err = step(u, c);
    return err;
}

static vault_err apply_all(struct ui *u)
{
    vault_err err = apply(u, u->changes, put, false);

    NEXT(err, apply(u, u->changes, remove_value, true));
    NEXT(err, apply(u, u->changes, check_template, false));
    if (err != VAULT_OK)
        return err;
    child_hold_signals(); /* none may end this process while a temporary file exists */
    err = vault_save(u->s.v);
    child_release_signals();
    return err;
}

/* MUST: what was changed underneath is read and settled without the lock, which others wait for. */
static bool save(struct ui *u)
{
    enum { LOCK_WAIT = 3000, ROUNDS = 10 };
    vault_err err = VAULT_OK;
    bool again = true;

    for (int round = 0; again && round < ROUNDS; round++) {
        err = vault_lock(u->s.v, LOCK_WAIT);
        again = err == VAULT_OK && ui_changed_underneath(u);
        if (!again)
            break;
        vault_discard(u->s.v);
        if (ui_reload(u) != STATUS_OK || !settle(u)) {
            ui_say(u, "nothing was saved");
            return false;
        }
    }
    NEXT(err, again ? VAULT_FAILED : apply_all(u));
    if (err == VAULT_OK)
        return true;
    ui_say_error(u, err);
    vault_discard(u->s.v);
    return false;
}

/* ---- what is shown before ---- */

static void add_line(struct buf *lines, const struct ui_change *c)
{
    const char *kind = c->deletes                       ? ""
                       : c->kind == VAULT_KIND_OPEN     ? ", open: everybody can read it"
                       : c->kind == VAULT_KIND_TEMPLATE ? ", a template"
                                                        : "";

    if (c->rejects) {
        buf_printf(lines, UI_LINE_WARNING "- %s  the proposal %s  rejected", c->env, c->entry);
        buf_add(lines, "", 1);
        return;
    }
    buf_printf(lines, "%s%c %s  %s/%s  %s%s%s", c->deletes ? UI_LINE_WARNING : "",
               c->deletes      ? '-'
               : c->base_there ? '~'
                               : '+',
               c->env, c->secret, c->name, c->how, kind,
               !c->deletes && c->base_there ? ", replaces a value" : "");
    buf_add(lines, "", 1);
}

static void add_lines(struct buf *lines, const struct ui_change *c)
{
    if (c) {
        add_lines(lines, c->next);
        add_line(lines, c);
    }
}

static bool agrees(struct ui *u)
{
    struct buf lines = {0};
    char title[80];
    size_t count = ui_count_changes(u), at = 0;
    bool yes;

    snprintf(title, sizeof title, "Save %zu change%s?", count, count == 1 ? "" : "s");
    add_lines(&lines, u->changes);
    yes = ui_list(u, title, &lines, "y saves all of it at once, any other key nothing", "yn\033",
                  &at) == 'y';
    buf_free(&lines);
    return yes;
}

void ui_write_changes(struct ui *u)
{
    size_t count;

    if (!u->changes) {
        ui_say(u, "there is nothing to save");
        return;
    }
    if ((ui_changed_underneath(u) && ui_reload(u) != STATUS_OK) || !settle(u)) {
        ui_say(u, "nothing was saved");
        return;
    }
    count = ui_count_changes(u);
    if (count == 0) {
        ui_say(u, "there is nothing left to save: the file stays as it is");
        return;
    }
    if (!agrees(u)) {
        ui_say(u, "nothing was saved");
        return;
    }
    u->confirmed = true;
    if (!save(u))
        return;
    ui_drop_changes(u);
    if (ui_reload(u) == STATUS_OK)
        ui_say(u, "saved %zu change%s", count, count == 1 ? "" : "s");
}
