/* The dashboard: the bottom line, questions, and lists. A question waits for its own keys, while
 * the rest of the screen stays. */
#include "ui.h"

#include "base/text.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ---- keys ---- */

static void flush(struct ui *u)
{
    struct buf out = BUF_SECRET;

    grid_write(&u->grid, &out);
    if (out.len > 0 && buf_ok(&out))
        u->terminal.write(u->terminal.user, buf_slice(&out));
    else if (!buf_ok(&out))
        grid_forget(&u->grid);
    buf_free(&out);
}

void ui_show_now(struct ui *u, const char *message)
{
    ui_say(u, "%s", message);
    ui_draw(u);
    flush(u);
    buf_clear(&u->message);
}

/* Below the least size only a word is shown. False then. */
static bool fit(struct ui *u)
{
    int width, height;
    char text[80];
    bool fits;

    u->terminal.size(u->terminal.user, &width, &height);
    fits = width >= GRID_LEAST_WIDTH && height >= GRID_LEAST_HEIGHT;
    if (width != u->grid.width || height != u->grid.height) {
        if (!grid_resize(&u->grid, width, height)) {
            u->gone = u->done = true;
            return false;
        }
        if (fits)
            return false; /* to be drawn again */
    }
    if (!fits) {
        grid_clear(&u->grid);
        snprintf(text, sizeof text, "vault needs %d columns and %d lines", GRID_LEAST_WIDTH,
                 GRID_LEAST_HEIGHT);
        grid_put(&u->grid, 0, 0, width, GRID_STRONG, slice_of(text));
        if (height > 1)
            grid_put(&u->grid, 0, 1, width, GRID_PLAIN, slice_of("make it larger, or q"));
    }
    return fits;
}

static bool leaves(const struct key *key)
{
    return key->kind == KEY_INTERRUPT || key->kind == KEY_GONE ||
           (key->kind == KEY_CHARACTER && key->character == 'q');
}

/* Returns KEY_TICK when the caller should draw again. */
struct key ui_next(struct ui *u)
{
    struct key key = {.kind = KEY_TICK};
    int width = u->grid.width, height = u->grid.height;
    bool fits = fit(u), fresh = false;

    if (!fits && (width != u->grid.width || height != u->grid.height) &&
        u->grid.width >= GRID_LEAST_WIDTH && u->grid.height >= GRID_LEAST_HEIGHT)
        return key;
    if (u->gone)
        return (struct key){.kind = KEY_GONE};
    flush(u);
    key = u->terminal.key(u->terminal.user, &u->keys, &fresh);
    if (fresh || key.kind == KEY_REDRAW)
        grid_forget(&u->grid);
    if (fresh)
        key.kind = KEY_OTHER; /* whoever continues it sees no value that was shown before */
    if (key.kind == KEY_GONE)
        u->gone = u->done = true;
    if (u->clear_clipboard && u->terminal.now(u->terminal.user) >= u->clear_clipboard)
        ui_clear_clipboard(u);
    if (!fits && !leaves(&key))
        key.kind = KEY_TICK;
    else if (!fits && key.kind == KEY_CHARACTER)
        key.kind = KEY_INTERRUPT;
    return key;
}

static bool gives_up(const struct key *key)
{
    return key->kind == KEY_ESCAPE || key->kind == KEY_INTERRUPT || key->kind == KEY_GONE;
}

/* ---- questions ---- */

