/* libvault: sets of values, and the secrets they are kept in. */
#include "scene.h"

#include "text/kv.h"

#include <sys/stat.h>
#include <time.h>

static struct person me;

/* --- sets of values --- */

static void test_dict(vault *v)
{
    static const char bytes[] = {'a', '\0', 'b'};
    const vault_pair pairs[] = {
        {"ZED", "last", 4}, {"SKIPPED", NULL, 0}, {"ALPHA", bytes, 3}, {"EMPTY", "", 0}};
    const vault_pair twice[] = {{"A", "first", 5}, {"A", "second", 6}};
    vault_kv *kv = NULL;
    size_t len = 99;

    check(vault_kv_from_pairs(v, pairs, 4, &kv) == VAULT_OK, "a set is made of a dictionary");
    check(vault_kv_count(kv) == 3, "a NULL value is skipped");
    check(strcmp(vault_kv_at(kv, 0).name, "ALPHA") == 0 &&
              strcmp(vault_kv_at(kv, 1).name, "EMPTY") == 0 &&
              strcmp(vault_kv_at(kv, 2).name, "ZED") == 0,
          "the names are in byte order");
    check(vault_kv_at(kv, 0).len == 3 && memcmp(vault_kv_at(kv, 0).value, "a\0b", 4) == 0,
          "a value may hold any byte, and has a zero byte behind it");
    check(vault_kv_get(kv, "EMPTY", &len) && len == 0 && kv_has(kv, "EMPTY", ""),
          "an empty value is not a missing one");
    check(strcmp(vault_kv_get(kv, "ZED", NULL), "last") == 0, "len may be NULL");
    check(!vault_kv_get(kv, "SKIPPED", NULL) && !vault_kv_get(kv, "ZEDX", NULL) &&
              !vault_kv_get(kv, "", NULL),
          "NULL for a name that is not there");
    vault_kv_free(kv);

    check(vault_kv_from_pairs(v, twice, 2, &kv) == VAULT_OK && vault_kv_count(kv) == 1 &&
              kv_has(kv, "A", "second"),
          "of a name given twice the later value stays");
    vault_kv_free(kv);
    check(vault_kv_from_pairs(v, NULL, 0, &kv) == VAULT_OK && vault_kv_count(kv) == 0,
          "an empty set");
    vault_kv_free(kv);
    vault_kv_free(NULL);
}

static void test_dict_refusals(vault *v)
{
    static const char *const names[] = {"", "1A", "A-B", "A B", "A=B", "\xC3\xA4", "A\x1b[2J"};
    char *big = malloc(VAULT_VALUE_MAX + 1), name[VAULT_VARIABLE_MAX + 2];
    vault_kv *kv = NULL;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const vault_pair pair = {names[i], MARK, 6};

        check(refuses(v, vault_kv_from_pairs(v, &pair, 1, &kv), VAULT_INVALID,
                      "is no name for a key") &&
                  !kv && !strchr(vault_error(v), '\x1b'),
              "a key cannot be called what name %zu is", i);
    }
    must(big != NULL);
    memset(big, 'x', VAULT_VALUE_MAX + 1);
    check(vault_kv_from_pairs(v, &(vault_pair){"BIG", big, VAULT_VALUE_MAX}, 1, &kv) == VAULT_OK,
          "a value of 1 MiB");
    vault_kv_free(kv);
    check(refuses(v, vault_kv_from_pairs(v, &(vault_pair){"BIG", big, VAULT_VALUE_MAX + 1}, 1, &kv),
                  VAULT_INVALID, "BIG is over 1048576 bytes") &&
              !kv,
          "none of a byte more");
    free(big);
    memset(name, 'K', sizeof name);
    name[VAULT_VARIABLE_MAX] = '\0';
    check(vault_kv_from_pairs(v, &(vault_pair){name, "", 0}, 1, &kv) == VAULT_OK,
          "a name of 256 characters");
    vault_kv_free(kv);
    name[VAULT_VARIABLE_MAX] = 'K';
    name[VAULT_VARIABLE_MAX + 1] = '\0';
    check(refuses(v, vault_kv_from_pairs(v, &(vault_pair){name, "", 0}, 1, &kv), VAULT_INVALID,
                  "at most 256"),
          "none of one more");
}

