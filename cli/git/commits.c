/* Reads the commits of a vault file's history with git log. If the file was moved, a diff-tree
 * finds its old path, and another git log reads both. */
#include "history.h"
#include "ui/io.h"
#include "ui/say.h"

#include "base/hashtable.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MOVES_MAX = 16, /* moves of the file that are followed */
    TIPS_MAX = 5
};

#define MARK '\1'
#define FORMAT "--format=%x01%H%x00%P%x00%an <%ae>%x00%ct"

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
    size_t half; /* 1 + the current commit's edge that still lacks a side; 0: none */
};

/* The next zero-terminated field; NULL at the end. */
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

/* git log prints a merge once for each parent from which it differs. */
static bool take_commit(struct log_reader *r)
{
    const char *id = take_field(r), *parents = id ? take_field(r) : NULL;
    const char *author = parents ? take_field(r) : NULL, *date = author ? take_field(r) : NULL;
    struct history *h = r->h;
    struct history_commit *c;

    r->half = 0;
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

/* The ID at this word of "MODE MODE ID ID STATUS"; NULL if its mode is not a file's. */
static const char *blob_of(const char *mode, char *id)
{
    bool is_file = strncmp(mode, "100", 3) == 0;

    id[strcspn(id, " ")] = '\0';
    return is_file ? id : NULL;
}

/* A commit that moved the file has one entry without `after` and one without `before`: one edge
 * joins them. MUST: a path with both sides is compared with itself, whatever the commit does to
 * other paths. */
static bool add_to_edges(struct log_reader *r, const char *before, const char *after,
                         const char *path)
{
    bool whole = before && after;
    struct history_edge *edge = r->half && !whole ? &r->h->edges[r->half - 1] : NULL;

    if (edge && (before ? edge->before : edge->after))
        edge = NULL; /* it has that side already */
    if (edge)
        r->half = 0;
    else if ((edge = add_edge(r->h)) && !whole)
        r->half = r->h->edge_count;
    if (!edge)
        return false;
    if (before)
        edge->before = before;
    if (after) {
        edge->after = after;
        edge->path = path;
    }
    return true;
}

/* ":MODE MODE ID ID STATUS", PATH, and after a rename another PATH. */
static bool take_entry(struct log_reader *r)
{
    char *words[5], *entry = take_field(r);
    const char *path = entry ? take_field(r) : NULL, *before, *after;
    size_t n = 0;

    for (char *at = entry; path && at && n < 5; at = strchr(at, ' ')) {
        at += 1; /* past the colon or space */
        words[n++] = at;
    }
    if (n == 5 && words[4][0] == 'R')
        path = take_field(r);
    if (n < 5 || !path)
        return false;
    before = blob_of(words[0], words[2]);
    after = blob_of(words[1], words[3]);
    return add_to_edges(r, before, after, path);
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
        say_error(STATUS_FAILED,
                  "cannot read the output of git log: unknown format, or out of memory");
    return good;
}

static enum status say_no_log(const struct history *h)
{
    enum status status = history_check(h);

    return status == STATUS_OK ? git_say_missing(h->folder, "git log failed") : status;
}

/* Adds the revisions from which git log starts. */
static size_t add_tips(const struct history *h, const char **words)
{
    size_t count = 0;

    words[count++] = h->tip ? h->tip : "HEAD";
    if (h->base)
        words[count++] = h->base;
    if (h->everywhere) {
        words[count++] = "--branches";
        words[count++] = "--remotes";
        words[count++] = "--tags";
    }
    return count;
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
                                  "log.diffMerges=separate", /* the meaning of -m */
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
                                  FORMAT};
    enum { BEFORE = sizeof before / sizeof *before };
    const char **command = calloc(BEFORE + TIPS_MAX + 1 + count + 1, sizeof *command);
    size_t n = BEFORE;
    int status;

    if (!command)
        return say_no_memory();
    memcpy(command, before, sizeof before);
    n += add_tips(h, command + n);
    command[n++] = "--";
    memcpy(command + n, paths, count * sizeof *paths);
    h->count = h->edge_count = 0;
    buf_clear(&h->text);
    status = git_output(h->folder, command, &h->text);
    free(command);
    if (status != 0)
        return status < 0 ? STATUS_FAILED : say_no_log(h);
    return read_log(h) ? STATUS_OK : STATUS_FAILED;
}

