/* The dashboard: what its keys do with the value under the cursor. */
#include "ui.h"

#include "readers.h"
#include "run/opener.h"
#include "sources.h"
#include "ui/say.h"

#include "base/text.h"
#include "find/looks.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_SECONDS = 10, COPIED_SECONDS = 30, COPIED_MAX = 74994 };

/* ---- what is possible ---- */

static bool may_change(struct ui *u)
{
    if (u->read_only)
        ui_alarm(u, "nothing can be changed: --read-only");
    return !u->read_only;
}

/* An agent reads what is on its terminal. */
static bool may_hand_out(struct ui *u)
{
    if (u->guard)
        ui_alarm(u, "a coding agent runs this, as %s says: no value is handed out", u->guard);
    return !u->guard;
}

static bool is_opened(struct ui *u)
{
    const struct ui_env *e = u->column < u->model.env_count ? &u->model.envs[u->column] : NULL;

    if (e && !e->opened)
        ui_alarm(u, "%s is closed: %s%s", e->name, e->why,
                 e->asks ? ". p asks for its passphrase" : "");
    return e && e->opened;
}

/* The row under the cursor, if its value in this column is there and open to the user. */
static struct ui_row *value_here(struct ui *u)
{
    struct ui_row *row = ui_here(u);
    struct ui_cell cell;

    if (!row || u->column >= u->model.env_count)
        return NULL;
    cell = ui_cell_at(row, u->column);
    if (!cell.there) {
        ui_alarm(u, "%s/%s is not in %s", row->secret, row->name, u->model.envs[u->column].name);
        return NULL;
    }
    return is_opened(u) ? row : NULL;
}

/* ---- set, generate, edit ---- */

static bool may_open(struct ui *u, const char *name, struct slice value)
{
    const char *why = looks_secret(value);
    char question[VAULT_VARIABLE_MAX + 200];

    if (!why)
        return true;
    snprintf(question, sizeof question, "%s looks like a secret: %s. Open it all the same", name,
             why);
    return ui_confirm(u, question);
}

/* How to keep what is set; VAULT_KIND_ANY: the user gave up. */
static vault_kind choose_kind(struct ui *u, const struct ui_row *row, struct slice value)
{
    struct ui_cell cell = ui_cell_at(row, u->column);
    char question[UI_PATH + 200], answer;
    vault_kind kind = cell.there ? cell.kind : VAULT_KIND_SEALED;

    if (kind == VAULT_KIND_TEMPLATE) {
        snprintf(question, sizeof question,
                 "%s is a template: t keeps it one, s makes it a plain value", row->name);
        answer = ui_choose(u, question, "ts");
        kind = answer == 't' ? VAULT_KIND_TEMPLATE : answer ? VAULT_KIND_SEALED : VAULT_KIND_ANY;
    } else if (kind == VAULT_KIND_OPEN) {
        snprintf(question, sizeof question,
                 "%s is open: o keeps it readable for everybody, s seals it", row->name);
        answer = ui_choose(u, question, "os");
        kind = answer == 'o' ? VAULT_KIND_OPEN : answer ? VAULT_KIND_SEALED : VAULT_KIND_ANY;
    }
    if (kind == VAULT_KIND_OPEN && !may_open(u, row->name, value))
        kind = VAULT_KIND_ANY;
    return kind;
}

static void stage(struct ui *u, struct ui_row *row, const char *how, struct buf *value)
{
    vault_kind kind = VAULT_KIND_ANY;

    if (value->len > VAULT_VALUE_MAX)
        ui_alarm(u, "the value is too long: %d bytes at most", (int)VAULT_VALUE_MAX);
    else
        kind = choose_kind(u, row, buf_slice(value));
    if (kind == VAULT_KIND_ANY)
        buf_free(value);
    else if (ui_stage(u, row, u->column, how, kind, value, ++u->groups))
        ui_say(u, "%s %s: w saves, u takes it back", how, row->name);
    else if (u->message.len == 0)
        ui_say(u, "that is its value already");
}

