/* git-setup: configures a clone to merge, compare and check a vault file.
 *
 * The attributes go into .gitattributes next to the file, and are shared; git ignores a driver that
 * a clone does not configure. Drivers and hook belong to the clone. Settings that vault did not
 * make are left alone.
 *
 * MUST: query git before writing anything, and stop if a query fails: "no" is an answer, a failure
 * is not. */
#include "gitsetup.h"

#include "git.h"
#include "run/shell.h"
#include "session/session.h"
#include "ui/say.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- paths ---- */

static char *take_text(struct buf *b)
{
    buf_add(b, "", 1);
    if (buf_ok(b))
        return b->data;
    buf_free(b);
    say_no_memory();
    return NULL;
}

/* Joins two paths; name may be empty. NULL after a message. */
static char *join(const char *folder, const char *name)
{
    char *path = name[0] ? file_join(folder, name) : strdup(folder);

    if (!path)
        say_no_memory();
    return path;
}

/* ---- the program's name for git ---- */

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

/* The program's name if PATH finds this program (others are called vault too), else its path. */
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
    char *path; /* of the vault file, with symlinks resolved */
    const char *name;
    char *folder;
    char *top;            /* top of the work tree */
    char *below;          /* the file's folder, relative to top: empty, or ends in a slash */
    char *file;           /* the file, relative to top */
    char *hooks;          /* the folder of hooks */
    bool hooks_elsewhere; /* core.hooksPath is an absolute path */
    bool is_husky;        /* hooks is .husky, whose hooks are committed */
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

static enum status no_answer(void)
{
    return say_error(STATUS_FAILED, "git cannot say how this clone is configured");
}

/* The answer of `git rev-parse`, as a new string. STATUS_ABSENT without a message if git fails,
 * STATUS_FAILED after one. */
