/* The dashboard's other screens: the history of a value, readers, what is exposed, the inbox, and
 * all keys. */
#include "ui.h"

#include "exposed.h"
#include "git/former.h"
#include "git/walk.h"
#include "ui/say.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void end_line(struct buf *lines)
{
    buf_add(lines, "", 1);
}

/* ---- the history of one value ---- */

enum { ID_MAX = 64, ID_SHOWN = 10 };

struct past {
    const struct ui_row *row;
    struct past_commit {
        char id[ID_MAX + 1];
    } * commits; /* the oldest first */
    size_t count, unread;
    struct buf *lines; /* one for each */
    size_t *starts;
    bool failed;
};

static bool grow(struct past *p)
{
    struct past_commit *commits = list_grow(p->commits, p->count, sizeof *commits);
    size_t *starts = commits ? list_grow(p->starts, p->count, sizeof *starts) : NULL;

    p->commits = commits ? commits : p->commits;
    p->starts = starts ? starts : p->starts;
    p->failed = p->failed || !starts;
    return starts != NULL;
}

static void take_step(void *user, const struct history_step *step)
{
    static const char *const words[] = {[VAULT_WHAT_ADDED] = "set",
                                        [VAULT_WHAT_CHANGED] = "changed",
                                        [VAULT_WHAT_REMOVED] = "deleted"};
    struct past *p = user;
    const vault_difference *d = step->difference;
    char date[VAULT_DATE_LEN + 1];

    if (!d || d->what == VAULT_WHAT_UNREAD) {
        p->unread++;
        return;
    }
    if (d->part != VAULT_PART_VALUE || strcmp(d->secret, p->row->secret) != 0 ||
        strcmp(d->name, p->row->name) != 0 || !grow(p))
        return;
    snprintf(p->commits[p->count].id, sizeof p->commits[p->count].id, "%s", step->commit->id);
    p->starts[p->count++] = p->lines->len;
    buf_printf(p->lines, "%.*s  %.10s  %-8s", ID_SHOWN, step->commit->id,
               vault_date_write(step->commit->date, date), words[d->what]);
    if (d->after->author && d->after->author[0]) {
        buf_add_text(p->lines, "by ");
        text_escape(p->lines, slice_of(d->after->author), VAULT_AUTHOR_MAX);
    }
    buf_add_text(p->lines, "  commit of ");
    text_escape(p->lines, slice_of(step->commit->author), VAULT_AUTHOR_MAX);
    end_line(p->lines);
}

/* The newest first. */
static void turn_round(const struct past *p, struct buf *to)
{
    for (size_t i = p->count; i-- > 0;) {
        const char *line = p->lines->data + p->starts[i];

        buf_add(to, line, strlen(line) + 1);
    }
}

static enum status read_past(struct ui *u, struct past *p)
{
    struct history h;
    struct history_walk walk = {.env = u->s.env, .tell = take_step, .user = p};
    enum status status = history_open(&h, &u->s);

    h.env = u->s.env;
    NEXT(status, history_read(&h));
    NEXT(status, history_walk(&h, &walk));
    if (status == STATUS_OK && (p->failed || !buf_ok(p->lines)))
        status = say_no_memory();
    history_close(&h);
    return status;
}

/* MUST NOT: make a value readable in the file that was sealed then or is sealed now. */
static vault_kind kind_to_restore(const vault_kv *kv, const char *name, const struct ui_cell *now)
{
    vault_kind kind = vault_kv_kind(kv, name);

    if (kind == VAULT_KIND_OPEN && now->there && now->kind != VAULT_KIND_OPEN)
        return VAULT_KIND_SEALED;
    return kind == VAULT_KIND_ANY ? VAULT_KIND_SEALED : kind;
}

