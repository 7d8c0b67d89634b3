/* Edits of a vault as short scripts, and what a vault then says as one line: the tables of the
 * tests of merging are made of them.
 *
 *     dev/app/A=1   sets a value      -dev/app/A   deletes it       dev/app>web   renames a secret
 *     +dev          an environment    -dev         deletes it       dev>live      renames it
 *     -dev/app      deletes a secret  *dev         rotates          !dev          and forgets the
 * past +dev:bob      gives it to bob   +dev:bob=eve to eve, as bob   -dev:bob      revokes */
#ifndef TESTS_MERGE_SCRIPT_H
#define TESTS_MERGE_SCRIPT_H

#include "scene.h"

enum { SCRIPT_PEOPLE = 4 };
static const char *const script_names[SCRIPT_PEOPLE] = {"me", "bob", "carol", "eve"};
static struct person script_people[SCRIPT_PEOPLE];

static inline void script_begin(void)
{
    for (int i = 0; i < SCRIPT_PEOPLE; i++)
        script_people[i] = person_x25519();
}

static inline const struct person *script_person(const char *name)
{
    int i = 0;

    while (i < SCRIPT_PEOPLE && strcmp(script_names[i], name) != 0)
        i++;
    must(i < SCRIPT_PEOPLE);
    return &script_people[i];
}

static inline void script_set(vault *v, const char *env, const char *secret, const char *key,
                              const char *value)
{
    vault_kv *kv = kv_of(v, key, value, NULL);
    const char **names = NULL;
    size_t count;

    if (vault_value_list(v, env, secret, &names, &count) == VAULT_OK)
        must(vault_secret_update(v, env, secret, kv) == VAULT_OK);
    else
        must(vault_secret_create(v, env, secret, kv, VAULT_EXISTING_ERROR) == VAULT_OK);
    vault_release(names);
    vault_kv_free(kv);
}

/* "A", sep, "B", in place; NULL if there is no such sep. */
static inline char *script_cut(char *text, char sep)
{
    char *at = strchr(text, sep);

    if (at)
        *at++ = '\0';
    return at;
}

static inline void script_delete(vault *v, char *word)
{
    char *name = script_cut(word, ':'), *secret = script_cut(word, '/');
    char *key = secret ? script_cut(secret, '/') : NULL;

    if (name)
        must(vault_reader_remove(v, word, name) == VAULT_OK);
    else if (key)
        must(vault_value_delete(v, word, secret, key, VAULT_MISSING_ERROR) == VAULT_OK);
    else if (secret)
        must(vault_secret_delete(v, word, secret, VAULT_MISSING_ERROR) == VAULT_OK);
    else
        must(vault_env_delete(v, word) == VAULT_OK);
}

static inline void script_add(vault *v, char *word)
{
    char *name = script_cut(word, ':'), *whose = name ? script_cut(name, '=') : NULL;

    if (!name)
        must(vault_env_create(v, word, NULL) == VAULT_OK);
    must(vault_reader_add(v, word, name ? name : "me",
                          script_person(whose  ? whose
                                        : name ? name
                                               : "me")
                              ->public_key) == VAULT_OK);
}

static inline void script_word(vault *v, char *word)
{
    char *value, *secret, *key, *to;

    switch (word[0]) {
    case '-':
        script_delete(v, word + 1);
        return;
    case '+':
        script_add(v, word + 1);
        return;
    case '*':
    case '!':
        must(vault_rotate(v, word + 1, word[0] == '*' ? VAULT_PAST_KEEP : VAULT_PAST_FORGET) ==
             VAULT_OK);
        return;
    default:
        break;
    }
    value = script_cut(word, '=');
    to = script_cut(word, '>');
    secret = script_cut(word, '/');
    key = secret ? script_cut(secret, '/') : NULL;
    if (to && secret)
        must(vault_secret_rename(v, word, secret, to) == VAULT_OK);
    else if (to)
        must(vault_env_rename(v, word, to) == VAULT_OK);
    else
        script_set(v, word, secret, key, value);
}

static inline void script_run(vault *v, const char *script)
{
    char *copy = strdup(script), *rest = NULL;

    must(copy != NULL);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        script_word(v, word);
    free(copy);
}

