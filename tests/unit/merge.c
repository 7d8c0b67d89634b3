/* The merge of two versions of a vault: what comes out, under which key, and what is left to a
 * person. */
#include "merge_script.h"

#include <stddef.h>

/* --- one merge --- */

struct outcome {
    vault_err code;
    char *text;       /* of the result, or NULL */
    char asked[1024]; /* the conflicts, "kind env/secret/name" */
    char said[1024];
};

struct asking {
    vault_answer fork, rest;
    struct outcome *to;
};

static void resolve(void *user, vault_conflicts *conflicts)
{
    struct asking *a = user;
    char *out = a->to->asked;

    for (size_t i = 0; i < vault_conflicts_count(conflicts); i++) {
        vault_conflict *c = vault_conflicts_at(conflicts, i);

        snprintf(out + strlen(out), sizeof a->to->asked - strlen(out), "%s%s%s %s/%s/%s",
                 out[0] ? ", " : "", c->locked ? "locked " : "", c->kind, c->env, c->secret,
                 c->name);
        c->answer = strcmp(c->kind, "fork") == 0 ? a->fork : a->rest;
    }
}

static struct outcome merge_with(const char *base, const char *ours, const char *theirs,
                                 vault_answer fork, vault_answer rest)
{
    struct outcome o = {.text = NULL};
    struct asking asking = {fork, rest, &o};
    vault_merging how = script_merging(base, ours, theirs);
    vault *v = vault_new();
    size_t len;

    how.resolve = resolve;
    how.user = &asking;
    must(v != NULL);
    give_identity(v, &script_people[0]);
    script_pin(v, base);
    o.code = vault_merge(v, &how, &o.text, &len);
    if (o.code != VAULT_OK)
        snprintf(o.said, sizeof o.said, "%s", vault_error(v));
    vault_free(v);
    must(unlink("pins") == 0);
    return o;
}

/* --- tables of merges --- */

struct merged {
    const char *name, *base, *ours, *theirs;
    const char *result;    /* what it then says */
    const char *conflicts; /* NULL: none. Then result is with the answer ours, and … */
    const char *with_theirs;
};

