/* libvault: arguments that can never be right. Every function is given NULL for each of its
 * pointers in turn; what it returns through a pointer is empty after every error; and what was
 * changed before is still there. tests/build/man3.t holds that no function of vault.h is left out
 * here. */
#include "scene.h"

static struct person me, you;

/* --- NULL, for each pointer in turn --- */

enum { POINTERS = 8 };

static void *p[POINTERS]; /* what a call is made with */
static const char *called;
static int calls, refused;

static void must_be_invalid(vault_err code, size_t place)
{
    calls++;
    refused += code == VAULT_INVALID;
    if (code != VAULT_INVALID)
        printf("# %s: NULL as pointer %zu is %d\n", called, place, (int)code);
    if (p[0] && code == VAULT_INVALID && !is_sentence(vault_error(p[0])))
        printf("# %s: NULL as pointer %zu has no sentence\n", called, place);
}

/* call uses p[0], p[1], … for the pointers listed behind it, all of which are needed. */
#define EACH_NULL(call, ...)                                    \
    do {                                                        \
        void *all[] = {__VA_ARGS__};                            \
                                                                \
        called = #call;                                         \
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) { \
            memcpy(p, all, sizeof all);                         \
            p[i] = NULL;                                        \
            must_be_invalid(call, i);                           \
        }                                                       \
    } while (0)

static void tell(void *user, const char *sentence)
{
    (void)user;
    (void)sentence;
}

static void tell_difference(void *user, const vault_difference *difference)
{
    (void)user;
    (void)difference;
}

static int no_answer(void *user, const char *env, const char *readers, int attempt, char *answer,
                     size_t size)
{
    (void)user;
    (void)env;
    (void)readers;
    (void)attempt;
    if (size > 0)
        answer[0] = '\0';
    return -1;
}

static void test_before_opening(vault *v, vault *other)
{
    char *key;
    int64_t date;
    vault_kv *kv;
    vault_identities *identities;

    calls = refused = 0;
    EACH_NULL(vault_date_read(p[0], p[1], p[2]), v, "2026-01-31T12:00:00Z", &date);
    EACH_NULL(vault_add_identity(p[0], p[1], 0), v, me.identity);
    EACH_NULL(vault_add_identity_file(p[0], p[1]), v, "key");
    EACH_NULL(vault_add_passphrase(p[0], p[1], 0), v, "x");
    EACH_NULL(vault_add_keys_of(p[0], p[1], "dev"), v, other);
    EACH_NULL(vault_add_credentials_of(p[0], p[1]), v, other);
    EACH_NULL(vault_identity_create(p[0], p[1]), v, "new-key");
    EACH_NULL(vault_identity_create_sealed(p[0], p[1], p[2], 1, p[3]), v, "new-key", "x", &key);
    EACH_NULL(vault_open_identity(p[0]), v);
    EACH_NULL(vault_set_post_quantum(p[0], 0), v);
    EACH_NULL(vault_set_dotenv(p[0], 0), v);
    EACH_NULL(vault_identity_list(p[0], NULL, p[1]), v, &identities);
    EACH_NULL(vault_public_key(p[0], p[1]), v, &key);
    EACH_NULL(vault_identity_of(p[0], "dev", p[1]), v, &kv);
    EACH_NULL(vault_public_key_read(p[0], p[1], p[2]), v, me.public_key, &key);
    EACH_NULL(vault_set_work_factor(p[0], 18), v);
    EACH_NULL(vault_set_author(p[0], p[1]), v, "me");
    EACH_NULL(vault_pins_use(p[0], "pins", 0), v);
    EACH_NULL(vault_pin(p[0], "dev", NULL), v);
    EACH_NULL(vault_open(p[0], p[1]), v, "vault.toml");
    EACH_NULL(vault_open_bytes(p[0], p[1], 0), v, "");
    EACH_NULL(vault_create(p[0], p[1]), v, "new.toml");
    EACH_NULL(vault_lock(p[0], -1), v);
    EACH_NULL(vault_save(p[0]), v);
    check(refused == calls, "%d NULLs are refused around opening (%d)", calls, refused);
    check(vault_pins_use(v, "pins", 4) == VAULT_INVALID, "and a flag that there is not");
}

