/* libvault: two versions of a vault compared, and the marks of values. */
#include "scene.h"

#include <time.h>

static struct person me, bob;

/* What was told, one line each: "added value dev/a/K: - -> new". */
static char told[8192];

static void add(const char *format, ...)
{
    size_t len = strlen(told);
    va_list args;

    va_start(args, format);
    vsnprintf(told + len, sizeof told - len, format, args);
    va_end(args);
}

static void add_side(const vault_side *s)
{
    if (s->value)
        add("%.*s", (int)s->len, s->value);
    else
        add("%s", s->text ? "sealed" : "-");
}

static void tell(void *user, const vault_difference *d)
{
    static const char *const whats[] = {"added", "changed", "removed", "unread"};
    static const char *const parts[] = {"id",     "env",   "key",     "reader",
                                        "secret", "value", "proposal"};

    (void)user;
    add("%s %s %s", whats[d->what], parts[d->part], d->env);
    add(d->secret[0] ? "/%s" : "", d->secret);
    add(d->name[0] ? "/%s" : "", d->name);
    if (d->what == VAULT_WHAT_UNREAD) {
        must(is_sentence(d->sentence) && d->error != VAULT_OK);
        add(" %s", d->in_after ? "after" : "before");
    } else if (d->part == VAULT_PART_KEY) {
        add(" %s", d->vouched ? "vouched" : "replaced");
    } else if (d->part == VAULT_PART_READER && d->what != VAULT_WHAT_ADDED && !d->same_key) {
        add(", new key");
    } else if (d->part == VAULT_PART_VALUE) {
        add(": ");
        add_side(d->before);
        add(" -> ");
        add_side(d->after);
    }
    if (d->part == VAULT_PART_VALUE && d->after->value)
        must(strcmp(d->after->author, "me") == 0 && d->after->updated_at > 1700000000);
    add("\n");
}

static vault *version(const struct person *p, const char *text)
{
    vault *v = vault_new();

    must(v != NULL);
    if (p)
        give_identity(v, p);
    must(vault_open_bytes(v, text, strlen(text)) == VAULT_OK);
    return v;
}

/* Both as this person opens them (NULL: as nobody). */
static vault_err compare(const struct person *p, const char *before, const char *after,
                         const char *env)
{
    vault *a = before ? version(p, before) : NULL, *b = after ? version(p, after) : NULL;
    vault_err err;

    told[0] = '\0';
    err = vault_compare(a, b, env, tell, NULL);
    vault_free(a);
    vault_free(b);
    return err;
}

static bool tells(const struct person *p, const char *before, const char *after,
                  const char *expected)
{
    vault_err err = compare(p, before, after, NULL);

    if (err == VAULT_OK && strcmp(told, expected) == 0)
        return true;
    printf("# error %d, told:\n# %s# expected:\n# %s\n", (int)err, told, expected);
    return false;
}

/* The text of the file as it is now. */
static char *save(vault *v)
{
    must(vault_save(v) == VAULT_OK);
    return text_of("v.toml");
}

static char *start;

static vault *again(void)
{
    write_text("v.toml", start, strlen(start));
    return open_as(&me, "v.toml");
}

static void make_start(void)
{
    vault *v;

    make_vault("v.toml", &me);
    v = open_as(&me, "v.toml");
    must(create(v, "dev", "a", "K", MARK "1") == VAULT_OK &&
         update(v, "dev", "a", "L", "l") == VAULT_OK &&
         create(v, "dev", "b", "M", "m") == VAULT_OK);
    start = save(v);
    vault_free(v);
}

static void test_values(void)
{
    vault *v = again();
    char *text;

    check(tells(&me, start, start, ""), "a version and itself do not differ");
    check(tells(NULL, start, start, ""), "and that needs no key");
    must(update(v, "dev", "a", "K", "2") == VAULT_OK &&
         update(v, "dev", "a", "N", "n") == VAULT_OK &&
         vault_value_delete(v, "dev", "a", "L", VAULT_MISSING_ERROR) == VAULT_OK &&
         vault_secret_delete(v, "dev", "b", VAULT_MISSING_ERROR) == VAULT_OK &&
         create(v, "dev", "c", "O", "") == VAULT_OK);
    text = save(v);
    vault_free(v);
    check(tells(&me, start, text,
                "changed value dev/a/K: " MARK "1 -> 2\n"
                "removed value dev/a/L: l -> -\n"
                "added value dev/a/N: - -> n\n"
                "removed secret dev/b\n"
                "removed value dev/b/M: m -> -\n"
                "added secret dev/c\n"
                "added value dev/c/O: - -> \n"),
          "values and secrets, by plain text");
    check(compare(NULL, start, text, NULL) == VAULT_OK &&
              strstr(told, "unread env dev before\nunread env dev after\n") &&
              strstr(told, "changed value dev/a/K: sealed -> sealed\n") &&
              strstr(told, "removed value dev/a/L: sealed -> -\n") && !strstr(told, MARK),
          "without a key, by what is sealed");
    check(compare(&me, start, text, "prod") == VAULT_OK && !told[0], "one environment alone");
    free(text);
}