static void test_local_environ(vault *v)
{
    static const char *const names[] = {"VT_TWO", "VT_ONE", "VT_EMPTY"};
    static const char *const some[] = {"VT_GONE", "VT_ONE", "VT_LOST"};
    static const char *const odd[] = {"VT-ODD"};
    vault_kv *kv = NULL;

    must(setenv("VT_ONE", MARK "1", 1) == 0 && setenv("VT_TWO", "2", 1) == 0 &&
         setenv("VT_EMPTY", "", 1) == 0 && setenv("VT-ODD", MARK, 1) == 0);
    check(vault_kv_from_environ(v, names, 3, &kv) == VAULT_OK && vault_kv_count(kv) == 3 &&
              kv_has(kv, "VT_ONE", MARK "1") && kv_has(kv, "VT_EMPTY", ""),
          "a set is made of the environment");
    vault_kv_free(kv);
    check(refuses(v, vault_kv_from_environ(v, some, 3, &kv), VAULT_ABSENT, "VT_GONE, VT_LOST") &&
              !strstr(vault_error(v), "VT_ONE") && !kv,
          "all that are not set stand in one error");
    check(refuses(v, vault_kv_from_environ(v, odd, 1, &kv), VAULT_INVALID, "'VT-ODD'"),
          "a variable that no key can be called is refused");
    check(vault_kv_from_environ(v, NULL, 0, &kv) == VAULT_OK && vault_kv_count(kv) == 0,
          "no names make an empty set");
    vault_kv_free(kv);
}

struct told {
    int count;
    char last[256];
};

static void hear(void *user, const char *sentence)
{
    struct told *told = user;

    told->count++;
    snprintf(told->last, sizeof told->last, "%s", sentence);
}

static void test_dialects(vault *v)
{
    struct told told = {0, ""};
    vault_kv *kv = NULL;

    write_text("dialect.env", "B=1\nA=" MARK "#c\n", strlen("B=1\nA=" MARK "#c\n"));
    vault_set_notice(v, hear, &told);
    check(vault_kv_from_dotenv(v, "dialect.env", NULL, NULL, &kv) == VAULT_OK &&
              kv_has(kv, "A", MARK "#c") && told.count == 1 &&
              strcmp(told.last, "line 2 of dialect.env: a # within a value is kept; for some "
                                "parsers it begins a comment") == 0,
          "a line that parsers read differently is told by its number");
    vault_kv_free(kv);
    check(vault_kv_from_dotenv(v, "dialect.env", NULL, "node", &kv) == VAULT_OK &&
              kv_has(kv, "A", MARK) && told.count == 1,
          "a dialect reads it its way");
    vault_kv_free(kv);
    check(refuses(v, vault_kv_from_dotenv(v, "dialect.env", NULL, "bash", &kv), VAULT_INVALID,
                  "no dialect") &&
              !kv,
          "a dialect that there is not");
    vault_set_notice(v, NULL, NULL);
}

static void test_dotenv(vault *v)
{
    static const char text[] = "# comment\nexport A='" MARK "'\nB=\"two\\nlines\"\n";
    static const char bad[] = "A=1\nB='" MARK "\n";
    vault_kv *kv = NULL;

    must(mkdir("deep", 0700) == 0 && mkdir("deep/er", 0700) == 0);
    write_text(".env", text, sizeof text - 1);
    check(vault_kv_from_dotenv(v, ".env", "deep/er", NULL, &kv) == VAULT_OK &&
              kv_has(kv, "A", MARK) && kv_has(kv, "B", "two\nlines"),
          "a dotenv file is searched upward from a folder");
    vault_kv_free(kv);
    check(vault_kv_from_dotenv(v, ".env", NULL, NULL, &kv) == VAULT_OK && vault_kv_count(kv) == 2,
          "or from this one");
    vault_kv_free(kv);
    write_text("deep/.env", "A=near\n", 7);
    check(vault_kv_from_dotenv(v, ".env", "deep/er", NULL, &kv) == VAULT_OK &&
              kv_has(kv, "A", "near"),
          "the nearest one is taken");
    vault_kv_free(kv);
    check(refuses(v, vault_kv_from_dotenv(v, "deep/er/.env", NULL, NULL, &kv), VAULT_ABSENT,
                  "deep/er/.env") &&
              !kv,
          "a name with a slash is not searched");
    check(refuses(v, vault_kv_from_dotenv(v, ".env.of-no-one", "deep", NULL, &kv), VAULT_ABSENT,
                  "there is no .env.of-no-one in deep or above it"),
          "one that is nowhere");
    check(refuses(v, vault_kv_from_dotenv(v, ".env", "no-folder", NULL, &kv), VAULT_ABSENT,
                  "no-folder"),
          "a start that is not there");
    write_text("bad.env", bad, sizeof bad - 1);
    check(refuses(v, vault_kv_from_dotenv(v, "./bad.env", NULL, NULL, &kv), VAULT_FORMAT,
                  "./bad.env: line 2: a quote that is not closed") &&
              !kv,
          "a malformed one is refused by its line, which is not repeated");
}