static void test_values(vault *v, vault_kv *kv)
{
    const char *const hole[] = {"A", NULL};
    const vault_pair nameless[] = {{NULL, "x", 1}};
    const vault_kv *const sets[] = {kv, NULL};
    vault_kv *out;
    const char **names;
    char *text;
    vault_secrets *secrets;
    vault_values *values;
    vault_marks *marks;
    size_t count;
    const vault_existing replace = VAULT_EXISTING_REPLACE;

    calls = refused = 0;
    EACH_NULL(vault_kv_from_pairs(p[0], NULL, 0, p[1]), v, &out);
    EACH_NULL(vault_kv_from_pairs(p[0], p[1], 1, &out), v, (void *)&(vault_pair){"A", "x", 1});
    EACH_NULL(vault_kv_from_environ(p[0], p[1], 1, p[2]), v, (void *)hole, &out);
    EACH_NULL(vault_kv_from_dotenv(p[0], p[1], NULL, NULL, p[2]), v, "./.env", &out);
    EACH_NULL(vault_kv_from_dotenv_expanded(p[0], p[1], NULL, p[2]), v, "./.env", &out);
    EACH_NULL(vault_kv_block(p[0], p[1], p[2]), v, kv, &out);
    EACH_NULL(vault_kv_layer(p[0], p[1], 1, p[2]), v, (void *)sets, &out);
    EACH_NULL(vault_secret_get(p[0], "dev", p[1], NULL, 0, p[2]), v, "app", &out);
    EACH_NULL(vault_secret_get(p[0], "dev", p[1], p[2], 1, &out), v, "app", (void *)hole);
    EACH_NULL(vault_secret_stored(p[0], "dev", p[1], p[2]), v, "app", &out);
    EACH_NULL(vault_value_get(p[0], "dev", p[1], p[2], p[3]), v, "app", "A", &out);
    EACH_NULL(vault_secret_create(p[0], "dev", p[1], p[2], replace), v, "app", kv);
    EACH_NULL(vault_secret_update(p[0], "dev", p[1], p[2]), v, "app", kv);
    EACH_NULL(vault_secret_delete(p[0], "dev", p[1], VAULT_MISSING_IGNORE), v, "app");
    EACH_NULL(vault_value_delete(p[0], "dev", p[1], p[2], VAULT_MISSING_IGNORE), v, "app", "A");
    EACH_NULL(vault_secret_rename(p[0], "dev", p[1], p[2]), v, "app", "new");
    EACH_NULL(vault_secret_copy(p[0], "dev", p[1], "dev", p[2]), v, "app", "new");
    EACH_NULL(vault_secret_list(p[0], "dev", 0, 0, p[1]), v, &secrets);
    EACH_NULL(vault_secret_info(p[0], "dev", p[1], p[2]), v, "app", &values);
    EACH_NULL(vault_value_list(p[0], "dev", p[1], p[2], p[3]), v, "app", (void *)&names, &count);
    EACH_NULL(vault_mark_list(p[0], "dev", "app", p[1]), v, &marks);
    EACH_NULL(vault_kv_set_kind(p[0], p[1], p[2], VAULT_KIND_OPEN), v, kv, "A");
    EACH_NULL(vault_open_text(p[0], "dev", p[1], p[2], p[3]), v, "app", "A", &text);
    check(vault_kv_kind(NULL, "A") == VAULT_KIND_ANY && vault_kv_kind(kv, NULL) == VAULT_KIND_ANY,
          "a set that is not there has no kinds");
    check(refused == calls, "%d among values and secrets (%d)", calls, refused);
    check(vault_kv_from_environ(v, hole, 2, &out) == VAULT_INVALID && !out &&
              vault_secret_get(v, "dev", "app", hole, 2, &out) == VAULT_INVALID && !out &&
              vault_kv_from_pairs(v, nameless, 1, &out) == VAULT_INVALID && !out &&
              vault_kv_layer(v, sets, 2, &out) == VAULT_INVALID && !out,
          "and within arrays");
    check(vault_secret_create(v, "dev", "app", kv, (vault_existing)7) == VAULT_INVALID &&
              vault_secret_delete(v, "dev", "app", (vault_missing)7) == VAULT_INVALID &&
              vault_value_delete(v, "dev", "app", "A", (vault_missing)-1) == VAULT_INVALID &&
              vault_rotate(v, "dev", (vault_past)2) == VAULT_INVALID,
          "so is a number that is no choice");
}

