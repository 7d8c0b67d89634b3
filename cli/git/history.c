/* The versions of a vault file in git, as handles; one git cat-file reads them all. */
#include "history.h"

#include "session/session.h"
#include "ui/say.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    VERSIONS = 4,             /* kept open, */
    VERSIONS_BYTES = 16 << 20 /* or two, if they are larger than this */
};

struct history_version {
    const char *blob; /* NULL: unused */
    vault *v;
    vault_err err;
    size_t used, len;
};

/* An unreadable version, and the last readable one before it. */
struct history_damage {
    struct history_damage *next;
    const char *blob, *stand_in;
};

/* ---- the file ---- */

/* The slash that ends the folder to run git in: the last one in the path after a folder that
 * exists. NULL for the current folder. */
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

/* Splits the path into folder and name, even if they are gone from the work tree. */
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
    return h->name && h->folder ? STATUS_OK : say_no_memory();
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

void history_say_cut(const struct history *h)
{
    if (!h->cut)
        return;
    say_note("this clone is shallow: earlier history is missing");
    say_hint("git fetch --unshallow");
}

enum status history_judge(const struct history *h, enum status status)
{
    if (status != STATUS_OK)
        history_say_cut(h);
    if (status != STATUS_OK || !h->cut)
        return status;
    say_error(STATUS_FAILED, "this clone is shallow: earlier history is missing");
    say_hint("git fetch --unshallow");
    return STATUS_FAILED;
}

/* ---- versions ---- */

/* Adds today's keys; skips those that do not open. */
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

/* The first handle prompts if it must; the others copy its credentials. */
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
    status = to->v ? history_object(h, blob, &text) : STATUS_FAILED;
    if (status == STATUS_OK) {
        to->err = vault_open_bytes(to->v, buf_slice(&text).at, text.len);
        to->blob = blob;
        to->len = text.len;
        if (to->err == VAULT_FAILED || to->err == VAULT_NO_MEMORY)
            status = say_vault_error(to->v, to->err);
    }
    buf_free(&text);
    return status;
}

/* Closes large versions other than the last used, by loading an empty text, which is not a vault
 * and takes no memory. */
static void make_room(struct history *h)
{
    size_t bytes = 0;

    for (size_t i = 0; i < VERSIONS; i++)
        bytes += h->versions[i].blob ? h->versions[i].len : 0;
    for (size_t i = 0; i < VERSIONS && bytes > VERSIONS_BYTES; i++) {
        struct history_version *this = &h->versions[i];

        if (this->blob && this->used < h->clock && vault_open_bytes(this->v, "", 0) != VAULT_OK)
            this->blob = NULL;
    }
}

enum status history_version(struct history *h, const char *blob, vault **v, vault_err *err)
{
    struct history_version *place = &h->versions[0];
    enum status status = STATUS_OK;

    *v = NULL;
    *err = VAULT_OK;
    if (!blob)
        return STATUS_OK;
    for (size_t i = 0; i < VERSIONS; i++) {
        struct history_version *this = &h->versions[i];

        if (this->blob && strcmp(this->blob, blob) == 0) {
            place = this;
            break;
        }
        if (this->used < place->used)
            place = this;
    }
    if (!place->blob || strcmp(place->blob, blob) != 0) {
        make_room(h);
        status = read_version(h, blob, place);
    }
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
        return find_damage(h, blob) ? STATUS_OK : say_no_memory();
    *d = (struct history_damage){h->damages, blob, stand_in};
    h->damages = d;
    return STATUS_OK;
}

enum status history_pair(struct history *h, const struct history_edge *edge, vault **before,
                         vault **after, vault_err *err, vault **unread)
{
    const struct history_damage *d = find_damage(h, edge->before);
    const char *blob = d ? d->stand_in : edge->before;
    vault_err first;
    enum status status = history_version(h, blob, before, &first);

    if (status == STATUS_OK)
        status = history_version(h, edge->after, after, err);
    if (status != STATUS_OK)
        return status;
    if (first != VAULT_OK) /* in a shallow clone, or on one side of a merge */
        *before = NULL;
    *unread = *after;
    if (*err != VAULT_OK)
        *after = NULL;
    return *err == VAULT_OK ? STATUS_OK : add_damage(h, edge->after, blob);
}

/* ---- revisions ---- */

static enum status say_not_found(const struct history *h, const char *revision)
{
    enum status status = history_check(h);

    if (status != STATUS_OK)
        return status;
    if (history_rev_parse(h, revision, "^{commit}", "", NULL) == 0)
        return say_error(STATUS_ABSENT, "there is no %s in %s", h->name, revision);
    say_error(STATUS_ABSENT, "git knows no revision %s", revision);
    say_hint("git log --oneline");
    return STATUS_ABSENT;
}

/* Looks under today's name, then under the file's other known paths. Like history_rev_parse; *blob
 * belongs to the history. */
static int find_blob(struct history *h, const char *revision, const char **blob)
{
    struct buf id = {0};
    int found = history_rev_parse(h, revision, ":./", h->name, &id);

    for (size_t i = 0; i < h->path_count && found > 0; i++) {
        buf_clear(&id);
        found = history_rev_parse(h, revision, ":", h->paths[i], &id);
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
    enum status status = STATUS_OK;
    int found;

    *blob = NULL;
    if (revision[0] == '-')
        return say_error(STATUS_USAGE, "%s is not a revision", revision);
    found = find_blob(h, revision, blob);
    if (found > 0 && h->count == 0 && history_rev_parse(h, revision, "^{commit}", "", NULL) == 0) {
        status = history_read(h); /* finds the other paths */
        if (status == STATUS_OK)
            found = find_blob(h, revision, blob);
    }
    if (status == STATUS_OK && found != 0)
        status = found < 0 ? STATUS_FAILED : say_not_found(h, revision);
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
    return found < 0 ? STATUS_FAILED : STATUS_OK;
}