static void test_layers(vault *v)
{
    vault_kv *a = kv_of(v, "ONE", "a", "TWO", "a", NULL),
             *b = kv_of(v, "TWO", "b", "THREE", "b", NULL);
    const vault_kv *sets[] = {a, b};
    vault_kv *both = NULL;

    check(vault_kv_layer(v, sets, 2, &both) == VAULT_OK, "two sets are layered");
    vault_kv_free(a);
    vault_kv_free(b);
    check(vault_kv_count(both) == 3 && kv_has(both, "ONE", "a") && kv_has(both, "TWO", "b") &&
              kv_has(both, "THREE", "b"),
          "the later one wins, and the sets below may go");
    vault_kv_free(both);
    check(vault_kv_layer(v, NULL, 0, &both) == VAULT_OK && vault_kv_count(both) == 0,
          "no sets are an empty one");
    vault_kv_free(both);
}

/* --- secrets --- */

static void test_create(void)
{
    vault *v = open_as(&me, "vault.toml");
    vault_kv *kv = kv_of(v, "A", "replaced", NULL), *got = NULL;
    char *before;

    check(create(v, "dev", "stripe", "A", "one") == VAULT_OK, "a secret is created");
    check(holds(v, "dev", "stripe", "A", "one"), "and read before it is saved");
    before = text_of("vault.toml");
    check(!strstr(before, "stripe"), "nothing is written before vault_save");
    free(before);
    check(vault_save(v) == VAULT_OK && holds(v, "dev", "stripe", "A", "one"), "and after");

    before = text_of("vault.toml");
    check(refuses(v, vault_secret_create(v, "dev", "stripe", kv, VAULT_EXISTING_ERROR),
                  VAULT_EXISTS, "there is a secret stripe in dev already"),
          "one that exists is refused");
    check(vault_secret_create(v, "dev", "stripe", kv, VAULT_EXISTING_KEEP) == VAULT_OK &&
              vault_save(v) == VAULT_OK && stands_as("vault.toml", before),
          "or left, byte for byte");
    must(update(v, "dev", "stripe", "B", "two") == VAULT_OK);
    check(vault_secret_create(v, "dev", "stripe", kv, VAULT_EXISTING_REPLACE) == VAULT_OK &&
              vault_secret_get(v, "dev", "stripe", NULL, 0, &got) == VAULT_OK &&
              vault_kv_count(got) == 1 && kv_has(got, "A", "replaced"),
          "or replaced whole");
    vault_kv_free(got);
    check(vault_save(v) == VAULT_OK && verifies(v, "dev"), "and the vault verifies");
    check(
        refuses(v, create(v, "dev", "-no", "A", MARK), VAULT_INVALID, "is no name for a secret") &&
            refuses(v, create(v, "dev", "a.b", "A", MARK), VAULT_INVALID, "'a.b'") &&
            refuses(v, create(v, "dev", "", "A", MARK), VAULT_INVALID, "''"),
        "names that no secret can have");
    check(refuses(v, create(v, "nowhere", "a", "A", MARK), VAULT_ABSENT,
                  "there is no environment nowhere"),
          "in an environment that is not there");
    free(before);
    vault_kv_free(kv);
    vault_free(v);
}

static void test_get(void)
{
    static const char *const required[] = {"A", "GONE", "B", "LOST"};
    vault *v = open_as(&me, "vault.toml");
    vault_kv *kv = NULL;

    check(refuses(v, vault_secret_get(v, "dev", "stripe", required, 4, &kv), VAULT_ABSENT,
                  "not in dev/stripe: GONE, B, LOST") &&
              !kv,
          "all required keys that are missing stand in one error");
    check(vault_secret_get(v, "dev", "stripe", required, 1, &kv) == VAULT_OK &&
              kv_has(kv, "A", "replaced"),
          "none is missing");
    vault_kv_free(kv);
    check(refuses(v, vault_secret_get(v, "dev", "strip", NULL, 0, &kv), VAULT_ABSENT,
                  "there is no secret strip in dev") &&
              !kv,
          "a secret that is not there");
    check(refuses(v, vault_secret_get(v, "prod", "stripe", NULL, 0, &kv), VAULT_ABSENT,
                  "there is no environment prod"),
          "an environment that is not there");
    must(vault_secret_get(v, "dev", "stripe", NULL, 0, &kv) == VAULT_OK);
    vault_free(v);
    check(kv_has(kv, "A", "replaced"), "a set of values outlives the handle");
    vault_kv_free(kv);
}

/* The lines of a key in the file, as a new string. */
static char *lines_of(const char *text, const char *key)
{
    char start[80];
    const char *at, *end;

    snprintf(start, sizeof start, "\n%s = [", key);
    at = strstr(text, start);
    must(at != NULL);
    end = strchr(at, ']');
    must(end != NULL);
    return strndup(at + 1, (size_t)(end - at));
}

