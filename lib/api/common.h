/* What the functions of vault.h share: checks of arguments, and results on their way out. */
#ifndef VAULT_API_COMMON_H
#define VAULT_API_COMMON_H

#include "vault.h"

#include "base/list.h"
#include "text/kv.h"
#include "vault/handle.h"

/* MUST come first in whatever is given pointers: ERR_INVALID if one of them is NULL. The outputs
 * are emptied before that, so that none is left over from an earlier call. */
#define GIVEN(v, ...)                                  \
    api_given((v), (const void *const[]){__VA_ARGS__}, \
              sizeof((const void *const[]){__VA_ARGS__}) / sizeof(const void *))
#define CLEAR(out) ((out) ? (void)(*(out) = 0) : (void)0)

/* ERR_INVALID, as for a pointer that is NULL. */
enum err_code api_refuse_null(vault *v);
enum err_code api_given(vault *v, const void *const *pointers, size_t count);

/* An array of pointers, none of which may be NULL. The array itself may be, if it is empty. */
enum err_code api_given_all(vault *v, const void *const *pointers, size_t count);
enum err_code api_given_strings(vault *v, const char *const *strings, size_t count);

/* env or, if it is NULL, the environment that vault_find_default found. */
const char *api_env(const vault *v, const char *env);

/* ERR_INVALID for a number that is not an enumerator, from 0 to last. */
enum err_code api_check_choice(vault *v, int choice, int last);

/* Copies a struct that a caller made, which begins with its size. An older one is shorter: what it
 * lacks stays 0. */
enum err_code api_copy_sized(vault *v, const void *from, void *to, size_t most);

/* A list for the caller; api_list_if returns it, or frees it and returns NULL after an error. */
enum err_code api_make_list(vault *v, size_t count, size_t entry_size, size_t text,
                            struct list **list);
struct list *api_list_if(enum err_code code, struct list *list);

/* The first step of a function that lists what an environment has without a key: checks out, sets
 * *env to the default if it is NULL, and finds the environment. */
enum err_code api_begin_list(vault *v, const char **env, const void *out);

/* An empty set for the caller; api_give_kv hands it over, or frees it after an error. */
enum err_code api_begin_kv(vault *v, struct vault_kv **kv, vault_kv **out);
vault_err api_give_kv(struct vault_kv *kv, enum err_code code, vault_kv **out);

#endif