static const struct merged merges[] = {
    {"nothing", "+dev dev/app/A=1", "", "", "dev:me dev/app/A=1", NULL, NULL},
    {"only ours", "+dev dev/app/A=1", "dev/app/A=2", "", "dev:me dev/app/A=2", NULL, NULL},
    {"only theirs", "+dev dev/app/A=1", "", "dev/app/A=2", "dev:me dev/app/A=2", NULL, NULL},
    {"neighbours", "+dev dev/app/A=1 dev/app/B=1", "dev/app/A=2", "dev/app/B=3",
     "dev:me dev/app/A=2/B=3", NULL, NULL},
    {"adds in one gap", "+dev dev/app/A=1 dev/app/Z=1", "dev/app/B=2 dev/app/D=2",
     "dev/app/C=3 dev/app/E=3", "dev:me dev/app/A=1/B=2/C=3/D=2/E=3/Z=1", NULL, NULL},
    {"adds before the first and behind the last", "+dev dev/app/K=1", "dev/app/A=2", "dev/app/Z=3",
     "dev:me dev/app/A=2/K=1/Z=3", NULL, NULL},
    {"deletes of neighbours", "+dev dev/app/A=1 dev/app/B=1 dev/app/C=1", "-dev/app/A",
     "-dev/app/B", "dev:me dev/app/C=1", NULL, NULL},
    {"delete and add", "+dev dev/app/A=1 dev/app/B=1", "-dev/app/A", "dev/app/AA=2",
     "dev:me dev/app/AA=2/B=1", NULL, NULL},
    {"all keys deleted", "+dev dev/app/A=1 dev/app/B=1", "-dev/app/A", "-dev/app/B",
     "dev:me dev/app/", NULL, NULL},
    {"the same change", "+dev dev/app/A=1", "dev/app/A=2", "dev/app/A=2", "dev:me dev/app/A=2",
     NULL, NULL},
    {"the same add", "+dev dev/app/A=1", "dev/app/B=2", "dev/app/B=2", "dev:me dev/app/A=1/B=2",
     NULL, NULL},
    {"the same delete", "+dev dev/app/A=1 dev/app/B=1", "-dev/app/B", "-dev/app/B dev/app/A=2",
     "dev:me dev/app/A=2", NULL, NULL},
    {"there and back", "+dev dev/app/A=1", "dev/app/A=3", "dev/app/A=2 dev/app/A=1",
     "dev:me dev/app/A=3", NULL, NULL},
    {"two values", "+dev dev/app/A=1 dev/app/B=1", "dev/app/A=2", "dev/app/A=3 dev/app/B=4",
     "dev:me dev/app/A=2/B=4", "value dev/app/A", "dev:me dev/app/A=3/B=4"},
    {"two values of a new key", "+dev dev/app/M=1", "dev/app/A=2", "dev/app/A=3",
     "dev:me dev/app/A=2/M=1", "value dev/app/A", "dev:me dev/app/A=3/M=1"},
    {"delete and change", "+dev dev/app/A=1 dev/app/B=1", "-dev/app/A", "dev/app/A=3",
     "dev:me dev/app/B=1", "value dev/app/A", "dev:me dev/app/A=3/B=1"},
    {"change and delete", "+dev dev/app/A=1 dev/app/B=1", "dev/app/B=3", "-dev/app/B",
     "dev:me dev/app/A=1/B=3", "value dev/app/B", "dev:me dev/app/A=1"},
    {"several conflicts", "+dev dev/a/A=1 dev/a/B=1 dev/b/A=1", "dev/a/A=2 -dev/a/B dev/b/A=2",
     "dev/a/A=3 dev/a/B=3 dev/b/A=3 dev/b/B=3", "dev:me dev/a/A=2 dev/b/A=2/B=3",
     "value dev/a/A, value dev/a/B, value dev/b/A", "dev:me dev/a/A=3/B=3 dev/b/A=3/B=3"},

    {"new secrets", "+dev dev/m/A=1", "dev/a/A=2 dev/z/A=2", "dev/b/A=3 dev/y/A=3",
     "dev:me dev/a/A=2 dev/b/A=3 dev/m/A=1 dev/y/A=3 dev/z/A=2", NULL, NULL},
    {"a secret made on both sides", "+dev", "dev/a/A=2 dev/a/C=2", "dev/a/B=3 dev/a/C=2",
     "dev:me dev/a/A=2/B=3/C=2", NULL, NULL},
    {"a secret deleted", "+dev dev/a/A=1 dev/b/A=1 dev/c/A=1", "-dev/b", "dev/a/A=2 dev/c/A=2",
     "dev:me dev/a/A=2 dev/c/A=2", NULL, NULL},
    {"a secret deleted by theirs", "+dev dev/a/A=1 dev/b/A=1", "dev/a/A=2", "-dev/b",
     "dev:me dev/a/A=2", NULL, NULL},
    {"a secret deleted by both", "+dev dev/a/A=1 dev/b/A=1", "-dev/b", "-dev/b dev/a/A=3",
     "dev:me dev/a/A=3", NULL, NULL},
    {"a secret deleted, and changed", "+dev dev/a/A=1 dev/b/A=1 dev/b/B=1", "-dev/b", "dev/b/A=2",
     "dev:me dev/a/A=1", "secret dev/b/", "dev:me dev/a/A=1 dev/b/A=2/B=1"},
    {"a secret changed, and deleted", "+dev dev/a/A=1 dev/b/A=1", "dev/b/B=2", "-dev/b",
     "dev:me dev/a/A=1 dev/b/A=1/B=2", "secret dev/b/", "dev:me dev/a/A=1"},
    {"a secret renamed, and changed elsewhere", "+dev dev/a/A=1 dev/b/A=1", "dev/a>c", "dev/b/A=2",
     "dev:me dev/b/A=2 dev/c/A=1", NULL, NULL},
    {"a secret renamed, and changed under the old name", "+dev dev/a/A=1", "dev/a>c", "dev/a/A=2",
     "dev:me dev/c/A=1", "secret dev/a/", "dev:me dev/a/A=2 dev/c/A=1"},

    {"rotation and edits", "+dev dev/a/A=1 dev/a/B=1 dev/b/A=1", "*dev",
     "dev/a/A=2 -dev/b dev/c/A=2", "dev:me dev/a/A=1/B=1 dev/b/A=1",
     "value dev/a/A, secret dev/b/, secret dev/c/", "dev:me dev/a/A=2/B=1 dev/c/A=2"},
    {"edits and rotation", "+dev dev/a/A=1 dev/a/B=1 dev/b/A=1", "dev/a/A=2 -dev/b dev/c/A=2",
     "*dev", "dev:me dev/a/A=2/B=1 dev/c/A=2", "value dev/a/A, secret dev/b/, secret dev/c/",
     "dev:me dev/a/A=1/B=1 dev/b/A=1"},
    {"rotation and edits of both", "+dev dev/a/A=1 dev/a/B=1", "dev/a/A=2 *dev", "dev/a/B=3",
     "dev:me dev/a/A=2/B=1", "value dev/a/B", "dev:me dev/a/A=2/B=3"},
    {"rotation and a conflict", "+dev dev/a/A=1 dev/a/B=1", "dev/a/A=2 *dev", "dev/a/A=3",
     "dev:me dev/a/A=2/B=1", "value dev/a/A", "dev:me dev/a/A=3/B=1"},
    {"a conflict and their rotation", "+dev dev/a/A=1 dev/a/B=1", "dev/a/A=2", "dev/a/A=3 *dev",
     "dev:me dev/a/A=2/B=1", "value dev/a/A", "dev:me dev/a/A=3/B=1"},
    {"delete and change, over a rotation", "+dev dev/a/A=1 dev/a/B=1", "-dev/a/A", "dev/a/A=3 *dev",
     "dev:me dev/a/B=1", "value dev/a/A", "dev:me dev/a/A=3/B=1"},
    {"a secret deleted and changed, over a rotation", "+dev dev/a/A=1 dev/b/A=1", "-dev/b",
     "*dev dev/b/A=2", "dev:me dev/a/A=1", "secret dev/b/", "dev:me dev/a/A=1 dev/b/A=2"},
    {"two rotations", "+dev dev/a/A=1 dev/a/B=1", "*dev dev/a/A=2", "*dev dev/a/B=3",
     "dev:me dev/a/A=2/B=1", "fork dev//, value dev/a/B", "dev:me dev/a/A=1/B=3"},
    {"many rotations", "+dev dev/a/A=1 dev/a/B=1", "*dev *dev dev/a/A=2",
     "*dev *dev *dev dev/a/B=3", "dev:me dev/a/A=2/B=1", "fork dev//, value dev/a/B",
     "dev:me dev/a/A=1/B=3"},
    {"the past forgotten", "+dev dev/a/A=1 dev/a/B=1", "!dev dev/a/A=2", "dev/a/B=3",
     "dev:me dev/a/A=2/B=1", "environment dev//", "dev:me dev/a/A=1/B=3"},

    {"grants", "+dev dev/a/A=1", "+dev:bob", "+dev:carol", "dev:bob,carol,me dev/a/A=1", NULL,
     NULL},
    {"a grant and edits", "+dev dev/a/A=1", "+dev:bob dev/a/B=2", "dev/a/A=2",
     "dev:bob,me dev/a/A=2/B=2", NULL, NULL},
    {"a grant and a rotation", "+dev dev/a/A=1", "+dev:bob", "*dev", "dev:bob,me dev/a/A=1",
     "reader dev//bob", "dev:me dev/a/A=1"},
    {"a rotation and a grant", "+dev dev/a/A=1", "*dev", "+dev:bob dev/a/A=2", "dev:me dev/a/A=1",
     "reader dev//bob, value dev/a/A", "dev:bob,me dev/a/A=2"},
    {"the same grant", "+dev dev/a/A=1", "+dev:bob", "+dev:bob dev/a/A=2", "dev:bob,me dev/a/A=2",
     NULL, NULL},
    {"one name, two keys", "+dev dev/a/A=1", "+dev:bob", "+dev:bob=eve", "dev:bob,me dev/a/A=1",
     "reader dev//bob", "dev:bob=eve,me dev/a/A=1"},
    {"a revocation and edits", "+dev +dev:bob dev/a/A=1", "-dev:bob", "dev/a/A=2 dev/a/B=2",
     "dev:me dev/a/A=1", "value dev/a/A, value dev/a/B", "dev:me dev/a/A=2/B=2"},
    {"edits and a revocation", "+dev +dev:bob dev/a/A=1", "dev/a/A=2 dev/a/B=2", "-dev:bob",
     "dev:me dev/a/A=2/B=2", "value dev/a/A, value dev/a/B", "dev:me dev/a/A=1"},
    {"a revocation and a rotation", "+dev +dev:bob dev/a/A=1", "*dev dev/a/A=2", "-dev:bob",
     "dev:bob,me dev/a/A=2", "fork dev//, reader dev//bob", "dev:me dev/a/A=1"},
    {"a rotation and a revocation", "+dev +dev:bob dev/a/A=1", "-dev:bob", "*dev dev/a/A=2",
     "dev:me dev/a/A=1", "fork dev//, reader dev//bob, value dev/a/A", "dev:bob,me dev/a/A=2"},
    {"two revocations", "+dev +dev:bob +dev:carol dev/a/A=1", "-dev:bob", "-dev:carol dev/a/A=2",
     "dev:carol,me dev/a/A=1", "fork dev//, reader dev//bob, reader dev//carol, value dev/a/A",
     "dev:bob,me dev/a/A=2"},
    {"the same revocation", "+dev +dev:bob dev/a/A=1", "-dev:bob", "-dev:bob dev/a/A=2",
     "dev:me dev/a/A=1", "fork dev//, value dev/a/A", "dev:me dev/a/A=2"},
    {"a grant under a key that a revoked one holds", "+dev +dev:bob dev/a/A=1", "-dev:bob",
     "+dev:eve dev/a/A=2", "dev:me dev/a/A=1", "reader dev//eve, value dev/a/A",
     "dev:eve,me dev/a/A=2"},
    {"a grant, and their revocation", "+dev +dev:bob dev/a/A=1", "+dev:eve dev/a/A=2", "-dev:bob",
     "dev:eve,me dev/a/A=2", "reader dev//eve, value dev/a/A", "dev:me dev/a/A=1"},

    {"environments", "+dev dev/a/A=1", "+a a/x/A=1", "+z z/x/A=1",
     "a:me a/x/A=1 dev:me dev/a/A=1 z:me z/x/A=1", NULL, NULL},
    {"an environment deleted", "+dev +old old/a/A=1 dev/a/A=1", "-old", "dev/a/A=2",
     "dev:me dev/a/A=2", NULL, NULL},
    {"an environment deleted by theirs", "+dev +old old/a/A=1 dev/a/A=1", "dev/a/A=2", "-old",
     "dev:me dev/a/A=2", NULL, NULL},
    {"an environment deleted, and changed", "+dev +old old/a/A=1", "-old", "old/a/A=2", "dev:me",
     "environment old//", "dev:me old:me old/a/A=2"},
    {"an environment changed, and deleted", "+dev +old old/a/A=1", "old/a/A=2", "-old",
     "dev:me old:me old/a/A=2", "environment old//", "dev:me"},
    {"an environment made by both", "+dev", "+new new/a/A=1", "+new new/a/A=2",
     "dev:me new:me new/a/A=1", "environment new//", "dev:me new:me new/a/A=2"},
    {"an environment renamed", "+dev +old old/a/A=1 dev/a/A=1", "old>live", "dev/a/A=2",
     "dev:me dev/a/A=2 live:me live/a/A=1", NULL, NULL},
    {"an environment renamed, and changed under the old name", "+dev +old old/a/A=1", "old>live",
     "old/a/A=2", "dev:me live:me live/a/A=1", "environment old//",
     "dev:me live:me live/a/A=1 old:me old/a/A=2"},
    {"two environments, both changed by both", "+a +b a/x/A=1 a/x/B=1 b/x/A=1 b/x/B=1",
     "a/x/A=2 b/x/B=2", "a/x/B=3 b/x/A=3", "a:me a/x/A=2/B=3 b:me b/x/A=3/B=2", NULL, NULL},
};