/* On the two lines at the bottom; a long one takes more. Returns the line after it. */
static void draw_question(struct ui *u, const char *question, struct slice answer, bool hidden)
{
    struct grid *g = &u->grid;
    struct slice text = slice_of(question);
    int lines = grid_width_of(g, text) / (g->width - 2) + 2, y = g->height - lines;
    char stars[64];

    ui_draw(u);
    for (int i = y; i < g->height; i++) {
        grid_put(g, 0, i, g->width, GRID_PLAIN, slice_of(""));
        for (int x = 0; x < g->width; x++)
            grid_put(g, x, i, 1, GRID_PLAIN, slice_of(" "));
    }
    while (text.len > 0 && y < g->height - 1) {
        size_t len = 0;

        while (len < text.len && (int)len < g->width - 2)
            len++;
        if (len < text.len)
            for (size_t i = len; i > len / 2; i--)
                if (text.at[i] == ' ') {
                    len = i;
                    break;
                }
        len = text_utf8_prefix((struct slice){text.at, len})
                  ? text_utf8_prefix((struct slice){text.at, len})
                  : len;
        grid_put(g, 0, y++, g->width, GRID_STRONG, (struct slice){text.at, len});
        text.at += len;
        text.len -= len;
        while (text.len > 0 && *text.at == ' ') {
            text.at++;
            text.len--;
        }
    }
    if (hidden) {
        snprintf(stars, sizeof stars, "%.40s", answer.len == 0 ? "" : "(not shown)");
        answer = slice_of(stars);
    }
    while (answer.len > 0 && grid_width_of(g, answer) > g->width - 4) {
        answer.at++;
        answer.len--;
    }
    y = g->height - 1;
    int x = grid_put(g, 0, y, 2, GRID_STRONG, slice_of("> "));
    x += grid_put(g, x, y, g->width, GRID_PLAIN, answer);
    grid_put(g, x, y, 1, GRID_REVERSED, slice_of(" "));
}

char ui_choose(struct ui *u, const char *question, const char *letters)
{
    struct key key;

    do {
        draw_question(u, question, slice_of(""), false);
        key = ui_next(u);
        if (key.kind == KEY_CHARACTER && key.character < 0x7F &&
            strchr(letters, (int)key.character))
            return (char)key.character;
    } while (!gives_up(&key));
    return 0;
}

bool ui_confirm(struct ui *u, const char *question)
{
    char text[1200];
    struct key key;

    snprintf(text, sizeof text, "%s? [y/N]", question);
    do {
        draw_question(u, text, slice_of(""), false);
        key = ui_next(u);
    } while (key.kind == KEY_TICK || key.kind == KEY_REDRAW);
    return key.kind == KEY_CHARACTER && (key.character == 'y' || key.character == 'Y');
}

static void drop_last(struct buf *line)
{
    while (line->len > 0 && ((unsigned char)line->data[line->len - 1] & 0xC0) == 0x80)
        line->len--;
    if (line->len > 0)
        line->len--;
}

static void take(struct ui *u, const struct key *key, struct buf *line, bool hidden)
{
    char text[8];

    if (key->kind == KEY_BACKSPACE) {
        drop_last(line);
    } else if (key->kind == KEY_CHARACTER) {
        buf_add(line, text, (size_t)(text_put_character(text, key->character) - text));
    } else if (key->kind == KEY_PASTE) {
        struct slice paste = buf_slice(&u->keys.paste);

        if (u->keys.too_long)
            ui_alarm(u, "the paste is too long: nothing of it was taken");
        if (!hidden && memchr(paste.at, '\n', paste.len))
            paste.len = (size_t)((const char *)memchr(paste.at, '\n', paste.len) - paste.at);
        buf_add_slice(line, paste);
        buf_clear(&u->keys.paste);
    }
}

static bool ask(struct ui *u, const char *question, struct buf *line, bool hidden)
{
    struct key key;

    do {
        draw_question(u, question, buf_slice(line), hidden);
        key = ui_next(u);
        if (key.kind == KEY_ENTER && buf_ok(line))
            return true;
        take(u, &key, line, hidden);
    } while (!gives_up(&key) && buf_ok(line));
    buf_clear(line);
    return false;
}

bool ui_ask(struct ui *u, const char *question, struct buf *line)
{
    return ask(u, question, line, false);
}

bool ui_ask_hidden(struct ui *u, const char *question, struct buf *value)
{
    return ask(u, question, value, true);
}

/* ---- passphrases ---- */

static int answer_with(struct ui *u, const char *question, char *answer, size_t size)
{
    struct buf text = BUF_SECRET;
    int len = -1;

    if (ui_ask_hidden(u, question, &text) && text.len <= size) {
        memcpy(answer, buf_slice(&text).at, text.len);
        len = (int)text.len;
        ui_show_now(u, "opening…");
    }
    buf_free(&text);
    return len;
}

