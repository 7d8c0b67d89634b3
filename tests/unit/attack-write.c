/* A seal is never made anew over damage: whatever changes an environment whose neighbours were
 * dropped, added or moved is refused, and leaves nothing behind. */
#include "vault_help.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>

static struct person alice, bob, carol;
static char *long_ago;

static const char passphrase[] = "a passphrase " MARK;

/* --- damage: to dev, by somebody who has the file, and older versions of it --- */

static char *key_dropped(const char *text, const char *older)
{
    (void)older;
    return text_without(text, item_of(text, "[dev.app]", "B"));
}

static char *last_key_dropped(const char *text, const char *older)
{
    (void)older;
    return text_without(text, item_of(text, "[dev.app]", "D"));
}

static char *key_added(const char *text, const char *older)
{
    return text_behind(text, item_of(text, "[dev.app]", "B"), item_of(older, "[dev.app]", "C"));
}

static char *last_key_added(const char *text, const char *older)
{
    return text_behind(text, item_of(text, "[dev.app]", "D"), item_of(older, "[dev.app]", "E"));
}

static char *keys_moved(const char *text, const char *older)
{
    (void)older;
    return text_swap(text, item_of(text, "[dev.app]", "A"), item_of(text, "[dev.app]", "B"));
}

static char *secret_dropped(const char *text, const char *older)
{
    (void)older;
    return text_without(text, table_of(text, "[dev.db]"));
}

static char *secret_added(const char *text, const char *older)
{
    return text_behind(text, table_of(text, "[dev.app]"), table_of(older, "[dev.cache]"));
}

static char *secrets_moved(const char *text, const char *older)
{
    (void)older;
    return text_swap(text, table_of(text, "[dev.app]"), table_of(text, "[dev.db]"));
}

static char *first_seal_changed(const char *text, const char *older)
{
    (void)older;
    return text_splice(text, string_of(item_of(text, "[vault.env.dev]", "first-secret"), 0),
                       string_of(item_of(text, "[dev.app]", "next-secret"), 0));
}

static char *past_dropped(const char *text, const char *older)
{
    (void)older;
    return text_without(text, item_of(text, "[vault.env.dev.past]", "2"));
}

/* Under another number, or another name. */
static char *renamed(const char *text, const char *header, const char *name, const char *to)
{
    struct slice item = item_of(text, header, name);
    size_t len = strlen(name);
    char *copy = text_join(slice_of(to), text_from(item.at + len, item.at + item.len),
                           (struct slice){"", 0});
    char *all = text_behind(text, item, slice_of(copy));

    free(copy);
    return all;
}

static char *past_added(const char *text, const char *older)
{
    (void)older;
    return renamed(text, "[vault.env.dev.past]", "2", "3");
}

static char *reader_added(const char *text, const char *older)
{
    (void)older;
    return renamed(text, "[vault.env.dev.readers]", "bob", "mallory");
}

static char *reader_put_back(const char *text, const char *older)
{
    (void)older;
    return text_behind(text, item_of(text, "[vault.env.dev.readers]", "bob"),
                       item_of(long_ago, "[vault.env.dev.readers]", "dave"));
}

static char *reader_changed(const char *text, const char *older)
{
    (void)older;
    return text_splice(text, string_of(item_of(text, "[vault.env.dev.readers]", "bob"), 0),
                       slice_of(carol.public_key));
}

static const struct damage {
    const char *name;
    char *(*make)(const char *text, const char *older);
    bool to_readers; /* which reading does not look at */
} damages[] = {{"a key dropped", key_dropped, false},
               {"the last key dropped", last_key_dropped, false},
               {"a key added", key_added, false},
               {"a last key added", last_key_added, false},
               {"keys moved", keys_moved, false},
               {"a secret dropped", secret_dropped, false},
               {"a secret added", secret_added, false},
               {"secrets moved", secrets_moved, false},
               {"the seal of the first secret changed", first_seal_changed, false},
               {"a past key dropped", past_dropped, false},
               {"a past key added", past_added, false},
               {"a reader added", reader_added, true},
               {"a reader put back", reader_put_back, true},
               {"a reader's public key changed", reader_changed, true}};

enum { DAMAGES = sizeof damages / sizeof *damages };

/* --- operations --- */

static vault_err op_create(vault *v)
{
    return create(v, "dev", "new", "K", "new");
}

static vault_err op_replace(vault *v)
{
    vault_kv *kv = kv_of(v, "A", "other", NULL);
    vault_err code = vault_secret_create(v, "dev", "app", kv, VAULT_EXISTING_REPLACE);

    vault_kv_free(kv);
    return code;
}

static vault_err op_update(vault *v)
{
    return update(v, "dev", "app", "A", "other");
}

static vault_err op_update_new(vault *v)
{
    return update(v, "dev", "db", "NEW", "new");
}