/* Reads the commits of the file, under all paths that it had. */
static enum status read_commits(struct history *h)
{
    struct buf *specs = calloc(h->path_count + 1, sizeof *specs);
    const char **paths = calloc(h->path_count + 1, sizeof *paths);
    enum status status = specs && paths ? STATUS_OK : say_no_memory();

    for (size_t i = 0; i <= h->path_count && status == STATUS_OK; i++) {
        buf_printf(&specs[i], i ? ":(top,literal)%s" : ":(literal)%s",
                   i ? h->paths[i - 1] : h->name);
        buf_add(&specs[i], "", 1);
        status = buf_ok(&specs[i]) ? STATUS_OK : say_no_memory();
        paths[i] = specs[i].data;
    }
    if (status == STATUS_OK)
        status = read_commits_of(h, paths, h->path_count + 1);
    for (size_t i = 0; specs && i <= h->path_count; i++)
        buf_free(&specs[i]);
    free(specs);
    free(paths);
    return status;
}

/* ---- moves ---- */

/* Whether the commit has parents, and the file, which none of them has. */
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

    if (know_path(h, path))
        return STATUS_OK;
    all = list_grow(h->paths, h->path_count, sizeof *all);
    if (all) {
        h->paths = all;
        all[h->path_count] = strdup(path);
    }
    return all && all[h->path_count++] ? STATUS_OK : say_no_memory();
}

/* Parses ID, then ":… R…", OLD, NEW for each file that the commit renames. */
static enum status read_moves(struct history *h, struct buf *text)
{
    struct log_reader r = {.at = text->data, .end = text->data + text->len, .h = h};
    enum status status = STATUS_OK;

