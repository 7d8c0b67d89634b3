/* Merges under attack, and what they must leave alone: keys that nothing vouches for, readers whom
 * nobody has granted, values that do not open; who is out stays out, and who has accepted a key
 * finds it again. */
#include "merge_script.h"

static const struct person *me, *bob, *carol;
static char *base, *ours, *theirs;

/* A vault of one environment, or of what the scripts make; a and b are the edits of both sides. */
static void make(const char *script, const char *a, const char *b)
{
    free(base);
    free(ours);
    free(theirs);
    base = script_text(NULL, script, "b");
    ours = script_text(base, a, "olga");
    theirs = script_text(base, b, "tim");
}

static char *edited(const char *text, const char *old, const char *with)
{
    const char *at = strstr(text, old);
    struct buf out = {0};

    must(at != NULL);
    buf_add(&out, text, (size_t)(at - text));
    buf_add_text(&out, with);
    buf_add_text(&out, at + strlen(old));
    buf_add(&out, "", 1);
    must(buf_ok(&out));
    return out.data;
}

/* Replaces one of the three by itself with an edit. */
static void edit(char **text, const char *old, const char *with)
{
    char *new = edited(*text, old, with);

    free(*text);
    *text = new;
}

static vault *person_handle(const struct person *p)
{
    vault *v = vault_new();

    must(v != NULL);
    if (p)
        give_identity(v, p);
    return v;
}

/* Who answers, if somebody does; and what was asked. */
static vault_resolve *answers;
static char asked[2048];

static void note_asked(vault_conflicts *conflicts)
{
    asked[0] = '\0';
    for (size_t i = 0; i < vault_conflicts_count(conflicts); i++)
        snprintf(asked + strlen(asked), sizeof asked - strlen(asked), "%s%s", i ? "\n" : "",
                 vault_conflicts_at(conflicts, i)->sentence);
}

static void nobody_answers(void *user, vault_conflicts *conflicts)
{
    (void)user;
    note_asked(conflicts);
}

/* What comes is taken, a fork is joined, and whoever was removed on one side is out. */
static void takes_all(void *user, vault_conflicts *conflicts)
{
    (void)user;
    note_asked(conflicts);
    for (size_t i = 0; i < vault_conflicts_count(conflicts); i++) {
        vault_conflict *c = vault_conflicts_at(conflicts, i);

        c->answer = c->incoming;
        if (strcmp(c->kind, "fork") == 0)
            c->answer = VAULT_ANSWER_BOTH;
        else if (strcmp(c->kind, "reader") == 0 && c->why == VAULT_WHY_ROTATED)
            c->answer = c->ours->there ? VAULT_ANSWER_THEIRS : VAULT_ANSWER_OURS;
    }
}

static vault_err merge_in(vault *v, char **text)
{
    vault_merging how = script_merging(base, ours, theirs);
    size_t len;

    how.resolve = answers ? answers : nobody_answers;
    return vault_merge(v, &how, text, &len);
}

/* As somebody whose machine knows the keys of a text, and else of the base. */
static const char *known;
static vault *pinned_handle(const struct person *p)
{
    vault *v = person_handle(p);
    const char *text = known ? known : base;

    if (p && text && strstr(text, "[vault.env.") && !strstr(text, "<<<<<<<"))
        script_pin(v, text);
    return v;
}

static bool refused(vault_err code, const char *words)
{
    vault *v = person_handle(me);
    char *text;
    bool good = refuses(v, merge_in(v, &text), code, words) && !text;

    vault_release(text);
    vault_free(v);
    return good;
}

static char *merged_as(const struct person *p)
{
    vault *v = pinned_handle(p);
    char *text;
    vault_err code = merge_in(v, &text);

    if (code != VAULT_OK)
        printf("# %d: %s\n", (int)code, vault_error(v));
    vault_free(v);
    unlink("pins");
    return text;
}

static bool merges_to(const char *wanted)
{
    char *text = merged_as(me), *said = text ? script_say(text) : NULL;
    bool good = said && strcmp(said, wanted) == 0;

    if (!good && said)
        printf("# it says: %s\n", said);
    vault_release(text);
    free(said);
    return good;
}

static vault_err reads(const struct person *p, const char *text, const char *env,
                       char fingerprint[VAULT_FINGERPRINT_LEN + 1])
{
    vault *v = person_handle(p);
    vault_err code = vault_open_bytes(v, text, strlen(text));

    if (code == VAULT_OK)
        code = vault_fingerprint(v, env, fingerprint);
    vault_free(v);
    return code;
}

/* A conflict, of which one of the sentences has these words; nothing was sealed for it. */
static bool is_asked(const char *words)
{
    vault *v = pinned_handle(me);
    char *text;
    bool good = merge_in(v, &text) == VAULT_CONFLICT && text && strstr(asked, words);

    if (!good)
        printf("# %s; asked: %s\n", vault_error(v), asked);
    vault_release(text);
    vault_free(v);
    unlink("pins");
    return good;
}