static bool says(const char *text, const char *wanted)
{
    char *said = script_say(text);
    bool good = strcmp(said, wanted) == 0;

    if (!good)
        printf("# it says:  %s\n# wanted:   %s\n", said, wanted);
    free(said);
    return good;
}

static bool outcome_is(const struct outcome *o, vault_err code, const char *asked)
{
    bool good = o->code == code && strcmp(o->asked, asked) == 0;

    if (!good)
        printf("# code %d, wanted %d; asked %s; \"%s\"\n", (int)o->code, (int)code, o->asked,
               o->said);
    return good;
}

/* The text without its blocks between conflict markers, each line of which is a comment. */
static bool is_ours_behind_blocks(const char *text, const char *ours)
{
    struct buf out = {0};
    bool inside = false, comments = true, same;

    for (size_t len; *text; text += len) {
        len = strcspn(text, "\n");
        len += text[len] == '\n';
        if (strncmp(text, "<<<<<<< ours", 12) == 0)
            inside = true;
        else if (strncmp(text, ">>>>>>> theirs\n", len) == 0)
            inside = false;
        else if (inside)
            comments = comments && text[0] == '#';
        else
            buf_add(&out, text, len);
    }
    if (out.len == strlen(ours) + 1) /* an empty line before a block at the end */
        out.len--;
    same = slice_is(buf_slice(&out), ours);
    if (!same)
        printf("# it is:\n%.*s\n# and not:\n%s\n", (int)out.len, buf_slice(&out).at, ours);
    buf_free(&out);
    return same && comments;
}