/* The name goes in front of the value, whatever room the two take. */
static void test_variables(void)
{
    static const size_t lengths[] = {1, 54, 55, 56, 57, 87, 88, 89, VAULT_VARIABLE_MAX};
    enum { COUNT = sizeof lengths / sizeof *lengths, LONG = 300 };
    char names[COUNT][VAULT_VARIABLE_MAX + 1], value[LONG + 1];
    char author[VAULT_AUTHOR_MAX + 1];
    vault_pair pairs[COUNT];
    vault *v = open_as(&me, "vault.toml");
    vault_kv *kv, *got;

    memset(value, 'v', LONG);
    value[LONG] = '\0';
    memset(author, 'a', VAULT_AUTHOR_MAX);
    for (size_t i = 0; i < COUNT; i++) {
        memset(names[i], (int)('A' + i), lengths[i]);
        names[i][lengths[i]] = '\0';
        pairs[i] = (vault_pair){names[i], value, i % 2 ? LONG : i};
    }
    must(vault_kv_from_pairs(v, pairs, COUNT, &kv) == VAULT_OK);
    check(strcmp(kv_variable(kv, 1) + lengths[1] + 1, value) == 0,
          "a set that was made has variables");
    for (size_t len = 0; len <= VAULT_AUTHOR_MAX; len += VAULT_AUTHOR_MAX) {
        bool good = true;

        author[len] = '\0';
        must(vault_set_author(v, author) == VAULT_OK &&
             vault_secret_create(v, "dev", "variables", kv, VAULT_EXISTING_REPLACE) == VAULT_OK &&
             vault_secret_get(v, "dev", "variables", NULL, 0, &got) == VAULT_OK);
        for (size_t i = 0; i < COUNT; i++) {
            struct buf wanted = {0};

            buf_printf(&wanted, "%s=%.*s", names[i], (int)pairs[i].len, value);
            buf_add(&wanted, "", 1);
            must(buf_ok(&wanted));
            good = good && strcmp(vault_kv_at(got, i).name, names[i]) == 0 &&
                   kv_has(got, names[i], wanted.data + lengths[i] + 1) &&
                   strcmp(kv_variable(got, i), wanted.data) == 0;
            buf_free(&wanted);
        }
        check(good, "names of 1 to 256 characters, an author of %zu: each is a variable", len);
        vault_kv_free(got);
        author[len] = 'a';
    }
    vault_discard(v);
    vault_kv_free(kv);
    vault_free(v);
}

static void test_update(void)
{
    vault *v = open_as(&me, "vault.toml");
    vault_kv *kv = kv_of(v, "A", "same", "C", "changed", "D", "new", NULL), *got = NULL;
    vault_kv *old = kv_of(v, "A", "same", "B", "kept", "C", "old", NULL);
    char *before, *after, *a, *b;

    must(vault_secret_create(v, "dev", "app", old, VAULT_EXISTING_ERROR) == VAULT_OK &&
         vault_save(v) == VAULT_OK);
    before = text_of("vault.toml");
    check(vault_secret_update(v, "dev", "app", kv) == VAULT_OK && vault_save(v) == VAULT_OK,
          "a secret is updated");
    check(vault_secret_get(v, "dev", "app", NULL, 0, &got) == VAULT_OK &&
              vault_kv_count(got) == 4 && kv_has(got, "A", "same") && kv_has(got, "B", "kept") &&
              kv_has(got, "C", "changed") && kv_has(got, "D", "new"),
          "keys that are not named are left alone");
    vault_kv_free(got);
    after = text_of("vault.toml");
    a = lines_of(before, "A");
    b = lines_of(after, "A");
    check(strcmp(a, b) == 0, "a value that is the same keeps its lines byte for byte");
    free(a);
    free(b);
    a = lines_of(before, "B");
    b = lines_of(after, "B");
    check(strcmp(a, b) == 0, "so does one that is not named");
    free(a);
    free(b);
    free(before);
    free(after);
    check(refuses(v, vault_secret_update(v, "dev", "nothing", kv), VAULT_ABSENT,
                  "there is no secret nothing in dev"),
          "the secret must exist");
    vault_kv_free(kv);
    vault_kv_free(old);
    vault_free(v);
}