/* The same, answered by `how`, and what the result then says. */
static bool answered_so(vault_resolve *how, const char *wanted)
{
    bool good;

    answers = how;
    good = merges_to(wanted);
    answers = NULL;
    return good;
}

/* --- keys --- */

static void test_replaced(void)
{
    char *other;

    make("+dev dev/a/A=1", "dev/a/B=2", "");
    other = script_text(base, "-dev", "x");
    script_becomes(&theirs, script_text(other, "+dev dev/a/A=9", "x"));
    free(other);
    check(is_asked("the environment dev: ours ") &&
              strstr(asked, "nothing leads from one key to the other"),
          "an environment that was replaced, where ours has changed");
    script_becomes(&ours, script_text(base, "", "o"));
    check(is_asked("nothing leads from one key to the other"), "and where it has not");
    answers = takes_all;
    {
        vault *v = pinned_handle(me);
        char *text;

        check(refuses(v, merge_in(v, &text), VAULT_INTEGRITY, "theirs: dev has another key than") &&
                  !text,
              "taken whole, its key must have been trusted before");
        vault_free(v);
        unlink("pins");
    }
    answers = NULL;
}

static void test_put_back(void)
{
    char *old;

    make("+dev dev/a/A=old", "", "");
    old = script_text(base, "", "b");
    script_becomes(&base, script_text(old, "*dev dev/a/A=new", "b"));
    script_becomes(&ours, script_text(base, "dev/a/B=2", "o"));
    script_becomes(&theirs, old);
    check(is_asked("dev/a/A: ours b ") && strstr(asked, "; theirs is older"),
          "what stood there before a rotation is not sealed under the new key");
    script_becomes(&ours, script_text(base, "", "o"));
    check(is_asked("; theirs is older"), "nor taken as it is, where ours has not changed");
}

static vault_err fingerprint_of(vault *v, const char *text)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];

    must(vault_open_bytes(v, text, strlen(text)) == VAULT_OK);
    return vault_fingerprint(v, "dev", fingerprint);
}

static void test_pins(void)
{
    vault *v = person_handle(me);
    char *text;

    make("+dev dev/a/A=1", "dev/a/B=2", "dev/a/C=3");
    script_pin(v, base);
    check(merge_in(v, &text) == VAULT_OK && text, "a key that is pinned");
    vault_release(text);
    must(vault_pin(v, "dev", "AAAAAAAAAAAAAAAAAAAAAA") == VAULT_OK);
    check(refuses(v, merge_in(v, &text), VAULT_INTEGRITY, "dev") && !text,
          "another one than was asked for");
    vault_free(v);

    v = person_handle(me);
    must(vault_pins_use(v, "pins", 0) == VAULT_OK);
    text = script_text(base, "*dev", "x");
    must(fingerprint_of(v, text) == VAULT_OK);
    vault_release(text);
    check(refuses(v, merge_in(v, &text), VAULT_INTEGRITY, "this checkout is older") && !text,
          "both sides under a key that the machine knows to be rotated out");
    vault_free(v);
    must(unlink("pins") == 0);
}

/* Rule 2: main is the side whose key leads from the other's and that this machine knows, or that
 * leads from what it knows. */
static void test_which_leads(void)
{
    vault *v = person_handle(me);
    char *text, *stranger, fingerprint[VAULT_FINGERPRINT_LEN + 1];

    make("+dev dev/a/A=1", "dev/a/B=2", "*dev dev/a/C=3");
    check(refused(VAULT_INTEGRITY, "this machine has accepted none yet"),
          "two keys, and no pin: somebody trusts one first");
    stranger = script_text(base, "-dev +dev", "x");
    script_pin(v, stranger);
    check(refuses(v, merge_in(v, &text), VAULT_INTEGRITY, "this machine knows neither") && !text,
          "two keys, and the pin is neither's, and leads to neither");
    must(unlink("pins") == 0);
    script_pin(v, theirs);
    check(merge_in(v, &text) == VAULT_CONFLICT && strstr(asked, "; ours is under a key that was"),
          "the pin is the newer one: main is theirs, and ours is asked");
    vault_release(text);
    must(unlink("pins") == 0);
    must(fingerprint_of(v, theirs) == VAULT_OK); /* without a file of pins */
    must(reads(me, theirs, "dev", fingerprint) == VAULT_OK &&
         vault_pin(v, "dev", fingerprint) == VAULT_OK);
    check(merge_in(v, &text) == VAULT_CONFLICT && strstr(asked, "dev/a/B: ours"),
          "a pin that was given for this run does, too");
    vault_release(text);
    vault_free(v);
    unlink("pins");

    v = person_handle(me); /* by the past, theirs leads; by the pins, ours does */
    script_pin(v, theirs);
    must(vault_open_bytes(v, ours, strlen(ours)) == VAULT_OK && vault_trust(v, "dev") == VAULT_OK);
    check(refuses(v, merge_in(v, &text), VAULT_INTEGRITY, "the other's in its past") && !text,
          "two keys that lead from each other");
    vault_free(v);
    must(unlink("pins") == 0);
    free(stranger);
}