int ui_ask_passphrase(void *user, const char *env, const char *readers, int attempt, char *answer,
                      size_t size)
{
    char question[300];

    snprintf(question, sizeof question, "%spassphrase of %.100s for %.64s (Esc: browse by name)",
             attempt ? "that does not open it; " : "", readers, env);
    return answer_with(user, question, answer, size);
}

int ui_ask_file_passphrase(void *user, const char *path, int attempt, char *answer, size_t size)
{
    struct buf question = {0};
    int len;

    buf_add_text(&question, attempt ? "that does not open it; passphrase of " : "passphrase of ");
    text_escape(&question, slice_of(path), PATH_MAX);
    buf_add_text(&question, " (Esc: browse by name)");
    len = answer_with(user, buf_text(&question, "passphrase"), answer, size);
    buf_free(&question);
    return len;
}

/* ---- lists ---- */

static size_t count_lines(const struct buf *lines)
{
    size_t count = 0;

    for (size_t i = 0; i < lines->len; i++)
        count += lines->data[i] == '\0';
    return count;
}

static void draw_list(struct ui *u, const char *title, const struct buf *lines, const char *help,
                      size_t top, size_t at, bool has_cursor)
{
    static const unsigned styles[] = {GRID_PLAIN, GRID_STRONG, GRID_WARNING, GRID_FAINT};
    struct grid *g = &u->grid;
    size_t line = 0, room = (size_t)g->height - 4;
    const char *text = lines->data, *end = text ? text + lines->len : text;

    grid_clear(g);
    grid_cut(g, 0, 0, g->width, GRID_STRONG, slice_of(title));
    for (; text < end; text += strlen(text) + 1, line++) {
        unsigned style = *text >= 1 && *text <= 3 ? styles[(int)*text] : GRID_PLAIN;
        const char *shown = *text >= 1 && *text <= 3 ? text + 1 : text;
        bool here = has_cursor && line == at;
        int y = (int)(line - top) + 2;

        if (line < top || line >= top + room)
            continue;
        grid_cut(g, 1, y, g->width - 1, style, slice_of(shown));
        if (here)
            grid_restyle(g, 0, y, g->width, style | GRID_REVERSED);
    }
    if (line == 0)
        grid_put(g, 1, 2, g->width, GRID_FAINT, slice_of("nothing"));
    if (u->message.len > 0)
        grid_cut(g, 0, g->height - 2, g->width, u->is_alarm ? GRID_WARNING : GRID_PLAIN,
                 buf_slice(&u->message));
    grid_cut(g, 0, g->height - 1, g->width, GRID_FAINT, slice_of(help));
}

static size_t move(size_t at, size_t count, size_t page, const struct key *key)
{
    size_t last = count > 0 ? count - 1 : 0;
    uint32_t c = key->kind == KEY_CHARACTER ? key->character : 0;

    if (key->kind == KEY_DOWN || c == 'j')
        return at < last ? at + 1 : last;
    if (key->kind == KEY_UP || c == 'k')
        return at > 0 ? at - 1 : 0;
    if (key->kind == KEY_PAGE_DOWN || c == ' ')
        return at + page < last ? at + page : last;
    if (key->kind == KEY_PAGE_UP)
        return at > page ? at - page : 0;
    if (key->kind == KEY_HOME)
        return 0;
    return key->kind == KEY_END ? last : at;
}

char ui_list(struct ui *u, const char *title, const struct buf *lines, const char *help,
             const char *letters, size_t *at)
{
    size_t count = count_lines(lines), top = 0;
    struct key key;

    do {
        size_t room = u->grid.height > 5 ? (size_t)u->grid.height - 4 : 1;

        *at = *at < count ? *at : count ? count - 1 : 0;
        if (*at < top)
            top = *at;
        if (*at >= top + room)
            top = *at - room + 1;
        draw_list(u, title, lines, help, top, *at, count > 0);
        key = ui_next(u);
        if (key.kind != KEY_TICK)
            buf_clear(&u->message);
        if (key.kind == KEY_CHARACTER && key.character < 0x7F &&
            strchr(letters, (int)key.character))
            return (char)key.character;
        if (key.kind == KEY_ENTER && strchr(letters, '\n'))
            return '\n';
        *at = move(*at, count, room, &key);
    } while (!gives_up(&key) && !(key.kind == KEY_CHARACTER && key.character == 'q'));
    return 0;
}
