/* vault.h: merging. Conflicts go to the caller, and answers come back. */
#include "common.h"

#include "merge/handle.h"

#include <stdlib.h>

/* A merge on its way to the caller. */
struct asking {
    struct vault *v;
    const vault_merging *how;
};

static const char *copy_text(struct arena *arena, struct slice s)
{
    return arena_copy(arena, s.at, s.len); /* and a zero byte */
}

static vault_one_side one_side_of(struct arena *arena, const struct merge_version *s)
{
    return (vault_one_side){s->there, copy_text(arena, s->author), (int64_t)s->updated_at,
                            copy_text(arena, s->text)};
}

/* A conflict, with what it points to. */
struct told_conflict {
    vault_conflict conflict;
    vault_one_side ours, theirs;
};

static bool tell_conflict(struct arena *arena, struct merge_change *c, struct told_conflict *told)
{
    static const char *const kinds[] = {
        [MERGE_VALUE] = "value",      [MERGE_SECRET] = "secret",
        [MERGE_READER] = "reader",    [MERGE_ENVIRONMENT] = "environment",
        [MERGE_FORK] = "fork",        [MERGE_PASSPHRASE] = "passphrase",
        [MERGE_PROPOSAL] = "proposal"};
    vault_conflict *out = &told->conflict;
    struct buf sentence = {0};

    merge_describe(c, &sentence);
    told->ours = one_side_of(arena, &c->side[MERGE_OURS]);
    told->theirs = one_side_of(arena, &c->side[MERGE_THEIRS]);
    *out = (vault_conflict){.kind = kinds[c->kind],
                            .env = copy_text(arena, c->env),
                            .secret = copy_text(arena, c->secret),
                            .name = copy_text(arena, c->name),
                            .why = (vault_why)(c->why - MERGE_BOTH),
                            .incoming =
                                c->incoming == MERGE_OURS ? VAULT_ANSWER_OURS : VAULT_ANSWER_THEIRS,
                            .locked = c->locked,
                            .ours = &told->ours,
                            .theirs = &told->theirs,
                            .of = c};
    if (buf_ok(&sentence))
        out->sentence = copy_text(arena, buf_slice(&sentence));
    buf_free(&sentence);
    return out->env && out->secret && out->name && out->sentence && told->ours.author &&
           told->ours.text && told->theirs.author && told->theirs.text;
}

/* What it does not fit is no answer. */
static void take_answer(struct merge *m, struct merge_change *c, vault_conflict *from)
{
    static const enum merge_answer answers[] = {[VAULT_ANSWER_OURS] = MERGE_TAKE_OURS,
                                                [VAULT_ANSWER_THEIRS] = MERGE_TAKE_THEIRS,
                                                [VAULT_ANSWER_BOTH] = MERGE_TAKE_BOTH,
                                                [VAULT_ANSWER_NEW] = MERGE_TAKE_NEW};
    vault_pair pair = {NULL, NULL, 0};
    char *copy;

    if (from->answer == VAULT_ANSWER_OURS || from->answer == VAULT_ANSWER_THEIRS ||
        (from->answer == VAULT_ANSWER_BOTH && c->kind == MERGE_FORK))
        c->answer = answers[from->answer];
    if (from->answer == VAULT_ANSWER_NEW && c->kind == MERGE_VALUE && from->value &&
        vault_kv_count(from->value) == 1)
        pair = vault_kv_at(from->value, 0);
    copy = pair.name ? arena_copy(&m->keys, pair.value, pair.len) : NULL;
    if (copy) {
        c->answer = MERGE_TAKE_NEW;
        c->value = (struct slice){copy, pair.len};
    }
    vault_kv_free(from->value);
}

static enum err_code ask_resolver(void *user, struct merge *m)
{
    const struct asking *a = user;
    struct arena arena = ARENA_PUBLIC;
    struct list *list;
    vault_conflict *conflict;
    size_t count = 0, i = 0;
    bool good;

    for (const struct merge_change *c = m->changes; c; c = c->next)
        count += merge_is_open(c);
    list = list_make(count, sizeof(struct told_conflict), 0);
    good = list != NULL;
    for (struct merge_change *c = m->changes; c && good; c = c->next)
        if (merge_is_open(c))
            good = tell_conflict(&arena, c, list_at(list, i++));
    if (good && count > 0) {
        a->how->resolve(a->how->user, (vault_conflicts *)list);
        i = 0;
        for (struct merge_change *c = m->changes; c; c = c->next)
            if ((conflict = list_at(list, i)) && conflict->of == c) {
                take_answer(m, c, conflict);
                i++;
            }
    }
    free(list);
    arena_free(&arena);
    return good ? ERR_OK : err_no_memory(&a->v->err);
}