/* A rotation that forgets the past can be taken over by a machine that has accepted it. */
static void test_forgotten(void)
{
    vault *v;
    char *text;

    make("+dev dev/a/A=1", "dev/a/B=2", "!dev dev/a/C=3");
    check(is_asked("nothing leads from one key to the other"),
          "theirs has forgotten the past, and nobody vouches for its key");
    v = pinned_handle(me);
    must(vault_open_bytes(v, theirs, strlen(theirs)) == VAULT_OK &&
         vault_trust(v, "dev") == VAULT_OK);
    answers = takes_all;
    check(merge_in(v, &text) == VAULT_OK && text && !strstr(text, "[vault.env.dev.past]"),
          "a machine that has accepted it does, and the past stays forgotten");
    check(strstr(asked, "dev/a/B: ours olga"), "and ours is asked");
    answers = NULL;
    vault_release(text);
    vault_free(v);
    must(unlink("pins") == 0);
}

/* Whoever has pinned either key accepts the merged one. */
static bool is_accepted_after(const char *text, const char *merged)
{
    vault *v = person_handle(me);
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    bool good;

    must(vault_pins_use(v, "pins", 0) == VAULT_OK);
    must(vault_open_bytes(v, text, strlen(text)) == VAULT_OK &&
         vault_fingerprint(v, "dev", fingerprint) == VAULT_OK);
    good = vault_open_bytes(v, merged, strlen(merged)) == VAULT_OK &&
           vault_fingerprint(v, "dev", fingerprint) == VAULT_OK;
    if (!good)
        printf("# %s\n", vault_error(v));
    vault_free(v);
    must(unlink("pins") == 0);
    return good;
}

static void test_two_keys(const char *name, const char *script, const char *a, const char *b,
                          size_t past)
{
    char *text, *past_table;
    size_t count = 0;

    make(script, a, b);
    answers = takes_all;
    text = merged_as(me);
    answers = NULL;
    check(text && is_accepted_after(ours, text), "%s: who has pinned ours goes on", name);
    check(text && is_accepted_after(theirs, text), "%s: and who has pinned theirs", name);
    check(text && is_accepted_after(base, text), "%s: and who has seen neither", name);
    past_table = text ? strstr(text, "[vault.env.dev.past]\n") : NULL;
    for (char *line = past_table; line && line[0] != '\n'; line = strchr(line, '\n') + 1)
        count++;
    check(count == past + 1, "%s: the past has %zu keys", name, past);
    vault_release(text);
}

static void test_revoked_stay_out(void)
{
    char f[3][VAULT_FINGERPRINT_LEN + 1];
    char *text;

    make("+dev +dev:bob +dev:carol dev/a/A=1", "-dev:bob", "-dev:carol dev/a/A=2");
    answers = takes_all;
    text = merged_as(me);
    answers = NULL;
    must(text && reads(me, ours, "dev", f[0]) == VAULT_OK &&
         reads(me, theirs, "dev", f[1]) == VAULT_OK);
    check(reads(bob, text, "dev", f[2]) == VAULT_LOCKED &&
              reads(carol, text, "dev", f[2]) == VAULT_LOCKED,
          "each side has revoked one: neither reads it");
    check(reads(me, text, "dev", f[2]) == VAULT_OK && strcmp(f[2], f[0]) != 0 &&
              strcmp(f[2], f[1]) != 0,
          "nor has its key, which is a new one");
    vault_release(text);
}

/* --- readers and values --- */

static void test_forged_reader(void)
{
    char line[400];

    make("+dev +dev:bob dev/a/A=1", "dev/a/A=2", "dev/a/B=2");
    snprintf(
        line, sizeof line,
        "mallory = [\"%s\",\n  \"AA\",\n  \"AAAAAAAAAAAAAAAAAAAAAA\"]\nme = ", carol->public_key);
    edit(&theirs, "me = ", line);
    check(refused(VAULT_INTEGRITY, "theirs: reader mallory of dev was put there"),
          "a reader whom nobody has granted, in theirs");
    make("+dev +dev:bob dev/a/A=1", "dev/a/A=2 *dev", "dev/a/B=2");
    edit(&theirs, bob->public_key, carol->public_key);
    check(refused(VAULT_INTEGRITY, "theirs: reader bob of dev was put there, or changed"),
          "a reader's key that was changed");
}

