/* Proposals through the API: made without a key, opened, accepted, rejected, and what a rotation
 * and a rename do to them; and those that are refused. */
#include "scene.h"

static struct person me;

static const char VALUE[] = "a " MARK " value";

static vault *nobody_opens(void)
{
    vault *v = open_as(NULL, "vault.toml");

    must(vault_set_author(v, "eve") == VAULT_OK);
    return v;
}

static void fingerprint_of(const char *env, char print[VAULT_FINGERPRINT_LEN + 1])
{
    char known[VAULT_FINGERPRINT_LEN + 1];
    int older;
    vault *v = nobody_opens();

    must(vault_shown_state(v, env, print, known, &older) == VAULT_OK && !known[0] && !older);
    vault_free(v);
}

/* Proposes as somebody without a key, and returns the entry, which the caller frees. */
static char *propose(const char *env, const char *secret, const char *name, const char *value)
{
    char print[VAULT_FINGERPRINT_LEN + 1], *entry = NULL;
    const char **before, **after;
    size_t count, total, now;
    vault *v = nobody_opens();

    fingerprint_of(env, print);
    must(vault_pin(v, env, print) == VAULT_OK);
    must(vault_proposal_list(v, env, 0, &before, &count, &total) == VAULT_OK && count == total);
    must(vault_propose(v, env, secret, name, value, strlen(value)) == VAULT_OK);
    must(vault_save(v) == VAULT_OK);
    must(vault_proposal_list(v, env, 0, &after, &now, &total) == VAULT_OK && now == count + 1);
    for (size_t i = 0; i < now && !entry; i++)
        if (i == count || strcmp(before[i], after[i]) != 0)
            entry = strdup(after[i]);
    must(entry != NULL);
    vault_release(before);
    vault_release(after);
    vault_free(v);
    return entry;
}

/* How many there are. */
static size_t waiting(vault *v, const char *env)
{
    const char **entries;
    size_t count, total;

    must(vault_proposal_list(v, env, 0, &entries, &count, &total) == VAULT_OK);
    vault_release(entries);
    return total;
}

/* The only proposal, opened. */
static bool has_one(vault *v, const char *env, const char *path, vault_proposal **about,
                    vault_kv **value)
{
    const char **entries;
    size_t count, total;
    bool good;

    *about = NULL;
    *value = NULL;
    must(vault_proposal_list(v, env, 1, &entries, &count, &total) == VAULT_OK);
    good = total == 1 && count == 1 && strncmp(entries[0], path, strlen(path)) == 0 &&
           vault_proposal_open(v, env, entries[0], about, value) == VAULT_OK;
    if (!good)
        printf("# %zu, %s: %s\n", total, count ? entries[0] : "", vault_error(v));
    vault_release(entries);
    return good;
}

static void let_go(vault_proposal *about, vault_kv *value)
{
    vault_release(about);
    vault_kv_free(value);
}