static void test_diffs(void)
{
    vault *v = open_as(&me, "vault.toml");
    char *before = text_of("vault.toml"), *after;
    struct diff d;

    must(update(v, "dev", "app", "A", "another") == VAULT_OK && vault_save(v) == VAULT_OK);
    after = text_of("vault.toml");
    d = diff_of(before, after);
    check(d.out == 1 && d.in == 1, "to change a value is one line");
    free(before);
    before = after;

    must(update(v, "dev", "app", "BB", "between") == VAULT_OK && vault_save(v) == VAULT_OK);
    after = text_of("vault.toml");
    d = diff_of(before, after);
    check(d.out == 1 && d.in == 3, "to add a key is its two lines and the seal before them");
    free(before);
    before = after;

    must(vault_value_delete(v, "dev", "app", "BB", VAULT_MISSING_ERROR) == VAULT_OK &&
         vault_save(v) == VAULT_OK);
    after = text_of("vault.toml");
    d = diff_of(before, after);
    check(d.out == 3 && d.in == 1, "to delete it is the same");
    free(before);
    free(after);
    vault_free(v);
}

static void test_comments(void)
{
    vault *v;
    char *text = text_of("vault.toml"), *with = malloc(strlen(text) + 200), *after;
    char *at = strstr(text, "\nB = [");

    must(at && with);
    *at = '\0';
    sprintf(with, "%s\n\n# B is for the billing, by hand\n%s# the end\n", text, at + 1);
    write_text("vault.toml", with, strlen(with));
    v = open_as(&me, "vault.toml");
    must(update(v, "dev", "app", "B", "new") == VAULT_OK &&
         update(v, "dev", "app", "AA", "in front") == VAULT_OK && vault_save(v) == VAULT_OK);
    after = text_of("vault.toml");
    check(strstr(after, "\n\n# B is for the billing, by hand\nB = [") != NULL,
          "a comment stays above its key");
    check(strstr(after, "# the end\n") != NULL, "and one at the end at the end");
    must(vault_value_delete(v, "dev", "app", "B", VAULT_MISSING_ERROR) == VAULT_OK &&
         vault_save(v) == VAULT_OK);
    free(after);
    after = text_of("vault.toml");
    check(!strstr(after, "billing"), "and goes with it");
    vault_free(v);
    free(text);
    free(with);
    free(after);
}

static void test_value_get(void)
{
    vault *v = open_as(&me, "vault.toml");
    vault_kv *all = NULL, *one = NULL;
    vault_pair first;
    size_t len = 0;
    const char *value;

    must(vault_secret_get(v, "dev", "stripe", NULL, 0, &all) == VAULT_OK &&
         vault_kv_count(all) > 0);
    first = vault_kv_at(all, 0);
    check(vault_value_get(v, "dev", "stripe", first.name, &one) == VAULT_OK &&
              vault_kv_count(one) == 1,
          "one value is a set of one");
    value = vault_kv_get(one, first.name, &len);
    check(value && len == first.len && memcmp(value, first.value, len) == 0 && value[len] == '\0',
          "and it is the value that the secret has");
    vault_kv_free(one);
    check(refuses(v, vault_value_get(v, "dev", "stripe", "GONE", &one), VAULT_ABSENT,
                  "no variable GONE in dev/stripe") &&
              !one,
          "a value that is not there");
    check(refuses(v, vault_value_get(v, "dev", "nothing", "A", &one), VAULT_ABSENT, "nothing") &&
              refuses(v, vault_value_get(v, "none", "stripe", "A", &one), VAULT_ABSENT, "none") &&
              refuses(v, vault_value_get(v, "dev", "stripe", "no-key", &one), VAULT_INVALID,
                      "no-key"),
          "nor its secret, its environment, or a name that no key can have");
    vault_kv_free(all);
    vault_free(v);
}

static void test_delete(void)
{
    vault *v = open_as(&me, "vault.toml");
    char *before = text_of("vault.toml");
    vault_kv *kv = NULL;

    check(refuses(v, vault_secret_delete(v, "dev", "nothing", VAULT_MISSING_ERROR), VAULT_ABSENT,
                  "there is no secret nothing in dev"),
          "a secret that is not there cannot be deleted");
    check(vault_secret_delete(v, "dev", "nothing", VAULT_MISSING_IGNORE) == VAULT_OK &&
              vault_value_delete(v, "dev", "nothing", "A", VAULT_MISSING_IGNORE) == VAULT_OK &&
              vault_value_delete(v, "dev", "app", "GONE", VAULT_MISSING_IGNORE) == VAULT_OK &&
              vault_save(v) == VAULT_OK && stands_as("vault.toml", before),
          "unless it may be missing: then nothing is written");
    check(refuses(v, vault_secret_delete(v, "none", "app", VAULT_MISSING_IGNORE), VAULT_ABSENT,
                  "there is no environment none"),
          "an environment may not");
    check(refuses(v, vault_value_delete(v, "dev", "app", "GONE", VAULT_MISSING_ERROR), VAULT_ABSENT,
                  "no variable GONE in dev/app"),
          "a key that is not there");
    check(refuses(v, vault_value_delete(v, "dev", "app", "no-key", VAULT_MISSING_IGNORE),
                  VAULT_INVALID, "'no-key'"),
          "a name that no key can have");
    check(refuses(v, vault_secret_delete(v, "dev", "a b", VAULT_MISSING_IGNORE), VAULT_INVALID,
                  "'a b'"),
          "or no secret");
    check(vault_value_delete(v, "dev", "stripe", "A", VAULT_MISSING_ERROR) == VAULT_OK &&
              vault_secret_get(v, "dev", "stripe", NULL, 0, &kv) == VAULT_OK &&
              vault_kv_count(kv) == 0,
          "a secret without keys is still there");
    vault_kv_free(kv);
    check(vault_secret_delete(v, "dev", "stripe", VAULT_MISSING_ERROR) == VAULT_OK &&
              vault_save(v) == VAULT_OK && verifies(v, "dev") &&
              vault_secret_get(v, "dev", "stripe", NULL, 0, &kv) == VAULT_ABSENT,
          "a secret is deleted");
    free(before);
    vault_free(v);
}