static void set_value(struct ui *u, struct ui_row *row)
{
    struct buf value = BUF_SECRET;
    char question[2 * UI_PATH];

    snprintf(question, sizeof question, "value of %s/%s in %s (Enter ends it, Esc gives up)",
             row->secret, row->name, u->model.envs[u->column].name);
    if (ui_ask_hidden(u, question, &value))
        stage(u, row, "set", &value);
    buf_free(&value);
}

static void generate(struct ui *u, struct ui_row *row)
{
    static const struct {
        char letter;
        const char *kind;
    } kinds[] = {{'p', "password:24"}, {'h', "hex:32"}, {'b', "base64:32"}, {'u', "uuid"}};
    struct buf value = BUF_SECRET;
    char answer = ui_choose(
        u, "generate: (p)assword of 24, (h)ex of 32 bytes, (b)ase64 of 32 bytes, (u)uid", "phbu");

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (answer == kinds[i].letter && value_generate(kinds[i].kind, &value) == STATUS_OK)
            stage(u, row, "generated", &value);
    buf_free(&value);
}

static void edit(struct ui *u, struct ui_row *row)
{
    struct buf value = BUF_SECRET, edited = BUF_SECRET;
    vault_err err = ui_value(u, row, u->column, false, &value);
    bool ends;

    if (err != VAULT_OK) {
        ui_say_error(u, err);
        buf_free(&value);
        return;
    }
    ends = value.len > 0 && value.data[value.len - 1] == '\n';
    u->terminal.suspend(u->terminal.user, true);
    say_into(NULL);
    enum status status = opener_edit(buf_slice(&value), &edited);
    say_into(&u->said);
    u->terminal.suspend(u->terminal.user, false);
    grid_forget(&u->grid);
    if (!ends && edited.len > 0 && edited.data[edited.len - 1] == '\n')
        edited.len--; /* which editors add */
    if (status != STATUS_OK)
        ui_alarm(u, "the editor failed: nothing was changed");
    else
        stage(u, row, "edited", &edited);
    buf_free(&value);
    buf_free(&edited);
}

static void add_new(struct ui *u)
{
    struct ui_row *here = ui_here(u), *row;
    struct buf line = {0};
    struct key_path path;

    if (here)
        buf_printf(&line, "%s/", here->secret);
    if (ui_ask(u, "new variable: SECRET/NAME", &line)) {
        if (!key_path_parse(buf_text(&line, ""), &path) || !path.key[0]) {
            ui_alarm(u, "expected SECRET/NAME: a name has letters, digits and _");
        } else {
            if (!path.secret[0])
                strcpy(path.secret, "app");
            row = ui_row_at(&u->model, path.secret, path.key);
            if (row && ui_cell_at(row, u->column).there)
                ui_alarm(u, "%s/%s is there already: s sets it", path.secret, path.key);
            else if (row)
                set_value(u, row);
            ui_sort(u);
            ui_select(u);
            ui_find_row(u, row);
        }
    }
    buf_free(&line);
}

/* ---- open, rename, copy, delete, undo ---- */

static void toggle_open(struct ui *u, struct ui_row *row)
{
    struct ui_cell cell = ui_cell_at(row, u->column);
    struct buf value = BUF_SECRET;
    vault_kind kind = cell.kind == VAULT_KIND_OPEN ? VAULT_KIND_SEALED : VAULT_KIND_OPEN;
    char question[UI_PATH + 200];
    vault_err err;

    if (cell.kind == VAULT_KIND_TEMPLATE) {
        ui_alarm(u, "%s is a template, which is always sealed", row->name);
        return;
    }
    err = ui_value(u, row, u->column, false, &value);
    snprintf(question, sizeof question, "show %s to everybody who can read the file", row->name);
    if (err != VAULT_OK)
        ui_say_error(u, err);
    else if (kind == VAULT_KIND_OPEN &&
             (!ui_confirm(u, question) || !may_open(u, row->name, buf_slice(&value))))
        ui_say(u, "nothing was changed");
    else if (ui_stage(u, row, u->column, kind == VAULT_KIND_OPEN ? "opened" : "sealed", kind,
                      &value, ++u->groups) &&
             kind == VAULT_KIND_SEALED)
        ui_say(u, "sealed: what was committed stays readable in git");
    buf_free(&value);
}