static void test_conflict(const struct merged *t, const char *base, const char *ours,
                          const char *theirs)
{
    struct outcome o = merge_with(base, ours, theirs, VAULT_ANSWER_NONE, VAULT_ANSWER_NONE);
    vault *v = vault_new();

    check(outcome_is(&o, VAULT_CONFLICT, t->conflicts) && o.text, "%s: a conflict", t->name);
    check(o.text && refuses(v, vault_open_bytes(v, o.text, strlen(o.text)), VAULT_CONFLICT,
                            "a merge left its conflict markers"),
          "%s: with markers", t->name);
    check(o.text && is_ours_behind_blocks(o.text, ours), "%s: ours stands behind them, as it was",
          t->name);
    free(o.text);
    o = merge_with(base, ours, theirs, VAULT_ANSWER_THEIRS, VAULT_ANSWER_THEIRS);
    check(outcome_is(&o, VAULT_OK, t->conflicts) && says(o.text, t->with_theirs),
          "%s: answered with theirs", t->name);
    free(o.text);
    vault_free(v);
}

static void test_merge(const struct merged *t)
{
    char *base = script_text(NULL, t->base, "b");
    char *ours = script_text(base, t->ours, "o"), *theirs = script_text(base, t->theirs, "t");
    struct outcome o = merge_with(base, ours, theirs, VAULT_ANSWER_OURS, VAULT_ANSWER_OURS);

    if (check(outcome_is(&o, VAULT_OK, t->conflicts ? t->conflicts : ""), "%s: is merged", t->name))
        check(says(o.text, t->result), "%s: the result", t->name);
    if (t->conflicts)
        test_conflict(t, base, ours, theirs);
    free(o.text);
    free(base);
    free(ours);
    free(theirs);
}

