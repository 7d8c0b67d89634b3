/* The search for vault.toml when no file is named.
 *
 * Another user may have planted a file in a folder above. MUST: neither the file nor its folder
 * belongs to another user. In the current folder this applies only to the file, and only if anyone
 * can write to the folder. */
#include "search.h"

#include "base/file.h"
#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct search {
    char *folder; /* the one searched now: an absolute path */
    const struct variables *variables;
    bool is_here;
};

/* A file found in a folder. */
struct found {
    char *path;
    struct stat link, file; /* the same, unless the path is a symlink */
};

/* The user, root, and under sudo the user who called it. */
static bool is_trusted(const struct search *s, uid_t owner)
{
    const char *caller;
    char *end = NULL;
    unsigned long uid;

    if (owner == 0 || owner == geteuid())
        return true;
    caller = geteuid() == 0 ? s->variables->sudo_uid : NULL;
    uid = caller && caller[0] ? strtoul(caller, &end, 10) : 0;
    return end && *end == '\0' && owner == uid;
}

/* Looks up the folder's owner only if the file's owner does not decide. */
static bool may_be_used(const struct search *s, const struct found *f)
{
    bool ours = is_trusted(s, f->file.st_uid) &&
                (f->link.st_uid == f->file.st_uid || is_trusted(s, f->link.st_uid));
    struct stat around;

    if (s->is_here && ours)
        return true;
    if (!file_look(s->folder, &around))
        return false;
    return s->is_here ? !(around.st_mode & S_IWOTH) : ours && is_trusted(s, around.st_uid);
}

/* ERR_ABSENT without a message if the file is not in this folder. */
static enum err_code look_for_file(const struct search *s, struct found *f, struct err *err)
{
    bool is_there;

    f->path = file_join(s->folder, SETTINGS_FILE_NAME);
    if (!f->path)
        return err_no_memory(err);
    is_there = file_look_at_link(f->path, &f->link);
    f->file = f->link;
    if (is_there && S_ISLNK(f->link.st_mode))
        is_there = file_look(f->path, &f->file);
    return is_there ? ERR_OK : ERR_ABSENT;
}

static enum err_code take(const struct search *s, const struct found *f, struct arena *arena,
                          const char **found, struct err *err)
{
    if (may_be_used(s, f)) {
        *found = arena_copy(arena, f->path, strlen(f->path));
        return err_memory(*found, err);
    }
    err_set(err, ERR_FAILED,
            "%s, or its folder, belongs to another user: it is used only if you name it", f->path);
    err_because(err, ERR_REASON_FILE_OF_ANOTHER);
    err_detail_text(err, ERR_SUBJECT, f->path);
    return err->code;
}

/* Whether the search ends in this folder: the top of a work tree, or HOME. */
static enum err_code look_for_top(const struct search *s, bool *is_top, struct err *err)
{
    const char *given = s->variables->home;
    char *git = file_join(s->folder, ".git"), *home;
    struct stat st;
    bool has_memory = git;

    *is_top = s->folder[1] == '\0' || (git && file_look(git, &st));
    free(git);
    if (has_memory && !*is_top && given && given[0]) {
        home = file_real_path(given);
        has_memory = home || errno != ENOMEM;
        *is_top = home && strcmp(s->folder, home) == 0;
        free(home);
    }
    return err_memory(has_memory, err);
}

static enum err_code say_none(const char *stopped, struct err *err)
{
    if (stopped)
        err_set(err, ERR_ABSENT,
                "there is no " SETTINGS_FILE_NAME
                " in this folder or above it, up to %s, which belongs to another user",
                stopped);
    else
        err_set(err, ERR_ABSENT, "there is no " SETTINGS_FILE_NAME " in this folder or above it");
    err_because(err, ERR_REASON_FILE_ABSENT);
    return err->code;
}

/* Moves to the folder above; ERR_ABSENT if the search ends here. */
static enum err_code go_on(const struct search *s, struct err *err)
{
    bool is_top;
    struct stat st;
    enum err_code code = look_for_top(s, &is_top, err);

    if (code != ERR_OK)
        return code;
    if (is_top)
        return say_none(NULL, err);
    if (!s->is_here && (!file_look(s->folder, &st) || !is_trusted(s, st.st_uid)))
        return say_none(s->folder, err);
    return ERR_OK;
}

static enum err_code look_here(const struct search *s, struct arena *arena, const char **found,
                               struct err *err)
{
    struct found f = {.path = NULL};
    enum err_code code = look_for_file(s, &f, err);

    if (code == ERR_OK)
        code = take(s, &f, arena, found, err);
    else if (code == ERR_ABSENT)
        code = go_on(s, err);
    free(f.path);
    return code;
}

enum err_code search_upward(const struct variables *variables, struct arena *arena,
                            const char **found, struct err *err)
{
    struct search s = {file_real_path("."), variables, .is_here = true};
    enum err_code code = ERR_OK;

    *found = NULL;
    if (!s.folder)
        code = err_system(err, "cannot look for " SETTINGS_FILE_NAME);
    while (s.folder && code == ERR_OK && !*found) {
        char *slash = strrchr(s.folder, '/');

        code = look_here(&s, arena, found, err);
        if (!*found)
            slash[slash == s.folder] = '\0';
        s.is_here = false;
    }
    free(s.folder);
    return code;
}