static void test_environments(vault *v)
{
    char print[VAULT_FINGERPRINT_LEN + 1], other[VAULT_FINGERPRINT_LEN + 1], *key, *text;
    const char **names;
    vault_readers *readers;
    vault_past_keys *past;
    vault_proposal *about;
    vault_kv *value;
    size_t count, len;
    int older;

    calls = refused = 0;
    EACH_NULL(vault_env_list(p[0], p[1], p[2]), v, (void *)&names, &count);
    EACH_NULL(vault_env_create(p[0], p[1], NULL), v, "new");
    EACH_NULL(vault_env_delete(p[0], p[1]), v, "dev");
    EACH_NULL(vault_env_rename(p[0], p[1], p[2]), v, "dev", "new");
    EACH_NULL(vault_env_copy(p[0], p[1], p[2]), v, "dev", "new");
    EACH_NULL(vault_fingerprint(p[0], "dev", p[1]), v, print);
    EACH_NULL(vault_rotate(p[0], "dev", VAULT_PAST_KEEP), v);
    EACH_NULL(vault_pin_state(p[0], "dev", p[1], p[2], p[3]), v, print, other, &older);
    EACH_NULL(vault_trust(p[0], "dev"), v);
    EACH_NULL(vault_reader_add(p[0], "dev", p[1], p[2]), v, "you", you.public_key);
    EACH_NULL(vault_reader_add_passphrase(p[0], "dev", p[1], NULL, 0), v, "you");
    EACH_NULL(vault_passphrase_key(p[0], "dev", p[1], p[2]), v, "you", &key);
    EACH_NULL(vault_reader_replace(p[0], p[1], p[2]), v, "me", you.public_key);
    EACH_NULL(vault_passphrase_change(p[0], p[1], p[2], 1), v, "me", "x");
    EACH_NULL(vault_reader_remove(p[0], "dev", p[1]), v, "me");
    EACH_NULL(vault_reader_leave(p[0], "dev", p[1]), v, "me");
    EACH_NULL(vault_reader_list(p[0], "dev", p[1]), v, &readers);
    EACH_NULL(vault_past_list(p[0], "dev", p[1]), v, &past);
    EACH_NULL(vault_propose(p[0], "dev", p[1], p[2], p[3], 1), v, "app", "A", "x");
    EACH_NULL(vault_propose_check(p[0], "dev"), v);
    EACH_NULL(vault_shown_state(p[0], "dev", p[1], p[2], p[3]), v, print, other, &older);
    EACH_NULL(vault_shown_trust(p[0], "dev"), v);
    EACH_NULL(vault_proposal_list(p[0], "dev", 0, p[1], p[2], p[3]), v, (void *)&names, &count,
              &len);
    EACH_NULL(vault_proposal_open(p[0], "dev", p[1], p[2], p[3]), v, "app/A/00000000",
              (void *)&about, &value);
    EACH_NULL(vault_proposal_accept(p[0], "dev", p[1], NULL), v, "app/A/00000000");
    EACH_NULL(vault_proposal_reject(p[0], "dev", p[1]), v, "app/A/00000000");
    EACH_NULL(vault_proposal_carry(p[0], "dev", p[1], p[2], p[3], p[4]), v, "app", "A", "new", "B");
    EACH_NULL(vault_verify(p[0], "dev", tell, NULL), v);
    EACH_NULL(vault_text(p[0], p[1], p[2]), v, &text, &len);
    check(refused == calls, "%d among environments and readers (%d)", calls, refused);
}

static void test_versions(vault *v)
{
    vault_merging how = {.size = sizeof how, .ours = "", .theirs = ""},
                  nothing = {.size = sizeof nothing};
    vault_merging unsized = {.ours = "", .theirs = ""};
    vault_conflict conflict = {.kind = "value"};
    vault_kv *ours, *theirs;
    char *text;

    calls = refused = 0;
    EACH_NULL(vault_merge(p[0], p[1], NULL, NULL), v, &how);
    EACH_NULL(vault_conflict_values(p[0], p[1], p[2], p[3]), v, &conflict, &ours, &theirs);
    check(refused == calls, "%d in merging (%d)", calls, refused);
    check(vault_merge(v, &how, &text, NULL) == VAULT_INVALID && !text &&
              vault_merge(v, &nothing, NULL, NULL) == VAULT_INVALID &&
              vault_merge(v, &unsized, NULL, NULL) == VAULT_INVALID &&
              vault_conflict_values(v, &conflict, &ours, &theirs) == VAULT_INVALID,
          "and what lacks a version, a length, or is no conflict of a merge");
    check(vault_compare(NULL, NULL, "dev", tell_difference, NULL) == VAULT_INVALID &&
              vault_compare(v, NULL, "dev", NULL, NULL) == VAULT_INVALID,
          "nothing is compared with nothing, nor with nobody to tell");
}