static void test_rename_and_copy(void)
{
    vault *v = open_as(&me, "vault.toml");

    must(create(v, "dev", "aaa", "K", "v1") == VAULT_OK &&
         create(v, "dev", "mmm", "K", "v2") == VAULT_OK);
    check(vault_secret_rename(v, "dev", "aaa", "zzz") == VAULT_OK && vault_save(v) == VAULT_OK &&
              verifies(v, "dev") && holds(v, "dev", "zzz", "K", "v1"),
          "a secret is renamed, from the first place to the last");
    check(vault_secret_rename(v, "dev", "zzz", "bbb") == VAULT_OK && vault_save(v) == VAULT_OK &&
              verifies(v, "dev") && holds(v, "dev", "bbb", "K", "v1"),
          "and forward again");
    check(refuses(v, vault_secret_rename(v, "dev", "bbb", "mmm"), VAULT_EXISTS, "mmm in dev") &&
              refuses(v, vault_secret_rename(v, "dev", "aaa", "new"), VAULT_ABSENT, "aaa in dev") &&
              refuses(v, vault_secret_rename(v, "dev", "bbb", "n w"), VAULT_INVALID, "'n w'"),
          "not onto another, nor from nothing, nor to what is no name");
    check(vault_secret_copy(v, "dev", "bbb", "dev", "copy") == VAULT_OK &&
              vault_save(v) == VAULT_OK && verifies(v, "dev") &&
              holds(v, "dev", "copy", "K", "v1") && holds(v, "dev", "bbb", "K", "v1"),
          "a secret is copied");
    must(vault_env_create(v, "prod", "dev") == VAULT_OK);
    check(vault_secret_copy(v, "dev", "bbb", "prod", "bbb") == VAULT_OK &&
              vault_save(v) == VAULT_OK && verifies(v, "prod") &&
              holds(v, "prod", "bbb", "K", "v1"),
          "and to another environment");
    check(refuses(v, vault_secret_copy(v, "dev", "bbb", "prod", "bbb"), VAULT_EXISTS,
                  "bbb in prod") &&
              refuses(v, vault_secret_copy(v, "dev", "bbb", "none", "b"), VAULT_ABSENT, "none") &&
              refuses(v, vault_secret_copy(v, "none", "bbb", "dev", "b"), VAULT_ABSENT, "none"),
          "not onto another, nor to or from where nothing is");
    vault_free(v);
}

/* --- lists --- */

/* Three secrets, created in three years, which only a writer whose clock was wrong can do: the
 * seals of created-at are of no concern without a key. */
