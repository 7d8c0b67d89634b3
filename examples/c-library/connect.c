/* A program in C that takes what it needs from the vault, by libvault: it reads a secret, insists
 * on the keys that it cannot do without, and sets one.
 *
 *     cc -o connect connect.c $(pkg-config --cflags --libs vault)
 *     ./connect vault.toml ~/.config/vault/identity prod
 */
#include <stdio.h>
#include <stdlib.h>
#include <vault.h>

/* MUST be given no value: what it prints ends up in a log. */
static void tell(void *user, const char *sentence)
{
    (void)user;
    fprintf(stderr, "note: %s\n", sentence);
}

int main(int argc, char **argv)
{
    static const char *const required[] = {"PGHOST", "PGPASSWORD"};
    const vault_pair last = {"LAST_PROGRAM", "connect", 7};
    vault *v = vault_new();
    vault_kv *db = NULL, *changes = NULL;
    size_t len;
    int status = EXIT_FAILURE;

    if (!v)
        return EXIT_FAILURE;
    if (argc != 4) {
        fprintf(stderr, "usage: %s VAULT IDENTITY ENVIRONMENT\n", argv[0]);
        goto cleanup;
    }
    vault_set_notice(v, tell, NULL);
    if (vault_add_identity_file(v, argv[2]) || vault_pin(v, argv[3], NULL) ||
        vault_open(v, argv[1]) || vault_secret_get(v, argv[3], "db", required, 2, &db))
        goto cleanup;

    /* The values live in db, in guarded memory, until vault_kv_free wipes them. */
    printf("connecting to %s", vault_kv_get(db, "PGHOST", NULL));
    vault_kv_get(db, "PGPASSWORD", &len);
    printf(" with a password of %zu bytes\n", len);

    if (vault_kv_from_pairs(v, &last, 1, &changes) ||
        vault_secret_update(v, argv[3], "db", changes) || vault_save(v))
        goto cleanup;
    status = EXIT_SUCCESS;

cleanup:
    if (*vault_error(v))
        fprintf(stderr, "%s: %s\n", argv[0], vault_error(v));
    if (vault_error_reason(v) == VAULT_REASON_NOT_GRANTED)
        fprintf(stderr, "ask a reader of %s to grant it to %s\n",
                vault_error_detail(v, VAULT_DETAIL_ENV),
                vault_error_detail(v, VAULT_DETAIL_SUBJECT));
    vault_kv_free(changes);
    vault_kv_free(db);
    vault_free(v);
    return status;
}