static void test_defaults(vault *v)
{
    const vault_credential_file file = {NULL, 0};
    const char *const hole[] = {NULL}, **paths;
    vault_overrides files = {.size = sizeof files, .credentials = &file, .credential_count = 1},
                    pins = {.size = sizeof pins, .pins = hole, .pin_count = 1};
    vault_kv *kv;
    char *path;
    size_t count;

    calls = refused = 0;
    EACH_NULL(vault_open_default(p[0], "dev", NULL), v);
    EACH_NULL(vault_find_default(p[0], "dev", NULL), v);
    EACH_NULL(vault_add_default_credentials(p[0], NULL), v);
    EACH_NULL(vault_set_default_env(p[0], p[1]), v, "dev");
    EACH_NULL(vault_default_files(p[0], p[1], p[2]), v, (void *)&paths, &count);
    EACH_NULL(vault_passphrase_given(p[0], p[1]), v, &kv);
    check(refused == calls, "%d by default (%d)", calls, refused);
    check(vault_find_default(v, NULL, &files) == VAULT_INVALID &&
              vault_find_default(v, NULL, &pins) == VAULT_INVALID,
          "and within arrays");
    check(!vault_default_file(NULL) && strcmp(vault_default_env(NULL), VAULT_ENV_DEFAULT) == 0,
          "nothing was found without a handle");
    path = (char *)v;
    check(vault_default_path(VAULT_FOLDER_STATE, NULL, &path) == VAULT_INVALID && !path &&
              vault_default_path(VAULT_FOLDER_STATE, "x", NULL) == VAULT_INVALID &&
              vault_default_path((vault_folder)7, "x", &path) == VAULT_INVALID && !path,
          "nor has no file a place");
}

static void test_handing_out(vault *v)
{
    const char *const hole[] = {NULL}, *const names[] = {"app"};
    const vault_kv *const sets[] = {NULL};
    vault_select_rules secrets = {.size = sizeof secrets, .secrets = hole, .secret_count = 1},
                       only = {.size = sizeof only, .only = hole, .only_count = 1};
    vault_environ_rules allowed = {.size = sizeof allowed, .allowed = hole, .allowed_count = 1},
                        files = {.size = sizeof files, .files = hole};
    vault_selection *s, *none = NULL;
    vault_variables *variables;
    vault_redact *r;
    vault_kv *kv;
    const char *out;
    size_t len;

    must(vault_select(v, "dev", NULL, &s) == VAULT_OK && vault_selection_count(s) == 1);
    calls = refused = 0;
    EACH_NULL(vault_select(p[0], "dev", NULL, p[1]), v, &none);
    EACH_NULL(vault_select_sets(p[0], p[1], p[2], 1, 0, p[3]), v, (void *)names, (void *)sets,
              &none);
    EACH_NULL(vault_environ(p[0], p[1], NULL, p[2]), v, s, &variables);
    EACH_NULL(vault_export(p[0], p[1], p[2], NULL, p[3]), v, s, "json", &kv);
    EACH_NULL(vault_render(p[0], "dev", p[1], 0, p[2]), v, "", &kv);
    EACH_NULL(vault_redact_new(p[0], p[1], p[2]), v, s, &r);
    check(refused == calls, "%d in handing out (%d)", calls, refused);
    check(vault_select(v, "dev", &secrets, &none) == VAULT_INVALID && !none &&
              vault_select(v, "dev", &only, &none) == VAULT_INVALID && !none &&
              vault_select_sets(v, names, sets, 1, 0, &none) == VAULT_INVALID && !none &&
              vault_environ(v, s, &allowed, &variables) == VAULT_INVALID && !variables &&
              vault_environ(v, s, &files, &variables) == VAULT_INVALID && !variables,
          "and within arrays");
    must(vault_redact_new(v, s, &r) == VAULT_OK);
    check(vault_redact_feed(NULL, "", 0, &out, &len) == VAULT_INVALID && !out && len == 0 &&
              vault_redact_feed(r, NULL, 0, &out, &len) == VAULT_INVALID &&
              vault_redact_feed(r, "", 0, NULL, &len) == VAULT_INVALID &&
              vault_redact_feed(r, "", 0, &out, NULL) == VAULT_INVALID &&
              vault_redact_finish(NULL, &out, &len) == VAULT_INVALID && !out && len == 0 &&
              vault_redact_finish(r, NULL, &len) == VAULT_INVALID &&
              vault_redact_finish(r, &out, NULL) == VAULT_INVALID,
          "and where there is no handle to ask");
    check(vault_selection_count(NULL) == 0 && !vault_selection_at(NULL, 0) &&
              !vault_selection_at(s, 1) && vault_selection_at(s, 0)->name &&
              !vault_selection_source_at(NULL, 0) && !vault_selection_source_at(s, 0) &&
              !vault_variables_list(NULL),
          "no selection has values, and no value is behind the last");
    vault_redact_free(r);
    vault_redact_free(NULL);
    vault_variables_free(NULL);
    vault_selection_free(NULL);
    vault_selection_free(s);
}