static void restore(struct ui *u, struct ui_row *row, const char *id)
{
    struct ui_cell now = ui_cell_at(row, u->column);
    struct former former = {.kv = NULL};
    struct buf value = BUF_SECRET;
    size_t len;
    const char *text;
    enum status status = former_find(&u->s, row->secret, row->name, id, &former);

    text = vault_kv_get(former.kv, row->name, &len);
    if (status == STATUS_OK && text) {
        buf_add(&value, text, len);
        if (ui_stage(u, row, u->column, "restored", kind_to_restore(former.kv, row->name, &now),
                     &value, ++u->groups))
            ui_say(u, "restored from %.*s: w saves", ID_SHOWN, id);
        else
            ui_say(u, "it has that value now");
    }
    buf_free(&value);
    vault_kv_free(former.kv);
}

/* What a template is made of, on the first line. */
static void add_sources(struct ui *u, const struct ui_row *row, struct buf *title)
{
    const char *secrets[] = {row->secret}, *only[] = {row->name};
    vault_select_rules rules = {
        .size = sizeof rules, .secrets = secrets, .secret_count = 1, .only = only, .only_count = 1};
    vault_selection *s = NULL;

    if (ui_cell_at(row, u->column).kind != VAULT_KIND_TEMPLATE || row->changes[u->column])
        return;
    if (vault_select(u->s.v, u->s.env, &rules, &s) == VAULT_OK) {
        const vault_selected *from;

        for (size_t i = 0; (from = vault_selection_source_at(s, i)); i++)
            if (strcmp(from->secret, row->secret) != 0 || strcmp(from->key, row->name) != 0)
                buf_printf(title, "%s%s/%s", i ? ", " : ", made of ", from->secret, from->key);
    } else {
        buf_printf(title, ": %s", vault_error(u->s.v));
    }
    vault_selection_free(s);
}

void ui_show_history(struct ui *u)
{
    struct ui_row *row = ui_here(u);
    struct buf lines = {0}, turned = {0}, title = {0};
    struct past p = {.row = row, .lines = &lines};
    const char *before = u->s.env;
    size_t at = 0;
    enum status status;
    char answer;

    if (!row || u->column >= u->model.env_count)
        return;
    u->s.env = u->model.envs[u->column].name;
    ui_show_now(u, "reading git's history…");
    status = read_past(u, &p);
    buf_printf(&title, "%s/%s in %s", row->secret, row->name, u->s.env);
    add_sources(u, row, &title);
    turn_round(&p, &turned);
    if (status != STATUS_OK)
        ui_hear(u); /* what git lacks */
    else if (p.count == 0)
        ui_say(u, "git has no version of it%s", p.unread ? " that you can open" : "");
    else if (p.unread > 0)
        ui_say(u, "some versions cannot be opened");
    buf_clear(&u->said);
    answer = ui_list(u, buf_text(&title, ""), &turned,
                     u->read_only ? "q back" : "Enter restores the value of a commit  q back",
                     u->read_only ? "" : "\n", &at);
    if (answer == '\n' && at < p.count)
        restore(u, row, p.commits[p.count - 1 - at].id);
    u->s.env = before;
    free(p.commits);
    free(p.starts);
    buf_free(&lines);
    buf_free(&turned);
    buf_free(&title);
}

/* ---- readers ---- */

static void add_readers(struct ui *u, size_t env, struct buf *lines)
{
    const struct ui_env *e = &u->model.envs[env];
    vault_readers *list = NULL;
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];

    if (vault_reader_list(u->s.v, e->name, &list) != VAULT_OK)
        return;
    buf_printf(lines, UI_LINE_STRONG "%s  %s", e->name,
               e->opened && vault_fingerprint(u->s.v, e->name, fingerprint) == VAULT_OK
                   ? fingerprint
                   : "unverified");
    end_line(lines);
    for (size_t i = 0; i < vault_readers_count(list); i++) {
        const vault_reader_entry *r = vault_readers_at(list, i);

        buf_printf(lines, "%s  %-16s %-12s %s%s",
                   r->seal == VAULT_SEAL_FORGED ? UI_LINE_WARNING : "", r->name, r->kind,
                   r->seal == VAULT_SEAL_FORGED ? "FORGED " : "", r->own ? "(you) " : "");
        text_escape(lines, slice_of(r->public_key), SIZE_MAX);
        end_line(lines);
    }
    vault_release(list);
}