/* --- forks --- */

/* Both sides have rotated, and become one: what stands on one side alone is asked. */
static const struct {
    const char *name, *base, *ours, *theirs;
    vault_answer rest;
    const char *result;
} forks[] = {
    {"two rotations", "+dev dev/a/A=1 dev/a/B=1", "*dev dev/a/A=2", "*dev dev/a/B=3",
     VAULT_ANSWER_THEIRS, "dev:me dev/a/A=2/B=3"},
    {"two rotations, and theirs is declined", "+dev dev/a/A=1 dev/a/B=1", "*dev dev/a/A=2",
     "*dev dev/a/B=3", VAULT_ANSWER_OURS, "dev:me dev/a/A=2/B=1"},
    {"who reads both sides reads on", "+dev +dev:bob dev/a/A=1", "*dev", "*dev", VAULT_ANSWER_NONE,
     "dev:bob,me dev/a/A=1"},
    {"two revocations, as ours has it", "+dev +dev:bob +dev:carol dev/a/A=1", "-dev:bob",
     "-dev:carol", VAULT_ANSWER_OURS, "dev:carol,me dev/a/A=1"},
    {"two revocations, as theirs has it", "+dev +dev:bob +dev:carol dev/a/A=1", "-dev:bob",
     "-dev:carol", VAULT_ANSWER_THEIRS, "dev:bob,me dev/a/A=1"},
    {"a grant on one side", "+dev dev/a/A=1", "*dev", "+dev:bob *dev", VAULT_ANSWER_THEIRS,
     "dev:bob,me dev/a/A=1"},
    {"another key for one name", "+dev +dev:bob dev/a/A=1", "*dev", "-dev:bob +dev:bob=eve",
     VAULT_ANSWER_THEIRS, "dev:bob=eve,me dev/a/A=1"},
    {"the same key under two names", "+dev dev/a/A=1", "+dev:bob *dev", "+dev:robert=bob *dev",
     VAULT_ANSWER_NONE, "dev:bob,me dev/a/A=1"},
};