/* No list has entries, and no entry comes after the last. */
static void test_lists(vault *v)
{
    vault_secrets *secrets = NULL;
    vault_values *values = NULL;
    vault_readers *readers = NULL;
    vault_identities *identities = NULL;
    vault_marks *marks = NULL;
    vault_past_keys *past = NULL;

#define ENDS(type, list)                                                            \
    check(type##_count(list) > 0 && type##_at(list, type##_count(list) - 1) &&      \
              !type##_at(list, type##_count(list)) && !type##_at(list, (size_t)-1), \
          #type " ends")
    must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK &&
         vault_secret_list(v, "dev", 0, 0, &secrets) == VAULT_OK &&
         vault_secret_info(v, "dev", "app", &values) == VAULT_OK &&
         vault_reader_list(v, "dev", &readers) == VAULT_OK &&
         vault_identity_list(v, "dev", &identities) == VAULT_OK &&
         vault_mark_list(v, "dev", NULL, &marks) == VAULT_OK &&
         vault_past_list(v, "dev", &past) == VAULT_OK);
    check(vault_secrets_count(NULL) == 0 && !vault_secrets_at(NULL, 0) &&
              vault_values_count(NULL) == 0 && !vault_values_at(NULL, 0) &&
              vault_readers_count(NULL) == 0 && !vault_readers_at(NULL, 0) &&
              vault_identities_count(NULL) == 0 && !vault_identities_at(NULL, 0) &&
              vault_marks_count(NULL) == 0 && !vault_marks_at(NULL, 0) &&
              vault_past_keys_count(NULL) == 0 && !vault_past_keys_at(NULL, 0) &&
              vault_conflicts_count(NULL) == 0 && !vault_conflicts_at(NULL, 0) &&
              vault_texts_count(NULL) == 0 && !vault_texts_at(NULL, 0),
          "NULL is an empty list");
    ENDS(vault_secrets, secrets);
    ENDS(vault_values, values);
    ENDS(vault_readers, readers);
    ENDS(vault_identities, identities);
    ENDS(vault_marks, marks);
    ENDS(vault_past_keys, past);
#undef ENDS
    check(!vault_values_secret(NULL) && strcmp(vault_values_secret(values)->name, "app") == 0,
          "and the values' secret is theirs");
    vault_release(secrets);
    vault_release(values);
    vault_release(readers);
    vault_release(identities);
    vault_release(marks);
    vault_release(past);
    vault_discard(v);
}