/* In all environments: the name is one row. */
static void rename_to(struct ui *u, struct ui_row *from, struct ui_row *to)
{
    unsigned group = ++u->groups;

    for (size_t i = 0; i < u->model.env_count; i++) {
        struct ui_cell cell = ui_cell_at(from, i);
        struct buf value = BUF_SECRET;
        vault_err err;

        if (!cell.there)
            continue;
        err = ui_value(u, from, i, false, &value);
        if (err != VAULT_OK)
            ui_say_error(u, err);
        else if (ui_stage(u, to, i, "renamed", cell.kind, &value, group) &&
                 ui_stage_delete(u, from, i, group)) {
            snprintf(u->changes->carry_secret, sizeof u->changes->carry_secret, "%s", to->secret);
            snprintf(u->changes->carry_name, sizeof u->changes->carry_name, "%s", to->name);
        }
        buf_free(&value);
    }
}

static bool may_rename(struct ui *u, const struct ui_row *from, const struct ui_row *to)
{
    for (size_t i = 0; i < u->model.env_count; i++) {
        if (!ui_cell_at(from, i).there && !ui_cell_at(to, i).there)
            continue;
        if (ui_cell_at(to, i).there) {
            ui_alarm(u, "%s/%s is in %s already", to->secret, to->name, u->model.envs[i].name);
            return false;
        }
        if (!u->model.envs[i].opened) {
            ui_alarm(u, "%s has it too, and is closed: rename it where that can be opened",
                     u->model.envs[i].name);
            return false;
        }
    }
    return true;
}

static void rename_row(struct ui *u, struct ui_row *from)
{
    struct buf line = {0};
    struct key_path path;
    struct ui_row *to = NULL;

    buf_printf(&line, "%s/%s", from->secret, from->name);
    if (ui_ask(u, "new name, in all environments", &line)) {
        if (!key_path_parse(buf_text(&line, ""), &path) || !path.secret[0] || !path.key[0])
            ui_alarm(u, "expected SECRET/NAME: a name has letters, digits and _");
        else
            to = ui_row_at(&u->model, path.secret, path.key);
    }
    if (to && to != from && may_rename(u, from, to))
        rename_to(u, from, to);
    ui_sort(u);
    ui_select(u);
    if (to)
        ui_find_row(u, to);
    buf_free(&line);
}

/* Readers of the other environment who cannot read this one. */
static bool confirm_readers(struct ui *u, const char *from, const char *to)
{
    struct buf more = {0};
    char question[600];
    vault_err err = readers_gained(u->s.v, from, to, &more);
    bool yes = true;

    if (err != VAULT_OK) {
        ui_say_error(u, err);
        yes = false;
    } else if (more.len > 0) {
        snprintf(question, sizeof question, "let %.300s read it, who could not before",
                 buf_text(&more, ""));
        yes = ui_confirm(u, question);
    }
    buf_free(&more);
    return yes;
}

/* MUST: a person reads the text of a template before another environment fills its holes. */
static bool confirm_template(struct ui *u, struct slice text)
{
    struct buf lines = BUF_SECRET;
    size_t at = 0;
    bool yes;

    if (!may_hand_out(u))
        return false;
    for (struct slice rest = text, line; text_next_line(&rest, &line);) {
        text_escape(&lines, line, SIZE_MAX);
        buf_add(&lines, "", 1);
    }
    yes = buf_ok(&lines) && ui_list(u, "A template: read it", &lines,
                                    "y copies it, any other key does not", "yn", &at) == 'y';
    buf_free(&lines);
    return yes;
}

static bool choose_env(struct ui *u, size_t *env)
{
    struct buf lines = {0};
    size_t at = u->column == 0 ? 1 : 0;
    char title[UI_PATH + 80];
    bool chosen = true;

    if (u->model.env_count < 2) {
        ui_alarm(u, "there is no other environment");
        return false;
    }
    if (u->model.env_count > 2) {
        for (size_t i = 0; i < u->model.env_count; i++) {
            buf_printf(&lines, "%s%s", u->model.envs[i].name,
                       i == u->column            ? " (this one)"
                       : u->model.envs[i].opened ? ""
                                                 : " (closed)");
            buf_add(&lines, "", 1);
        }
        snprintf(title, sizeof title, "Copy it from %s to", u->model.envs[u->column].name);
        chosen = ui_list(u, title, &lines, "Enter copies it there, Esc gives up", "\n", &at) != 0;
    }
    buf_free(&lines);
    *env = at;
    return chosen && at != u->column && at < u->model.env_count;
}

