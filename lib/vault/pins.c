/* What this machine has accepted: the lines of a pins file. */
#include "pins.h"

#include "base/base64.h"
#include "base/text.h"

#include <string.h>

enum { TOKEN = 22 }; /* an id or a fingerprint: 16 bytes in base64 */

static bool is_token(struct slice s)
{
    return s.len == TOKEN && base64_span(s.at, s.len) == s.len;
}

/* Splits at the space before the token at its end. */
static bool split(struct slice line, struct slice *head, struct slice *last)
{
    if (line.len <= TOKEN || line.at[line.len - TOKEN - 1] != ' ')
        return false;
    *head = (struct slice){line.at, line.len - TOKEN - 1};
    *last = (struct slice){line.at + line.len - TOKEN, TOKEN};
    return is_token(*last);
}

static bool begins(struct slice s, struct slice with)
{
    return s.len >= with.len && memcmp(s.at, with.at, with.len) == 0;
}

/* Splits "id E", what is in front of a fingerprint. */
static bool split_env(struct slice head, struct slice *id, struct slice *env)
{
    const char *space = memchr(head.at, ' ', head.len);

    if (!space)
        return false;
    *id = (struct slice){head.at, (size_t)(space - head.at)};
    *env = (struct slice){space + 1, head.len - id->len - 1};
    return is_token(*id) && text_is_name(*env);
}

/* Takes the next line. */
static bool next_line(struct slice *rest, struct slice *line)
{
    const char *end = memchr(rest->at, '\n', rest->len);

    if (rest->len == 0)
        return false;
    *line = (struct slice){rest->at, end ? (size_t)(end - rest->at) : rest->len};
    rest->at += line->len + (end != NULL);
    rest->len -= line->len + (end != NULL);
    return true;
}

/* ---- places ---- */

static struct slice folder_of(struct slice path)
{
    while (path.len > 0 && path.at[path.len - 1] != '/')
        path.len--;
    return path; /* with the slash, or empty */
}

static bool names_repository(struct slice place)
{
    for (size_t i = 0; i + 1 < place.len; i++)
        if (place.at[i] == '/' && place.at[i + 1] == '/')
            return true;
    return false;
}

static void read_repository(struct slice place, struct slice id, const struct pins_query *q,
                            struct pins_answer *a)
{
    for (int i = 0; i < PINS_REPOSITORIES; i++) {
        const struct pins_repository *r = &q->repository[i];
        struct slice name = {r->place.at, r->name}, there, here;

        if (r->place.len == 0 || !begins(place, name))
            continue;
        there = (struct slice){place.at + name.len, place.len - name.len};
        here = (struct slice){r->place.at + name.len, r->place.len - name.len};
        if (slice_equal(id, q->id))
            a->in_repository = true;
        else if (!slice_equal(there, here) && begins(q->here, folder_of(there)))
            a->nearby = there;
        if (slice_equal(there, here))
            a->repository_id[i] = id;
    }
}

static void read_place(struct slice place, struct slice id, const struct pins_query *q,
                       struct pins_answer *a)
{
    if (q->path.len > 0 && slice_equal(place, q->path)) {
        a->vault_known = true;
        a->path_id = id;
    }
    for (int i = 0; i < PINS_OTHER_PATHS; i++)
        if (q->also[i].len > 0 && slice_equal(place, q->also[i])) {
            a->vault_known = true;
            a->also_id[i] = id;
        }
    if (slice_equal(id, q->id) && names_repository(place))
        a->in_any = true;
    read_repository(place, id, q, a);
}

static bool is_others(struct slice known, struct slice id)
{
    return known.len > 0 && !slice_equal(known, id);
}

bool pins_path_is_known(const struct pins_query *q, const struct pins_answer *a)
{
    bool known = slice_equal(a->path_id, q->id);

    for (int i = 0; i < PINS_OTHER_PATHS; i++)
        known = known || slice_equal(a->also_id[i], q->id);
    return known;
}

/* Of two answers the one that refuses wins; but where the file is known by its path, another copy
 * of the repository may have another vault. */
