/* The versions of a vault file in git: each as a handle, all read by one git cat-file. */
#include "history.h"

#include "session/session.h"
#include "ui/say.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    VERSION_MAX = 64 << 20, /* bytes: no vault is larger */
    VERSIONS = 4            /* that are kept open */
};

struct history_version {
    const char *blob; /* NULL: unused */
    vault *v;
    vault_err err;
    size_t used;
};

/* A version that cannot be read, and the last one before it that can. */
struct history_damage {
    struct history_damage *next;
    const char *blob, *stand_in;
};

/* ---- the file ---- */

/* The slash behind the folder that git is run in: the last one in the path, and of a path that is
 * gone from the work tree the last one behind a folder that is there. NULL: the current folder. */
static char *find_slash(char *path)
{
    char *slash = strrchr(path, '/');

    while (slash && slash != path) {
        char *before;
        bool there;

        *slash = '\0';
        there = access(path, F_OK) == 0;
        before = strrchr(path, '/');
        *slash = '/';
        if (there)
            return slash;
        slash = before;
    }
    return slash;
}

/* Its folder and its name, also where they are gone from the work tree. */
static enum status find_place(struct history *h)
{
    char *real = realpath(h->s->path, NULL), *slash;

    if (!real)
        real = strdup(h->s->path);
    slash = real ? find_slash(real) : NULL;
    h->name = real ? strdup(slash ? slash + 1 : real) : NULL;
    if (slash)
        slash[slash == real] = '\0';
    h->folder = real ? strdup(slash ? real : ".") : NULL;
    free(real);
    return h->name && h->folder ? DONE : say_no_memory();
}

enum status history_open(struct history *h, struct session *s)
{
    *h = (struct history){.s = s, .found = ARENA_PUBLIC};
    h->versions = calloc(VERSIONS, sizeof *h->versions);
    return h->versions ? find_place(h) : say_no_memory();
}

void history_close(struct history *h)
{
    for (size_t i = 0; h->versions && i < VERSIONS; i++)
        vault_free(h->versions[i].v);
    while (h->damages) {
        struct history_damage *next = h->damages->next;

        free(h->damages);
        h->damages = next;
    }
    if (h->batch)
        git_batch_end(h->batch);
    for (size_t i = 0; i < h->path_count; i++)
        free(h->paths[i]);
    free(h->paths);
    history_free_graph(h);
    free(h->base);
    free(h->tip);
    free(h->batch);
    free(h->versions);
    free(h->edges);
    free(h->commits);
    free(h->folder);
    free(h->name);
    buf_free(&h->text);
    arena_free(&h->found);
}

/* ---- the repository ---- */

/* That there is a git, a repository, and a commit; otherwise what is missing. */
enum status history_check(const struct history *h)
{
    static const char *const is_repository[] = {"rev-parse", "--git-dir", NULL};
    static const char *const has_head[] = {"rev-parse", "--verify", "--quiet", "HEAD", NULL};
    int status = git_output(h->folder, is_repository, NULL);

    if (status == GIT_NOT_HERE) {
        say_error(FAILED, "there is no git to ask for the history");
        say_hint("install git, or name its folder in PATH");
        return FAILED;
    }
    if (status < 0)
        return FAILED;
    if (status > 0) {
        say_error(NOT_THERE, "%s is not in a git repository: there is no history", h->name);
        say_hint("git init");
        return NOT_THERE;
    }
    if (git_output(h->folder, has_head, NULL) == 0)
        return DONE;
    say_error(NOT_THERE, "nothing was committed yet: there is no history");
    say_hint("git add %s && git commit", h->name);
    return NOT_THERE;
}

void history_say_cut(const struct history *h)
{
    if (!h->cut)
        return;
    say_note("this clone is shallow: its history is cut, and what was before is not known");
    say_hint("git fetch --unshallow");
}

enum status history_judge(const struct history *h, enum status status)
{
    if (status != DONE)
        history_say_cut(h);
    if (status != DONE || !h->cut)
        return status;
    say_error(FAILED,
              "this clone is shallow: its history is cut, and what was before is not known");
    say_hint("git fetch --unshallow");
    return FAILED;
}

