/* git-setup: what git needs to know in a clone to merge, compare and check a vault file.
 *
 * The attributes stand in .gitattributes beside the file, for everybody; git passes over a driver
 * that a clone does not have. Drivers and hook are this clone's. What somebody else has put there
 * is left as it is. */
#include "gitsetup.h"

#include "git.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- words ---- */

void shell_word(struct buf *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "_./+-";

    if (text[0] && text[0] != '-' && text[strspn(text, plain)] == '\0') {
        buf_add_text(out, text);
        return;
    }
    buf_add_text(out, "'");
    for (; *text; text++)
        if (*text == '\'')
            buf_add_text(out, "'\\''");
        else
            buf_add(out, text, 1);
    buf_add_text(out, "'");
}

static char *take_text(struct buf *b)
{
    buf_add(b, "", 1);
    if (buf_ok(b))
        return b->data;
    buf_free(b);
    say_error(FAILED, "out of memory");
    return NULL;
}

static char *join(const char *folder, const char *name)
{
    struct buf path = {0};

    buf_add_text(&path, folder);
    buf_add_text(&path, "/");
    buf_add_text(&path, name);
    return take_text(&path);
}

/* ---- the program, as others find it ---- */

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The first program of this name on PATH; NULL if there is none. */
static char *on_path(const char *name)
{
    const char *folders = getenv("PATH");

    while (folders && *folders) {
        size_t len = strcspn(folders, ":");
        struct buf path = {0};

        buf_add(&path, len ? folders : ".", len ? len : 1);
        buf_printf(&path, "/%s", name);
        buf_add(&path, "", 1);
        if (buf_ok(&path) && access(path.data, X_OK) == 0)
            return path.data;
        buf_free(&path);
        folders += len + (folders[len] == ':');
    }
    return NULL;
}

/* Its name if PATH leads to us: there are other programs called vault. Else its whole path. */
static char *program_word(const char *called_as)
{
    const char *slash = strrchr(called_as, '/'), *name = slash ? slash + 1 : called_as;
    char *found = on_path(name), *here = slash && called_as[0] != '/' ? realpath(".", NULL) : NULL;
    struct buf word = {0}, whole = {0};

    if (here)
        buf_printf(&whole, "%s/", here);
    buf_add_text(&whole, called_as);
    buf_add(&whole, "", 1);
    if (buf_ok(&whole))
        shell_word(&word, !slash || (found && same_file(found, whole.data)) ? name : whole.data);
    free(found);
    free(here);
    buf_free(&whole);
    return take_text(&word);
}

/* ---- the clone ---- */

struct clone {
    char *path; /* the vault file's, symbolic links followed */
    const char *name;
    char *folder;
    char *top;            /* of the work tree */
    char *below;          /* the folder, from there: empty, or it ends in a slash */
    char *file;           /* the vault file's path from there */
    char *hooks;          /* their folder */
    bool hooks_elsewhere; /* their path does not count from the top */
    char *program;
};

static void clone_free(struct clone *c)
{
    free(c->path);
    free(c->folder);
    free(c->top);
    free(c->below);
    free(c->file);
    free(c->hooks);
    free(c->program);
}