static void copy_to(struct ui *u, struct ui_row *row, size_t env)
{
    struct ui_cell cell = ui_cell_at(row, u->column), there = ui_cell_at(row, env);
    struct buf value = BUF_SECRET;
    char question[UI_PATH + 100];
    vault_err err = ui_value(u, row, u->column, false, &value);

    snprintf(question, sizeof question, "replace %s in %s", row->name, u->model.envs[env].name);
    if (err != VAULT_OK)
        ui_say_error(u, err);
    else if (!u->model.envs[env].opened)
        ui_alarm(u, "%s is closed: %s", u->model.envs[env].name, u->model.envs[env].why);
    else if ((there.there && !ui_confirm(u, question)) ||
             !confirm_readers(u, u->model.envs[u->column].name, u->model.envs[env].name) ||
             (cell.kind == VAULT_KIND_TEMPLATE && !confirm_template(u, buf_slice(&value)))) {
        if (u->message.len == 0)
            ui_say(u, "nothing was copied");
    } else if (ui_stage(u, row, env, "copied", cell.kind, &value, ++u->groups))
        ui_say(u, "copied to %s: w saves", u->model.envs[env].name);
    else
        ui_say(u, "it is the same there");
    buf_free(&value);
}

static void undo(struct ui *u)
{
    struct ui_row *row = ui_here(u);
    struct ui_change *c = row && u->column < u->model.env_count ? row->changes[u->column] : NULL;
    char what[UI_PATH + VAULT_NAME_MAX + 8];

    c = c ? c : u->changes;
    if (!c) {
        ui_say(u, "there is nothing to take back");
        return;
    }
    snprintf(what, sizeof what, "%s/%s in %s", c->secret, c->name, c->env);
    ui_unstage(u, c);
    ui_select(u);
    ui_say(u, "took back: %s", what);
}

/* ---- show and copy out ---- */

static void draw_value(struct ui *u, const struct ui_row *row, struct slice value)
{
    struct grid *g = &u->grid;
    struct buf title = {0}, text = BUF_SECRET;
    int y = 2;

    grid_clear(g);
    buf_printf(&title, "%s/%s in %s", row->secret, row->name, u->model.envs[u->column].name);
    grid_cut(g, 0, 0, g->width, GRID_STRONG, slice_of(buf_text(&title, "")));
    for (struct slice line; y < g->height - 2 && text_next_line(&value, &line);) {
        struct slice rest;

        buf_clear(&text);
        text_escape(&text, line, (size_t)g->width * (size_t)g->height);
        rest = buf_slice(&text);
        do {
            struct slice part = rest;

            while (part.len > 0 && grid_width_of(g, part) > g->width)
                part.len -= part.len > (size_t)g->width * 4 ? part.len - (size_t)g->width * 4 : 1;
            part.len =
                rest.len > 0 && text_utf8_prefix(part) > 0 ? text_utf8_prefix(part) : part.len;
            grid_put(g, 0, y++, g->width, GRID_PLAIN, part);
            rest.at += part.len;
            rest.len -= part.len;
        } while (rest.len > 0 && y < g->height - 2);
    }
    if (value.len > 0)
        grid_put(g, 0, g->height - 2, g->width, GRID_FAINT, slice_of("it goes on"));
    grid_cut(g, 0, g->height - 1, g->width, GRID_FAINT,
             slice_of("any key hides it, or 10 seconds"));
    buf_free(&title);
    buf_free(&text);
}