bool pins_path_is_others(const struct pins_query *q, const struct pins_answer *a)
{
    bool others = is_others(a->path_id, q->id);

    for (int i = 0; i < PINS_OTHER_PATHS; i++)
        others = others || is_others(a->also_id[i], q->id);
    for (int i = 0; i < PINS_REPOSITORIES && !pins_path_is_known(q, a); i++)
        others = others || is_others(a->repository_id[i], q->id);
    return others;
}

/* ---- keys ---- */

static bool is_of(struct slice head, const struct pins_query *q)
{
    struct slice id, env;

    return split_env(head, &id, &env) && slice_equal(id, q->id) && slice_equal(env, q->env);
}

/* The keys of E as they were accepted, the newest last. The oldest of very many are forgotten: to
 * have one of them is refused as to have a stranger's is. */
struct keys {
    struct slice key[64];
    size_t count;
};

static void accept(struct keys *k, struct slice fingerprint)
{
    const size_t most = sizeof k->key / sizeof *k->key;

    for (size_t i = 0; i < k->count; i++)
        if (slice_equal(k->key[i], fingerprint)) {
            k->count = i + 1; /* what came after it is taken back */
            return;
        }
    if (k->count == most)
        memmove(k->key, k->key + 1, --k->count * sizeof *k->key);
    k->key[k->count++] = fingerprint;
}

static bool was_accepted(const struct keys *k, struct slice fingerprint)
{
    for (size_t i = 0; i < k->count; i++)
        if (slice_equal(k->key[i], fingerprint))
            return true;
    return false;
}

/* What a line says was made here, in front of the fingerprint. */
static bool split_made(struct slice head, struct slice *key)
{
    static const struct slice word = {"made ", 5};

    if (!begins(head, word))
        return false;
    *key = (struct slice){head.at + word.len, head.len - word.len};
    return true;
}

static bool was_made(struct slice pins, const struct pins_query *q, struct slice fingerprint)
{
    struct slice line, head, last, key;

    while (next_line(&pins, &line))
        if (split(line, &head, &last) && split_made(head, &key) && is_of(key, q) &&
            slice_equal(last, fingerprint))
            return true;
    return false;
}

static void read_lines(struct slice lines, const struct pins_query *q, struct pins_answer *a,
                       struct keys *keys)
{
    struct slice line, head, last, id, env;

    while (next_line(&lines, &line)) {
        if (!split(line, &head, &last) || split_made(head, &env))
            continue;
        if (!split_env(head, &id, &env)) {
            read_place(head, last, q, a);
        } else if (slice_equal(id, q->id)) {
            a->vault_known = true;
            if (!slice_equal(env, q->env))
                continue;
            a->last = last;
            accept(keys, last);
        }
    }
}

static void judge(const struct pins_query *q, const struct keys *keys, struct slice made,
                  struct pins_answer *a)
{
    a->earlier = !slice_equal(a->last, q->fingerprint) && was_accepted(keys, q->fingerprint);
    a->made = a->earlier && was_made(made, q, a->last);
}

struct pins_answer pins_look(struct slice pins, const struct pins_query *q)
{
    struct pins_answer a = {.earlier = false};
    struct keys keys = {.count = 0};

    read_lines(pins, q, &a, &keys);
    judge(q, &keys, pins, &a);
    return a;
}

/* ---- the lines of each environment ---- */

/* What a line is about: a key that was accepted or made, or where a vault is. */
enum about { ABOUT_NOTHING, ABOUT_KEY, ABOUT_MADE, ABOUT_PLACE };

static enum about about(struct slice line, struct slice *id, struct slice *env)
{
    struct slice head, last, key;

    if (!split(line, &head, &last))
        return ABOUT_NOTHING;
    if (split_made(head, &key))
        return split_env(key, id, env) ? ABOUT_MADE : ABOUT_NOTHING;
    return split_env(head, id, env) ? ABOUT_KEY : ABOUT_PLACE;
}