/* Put back to what it was, under another sealing. */
static void test_same_value(void)
{
    vault *v = again();
    char *text;

    must(update(v, "dev", "a", "K", "2") == VAULT_OK && vault_save(v) == VAULT_OK &&
         update(v, "dev", "a", "K", MARK "1") == VAULT_OK);
    text = save(v);
    vault_free(v);
    check(strcmp(text, start) != 0 && tells(&me, start, text, ""),
          "the same value sealed again is no difference");
    free(text);
}

static void test_all_of_it(void)
{
    check(tells(&me, NULL, start,
                "added env dev\n"
                "added reader dev/me\n"
                "added secret dev/a\n"
                "added value dev/a/K: - -> " MARK "1\n"
                "added value dev/a/L: - -> l\n"
                "added secret dev/b\n"
                "added value dev/b/M: - -> m\n"),
          "against nothing all is added");
    check(compare(&me, start, NULL, NULL) == VAULT_OK && strstr(told, "removed env dev\n") &&
              strstr(told, "removed value dev/b/M: m -> -\n"),
          "and against it all is removed");
}

static void test_access(void)
{
    vault *v = again();
    char *granted, *revoked, *forgotten;

    must(vault_reader_add(v, "dev", "bob", bob.public_key) == VAULT_OK);
    granted = save(v);
    must(vault_reader_remove(v, "dev", "bob") == VAULT_OK &&
         update(v, "dev", "a", "L", "new") == VAULT_OK);
    revoked = save(v);
    must(vault_rotate(v, "dev", VAULT_PAST_FORGET) == VAULT_OK);
    forgotten = save(v);
    vault_free(v);
    check(tells(&me, start, granted, "added reader dev/bob\n"), "a grant");
    check(tells(&me, granted, revoked,
                "changed key dev vouched\nremoved reader dev/bob, new key\n"
                "changed value dev/a/L: l -> new\n"),
          "a revocation: a rotation is no change of any value");
    check(compare(&me, revoked, granted, NULL) == VAULT_OK &&
              strstr(told, "changed key dev replaced") &&
              strstr(told, "changed value dev/a/L: new -> l\n"),
          "the other way round");
    check(tells(NULL, granted, revoked,
                "unread env dev before\nunread env dev after\n"
                "changed key dev replaced\nremoved reader dev/bob, new key\n"),
          "without a key a rotation tells nothing of values");
    check(
        tells(&bob, granted, revoked,
              "unread env dev after\nchanged key dev replaced\nremoved reader dev/bob, new key\n"),
        "nor to whom it was taken from");
    check(tells(&me, revoked, forgotten, "changed key dev replaced\n"), "a forgotten past");
    free(granted);
    free(revoked);
    free(forgotten);
}

/* Who was let in later reads history by the past alone, in both directions. */
static void test_past(void)
{
    vault *v = again();
    char *text;

    must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK &&
         vault_reader_add(v, "dev", "bob", bob.public_key) == VAULT_OK &&
         update(v, "dev", "a", "L", "new") == VAULT_OK);
    text = save(v);
    vault_free(v);
    check(tells(&bob, start, text,
                "changed key dev vouched\nadded reader dev/bob\n"
                "changed value dev/a/L: l -> new\n"),
          "the past opens the older version");
    check(compare(&bob, text, start, NULL) == VAULT_OK &&
              strstr(told, "changed value dev/a/L: new -> l\n"),
          "whichever of the two it is");
    free(text);
}

static void test_env(void)
{
    vault *v = again();
    char *renamed, *more;

    must(vault_env_rename(v, "dev", "test") == VAULT_OK &&
         update(v, "test", "a", "L", "new") == VAULT_OK);
    renamed = save(v);
    must(vault_env_copy(v, "test", "prod") == VAULT_OK);
    more = save(v);
    vault_free(v);
    check(tells(&me, start, renamed, "changed env test\nchanged value test/a/L: l -> new\n"),
          "an environment that was renamed");
    check(compare(&me, renamed, more, NULL) == VAULT_OK && strstr(told, "added env prod\n") == told,
          "one that was added");
    check(compare(&me, more, renamed, NULL) == VAULT_OK &&
              strstr(told, "removed env prod\n") == told,
          "one that was removed");
    free(renamed);
    free(more);
}

static void flip(char *text, const char *before)
{
    char *at = strstr(text, before);

    must(at != NULL);
    at += strlen(before) + 5;
    *at = *at == 'A' ? 'B' : 'A';
}