/* ---- objects ---- */

static enum status say_lost(const struct history *h, const char *id)
{
    struct buf sentence = {0};

    buf_printf(&sentence, "git has lost the object %s", id);
    buf_add(&sentence, "", 1);
    git_say_missing(h->folder, buf_ok(&sentence) ? sentence.data : "git has lost an object");
    buf_free(&sentence);
    return FAILED;
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
            return FAILED;
        }
    }
    status = git_batch_ask(h->batch, id) ? git_batch_answer(h->batch, &size) : FAILED;
    if (status == NOT_THERE)
        return say_lost(h, id);
    if (status != DONE || size > VERSION_MAX)
        return status; /* what is larger is no vault, and not an end to all of its history */
    while (out->len < size && status == DONE) {
        char *room = buf_reserve(out, size - out->len);
        ssize_t got = room ? git_batch_read(h->batch, room, size - out->len) : 0;

        if (got > 0)
            out->len += (size_t)got;
        else
            status = got < 0 ? FAILED : say_no_memory();
    }
    return status;
}

/* ---- versions ---- */

/* What of today's keys does not open tells nothing. */
static void add_keys(vault *v, vault *today, const char *env)
{
    const char **envs;
    size_t count;

    if (vault_env_list(today, &envs, &count) != VAULT_OK)
        return;
    for (size_t i = 0; i < count; i++)
        if ((!env || strcmp(env, envs[i]) == 0) &&
            vault_add_keys_of(v, today, envs[i]) == VAULT_INTEGRITY)
            say_note("%s", vault_error(v));
    vault_release(envs);
}

vault *version_reader(struct session *s, const char *env)
{
    vault *v = vault_new();

    if (v)
        add_keys(v, s->v, env);
    if (v && vault_add_credentials_of(v, s->v) == VAULT_OK)
        return v;
    vault_free(v);
    say_no_memory();
    return NULL;
}

/* The first one asks for what has to be asked; the others take over what it knows. */
static vault *make_reader(struct history *h)
{
    const vault *first = h->versions[0].v;
    vault *v = first ? vault_new() : version_reader(h->s, h->env);

    if (!first || (v && vault_add_credentials_of(v, first) == VAULT_OK))
        return v;
    vault_free(v);
    say_no_memory();
    return NULL;
}

static enum status read_version(struct history *h, const char *blob, struct history_version *to)
{
    struct buf text = {0};
    enum status status;

    if (!to->v)
        to->v = make_reader(h);
    to->blob = NULL;
    status = to->v ? history_object(h, blob, &text) : FAILED;
    if (status == DONE) {
        to->err = vault_open_bytes(to->v, buf_slice(&text).at, text.len);
        to->blob = blob;
        if (to->err == VAULT_FAILED || to->err == VAULT_NO_MEMORY)
            status = say_vault_error(to->v, to->err);
    }
    buf_free(&text);
    return status;
}

enum status history_version(struct history *h, const char *blob, vault **v, vault_err *err)
{
    struct history_version *place = &h->versions[0];
    enum status status = DONE;

    *v = NULL;
    *err = VAULT_OK;
    if (!blob)
        return DONE;
    for (size_t i = 0; i < VERSIONS; i++) {
        struct history_version *this = &h->versions[i];

        if (this->blob && strcmp(this->blob, blob) == 0) {
            place = this;
            break;
        }
        if (this->used < place->used)
            place = this;
    }
    if (!place->blob || strcmp(place->blob, blob) != 0)
        status = read_version(h, blob, place);
    place->used = ++h->clock;
    *v = place->v;
    *err = place->err;
    return status;
}

static const struct history_damage *find_damage(const struct history *h, const char *blob)
{
    const struct history_damage *d = h->damages;

    while (d && !(blob && strcmp(d->blob, blob) == 0))
        d = d->next;
    return d;
}

static enum status add_damage(struct history *h, const char *blob, const char *stand_in)
{
    struct history_damage *d = find_damage(h, blob) ? NULL : malloc(sizeof *d);

    if (!d)
        return find_damage(h, blob) ? DONE : say_no_memory();
    *d = (struct history_damage){h->damages, blob, stand_in};
    h->damages = d;
    return DONE;
}