    while (r.at < r.end && status == STATUS_OK) {
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

/* Finds the earlier path in each commit in which the file appeared. */
static enum status find_moves(struct history *h)
{
    static const char *const command[] = {"diff-tree",   "--stdin",         "-r", "-M", "-z",
                                          "--no-abbrev", "--diff-filter=R", NULL};
    struct buf asked = {0}, said = {0};
    enum status status = STATUS_OK;
    struct git g;
    bool good;

    for (size_t i = 0; i < h->count; i++)
        if (is_arrival(&h->commits[i]))
            buf_printf(&asked, "%s\n", h->commits[i].id);
    if (asked.len > 0 && buf_ok(&asked)) {
        if (!git_start(h->folder, command, GIT_READ | GIT_WRITE | GIT_QUIET, &g)) {
            buf_free(&asked);
            return STATUS_FAILED;
        }
        good = git_write(&g, asked.data, asked.len);
        close(g.in);
        g.in = -1;
        good = good && read_bytes(g.out, SIZE_MAX - 1, &said);
        if (git_end(&g) != 0 || !good)
            status = git_say_missing(h->folder, "git diff-tree failed");
        else
            status = read_moves(h, &said);
    }
    buf_free(&asked);
    buf_free(&said);
    return status;
}

enum status history_also(struct history *h, const char *text)
{
    const char *const command[] = {"grep",   "-z",          "-l",         "-a",
                                   "-F",     "--full-name", "--no-color", "--no-recurse-submodules",
                                   "-e",     text,          "HEAD",       "--",
                                   ":(top)", NULL};
    struct buf list = {0};
    enum status status = STATUS_OK;
    int found = git_output(h->folder, command, &list);
    const char *head = "HEAD:";

    if (found > 1)
        status = git_say_missing(h->folder, "git grep failed");
    else if (found < 0 || !buf_ok(&list))
        status = STATUS_FAILED;
    for (const char *at = list.data; status == STATUS_OK && at && at < list.data + list.len;
         at += strlen(at) + 1)
        if (strncmp(at, head, strlen(head)) == 0)
            status = add_path(h, at + strlen(head));
    buf_free(&list);
    return status;
}

/* ---- a range ---- */

enum status history_range(struct history *h, const char *range)
{
    const char *dots = strstr(range, "..");
    char *base = dots ? strndup(range, (size_t)(dots - range)) : NULL;
    struct buf ids[2] = {{0}, {0}};
    enum status status = STATUS_OK;

    if (!dots || dots == range || dots[2] == '.') {
        say_error(STATUS_USAGE, "not a range of commits: %s", range);
        say_hint("{program} verify --history origin/main..HEAD");
        status = STATUS_USAGE;
    } else if (!base) {
        status = say_no_memory();
    }
    if (status == STATUS_OK)
        status = history_commit_id(h, base, &ids[0]);
    if (status == STATUS_OK)
        status = history_commit_id(h, dots[2] ? dots + 2 : "HEAD", &ids[1]);
    free(base);
    if (status == STATUS_OK) {
        h->base = ids[0].data;
        h->tip = ids[1].data;
    } else {
        buf_free(&ids[0]);
        buf_free(&ids[1]);
    }
    return status;
}

/* A stable partition. Parents still come first: no commit before the range has a parent in it. */
static enum status put_range_last(struct history *h)
{
    struct history_commit *all = calloc(h->count + 1, sizeof *all);
    size_t count = 0;

    if (!all)
        return say_no_memory();
    for (int before = 1; before >= 0; before--)
        for (size_t i = 0; i < h->count; i++)
            if (h->commits[i].before == before)
                all[count++] = h->commits[i];
    free(h->commits);
    h->commits = all;
    return STATUS_OK;
}

/* Marks the commits of the history that are before the range. */
static enum status find_range(struct history *h)
{
    struct buf range = {0}, text = {0};
    struct hashtable in_range = {.size = 0};
    const char *command[] = {"rev-list", NULL, NULL};
    enum status status = STATUS_OK;

    buf_printf(&range, "%s..%s", h->base, h->tip);
    command[1] = buf_text(&range, "");
    if (git_output(h->folder, command, &text) != 0)
        status = git_say_missing(h->folder, "git rev-list failed");
    for (char *at = text.data, *end; status == STATUS_OK && at < text.data + text.len;
         at = end + 1) {
        size_t *place;

        end = memchr(at, '\n', (size_t)(text.data + text.len - at));
        place = end ? hashtable_number(&in_range, (struct slice){at, (size_t)(end - at)}) : NULL;
        if (!place) {
            status = say_no_memory();
            break;
        }
        *place = 1;
    }
    for (size_t i = 0; i < h->count && status == STATUS_OK; i++)
        h->commits[i].before = hashtable_find(&in_range, slice_of(h->commits[i].id)) == 0;
    hashtable_free(&in_range);
    buf_free(&range);
    buf_free(&text);
    return status == STATUS_OK ? put_range_last(h) : status;
}

/* ---- ancestry ---- */

/* All commits of the repository, children before parents. */
struct history_graph {
    struct hashtable places; /* by ID: 1 + the index */
    size_t count;
    size_t *first; /* by commit: index of its first parent in `parents`; one more at the end */
    size_t *parents;
    size_t *of_history;       /* by commit of the history: 1 + its index */
    unsigned char *ancestors; /* of the commit asked about last */
    size_t newer;             /* 1 + that commit */
    struct buf text;
};

void history_free_graph(struct history *h)
{
    struct history_graph *g = h->graph;

    if (!g)
        return;
    hashtable_free(&g->places);
    buf_free(&g->text);
    free(g->first);
    free(g->parents);
    free(g->of_history);
    free(g->ancestors);
    free(g);
    h->graph = NULL;
}

static struct slice take_word(const char **at, const char *end)
{
    const char *word = *at;

    while (*at < end && **at != ' ' && **at != '\n')
        ++*at;
    return (struct slice){word, (size_t)(*at - word)};
}

/* Reads lines of "ID PARENT…". */
static bool place_commits(struct history_graph *g)
{
    const char *at = g->text.data, *end = at + g->text.len;

    while (at < end) {
        size_t *place = hashtable_number(&g->places, take_word(&at, end));

        if (!place)
            return false;
        *place = ++g->count;
        while (at < end && *at++ != '\n')
            ;
    }
    return true;
}

static bool link_commits(struct history_graph *g)
{
    const char *at = g->text.data, *end = at + g->text.len;
    size_t n = 0, words = 0;

    for (const char *c = at; c < end; c++)
        words += *c == ' ';
    g->first = calloc(g->count + 1, sizeof *g->first);
    g->parents = calloc(words + 1, sizeof *g->parents);
    g->ancestors = calloc(g->count + 1, 1);
    if (!g->first || !g->parents || !g->ancestors)
        return false;
    for (size_t i = 0; i < g->count; i++) {
        g->first[i] = n;
        take_word(&at, end);
        while (at < end && *at++ == ' ')
            g->parents[n++] = hashtable_find(&g->places, take_word(&at, end));
    }
    g->first[g->count] = n;
    return true;
}

static bool find_commits(struct history *h)
{
    struct history_graph *g = h->graph;

    g->of_history = calloc(h->count + 1, sizeof *g->of_history);
    for (size_t i = 0; g->of_history && i < h->count; i++)
        g->of_history[i] = hashtable_find(&g->places, slice_of(h->commits[i].id));
    return g->of_history != NULL;
}

static enum status read_graph(struct history *h)
{
    const char *command[3 + TIPS_MAX + 1] = {"rev-list", "--topo-order", "--parents"};
    struct history_graph *g = calloc(1, sizeof *g);
    enum status status = g ? STATUS_OK : say_no_memory();

    h->graph = g;
    if (status != STATUS_OK)
        return status;
    add_tips(h, command + 3);
    if (git_output(h->folder, command, &g->text) != 0)
        status = git_say_missing(h->folder, "git rev-list failed");
    else if (!buf_ok(&g->text) || g->text.len == 0 || !place_commits(g) || !link_commits(g) ||
             !find_commits(h))
        status = say_no_memory();
    return status;
}

/* One pass is enough, because parents come after their children. */
static void mark_ancestors(struct history *h, size_t newer)
{
    struct history_graph *g = h->graph;
    size_t from = g->of_history[newer];

    memset(g->ancestors, 0, g->count);
    if (from > 0)
        g->ancestors[from - 1] = 1;
    for (size_t i = from > 0 ? from - 1 : g->count; i < g->count; i++)
        for (size_t p = g->first[i]; g->ancestors[i] && p < g->first[i + 1]; p++)
            if (g->parents[p] > 0)
                g->ancestors[g->parents[p] - 1] = 1;
    if (from > 0)
        g->ancestors[from - 1] = 0; /* not an ancestor of itself */
    g->newer = newer + 1;
}

enum status history_is_ancestor(struct history *h, size_t older, size_t newer, bool *is)
{
    enum status status = h->graph ? STATUS_OK : read_graph(h);
    size_t place;

    *is = false;
    if (status != STATUS_OK)
        return status;
    if (h->graph->newer != newer + 1)
        mark_ancestors(h, newer);
    place = h->graph->of_history[older];
    *is = place > 0 && h->graph->ancestors[place - 1];
    return STATUS_OK;
}

/* ---- reading ---- */

/* Whether the clone is shallow: then a commit object names parents that git log omits. */
static enum status look_for_cut(struct history *h)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < h->count && status == STATUS_OK && !h->cut; i++) {
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
    size_t known, moves = 0;
    enum status status;

    do {
        known = h->path_count;
        status = read_commits(h);
        if (status == STATUS_OK && moves < MOVES_MAX)
            status = find_moves(h);
        moves += h->path_count - known;
    } while (status == STATUS_OK && h->path_count > known);
    if (status == STATUS_OK && h->count == 0) {
        say_error(STATUS_ABSENT, "%s was never committed, so it has no history", h->name);
        say_hint("git add %s && git commit", h->name);
        return STATUS_ABSENT;
    }
    if (status == STATUS_OK && h->base)
        status = find_range(h);
    return status == STATUS_OK ? look_for_cut(h) : status;
}