static void test_forks(void)
{
    for (size_t i = 0; i < sizeof forks / sizeof *forks; i++) {
        char *base = script_text(NULL, forks[i].base, "b");
        char *ours = script_text(base, forks[i].ours, "o");
        char *theirs = script_text(base, forks[i].theirs, "t");
        struct outcome o = merge_with(base, ours, theirs, VAULT_ANSWER_BOTH, forks[i].rest);

        if (!check(o.code == VAULT_OK, "a fork: %s: is merged", forks[i].name))
            printf("# %s; asked %s\n", o.said, o.asked);
        else
            check(says(o.text, forks[i].result), "a fork: %s: the result", forks[i].name);
        free(o.text);
        free(base);
        free(ours);
        free(theirs);
    }
}

/* A program that was compiled with an earlier header passes a shorter struct. */
static void test_sizes(void)
{
    char *base = script_text(NULL, "+dev dev/a/A=1", "b"), *text = NULL;
    vault_merging how = script_merging(base, base, base);
    vault *v = vault_new();
    size_t len;

    must(v != NULL);
    give_identity(v, &script_people[0]);
    script_pin(v, base);
    how.path = "merged.toml";
    how.size = offsetof(vault_merging, path);
    check(vault_merge(v, &how, &text, &len) == VAULT_OK && access("merged.toml", F_OK) != 0,
          "what a shorter struct lacks is 0");
    vault_release(text);
    how.size = sizeof how + 1;
    check(vault_merge(v, &how, &text, &len) == VAULT_INVALID && !text, "a longer one is refused");
    how.size = sizeof how;
    check(vault_merge(v, &how, &text, &len) == VAULT_OK && unlink("merged.toml") == 0,
          "and a whole one is read");
    vault_release(text);
    vault_free(v);
    must(unlink("pins") == 0);
    free(base);
}

int main(void)
{
    scene_begin();
    script_begin();
    for (size_t i = 0; i < sizeof merges / sizeof *merges; i++)
        test_merge(&merges[i]);
    test_forks();
    test_sizes();
    return tap_done();
}