enum status history_pair(struct history *h, const struct history_edge *edge, vault **before,
                         vault **after, vault_err *err, vault **unread)
{
    const struct history_damage *d = find_damage(h, edge->before);
    const char *blob = d ? d->stand_in : edge->before;
    vault_err first;
    enum status status = history_version(h, blob, before, &first);

    if (status == DONE)
        status = history_version(h, edge->after, after, err);
    if (status != DONE)
        return status;
    if (first != VAULT_OK) /* of a cut history, or one side of a merge */
        *before = NULL;
    *unread = *after;
    if (*err != VAULT_OK)
        *after = NULL;
    return *err == VAULT_OK ? DONE : add_damage(h, edge->after, blob);
}

/* ---- revisions ---- */

static int rev_parse(const struct history *h, const char *revision, const char *suffix,
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

static enum status say_not_found(const struct history *h, const char *revision)
{
    enum status status = history_check(h);

    if (status != DONE)
        return status;
    if (rev_parse(h, revision, "^{commit}", "", NULL) == 0)
        return say_error(NOT_THERE, "there is no %s in %s", h->name, revision);
    say_error(NOT_THERE, "git knows no revision %s", revision);
    say_hint("git log --oneline");
    return NOT_THERE;
}

enum status history_commit_id(const struct history *h, const char *revision, struct buf *id)
{
    static const char *const is_shallow[] = {"rev-parse", "--is-shallow-repository", NULL};
    struct buf answer = {0};
    enum status status;
    bool shallow;
    int found;

    if (revision[0] == '-' || revision[0] == '\0')
        return say_error(USAGE, "\"%s\" is no revision", revision);
    found = rev_parse(h, revision, "^{commit}", "", id);
    if (found == 0)
        return git_line(id) ? DONE : say_no_memory();
    status = found < 0 ? FAILED : history_check(h);
    if (status != DONE)
        return status;
    shallow =
        git_output(h->folder, is_shallow, &answer) == 0 && slice_begins(buf_slice(&answer), "true");
    buf_free(&answer);
    say_error(NOT_THERE, "git knows no revision %s%s", revision,
              shallow ? ": this clone is shallow" : "");
    say_hint(shallow ? "git fetch --unshallow" : "git fetch --all");
    return NOT_THERE;
}

/* Where it is not under its name of today it may be under one of the other paths that are known.
 * As rev_parse; *blob is the history's. */
static int find_blob(struct history *h, const char *revision, const char **blob)
{
    struct buf id = {0};
    int found = rev_parse(h, revision, ":./", h->name, &id);

    for (size_t i = 0; i < h->path_count && found > 0; i++) {
        buf_clear(&id);
        found = rev_parse(h, revision, ":", h->paths[i], &id);
    }
    *blob = found == 0 && git_line(&id) ? arena_copy(&h->found, id.data, id.len) : NULL;
    if (found == 0 && !*blob) {
        say_no_memory();
        found = -1;
    }
    buf_free(&id);
    return found;
}

enum status history_find(struct history *h, const char *revision, const char **blob)
{
    enum status status = DONE;
    int found;

    *blob = NULL;
    if (revision[0] == '-')
        return say_error(USAGE, "%s is no revision", revision);
    found = find_blob(h, revision, blob);
    if (found > 0 && h->count == 0 && rev_parse(h, revision, "^{commit}", "", NULL) == 0) {
        status = history_read(h); /* now its paths are known */
        if (status == DONE)
            found = find_blob(h, revision, blob);
    }
    if (status == DONE && found != 0)
        status = found < 0 ? FAILED : say_not_found(h, revision);
    return status;
}

enum status history_ends(struct history *h, const char **before, const char **after)
{
    const char *const command[] = {"merge-base", h->base, h->tip, NULL};
    struct buf id = {0};
    int found = git_output(h->folder, command, &id);

    *before = *after = NULL;
    if (found == 0 && !git_line(&id))
        found = -1;
    if (found == 0)
        found = find_blob(h, id.data, before);
    if (found == 0)
        found = find_blob(h, h->tip, after);
    buf_free(&id);
    return found < 0 ? FAILED : DONE;
}