/* The text of a vault after a script; of no vault if text is NULL. Free it. */
static inline char *script_text(const char *text, const char *script, const char *author)
{
    static const char nothing[] = "[vault]\nformat = 1\nid = \"mGc0n1P5b0y2mC0b2s0bHg\"\n";
    vault *v = vault_new();
    char *out;
    size_t len;

    must(v != NULL);
    give_identity(v, &script_people[0]);
    if (!text)
        text = nothing;
    must(vault_open_bytes(v, text, strlen(text)) == VAULT_OK);
    must(vault_set_author(v, author) == VAULT_OK);
    script_run(v, script);
    must(vault_text(v, &out, &len) == VAULT_OK && strlen(out) == len);
    vault_free(v);
    return out;
}

/* Merges these three; base NULL: there is none. */
static inline vault_merging script_merging(const char *base, const char *ours, const char *theirs)
{
    must(ours && theirs);
    return (vault_merging){.size = sizeof(vault_merging),
                           .base = base,
                           .base_len = base ? strlen(base) : 0,
                           .ours = ours,
                           .ours_len = strlen(ours),
                           .theirs = theirs,
                           .theirs_len = strlen(theirs)};
}

/* What a text becomes that was made by script_text. */
static inline void script_becomes(char **text, char *other)
{
    free(*text);
    *text = other;
}

/* Has v accept the keys that a text has: in the file pins, beside those that stand there. */
static inline void script_pin(vault *v, const char *text)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    const char **envs;
    size_t count;

    must(vault_pins_use(v, "pins", 0) == VAULT_OK);
    must(vault_open_bytes(v, text, strlen(text)) == VAULT_OK);
    must(vault_env_list(v, &envs, &count) == VAULT_OK);
    for (size_t i = 0; i < count; i++) {
        must(vault_pin(v, envs[i], NULL) == VAULT_OK);
        must(vault_fingerprint(v, envs[i], fingerprint) == VAULT_OK);
    }
    vault_release(envs);
}

/* --- what a vault says --- */

static inline void script_say_env(vault *v, const char *env, struct buf *out)
{
    vault_readers *readers;
    vault_secrets *secrets;

    must(vault_reader_list(v, env, &readers) == VAULT_OK);
    buf_printf(out, "%s:", env);
    for (size_t i = 0; i < vault_readers_count(readers); i++) {
        const char *whose = "?";

        for (int p = 0; p < SCRIPT_PEOPLE; p++)
            if (strcmp(vault_readers_at(readers, i)->public_key, script_people[p].public_key) == 0)
                whose = script_names[p];
        buf_printf(out, "%s%s", i ? "," : "", vault_readers_at(readers, i)->name);
        if (strcmp(whose, vault_readers_at(readers, i)->name) != 0)
            buf_printf(out, "=%s", whose);
    }
    vault_release(readers);
    must(vault_secret_list(v, env, 0, 0, &secrets) == VAULT_OK);
    for (size_t i = 0; i < vault_secrets_count(secrets); i++) {
        vault_kv *kv;

        must(vault_secret_get(v, env, vault_secrets_at(secrets, i)->name, NULL, 0, &kv) ==
             VAULT_OK);
        buf_printf(out, " %s/%s%s", env, vault_secrets_at(secrets, i)->name,
                   vault_kv_count(kv) ? "" : "/");
        for (size_t j = 0; j < vault_kv_count(kv); j++)
            buf_printf(out, "/%s=%s", vault_kv_at(kv, j).name, vault_kv_at(kv, j).value);
        vault_kv_free(kv);
    }
    vault_release(secrets);
}

static inline void script_print(void *user, const char *sentence)
{
    (void)user;
    printf("# %s\n", sentence);
}

/* Everything that me reads in it, each environment verified first. Free it. */
static inline char *script_say(const char *text)
{
    vault *v = vault_new();
    struct buf out = {0};
    const char **envs;
    size_t count;

    must(v != NULL);
    give_identity(v, &script_people[0]);
    if (vault_open_bytes(v, text, strlen(text)) != VAULT_OK) {
        buf_add_text(&out, vault_error(v));
    } else {
        must(vault_env_list(v, &envs, &count) == VAULT_OK);
        for (size_t i = 0; i < count; i++) {
            buf_add_text(&out, i ? " " : "");
            if (vault_verify(v, envs[i], script_print, NULL) == VAULT_OK)
                script_say_env(v, envs[i], &out);
            else
                buf_add_text(&out, vault_error(v));
        }
        vault_release(envs);
    }
    buf_add(&out, "", 1);
    must(buf_ok(&out));
    vault_free(v);
    return out.data;
}

#endif