static void start(void)
{
    vault *v;

    remove("vault.toml");
    make_vault("vault.toml", &me);
    v = open_as(&me, "vault.toml");
    must(vault_set_author(v, "me") == VAULT_OK);
    must(create(v, "dev", "app", "A", "old") == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_free(v);
}

/* ---- the key ---- */

static void test_key(void)
{
    char print[VAULT_FINGERPRINT_LEN + 1], known[VAULT_FINGERPRINT_LEN + 1];
    char other[VAULT_FINGERPRINT_LEN + 1];
    char *before;
    int older;
    vault *v, *reader;

    start();
    before = text_of("vault.toml");
    fingerprint_of("dev", print);
    v = nobody_opens();
    check(refuses(v, vault_propose(v, "dev", "app", "A", VALUE, 5), VAULT_INTEGRITY, print) &&
              vault_error_reason(v) == VAULT_REASON_KEY_NOT_ACCEPTED,
          "nothing is sealed to a key that nobody has accepted");
    check(stands_as("vault.toml", before), "and nothing is written");
    must(vault_pins_use(v, "pins", 0) == VAULT_OK);
    check(vault_propose_check(v, "dev") == VAULT_INTEGRITY &&
              vault_error_reason(v) == VAULT_REASON_KEY_NOT_ACCEPTED,
          "nor with pins that do not know it");
    check(vault_shown_trust(v, "dev") == VAULT_OK && vault_propose_check(v, "dev") == VAULT_OK,
          "a person can accept it without a key");
    check(vault_propose(v, "dev", "app", "A", VALUE, 5) == VAULT_OK && vault_save(v) == VAULT_OK,
          "and then propose");

    reader = open_as(&me, "vault.toml");
    must(vault_fingerprint(reader, "dev", known) == VAULT_OK);
    check(strcmp(print, known) == 0, "the fingerprint is the one that readers see");
    must(vault_rotate(reader, "dev", VAULT_PAST_KEEP) == VAULT_OK &&
         vault_save(reader) == VAULT_OK);
    must(vault_open(v, "vault.toml") == VAULT_OK);
    check(refuses(v, vault_propose(v, "dev", "app", "A", VALUE, 5), VAULT_INTEGRITY, "key") &&
              vault_error_reason(v) == VAULT_REASON_KEY_REPLACED,
          "another key is refused, even after a rotation");
    check(vault_shown_state(v, "dev", other, known, &older) == VAULT_OK &&
              strcmp(known, print) == 0 && strcmp(other, print) != 0 && !older,
          "both can be shown");
    check(vault_shown_trust(v, "dev") == VAULT_OK && vault_propose_check(v, "dev") == VAULT_OK,
          "until it is trusted");
    write_text("vault.toml", before, strlen(before));
    must(vault_open(v, "vault.toml") == VAULT_OK);
    check(vault_propose_check(v, "dev") == VAULT_INTEGRITY &&
              vault_error_reason(v) == VAULT_REASON_KEY_OLDER,
          "the older one is refused again");
    check(vault_shown_trust(v, "dev") == VAULT_INTEGRITY &&
              vault_error_reason(v) == VAULT_REASON_KEY_GOES_BACK,
          "and not trusted without its name");
    must(vault_pin(v, "dev", other) == VAULT_OK);
    check(refuses(v, vault_propose_check(v, "dev"), VAULT_INTEGRITY, "asked for"),
          "a pin that was given is compared");
    vault_free(reader);
    vault_free(v);
    free(before);
}

/* ---- accepting ---- */

static void test_accept(void)
{
    vault_proposal *about;
    vault_values *values;
    vault_kv *value;
    char *entry;
    vault *v;

    start();
    entry = propose("dev", "app", "A", VALUE);
    v = open_as(&me, "vault.toml");
    must(vault_set_author(v, "me") == VAULT_OK);
    check(verifies(v, "dev") && holds(v, "dev", "app", "A", "old"), "it changes nothing by itself");
    check(vault_proposal_open(v, "dev", entry, &about, &value) == VAULT_OK &&
              kv_has(value, "A", VALUE) && strcmp(about->author, "eve") == 0 && !about->old &&
              strcmp(about->secret, "app") == 0 && strcmp(about->name, "A") == 0,
          "a reader opens it");
    check(vault_proposal_accept(v, "dev", entry, value) == VAULT_OK && waiting(v, "dev") == 0 &&
              vault_save(v) == VAULT_OK && holds(v, "dev", "app", "A", VALUE),
          "and accepts it");
    let_go(about, value);
    must(vault_secret_info(v, "dev", "app", &values) == VAULT_OK);
    check(strcmp(vault_values_at(values, 0)->author, "me") == 0 &&
              vault_values_at(values, 0)->kind == VAULT_KIND_SEALED,
          "its author is the one who accepted it");
    vault_release(values);
    check(refuses(v, vault_proposal_accept(v, "dev", entry, NULL), VAULT_ABSENT, "no proposal"),
          "once");
    free(entry);
    vault_free(v);
}

static void test_new_ones(void)
{
    vault_proposal *about;
    vault_kv *value;
    char *entry;
    vault *v;

    start();
    entry = propose("dev", "new", "B", "{{ A }}");
    v = open_as(&me, "vault.toml");
    check(has_one(v, "dev", "new/B/", &about, &value) &&
              about->caution == VAULT_CAUTION_NO_VARIABLE,
          "that there is no such variable is said");
    let_go(about, value);
    check(vault_proposal_accept(v, "dev", entry, NULL) == VAULT_OK && vault_save(v) == VAULT_OK &&
              holds(v, "dev", "new", "B", "{{ A }}"),
          "the secret is made, and braces are text");
    free(entry);
    entry = propose("dev", "new", "B", "y");
    must(vault_open(v, "vault.toml") == VAULT_OK && update(v, "dev", "new", "B", "later") == 0 &&
         vault_save(v) == VAULT_OK);
    check(has_one(v, "dev", "new/B/", &about, &value) && about->caution == VAULT_CAUTION_NOT_LATER,
          "that it is not later than what stands, too");
    let_go(about, value);
    check(vault_proposal_accept(v, "dev", entry, NULL) == VAULT_OK &&
              holds(v, "dev", "new", "B", "y"),
          "it can be accepted");
    must(vault_save(v) == VAULT_OK);
    vault_free(v);
    free(entry);
}

/* What was shown is what is accepted. */
static void test_swapped(void)
{
    char *first, *second, *text, *from, *to;
    vault_proposal *about;
    vault_kv *value;
    vault *v;

    start();
    first = propose("dev", "app", "A", VALUE);
    second = propose("dev", "app", "A", "evil");
    v = open_as(&me, "vault.toml");
    must(vault_proposal_open(v, "dev", first, &about, &value) == VAULT_OK);
    text = text_of("vault.toml");
    from = strstr(text, first);
    to = strstr(text, second);
    must(from && to);
    memcpy(from, second, strlen(second));
    memcpy(to, first, strlen(first));
    write_text("vault.toml", text, strlen(text));
    check(refuses(v, vault_proposal_accept(v, "dev", first, value), VAULT_INTEGRITY, "shown"),
          "another value under the same name is not accepted");
    let_go(about, value);
    vault_free(v);
    free(text);
    free(first);
    free(second);
}

static void test_reject(void)
{
    vault *v;
    char *entry;

    start();
    entry = propose("dev", "app", "A", VALUE);
    v = nobody_opens();
    check(vault_proposal_reject(v, "dev", entry) == VAULT_OK && vault_save(v) == VAULT_OK &&
              waiting(v, "dev") == 0,
          "rejecting needs no key");
    check(refuses(v, vault_proposal_reject(v, "dev", entry), VAULT_ABSENT, "no proposal"), "once");
    vault_free(v);
    free(entry);
}

/* ---- those that are refused ---- */

/* Replaces a part of the file's text. */
static void edit_file(const char *from, const char *to)
{
    char *text = text_of("vault.toml"), *at = strstr(text, from);
    struct buf out = {0};

    must(at != NULL);
    buf_add(&out, text, (size_t)(at - text));
    buf_add_text(&out, to);
    buf_add_text(&out, at + strlen(from));
    write_text("vault.toml", out.data, out.len);
    buf_free(&out);
    free(text);
}

static bool is_refused(const char *env, const char *entry, const char *words)
{
    vault_proposal *about;
    vault_kv *value;
    vault *v = open_as(&me, "vault.toml");
    bool good =
        refuses(v, vault_proposal_open(v, env, entry, &about, &value), VAULT_INTEGRITY, words) &&
        refuses(v, vault_proposal_accept(v, env, entry, NULL), VAULT_INTEGRITY, words) &&
        holds(v, "dev", "app", "A", "old") && verifies(v, "dev") &&
        update(v, "dev", "app", "B", "x") == VAULT_OK && vault_save(v) == VAULT_OK &&
        vault_proposal_reject(v, env, entry) == VAULT_OK && vault_save(v) == VAULT_OK &&
        waiting(v, env) == 0;

    vault_free(v);
    return good;
}

static void test_refused(void)
{
    char *entry, *line, *end, *whole;
    vault *v;

    start();
    entry = propose("dev", "app", "A", VALUE);
    entry[4] = 'B';
    edit_file("\"app/A/", "\"app/B/");
    check(is_refused("dev", entry, "another place"), "one that was moved to another name");
    free(entry);

    start();
    edit_file("[vault.env.dev.inbox]\n", "[vault.env.dev.inbox]\n\"app/A/00000000\" = \"AAAA\"\n");
    check(is_refused("dev", "app/A/00000000", "malformed"), "one that is no age file");

    start();
    entry = propose("dev", "app", "A", VALUE);
    whole = text_of("vault.toml");
    line = strstr(whole, entry);
    must(line && (end = strchr(line, '\n')));
    line--;
    *end = '\0';
    start();
    must((v = open_as(&me, "vault.toml")) != NULL);
    vault_free(v);
    {
        char *inserted = malloc(strlen(line) + 64);

        must(inserted != NULL);
        sprintf(inserted, "[vault.env.dev.inbox]\n%s\n", line);
        edit_file("[vault.env.dev.inbox]\n", inserted);
        free(inserted);
    }
    check(is_refused("dev", entry, "none of its keys"), "one of another vault");
    free(whole);
    free(entry);
}

static void test_limits(void)
{
    static char most[65536];
    char print[VAULT_FINGERPRINT_LEN + 1];
    size_t longest = 0;
    vault *v;

    start();
    fingerprint_of("dev", print);
    memset(most, 'x', sizeof most);
    v = open_as(&me, "vault.toml");
    must(vault_pin(v, "dev", print) == VAULT_OK);
    check(refuses(v, vault_propose(v, "dev", "app", "A", most, sizeof most), VAULT_INVALID, "long"),
          "one over 64 KiB is refused");
    for (size_t len = sizeof most - 600; len < sizeof most && !longest; len += 32)
        if (vault_propose(v, "dev", "app", "A", most, len) != VAULT_OK)
            longest = len - 32;
    check(longest > 0 && vault_save(v) == VAULT_OK && waiting(v, "dev") > 0,
          "the file with the longest is saved (%zu bytes)", longest);
    check(refuses(v, vault_propose(v, "dev", "a b", "A", "x", 1), VAULT_INVALID, "name") &&
              refuses(v, vault_propose(v, "dev", "app", "A/B", "x", 1), VAULT_INVALID, "name"),
          "names are names");
    check(refuses(v, vault_propose(v, "none", "app", "A", "x", 1), VAULT_ABSENT, "none"),
          "and the environment is there");
    vault_free(v);
}

/* ---- rotations and renames ---- */

static char said[1024];

static void hear(void *user, const char *sentence)
{
    (void)user;
    snprintf(said, sizeof said, "%s", sentence);
}

static void test_rotation(void)
{
    vault_proposal *about;
    vault_kv *value;
    char print[VAULT_FINGERPRINT_LEN + 1];
    char *entry;
    vault *v;

    start();
    entry = propose("dev", "app", "A", VALUE);
    fingerprint_of("dev", print);
    v = open_as(&me, "vault.toml");
    must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK && vault_save(v) == VAULT_OK);
    check(has_one(v, "dev", "app/A/", &about, &value) && about->old &&
              strcmp(about->fingerprint, print) == 0 && kv_has(value, "A", VALUE),
          "one of before a rotation opens, and is marked");
    let_go(about, value);
    must(vault_env_rename(v, "dev", "prod") == VAULT_OK && vault_save(v) == VAULT_OK);
    check(has_one(v, "prod", "app/A/", &about, &value) && about->old &&
              strcmp(about->fingerprint, print) == 0 && kv_has(value, "A", VALUE) &&
              strcmp(about->author, "eve") == 0,
          "and after a rename of the environment");
    let_go(about, value);
    must(vault_rotate(v, "prod", VAULT_PAST_FORGET) == VAULT_OK && vault_save(v) == VAULT_OK);
    check(refuses(v, vault_proposal_open(v, "prod", entry, &about, &value), VAULT_INTEGRITY,
                  "none") &&
              waiting(v, "prod") == 1,
          "but not without the past");
    vault_set_notice(v, hear, NULL);
    must(vault_env_rename(v, "prod", "dev") == VAULT_OK && vault_save(v) == VAULT_OK);
    check(strstr(said, entry) && waiting(v, "dev") == 0, "then a rename drops it, by name");
    vault_free(v);
    free(entry);
}