static enum status ask_git(const char *folder, const char *question, const char *more,
                           char **answer)
{
    const char *const arguments[] = {"rev-parse", question, more, NULL};
    struct buf text = {0};
    int result = git_configured(folder, arguments, &text);
    enum status status = result == 0 ? STATUS_OK : result < 0 ? STATUS_FAILED : STATUS_ABSENT;

    if (status == STATUS_OK && !git_line(&text))
        status = say_no_memory();
    if (status == STATUS_OK)
        *answer = text.data;
    else
        buf_free(&text);
    return status;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* The path from the folder up to the top of the work tree. STATUS_ABSENT without a message if there
 * is no work tree or no git. */
static enum status way_up(const char *folder, char **up)
{
    char *inside = NULL;
    enum status status = ask_git(folder, "--is-inside-work-tree", NULL, &inside);

    if (status == STATUS_OK && strcmp(inside, "true") != 0)
        status = STATUS_ABSENT;
    free(inside);
    if (status != STATUS_OK)
        return status;
    status = ask_git(folder, "--show-cdup", NULL, up);
    return status == STATUS_ABSENT ? no_answer() : status;
}

/* husky writes the hooks in .husky/_ anew with each npm install; they run those in .husky. Drops
 * the last part of that path. */
static bool leave_generated(char *hooks)
{
    static const char generated[] = ".husky/_";
    size_t len = strlen(hooks), tail = sizeof generated - 1;

    if (len < tail || strcmp(hooks + len - tail, generated) != 0 ||
        (len > tail && hooks[len - tail - 1] != '/'))
        return false;
    hooks[len - strlen("/_")] = '\0';
    return true;
}

/* Describes a clone that exists. A relative core.hooksPath is relative to the top of the work
 * tree. */
static enum status describe(const struct args *args, const char *up, struct clone *c)
{
    char *hooks = NULL, *below = NULL;
    struct buf file = {0};
    enum status status = ask_git(c->folder, "--show-prefix", NULL, &below);

    c->below = below;
    if (status == STATUS_OK) {
        buf_printf(&file, "%s%s", c->below, c->name);
        c->file = take_text(&file);
        c->top = join(c->folder, up);
        c->program = program_word(args->called_as);
        status = c->file && c->top && c->program ? STATUS_OK : STATUS_FAILED;
    }
    if (status == STATUS_OK)
        status = ask_git(c->top, "--git-path", "hooks", &hooks);
    if (status == STATUS_OK) {
        c->hooks = join(c->top, hooks);
        c->hooks_elsewhere = hooks[0] == '/';
        c->is_husky = c->hooks && leave_generated(c->hooks);
        status = c->hooks ? STATUS_OK : STATUS_FAILED;
    }
    free(hooks);
    return status == STATUS_ABSENT ? no_answer() : status;
}

/* STATUS_ABSENT without a message if there is no clone, or no git. */
static enum status clone_find(const struct args *args, const char *vault_path, struct clone *c)
{
    char *up = NULL, *real = realpath(vault_path, NULL);
    const char *slash;
    enum status status;

    *c = (struct clone){.path = real ? real : strdup(vault_path)};
    slash = c->path ? strrchr(c->path, '/') : NULL;
    c->name = slash ? slash + 1 : c->path;
    c->folder = c->path ? folder_of(c->path) : NULL;
    status = c->folder ? way_up(c->folder, &up) : say_no_memory();
    if (status == STATUS_OK)
        status = describe(args, up, c);
    free(up);
    return status;
}

enum { NOT_CONFIGURED = 1 /* exit status of git config for an unset name */ };

static struct hook hook_of(const struct clone *c)
{
    return (struct hook){
        .folder = c->hooks, .program = c->program, .file = c->file, .is_husky = c->is_husky};
}

/* Whether core.hooksPath is set for all of the user's or the machine's repositories. */
static enum status hooks_look(const struct clone *c, bool *shared)
{
    static const char *const arguments[] = {"config", "--show-scope", "--get", "core.hooksPath",
                                            NULL};
    struct buf answer = {0};
    int result = git_configured(c->folder, arguments, &answer);
    enum status status = result < 0                 ? STATUS_FAILED
                         : result <= NOT_CONFIGURED ? STATUS_OK
                                                    : no_answer();

    if (status == STATUS_OK && !buf_ok(&answer))
        status = say_no_memory();
    *shared =
        result == 0 && c->hooks_elsewhere &&
        (slice_begins(buf_slice(&answer), "global") || slice_begins(buf_slice(&answer), "system"));
    buf_free(&answer);
    return status;
}

/* ---- the drivers ---- */

static const struct setting {
    const char *key, *value; /* the program's name goes before a value that begins with a space */
} settings[] = {
    {"diff.vault.textconv", " diff --textconv"},
    {"merge.vault.name", "vault: by environment, secret and key"},
    {"merge.vault.driver", " merge %O %A %B --path %P --marker-size %L"},
    /* git merges several ancestors into one first: conflict markers would spoil it as a base. */
    {"merge.vault.recursive", "binary"},
    /* A hunk of the file's own lines names the table that they are in. */
    {"diff.vault.xfuncname", "^(\\[[A-Za-z0-9_.-]+\\])"},
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

static enum found compare_setting(const struct setting *s, const char *wanted, struct slice is)
{
    size_t len = strlen(s->value);

    if (slice_is(is, wanted))
        return OURS;
    if (s->value[0] == ' ' && is.len > len && memcmp(is.at + is.len - len, s->value, len) == 0)
        return OURS_ELSEWHERE;
    return THEIRS;
}

/* Whether the setting is vault's, vault's with another program, or foreign. */
static enum status setting_look(const struct clone *c, const struct setting *s, enum found *found)
{
    const char *const arguments[] = {"config", "--local", "--get", s->key, NULL};
    struct buf answer = {0};
    char *wanted = setting_value(c, s);
    int result = wanted ? git_output(c->folder, arguments, &answer) : -1;
    enum status status = result < 0                 ? STATUS_FAILED
                         : result <= NOT_CONFIGURED ? STATUS_OK
                                                    : no_answer();

    *found = NOT_SET;
    if (result == 0 && git_line(&answer))
        *found = compare_setting(s, wanted, buf_slice(&answer));
    else if (result == 0)
        status = say_no_memory();
    buf_free(&answer);
    free(wanted);
    return status;
}

static enum status configure(const struct clone *c, const char *const *arguments)
{
    int result = git_output(c->folder, arguments, NULL);

    if (result > 0)
        say_error(STATUS_FAILED, "git cannot change the configuration of this clone");
    return result == 0 ? STATUS_OK : STATUS_FAILED;
}

static enum status put_setting(const struct clone *c, const struct setting *s)
{
    char *value = setting_value(c, s);
    const char *const arguments[] = {"config", "--local", s->key, value, NULL};
    enum status status = value ? configure(c, arguments) : STATUS_FAILED;

    free(value);
    return status;
}

static enum status take_setting(const struct clone *c, const struct setting *s)
{
    const char *const arguments[] = {"config", "--local", "--unset", s->key, NULL};

    return configure(c, arguments);
}

/* ---- the attributes ---- */

/* "/NAME …", escaped so that git reads neither a pattern nor two words. */
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

/* Asks git, because several files can set attributes. */
static enum status attributes_look(const struct clone *c, bool *set)
{
    static const char *const wanted[][2] = {{"eol", "lf"}, {"diff", "vault"}, {"merge", "vault"}};
    const char *const arguments[] = {"check-attr", "-z", "text",  "eol", "diff",
                                     "merge",      "--", c->name, NULL};
    struct buf answer = {0};
    const char *words[3 * 4];
    size_t count = 0;
    int result = git_output(c->folder, arguments, &answer);
    enum status status = result == 0 ? STATUS_OK : result < 0 ? STATUS_FAILED : no_answer();

    if (status == STATUS_OK && !buf_ok(&answer))
        status = say_no_memory();
    for (size_t at = 0; status == STATUS_OK && at < answer.len && count < 3 * 4;
         at += strlen(answer.data + at) + 1)
        words[count++] = answer.data + at; /* NAME, ATTRIBUTE, VALUE, each zero-terminated */
    *set = count == 3 * 4 && strcmp(words[2], "unset") != 0;
    for (size_t i = 0; *set && i < 3; i++)
        *set = strcmp(words[3 * i + 4], wanted[i][0]) == 0 &&
               strcmp(words[3 * i + 5], wanted[i][1]) == 0;
    buf_free(&answer);
    return status;
}

static enum status change_attributes(const struct clone *c, bool install)
{
    struct buf text = {0}, line = {0};
    char *path = join(c->folder, ".gitattributes");
    enum status status = !path                       ? STATUS_FAILED
                         : attributes_line(c, &line) ? patch_read(path, &text)
                                                     : say_no_memory();
    unsigned mode = patch_mode(0666);
    bool is_new = status == STATUS_ABSENT;
    struct stat st;
    size_t at, len;

    if (status == STATUS_OK && stat(path, &st) == 0)
        mode = st.st_mode & 07777;
    if (is_new)
        status = install ? patch_write(path, buf_slice(&line), mode) : STATUS_OK;
    else if (status == STATUS_OK && install)
        status = patch_put(&text, text.len, buf_slice(&line))
                     ? patch_write(path, buf_slice(&text), mode)
                     : say_no_memory();
    else if (status == STATUS_OK && patch_find(buf_slice(&text), buf_slice(&line), &at, &len)) {
        patch_take(&text, at, len);
        if (text.len > 0 || len < line.len)
            status = patch_write(path, buf_slice(&text), mode);
        else if (unlink(path) != 0)
            status = say_error(STATUS_FAILED, "cannot remove %s: %s", path, strerror(errno));
    }
    buf_free(&text);
    buf_free(&line);
    free(path);
    return status;
}

/* ---- the current state ---- */

struct present {
    bool attributes, hooks_shared;
    enum found settings[SETTINGS];
};

static enum status find_present(const struct clone *c, struct present *p)
{
    enum status status = attributes_look(c, &p->attributes);

    for (int i = 0; i < SETTINGS && status == STATUS_OK; i++)
        status = setting_look(c, &settings[i], &p->settings[i]);
    return status == STATUS_OK ? hooks_look(c, &p->hooks_shared) : status;
}

enum status gitsetup_missing(const struct args *args, const char *vault_path, struct buf *out,
                             bool *wiped)
{
    struct clone c;
    struct present p;
    enum status status = clone_find(args, vault_path, &c);

    if (status == STATUS_OK)
        status = find_present(&c, &p);
    if (status == STATUS_OK) {
        struct hook hook = hook_of(&c);
        const bool there[] = {p.attributes, p.settings[0] == OURS, p.settings[2] == OURS,
                              hook_is_there(&hook)};
        static const char *const names[] = {"attributes", "diff driver", "merge driver",
                                            "pre-commit hook"};

        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (!there[i])
                buf_printf(out, "%s%s", out->len ? ", " : "", names[i]);
        *wiped = there[0] && there[1] && there[2] && !there[3] && !p.hooks_shared;
        if (!buf_ok(out))
            status = say_no_memory();
    }
    clone_free(&c);
    return status;
}

/* ---- the verb ---- */

/* Refuses to replace a foreign driver; nothing is changed then. */
static enum status check_settings(const struct present *p)
{
    for (int i = 0; i < SETTINGS; i++)
        if (p->settings[i] == THEIRS) {
            say_error(STATUS_FAILED, "%s is set already, and not by vault", settings[i].key);
            say_hint("git config --unset %s", settings[i].key);
            return STATUS_FAILED;
        }
    return STATUS_OK;
}

/* After a failure, removes what this run has added. */
static void undo(const struct clone *c, const struct present *before, int settings_set)
{
    for (int i = 0; i < settings_set; i++)
        if (before->settings[i] == NOT_SET)
            take_setting(c, &settings[i]);
    if (!before->attributes)
        change_attributes(c, false);
}

static enum status install(const struct clone *c, const struct present *p)
{
    struct hook hook = hook_of(c);
    bool hook_was_missing = !p->hooks_shared && !hook_is_there(&hook);
    enum status status = check_settings(p);
    int set = 0;

    if (status == STATUS_OK && !p->attributes)
        status = change_attributes(c, true);
    if (status != STATUS_OK)
        return status;
    while (set < SETTINGS && status == STATUS_OK) {
        if (p->settings[set] != OURS)
            status = put_setting(c, &settings[set]);
        set += status == STATUS_OK;
    }
    if (status == STATUS_OK && hook_was_missing)
        status = hook_install(&hook);
    if (status != STATUS_OK) {
        undo(c, p, set);
        return status;
    }
    if (!p->attributes)
        say_note("commit %s.gitattributes: all clones share it", c->below);
    if (c->is_husky)
        say_note("the hook is in %s/pre-commit, which husky runs: commit it", c->hooks);
    if (p->settings[0] == OURS && hook_was_missing)
        say_note("the pre-commit hook had been removed or replaced since the last git-setup");
    if (p->hooks_shared) {
        say_error(STATUS_FAILED, "core.hooksPath is %s for all repositories, so no hook was added",
                  c->hooks);
        say_hint("git config core.hooksPath FOLDER, for this clone alone; then run this again");
        return STATUS_FAILED;
    }
    say_note("git merges and compares %s with vault, and commits are scanned", c->file);
    return STATUS_OK;
}

static enum status uninstall(const struct clone *c, const struct present *p)
{
    struct hook hook = hook_of(c);
    enum status status = change_attributes(c, false);

    for (int i = 0; i < SETTINGS && status == STATUS_OK; i++)
        if (p->settings[i] == OURS || p->settings[i] == OURS_ELSEWHERE)
            status = take_setting(c, &settings[i]);
    if (status == STATUS_OK && !p->hooks_shared)
        status = hook_remove(&hook);
    if (status == STATUS_OK)
        say_note("removed the attributes, the drivers and the hook for %s", c->file);
    return status;
}

static enum status find_and_look(const struct args *args, const char *vault_path, struct clone *c,
                                 struct present *p)
{
    enum status status = clone_find(args, vault_path, c);

    if (status == STATUS_ABSENT) {
        say_error(STATUS_ABSENT, "not in a git work tree: %s", vault_path);
        say_hint("git init");
    }
    return status == STATUS_OK ? find_present(c, p) : status;
}

enum status run_git_setup(const struct args *args)
{
    struct session s;
    struct clone c = {0};
    struct present p;
    enum status status = session_open(&s, args, NEEDS_PATH);

    if (status == STATUS_OK && access(s.path, F_OK) != 0 && !args_has(args, OPT_UNINSTALL))
        status = say_error(STATUS_ABSENT, "there is no file %s", s.path);
    if (status == STATUS_OK)
        status = find_and_look(args, s.path, &c, &p);
    if (status == STATUS_OK)
        status = args_has(args, OPT_UNINSTALL) ? uninstall(&c, &p) : install(&c, &p);
    clone_free(&c);
    session_close(&s);
    return status;
}
