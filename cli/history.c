/* The versions of a vault file in git. One git log tells which there are, one cat-file what they
 * are; a file that was moved is followed by one diff-tree more. */
#include "history.h"

#include "../lib/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    VERSION_MAX = 64 << 20, /* bytes: no vault is larger */
    VERSIONS = 4,           /* that are kept open */
    MOVES_MAX = 16          /* how often a file is followed to another path */
};

#define MARK '\1'
#define FORMAT "--format=%x01%H%x00%P%x00%an <%ae>%x00%ct"

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

static enum status out_of_memory(void)
{
    return say_error(FAILED, "out of memory");
}

/* ---- the file ---- */

/* Its folder and its name, also where it is gone from the work tree. */
static enum status find_place(struct history *h)
{
    char *real = realpath(h->s->path, NULL), *slash;

    if (!real)
        real = strdup(h->s->path);
    slash = real ? strrchr(real, '/') : NULL;
    h->name = real ? strdup(slash ? slash + 1 : real) : NULL;
    if (slash)
        slash[slash == real] = '\0';
    h->folder = real ? strdup(slash ? real : ".") : NULL;
    free(real);
    return h->name && h->folder ? DONE : out_of_memory();
}

enum status history_open(struct history *h, struct session *s)
{
    *h = (struct history){.s = s};
    h->versions = calloc(VERSIONS, sizeof *h->versions);
    return h->versions ? find_place(h) : out_of_memory();
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
    free(h->batch);
    free(h->versions);
    free(h->edges);
    free(h->commits);
    free(h->folder);
    free(h->name);
    buf_free(&h->text);
}

/* ---- git log ---- */

/* Room for one more in a list that doubles. */
static void *grown(void *list, size_t count, size_t size)
{
    if (count & (count - 1))
        return list;
    return realloc(list, (count ? 2 * count : 1) * size);
}

static struct history_commit *add_commit(struct history *h)
{
    struct history_commit *all = grown(h->commits, h->count, sizeof *all);

    if (!all)
        return NULL;
    h->commits = all;
    all[h->count] = (struct history_commit){.id = ""};
    return &all[h->count++];
}

static struct history_edge *add_edge(struct history *h)
{
    struct history_edge *all = grown(h->edges, h->edge_count, sizeof *all);

    if (!all)
        return NULL;
    h->edges = all;
    all[h->edge_count] = (struct history_edge){.path = ""};
    h->commits[h->count - 1].count++;
    return &all[h->edge_count++];
}

struct log_reader {
    char *at, *end;
    struct history *h;
    struct history_edge *edge; /* of the record that is read; NULL: none yet */
};

/* Up to the next zero byte; NULL at the end. */
static char *take_field(struct log_reader *r)
{
    char *field = r->at, *zero = memchr(r->at, '\0', (size_t)(r->end - r->at));

    if (!zero)
        return NULL;
    r->at = zero + 1;
    return field;
}

static size_t count_words(const char *text)
{
    size_t count = text[0] != '\0';

    for (; *text; text++)
        count += *text == ' ';
    return count;
}

/* A merge is told of once for each parent from which it differs. */
static bool take_commit(struct log_reader *r)
{
    const char *id = take_field(r), *parents = id ? take_field(r) : NULL;
    const char *author = parents ? take_field(r) : NULL, *date = author ? take_field(r) : NULL;
    struct history *h = r->h;
    struct history_commit *c;

    r->edge = NULL;
    if (!date)
        return false;
    if (h->count > 0 && strcmp(h->commits[h->count - 1].id, id) == 0)
        return true;
    c = add_commit(h);
    if (!c)
        return false;
    c->id = id;
    c->author = author;
    c->date = strtoll(date, NULL, 10);
    c->parents = count_words(parents);
    return true;
}

