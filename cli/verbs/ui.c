/* ui: the dashboard on a terminal. */
#include "ui.h"

#include "run/opener.h"
#include "table.h"
#include "ui/agent.h"
#include "ui/busy.h"
#include "ui/fullscreen.h"
#include "ui/say.h"

#include "base/text.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { USUAL_AGE = 365 * 24 * 60 * 60 };

/* ---- the terminal ---- */

static struct key next_key(void *user, struct key_reader *k, bool *fresh)
{
    (void)user;
    return fullscreen_key(k, fresh);
}

static void get_size(void *user, int *width, int *height)
{
    (void)user;
    fullscreen_size(width, height);
}

static void write_to_terminal(void *user, struct slice bytes)
{
    (void)user;
    fullscreen_write(bytes);
}

static void suspend(void *user, bool away)
{
    (void)user;
    if (away)
        fullscreen_leave();
    else
        fullscreen_enter();
}

static int64_t get_time(void *user)
{
    struct timespec now = {.tv_sec = 0};

    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec;
}

/* ssh-keygen asks on the terminal itself. */
static int open_ssh_key(void *user, const char *path, const char *text, size_t len, char *plain,
                        size_t size)
{
    struct ui *u = user;
    struct buf opened = BUF_SECRET;
    int result;

    u->terminal.suspend(u->terminal.user, true);
    result = opener_ssh(path, (struct slice){text, len}, &opened);
    u->terminal.suspend(u->terminal.user, false);
    grid_forget(&u->grid);
    if (result == 0 && opened.len <= size) {
        memcpy(plain, buf_slice(&opened).at, opened.len);
        result = (int)opened.len;
    }
    buf_free(&opened);
    return result;
}

/* ---- keys ---- */

static void search(struct ui *u)
{
    char before[sizeof u->search];
    size_t row = u->row;
    struct key key;

    memcpy(before, u->search, sizeof before);
    u->search[0] = '\0';
    ui_select(u);
    do {
        size_t len = strlen(u->search);

        ui_say(u, "search: %s_", u->search);
        ui_draw(u);
        key = ui_next(u);
        if (key.kind == KEY_BACKSPACE && len > 0)
            u->search[len - 1] = '\0';
        else if (key.kind == KEY_CHARACTER && key.character > ' ' && key.character < 0x7F &&
                 len + 1 < sizeof u->search) {
            u->search[len] = (char)key.character;
            u->search[len + 1] = '\0';
        } else if (key.kind == KEY_ESCAPE || key.kind == KEY_INTERRUPT) {
            memcpy(u->search, before, sizeof before);
            u->row = row;
        } else {
            continue;
        }
        ui_select(u);
    } while (key.kind != KEY_ENTER && key.kind != KEY_ESCAPE && key.kind != KEY_INTERRUPT &&
             key.kind != KEY_GONE && key.kind != KEY_UP && key.kind != KEY_DOWN);
    buf_clear(&u->message);
}

static void move_by(struct ui *u, long rows)
{
    long at = (long)u->row + rows, last = u->shown_count ? (long)u->shown_count - 1 : 0;

    u->row = (size_t)(at < 0 ? 0 : at > last ? last : at);
}

static bool move(struct ui *u, const struct key *key)
{
    uint32_t c = key->kind == KEY_CHARACTER ? key->character : 0;
    long page = u->page > 2 ? (long)u->page - 2 : 1, all = (long)u->shown_count;

    if (key->kind == KEY_DOWN || c == 'j')
        move_by(u, 1);
    else if (key->kind == KEY_UP || c == 'k')
        move_by(u, -1);
    else if (key->kind == KEY_PAGE_DOWN || c == ' ')
        move_by(u, page);
    else if (key->kind == KEY_PAGE_UP)
        move_by(u, -page);
    else if (key->kind == KEY_HOME)
        move_by(u, -all);
    else if (key->kind == KEY_END || c == 'G')
        move_by(u, all);
    else if ((key->kind == KEY_RIGHT || key->kind == KEY_TAB || c == 'l') &&
             u->column + 1 < u->model.env_count)
        u->column++;
    else if ((key->kind == KEY_LEFT || c == 'h') && u->column > 0)
        u->column--;
    else
        return false;
    return true;
}

/* Ctrl-C in the question leaves too. */
static void leave(struct ui *u)
{
    size_t count = ui_count_changes(u);
    char question[100];
    struct key key = {.kind = KEY_TICK};

    if (count == 0) {
        u->done = true;
        return;
    }
    snprintf(question, sizeof question, "leave without saving %zu change%s? [y/N]", count,
             count == 1 ? "" : "s");
    while (key.kind == KEY_TICK || key.kind == KEY_REDRAW) {
        ui_alarm(u, "%s", question);
        ui_draw(u);
        key = ui_next(u);
    }
    buf_clear(&u->message);
    u->done = u->done || key.kind == KEY_INTERRUPT ||
              (key.kind == KEY_CHARACTER && (key.character == 'y' || key.character == 'Y'));
}

static void look_at_file(struct ui *u)
{
    int64_t now = u->terminal.now(u->terminal.user);

    if (now == u->checked)
        return;
    u->checked = now;
    if (ui_changed_underneath(u) && ui_reload(u) == STATUS_OK)
        ui_say(u, "the file has changed, and was read again");
}

static void clear_view(struct ui *u)
{
    u->filter = UI_ALL;
    u->search[0] = '\0';
    ui_select(u);
}