static vault_err op_delete(vault *v)
{
    return vault_secret_delete(v, "dev", "app", VAULT_MISSING_ERROR);
}

static vault_err op_delete_missing(vault *v)
{
    return vault_secret_delete(v, "dev", "missing", VAULT_MISSING_IGNORE);
}

static vault_err op_key_delete(vault *v)
{
    return vault_value_delete(v, "dev", "app", "A", VAULT_MISSING_IGNORE);
}

static vault_err op_rename(vault *v)
{
    return vault_secret_rename(v, "dev", "app", "renamed");
}

static vault_err op_copy(vault *v)
{
    return vault_secret_copy(v, "dev", "app", "dev", "copied");
}

static vault_err op_copy_from(vault *v)
{
    return vault_secret_copy(v, "dev", "app", "stage", "copied");
}

static vault_err op_copy_to(vault *v)
{
    return vault_secret_copy(v, "stage", "app", "dev", "copied");
}

static vault_err op_env_like(vault *v)
{
    return vault_env_create(v, "new", "dev");
}

static vault_err op_env_rename(vault *v)
{
    return vault_env_rename(v, "dev", "new");
}

static vault_err op_env_copy(vault *v)
{
    return vault_env_copy(v, "dev", "new");
}

static vault_err op_rotate(vault *v)
{
    return vault_rotate(v, "dev", VAULT_PAST_KEEP);
}

static vault_err op_rotate_forget(vault *v)
{
    return vault_rotate(v, "dev", VAULT_PAST_FORGET);
}

static vault_err op_reader_add(vault *v)
{
    return vault_reader_add(v, "dev", "carol", carol.public_key);
}

static vault_err op_passphrase_add(vault *v)
{
    must(vault_add_passphrase(v, passphrase, strlen(passphrase)) == VAULT_OK);
    return vault_reader_add_passphrase(v, "dev", "team", NULL, 0);
}

static vault_err op_reader_remove(vault *v)
{
    return vault_reader_remove(v, "dev", "alan");
}

static vault_err op_reader_leave(vault *v)
{
    return vault_reader_leave(v, "dev", "alan");
}

static vault_err op_reader_replace(vault *v)
{
    return vault_reader_replace(v, "alan", carol.public_key);
}

static vault_err op_passphrase_change(vault *v)
{
    return vault_passphrase_change(v, "team", "another " MARK, 14);
}

static const struct op {
    const char *name;
    vault_err (*run)(vault *v);
    bool readers; /* it looks at readers, and must refuse damage to them */
    bool slow;    /* it stretches a passphrase */
} ops[] = {{"create", op_create, false, false},
           {"create, replacing", op_replace, false, false},
           {"update", op_update, false, false},
           {"update with a new key", op_update_new, false, false},
           {"delete", op_delete, false, false},
           {"delete what is missing", op_delete_missing, false, false},
           {"key delete", op_key_delete, false, false},
           {"rename", op_rename, false, false},
           {"copy", op_copy, false, false},
           {"copy to another environment", op_copy_from, false, false},
           {"copy from another environment", op_copy_to, false, false},
           {"env create like it", op_env_like, true, false},
           {"env rename", op_env_rename, true, false},
           {"env copy", op_env_copy, true, false},
           {"rotate", op_rotate, true, false},
           {"rotate, forgetting", op_rotate_forget, true, false},
           {"reader add", op_reader_add, true, false},
           {"reader add passphrase", op_passphrase_add, true, true},
           {"reader remove", op_reader_remove, true, false},
           {"reader leave", op_reader_leave, true, false},
           {"reader replace", op_reader_replace, true, false},
           {"passphrase change", op_passphrase_change, true, true}};

enum { OPS = sizeof ops / sizeof *ops };

/* --- what must be so afterwards --- */

static bool lock_is_free(void)
{
    int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_free = folder >= 0 && flock(folder, LOCK_EX | LOCK_NB) == 0;

    if (folder >= 0)
        close(folder);
    return is_free;
}

static bool alone(void)
{
    DIR *folder = opendir(".");
    struct dirent *entry;
    size_t others = 0;

    must(folder != NULL);
    while ((entry = readdir(folder)))
        others += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                  strcmp(entry->d_name, "vault.toml") != 0;
    closedir(folder);
    return others == 0;
}

/* Damaged before it was opened, or behind the back of a handle that has it open. */
static bool is_refused(const struct op *op, const char *text, const char *damaged, bool behind)
{
    vault *v;
    vault_err code;
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    bool good;

    write_text("vault.toml", behind ? text : damaged, strlen(behind ? text : damaged));
    v = open_as(&alice, "vault.toml");
    if (behind) {
        must(vault_fingerprint(v, "dev", fingerprint) == VAULT_OK);
        write_text("vault.toml", damaged, strlen(damaged));
    }
    code = op->run(v);
    good = refuses(v, code, VAULT_INTEGRITY, "somebody who cannot open it") && lock_is_free() &&
           vault_save(v) == VAULT_OK && stands_as("vault.toml", damaged) && alone();
    vault_free(v);
    return good;
}