/* The id that stands at this word of "MODE MODE ID ID STATUS"; NULL: there is no file. */
static const char *blob_of(const char *mode, char *id)
{
    bool is_file = strncmp(mode, "100", 3) == 0;

    id[strcspn(id, " ")] = '\0';
    return is_file ? id : NULL;
}

/* ":MODE MODE ID ID STATUS", PATH, and of what was renamed another PATH. */
static bool take_entry(struct log_reader *r)
{
    char *words[5], *entry = take_field(r);
    const char *path = entry ? take_field(r) : NULL, *before, *after;
    size_t n = 0;

    for (char *at = entry; path && at && n < 5; at = strchr(at, ' ')) {
        at += 1; /* behind the colon, or the space */
        words[n++] = at;
    }
    if (n == 5 && words[4][0] == 'R')
        path = take_field(r);
    if (n < 5 || !path)
        return false;
    before = blob_of(words[0], words[2]);
    after = blob_of(words[1], words[3]);
    if (!r->edge)
        r->edge = add_edge(r->h);
    if (!r->edge)
        return false;
    /* Of several paths, in a commit that moved the file, one was left and one is new. */
    if (before && !r->edge->before)
        r->edge->before = before;
    if (after && !r->edge->after) {
        r->edge->after = after;
        r->edge->path = path;
    }
    return true;
}

static bool read_log(struct history *h)
{
    struct log_reader r = {.at = h->text.data, .end = h->text.data + h->text.len, .h = h};
    size_t first = 0;
    bool good = true;

    while (r.at < r.end && good) {
        char c = *r.at;

        if (c == MARK || c == '\n')
            r.at++;
        if (c != '\n')
            good = c == MARK ? take_commit(&r) : c == ':' && h->count > 0 && take_entry(&r);
    }
    for (size_t i = 0; i < h->count; first += h->commits[i++].count)
        h->commits[i].edges = h->edges + first;
    if (!good)
        say_error(FAILED, "git log says what is not understood, or there is no memory for it");
    return good;
}

/* That there is a git, a repository, and a commit; otherwise what is missing. */
static enum status check_repository(const struct history *h)
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

static enum status say_no_log(const struct history *h)
{
    enum status status = check_repository(h);

    return status == DONE ? say_error(FAILED, "git log fails") : status;
}

static enum status read_commits_of(struct history *h, const char *const *paths, size_t count)
{
    const char *const before[] = {"-c",
                                  "log.showSignature=false",
                                  "-c",
                                  "log.showRoot=true",
                                  "-c",
                                  "diff.relative=false",
                                  "-c",
                                  "log.follow=false",
                                  "log",
                                  "--topo-order",
                                  "--reverse",
                                  "--full-history",
                                  "-m",
                                  "--raw",
                                  "-z",
                                  "--no-abbrev",
                                  "--no-color",
                                  "--encoding=UTF-8",
                                  count > 1 ? "-M" : "--no-renames",
                                  FORMAT,
                                  "HEAD",
                                  "--"};
    enum { BEFORE = sizeof before / sizeof *before };
    const char **command = calloc(BEFORE + count + 1, sizeof *command);
    int status;

    if (!command)
        return out_of_memory();
    memcpy(command, before, sizeof before);
    memcpy(command + BEFORE, paths, count * sizeof *paths);
    h->count = h->edge_count = 0;
    buf_clear(&h->text);
    status = git_output(h->folder, command, &h->text);
    free(command);
    if (status != 0)
        return status < 0 ? FAILED : say_no_log(h);
    return read_log(h) ? DONE : FAILED;
}

/* The file itself and all paths that it had. */
static enum status read_commits(struct history *h)
{
    struct buf specs[MOVES_MAX + 1] = {{0}};
    const char *paths[MOVES_MAX + 1];
    enum status status = DONE;