/* What `git rev-parse` says about one thing, as a new string; NULL if git says no. */
static char *ask_git(const char *folder, const char *question, const char *more)
{
    const char *const arguments[] = {"rev-parse", question, more, NULL};
    struct buf answer = {0};

    if (git_output(folder, arguments, &answer) == 0 && git_line(&answer))
        return answer.data;
    buf_free(&answer);
    return NULL;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* The way up from the folder to the top of the work tree; NULL if there is none. */
static char *way_up(const char *folder)
{
    char *inside = ask_git(folder, "--is-inside-work-tree", NULL);
    char *up = inside && strcmp(inside, "true") == 0 ? ask_git(folder, "--show-cdup", NULL) : NULL;

    free(inside);
    return up;
}

/* False without a message if there is no clone, or no git. A relative core.hooksPath counts from
 * the top of the work tree. */
static bool clone_find(const struct args *args, const char *vault_path, struct clone *c)
{
    char *up = NULL, *hooks = NULL, *real = realpath(vault_path, NULL);
    struct buf file = {0};
    const char *slash;

    *c = (struct clone){.path = real ? real : strdup(vault_path)};
    slash = c->path ? strrchr(c->path, '/') : NULL;
    c->name = slash ? slash + 1 : c->path;
    c->folder = c->path ? folder_of(c->path) : NULL;
    if (c->folder && (up = way_up(c->folder)))
        c->below = ask_git(c->folder, "--show-prefix", NULL);
    if (c->below) {
        buf_printf(&file, "%s%s", c->below, c->name);
        c->file = take_text(&file);
        c->top = up[0] ? join(c->folder, up) : strdup(c->folder);
        c->program = program_word(args->called_as);
    }
    if (c->top && (hooks = ask_git(c->top, "--git-path", "hooks")))
        c->hooks = hooks[0] == '/' ? strdup(hooks) : join(c->top, hooks);
    c->hooks_elsewhere = hooks && hooks[0] == '/';
    free(up);
    free(hooks);
    return c->file && c->program && c->hooks;
}

static struct hook hook_of(const struct clone *c)
{
    return (struct hook){.folder = c->hooks, .program = c->program, .file = c->file};
}

/* Whether the folder of hooks is that of all repositories of this person or machine. */
static bool hooks_are_shared(const struct clone *c)
{
    static const char *const arguments[] = {"config", "--show-scope", "--get", "core.hooksPath",
                                            NULL};
    struct buf answer = {0};
    bool shared =
        git_output(c->folder, arguments, &answer) == 0 && c->hooks_elsewhere &&
        (slice_begins(buf_slice(&answer), "global") || slice_begins(buf_slice(&answer), "system"));

    buf_free(&answer);
    return shared;
}

/* ---- the drivers ---- */

static const struct setting {
    const char *key, *value; /* a value that begins with a space has the program in front */
} settings[] = {
    {"diff.vault.textconv", " diff --textconv"},
    {"merge.vault.name", "vault: by environment, secret and key"},
    {"merge.vault.driver", " merge %O %A %B --path %P --marker-size %L"},
    /* Of several ancestors git makes one: conflict markers in it would be no base to merge from. */
    {"merge.vault.recursive", "binary"},
};

enum { SETTINGS = sizeof settings / sizeof *settings };

static char *setting_value(const struct clone *c, const struct setting *s)
{
    struct buf value = {0};

    if (s->value[0] == ' ')
        buf_add_text(&value, c->program);
    buf_add_text(&value, s->value);
    return take_text(&value);
}

enum found { NOT_SET, OURS, OURS_ELSEWHERE, THEIRS };

/* What this clone has there: ours, ours with another program, or somebody else's. */
static enum found setting_look(const struct clone *c, const struct setting *s)
{
    const char *const arguments[] = {"config", "--local", "--get", s->key, NULL};
    struct buf answer = {0};
    char *wanted = setting_value(c, s);
    enum found found = NOT_SET;

    if (wanted && git_output(c->folder, arguments, &answer) == 0 && git_line(&answer)) {
        size_t len = strlen(s->value);

        if (slice_is(buf_slice(&answer), wanted))
            found = OURS;
        else if (s->value[0] == ' ' && answer.len > len &&
                 strcmp(answer.data + answer.len - len, s->value) == 0)
            found = OURS_ELSEWHERE;
        else
            found = THEIRS;
    }
    buf_free(&answer);
    free(wanted);
    return found;
}

static enum status configure(const struct clone *c, const char *const *arguments)
{
    int result = git_output(c->folder, arguments, NULL);

    if (result > 0)
        say_error(FAILED, "git cannot change the configuration of this clone");
    return result == 0 ? DONE : FAILED;
}

/* One that somebody else has made stays, and nothing is changed. */
static enum status check_settings(const struct clone *c)
{
    for (int i = 0; i < SETTINGS; i++)
        if (setting_look(c, &settings[i]) == THEIRS) {
            say_error(FAILED, "%s is set already, and not by vault", settings[i].key);
            say_hint("git config --unset %s", settings[i].key);
            return FAILED;
        }
    return DONE;
}

static enum status install_settings(const struct clone *c)
{
    enum status status = DONE;

    for (int i = 0; i < SETTINGS && status == DONE; i++) {
        char *value = setting_value(c, &settings[i]);
        const char *const arguments[] = {"config", "--local", settings[i].key, value, NULL};

        status = value ? DONE : FAILED;
        if (value && setting_look(c, &settings[i]) != OURS)
            status = configure(c, arguments);
        free(value);
    }
    return status;
}

static enum status remove_settings(const struct clone *c)
{
    enum status status = DONE;

    for (int i = 0; i < SETTINGS && status == DONE; i++) {
        const char *const arguments[] = {"config", "--local", "--unset", settings[i].key, NULL};
        enum found found = setting_look(c, &settings[i]);

        if (found == OURS || found == OURS_ELSEWHERE)
            status = configure(c, arguments);
    }
    return status;
}

/* ---- the attributes ---- */

/* "/NAME …" as git reads it: neither a pattern nor two words. */
static bool attributes_line(const struct clone *c, struct buf *line)
{
    bool quoted = c->name[strcspn(c->name, " \t\n\r\v\f\"")] != '\0';

    buf_add_text(line, quoted ? "\"/" : "/");
    for (const char *at = c->name; *at; at++) {
        unsigned char byte = (unsigned char)*at;

        if (strchr("*?[\\", byte))
            buf_add_text(line, quoted ? "\\\\" : "\\");
        if (quoted && (byte < ' ' || byte == 0x7F))
            buf_printf(line, "\\%03o", (unsigned)byte);
        else
            buf_printf(line, quoted && (byte == '"' || byte == '\\') ? "\\%c" : "%c", byte);
    }
    buf_add_text(line, quoted ? "\" " : " ");
    buf_add_text(line, "text eol=lf diff=vault merge=vault\n");
    return buf_ok(line);
}

/* What counts is what git makes of all files with attributes. */
static bool attributes_are_set(const struct clone *c)
{
    static const char *const wanted[][2] = {{"eol", "lf"}, {"diff", "vault"}, {"merge", "vault"}};
    const char *const arguments[] = {"check-attr", "-z", "text",  "eol", "diff",
                                     "merge",      "--", c->name, NULL};
    struct buf answer = {0};
    const char *words[3 * 4];
    size_t count = 0;
    bool set = git_output(c->folder, arguments, &answer) == 0;

    for (size_t at = 0; set && at < answer.len && count < 3 * 4; at += strlen(answer.data + at) + 1)
        words[count++] = answer.data + at; /* NAME, ATTRIBUTE, VALUE, each with its zero byte */
    set = set && count == 3 * 4 && strcmp(words[2], "unset") != 0;
    for (size_t i = 0; set && i < 3; i++)
        set = strcmp(words[3 * i + 4], wanted[i][0]) == 0 &&
              strcmp(words[3 * i + 5], wanted[i][1]) == 0;
    buf_free(&answer);
    return set;
}

static enum status change_attributes(const struct clone *c, bool install)
{
    struct buf text = {0}, line = {0};
    char *path = join(c->folder, ".gitattributes");
    enum status status = path && attributes_line(c, &line) ? patch_read(path, &text) : FAILED;
    unsigned mode = patch_mode(0666);
    bool is_new = status == NOT_THERE;
    struct stat st;
    size_t at, len;

    if (status == DONE && stat(path, &st) == 0)
        mode = st.st_mode & 07777;
    if (is_new)
        status = install ? patch_write(path, buf_slice(&line), mode) : DONE;
    else if (status == DONE && install)
        status = patch_put(&text, text.len, buf_slice(&line))
                     ? patch_write(path, buf_slice(&text), mode)
                     : say_error(FAILED, "out of memory");
    else if (status == DONE && patch_find(buf_slice(&text), buf_slice(&line), &at, &len)) {
        patch_take(&text, at, len);
        if (text.len > 0 || len < line.len)
            status = patch_write(path, buf_slice(&text), mode);
        else if (unlink(path) != 0)
            status = say_error(FAILED, "cannot remove %s: %s", path, strerror(errno));
    }
    buf_free(&text);
    buf_free(&line);
    free(path);
    return status;
}

/* ---- doctor ---- */

bool gitsetup_missing(const struct args *args, const char *vault_path, struct buf *out)
{
    struct clone c;
    bool found = clone_find(args, vault_path, &c);

    if (found) {
        struct hook hook = hook_of(&c);
        const bool there[] = {attributes_are_set(&c), setting_look(&c, &settings[0]) == OURS,
                              setting_look(&c, &settings[2]) == OURS, hook_is_there(&hook)};
        static const char *const names[] = {"attributes", "diff driver", "merge driver",
                                            "pre-commit hook"};

        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (!there[i])
                buf_printf(out, "%s%s", out->len ? ", " : "", names[i]);
    }
    clone_free(&c);
    return found;
}

/* ---- the verb ---- */

static enum status install(const struct clone *c)
{
    struct hook hook = hook_of(c);
    enum status status = check_settings(c);

    if (status == DONE && !attributes_are_set(c)) {
        status = change_attributes(c, true);
        if (status == DONE)
            say_note("commit %s.gitattributes: it is for everybody", c->below);
    }
    if (status == DONE)
        status = install_settings(c);
    if (status == DONE && hooks_are_shared(c)) {
        say_error(FAILED, "core.hooksPath is %s, for all repositories: no hook was made there",
                  c->hooks);
        say_hint("git config core.hooksPath FOLDER, for this clone alone; then again");
        return FAILED;
    }
    if (status == DONE && !hook_is_there(&hook))
        status = hook_install(&hook);
    if (status == DONE)
        say_note("git merges and compares %s with vault, and commits are scanned", c->file);
    return status;
}

static enum status uninstall(const struct clone *c)
{
    struct hook hook = hook_of(c);
    enum status status = change_attributes(c, false);

    if (status == DONE)
        status = remove_settings(c);
    if (status == DONE && !hooks_are_shared(c))
        status = hook_remove(&hook);
    if (status == DONE)
        say_note("taken away: the attributes, the drivers and the hook for %s", c->file);
    return status;
}

enum status run_git_setup(const struct args *args)
{
    struct session s;
    struct clone c = {0};
    enum status status = session_open(&s, args, NEEDS_PATH);

    if (status == DONE && access(s.path, F_OK) != 0 && !args_has(args, OPT_UNINSTALL))
        status = say_error(NOT_THERE, "there is no file %s", s.path);
    if (status == DONE && !clone_find(args, s.path, &c)) {
        status = say_error(NOT_THERE, "there is no work tree of git around %s", s.path);
        say_hint("git init");
    }
    if (status == DONE)
        status = args_has(args, OPT_UNINSTALL) ? uninstall(&c) : install(&c);
    clone_free(&c);
    session_close(&s);
    return status;
}
