/* libvault: open values, which everybody can read in the file and only somebody who has the
 * environment's key can make. */
#include "vault_help.h"

static struct person me, bob;

#define SECRET "[dev.app]"

static vault_err put(vault *v, const char *secret, const char *name, const char *value,
                     vault_kind kind)
{
    vault_kv *kv = kv_of(v, name, value, NULL), *none = kv_of(v, NULL);
    vault_err err = vault_kv_set_kind(v, kv, name, kind);

    must(vault_secret_create(v, "dev", secret, none, VAULT_EXISTING_KEEP) == VAULT_OK);
    if (err == VAULT_OK)
        err = vault_secret_update(v, "dev", secret, kv);
    vault_kv_free(none);
    vault_kv_free(kv);
    return err;
}

static vault_kind kind_in(vault *v, const char *env, const char *secret, const char *name)
{
    vault_kv *kv = NULL;
    vault_kind kind = VAULT_KIND_ANY;

    if (vault_secret_get(v, env, secret, NULL, 0, &kv) == VAULT_OK)
        kind = vault_kv_kind(kv, name);
    vault_kv_free(kv);
    return kind;
}

static char *now_text(vault *v)
{
    char *text = NULL;
    size_t len;

    must(vault_text(v, &text, &len) == VAULT_OK);
    return text;
}