    for (size_t i = 0; i <= h->path_count && status == DONE; i++) {
        buf_printf(&specs[i], i ? ":(top,literal)%s" : ":(literal)%s",
                   i ? h->paths[i - 1] : h->name);
        buf_add(&specs[i], "", 1);
        status = buf_ok(&specs[i]) ? DONE : out_of_memory();
        paths[i] = specs[i].data;
    }
    if (status == DONE)
        status = read_commits_of(h, paths, h->path_count + 1);
    for (size_t i = 0; i <= h->path_count; i++)
        buf_free(&specs[i]);
    return status;
}

/* ---- what was moved ---- */

/* A commit that has parents, and the file where none of them has it. */
static bool is_arrival(const struct history_commit *c)
{
    return c->parents > 0 && c->count == c->parents && !c->edges[0].before && c->edges[0].after;
}

static bool know_path(const struct history *h, const char *path)
{
    for (size_t i = 0; i < h->path_count; i++)
        if (strcmp(h->paths[i], path) == 0)
            return true;
    return false;
}

static enum status add_path(struct history *h, const char *path)
{
    char **all;

    if (know_path(h, path) || h->path_count == MOVES_MAX)
        return DONE;
    all = grown(h->paths, h->path_count, sizeof *all);
    if (all) {
        h->paths = all;
        all[h->path_count] = strdup(path);
    }
    return all && all[h->path_count++] ? DONE : out_of_memory();
}

/* ID, and then of each file that it renames ":… R…", OLD, NEW. */
static enum status read_moves(struct history *h, struct buf *text)
{
    struct log_reader r = {.at = text->data, .end = text->data + text->len, .h = h};
    enum status status = DONE;

    while (r.at < r.end && status == DONE) {
        const char *word = take_field(&r), *from, *to;
        bool ours = false;

        if (!word || word[0] != ':')
            continue;
        from = take_field(&r);
        to = from ? take_field(&r) : NULL;
        for (size_t i = 0; to && i < h->count && !ours; i++)
            ours = is_arrival(&h->commits[i]) && strcmp(h->commits[i].edges[0].path, to) == 0;
        if (ours)
            status = add_path(h, from);
    }
    return status;
}

/* Looks, in the commits in which the file arrived, for where it came from. */
static enum status find_moves(struct history *h)
{
    static const char *const command[] = {"diff-tree",   "--stdin",         "-r", "-M", "-z",
                                          "--no-abbrev", "--diff-filter=R", NULL};
    struct buf asked = {0}, said = {0};
    enum status status = DONE;
    struct git g;
    bool good;

    for (size_t i = 0; i < h->count; i++)
        if (is_arrival(&h->commits[i]))
            buf_printf(&asked, "%s\n", h->commits[i].id);
    if (asked.len > 0 && buf_ok(&asked)) {
        if (!git_start(h->folder, command, GIT_READ | GIT_WRITE | GIT_QUIET, &g)) {
            buf_free(&asked);
            return FAILED;
        }
        good = git_write(&g, asked.data, asked.len);
        close(g.in);
        g.in = -1;
        good = good && read_bytes(g.out, SIZE_MAX - 1, &said);
        if (git_end(&g) != 0 || !good)
            status = say_error(FAILED, "git diff-tree fails");
        else
            status = read_moves(h, &said);
    }
    buf_free(&asked);
    buf_free(&said);
    return status;
}

/* ---- objects ---- */

static enum status get_object(struct history *h, const char *id, struct buf *out)
{
    enum status status;
    size_t size;

    if (!h->batch) {
        h->batch = malloc(sizeof *h->batch);
        if (!h->batch)
            return out_of_memory();
        if (!git_batch_start(h->folder, h->batch)) {
            free(h->batch);
            h->batch = NULL;
            return FAILED;
        }
    }
    status = git_batch_ask(h->batch, id) ? git_batch_answer(h->batch, &size) : FAILED;
    if (status == NOT_THERE)
        return say_error(FAILED, "git has lost the object %s", id);
    if (status != DONE || size > VERSION_MAX)
        return status; /* what is larger is no vault, and not an end to all of its history */
    while (out->len < size && status == DONE) {
        char *room = buf_reserve(out, size - out->len);
        ssize_t got = room ? git_batch_read(h->batch, room, size - out->len) : 0;

        if (got > 0)
            out->len += (size_t)got;
        else
            status = got < 0 ? FAILED : out_of_memory();
    }
    return status;
}