/* What returns no error, and what takes NULL for an answer. */
static void test_accepted(vault *v)
{
    vault_kv *kv = NULL, *one = kv_of(v, "A", "1", NULL);
    char version[32], date[VAULT_DATE_LEN + 1] = "x", print[VAULT_FINGERPRINT_LEN + 1];
    char dev[VAULT_FINGERPRINT_LEN + 1];
    size_t len = 7;
    vault_pq pq;

    vault_free(NULL);
    vault_release(NULL);
    vault_kv_free(NULL);
    vault_discard(NULL);
    vault_set_file_prompt(NULL, NULL, NULL);
    vault_set_ssh_opener(NULL, NULL, NULL);
    check(vault_post_quantum(NULL, "dev", &pq) == VAULT_INVALID &&
              vault_post_quantum(v, "dev", NULL) == VAULT_INVALID,
          "vault_post_quantum");
    check(vault_set_plugins(NULL, NULL) == VAULT_INVALID &&
              vault_set_plugins(v, NULL) == VAULT_OK &&
              vault_set_plugins(v, &(vault_plugins){.size = sizeof(vault_plugins)}) ==
                  VAULT_INVALID &&
              vault_set_plugins(v, &(vault_plugins){.size = 1}) == VAULT_INVALID,
          "vault_set_plugins: all of its functions, or none");
    vault_set_prompt(NULL, no_answer, NULL);
    vault_set_prompt(v, NULL, NULL);
    vault_set_notice(NULL, tell, NULL);
    vault_set_notice(v, NULL, NULL);
    check(vault_error(NULL)[0] && !vault_error_reason(NULL) &&
              !vault_error_detail(NULL, VAULT_DETAIL_ENV)[0] &&
              !vault_error_detail(v, (vault_detail)99)[0] && !vault_id(NULL)[0] &&
              !vault_changed(NULL) && vault_version()[0] &&
              vault_version_number() == VAULT_VERSION_NUMBER,
          "no handle has an error, and nothing else");
    check(strcmp(vault_err_name(VAULT_NO_MEMORY), "no-memory") == 0 &&
              strcmp(vault_reason_name(VAULT_REASON_MERGE_OPEN_READERS), "merge-open-readers") ==
                  0 &&
              strcmp(vault_err_name((vault_err)99), "unknown") == 0 &&
              strcmp(vault_reason_name((vault_reason)-1), "unknown") == 0,
          "errors and reasons have names");
    snprintf(version, sizeof version, "%d.%d.%d", VAULT_VERSION_MAJOR, VAULT_VERSION_MINOR,
             VAULT_VERSION_PATCH);
    check(strcmp(version, vault_version()) == 0, "the version is one");
    check(vault_kv_count(NULL) == 0 && !vault_kv_at(NULL, 0).name && !vault_kv_at(one, 1).name &&
              !vault_kv_at(one, (size_t)-1).value && vault_kv_at(one, 0).name,
          "no set has pairs, and no pair is behind the last");
    check(!vault_kv_get(NULL, "A", &len) && len == 0 && !vault_kv_get(one, NULL, NULL),
          "nor a value without a name");
    len = 7;
    check(!vault_kv_get(one, "B", &len) && len == 0, "what is not there has no length");
    check(!vault_date_write(0, NULL)[0] &&
              strcmp(vault_date_write(0, date), "1970-01-01T00:00:00Z") == 0 &&
              !vault_date_write(INT64_MAX, date)[0] && !vault_date_write(INT64_MIN, date)[0] &&
              !vault_date_write(-65000000000, date)[0],
          "a date is written, if it has four digits for its year and a place");
    check(vault_kv_from_pairs(v, NULL, 0, &kv) == VAULT_OK, "a set of no pairs");
    vault_kv_free(kv);
    check(vault_secret_get(v, NULL, "app", NULL, 0, &kv) == VAULT_OK && kv_has(kv, "A", "1"),
          "no environment is dev");
    vault_kv_free(kv);
    check(vault_fingerprint(v, NULL, print) == VAULT_OK &&
              vault_fingerprint(v, VAULT_ENV_DEFAULT, dev) == VAULT_OK && strcmp(print, dev) == 0,
          "everywhere");
    check(vault_compare(v, NULL, NULL, tell_difference, NULL) == VAULT_OK,
          "a version is compared with nothing");
    check(vault_reader_add_passphrase(v, "dev", "you", NULL, 0) == VAULT_ABSENT,
          "no passphrase is the one that the name has");
    vault_kv_free(one);
}

/* --- what comes back with an error --- */

static char full;
#define FULL ((void *)&full)