static enum err_code ask_history(void *user, const struct slice *texts, size_t count, bool *seen,
                                 struct err *err)
{
    const struct asking *a = user;
    struct list *list = list_make(count, sizeof(vault_text_seen), 0);
    enum err_code code = err_memory(list != NULL, err);

    for (size_t i = 0; list && i < count; i++)
        *(vault_text_seen *)list_at(list, i) = (vault_text_seen){texts[i].at, texts[i].len, 0};
    if (list && a->how->look_back(a->how->user, (vault_texts *)list) != 0)
        code = err_set(err, ERR_FAILED, "the history could not be read: nothing was merged");
    for (size_t i = 0; list && i < count; i++)
        seen[i] = ((vault_text_seen *)list_at(list, i))->seen;
    free(list);
    return code;
}

static enum err_code value_of(const struct merge_change *c, enum merge_side side, vault_kv **out,
                              struct err *err)
{
    struct arena arena = {0};
    struct seal_value value;
    enum err_code code;

    if (!c->at[side])
        return ERR_OK;
    code = merge_value(c, side, &arena, &value, err);
    if (code == ERR_OK) {
        *out = kv_new();
        if (!*out || !kv_add(*out, c->name, value.value))
            code = err_no_memory(err);
        else
            kv_finish(*out);
    }
    arena_free(&arena);
    return code;
}

vault_err vault_conflict_values(vault *v, const vault_conflict *conflict, vault_kv **ours,
                                vault_kv **theirs)
{
    const struct merge_change *c;
    enum err_code code;

    CLEAR(ours);
    CLEAR(theirs);
    code = GIVEN(v, conflict, ours, theirs);
    if (code != ERR_OK)
        return (vault_err)code;
    c = conflict->of;
    if (!c || c->kind != MERGE_VALUE)
        return (vault_err)err_set(&v->err, ERR_INVALID, "this conflict is not one of values");
    code = value_of(c, MERGE_OURS, ours, &v->err);
    if (code == ERR_OK)
        code = value_of(c, MERGE_THEIRS, theirs, &v->err);
    if (code != ERR_OK) {
        vault_kv_free(*ours);
        vault_kv_free(*theirs);
        *ours = *theirs = NULL;
    }
    return (vault_err)code;
}

/* The caller's own memory, which is read and outlives the merge: three files are too much to copy.
 */
static struct buf borrow(const char *text, size_t len)
{
    return (struct buf){.data = len ? (char *)text : NULL, .len = len, .size = len, .fixed = len};
}

vault_err vault_merge(vault *v, const vault_merging *how, char **text, size_t *len)
{
    struct buf texts[MERGE_SIDES] = {{0}, {0}, {0}}, out = {0};
    vault_merging own = {.size = sizeof own};
    struct asking asking = {v, &own};
    struct handle_merging merging;
    enum err_code code;

    CLEAR(text);
    CLEAR(len);
    code = GIVEN(v, how);
    if (code == ERR_OK)
        code = api_copy_sized(v, how, &own, sizeof own);
    if (code == ERR_OK && (!own.ours || !own.theirs || (text && !len)))
        code = api_refuse_null(v);
    if (code != ERR_OK)
        return (vault_err)code;
    merging = (struct handle_merging){.resolve = own.resolve ? ask_resolver : NULL,
                                      .look_back = own.look_back ? ask_history : NULL,
                                      .user = &asking,
                                      .marker_size = own.marker_size,
                                      .path = own.path,
                                      .write_conflicts = own.write_conflicts};
    texts[MERGE_BASE] = borrow(own.base, own.base_len);
    texts[MERGE_OURS] = borrow(own.ours, own.ours_len);
    texts[MERGE_THEIRS] = borrow(own.theirs, own.theirs_len);
    code = handle_merge(v, texts, &merging, text ? &out : NULL);
    if (text && out.len > 0)
        buf_add(&out, "", 1);
    if (!buf_ok(&out)) {
        code = err_no_memory(&v->err);
    } else if (text && out.len > 0) {
        *text = out.data;
        *len = out.len - 1;
        out = (struct buf){0};
    }
    for (int side = 0; side < MERGE_SIDES; side++)
        buf_free(&texts[side]);
    buf_free(&out);
    return (vault_err)code;
}