/* Takes bob's entry out of a text, as anybody may. */
static void take_out(char **text, const char *name)
{
    char *at = strstr(*text, name), *end = at;

    must(at != NULL);
    for (int lines = 0; lines < 3; lines++)
        end = strchr(end, '\n') + 1;
    memmove(at, end, strlen(end) + 1);
}

static void removal_is_taken(void *user, vault_conflicts *conflicts)
{
    (void)user;
    note_asked(conflicts);
    must(vault_conflicts_count(conflicts) == 1 &&
         vault_conflicts_at(conflicts, 0)->why == VAULT_WHY_NOT_ROTATED);
    vault_conflicts_at(conflicts, 0)->answer = VAULT_ANSWER_THEIRS;
}

static void test_removed(void)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    char *text;

    make("+dev +dev:bob dev/a/A=1", "dev/a/A=2", "dev/a/B=2");
    take_out(&theirs, "bob = [");
    check(is_asked("the reader bob of dev: ours age1") && strstr(asked, ", theirs removed; theirs "
                                                                        "has made no new key"),
          "a reader who was removed without a new key is asked");
    check(strstr(asked, bob->public_key), "by the whole public key");
    answers = removal_is_taken;
    text = merged_as(me);
    answers = NULL;
    check(text && reads(bob, text, "dev", fingerprint) == VAULT_LOCKED, "who is out then");
    check(text && strstr(text, "[vault.env.dev.past]"), "has not the key, which is a new one");
    vault_release(text);
    script_becomes(&ours, script_text(base, "", "o"));
    answers = removal_is_taken;
    text = merged_as(me);
    answers = NULL;
    check(text && reads(bob, text, "dev", fingerprint) == VAULT_LOCKED &&
              strstr(text, "[vault.env.dev.past]"),
          "also where ours has changed nothing");
    vault_release(text);
}

/* Rule 5: what stands under a key that was rotated out is asked, whatever the base has. */
static void test_claims(void)
{
    char *old;

    make("+dev +dev:bob dev/a/A=1", "", "");
    old = base;
    base = script_text(old, "-dev:bob dev/a/A=2", "b");
    script_becomes(&ours, script_text(base, "dev/a/C=3", "o"));
    script_becomes(&theirs, script_text(old, "+dev:carol=carol dev/b/B=3", "bob"));
    check(is_asked("the reader carol of dev: theirs age1") &&
              strstr(asked, "the secret dev/b: theirs bob ") && strstr(asked, carol->public_key),
          "a grant and a secret under the old key");
    check(strstr(asked, "the reader bob of dev: theirs age1"), "and whoever was revoked");
    known = ours;
    script_becomes(&base, script_text(old, "dev/a/B=1", "b"));
    take_out(&base, "bob = [");
    check(is_asked("the reader bob of dev: theirs age1"), "from a base that has him not, just so");
    script_becomes(&base, script_text(NULL, "", "b"));
    check(is_asked("the reader bob of dev: theirs age1"), "and from none");
    known = NULL;
    free(old);
    make("+dev dev/a/A=1", "*dev", "-dev/a dev/a/A=1");
    check(answered_so(takes_all, "dev:me dev/a/A=1"), "a secret that was made anew");
    {
        char *text = merged_as(me);

        check(text && strstr(text, "created-by = \"b\"") && !strstr(text, "\"tim\""),
              "keeps main's author and date");
        vault_release(text);
    }
}

/* --- what stood in main before --- */

static size_t looked_for;
static const char *stood_there;

static bool history_fails;

static int history(void *user, vault_texts *texts)
{
    (void)user;
    if (history_fails)
        return -1;
    looked_for = vault_texts_count(texts);
    for (size_t i = 0; i < looked_for; i++) {
        vault_text_seen *looked = vault_texts_at(texts, i);
        char *text = strndup(looked->text, looked->len);

        must(text != NULL);
        looked->seen = strstr(stood_there, text) != NULL;
        free(text);
    }
    return 0;
}

static vault_err merge_after(const char *before)
{
    vault *v = pinned_handle(me);
    vault_merging how = script_merging(base, ours, theirs);
    vault_err code;

    how.resolve = nobody_answers;
    how.look_back = history;
    stood_there = before;
    looked_for = 0;
    code = vault_merge(v, &how, NULL, NULL);
    if (code != VAULT_OK && code != VAULT_CONFLICT)
        printf("# %s\n", vault_error(v));
    vault_free(v);
    unlink("pins");
    return code;
}