static void refuse_all(const struct op *op, const char *text, const char *older)
{
    size_t refused = 0, tried = 0;

    for (size_t i = 0; i < DAMAGES; i++) {
        char *damaged;

        if ((damages[i].to_readers && !op->readers) || (op->slow && i % 5 != 0))
            continue;
        damaged = damages[i].make(text, older);
        for (int behind = 0; behind < (op->slow ? 1 : 2); behind++, tried++) {
            if (is_refused(op, text, damaged, behind))
                refused++;
            else
                printf("# %s after %s%s\n", op->name, damages[i].name,
                       behind ? ", behind its back" : "");
        }
        free(damaged);
    }
    check(tried > 0 && refused == tried,
          "%s: refused after each of %zu damages, and nothing is written", op->name, tried);
}

/* The same on the whole file, so that each of the refusals above was for the damage. */
static void works_undamaged(const struct op *op, const char *text)
{
    vault *v;

    write_text("vault.toml", text, strlen(text));
    v = open_as(&alice, "vault.toml");
    if (!check(op->run(v) == VAULT_OK && vault_save(v) == VAULT_OK, "%s: works undamaged",
               op->name))
        printf("# %s\n", vault_error(v));
    vault_free(v);
}

/* --- damage elsewhere --- */

static void damage_elsewhere(const char *text, const char *older)
{
    char *damaged = key_dropped(text, older), *now;
    struct slice before, after;
    vault *v;

    write_text("vault.toml", damaged, strlen(damaged));
    v = open_as(&alice, "vault.toml");
    check(update(v, "stage", "app", "A", "other") == VAULT_OK && vault_save(v) == VAULT_OK,
          "an environment beside a damaged one can be changed");
    now = text_of("vault.toml");
    before = table_of(damaged, "[dev.app]");
    after = table_of(now, "[dev.app]");
    check(slice_equal(before, after), "and the damage stays what it is");
    check(refuses(v, update(v, "dev", "app", "A", "other"), VAULT_INTEGRITY, "dev/app"),
          "and is refused after that");
    check(refuses(v, vault_passphrase_change(v, "team", "another", 7), VAULT_INTEGRITY, "dev/app"),
          "a passphrase that reads a damaged environment beside a whole one is not changed");
    check(stands_as("vault.toml", now), "and nothing was written");
    vault_free(v);
    free(damaged);
    free(now);
}

/* dev has the keys A, B and D, two secrets, two past keys, and the readers alan, alice, bob and
 * team, who reads stage too. An older version, under the same key, has a secret and keys more;
 * under the key before it, dave was a reader. */
static void make_versions(char **text, char **older)
{
    struct person dave = person_x25519();
    vault *v;

    help_make("vault.toml", &alice, &bob);
    v = open_as(&alice, "vault.toml");
    must(vault_reader_add(v, "dev", "alan", carol.public_key) == VAULT_OK);
    must(vault_reader_add_passphrase(v, "dev", "team", passphrase, strlen(passphrase)) == VAULT_OK);
    must(vault_reader_add_passphrase(v, "stage", "team", NULL, 0) == VAULT_OK);
    must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK);
    must(vault_reader_add(v, "dev", "dave", dave.public_key) == VAULT_OK);
    must(vault_save(v) == VAULT_OK);
    long_ago = text_of("vault.toml");
    must(vault_reader_remove(v, "dev", "dave") == VAULT_OK);
    must(update(v, "dev", "app", "D", "d") == VAULT_OK);
    must(update(v, "dev", "app", "C", "c") == VAULT_OK);
    must(update(v, "dev", "app", "E", "e") == VAULT_OK);
    must(create(v, "dev", "cache", "A", "cache") == VAULT_OK && vault_save(v) == VAULT_OK);
    *older = text_of("vault.toml");
    must(vault_value_delete(v, "dev", "app", "C", VAULT_MISSING_ERROR) == VAULT_OK);
    must(vault_value_delete(v, "dev", "app", "E", VAULT_MISSING_ERROR) == VAULT_OK);
    must(vault_secret_delete(v, "dev", "cache", VAULT_MISSING_ERROR) == VAULT_OK);
    must(vault_save(v) == VAULT_OK);
    *text = text_of("vault.toml");
    vault_free(v);
}

int main(void)
{
    char *text, *older;

    scene_begin();
    alice = person_x25519();
    bob = person_ssh();
    carol = person_x25519();
    make_versions(&text, &older);
    for (size_t i = 0; i < OPS; i++) {
        works_undamaged(&ops[i], text);
        refuse_all(&ops[i], text, older);
    }
    damage_elsewhere(text, older);
    free(text);
    free(older);
    free(long_ago);
    return tap_done();
}
