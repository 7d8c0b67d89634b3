/* Reads objects and revisions of a history's repository. */
#include "history.h"

#include "ui/say.h"

#include <stdlib.h>
#include <string.h>

enum { OBJECT_MAX = 32 << 20 }; /* bytes: no vault is larger */

/* Reports what is missing: git, a repository, or a commit. */
enum status history_check(const struct history *h)
{
    static const char *const is_repository[] = {"rev-parse", "--git-dir", NULL};
    static const char *const has_head[] = {"rev-parse", "--verify", "--quiet", "HEAD", NULL};
    int status = git_output(h->folder, is_repository, NULL);

    if (status == GIT_NOT_HERE) {
        say_error(STATUS_FAILED, "git was not found, and the history needs it");
        say_hint("install git, or add its folder to PATH");
        return STATUS_FAILED;
    }
    if (status < 0)
        return STATUS_FAILED;
    if (status > 0) {
        say_error(STATUS_ABSENT, "%s is not in a git repository: there is no history", h->name);
        say_hint("git init");
        return STATUS_ABSENT;
    }
    if (git_output(h->folder, has_head, NULL) == 0)
        return STATUS_OK;
    say_error(STATUS_ABSENT, "nothing was committed yet: there is no history");
    say_hint("git add %s && git commit", h->name);
    return STATUS_ABSENT;
}

static enum status say_lost(const struct history *h, const char *id)
{
    struct buf sentence = {0};

    buf_printf(&sentence, "git is missing the object %s", id);
    git_say_missing(h->folder, buf_text(&sentence, "git is missing an object"));
    buf_free(&sentence);
    return STATUS_FAILED;
}

enum status history_object(struct history *h, const char *id, struct buf *out)
{
    enum status status;
    size_t size;

    if (!h->batch) {
        h->batch = malloc(sizeof *h->batch);
        if (!h->batch)
            return say_no_memory();
        if (!git_batch_start(h->folder, h->batch)) {
            free(h->batch);
            h->batch = NULL;
            return STATUS_FAILED;
        }
    }
    status = git_batch_ask(h->batch, id) ? git_batch_answer(h->batch, &size) : STATUS_FAILED;
    if (status == STATUS_ABSENT)
        return say_lost(h, id);
    if (status != STATUS_OK || size > OBJECT_MAX)
        return status; /* a larger file is not a vault, and does not end its history */
    while (out->len < size && status == STATUS_OK) {
        char *room = buf_reserve(out, size - out->len);
        ssize_t got = room ? git_batch_read(h->batch, room, size - out->len) : 0;

        if (got > 0)
            out->len += (size_t)got;
        else
            status = got < 0 ? STATUS_FAILED : say_no_memory();
    }
    return status;
}

int history_rev_parse(const struct history *h, const char *revision, const char *suffix,
                      const char *path, struct buf *id)
{
    struct buf name = {0};
    const char *command[] = {"rev-parse", "--verify", "--quiet", NULL, NULL};
    int status = -1;

    buf_printf(&name, "%s%s%s", revision, suffix, path);
    buf_add(&name, "", 1);
    if (buf_ok(&name)) {
        command[3] = name.data;
        status = git_output(h->folder, command, id);
    } else {
        say_no_memory();
    }
    buf_free(&name);
    return status;
}

enum status history_commit_id(const struct history *h, const char *revision, struct buf *id)
{
    static const char *const is_shallow[] = {"rev-parse", "--is-shallow-repository", NULL};
    struct buf answer = {0};
    enum status status;
    bool shallow;
    int found;

    if (revision[0] == '-' || revision[0] == '\0')
        return say_error(STATUS_USAGE, "\"%s\" is not a revision", revision);
    found = history_rev_parse(h, revision, "^{commit}", "", id);
    if (found == 0)
        return git_line(id) ? STATUS_OK : say_no_memory();
    status = found < 0 ? STATUS_FAILED : history_check(h);
    if (status != STATUS_OK)
        return status;
    shallow =
        git_output(h->folder, is_shallow, &answer) == 0 && slice_begins(buf_slice(&answer), "true");
    buf_free(&answer);
    say_error(STATUS_ABSENT, "git knows no revision %s%s", revision,
              shallow ? ": this clone is shallow" : "");
    say_hint(shallow ? "git fetch --unshallow" : "git fetch --all");
    return STATUS_ABSENT;
}