static void test_renames(void)
{
    vault_proposal *about;
    vault_kv *value;
    char *entry;
    vault *v;

    start();
    entry = propose("dev", "app", "A", VALUE);
    free(propose("dev", "other", "A", "x"));
    v = open_as(&me, "vault.toml");
    must(vault_secret_rename(v, "dev", "app", "web") == VAULT_OK && vault_save(v) == VAULT_OK);
    memcpy(entry, "web", 3);
    check(vault_proposal_open(v, "dev", entry, &about, &value) == VAULT_OK &&
              kv_has(value, "A", VALUE) && !about->old && waiting(v, "dev") == 2,
          "the rename of a secret takes its proposals along");
    let_go(about, value);
    must(vault_proposal_carry(v, "dev", "web", "A", "app", "C") == VAULT_OK &&
         vault_save(v) == VAULT_OK);
    memcpy(entry, "app/C", 5);
    check(vault_proposal_open(v, "dev", entry, &about, &value) == VAULT_OK &&
              kv_has(value, "C", VALUE) && waiting(v, "dev") == 2,
          "and so can a caller");
    let_go(about, value);
    vault_free(v);
    free(entry);
}

int main(void)
{
    scene_begin();
    me = person_x25519();
    test_key();
    test_accept();
    test_new_ones();
    test_swapped();
    test_reject();
    test_refused();
    test_limits();
    test_rotation();
    test_renames();
    return tap_done();
}