/* Each is dropped in main, and stands in theirs, which the base has not. */
static void test_returned(void)
{
    static const struct {
        const char *all, *dropped, *sentence;
    } returns[] = {
        {"+dev dev/a/A=1 dev/a/B=1", "-dev/a/A", "dev/a/A: theirs "},
        {"+dev dev/a/A=1 dev/b/A=1", "-dev/b", "the secret dev/b: theirs "},
        {"+dev dev/a/A=1 +old old/a/A=1", "-old", "the environment old"},
    };
    char *all;

    for (size_t i = 0; i < sizeof returns / sizeof *returns; i++) {
        all = script_text(NULL, returns[i].all, "b");
        make(returns[i].all, "", "");
        script_becomes(&base, script_text(all, returns[i].dropped, "b"));
        script_becomes(&ours, script_text(base, "dev/a/C=1", "o"));
        script_becomes(&theirs, all);
        check(merge_after(all) == VAULT_CONFLICT && strstr(asked, returns[i].sentence) &&
                  strstr(asked, "; theirs stood here before"),
              "%s: what was dropped does not come back", returns[i].sentence);
        check(merge_after(base) == VAULT_OK && looked_for > 0, "%s: what was not there does",
              returns[i].sentence);
    }
    history_fails = true;
    check(merge_after(base) == VAULT_FAILED,
          "what a history that cannot be read may have had is not taken");
    history_fails = false;
    make("+dev dev/a/A=1", "dev/a/B=2", "");
    check(merge_after(base) == VAULT_OK && looked_for == 0, "where nothing comes nobody looks");
}

/* --- answers --- */

static void a_new_value(void *user, vault_conflicts *conflicts)
{
    vault_conflict *c = vault_conflicts_at(conflicts, 0);
    vault_kv *ours_kv, *theirs_kv;
    vault *v = user;

    must(vault_conflicts_count(conflicts) == 1 &&
         vault_conflict_values(v, c, &ours_kv, &theirs_kv) == VAULT_OK);
    check(kv_has(ours_kv, "A", "2") && kv_has(theirs_kv, "A", "3"), "both values can be seen");
    vault_kv_free(ours_kv);
    vault_kv_free(theirs_kv);
    c->value = kv_of(v, "A", "4", NULL);
    c->answer = VAULT_ANSWER_NEW;
}

static void a_wrong_answer(void *user, vault_conflicts *conflicts)
{
    vault_conflict *c = NULL;
    vault_kv *a, *b;
    vault *v = user;

    for (size_t i = 0; i < vault_conflicts_count(conflicts); i++) {
        c = vault_conflicts_at(conflicts, i);
        c->answer = strcmp(c->kind, "value") == 0 ? VAULT_ANSWER_BOTH : VAULT_ANSWER_NEW;
        if (c->answer == VAULT_ANSWER_NEW)
            c->value = kv_of(v, "A", "4", NULL);
    }
    check(refuses(v, vault_conflict_values(v, c, &a, &b), VAULT_INVALID, "not one of values"),
          "a secret has no value to be seen");
}

static void test_answers(void)
{
    vault *v = person_handle(me);
    vault_merging how;
    vault_values *keys;
    int64_t before;

    make("+dev dev/a/A=1", "dev/a/A=2", "dev/a/A=3");
    how = script_merging(base, ours, theirs);
    how.user = v;
    how.resolve = a_new_value;
    must(vault_open_bytes(v, theirs, strlen(theirs)) == VAULT_OK);
    must(vault_secret_info(v, "dev", "a", &keys) == VAULT_OK);
    before = vault_values_at(keys, 0)->updated_at;
    vault_release(keys);
    must(vault_set_author(v, "zoe") == VAULT_OK);
    check(vault_merge(v, &how, NULL, NULL) == VAULT_OK && holds(v, "dev", "a", "A", "4"),
          "a third value in the place of both");
    must(vault_secret_info(v, "dev", "a", &keys) == VAULT_OK);
    check(strcmp(vault_values_at(keys, 0)->author, "zoe") == 0 &&
              vault_values_at(keys, 0)->updated_at > before,
          "by whoever has given it, and later than both");
    check(verifies(v, "dev"), "and whole");
    vault_release(keys);

    make("+dev dev/a/A=1 dev/b/A=1", "dev/a/A=2 dev/b/A=2", "dev/a/A=3 -dev/b");
    how = (vault_merging){.size = sizeof how,
                          .base = base,
                          .base_len = strlen(base),
                          .ours = ours,
                          .ours_len = strlen(ours),
                          .theirs = theirs,
                          .theirs_len = strlen(theirs),
                          .resolve = a_wrong_answer,
                          .user = v};
    check(refuses(v, vault_merge(v, &how, NULL, NULL), VAULT_CONFLICT, "2 conflicts"),
          "an answer that does not fit is none");
    vault_free(v);
}

