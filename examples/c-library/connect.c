/* A C program that uses libvault to read a secret, require the variables that it needs, and set
 * one. It finds the vault and the identity as `vault` does, and refuses what `vault` refuses.
 *
 *     cc -o connect connect.c $(pkg-config --cflags --libs vault)
 *     ./connect prod
 */
#include <stdio.h>
#include <stdlib.h>
#include <vault.h>

/* MUST NOT be passed a value: its output ends up in a log. */
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
    const char *env = argc > 1 ? argv[1] : NULL; /* NULL: VAULT_ENV, or dev */
    size_t len;
    int status = EXIT_FAILURE;

    if (!v)
        return EXIT_FAILURE;
    vault_set_notice(v, tell, NULL);
    if (vault_open_default(v, env, NULL))
        goto cleanup;
    env = vault_default_env(v);
    if (vault_secret_get(v, env, "db", required, 2, &db))
        goto cleanup;

    /* The values live in db, in guarded memory, until vault_kv_free wipes them. */
    printf("connecting to %s", vault_kv_get(db, "PGHOST", NULL));
    vault_kv_get(db, "PGPASSWORD", &len);
    printf(" with a password of %zu bytes\n", len);

    if (vault_kv_from_pairs(v, &last, 1, &changes) || vault_secret_update(v, env, "db", changes) ||
        vault_save(v))
        goto cleanup;
    status = EXIT_SUCCESS;

cleanup:
    if (status != EXIT_SUCCESS)
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