/* LEVEL and MOTD are open, PORT too, in two secrets; KEY and OTHER are sealed. */
static void make(void)
{
    vault *v;

    make_vault("vault.toml", &me);
    v = open_as(&me, "vault.toml");
    must(vault_reader_add(v, "dev", "bob", bob.public_key) == VAULT_OK &&
         put(v, "app", "KEY", "hidden-1", VAULT_KIND_ANY) == VAULT_OK &&
         put(v, "app", "LEVEL", "info", VAULT_KIND_OPEN) == VAULT_OK &&
         put(v, "app", "MOTD", "na\xC3\xAFve \"x\"\n", VAULT_KIND_OPEN) == VAULT_OK &&
         put(v, "app", "OTHER", "hidden-2", VAULT_KIND_SEALED) == VAULT_OK &&
         put(v, "web", "LEVEL", "debug", VAULT_KIND_OPEN) == VAULT_OK &&
         put(v, "web", "PORT", "8080", VAULT_KIND_OPEN) == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
}

/* --- what a file shows, and what it keeps --- */

static void test_file(void)
{
    char *text = text_of("vault.toml");
    struct slice item = item_of(text, SECRET, "LEVEL");
    vault *v = open_as(&me, "vault.toml");

    check(slice_begins(item, "LEVEL = [\"info\",\n  \"") &&
              strstr(text, "MOTD = [\"na\\u00EFve \\\"x\\\"\\n\",\n  \"") &&
              !strstr(text, "hidden"),
          "the text of an open value is in the file, in ASCII");
    check(holds(v, "dev", "app", "LEVEL", "info") &&
              holds(v, "dev", "app", "MOTD", "na\xC3\xAFve \"x\"\n") &&
              holds(v, "dev", "app", "KEY", "hidden-1") && verifies(v, "dev"),
          "and is read with the others");
    check(kind_in(v, "dev", "app", "LEVEL") == VAULT_KIND_OPEN &&
              kind_in(v, "dev", "app", "KEY") == VAULT_KIND_SEALED &&
              kind_in(v, "dev", "app", "OTHER") == VAULT_KIND_SEALED &&
              kind_in(v, "dev", "app", "NONE") == VAULT_KIND_ANY,
          "the set says which is open");
    check(update(v, "dev", "app", "LEVEL", "info") == VAULT_OK && !vault_changed(v),
          "a value that is set to what it is stays open, on its line");
    vault_free(v);
    free(text);
}

static void test_kinds(void)
{
    vault *v = open_as(&me, "vault.toml");
    char *text;

    check(update(v, "dev", "app", "LEVEL", "secret") == VAULT_OK &&
              kind_in(v, "dev", "app", "LEVEL") == VAULT_KIND_SEALED,
          "another value of no kind is sealed");
    check(put(v, "app", "KEY", "open now", VAULT_KIND_OPEN) == VAULT_OK &&
              kind_in(v, "dev", "app", "KEY") == VAULT_KIND_OPEN && verifies(v, "dev"),
          "a sealed value becomes open");
    check(put(v, "app", "MOTD", "na\xC3\xAFve \"x\"\n", VAULT_KIND_SEALED) == VAULT_OK &&
              kind_in(v, "dev", "app", "MOTD") == VAULT_KIND_SEALED && verifies(v, "dev"),
          "and an open one sealed, also with the same text");
    text = now_text(v);
    check(!strstr(text, "na\\u00EFve") && strstr(text, "KEY = [\"open now\",\n"), "in the file");
    vault_release(text);
    vault_free(v);
}

static void test_dates(void)
{
    vault *v = open_as(&me, "vault.toml");
    vault_secret_entry about;
    vault_value_entry *list = NULL;
    int64_t dates[3] = {0};
    size_t count;
    const vault_kind kinds[] = {VAULT_KIND_OPEN, VAULT_KIND_SEALED, VAULT_KIND_OPEN};
    bool good = true;

    for (int i = 0; i < 3; i++) {
        must(put(v, "app", "LEVEL", "info", kinds[i]) == VAULT_OK &&
             vault_secret_info(v, "dev", "app", &about, &list, &count) == VAULT_OK && count == 4);
        good = good && list[1].kind == kinds[i] && strcmp(list[1].name, "LEVEL") == 0;
        dates[i] = list[1].updated_at;
        vault_release(list);
    }
    check(good && dates[0] < dates[1] && dates[1] < dates[2], "a change of kind is dated later");
    vault_free(v);
}

static void test_limits(void)
{
    static char text[VAULT_OPEN_MAX + 2];
    vault *v = open_as(&me, "vault.toml");
    vault_kv *kv = NULL;

    memset(text, 'x', VAULT_OPEN_MAX + 1);
    check(refuses(v, put(v, "app", "LONG", text, VAULT_KIND_OPEN), VAULT_INVALID,
                  "LONG cannot be open"),
          "an open value has a limit");
    text[VAULT_OPEN_MAX] = '\0';
    check(put(v, "app", "LONG", text, VAULT_KIND_OPEN) == VAULT_OK &&
              holds(v, "dev", "app", "LONG", text),
          "up to which it is kept");
    check(refuses(v, put(v, "app", "BAD", "\xFF", VAULT_KIND_OPEN), VAULT_INVALID,
                  "BAD cannot be open"),
          "it is UTF-8");
    must(vault_kv_from_pairs(v, &(vault_pair){"ZERO", "a\0b", 3}, 1, &kv) == VAULT_OK);
    check(refuses(v, vault_kv_set_kind(v, kv, "ZERO", VAULT_KIND_OPEN), VAULT_INVALID, "ZERO"),
          "without a zero byte");
    check(refuses(v, vault_kv_set_kind(v, kv, "NONE", VAULT_KIND_OPEN), VAULT_ABSENT, "NONE") &&
              vault_kv_set_kind(v, kv, "ZERO", (vault_kind)9) == VAULT_INVALID,
          "no other kind and no other name is set");
    vault_kv_free(kv);
    vault_free(v);
}

static bool is_open_still(vault *v, const char *env, const char *secret)
{
    return verifies(v, env) && holds(v, env, secret, "LEVEL", "info") &&
           kind_in(v, env, secret, "LEVEL") == VAULT_KIND_OPEN &&
           kind_in(v, env, secret, "KEY") == VAULT_KIND_SEALED;
}

static void test_carried(void)
{
    vault *v = open_as(&me, "vault.toml");

    check(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK && is_open_still(v, "dev", "app"),
          "a rotation keeps it open");
    check(vault_secret_rename(v, "dev", "app", "new") == VAULT_OK && is_open_still(v, "dev", "new"),
          "and a rename");
    check(vault_secret_copy(v, "dev", "new", "dev", "copy") == VAULT_OK &&
              is_open_still(v, "dev", "copy"),
          "and a copy");
    check(vault_env_copy(v, "dev", "prod") == VAULT_OK && is_open_still(v, "prod", "copy"),
          "and a copy of its environment");
    check(vault_env_rename(v, "prod", "live") == VAULT_OK && is_open_still(v, "live", "copy"),
          "and another name of it");
    check(vault_save(v) == VAULT_OK && verifies(v, "live"), "and what is saved verifies");
    vault_free(v);
}

/* --- without a key --- */

static bool shows(vault *v, const char *name, const char *wanted)
{
    char *text = NULL;
    bool good = vault_open_text(v, "dev", "app", name, &text) == VAULT_OK;

    good = good && (wanted ? text && strcmp(text, wanted) == 0 : !text);
    vault_release(text);
    return good;
}

static void test_keyless(void)
{
    vault *v = open_as(NULL, "vault.toml");
    const char *const secrets[] = {"app"};
    vault_select_rules rules = {
        .size = sizeof rules, .keyless = VAULT_KEYLESS_OPEN, .secrets = secrets, .secret_count = 1};
    vault_selection *s = NULL;
    vault_kv *kv = NULL;
    char *text = NULL;

    check(shows(v, "LEVEL", "info") && shows(v, "MOTD", "na\xC3\xAFve \"x\"\n") &&
              shows(v, "KEY", NULL),
          "what is open is shown without a key");
    check(
        refuses(v, vault_open_text(v, "dev", "app", "NONE", &text), VAULT_ABSENT, "NONE") &&
            refuses(v, vault_value_get(v, "dev", "app", "LEVEL", &kv), VAULT_NO_CREDENTIAL, "dev"),
        "and handed out by no other function");
    check(vault_select(v, "dev", &rules, &s) == VAULT_OK && vault_selection_count(s) == 2 &&
              strcmp(vault_selection_at(s, 0).name, "LEVEL") == 0 &&
              strcmp(vault_selection_at(s, 0).value, "info") == 0 &&
              vault_selection_at(s, 1).kind == VAULT_KIND_OPEN,
          "a selection without a key has the open values");
    vault_selection_free(s);
    rules.keyless = VAULT_KEYLESS_NAMES;
    check(vault_select(v, "dev", &rules, &s) == VAULT_OK && vault_selection_count(s) == 4 &&
              vault_selection_at(s, 0).len == 0 &&
              vault_selection_at(s, 0).kind == VAULT_KIND_SEALED &&
              vault_selection_at(s, 1).len == 4,
          "or all names");
    vault_selection_free(s);
    rules.keyless = VAULT_KEYLESS_NOTHING;
    check(refuses(v, vault_select(v, "dev", &rules, &s), VAULT_NO_CREDENTIAL, "dev"),
          "but not unless that is asked for");
    vault_free(v);
}

/* A fingerprint follows from the file. */
static void test_pin(void)
{
    char print[VAULT_FINGERPRINT_LEN + 1];
    vault *v = open_as(&me, "vault.toml");
    char *text = NULL;

    must(vault_fingerprint(v, "dev", print) == VAULT_OK);
    vault_free(v);
    v = open_as(NULL, "vault.toml");
    check(vault_pin(v, "dev", print) == VAULT_OK && shows(v, "LEVEL", "info"),
          "a pin that is right is compared without a key");
    vault_free(v);
    print[0] = print[0] == 'A' ? 'B' : 'A';
    v = open_as(NULL, "vault.toml");
    must(vault_pin(v, "dev", print) == VAULT_OK);
    check(refuses(v, vault_open_text(v, "dev", "app", "LEVEL", &text), VAULT_INTEGRITY,
                  "not the one that was asked for") &&
              !text,
          "and one that is not");
    vault_free(v);
}

/* --- attacks: by somebody who cannot open the environment --- */

static bool is_refused(char *text)
{
    vault *v = vault_new(), *other = vault_new();
    vault_kv *kv = NULL;
    bool good;

    give_identity(v, &me);
    give_identity(other, &me);
    good = vault_open_bytes(v, text, strlen(text)) != VAULT_OK ||
           vault_secret_get(v, "dev", "app", NULL, 0, &kv) == VAULT_INTEGRITY;
    good = good && (vault_open_bytes(other, text, strlen(text)) != VAULT_OK ||
                    vault_verify(other, "dev", NULL, NULL) == VAULT_INTEGRITY);
    vault_kv_free(kv);
    vault_free(other);
    vault_free(v);
    free(text);
    return good;
}

static void test_attacks(void)
{
    char *text = text_of("vault.toml");
    struct slice level = item_of(text, SECRET, "LEVEL"), key = item_of(text, SECRET, "KEY"),
                 motd = item_of(text, SECRET, "MOTD"), web = item_of(text, "[dev.web]", "LEVEL");
    size_t refused = 0;

    check(is_refused(text_edit(text, "\"info\"", "\"debug\"")), "another text is refused");
    check(is_refused(text_edit(text, "\"info\"", "\"\"")), "and none");
    check(is_refused(string_copied(text, level, motd, 0)), "and that of another variable");
    check(is_refused(string_copied(text, level, web, 0)), "and that of another secret");
    check(is_refused(string_copied(text, level, web, 1)), "and the header of another secret");
    check(is_refused(string_copied(text, level, motd, 1)), "and that of another variable");
    check(is_refused(text_swap(text, level, motd)), "lines do not change places");
    check(is_refused(text_without(text, level)), "one is not dropped");
    check(is_refused(text_edit(text, "LEVEL = [\"info\"", "LEVEM = [\"info\"")), "nor renamed");
    check(is_refused(text_splice(text, string_of(level, 1), string_of(key, 0))),
          "the ciphertext of a sealed value is no header");
    check(is_refused(text_edit(text, "LEVEL = [\"info\",\n  ", "LEVEL = [")),
          "an open value is not made a sealed one by taking its text out");
    check(is_refused(text_edit(text, "KEY = [", "KEY = [\"mine\",\n  ")),
          "nor a sealed one open by putting one in front");
    for (size_t i = 0; i < level.len; i++) {
        char *flipped = strdup(text);

        must(flipped != NULL);
        flipped[(size_t)(level.at - text) + i] ^= 1;
        refused += is_refused(flipped);
    }
    check(refused == level.len, "of %zu bytes of its entry each one counts: %zu", level.len,
          refused);
    free(text);
}

/* An old line whose header still opens: a date is all that tells, as for a sealed value. */
static void test_old_line(void)
{
    char *before = text_of("vault.toml"), *after, *mixed;
    vault *v = open_as(&me, "vault.toml");
    struct slice old = item_of(before, SECRET, "LEVEL");

    must(put(v, "app", "LEVEL", "warn", VAULT_KIND_OPEN) == VAULT_OK);
    after = now_text(v);
    check(strstr(after, "LEVEL = [\"warn\",\n"), "a new text has a new header");
    mixed = text_splice(after, string_of(item_of(after, SECRET, "LEVEL"), 1), string_of(old, 1));
    check(is_refused(mixed), "and does not go with the old one");
    vault_release(after);
    vault_free(v);
    free(before);
}

/* --- versions --- */

struct told {
    int count;
    char before[40], after[40];
    vault_kind kinds[2];
    bool opened;
};

static void note(void *user, const vault_difference *d)
{
    struct told *t = user;

    if (d->part != VAULT_PART_VALUE || d->what == VAULT_WHAT_UNREAD)
        return;
    t->count++;
    snprintf(t->before, sizeof t->before, "%s", d->before.shown ? d->before.shown : "-");
    snprintf(t->after, sizeof t->after, "%s", d->after.shown ? d->after.shown : "-");
    t->kinds[0] = d->before.kind;
    t->kinds[1] = d->after.kind;
    t->opened = d->after.value != NULL;
}

static struct told compare_as(const struct person *p, const char *a, const char *b)
{
    vault *one = vault_new(), *two = vault_new();
    struct told told = {.count = 0};

    if (p) {
        give_identity(one, p);
        give_identity(two, p);
    }
    must(vault_open_bytes(one, a, strlen(a)) == VAULT_OK &&
         vault_open_bytes(two, b, strlen(b)) == VAULT_OK &&
         vault_compare(one, two, "dev", note, &told) != VAULT_NO_MEMORY);
    vault_free(one);
    vault_free(two);
    return told;
}

static void test_compare(void)
{
    char *before = text_of("vault.toml"), *after, *forged;
    vault *v = open_as(&me, "vault.toml");
    struct told told;

    must(put(v, "app", "LEVEL", "warn", VAULT_KIND_OPEN) == VAULT_OK);
    after = now_text(v);
    told = compare_as(&me, before, after);
    check(told.count == 1 && told.opened && strcmp(told.before, "info") == 0 &&
              strcmp(told.after, "warn") == 0 && told.kinds[1] == VAULT_KIND_OPEN,
          "a comparison shows open values");
    told = compare_as(NULL, before, after);
    check(told.count == 1 && !told.opened && strcmp(told.before, "info") == 0 &&
              strcmp(told.after, "warn") == 0,
          "without a key too, unopened");
    forged = text_edit(before, "\"info\"", "\"evil\"");
    told = compare_as(NULL, before, forged);
    check(told.count == 1 && !told.opened && strcmp(told.after, "evil") == 0,
          "where a forged text is told as a change");
    told = compare_as(&me, before, forged);
    check(told.count == 0, "which with the key is no value");
    vault_release(after);
    after = NULL;
    must(put(v, "app", "LEVEL", "warn", VAULT_KIND_SEALED) == VAULT_OK);
    after = now_text(v);
    told = compare_as(&me, before, after);
    check(told.count == 1 && told.kinds[0] == VAULT_KIND_OPEN &&
              told.kinds[1] == VAULT_KIND_SEALED && strcmp(told.after, "-") == 0,
          "a change of kind is told");
    vault_release(after);
    vault_free(v);
    free(before);
    free(forged);
}

/* --- merges --- */

static vault_err merge(const struct person *p, const char *base, const char *ours,
                       const char *theirs, char **text)
{
    const vault_merging how = {.size = sizeof how,
                               .base = base,
                               .base_len = strlen(base),
                               .ours = ours,
                               .ours_len = strlen(ours),
                               .theirs = theirs,
                               .theirs_len = strlen(theirs)};
    vault *v = vault_new();
    size_t len;
    vault_err err;

    if (p)
        give_identity(v, p);
    err = vault_merge(v, &how, text, &len);
    if (err != VAULT_OK)
        printf("# %s\n", vault_error(v));
    vault_free(v);
    return err;
}

static char *with(const char *secret, const char *name, const char *value, vault_kind kind)
{
    vault *v = open_as(&me, "vault.toml");
    char *text;

    must(put(v, secret, name, value, kind) == VAULT_OK);
    text = now_text(v);
    vault_free(v);
    return text;
}

static bool merges_to(const struct person *p, const char *ours, const char *theirs,
                      const char *const *wanted)
{
    char *base = text_of("vault.toml"), *text = NULL;
    vault *v = vault_new();
    bool good = merge(p, base, ours, theirs, &text) == VAULT_OK && text;

    give_identity(v, &me);
    good = good && vault_open_bytes(v, text, strlen(text)) == VAULT_OK && verifies(v, "dev");
    for (; good && *wanted; wanted += 2)
        good = holds(v, "dev", "app", wanted[0], wanted[1]);
    if (!good)
        printf("# %s\n", vault_error(v));
    vault_release(text);
    vault_free(v);
    free(base);
    return good;
}

#define WANTED(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_merge(void)
{
    char *level = with("app", "LEVEL", "warn", VAULT_KIND_OPEN);
    char *sealed = with("app", "LEVEL", "warn", VAULT_KIND_SEALED);
    char *key = with("app", "KEY", "new", VAULT_KIND_ANY);
    char *opened = with("app", "KEY", "now open", VAULT_KIND_OPEN);
    char *added = with("app", "ADDED", "1", VAULT_KIND_OPEN);
    char *other = with("app", "LEVEL", "error", VAULT_KIND_OPEN);
    char *base = text_of("vault.toml"), *text = NULL, *forged;

    for (int keyed = 0; keyed < 2; keyed++) {
        const struct person *p = keyed ? &me : NULL;
        const char *how = keyed ? "with a key" : "as text";

        check(merges_to(p, level, key, WANTED("LEVEL", "warn", "KEY", "new")) &&
                  merges_to(p, key, level, WANTED("LEVEL", "warn", "KEY", "new")),
              "%s: an open value beside a sealed one", how);
        check(merges_to(p, sealed, key, WANTED("LEVEL", "warn", "KEY", "new")) &&
                  merges_to(p, key, sealed, WANTED("LEVEL", "warn", "KEY", "new")),
              "%s: one that was sealed on one side", how);
        check(merges_to(p, level, opened, WANTED("LEVEL", "warn", "KEY", "now open")) &&
                  merges_to(p, opened, level, WANTED("LEVEL", "warn", "KEY", "now open")),
              "%s: one that was opened on one side", how);
        check(merges_to(p, level, level, WANTED("LEVEL", "warn")), "%s: the same on both", how);
        check(merge(p, base, level, other, &text) == VAULT_CONFLICT, "%s: two texts conflict", how);
        vault_release(text);
        check(merge(p, base, level, sealed, &text) == VAULT_CONFLICT, "%s: so do two kinds", how);
        vault_release(text);
    }
    check(merges_to(&me, added, level, WANTED("ADDED", "1", "LEVEL", "warn")),
          "a new one beside a change");
    forged = text_edit(base, "\"info\"", "\"evil\"");
    check(merge(&me, base, key, forged, &text) == VAULT_INTEGRITY && !text &&
              merge(&me, forged, forged, key, &text) == VAULT_INTEGRITY && !text,
          "a forged text is not merged, whichever side has it");
    free(forged);
    vault_release(level);
    vault_release(sealed);
    vault_release(key);
    vault_release(opened);
    vault_release(added);
    vault_release(other);
    free(base);
}

static void test_rotated_merge(void)
{
    char *base = text_of("vault.toml"), *level = with("app", "LEVEL", "warn", VAULT_KIND_OPEN);
    vault *v = open_as(&me, "vault.toml");
    char *rotated, *text = NULL;
    vault_err err;

    must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK && vault_save(v) == VAULT_OK);
    rotated = now_text(v);
    vault_free(v);
    err = merge(&me, base, rotated, level, &text);
    check(err == VAULT_CONFLICT || err == VAULT_INTEGRITY,
          "an open value under a key that was rotated out is asked about, as a sealed one is");
    vault_release(text);
    vault_release(rotated);
    vault_release(level);
    free(base);
    must(unlink("vault.toml") == 0);
    make();
}

int main(void)
{
    scene_begin();
    me = person_x25519();
    bob = person_x25519();
    make();
    test_file();
    test_kinds();
    test_dates();
    test_limits();
    must(unlink("vault.toml") == 0);
    make();
    test_keyless();
    test_pin();
    test_attacks();
    test_old_line();
    test_compare();
    test_merge();
    test_rotated_merge();
    must(unlink("vault.toml") == 0);
    make();
    test_carried();
    return tap_done();
}