/* The environment is not there. */
static void test_outputs(vault *v)
{
    void *out;
    char print[VAULT_FINGERPRINT_LEN + 1], known[VAULT_FINGERPRINT_LEN + 1];
    vault_proposal *about;
    vault_kv *kv;
    size_t count, total;
    int64_t date = 9;
    int n = 0, empty = 0, older = 9;

#define LEAVES_NOTHING(call)                          \
    do {                                              \
        out = FULL;                                   \
        n++;                                          \
        empty += (call) != VAULT_OK && !out;          \
        if (out)                                      \
            printf("# %s leaves something\n", #call); \
    } while (0)
    LEAVES_NOTHING(vault_secret_get(v, "none", "app", NULL, 0, (vault_kv **)&out));
    LEAVES_NOTHING(vault_secret_stored(v, "none", "app", (vault_kv **)&out));
    LEAVES_NOTHING(vault_value_get(v, "none", "app", "A", (vault_kv **)&out));
    LEAVES_NOTHING(vault_identity_of(v, "none", (vault_kv **)&out));
    LEAVES_NOTHING(vault_public_key_read(v, "age1none", (char **)&out));
    LEAVES_NOTHING(vault_passphrase_key(v, "none", "me", (char **)&out));
    LEAVES_NOTHING(vault_kv_from_dotenv(v, "./none", NULL, NULL, (vault_kv **)&out));
    LEAVES_NOTHING(vault_secret_list(v, "none", 0, 0, (vault_secrets **)&out));
    LEAVES_NOTHING(vault_secret_info(v, "none", "app", (vault_values **)&out));
    LEAVES_NOTHING(vault_value_list(v, "none", "app", (const char ***)&out, &count));
    LEAVES_NOTHING(vault_reader_list(v, "none", (vault_readers **)&out));
    LEAVES_NOTHING(vault_mark_list(v, "none", "app", (vault_marks **)&out));
    LEAVES_NOTHING(vault_proposal_list(v, "none", 0, (const char ***)&out, &count, &total));
    LEAVES_NOTHING(vault_proposal_open(v, "dev", "none", (vault_proposal **)&out, &kv));
    LEAVES_NOTHING(vault_proposal_open(v, "dev", "none", &about, (vault_kv **)&out));
    LEAVES_NOTHING(vault_past_list(v, "none", (vault_past_keys **)&out));
    LEAVES_NOTHING(vault_select(v, "none", NULL, (vault_selection **)&out));
    LEAVES_NOTHING(vault_render(v, "none", "", 0, (vault_kv **)&out));
    LEAVES_NOTHING(vault_passphrase_given(v, (vault_kv **)&out));
#undef LEAVES_NOTHING
    check(empty == n, "%d functions leave nothing in their outputs (%d)", n, empty);
    strcpy(print, "x");
    strcpy(known, "x");
    check(vault_fingerprint(v, "none", print) == VAULT_ABSENT && !print[0] &&
              vault_pin_state(v, "none", print, known, &older) != VAULT_OK && !known[0] && !older,
          "nor in a text");
    check(vault_date_read(v, "2026-02-30T00:00:00Z", &date) == VAULT_INVALID && date == 0 &&
              vault_date_read(v, "", &date) == VAULT_INVALID,
          "nor in a date");
}

static void test_closed(void)
{
    vault *v = vault_new();
    void *out = FULL;
    size_t count = 9;

    check(vault_env_list(v, (const char ***)&out, &count) == VAULT_ABSENT && !out && count == 0,
          "nor where nothing is open");
    out = FULL;
    count = 9;
    check(vault_text(v, (char **)&out, &count) == VAULT_ABSENT && !out && count == 0 &&
              vault_public_key(v, (char **)&out) == VAULT_NO_CREDENTIAL && !out,
          "nor without a text, nor a key");
    vault_free(v);
}

/* --- what was changed before --- */

static void test_staged(void)
{
    vault *v = open_as(&me, "vault.toml"), *other = vault_new();
    vault_kv *kv = kv_of(v, "K", "v", NULL);
    int n = 0, kept = 0;

    must(create(v, "dev", "staged", "K", "v") == VAULT_OK && vault_changed(v));
#define KEEPS(wanted, call) (n++, kept += (call) == (wanted) && vault_changed(v))
    KEEPS(VAULT_INVALID, vault_secret_create(v, "dev", "no name", kv, VAULT_EXISTING_ERROR));
    KEEPS(VAULT_INVALID, vault_secret_create(v, "dev", "x", NULL, VAULT_EXISTING_ERROR));
    KEEPS(VAULT_EXISTS, vault_secret_create(v, "dev", "app", kv, VAULT_EXISTING_ERROR));
    KEEPS(VAULT_ABSENT, vault_secret_create(v, "none", "app", kv, VAULT_EXISTING_ERROR));
    KEEPS(VAULT_ABSENT, vault_secret_update(v, "dev", "none", kv));
    KEEPS(VAULT_ABSENT, vault_secret_delete(v, "dev", "none", VAULT_MISSING_ERROR));
    KEEPS(VAULT_ABSENT, vault_value_delete(v, "dev", "app", "NONE", VAULT_MISSING_ERROR));
    KEEPS(VAULT_INVALID, vault_value_delete(v, "dev", "app", "NO NAME", VAULT_MISSING_ERROR));
    KEEPS(VAULT_OK, vault_value_delete(v, "dev", "app", "NONE", VAULT_MISSING_IGNORE));
    KEEPS(VAULT_EXISTS, vault_secret_rename(v, "dev", "staged", "app"));
    KEEPS(VAULT_EXISTS, vault_secret_copy(v, "dev", "staged", "dev", "app"));
    KEEPS(VAULT_INVALID, vault_secret_copy(v, "dev", "staged", "dev", "no name"));
    KEEPS(VAULT_EXISTS, vault_env_create(v, "dev", NULL));
    KEEPS(VAULT_INVALID, vault_env_create(v, "vault", "dev"));
    KEEPS(VAULT_ABSENT, vault_env_delete(v, "none"));
    KEEPS(VAULT_EXISTS, vault_env_rename(v, "dev", "dev"));
    KEEPS(VAULT_EXISTS, vault_env_copy(v, "dev", "dev"));
    KEEPS(VAULT_ABSENT, vault_rotate(v, "none", VAULT_PAST_KEEP));
    KEEPS(VAULT_INVALID, vault_reader_add(v, "dev", "you", "age1none"));
    KEEPS(VAULT_EXISTS, vault_reader_add(v, "dev", "me", you.public_key));
    KEEPS(VAULT_ABSENT, vault_reader_remove(v, "dev", "nobody"));
    KEEPS(VAULT_INVALID, vault_reader_remove(v, "dev", "me"));
    KEEPS(VAULT_ABSENT, vault_reader_replace(v, "nobody", you.public_key));
    KEEPS(VAULT_OK, vault_lock(v, -1));
#undef KEEPS
    check(kept == n, "%d errors forget nothing that was changed before (%d)", n, kept);
    must(vault_open(other, "vault.toml") == VAULT_OK);
    check(vault_env_create(v, "readerless", NULL) == VAULT_OK && vault_save(v) == VAULT_INVALID &&
              vault_changed(v) &&
              vault_reader_add(v, "readerless", "me", me.public_key) == VAULT_OK,
          "what cannot be saved yet can be mended");
    check(vault_save(v) == VAULT_OK && !vault_changed(v) && holds(v, "dev", "staged", "K", "v") &&
              verifies(v, "dev") && verifies(v, "readerless"),
          "and is saved with all of it");
    vault_free(other);
    vault_kv_free(kv);
    vault_free(v);
}

/* Nothing was changed before: the lock is not kept for an error. */
static void test_lock_is_given_back(void)
{
    vault *v = open_as(&me, "vault.toml"), *other = open_as(&me, "vault.toml");
    vault_kv *kv = kv_of(v, "K", "v", NULL);

    must(vault_lock(other, 0) == VAULT_OK);
    check(refuses(v, vault_lock(v, 0), VAULT_FAILED, "another program holds the lock") &&
              vault_error_reason(v) == VAULT_REASON_LOCK_HELD &&
              vault_error_detail(v, VAULT_DETAIL_SUBJECT)[0] == '/' &&
              vault_lock(v, 20) == VAULT_FAILED,
          "a lock that is held is not waited for longer than was said");
    vault_discard(other);
    check(vault_lock(v, 0) == VAULT_OK, "and one that is free is taken at once");
    vault_discard(v);

    check(vault_secret_update(v, "dev", "none", kv) == VAULT_ABSENT &&
              create(other, "dev", "between", "K", "v") == VAULT_OK &&
              vault_save(other) == VAULT_OK,
          "an error that was the first change gives the lock back");
    check(holds(v, "dev", "between", "K", "v"), "and what is read then is what is there");
    check(vault_lock(v, -1) == VAULT_OK &&
              vault_secret_update(v, "dev", "none", kv) == VAULT_ABSENT &&
              create(v, "dev", "locked", "K", "v") == VAULT_OK && vault_save(v) == VAULT_OK,
          "one that was taken before is kept");
    vault_kv_free(kv);
    vault_free(other);
    vault_free(v);
}

int main(void)
{
    vault *v, *other;
    vault_kv *kv;
    char *before;

    scene_begin();
    me = person_x25519();
    you = person_x25519();
    make_vault("vault.toml", &me);
    v = open_as(&me, "vault.toml");
    must(create(v, "dev", "app", "A", "1") == VAULT_OK && vault_save(v) == VAULT_OK);
    before = text_of("vault.toml");
    other = open_as(&me, "vault.toml");
    kv = kv_of(v, "K", "v", NULL);
    test_before_opening(v, other);
    vault_free(v);
    v = open_as(&me, "vault.toml");
    test_values(v, kv);
    test_environments(v);
    test_versions(v);
    test_defaults(v);
    test_handing_out(v);
    test_lists(v);
    test_accepted(v);
    test_outputs(v);
    check(vault_save(v) == VAULT_OK && stands_as("vault.toml", before), "nothing was written");
    vault_kv_free(kv);
    vault_free(other);
    vault_free(v);
    free(before);
    test_closed();
    test_staged();
    test_lock_is_given_back();
    return tap_done();
}
