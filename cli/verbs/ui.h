/* The dashboard, each file above those before it: messages (ui_say.c); what the vault holds
 * (ui_model.c); what the user changed and has not saved (ui_changes.c); the main screen
 * (ui_view.c); questions and lists (ui_ask.c); saving (ui_save.c); the other screens
 * (ui_screens.c); what keys do with a value (ui_actions.c); the loop over keys (ui.c). */
#ifndef VAULT_UI_H
#define VAULT_UI_H

#include "session/session.h"
#include "ui/grid.h"
#include "ui/keys.h"

#include "base/hashtable.h"

enum { UI_MARK = 8, UI_PATH = VAULT_NAME_MAX + VAULT_VARIABLE_MAX + 2 };

/* ---- what the vault holds ---- */

/* A value is remembered as a keyed hash, which tells whether two are the same; its bytes are
 * decrypted only while they are shown, copied or edited. */
struct ui_cell {
    unsigned char mark[UI_MARK];
    int64_t date;
    const char *author;
    const char *text; /* of an open value; NULL: it is none */
    vault_kind kind;
    bool there;
    bool closed; /* no key opens it: the rest is not known */
    bool exposed;
};

struct ui_change;

struct ui_row {
    const char *secret, *name;
    struct ui_cell *cells; /* one for each environment */
    struct ui_change **changes;
};

struct ui_env {
    const char *name;
    const char *readers; /* their names, with commas */
    const char *own;     /* the name of the user's own reader, or "" */
    bool opened;
    bool asks;        /* a passphrase may open it */
    const char *why;  /* it is not opened */
    size_t proposals; /* that wait */
};

struct ui_model {
    struct ui_env *envs;
    size_t env_count;
    struct ui_row **rows; /* by secret and name */
    size_t count;
    struct arena names; /* public */
    struct hashtable by_path;
    unsigned char key[16]; /* of this run, for the marks: it outlives ui_unload */
    bool failed;           /* out of memory */
};

/* ---- what the user changed ---- */

struct ui_change {
    struct ui_change *next; /* the one before it */
    char env[VAULT_NAME_MAX + 1], secret[VAULT_NAME_MAX + 1], name[VAULT_VARIABLE_MAX + 1];
    const char *how; /* "set", "generated", … */
    unsigned group;  /* of changes that are taken back together */
    bool deletes;
    bool rejects;                         /* the proposal `entry`; no cell shows it */
    char entry[UI_PATH + VAULT_NAME_MAX]; /* of the proposal that it accepts, or empty */
    bool base_there;                      /* what it replaces */
    unsigned char base[UI_MARK];
    unsigned char mark[UI_MARK]; /* of the new value */
    char carry_secret[VAULT_NAME_MAX + 1], carry_name[VAULT_VARIABLE_MAX + 1]; /* a rename to it */
    vault_kind kind;
    struct buf value; /* secret */
};

enum ui_filter { UI_ALL, UI_MISSING, UI_DIFFERENT, UI_OLD, UI_MINE, UI_UNSAVED, UI_FILTERS };

/* How the dashboard reaches a terminal; a test has one of its own. */
struct ui_terminal {
    void *user;
    struct key (*key)(void *user, struct key_reader *k, bool *fresh);
    void (*size)(void *user, int *width, int *height);
    void (*write)(void *user, struct slice bytes);
    void (*suspend)(void *user, bool away); /* for another program, and back */
    int64_t (*now)(void *user);             /* seconds that never go back */
};

struct ui {
    struct session s;
    struct ui_terminal terminal;
    struct grid grid;
    struct key_reader keys;
    struct ui_model model;
    struct ui_change *changes; /* the newest first */
    unsigned groups;
    bool read_only, clipboard;
    int64_t old_before; /* a value that is older is marked */
    const char *guard;  /* the variable of a coding agent, or NULL */

    size_t row, top;     /* of those shown */
    size_t column, left; /* environments */
    size_t page;         /* rows on the screen */
    int name_width;
    size_t *shown, shown_count; /* rows that pass the filter and the search */
    enum ui_filter filter;
    char search[80];

    struct buf message; /* for the bottom line, until the next key */
    struct buf said;    /* what say_… said meanwhile */
    bool is_alarm;
    bool done, gone;         /* gone: the terminal is */
    bool confirmed;          /* the user has agreed to a save, at least once */
    int64_t clear_clipboard; /* when; 0: there is nothing to clear */
    int64_t checked;         /* when the file was last looked at */
    struct ui_stamp {
        int64_t seconds, nanoseconds, size;
        uint64_t inode;
    } stamp;
};

/* ---- ui_say.c ---- */