static void test_damage(void)
{
    static const char *const names[] = {"the common ancestor", "ours", "theirs"};
    char **const all[] = {&base, &ours, &theirs};

    for (int i = 0; i < 3; i++) {
        make("+dev dev/a/A=1 dev/b/A=1", "dev/a/A=2", "dev/b/A=2");
        edit(all[i], "created-by = \"b\"", "created-by = \"x\"");
        check(refused(VAULT_INTEGRITY, names[i]), "a seal that does not hold in %s", names[i]);
    }
    make("+dev dev/a/A=1", "", "dev/a/A=2");
    edit(&theirs, "\nA = [\"", "\nA = [\"AAAA");
    check(refused(VAULT_INTEGRITY, "theirs: line "), "a value that does not open in theirs alone");
    make("+dev dev/a/A=1", "dev/a/A=2", "");
    edit(&ours, "\nA = [\"", "\nA = [\"AAAA");
    check(refused(VAULT_INTEGRITY, "ours: line "), "and in ours");
    make("+dev +new dev/a/A=1", "dev/a/A=2", "new/a/A=1");
    edit(&theirs, "mGc0n1P5b0y2mC0b2s0bHg", "mGc0n1P5b0y2mC0b2s0bHw");
    check(refused(VAULT_INTEGRITY, "different vaults"), "another vault");
}

static void test_text(void)
{
    vault *v = person_handle(me);
    char *text;

    make("+dev dev/a/A=1", "dev/a/A=2", "dev/a/B=2");
    edit(&ours, "\nA = [", "\n<<<<<<< ours\nA = [");
    check(refuses(v, merge_in(v, &text), VAULT_CONFLICT, "ours: line ") && !text,
          "ours has conflict markers: there is no result");
    make("+dev dev/a/A=1", "dev/a/B=2", "dev/a/C=2");
    edit(&base, "\nA = [", "\n<<<<<<< ours\nA = [");
    check(merges_to("dev:me dev/a/A=1/B=2/C=2"), "an ancestor with conflict markers is none");
    make("+dev dev/a/A=1", "dev/a/B=2", "dev/a/C=2");
    edit(&theirs, "[vault]", "[vault");
    check(refused(VAULT_FORMAT, "theirs: line "), "theirs is no vault");
    check(refuses(v, vault_value_delete(v, "dev", "a", "A", VAULT_MISSING_ERROR), VAULT_ABSENT,
                  "no vault is open"),
          "after a merge that failed nothing is open");
    make("+dev dev/a/A=1", "dev/a/B=2", "dev/a/C=2");
    check(merge_in(v, &text) == VAULT_OK && holds(v, "dev", "a", "C", "2"),
          "after one that did not the result is");
    vault_release(text);
    vault_free(v);
}

/* --- without a key --- */

static bool keyless(const char *wanted, const char *conflict)
{
    vault *v = person_handle(NULL);
    char *text, *said = NULL;
    vault_err code = merge_in(v, &text);
    bool good;

    if (code == VAULT_OK)
        said = script_say(text);
    good = conflict ? code == VAULT_CONFLICT && strstr(vault_error(v), conflict)
                    : said && strcmp(said, wanted) == 0;
    if (!good)
        printf("# %d: %s; %s\n", (int)code, vault_error(v), said ? said : "");
    free(said);
    vault_release(text);
    vault_free(v);
    return good;
}

static void test_keyless(void)
{
    static const struct {
        const char *base, *ours, *theirs, *wanted; /* NULL: somebody with a key is needed */
    } all[] = {
        {"+dev dev/a/A=1 dev/a/B=1", "dev/a/A=2", "dev/a/B=2", "dev:me dev/a/A=2/B=2"},
        {"+dev dev/a/A=1 dev/a/B=1", "dev/a/A=2", "-dev/a/B", "dev:me dev/a/A=2"},
        {"+dev dev/a/C=1 dev/a/F=1", "dev/a/A=2", "dev/a/Z=2 dev/a/D=2",
         "dev:me dev/a/A=2/C=1/D=2/F=1/Z=2"},
        {"+dev dev/b/A=1 dev/c/A=1", "dev/a/A=2", "dev/d/A=2 dev/c/B=1",
         "dev:me dev/a/A=2 dev/b/A=1 dev/c/A=1/B=1 dev/d/A=2"},
        {"+dev dev/a/A=1 dev/b/A=1 dev/c/A=1", "-dev/b", "dev/c/A=2", "dev:me dev/a/A=1 dev/c/A=2"},
        {"+dev dev/a/A=1", "+dev:bob", "+dev:carol dev/a/A=2", "dev:bob,carol,me dev/a/A=2"},
        {"+dev +old dev/a/A=1 old/a/A=1", "-old", "dev/a/A=2", "dev:me dev/a/A=2"},
        {"+dev +new dev/a/A=1 new/a/A=1", "*dev", "*new new/a/A=2",
         "dev:me dev/a/A=1 new:me new/a/A=2"}, /* each as one side has it */
        {"+dev dev/a/A=1", "dev/a/A=2", "dev/a/A=2", NULL},
        {"+dev dev/a/A=1", "dev/a/A=2", "dev/a/A=3", NULL},
        {"+dev dev/a/A=1 dev/a/D=1", "dev/a/B=2", "dev/a/C=3", NULL},
        {"+dev dev/a/A=1 dev/d/D=1", "dev/b/B=2", "dev/c/C=3", NULL},
        {"+dev dev/a/A=1 dev/a/B=1", "-dev/a/A", "-dev/a/B", NULL},
        {"+dev dev/a/A=1 dev/b/B=1", "-dev/b", "dev/b/B=2", NULL},
        {"+dev dev/a/A=1", "*dev", "dev/a/A=3", NULL},
        {"+dev dev/a/A=1", "dev/a/A=3", "*dev", NULL},
        {"+dev dev/a/A=1", "+dev:bob", "+dev:bob=carol", NULL},
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        make(all[i].base, all[i].ours, all[i].theirs);
        check(keyless(all[i].wanted, all[i].wanted ? NULL : "dev"), "without a key: %s | %s",
              all[i].ours, all[i].theirs);
    }
}

