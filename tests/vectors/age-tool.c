/* lib/age on the command line, for tests with other programs of its kind:
 *
 *   age-tool seal IN OUT RECIPIENT…             age-tool seal-with PASSPHRASE WORK-FACTOR IN OUT
 *   age-tool open IN OUT IDENTITY-FILE…         age-tool open-with PASSPHRASE IN OUT
 *   age-tool public IDENTITY-FILE…              prints the public keys
 *
 * Armor is told from binary by itself. What went wrong is said on stderr; the exit status is 1. */
#include "age/age.h"
#include "age/armor.h"
#include "base/file.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MOST = 1 << 26, KEYS_MOST = 64 };

static int complain(const struct err *err)
{
    fprintf(stderr, "age-tool: %s\n", err->text);
    return 1;
}

static enum err_code read_identities(char **paths, struct arena *arena, struct age_identity *ids,
                                     size_t *count, struct err *err)
{
    enum err_code code = ERR_OK;

    for (*count = 0; *paths && code == ERR_OK; paths++) {
        struct buf text = BUF_SECRET;
        struct age_identity *some;
        size_t more = 0;

        code = file_read(*paths, AGE_IDENTITY_FILE_MAX, &text, NULL, err);
        if (code == ERR_OK)
            code = age_identity_file_read(buf_slice(&text), arena, &some, &more, err);
        if (code == ERR_OK && *count + more > KEYS_MOST)
            code = err_set(err, ERR_INVALID, "too many identities");
        if (code == ERR_OK && more > 0)
            memcpy(ids + *count, some, more * sizeof *some);
        *count += more;
        buf_free(&text);
    }
    return code;
}

static int seal(const char *in, const char *out, const struct age_recipient *to, size_t count)
{
    struct buf plain = BUF_SECRET, sealed = {0};
    struct err err;
    bool done = file_read(in, FILE_MOST, &plain, NULL, &err) == ERR_OK &&
                age_encrypt(buf_slice(&plain), to, count, &sealed, &err) == ERR_OK &&
                file_create(out, buf_slice(&sealed), &err) == ERR_OK;

    buf_free(&plain);
    buf_free(&sealed);
    return done ? 0 : complain(&err);
}

static int open_sealed(const char *in, const char *out, const struct age_identity *ids,
                       size_t count)
{
    struct buf file = {0}, binary = {0}, plain = BUF_SECRET;
    struct err err;
    bool done = file_read(in, FILE_MOST, &file, NULL, &err) == ERR_OK;
    bool armored = done && armor_is(buf_slice(&file));

    if (armored)
        done = armor_read(buf_slice(&file), &binary, &err) == ERR_OK;
    done = done &&
           age_decrypt(buf_slice(armored ? &binary : &file), ids, count, &plain, &err) == ERR_OK &&
           file_create(out, buf_slice(&plain), &err) == ERR_OK;
    buf_free(&file);
    buf_free(&binary);
    buf_free(&plain);
    return done ? 0 : complain(&err);
}

static int seal_to_keys(char **args)
{
    struct age_recipient to[KEYS_MOST];
    struct err err;
    size_t count = 0;

    for (char **key = args + 2; *key && count < KEYS_MOST; key++)
        if (age_recipient_read(slice_of(*key), &to[count++], &err) != ERR_OK)
            return complain(&err);
    return seal(args[0], args[1], to, count);
}

static int open_with_keys(char **args)
{
    struct arena arena = {0};
    struct age_identity ids[KEYS_MOST];
    struct err err;
    size_t count;
    bool read = read_identities(args + 2, &arena, ids, &count, &err) == ERR_OK;
    int status = read ? open_sealed(args[0], args[1], ids, count) : complain(&err);

    arena_free(&arena);
    sodium_memzero(ids, sizeof ids);
    return status;
}

static int print_public(char **args)
{
    struct arena arena = {0};
    struct age_identity ids[KEYS_MOST];
    struct buf text = {0};
    struct err err;
    size_t count;
    bool read = read_identities(args, &arena, ids, &count, &err) == ERR_OK;

    for (size_t i = 0; read && i < count; i++) {
        age_recipient_write(&ids[i].self, &text);
        buf_add_text(&text, "\n");
    }
    fwrite(buf_slice(&text).at, 1, text.len, stdout);
    buf_free(&text);
    arena_free(&arena);
    sodium_memzero(ids, sizeof ids);
    return read ? 0 : complain(&err);
}

static int seal_with_passphrase(char **args)
{
    unsigned work_factor = (unsigned)strtoul(args[1], NULL, 10);
    struct age_identity id;
    struct err err;

    if (age_identity_of_passphrase(slice_of(args[0]), work_factor, AGE_WORK_FACTOR_MAX, &id,
                                   &err) != ERR_OK)
        return complain(&err);
    return seal(args[2], args[3], &id.self, 1);
}

static int open_with_passphrase(char **args)
{
    struct age_identity id;
    struct err err;

    if (age_identity_of_passphrase(slice_of(args[0]), AGE_WORK_FACTOR, AGE_WORK_FACTOR_MAX, &id,
                                   &err) != ERR_OK)
        return complain(&err);
    return open_sealed(args[1], args[2], &id, 1);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int least; /* arguments behind it */
        int (*run)(char **args);
    } verbs[] = {{"seal", 3, seal_to_keys},
                 {"seal-with", 4, seal_with_passphrase},
                 {"open", 3, open_with_keys},
                 {"open-with", 3, open_with_passphrase},
                 {"public", 1, print_public}};

    if (sodium_init() < 0)
        return 1;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (argc >= 2 && strcmp(argv[1], verbs[i].name) == 0 && argc - 2 >= verbs[i].least)
            return verbs[i].run(argv + 2);
    fputs("usage: age-tool VERB ARGUMENT…: see its source\n", stderr);
    return 2;
}