static void test_damage(void)
{
    char *text = strdup(start), *value = strdup(start);

    must(text != NULL && value != NULL);
    flip(text, "first-key = \"");
    flip(value, "K = [\"");
    check(compare(&me, start, text, NULL) == VAULT_INTEGRITY &&
              strcmp(told, "unread env dev after\n") == 0,
          "a broken seal: nothing is read of that version");
    check(compare(&me, start, value, NULL) == VAULT_INTEGRITY &&
              strcmp(told, "unread value dev/a/K after\n") == 0,
          "a broken value");
    check(compare(&me, NULL, value, NULL) == VAULT_INTEGRITY &&
              strstr(told, "unread value dev/a/K after\nadded value dev/a/L: - -> l\n"),
          "what stands beside it is told");
    check(compare(&me, value, NULL, NULL) == VAULT_INTEGRITY, "and the other way round");
    free(text);
    free(value);
}

/* ---- marks ---- */

static void mark(const struct person *p, const char *text, const char *key,
                 char mark[VAULT_MARK_LEN + 1], bool keyed)
{
    vault *v = version(p, text);
    vault_marks *list;

    mark[0] = '\0';
    must(vault_mark_list(v, "dev", "a", &list) == VAULT_OK && vault_marks_count(list) == 2);
    for (size_t i = 0; i < vault_marks_count(list); i++)
        if (strcmp(vault_marks_at(list, i)->name, key) == 0 &&
            vault_marks_at(list, i)->keyed == keyed)
            memcpy(mark, vault_marks_at(list, i)->mark, sizeof vault_marks_at(list, i)->mark);
    vault_release(list);
    must(vault_mark_list(v, "dev", NULL, &list) == VAULT_OK && vault_marks_count(list) >= 2);
    must(strcmp(vault_marks_at(list, 0)->secret, "a") == 0 &&
         strcmp(vault_marks_at(list, 1)->secret, "a") == 0);
    must(vault_marks_count(list) == 2 || strcmp(vault_marks_at(list, 2)->secret, "a") > 0);
    vault_release(list);
    vault_free(v);
    must(strlen(mark) == VAULT_MARK_LEN);
}

static void test_marks(void)
{
    char first[VAULT_MARK_LEN + 1], second[VAULT_MARK_LEN + 1];
    vault *v = again();
    char *rotated, *changed, *same;

    must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK);
    rotated = save(v);
    must(update(v, "dev", "a", "K", "2") == VAULT_OK);
    changed = save(v);
    must(update(v, "dev", "a", "L", "2") == VAULT_OK);
    same = save(v);
    vault_free(v);
    mark(&me, start, "K", first, true);
    mark(&me, rotated, "K", second, true);
    check(strcmp(first, second) == 0, "a rotation changes no mark");
    mark(&me, changed, "K", second, true);
    check(strcmp(first, second) != 0, "another value has another mark");
    mark(&me, same, "L", first, true);
    check(strcmp(first, second) != 0, "the same value of another key has another mark");
    mark(NULL, start, "K", first, false);
    mark(NULL, rotated, "K", second, false);
    check(strcmp(first, second) != 0, "without a key it is one of what is sealed");
    flip(start, "first-key = \"");
    mark(&me, start, "K", second, false);
    check(strcmp(first, second) == 0, "and so it is where a seal does not match");
    free(rotated);
    free(changed);
    free(same);
}

static void test_past_list(void)
{
    vault_past_keys *list;
    char fingerprint[12][VAULT_FINGERPRINT_LEN + 1];
    bool good = true;
    vault *v;

    make_vault("p.toml", &me);
    v = open_as(&me, "p.toml");
    for (int i = 0; i < 12; i++) {
        must(vault_fingerprint(v, "dev", fingerprint[i]) == VAULT_OK);
        must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK);
    }
    must(vault_past_list(v, "dev", &list) == VAULT_OK);
    for (size_t i = 0; i < 12; i++)
        good = good && vault_past_keys_count(list) == 12 &&
               strcmp(vault_past_keys_at(list, i)->fingerprint, fingerprint[i]) == 0 &&
               vault_past_keys_at(list, i)->rotated_at > time(NULL) - 600;
    check(good, "the past, the oldest first");
    vault_release(list);
    must(vault_rotate(v, "dev", VAULT_PAST_FORGET) == VAULT_OK);
    check(vault_past_list(v, "dev", &list) == VAULT_OK && vault_past_keys_count(list) == 0, "none");
    vault_release(list);
    check(refuses(v, vault_past_list(v, "no", &list), VAULT_ABSENT, "no environment no"),
          "of an environment that is not there");
    vault_free(v);
}

int main(void)
{
    scene_begin();
    me = person_x25519();
    bob = person_x25519();
    make_start();
    test_values();
    test_same_value();
    test_all_of_it();
    test_access();
    test_past();
    test_env();
    test_damage();
    test_past_list();
    test_marks();
    free(start);
    return tap_done();
}
