/* A merge with what a handle knows: its credentials, and the pins of this machine. */
#include "handle_merge.h"

#include "marks.h"

#include <stdio.h>
#include <time.h>

static bool vouch(void *user, struct slice id, struct slice env, struct slice newer,
                  struct slice older)
{
    const struct vault *v = user;
    struct pins_query query = {.path = {"", 0}, .id = id, .env = env, .fingerprint = newer};

    return handle_has_seen(v, &query, older);
}

/* ---- answers ---- */

/* A passphrase is a reader's identity: who chose between two readers has chosen the passphrase. */
static enum merge_side answer_of_reader(const struct merge *m, const struct merge_conflict *c)
{
    const struct merge_conflict *r = m->conflicts;

    while (r && !(r->kind == MERGE_READER && slice_equal(r->name, c->name)))
        r = r->next;
    return c->kind == MERGE_PASSPHRASE && r ? r->answer : MERGE_BASE;
}

/* How many are left without an answer; their names are appended. */
static size_t resolve_all(struct merge *m, const struct handle_merging *how, struct buf *names)
{
    size_t left = 0;

    for (struct merge_conflict *c = m->conflicts; c; c = c->next) {
        c->answer = answer_of_reader(m, c);
        if (c->answer == MERGE_BASE && how->resolve)
            how->resolve(how->user, c);
        if (c->locked)
            c->answer = MERGE_BASE;
        if (c->answer != MERGE_BASE)
            continue;
        left++;
        buf_add_text(names, names->len ? ", " : "");
        buf_add_slice(names, c->env);
        buf_add_text(names, c->env.len && (c->secret.len || c->name.len) ? "/" : "");
        buf_add_slice(names, c->secret);
        buf_add_text(names, c->secret.len && c->name.len ? "/" : "");
        buf_add_slice(names, c->name);
    }
    buf_add(names, "", 1);
    return left;
}

static enum err_code in_conflict(struct vault *v, size_t count, const char *names)
{
    err_set(&v->err, ERR_CONFLICT, "%zu conflict%s to be answered: %s", count,
            count == 1 ? "" : "s", names);
    err_hint(&v->err, "vault merge asks for each; vault merge --ours and --theirs answer all");
    return ERR_CONFLICT;
}

/* ---- the result ---- */

/* What was sealed anew is opened as any other vault is: by a reader's entry, with its seals, and
 * its key held against the pins. */
static enum err_code judge(struct vault *v, const struct merge *m)
{
    enum err_code code = ERR_NONE;
    struct merge_env *e = NULL;
    char name[NAME_MAX_LEN + 1];

    while (code == ERR_NONE && (e = merge_next_sealed(m, e))) {
        snprintf(name, sizeof name, "%.*s", (int)merge_env_name(e).len, merge_env_name(e).at);
        code = handle_judge_env(v, name);
    }
    return code;
}

static enum err_code read_copy(struct vault *v, struct slice text)
{
    struct buf copy = {0};

    buf_add_slice(&copy, text);
    if (!buf_ok(&copy))
        return handle_out_of_memory(v);
    return handle_read(v, &copy);
}

static enum err_code write_marks(struct vault *v, struct buf *other, size_t size, struct buf *out)
{
    struct doc theirs;
    enum err_code code = doc_read(&theirs, other, &v->err);

    buf_clear(out);
    if (code == ERR_NONE && !marks_write(&v->doc, &theirs, size, out))
        code = handle_out_of_memory(v);
    doc_free(&theirs);
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
    if (code == ERR_NONE)
        code = all.failed ? handle_out_of_memory(v) : file_replace(lock, &all, NULL, &v->err);
    runs_free(&all);
    file_unlock(lock);
    return code;
}

static enum err_code finish(struct vault *v, struct merge *m, const struct handle_merging *how,
                            struct buf *out)
{
    struct buf names = {0}, other = {0};
    size_t left = resolve_all(m, how, &names);
    enum err_code code = buf_ok(&names) ? ERR_NONE : handle_out_of_memory(v);

    if (code == ERR_NONE)
        code = merge_finish(m, out, &other, &v->err);
    if (code == ERR_NONE)
        code = read_copy(v, buf_slice(out));
    if (code == ERR_NONE)
        code = judge(v, m);
    if (code == ERR_NONE && left > 0)
        code = write_marks(v, &other, how->marker_size, out);
    if (code == ERR_NONE && how->path && (left == 0 || how->write_conflicts))
        code = write_result(v, how->path, buf_slice(out));
    if (code == ERR_NONE && left > 0)
        code = in_conflict(v, left, names.data);
    buf_free(&names);
    buf_free(&other);
    return code;
}

enum err_code handle_merge(struct vault *v, struct buf texts[MERGE_SIDES],
                           const struct handle_merging *how, struct buf *out)
{
    struct buf result = {0};
    struct merge m;
    enum err_code code;

    handle_close(v);
    code = merge_begin(&m, texts, &v->unlock, &v->err);
    m.vouch = vouch;
    m.user = v;
    m.now = (uint64_t)time(NULL);
    if (code == ERR_NONE)
        code = merge_decide(&m, &v->err);
    if (code == ERR_NONE)
        code = finish(v, &m, how, &result);
    if (code != ERR_NONE) { /* what was read is not what will stand there */
        struct err err = v->err;

        handle_close(v);
        v->err = err;
    }
    if (result.len > 0 && (code == ERR_NONE || code == ERR_CONFLICT)) {
        buf_free(out);
        *out = result;
        result = (struct buf){0};
    }
    buf_free(&result);
    merge_free(&m);
    return code;
}