void ui_show_readers(struct ui *u)
{
    struct buf lines = {0};
    size_t at = 0;

    for (size_t i = 0; i < u->model.env_count; i++)
        add_readers(u, i, &lines);
    ui_list(u, "Who can open what", &lines, "q back", "", &at);
    buf_free(&lines);
}

/* ---- exposed ---- */

struct exposing {
    struct ui *u;
    struct buf lines;
};

static void take_exposure(void *user, const struct exposure *e)
{
    struct exposing *x = user;
    size_t env = ui_env_at(&x->u->model, e->env);
    struct ui_row *row =
        env < x->u->model.env_count ? ui_row_at(&x->u->model, e->secret, e->name) : NULL;

    if (row)
        row->cells[env].exposed = true;
    buf_printf(&x->lines, "%-10s %s/%s  known to %s, seen in %.*s", e->env, e->secret, e->name,
               e->reader, ID_SHOWN, e->commit);
    end_line(&x->lines);
}

void ui_show_exposed(struct ui *u)
{
    struct exposing x = {.u = u};
    size_t at = 0;

    ui_show_now(u, "reading git's history…");
    if (exposed_find(&u->s, take_exposure, &x) == STATUS_OK) {
        ui_hear(u);
        if (x.lines.len == 0 && u->message.len == 0)
            ui_say(u, "no former reader knows a value that is still there");
        ui_list(u, "Values that former readers know: change them where they are used", &x.lines,
                "q back: they are marked with !", "", &at);
        ui_select(u);
    }
    buf_free(&x.lines);
}

/* ---- the inbox ---- */

static void add_proposal(struct ui *u, const char *entry, struct buf *lines)
{
    vault_proposal *about = NULL;
    vault_kv *value = NULL;
    char date[VAULT_DATE_LEN + 1];
    vault_err err = vault_proposal_open(u->s.v, u->s.env, entry, &about, &value);

    buf_printf(lines, "%s%s", err == VAULT_INTEGRITY ? UI_LINE_WARNING : "", entry);
    if (err != VAULT_OK) {
        buf_printf(lines, "  %s", vault_error(u->s.v));
    } else {
        buf_printf(lines, "  %.10s  ", vault_date_write(about->made_at, date));
        text_escape(lines, slice_of(about->author), VAULT_AUTHOR_MAX);
        buf_add_text(lines, " (claimed)");
        if (about->old)
            buf_add_text(lines, "; sealed before a rotation: somebody who left can read it");
        if (about->caution == VAULT_CAUTION_NO_VARIABLE)
            buf_add_text(lines, "; a new variable, or one that was deleted");
        if (about->caution == VAULT_CAUTION_NOT_LATER)
            buf_add_text(lines, "; not later than the value there");
    }
    end_line(lines);
    vault_release(about);
    vault_kv_free(value);
}

static void accept(struct ui *u, const char *entry)
{
    vault_proposal *about = NULL;
    vault_kv *kv = NULL;
    struct buf value = BUF_SECRET;
    vault_err err = vault_proposal_open(u->s.v, u->s.env, entry, &about, &kv);
    struct ui_row *row = err == VAULT_OK ? ui_row_at(&u->model, about->secret, about->name) : NULL;
    vault_pair pair = vault_kv_at(kv, 0);

    if (err != VAULT_OK) {
        ui_say_error(u, err);
    } else if (row && pair.value) {
        buf_add(&value, pair.value, pair.len);
        if (ui_stage(u, row, u->column, "accepted", VAULT_KIND_SEALED, &value, ++u->groups)) {
            snprintf(u->changes->entry, sizeof u->changes->entry, "%s", entry);
            ui_say(u, "accepted %s/%s: v shows it, w saves", row->secret, row->name);
        } else {
            ui_say(u, "it is the value already");
        }
        ui_sort(u);
        ui_select(u);
        ui_find_row(u, row);
    }
    buf_free(&value);
    vault_release(about);
    vault_kv_free(kv);
}