/* A shallow clone shows commits without the parents that they name. */
static enum status look_for_cut(struct history *h)
{
    enum status status = DONE;

    for (size_t i = 0; i < h->count && status == DONE && !h->cut; i++) {
        struct buf commit = {0};
        const char *end;

        if (h->commits[i].parents > 0)
            continue;
        status = get_object(h, h->commits[i].id, &commit);
        buf_add(&commit, "", 1);
        end = buf_ok(&commit) ? strstr(commit.data, "\n\n") : NULL;
        if (end) {
            commit.data[end - commit.data] = '\0';
            h->cut = strstr(commit.data, "\nparent ") != NULL;
        }
        buf_free(&commit);
    }
    return status;
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

enum status history_read(struct history *h)
{
    size_t known;
    enum status status;

    do {
        known = h->path_count;
        status = read_commits(h);
        if (status == DONE)
            status = find_moves(h);
    } while (status == DONE && h->path_count > known);
    if (status == DONE && h->count == 0) {
        say_error(NOT_THERE, "%s was never committed: there is no history", h->name);
        say_hint("git add %s && git commit", h->name);
        return NOT_THERE;
    }
    return status == DONE ? look_for_cut(h) : status;
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
    vault_list_free(envs);
}

vault *version_reader(struct session *s, const char *env)
{
    vault *v = vault_new();

    if (v)
        add_keys(v, s->v, env);
    if (v && vault_add_credentials_of(v, s->v) == VAULT_OK)
        return v;
    vault_free(v);
    out_of_memory();
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
    out_of_memory();
    return NULL;
}

static enum status read_version(struct history *h, const char *blob, struct history_version *to)
{
    struct buf text = {0};
    enum status status;

    if (!to->v)
        to->v = make_reader(h);
    to->blob = NULL;
    status = to->v ? get_object(h, blob, &text) : FAILED;
    if (status == DONE) {
        to->err = vault_open_bytes(to->v, buf_slice(&text).at, text.len);
        to->blob = blob;
        if (to->err == VAULT_FAILED)
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
        return find_damage(h, blob) ? DONE : out_of_memory();
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
        out_of_memory();
    }
    buf_free(&name);
    return status;
}

static enum status say_not_found(const struct history *h, const char *revision)
{
    enum status status = check_repository(h);

    if (status != DONE)
        return status;
    if (rev_parse(h, revision, "^{commit}", "", NULL) == 0)
        return say_error(NOT_THERE, "there is no %s in %s", h->name, revision);
    say_error(NOT_THERE, "git knows no revision %s", revision);
    say_hint("git log --oneline");
    return NOT_THERE;
}

/* Where it is not under its name of today it may be under another one. */
enum status history_find(struct history *h, const char *revision, char **blob)
{
    struct buf id = {0};
    enum status status = DONE;
    int found;

    *blob = NULL;
    if (revision[0] == '-')
        return say_error(USAGE, "%s is no revision", revision);
    found = rev_parse(h, revision, ":./", h->name, &id);
    if (found > 0 && rev_parse(h, revision, "^{commit}", "", NULL) == 0)
        status = history_read(h);
    for (size_t i = 0; i < h->path_count && found > 0 && status == DONE; i++) {
        buf_clear(&id);
        found = rev_parse(h, revision, ":", h->paths[i], &id);
    }
    if (status == DONE && found == 0) {
        *blob = git_line(&id) ? strdup(id.data) : NULL;
        status = *blob ? DONE : out_of_memory();
    } else if (status == DONE) {
        status = found < 0 ? FAILED : say_not_found(h, revision);
    }
    buf_free(&id);
    return status;
}
