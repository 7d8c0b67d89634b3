/* A merge with what a handle knows: its credentials, and the pins of this machine. */
#include "handle.h"

#include <stdio.h>

/* What the merge asks of its surroundings, and of whom. */
struct around {
    struct vault *v;
    const struct handle_merging *how;
};

static enum err_code pin(void *user, struct slice id, struct slice env,
                         char fingerprint[SEAL_FINGERPRINT_TEXT + 1], struct err *err)
{
    const struct around *a = user;

    return handle_last_pin(a->v, id, env, fingerprint, err);
}

static enum err_code vouch(void *user, struct slice id, struct slice env, struct slice newer,
                           struct slice older, bool *yes, struct err *err)
{
    const struct around *a = user;
    struct pins_query query = {.path = {"", 0}, .id = id, .env = env, .fingerprint = newer};

    return handle_has_seen(a->v, &query, older, yes, err);
}

static enum err_code look_back(void *user, const struct slice *texts, size_t count, bool *seen,
                               struct err *err)
{
    const struct around *a = user;

    return a->how->look_back(a->how->user, texts, count, seen, err);
}

/* ---- answers ---- */

/* The first change of each reader. */
static bool find_readers(const struct merge *m, struct hashtable *readers)
{
    for (struct merge_change *c = m->changes; c; c = c->next) {
        void **item = c->kind == MERGE_READER ? hashtable_item(readers, c->name) : NULL;

        if (c->kind == MERGE_READER && !item)
            return false;
        if (item && !*item)
            *item = c;
    }
    return true;
}

/* A passphrase is a reader's identity: who chose between two readers has chosen the passphrase. */
static enum err_code ask_for_all(struct merge *m, const struct handle_merging *how, struct err *err)
{
    enum err_code code = how->resolve ? how->resolve(how->user, m) : ERR_OK;
    struct hashtable readers = {0};

    if (!find_readers(m, &readers))
        code = err_no_memory(err);
    for (struct merge_change *c = m->changes; c; c = c->next) {
        const struct merge_change *r = NULL;

        if (c->kind == MERGE_PASSPHRASE && c->why == MERGE_BOTH && c->answer == MERGE_OPEN)
            r = hashtable_find_item(&readers, c->name);
        if (r)
            c->answer = r->answer;
        if (c->locked)
            c->answer = MERGE_OPEN;
    }
    hashtable_free(&readers);
    return code;
}

/* Says why an answer was not taken. */
static void tell_taken_back(const struct vault *v, const struct merge *m)
{
    for (const struct merge_change *c = m->changes; c; c = c->next) {
        struct buf sentence = {0};

        if (!merge_is_open(c) || c->why != MERGE_USED)
            continue;
        buf_add_text(&sentence, "in conflict: ");
        merge_describe(c, &sentence);
        handle_tell(v, &sentence);
    }
}

/* What the answers have made a question again is asked once more. */
static enum err_code resolve_all(struct vault *v, struct merge *m, const struct handle_merging *how)
{
    bool asked = false;
    enum err_code code = ask_for_all(m, how, &v->err);

    if (code == ERR_OK)
        code = merge_check_answers(m, &asked, &v->err);
    if (code != ERR_OK || !asked)
        return code;
    code = ask_for_all(m, how, &v->err);
    if (code == ERR_OK)
        code = merge_check_answers(m, &asked, &v->err);
    if (code == ERR_OK && asked)
        tell_taken_back(v, m);
    return code;
}

/* The open changes, by name. */
static enum err_code in_conflict(struct vault *v, const struct merge *m, size_t count)
{
    char room[ERR_TEXT_MAX]; /* more is not shown */
    struct buf names = BUF_FIXED(room);
    bool readers = false;

