/* A vault for those who attack it: three environments that alice reads, and bob all but the last;
 * what all of it says when it is read, and its text taken apart and put together otherwise. */
#ifndef TESTS_VAULT_HELP_H
#define TESTS_VAULT_HELP_H

#include "scene.h"

static const char *const help_envs[] = {"dev", "prod", "stage"};
enum { HELP_ENVS = 3 };

/* --- text --- */

static inline char *text_join(struct slice a, struct slice b, struct slice c)
{
    struct buf out = {0};

    buf_add_slice(&out, a);
    buf_add_slice(&out, b);
    buf_add_slice(&out, c);
    buf_add(&out, "", 1);
    must(buf_ok(&out));
    return out.data;
}

static inline struct slice text_from(const char *from, const char *to)
{
    return (struct slice){from, (size_t)(to - from)};
}

/* The text with this piece of it replaced; the caller frees it, as all of these. */
static inline char *text_splice(const char *text, struct slice old, struct slice with)
{
    return text_join(text_from(text, old.at), with, slice_of(old.at + old.len));
}

static inline char *text_without(const char *text, struct slice old)
{
    return text_splice(text, old, (struct slice){"", 0});
}

static inline char *text_behind(const char *text, struct slice where, struct slice with)
{
    return text_splice(text, (struct slice){where.at + where.len, 0}, with);
}

/* The two pieces in each other's place; they do not overlap. */
static inline char *text_swap(const char *text, struct slice a, struct slice b)
{
    struct slice first = a.at < b.at ? a : b, second = a.at < b.at ? b : a;
    char *middle = text_join(second, text_from(first.at + first.len, second.at), first);
    char *all = text_splice(text, text_from(first.at, second.at + second.len), slice_of(middle));

    free(middle);
    return all;
}

/* The first place where this stands is replaced. */
static inline char *text_edit(const char *text, const char *old, const char *with)
{
    const char *at = strstr(text, old);

    must(at != NULL);
    return text_splice(text, (struct slice){at, strlen(old)}, slice_of(with));
}