void ui_say(struct ui *u, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ui_alarm(struct ui *u, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ui_say_error(struct ui *u, vault_err err); /* the vault's */
void ui_hear(struct ui *u);                     /* what say_… said becomes the message */

/* Sends a text to the terminal's clipboard; clears it, if it was sent one. */
void ui_put_clipboard(struct ui *u, struct slice value);
void ui_clear_clipboard(struct ui *u);

/* ---- ui_model.c ---- */

enum status ui_load(struct ui *u);
void ui_unload(struct ui_model *m);
void ui_sort(struct ui *u); /* after rows were added */

/* The row of this name, which is made if it is new: call ui_sort then. NULL: out of memory. */
struct ui_row *ui_row_at(struct ui_model *m, const char *secret, const char *name);
size_t ui_env_at(const struct ui_model *m, const char *env); /* the count: there is none */
void ui_mark(const struct ui_model *m, struct slice value, unsigned char mark[UI_MARK]);

/* The cell as it will be once the changes are saved. */
struct ui_cell ui_cell_at(const struct ui_row *row, size_t env);

/* How it compares with the column to its left. */
enum ui_sign {
    UI_SIGN_MISSING,
    UI_SIGN_THERE, /* there is nothing to compare it with */
    UI_SIGN_SAME,
    UI_SIGN_DIFFERENT,
    UI_SIGN_OPEN,
    UI_SIGN_WARNING,
    UI_SIGN_CLOSED,
    UI_SIGNS
};
enum ui_sign ui_sign_at(const struct ui *u, const struct ui_row *row, size_t env);
bool ui_differs(const struct ui_row *row, size_t env);

/* Whether the file is another one than was read. Call ui_look before it is read. */
bool ui_changed_underneath(struct ui *u);
void ui_look(struct ui *u);

/* The value as it will be: as it is stored, or with what fills a template's holes. out MUST be
 * secret. */
vault_err ui_value(struct ui *u, const struct ui_row *row, size_t env, bool resolved,
                   struct buf *out);

/* ---- ui_changes.c ---- */

/* Notes a change; a group of them is taken back together. ui_stage takes the value. False if
 * nothing would change, or after a message. */
bool ui_stage(struct ui *u, struct ui_row *row, size_t env, const char *how, vault_kind kind,
              struct buf *value, unsigned group);
bool ui_stage_delete(struct ui *u, struct ui_row *row, size_t env, unsigned group);
bool ui_stage_reject(struct ui *u, size_t env, const char *entry);

void ui_link_changes(struct ui *u); /* to rows that were read again */
void ui_drop_change(struct ui *u, struct ui_change *c);
void ui_unstage(struct ui *u, const struct ui_change *c); /* with its group */
void ui_drop_changes(struct ui *u);
size_t ui_count_changes(const struct ui *u);

/* ---- ui_view.c ---- */

/* Reads the opened vault; ui_reload opens the file again first. The changes stay. A status other
 * than STATUS_OK comes after a message, on the screen or of say_…. */
enum status ui_read(struct ui *u);
enum status ui_reload(struct ui *u);

void ui_select(struct ui *u); /* which rows are shown */
struct ui_row *ui_here(struct ui *u);
void ui_find_row(struct ui *u, const struct ui_row *row);
void ui_draw(struct ui *u);

/* ---- ui_ask.c ---- */

/* Writes what was drawn, and waits for a key. After KEY_TICK, draw again. */
struct key ui_next(struct ui *u);
void ui_show_now(struct ui *u, const char *message); /* before something that takes long */

bool ui_confirm(struct ui *u, const char *question);
char ui_choose(struct ui *u, const char *question, const char *letters); /* 0: none */

/* A line of text: false if it was given up. ui_ask_hidden does not show it, and takes a paste
 * whole. */
bool ui_ask(struct ui *u, const char *question, struct buf *line);
bool ui_ask_hidden(struct ui *u, const char *question, struct buf *value);

/* Lines over the whole screen, each with a zero byte at its end, and perhaps a style at its
 * beginning. Returns the one of the letters that was typed, with the line it was typed on; "\n" is
 * Enter. 0: the user went back. */
#define UI_LINE_STRONG "\001"
#define UI_LINE_WARNING "\002"
char ui_list(struct ui *u, const char *title, const struct buf *lines, const char *help,
             const char *letters, size_t *at);

/* For vault_set_prompt and vault_set_file_prompt. */
int ui_ask_passphrase(void *user, const char *env, const char *readers, int attempt, char *answer,
                      size_t size);
int ui_ask_file_passphrase(void *user, const char *path, int attempt, char *answer, size_t size);

/* ---- ui_save.c ---- */

void ui_write_changes(struct ui *u); /* shows them, asks, and saves */

/* ---- ui_screens.c ---- */

void ui_show_history(struct ui *u);
void ui_show_readers(struct ui *u);
void ui_show_exposed(struct ui *u);
void ui_show_inbox(struct ui *u);
void ui_show_help(struct ui *u);

/* ---- ui_actions.c ---- */

void ui_act(struct ui *u, uint32_t key);

/* ---- ui.c ---- */

/* Opens what opens, asks for a passphrase if that is nothing, and shows the screen until the user
 * leaves. The terminal, the session and the options are set before. ui_free leaves the session. */
enum status ui_begin(struct ui *u);
void ui_run(struct ui *u);
void ui_free(struct ui *u);

#endif