static struct buf *lines_of(struct pins_index *x, struct slice env)
{
    void **place = hashtable_item(&x->envs, env);

    if (place && !*place) {
        *place = arena_alloc(&x->lists, sizeof(struct buf));
        if (*place)
            *(struct buf *)*place = (struct buf){0};
    }
    return place ? *place : NULL;
}

/* Another vault's keys are no answer to any query. */
static bool add_to_index(struct pins_index *x, struct slice line)
{
    struct slice id, env;
    enum about what = about(line, &id, &env);
    bool ours =
        what == ABOUT_PLACE || (what != ABOUT_NOTHING && slice_equal(id, buf_slice(&x->id)));
    struct buf *lines = what == ABOUT_PLACE ? &x->places : ours ? lines_of(x, env) : NULL;

    if (!ours)
        return true;
    if (!lines)
        return false;
    buf_add_slice(lines, line);
    buf_add_text(lines, "\n");
    x->keys += what == ABOUT_KEY;
    return buf_ok(lines);
}

bool pins_index(struct pins_index *x, struct slice pins, struct slice id)
{
    struct slice line;
    bool good = true;

    if (x->read > pins.len || !slice_equal(buf_slice(&x->id), id))
        pins_index_free(x);
    x->lists.public = true;
    if (x->id.len == 0)
        buf_add_slice(&x->id, id);
    good = buf_ok(&x->id);
    pins.at += x->read;
    pins.len -= x->read;
    while (good && next_line(&pins, &line)) {
        good = add_to_index(x, line);
        if (pins.at > line.at + line.len) /* else more of it may follow */
            x->read += line.len + 1;
    }
    if (!good) /* MUST NOT: be asked again, without the line */
        pins_index_free(x);
    return good;
}

struct pins_answer pins_look_in(const struct pins_index *x, const struct pins_query *q)
{
    const struct buf *list = hashtable_find_item(&x->envs, q->env);
    struct slice lines = list ? buf_slice(list) : (struct slice){"", 0};
    struct pins_answer a = {.vault_known = x->keys > 0};
    struct keys keys = {.count = 0};

    read_lines(buf_slice(&x->places), q, &a, &keys);
    read_lines(lines, q, &a, &keys);
    judge(q, &keys, lines, &a);
    return a;
}

void pins_index_free(struct pins_index *x)
{
    for (size_t i = 0; i < x->envs.size; i++)
        if (x->envs.entries[i].as.item)
            buf_free(x->envs.entries[i].as.item);
    hashtable_free(&x->envs);
    arena_free(&x->lists);
    buf_free(&x->places);
    buf_free(&x->id);
    *x = (struct pins_index){.read = 0};
}

/* ---- what is added ---- */

static void add_line(struct buf *out, const char *word, const struct pins_query *q)
{
    buf_add_text(out, word);
    buf_add_slice(out, q->id);
    buf_add_text(out, " ");
    buf_add_slice(out, q->env);
    buf_add_text(out, " ");
    buf_add_slice(out, q->fingerprint);
    buf_add_text(out, "\n");
}

static void add_place(struct buf *out, struct slice place, struct slice known, struct slice id)
{
    if (place.len == 0 || memchr(place.at, '\n', place.len) || slice_equal(known, id))
        return;
    buf_add_slice(out, place);
    buf_add_text(out, " ");
    buf_add_slice(out, id);
    buf_add_text(out, "\n");
}

void pins_add(struct buf *out, const struct pins_query *q, const struct pins_answer *a)
{
    add_place(out, q->path, a->path_id, q->id);
    for (int i = 0; i < PINS_OTHER_PATHS; i++)
        add_place(out, q->also[i], a->also_id[i], q->id);
    for (int i = 0; i < PINS_REPOSITORIES; i++)
        add_place(out, q->repository[i].place, a->repository_id[i], q->id);
    if (!slice_equal(a->last, q->fingerprint))
        add_line(out, "", q);
}

void pins_add_made(struct buf *out, const struct pins_query *q)
{
    add_line(out, "made ", q);
}