static void show(struct ui *u, struct ui_row *row)
{
    struct buf value = BUF_SECRET;
    vault_err err = ui_value(u, row, u->column, true, &value);
    int64_t until = u->terminal.now(u->terminal.user) + SHOWN_SECONDS;
    struct key key = {.kind = KEY_TICK};

    if (err != VAULT_OK)
        ui_say_error(u, err);
    while (err == VAULT_OK && (key.kind == KEY_TICK || key.kind == KEY_REDRAW) &&
           u->terminal.now(u->terminal.user) < until) {
        draw_value(u, row, buf_slice(&value));
        key = ui_next(u);
    }
    buf_free(&value);
    if (u->keys.paste.len > 0)
        buf_clear(&u->keys.paste);
}

static void copy_out(struct ui *u, struct ui_row *row)
{
    struct buf value = BUF_SECRET;
    vault_err err = ui_value(u, row, u->column, true, &value);

    if (err != VAULT_OK)
        ui_say_error(u, err);
    else if (value.len > COPIED_MAX)
        ui_alarm(u, "it is too long for a terminal's clipboard");
    else {
        ui_put_clipboard(u, buf_slice(&value));
        u->clear_clipboard = u->terminal.now(u->terminal.user) + COPIED_SECONDS;
        ui_say(u, "sent to the terminal's clipboard (OSC 52), which every program can read: "
                  "cleared in 30 s");
    }
    buf_free(&value);
}

/* ---- keys ---- */

static void open_with_passphrase(struct ui *u)
{
    vault_set_prompt(u->s.v, ui_ask_passphrase, u);
    vault_set_file_prompt(u->s.v, ui_ask_file_passphrase, u);
    ui_reload(u);
    vault_set_prompt(u->s.v, NULL, NULL);
    vault_set_file_prompt(u->s.v, NULL, NULL);
}

static void delete_value(struct ui *u)
{
    struct ui_row *row = value_here(u);

    if (row && ui_stage_delete(u, row, u->column, ++u->groups))
        ui_say(u, "%s will be deleted from %s: w saves, u takes it back", row->name,
               u->model.envs[u->column].name);
    else if (row)
        ui_select(u);
}

static void change_here(struct ui *u, uint32_t key)
{
    struct ui_row *row;
    size_t env;

    if (!may_change(u) || (key == 'e' && !may_hand_out(u)))
        return;
    if (key == 'n') {
        if (is_opened(u))
            add_new(u);
        return;
    }
    row = key == 's' || key == 'g' ? ui_here(u) : value_here(u);
    if (!row || !is_opened(u))
        return;
    if (key == 's')
        set_value(u, row);
    else if (key == 'g')
        generate(u, row);
    else if (key == 'e')
        edit(u, row);
    else if (key == 'o')
        toggle_open(u, row);
    else if (key == 'm')
        rename_row(u, row);
    else if (key == 'y' && choose_env(u, &env))
        copy_to(u, row, env);
}

static void hand_out(struct ui *u, uint32_t key)
{
    struct ui_row *row;

    if (key == 'c' && !u->clipboard) {
        ui_alarm(u, "the clipboard is not used: --no-clipboard");
        return;
    }
    row = may_hand_out(u) ? value_here(u) : NULL;
    if (row && key == 'v')
        show(u, row);
    else if (row)
        copy_out(u, row);
}

void ui_act(struct ui *u, uint32_t key)
{
    if (key < 0x80 && key > 0 && strchr("snegomy", (int)key))
        change_here(u, key);
    else if (key == 'd') {
        if (may_change(u))
            delete_value(u);
    } else if (key == 'u')
        undo(u);
    else if (key == 'w') {
        if (may_change(u))
            ui_write_changes(u);
    } else if (key == 'v' || key == 'c')
        hand_out(u, key);
    else if (key == 'f') {
        u->filter = (enum ui_filter)((u->filter + 1) % UI_FILTERS);
        ui_select(u);
    } else if (key == 'p')
        open_with_passphrase(u);
    else if (key == 'R') {
        if (ui_reload(u) == STATUS_OK)
            ui_say(u, "read again");
    } else if (key == '\n')
        ui_show_history(u);
    else if (key == 'r')
        ui_show_readers(u);
    else if (key == 'x')
        ui_show_exposed(u);
    else if (key == 'i')
        ui_show_inbox(u);
    else if (key == '?')
        ui_show_help(u);
    else
        ui_say(u, "this key does nothing here: ? lists the keys");
}
