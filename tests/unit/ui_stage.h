/* The dashboard without a terminal: a script of keys drives it, and what it writes is put on a
 * screen as a terminal would. */
#ifndef TESTS_UI_STAGE_H
#define TESTS_UI_STAGE_H

#include "verbs/table.h"
#include "verbs/ui.h"

#include "base/text.h"
#include "scene.h"
#include "ui/say.h"

#include <stdio.h>
#include <string.h>

enum { STAGE_WIDEST = 200, STAGE_HIGHEST = 60 };

struct stage {
    struct ui ui;
    struct args args;
    const char *keys; /* what is still to be typed */
    size_t left;
    int width, height;
    int64_t now;
    bool ticked;                                 /* since the last key */
    struct buf all;                              /* everything that was written */
    size_t bytes;                                /* since stage_play began */
    struct buf screen;                           /* the grid, when the keys ended */
    char shown[STAGE_HIGHEST][STAGE_WIDEST][16]; /* what a terminal shows of what was written */
    int x, y;
};

/* ---- a terminal that knows what the grid writes ---- */

static inline void stage_blank(struct stage *s)
{
    for (int y = 0; y < STAGE_HIGHEST; y++)
        for (int x = 0; x < STAGE_WIDEST; x++)
            strcpy(s->shown[y][x], " ");
}

static inline size_t stage_escape(struct stage *s, const char *at, size_t len)
{
    int numbers[2] = {0, 0}, at_number = 0;
    size_t used = 2;

    if (len > 1 && at[1] == ']') {
        const char *end = memchr(at, '\a', len);

        must(end != NULL);
        return (size_t)(end - at) + 1;
    }
    must(len > 2 && at[1] == '[');
    for (; used < len && ((at[used] >= '0' && at[used] <= '9') || at[used] == ';'); used++)
        if (at[used] == ';')
            at_number = 1;
        else
            numbers[at_number] = numbers[at_number] * 10 + at[used] - '0';
    must(used < len);
    if (at[used] == 'H') {
        s->y = numbers[0] - 1;
        s->x = numbers[1] - 1;
        must(s->y >= 0 && s->x >= 0 && s->y < s->height && s->x < s->width);
    } else if (at[used] == 'J') {
        stage_blank(s);
    } else {
        must(at[used] == 'm');
    }
    return used + 1;
}

static inline void stage_write(void *user, struct slice bytes)
{
    struct stage *s = user;

    buf_add_slice(&s->all, bytes);
    s->bytes += bytes.len;
    while (bytes.len > 0) {
        size_t len = 1;

        if (*bytes.at == '\033') {
            len = stage_escape(s, bytes.at, bytes.len);
        } else {
            uint32_t c = text_character(bytes, &len);
            int width = character_width(c);

            must(len > 0 && c >= ' ' && s->y < s->height);
            if (width == 0) {
                strncat(s->shown[s->y][s->x - 1], bytes.at, len);
            } else {
                must(s->x + width <= s->width);
                snprintf(s->shown[s->y][s->x], 16, "%.*s", (int)len, bytes.at);
                if (width == 2)
                    s->shown[s->y][s->x + 1][0] = '\0';
                s->x += width;
            }
        }
        bytes.at += len;
        bytes.len -= len;
    }
}

/* Whether the terminal shows what the grid has. */
static inline bool stage_agrees(struct stage *s)
{
    struct buf shown = BUF_SECRET;
    bool same;

    for (int y = 0; y < s->ui.grid.height; y++) {
        size_t start = shown.len;

        for (int x = 0; x < s->ui.grid.width; x++)
            buf_add_text(&shown, s->shown[y][x]);
        while (shown.len > start && shown.data[shown.len - 1] == ' ')
            shown.len--;
        buf_add_text(&shown, "\n");
    }
    buf_clear(&s->screen);
    grid_text(&s->ui.grid, &s->screen);
    same = slice_equal(buf_slice(&shown), buf_slice(&s->screen));
    if (!same)
        printf("# the terminal shows\n%.*s\n# and the grid has\n%.*s\n", (int)shown.len, shown.data,
               (int)s->screen.len, s->screen.data);
    buf_free(&shown);
    return same;
}

static inline struct key stage_key(void *user, struct key_reader *k, bool *fresh)
{
    struct stage *s = user;
    struct key key = {.kind = KEY_NONE};

    *fresh = false;
    while (key.kind == KEY_NONE && s->left > 0) {
        key = keys_take(k, (unsigned char)*s->keys++);
        s->left--;
        s->ticked = false;
        if (key.kind == KEY_NONE && k->count == 1 && s->left > 0 && k->pending[0] == '\033' &&
            *s->keys != '[' && *s->keys != 'O')
            key = keys_pause(k); /* a script has no pauses: Escape is one, unless [ or O follows */
    }
    if (key.kind == KEY_NONE)
        key = keys_pause(k);
    if (key.kind != KEY_NONE)
        return key;
    if (!s->ticked) {
        s->ticked = true;
        s->now++;
        return (struct key){.kind = KEY_TICK};
    }
    must(stage_agrees(s));
    return (struct key){.kind = KEY_GONE};
}

static inline void stage_size(void *user, int *width, int *height)
{
    const struct stage *s = user;

    *width = s->width;
    *height = s->height;
}

static inline void stage_suspend(void *user, bool away)
{
    (void)user;
    (void)away;
}

static inline int64_t stage_now(void *user)
{
    const struct stage *s = user;

    return s->now;
}

static inline bool text_contains(struct slice text, const char *what)
{
    size_t len = strlen(what);

    for (size_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.at + i, what, len) == 0)
            return true;
    return false;
}

/* ---- playing ---- */

/* Types the keys, and puts what is then shown into s->screen. */
static inline void stage_play(struct stage *s, const char *keys, size_t len)
{
    s->keys = keys;
    s->left = len;
    s->bytes = 0;
    s->ticked = false;
    s->ui.done = s->ui.gone = false;
    ui_run(&s->ui);
}

static inline void stage_open(struct stage *s, vault *v, const char *path, int width, int height)
{
    *s = (struct stage){
        .width = width, .height = height, .now = 1, .all = BUF_SECRET, .screen = BUF_SECRET};
    s->args = (struct args){.program = "vault", .verbs = verbs, .verb = verb_named(verbs, "ui")};
    s->ui = (struct ui){
        .terminal = {NULL, stage_key, stage_size, stage_write, stage_suspend, stage_now},
        .keys = KEY_READER_EMPTY,
        .model = {.names = ARENA_PUBLIC},
        .clipboard = true};
    s->ui.terminal.user = s;
    s->ui.grid.utf8 = s->ui.grid.colours = true;
    s->ui.s = (struct session){.args = &s->args, .v = v, .path = path, .env = "dev"};
    stage_blank(s);
    must(grid_resize(&s->ui.grid, width, height));
    ui_look(&s->ui);
    say_into(&s->ui.said);
    must(ui_begin(&s->ui) == STATUS_OK);
}

static inline void stage_close(struct stage *s)
{
    say_into(NULL);
    ui_free(&s->ui);
    buf_free(&s->all);
    buf_free(&s->screen);
}

#endif