static bool decide(struct ui *u, char answer, const char *entry)
{
    if (answer && u->read_only) {
        ui_alarm(u, "nothing can be changed: --read-only");
    } else if (answer == 'a' && !u->model.envs[u->column].opened) {
        ui_alarm(u, "%s is closed", u->s.env);
    } else if (answer == 'a') {
        accept(u, entry);
        return true;
    } else if (answer == 'x' && ui_stage_reject(u, u->column, entry)) {
        ui_say(u, "rejected %s: w saves", entry);
    }
    return answer == 0;
}

void ui_show_inbox(struct ui *u)
{
    enum { SHOWN = 100 };
    const char **entries = NULL, *before = u->s.env;
    size_t count = 0, total = 0, at = 0;
    struct buf lines = {0};
    char title[VAULT_NAME_MAX + 80], answer;
    vault_err err;

    if (u->column >= u->model.env_count)
        return;
    u->s.env = u->model.envs[u->column].name;
    err = vault_proposal_list(u->s.v, u->s.env, SHOWN, &entries, &count, &total);
    if (err != VAULT_OK)
        ui_say_error(u, err);
    for (size_t i = 0; i < count; i++)
        add_proposal(u, entries[i], &lines);
    snprintf(title, sizeof title, "The inbox of %s: %zu proposal%s", u->s.env, total,
             total == 1 ? "" : "s");
    if (err == VAULT_OK)
        do {
            answer = ui_list(u, title, &lines, "a accepts, x rejects, when it is saved  q back",
                             count ? "ax" : "", &at);
        } while (answer && at < count && !decide(u, answer, entries[at]));
    vault_release(entries);
    buf_free(&lines);
    u->s.env = before;
}

/* ---- help ---- */

void ui_show_help(struct ui *u)
{
    static const char *const text[] = {
        UI_LINE_STRONG "Look",
        "arrows, h j k l   move; Page Up and Down, Home, End, G",
        "/                 search: letters in order; Esc shows all again",
        "f                 only missing, different, old or exposed, mine, unsaved",
        "Enter             history of the value, from git; restores an old one",
        "v                 show the value for 10 seconds, or until a key",
        "c                 copy it to the terminal's clipboard for 30 seconds",
        "r                 who can open what",
        "x                 which values former readers know",
        "i                 the inbox of this environment",
        "p                 ask for the passphrase of what is closed",
        "R                 read the file again",
        UI_LINE_STRONG "Change: nothing is saved before w",
        "s                 set the value; a paste of several lines is taken whole",
        "n                 new variable",
        "g                 generate a value",
        "e                 edit the value in your editor",
        "o                 open or seal it",
        "m                 rename it, in all environments",
        "y                 copy it to another environment",
        "d                 delete it from this environment",
        "u                 take back the change here, or the last one",
        "w                 show all changes, and save them at once or not at all",
        UI_LINE_STRONG "Signs",
    };
    static const char *const signs[][2] = {
        {"·  it is not there", ".  it is not there"},
        {"=  the same as in the column to its left", "=  the same as in the column to its left"},
        {"≠  different from it", "#  different from it"},
        {"●  there, with nothing to compare it with", "*  there, with nothing to compare it with"},
        {"○  open: everybody can read it", "o  open: everybody can read it"},
        {"!  older than --max-age, or known to a former reader",
         "!  older than --max-age, or known to a former reader"},
        {"?  sealed, and no key here opens it", "?  sealed, and no key here opens it"},
        {"+ ~ -  new, changed, deleted, and not saved", "+ ~ -  new, changed, deleted, not saved"},
    };
    struct buf lines = {0};
    size_t at = 0;

    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        buf_add(&lines, text[i], strlen(text[i]) + 1);
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        buf_add(&lines, signs[i][!u->grid.utf8], strlen(signs[i][!u->grid.utf8]) + 1);
    ui_list(u, "Keys", &lines, "q back", "", &at);
    buf_free(&lines);
}