static void take_key(struct ui *u, const struct key *key)
{
    uint32_t c = key->kind == KEY_CHARACTER ? key->character : 0;

    buf_clear(&u->message);
    if (key->kind == KEY_INTERRUPT || c == 'q')
        leave(u);
    else if (key->kind == KEY_ESCAPE)
        clear_view(u);
    else if (c == '/')
        search(u);
    else if (key->kind == KEY_ENTER)
        ui_act(u, '\n');
    else if (key->kind == KEY_DELETE)
        ui_act(u, 'd');
    else if (!move(u, key) && c)
        ui_act(u, c);
    if (key->kind == KEY_PASTE) { /* which was meant for a question */
        buf_clear(&u->keys.paste);
        ui_alarm(u, "nothing asks for a value here: the paste was dropped");
    }
}

void ui_run(struct ui *u)
{
    while (!u->done) {
        struct key key;

        ui_draw(u);
        key = ui_next(u);
        if (key.kind == KEY_TICK)
            look_at_file(u);
        else if (key.kind != KEY_GONE && key.kind != KEY_REDRAW)
            take_key(u, &key);
        ui_hear(u);
    }
}

/* ---- beginning ---- */

static enum status read_options(struct ui *u, const struct args *args)
{
    const char *age = args_last(args, OPT_MAX_AGE), *no_color = getenv("NO_COLOR");
    uint64_t seconds = USUAL_AGE;

    if (age && !text_duration(slice_of(age), INT64_MAX, &seconds))
        return say_error(STATUS_USAGE, "--max-age takes a time: 90d, 26w");
    u->old_before = (int64_t)time(NULL) - (int64_t)seconds;
    u->read_only = args_has(args, OPT_READ_ONLY);
    u->clipboard = !args_has(args, OPT_NO_CLIPBOARD);
    u->guard = agent_variable();
    u->grid.utf8 = fullscreen_is_utf8();
    u->grid.colours = !(no_color && no_color[0]);
    return STATUS_OK;
}

static bool any_is_opened(const struct ui *u)
{
    for (size_t i = 0; i < u->model.env_count; i++)
        if (u->model.envs[i].opened)
            return true;
    return u->model.env_count == 0;
}

/* What opens without a question is opened; if that is nothing, a passphrase is asked for once. */
enum status ui_begin(struct ui *u)
{
    enum status status;

    vault_set_prompt(u->s.v, NULL, NULL);
    vault_set_file_prompt(u->s.v, NULL, NULL);
    vault_set_ssh_opener(u->s.v, NULL, NULL);
    status = ui_read(u);
    u->column = ui_env_at(&u->model, u->s.env);
    if (u->column >= u->model.env_count)
        u->column = 0;
    vault_set_ssh_opener(u->s.v, open_ssh_key, u);
    if (status == STATUS_OK && !any_is_opened(u) && !u->s.key_given)
        ui_act(u, 'p');
    if (status == STATUS_OK && !any_is_opened(u) && u->model.env_count > 0 && u->message.len == 0)
        ui_alarm(u, "no key here opens it: names and open values are shown, unverified");
    return status;
}

void ui_free(struct ui *u)
{
    ui_drop_changes(u);
    ui_unload(&u->model);
    sodium_memzero(u->model.key, sizeof u->model.key);
    grid_free(&u->grid);
    keys_free(&u->keys);
    buf_free(&u->message);
    buf_free(&u->said);
    free(u->shown);
    u->shown = NULL;
}

/* The terminal is given back before anything is printed, or a signal ends the process. */
static enum status run(struct ui *u)
{
    char why[1024] = "";
    enum status status = fullscreen_begin();

    if (status == STATUS_OK) {
        say_into(&u->said);
        if (!grid_resize(&u->grid, GRID_LEAST_WIDTH, GRID_LEAST_HEIGHT))
            status = say_no_memory();
        NEXT(status, ui_begin(u));
        if (status == STATUS_OK)
            ui_run(u);
        else
            snprintf(why, sizeof why, "%s", buf_text(&u->message, ""));
        ui_clear_clipboard(u);
        say_into(NULL);
    }
    ui_free(u);
    if (u->gone) { /* a signal may end the process now */
        session_close(&u->s);
        u->s.v = NULL;
    }
    fullscreen_end();
    if (why[0])
        say_failure("%s", why);
    return status;
}

enum status run_ui(const struct args *args)
{
    struct ui u = {.terminal = {NULL, next_key, get_size, write_to_terminal, suspend, get_time},
                   .keys = KEY_READER_EMPTY,
                   .model = {.names = ARENA_PUBLIC}};
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    enum status status = fullscreen_check();

    NEXT(status, read_options(&u, args));
    if (status != STATUS_OK)
        return status;
    if (!opener_start()) /* an editor does not run in the cage */
        return say_error(STATUS_FAILED, "cannot start a process");
    status = session_open(&u.s, args, NEEDS_PLACE);
    busy_end();
    ui_look(&u);
    NEXT(status, session_check(&u.s, vault_open(u.s.v, u.s.path)));
    if (status == STATUS_OK && session_named_env(&u.s) && !session_has_env(u.s.v, u.s.env))
        status = session_error(&u.s, vault_fingerprint(u.s.v, u.s.env, fingerprint));
    NEXT(status, run(&u));
    session_close(&u.s);
    return status;
}