static void make_old_vault(void)
{
    static const char *const names[] = {"one", "two", "three"};
    vault *v = vault_new();
    char *text, *at;

    must(v != NULL);
    give_identity(v, &me);
    must(vault_create(v, "old.toml") == VAULT_OK && vault_env_create(v, "dev", NULL) == VAULT_OK &&
         vault_reader_add(v, "dev", "me", me.public_key) == VAULT_OK &&
         vault_set_author(v, "alice@example.com") == VAULT_OK);
    for (size_t i = 0; i < 3; i++)
        must(create(v, "dev", names[i], "K", "v") == VAULT_OK);
    must(update(v, "dev", "two", "L", "v") == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
    text = text_of("old.toml");
    at = text;
    for (char year = '1'; (at = strstr(at, "created-at = ")); year++)
        memcpy(at += 13, (char[]){'2', '0', '0', year}, 4);
    write_text("old.toml", text, strlen(text));
    free(text);
}

static void test_list_of(vault *v)
{
    vault_secrets *list = NULL;
    char date[VAULT_DATE_LEN + 1];
    int64_t in_2001 = 0, in_2003 = 0;

    must(vault_date_read(v, "2001-01-01T00:00:00Z", &in_2001) == VAULT_OK &&
         vault_date_read(v, "2003-01-01T00:00:00Z", &in_2003) == VAULT_OK);
    check(vault_secret_list(v, "dev", 0, 0, &list) == VAULT_OK && vault_secrets_count(list) == 3 &&
              strcmp(vault_secrets_at(list, 0)->name, "one") == 0 &&
              strcmp(vault_secrets_at(list, 1)->name, "three") == 0 &&
              strcmp(vault_secrets_at(list, 2)->name, "two") == 0,
          "secrets are listed without a key, in the file's order");
    check(vault_secrets_at(list, 0)->values == 1 && vault_secrets_at(list, 2)->values == 2 &&
              strcmp(vault_secrets_at(list, 0)->created_by, "alice@example.com") == 0 &&
              strncmp(vault_date_write(vault_secrets_at(list, 0)->created_at, date), "2001-", 5) ==
                  0,
          "with their keys' number, and when and by whom they were created");
    vault_release(list);
    for (size_t max = 1; max <= 4; max++) {
        check(vault_secret_list(v, "dev", 0, max, &list) == VAULT_OK &&
                  vault_secrets_count(list) == (max < 3 ? max : 3) &&
                  strcmp(vault_secrets_at(list, 0)->name, "one") == 0 &&
                  strcmp(vault_secrets_at(list, vault_secrets_count(list) - 1)->name,
                         max == 1   ? "one"
                         : max == 2 ? "three"
                                    : "two") == 0,
              "at most %zu of them", max);
        vault_release(list);
    }
    check(vault_secret_list(v, "dev", in_2003, 0, &list) == VAULT_OK &&
              vault_secrets_count(list) == 2 &&
              strcmp(vault_secrets_at(list, 0)->name, "one") == 0 &&
              strcmp(vault_secrets_at(list, 1)->name, "three") == 0,
          "those that were created before a date");
    vault_release(list);
    check(vault_secret_list(v, "dev", in_2003, 1, &list) == VAULT_OK &&
              vault_secrets_count(list) == 1 && strcmp(vault_secrets_at(list, 0)->name, "one") == 0,
          "and at most one of those");
    vault_release(list);
    check(vault_secret_list(v, "dev", in_2001, 0, &list) == VAULT_OK &&
              vault_secrets_count(list) == 0,
          "or none at all");
    vault_release(list);
    vault_release(NULL);
    check(refuses(v, vault_secret_list(v, "prod", 0, 0, &list), VAULT_ABSENT,
                  "there is no environment prod") &&
              refuses(v, vault_secret_list(v, "pr od", 0, 0, &list), VAULT_INVALID, "'pr od'"),
          "an environment that is not there, or cannot be");
}

static void test_list(void)
{
    vault *v;

    make_old_vault();
    v = open_as(NULL, "old.toml");
    test_list_of(v);
    vault_free(v);
}

static void test_key_list(void)
{
    vault *v = open_as(NULL, "old.toml");
    const char **names = NULL;
    size_t count = 0;

    check(vault_value_list(v, "dev", "two", &names, &count) == VAULT_OK && count == 2 &&
              strcmp(names[0], "K") == 0 && strcmp(names[1], "L") == 0,
          "keys are listed without a key to them");
    vault_release(names);
    check(refuses(v, vault_value_list(v, "dev", "four", &names, &count), VAULT_ABSENT,
                  "four in dev") &&
              refuses(v, vault_value_list(v, "none", "two", &names, &count), VAULT_ABSENT, "none"),
          "not those of nothing");
    vault_free(v);
}

static void test_info(void)
{
    vault *v = open_as(&me, "vault.toml");
    vault_values *list = NULL;
    vault_kv *kv = kv_of(v, "A", "1", "B", "2", NULL);
    int64_t first, start = (int64_t)time(NULL);

    must(vault_set_author(v, "alice@example.com") == VAULT_OK &&
         vault_secret_create(v, "dev", "info", kv, VAULT_EXISTING_ERROR) == VAULT_OK &&
         vault_save(v) == VAULT_OK);
    check(vault_secret_info(v, "dev", "info", &list) == VAULT_OK && vault_values_count(list) == 2 &&
              strcmp(vault_values_at(list, 0)->name, "A") == 0 &&
              strcmp(vault_values_at(list, 1)->name, "B") == 0 &&
              strcmp(vault_values_at(list, 0)->author, "alice@example.com") == 0,
          "info tells each key's author");
    first = vault_values_at(list, 0)->updated_at;
    check(first >= start && first <= (int64_t)time(NULL) &&
              vault_values_at(list, 1)->updated_at >= start,
          "and when it was changed");
    check(strcmp(vault_values_secret(list)->name, "info") == 0 &&
              strcmp(vault_values_secret(list)->created_by, "alice@example.com") == 0 &&
              vault_values_secret(list)->values == 2 &&
              vault_values_secret(list)->created_at >= start &&
              vault_values_secret(list)->created_at <= first,
          "and the secret's own");
    vault_release(list);
    while ((int64_t)time(NULL) <= first)
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    vault_kv_free(kv);
    kv = kv_of(v, "A", "1", "B", "3", NULL);
    must(vault_set_author(v, "bob") == VAULT_OK &&
         vault_secret_update(v, "dev", "info", kv) == VAULT_OK && vault_save(v) == VAULT_OK);
    check(vault_secret_info(v, "dev", "info", &list) == VAULT_OK &&
              vault_values_at(list, 0)->updated_at == first &&
              strcmp(vault_values_at(list, 0)->author, "alice@example.com") == 0,
          "a value that is the same keeps its date and author");
    check(vault_values_at(list, 1)->updated_at > first &&
              strcmp(vault_values_at(list, 1)->author, "bob") == 0 &&
              strcmp(vault_values_secret(list)->created_by, "alice@example.com") == 0,
          "one that is another gets new ones, and the secret keeps its own");
    vault_release(list);
    must(vault_secret_copy(v, "dev", "info", "dev", "info2") == VAULT_OK &&
         vault_save(v) == VAULT_OK);
    check(vault_secret_info(v, "dev", "info2", &list) == VAULT_OK &&
              vault_values_at(list, 0)->updated_at == first &&
              strcmp(vault_values_at(list, 1)->author, "bob") == 0,
          "they go along with a copy");
    vault_release(list);
    vault_kv_free(kv);
    vault_free(v);

    v = open_as(&me, "vault.toml");
    must(update(v, "dev", "info", "C", "x") == VAULT_OK && vault_save(v) == VAULT_OK &&
         vault_secret_info(v, "dev", "info", &list) == VAULT_OK);
    check(strcmp(vault_values_at(list, 2)->author, "me") == 0,
          "without an author it is the reader");
    vault_release(list);
    check(refuses(v, vault_secret_info(v, "dev", "none", &list), VAULT_ABSENT, "none in dev"),
          "there is no info of nothing");
    vault_free(v);
    v = open_as(NULL, "vault.toml");
    check(refuses(v, vault_secret_info(v, "dev", "info", &list), VAULT_NO_CREDENTIAL,
                  "no key was given that could open dev"),
          "it needs a key");
    vault_free(v);
}

static void test_values(void)
{
    vault *v = open_as(&me, "vault.toml");
    static const size_t sizes[] = {0, 1, 14, 15, 16, 31, 32, 33, 63, 64, 4096, VAULT_VALUE_MAX};
    char *bytes = malloc(VAULT_VALUE_MAX);
    bool good = bytes != NULL;

    must(good);
    randombytes_buf(bytes, VAULT_VALUE_MAX);
    must(create(v, "dev", "sizes", "K", "") == VAULT_OK);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && good; i++) {
        vault_kv *kv = NULL, *got = NULL;
        size_t len = 0;

        must(vault_kv_from_pairs(v, &(vault_pair){"K", bytes, sizes[i]}, 1, &kv) == VAULT_OK);
        good = vault_secret_update(v, "dev", "sizes", kv) == VAULT_OK &&
               vault_save(v) == VAULT_OK &&
               vault_secret_get(v, "dev", "sizes", NULL, 0, &got) == VAULT_OK &&
               vault_kv_get(got, "K", &len) && len == sizes[i] &&
               memcmp(vault_kv_get(got, "K", NULL), bytes, len) == 0 &&
               vault_kv_get(got, "K", NULL)[len] == '\0';
        vault_kv_free(kv);
        vault_kv_free(got);
    }
    check(good, "values of any bytes, of 0 to 1 MiB, come back with a zero byte behind them");
    must(vault_secret_delete(v, "dev", "sizes", VAULT_MISSING_ERROR) == VAULT_OK &&
         vault_save(v) == VAULT_OK);
    free(bytes);
    vault_free(v);
}

int main(void)
{
    vault *v;

    scene_begin();
    me = person_x25519();
    v = vault_new();
    must(v != NULL);
    test_dict(v);
    test_dict_refusals(v);
    test_local_environ(v);
    test_dotenv(v);
    test_dialects(v);
    test_layers(v);
    vault_free(v);

    make_vault("vault.toml", &me);
    test_create();
    test_get();
    test_value_get();
    test_variables();
    test_update();
    test_diffs();
    test_comments();
    test_delete();
    test_rename_and_copy();
    test_list();
    test_key_list();
    test_info();
    test_values();
    return tap_done();
}