    for (const struct merge_change *c = m->changes; c; c = c->next) {
        if (!merge_is_open(c))
            continue;
        readers = readers || c->kind == MERGE_READER;
        buf_add_text(&names, names.len ? ", " : "");
        buf_add_slice(&names, c->env);
        buf_add_text(&names, c->env.len && (c->secret.len || c->name.len) ? "/" : "");
        buf_add_slice(&names, c->secret);
        buf_add_text(&names, c->secret.len && c->name.len ? "/" : "");
        buf_add_slice(&names, c->name);
    }
    err_set(&v->err, ERR_CONFLICT, "%zu conflict%s to be answered: %.*s", count,
            count == 1 ? "" : "s", (int)names.len, room);
    err_because(&v->err, readers ? ERR_REASON_MERGE_OPEN_READERS : ERR_REASON_MERGE_OPEN);
    return ERR_CONFLICT;
}

/* ---- the result ---- */

/* What was sealed anew is opened as any other vault is: by a reader's entry, with its seals, and
 * its key held against the pins. */
static enum err_code judge_merge(struct vault *v, const struct merge *m)
{
    enum err_code code = ERR_OK;
    struct merge_env *e = NULL;
    char name[NAME_MAX_LEN + 1];

    while (code == ERR_OK && (e = merge_next_sealed(m, e))) {
        snprintf(name, sizeof name, "%.*s", (int)merge_env_name(e).len, merge_env_name(e).at);
        code = handle_judge_env(v, name);
    }
    return code;
}

static enum err_code write_result(struct vault *v, const char *path, struct slice text)
{
    struct file_lock *lock = NULL;
    struct runs all = {0};
    enum err_code code;

    if (text.len > DOC_FILE_MAX)
        return err_set(&v->err, ERR_INVALID, "%s would be over %d MiB", path, DOC_FILE_MAX >> 20);
    code = file_lock(path, &lock, &v->err);
    runs_add(&all, text);
    if (code == ERR_OK)
        code = all.failed ? err_no_memory(&v->err) : file_replace(lock, &all, NULL, &v->err);
    runs_free(&all);
    file_unlock(lock);
    return code;
}

/* What is read is the text itself, and out a copy, if one is wanted. */
static enum err_code read_result(struct vault *v, struct merge *m, bool wanted, struct buf *out)
{
    enum err_code code;

    merge_free_texts(m);
    code = handle_read(v, out);
    if (code == ERR_OK)
        code = judge_merge(v, m);
    if (code == ERR_OK && wanted)
        buf_add_slice(out, buf_slice(&v->doc.text));
    return code == ERR_OK && !buf_ok(out) ? err_no_memory(&v->err) : code;
}

static enum err_code finish_merge(struct vault *v, struct merge *m,
                                  const struct handle_merging *how, bool wanted, struct buf *out)
{
    size_t open = 0;
    enum err_code code = resolve_all(v, m, how);

    if (code == ERR_OK)
        code = merge_finish(m, out, &open, &v->err);
    if (code == ERR_OK && open == 0)
        code = read_result(v, m, wanted, out);
    if (code == ERR_OK && how->path && (open == 0 || how->write_conflicts))
        code = write_result(v, how->path, buf_slice(open == 0 ? &v->doc.text : out));
    return code == ERR_OK && open > 0 ? in_conflict(v, m, open) : code;
}

enum err_code handle_merge(struct vault *v, struct buf texts[MERGE_SIDES],
                           const struct handle_merging *how, struct buf *out)
{
    struct around around = {v, how};
    struct buf result = {0};
    struct merge m;
    enum err_code code;

    handle_close(v);
    code = merge_begin(&m, texts, &v->unlock, &v->err);
    m.looks = (struct merge_looks){pin, vouch, how->look_back ? look_back : NULL, &around};
    m.author = v->author ? slice_of(v->author) : (struct slice){"", 0};
    m.marker_size = how->marker_size;
    if (code == ERR_OK)
        code = handle_now(&m.now, &v->err);
    if (code == ERR_OK)
        code = merge_decide(&m, &v->err);
    if (code == ERR_OK)
        code = finish_merge(v, &m, how, out != NULL, &result);
    if (code != ERR_OK) { /* what was read is not what the file will have */
        struct err err = v->err;

        handle_close(v);
        v->err = err;
    }
    if (out && result.len > 0 && (code == ERR_OK || code == ERR_CONFLICT)) {
        buf_free(out);
        *out = result;
        result = (struct buf){0};
    }
    buf_free(&result);
    merge_free(&m);
    return code;
}