/* --- what is no secret --- */

static void test_comments(void)
{
    char *text, *again;

    make("+dev dev/a/A=1 dev/a/B=1", "dev/a/A=2", "dev/a/C=2");
    edit(&ours, "\nA = [", "\n# of olga\nA = [");
    edit(&theirs, "\nA = [", "\n# of tim\nA = [");
    edit(&theirs, "\nC = [", "\n# a new one\nC = [");
    edit(&theirs, "\n[dev.a]", "\n# of the secret\n[dev.a]");
    text = merged_as(me);
    check(text && strstr(text, "\n# of olga\n# of tim\nA = ["), "both comments of one key stay");
    check(text && strstr(text, "\n# a new one\nC = ["), "a new key brings its own");
    check(text && strstr(text, "\n\n# of the secret\n[dev.a]\n"), "a table has its own, too");
    vault_release(text);
    make("+dev dev/a/A=1 dev/a/B=1", "", "");
    edit(&theirs, "\nA = [", "\n# of tim\nA = [");
    again = merged_as(me);
    check(again && strcmp(again, theirs) == 0, "comments alone are a change");
    vault_release(again);
}

static bool has_line_like(const char *text, const char *line, size_t len)
{
    for (; text; text = strchr(text, '\n'), text = text ? text + 1 : NULL)
        if (strncmp(text, line, len) == 0)
            return true;
    return false;
}

/* Each line of the sealed value, which is as long as no other kind of line. */
static bool keeps_values(const char *from, const char *in, const char *but)
{
    bool good = true;

    for (const char *line = strstr(from, "[dev."); line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strstr(line, " = [\"") == strchr(line, ' ') && strncmp(line, but, strlen(but)) != 0 &&
            strchr(line, '\n'))
            good = good && has_line_like(in, line, (size_t)(strchr(line, '\n') - line));
        if (!*line)
            break;
    }
    return good;
}

static void test_lines(void)
{
    char *text;

    make("+dev dev/a/A=1 dev/a/B=1 dev/b/C=1", "dev/a/A=2 dev/b/X=1", "dev/b/C=3 dev/a/D=1");
    text = merged_as(me);
    check(text && keeps_values(ours, text, "C = ") && keeps_values(theirs, text, "A = "),
          "no value is sealed again where the key is the same");
    vault_release(text);
}

static void test_authors(void)
{
    vault_values *keys;
    vault *v = person_handle(me);
    char *text;

    make("+dev dev/a/A=1", "dev/a/B=2 *dev", "dev/a/A=2 dev/c/C=3");
    script_pin(v, base);
    answers = takes_all;
    must(merge_in(v, &text) == VAULT_OK);
    answers = NULL;
    vault_release(text);
    must(vault_secret_info(v, "dev", "a", &keys) == VAULT_OK && vault_values_count(keys) == 2);
    check(strcmp(vault_values_at(keys, 0)->author, "tim") == 0 &&
              strcmp(vault_values_at(keys, 1)->author, "olga") == 0,
          "a value keeps its author");
    check(strcmp(vault_values_secret(keys)->created_by, "b") == 0, "and a secret its own");
    vault_release(keys);
    must(vault_secret_info(v, "dev", "c", &keys) == VAULT_OK && vault_values_count(keys) == 1);
    check(strcmp(vault_values_secret(keys)->created_by, "tim") == 0 &&
              strcmp(vault_values_at(keys, 0)->author, "tim") == 0,
          "a new one, too");
    vault_release(keys);
    vault_free(v);
    must(unlink("pins") == 0);
}

