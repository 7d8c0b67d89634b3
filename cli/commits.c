/* Which commits a vault file's history has. One git log tells; a file that was moved is followed by
 * one diff-tree more, and another log of both its paths. */
#include "history.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOVES_MAX = 16 /* how often a file is followed to another path */ };

#define MARK '\1'
#define FORMAT "--format=%x01%H%x00%P%x00%an <%ae>%x00%ct"

static enum status out_of_memory(void)
{
    return say_error(FAILED, "out of memory");
}

/* ---- git log ---- */

static struct history_commit *add_commit(struct history *h)
{
    struct history_commit *all = list_grow(h->commits, h->count, sizeof *all);

    if (!all)
        return NULL;
    h->commits = all;
    all[h->count] = (struct history_commit){.id = ""};
    return &all[h->count++];
}

static struct history_edge *add_edge(struct history *h)
{
    struct history_edge *all = list_grow(h->edges, h->edge_count, sizeof *all);

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

static enum status say_no_log(const struct history *h)
{
    enum status status = history_check(h);

    return status == DONE ? git_say_missing(h->folder, "git log fails") : status;
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
                                  "-c",
                                  "log.diffMerges=separate", /* what -m means */
                                  "log",
                                  "--topo-order",
                                  "--reverse",
                                  "--full-history",
                                  "-m",
                                  "--raw",
                                  "-z",
                                  "--no-abbrev",
                                  "--no-color",
                                  "--no-ext-diff",
                                  "--no-textconv",
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
    all = list_grow(h->paths, h->path_count, sizeof *all);
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
            status = git_say_missing(h->folder, "git diff-tree fails");
        else
            status = read_moves(h, &said);
    }
    buf_free(&asked);
    buf_free(&said);
    return status;
}

/* ---- all of it ---- */

/* A shallow clone shows commits without the parents that they name. */
static enum status look_for_cut(struct history *h)
{
    enum status status = DONE;

    for (size_t i = 0; i < h->count && status == DONE && !h->cut; i++) {
        struct buf commit = {0};
        const char *end;

        if (h->commits[i].parents > 0)
            continue;
        status = history_object(h, h->commits[i].id, &commit);
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
