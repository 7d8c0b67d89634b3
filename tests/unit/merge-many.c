/* A merge of many environments takes a time that grows with their number, and no faster.
 *
 * What could be done for each pair of environments is counted, and no clock is read: comparisons of
 * keys and names, lines of pins that are read, and work with public keys. The files that do it are
 * compiled into this test with functions that count. */
#include "age/age.h"
#include "base/base64.h"
#include "base/mem.h"
#include "vault/seal.h"

#include <sodium.h>

static struct work {
    size_t compared, lines, opened, derived;
} counted;

static bool counted_equal(struct slice a, struct slice b)
{
    counted.compared++;
    return slice_equal(a, b);
}

static bool counted_is(struct slice a, const char *text)
{
    counted.compared++;
    return slice_is(a, text);
}

__attribute__((unused)) static int counted_memcmp(const void *a, const void *b, size_t len)
{
    counted.compared++;
    return sodium_memcmp(a, b, len);
}

static size_t counted_span(const char *text, size_t len)
{
    counted.lines++;
    return base64_span(text, len);
}

static enum err_code counted_decrypt(struct slice file, const struct age_identity *ids,
                                     size_t count, struct buf *plain, struct err *err)
{
    counted.opened++;
    return age_decrypt(file, ids, count, plain, err);
}

static void counted_derive(struct seal_keys *keys, const unsigned char env[SEAL_KEY])
{
    counted.derived++;
    seal_derive(keys, env);
}

/* NOLINTBEGIN(bugprone-suspicious-include) */
#define slice_equal counted_equal
#define slice_is counted_is
#define sodium_memcmp counted_memcmp
#define age_decrypt counted_decrypt
#define seal_derive counted_derive
#include "base/hashtable.c"
#include "vault/unlock.c"
#undef slice_equal
#define base64_span counted_span
#define keys accepted_keys /* some_keys.h has a struct of that name */
#include "vault/pins.c"
#undef base64_span
#undef keys
#undef slice_is
#undef sodium_memcmp
#undef age_decrypt
#undef seal_derive
/* NOLINTEND(bugprone-suspicious-include) */

#include "merge_script.h"

enum { FEW_ENVS = 48 };

static void take_theirs(void *user, vault_conflicts *conflicts)
{
    (void)user;
    for (size_t i = 0; i < vault_conflicts_count(conflicts); i++)
        vault_conflicts_at(conflicts, i)->answer = VAULT_ANSWER_THEIRS;
}

/* The script once for each environment; # stands for its name. */
static char *edited(const char *text, const char *script, int envs)
{
    struct buf all = {0};
    char *out;

    for (int i = 0; i < envs; i++)
        for (const char *at = script; *at; at++)
            if (*at == '#')
                buf_printf(&all, "e%d", i);
            else
                buf_add(&all, at, 1);
    buf_add(&all, "", 1);
    must(buf_ok(&all));
    out = script_text(text, all.data, "alice@example.com");
    buf_free(&all);
    return out;
}

static void merge(const char *ours_script, const char *theirs_script, int envs)
{
    char *base = edited(NULL, "+# #/app/A=1 #/app/B=1 ", envs);
    char *ours = edited(base, ours_script, envs), *theirs = edited(base, theirs_script, envs);
    char *text = NULL;
    size_t len, result = 0;
    vault *v = vault_new();
    vault_merging how;

    must(base && ours && theirs && v);
    how = script_merging(base, ours, theirs);
    how.resolve = take_theirs;
    give_identity(v, &script_people[0]);
    script_pin(v, base);
    memset(&counted, 0, sizeof counted);
    must(vault_merge(v, &how, &text, &len) == VAULT_OK);
    for (const char *at = text; (at = strstr(at, "\ninbox-key")) != NULL; at++)
        result++;
    must(result == (size_t)envs);
    vault_release(text);
    vault_free(v);
    must(unlink("pins") == 0);
    free(base);
    free(ours);
    free(theirs);
}

/* Whether twice as many environments take at most `tenths` tenths of the work. */
static bool grew_little(size_t few, size_t many, size_t tenths)
{
    return few > 0 && many * 10 <= few * tenths;
}

/* opened: how often an entry of a reader is opened for each environment, the result's included. */
static void test_growth(const char *name, const char *ours, const char *theirs, size_t opened)
{
    struct work few;

    merge(ours, theirs, FEW_ENVS);
    check(counted.opened == opened * FEW_ENVS, "%s: each wrapped key is opened once: %zu", name,
          counted.opened);
    few = counted;
    merge(ours, theirs, 2 * FEW_ENVS);
    /* How far a hash table is probed depends on chance; a search would take 40. */
    check(grew_little(few.compared, counted.compared, 30), "%s: comparisons: %zu, then %zu", name,
          few.compared, counted.compared);
    check(grew_little(few.lines, counted.lines, 23), "%s: lines of pins: %zu, then %zu", name,
          few.lines, counted.lines);
    check(grew_little(few.derived, counted.derived, 23), "%s: keys derived: %zu, then %zu", name,
          few.derived, counted.derived);
}

int main(void)
{
    scene_begin();
    script_begin();
    test_growth("one key", "#/app/A=2 ", "#/app/B=3 ", 2);
    test_growth("rotated by theirs", "#/app/A=2 ", "*# #/app/B=3 ", 3);
    test_growth("rotated twice by ours", "#/app/A=2 *# *# ", "#/app/B=3 ", 3);
    return tap_done();
}