static inline size_t text_lines(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* --- the parts of a vault that the library wrote --- */

/* The table with its header and the blank line behind it, if there is one. */
static inline struct slice table_of(const char *text, const char *header)
{
    char line[160];
    const char *at, *end;

    snprintf(line, sizeof line, "\n%s\n", header);
    at = strstr(text, line);
    must(at != NULL);
    end = strstr(++at, "\n\n");
    return end ? text_from(at, end + 2) : slice_of(at);
}

static inline struct slice header_of(struct slice table)
{
    return text_from(table.at, strchr(table.at, '\n') + 1);
}

/* An item starts at the start of a line, and ends where a line does not end in a comma. */
static inline struct slice item_at(const char *at)
{
    const char *end = strchr(at, '\n');

    while (end && end > at && end[-1] == ',')
        end = strchr(end + 1, '\n');
    return end ? text_from(at, end + 1) : slice_of(at);
}

static inline struct slice item_of(const char *text, const char *header, const char *name)
{
    struct slice table = table_of(text, header);
    char start[300];
    const char *at;

    snprintf(start, sizeof start, "\n%s = ", name);
    at = strstr(table.at, start);
    must(at && at < table.at + table.len);
    return item_at(at + 1);
}

/* The item's string in this place, without its quotes. */
static inline struct slice string_of(struct slice item, int place)
{
    const char *start = memchr(item.at, '"', item.len), *end;

    for (;; place--) {
        must(start && start < item.at + item.len);
        end = strchr(start + 1, '"');
        if (place == 0)
            return text_from(start + 1, end);
        start = strchr(end + 1, '"');
    }
}

/* The string of an item in one place of the text, replaced by that of another. */
static inline char *string_copied(const char *text, struct slice to, struct slice from, int place)
{
    return text_splice(text, string_of(to, place), string_of(from, place));
}

/* --- a vault --- */

static inline void help_fill(vault *v, const char *env, const struct person *alice,
                             const struct person *bob)
{
    char value[64];

    must(vault_env_create(v, env, NULL) == VAULT_OK);
    must(vault_reader_add(v, env, "alice", alice->public_key) == VAULT_OK);
    must(!bob || vault_reader_add(v, env, "bob", bob->public_key) == VAULT_OK);
    for (const char *const *secret = (const char *const[]){"app", "db", NULL}; *secret; secret++) {
        snprintf(value, sizeof value, "%s of %s", env, *secret);
        must(create(v, env, *secret, "A", value) == VAULT_OK);
        must(update(v, env, *secret, "B", "") == VAULT_OK);
    }
}

/* Writes the vault; prod has one past key. */
static inline void help_make(const char *path, const struct person *alice, const struct person *bob)
{
    vault *v = vault_new();

    must(v != NULL);
    give_identity(v, alice);
    must(vault_set_author(v, "a") == VAULT_OK && vault_create(v, path) == VAULT_OK);
    for (int i = 0; i < HELP_ENVS; i++)
        help_fill(v, help_envs[i], alice, i < HELP_ENVS - 1 ? bob : NULL);
    must(vault_rotate(v, "prod", VAULT_PAST_KEEP) == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
}

/* --- all that it says --- */

static inline vault_err update_template(vault *v, const char *env, const char *secret,
                                        const char *name, const char *text)
{
    vault_kv *kv = kv_of(v, name, text, NULL);
    vault_err code = vault_kv_set_kind(v, kv, name, VAULT_KIND_TEMPLATE);

    if (code == VAULT_OK)
        code = vault_secret_update(v, env, secret, kv);
    vault_kv_free(kv);
    return code;
}

/* Proposes a value as somebody who has compared the key. */
static inline vault_err help_propose(vault *v, const char *env, const char *secret,
                                     const char *name, const char *value)
{
    char found[VAULT_FINGERPRINT_LEN + 1], known[VAULT_FINGERPRINT_LEN + 1];
    int older;
    vault_err code = vault_shown_state(v, env, found, known, &older);

    if (code == VAULT_OK)
        code = vault_pin(v, env, found);
    return code == VAULT_OK ? vault_propose(v, env, secret, name, value, strlen(value)) : code;
}

/* Appends a line for each proposal that opens: where it is for, and all that it claims. */
static inline void help_read_inbox(vault *v, const char *env, struct buf *out)
{
    const char **entries = NULL;
    size_t count = 0, total = 0;

    if (vault_proposal_list(v, env, 100, &entries, &count, &total) != VAULT_OK)
        count = 0;
    for (size_t i = 0; i < count; i++) {
        vault_proposal *about = NULL;
        vault_kv *kv = NULL;

        if (vault_proposal_open(v, env, entries[i], &about, &kv) == VAULT_OK) {
            vault_pair pair = vault_kv_at(kv, 0);

            buf_printf(out, "%s %s %s/%s by %s at %lld: %.*s\n", vault_id(v), env, about->secret,
                       about->name, about->author, (long long)about->made_at, (int)pair.len,
                       pair.value);
        }
        vault_release(about);
        vault_kv_free(kv);
    }
    vault_release(entries);
    must(buf_ok(out));
}

static inline vault_err help_read_secret(vault *v, const char *env, const vault_secret_entry *about,
                                         struct buf *out)
{
    char date[VAULT_DATE_LEN + 1];
    vault_kv *kv = NULL;
    vault_err code = vault_secret_stored(v, env, about->name, &kv);

    if (code != VAULT_OK)
        return code;
    buf_printf(out, "%s/%s %s %s %zu\n", env, about->name,
               vault_date_write(about->created_at, date), about->created_by, about->values);
    for (size_t i = 0; i < vault_kv_count(kv); i++) {
        vault_pair pair = vault_kv_at(kv, i);

        buf_printf(out, " %s %d %zu ", pair.name, (int)vault_kv_kind(kv, pair.name), pair.len);
        buf_add(out, pair.value, pair.len);
        buf_add_text(out, "\n");
    }
    vault_kv_free(kv);
    return VAULT_OK;
}

/* Appends every name, kind and value of the environment (of a template its text), and when and by
 * whom its secrets were made. */
static inline vault_err help_read(vault *v, const char *env, struct buf *out)
{
    vault_secrets *secrets = NULL;
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    vault_err code = vault_fingerprint(v, env, fingerprint);

    if (code == VAULT_OK) {
        buf_printf(out, "%s %s\n", env, fingerprint);
        code = vault_secret_list(v, env, 0, 0, &secrets);
    }
    for (size_t i = 0; i < vault_secrets_count(secrets) && code == VAULT_OK; i++)
        code = help_read_secret(v, env, vault_secrets_at(secrets, i), out);
    vault_release(secrets);
    must(buf_ok(out));
    return code;
}

#endif