static void test_inbox(void)
{
    make("+dev dev/a/A=1", "dev/a/A=2 *dev", "");
    edit(&ours, "[vault.env.dev.inbox]\n", "[vault.env.dev.inbox]\n\"a/X/00000001\" = \"AA\"\n");
    edit(&theirs, "[vault.env.dev.inbox]\n",
         "[vault.env.dev.inbox]\n\"a/Y/00000002\" = \"AAAA\"\n");
    {
        char *text = merged_as(me);

        check(text && strstr(text, "[vault.env.dev.inbox]\n\"a/X/00000001\" = "
                                   "\"AA\"\n\"a/Y/00000002\" = \"AAAA\"\n"),
              "proposals of both sides stay, by name");
        vault_release(text);
    }
    edit(&theirs, "\"a/Y/00000002\" = ", "\"a/X/00000001\" = ");
    {
        vault *v = person_handle(me);
        char *text;

        check(refuses(v, merge_in(v, &text), VAULT_CONFLICT, "dev/a/X") && text,
              "two for one key are a conflict");
        vault_release(text);
        vault_free(v);
    }
}

static void test_passphrases(void)
{
    static const char entry[] = "[vault.passphrases]\nbob = \"AA\"\n\n[vault.env.dev]\n";
    char *text;

    make("+dev +prod +dev:bob dev/a/A=1 prod/a/A=1", "+prod:bob", "-dev:bob");
    edit(&base, "[vault.env.dev]\n", entry);
    edit(&ours, "[vault.env.dev]\n", entry);
    text = merged_as(me);
    check(text && strstr(text, "[vault.passphrases]\nbob = \"AA\"\n"),
          "a passphrase that theirs has dropped stays while somebody reads with it");
    vault_release(text);
    make("+dev dev/a/A=1", "dev/a/A=2", "dev/a/B=2");
    edit(&ours, "[vault.env.dev]\n", entry);
    edit(&theirs, "[vault.env.dev]\n", "[vault.passphrases]\nann = \"AAAA\"\n\n[vault.env.dev]\n");
    text = merged_as(me);
    check(text && strstr(text, "[vault.passphrases]\nann = \"AAAA\"\nbob = \"AA\"\n"),
          "passphrases of both sides stay");
    vault_release(text);
}

/* --- the file --- */

static void test_file(void)
{
    vault *v = person_handle(me);
    vault_merging how;
    char *text;
    size_t len;

    make("+dev dev/a/A=1", "dev/a/A=2", "dev/a/A=3 dev/a/B=3");
    how = script_merging(base, ours, theirs);
    how.path = "file.toml";
    write_text("file.toml", "before", 6);
    check(vault_merge(v, &how, NULL, NULL) == VAULT_CONFLICT && stands_as("file.toml", "before"),
          "a conflict is not written");
    how.write_conflicts = 1;
    how.marker_size = 9;
    check(vault_merge(v, &how, &text, &len) == VAULT_CONFLICT && stands_as("file.toml", text) &&
              strlen(text) == len && strstr(text, "\n<<<<<<<<< ours"),
          "unless that is wanted");
    vault_release(text);
    script_becomes(&theirs, script_text(base, "dev/a/B=3", "t"));
    how.theirs = theirs;
    how.theirs_len = strlen(theirs);
    how.write_conflicts = 0;
    check(vault_merge(v, &how, &text, &len) == VAULT_OK && stands_as("file.toml", text),
          "what is merged is");
    vault_release(text);
    how.path = "no/folder/file.toml";
    check(refuses(v, vault_merge(v, &how, &text, &len), VAULT_FAILED, "no/folder") && !text,
          "a folder that is not there");
    vault_free(v);
}

int main(void)
{
    scene_begin();
    script_begin();
    me = script_person("me");
    bob = script_person("bob");
    carol = script_person("carol");
    test_replaced();
    test_put_back();
    test_pins();
    test_which_leads();
    test_forgotten();
    test_removed();
    test_claims();
    test_returned();
    test_answers();
    test_two_keys("two rotations", "+dev dev/a/A=1", "*dev dev/a/A=2", "*dev dev/a/B=2", 3);
    test_two_keys("more rotations", "+dev dev/a/A=1", "*dev *dev", "*dev *dev dev/a/B=2", 5);
    test_two_keys("two revocations", "+dev +dev:bob +dev:carol dev/a/A=1", "-dev:bob", "-dev:carol",
                  3);
    test_two_keys("one rotation", "+dev dev/a/A=1", "*dev", "dev/a/B=2", 1);
    test_revoked_stay_out();
    test_forged_reader();
    test_damage();
    test_text();
    test_keyless();
    test_comments();
    test_lines();
    test_authors();
    test_inbox();
    test_passphrases();
    test_file();
    free(base);
    free(ours);
    free(theirs);
    return tap_done();
}
