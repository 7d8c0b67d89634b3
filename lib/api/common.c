/* What the functions of vault.h share: checks of arguments, and results on their way out. */
#include "common.h"

#include "open/settings.h"

#include <stdlib.h>
#include <string.h>

enum err_code api_refuse_null(vault *v)
{
    return err_set(&v->err, ERR_INVALID, "an argument is NULL that must not be");
}

enum err_code api_given(vault *v, const void *const *pointers, size_t count)
{
    if (!v)
        return ERR_INVALID;
    for (size_t i = 0; i < count; i++)
        if (!pointers[i])
            return api_refuse_null(v);
    return ERR_OK;
}

enum err_code api_given_all(vault *v, const void *const *pointers, size_t count)
{
    return pointers || count == 0 ? api_given(v, pointers, count) : api_refuse_null(v);
}

enum err_code api_given_strings(vault *v, const char *const *strings, size_t count)
{
    return api_given_all(v, (const void *const *)strings, count);
}

const char *api_env(const vault *v, const char *env)
{
    if (!env)
        env = v && v->settings ? v->settings->env : SETTINGS_ENV;
    return env;
}

enum err_code api_check_choice(vault *v, int choice, int last)
{
    return choice >= 0 && choice <= last
               ? ERR_OK
               : err_set(&v->err, ERR_INVALID, "an argument is none of the choices that there are");
}

enum err_code api_copy_sized(vault *v, const void *from, void *to, size_t most)
{
    size_t size = *(const size_t *)from;

    if (size < sizeof size || size > most)
        return err_set(&v->err, ERR_INVALID, "a struct does not say its size");
    memcpy(to, from, size);
    return ERR_OK;
}

enum err_code api_make_list(vault *v, size_t count, size_t entry_size, size_t text,
                            struct list **list)
{
    *list = list_make(count, entry_size, text);
    return err_memory(*list != NULL, &v->err);
}

struct list *api_list_if(enum err_code code, struct list *list)
{
    if (code == ERR_OK)
        return list;
    free(list);
    return NULL;
}

enum err_code api_begin_list(vault *v, const char **env, const void *out)
{
    enum err_code code = GIVEN(v, out);

    *env = api_env(v, *env);
    return code == ERR_OK ? handle_find_env(v, *env) : code;
}

vault_err api_give_kv(struct vault_kv *kv, enum err_code code, vault_kv **out)
{
    if (code != ERR_OK) {
        kv_free(kv);
        return (vault_err)code;
    }
    kv_finish(kv);
    *out = kv;
    return VAULT_OK;
}

enum err_code api_begin_kv(vault *v, struct vault_kv **kv, vault_kv **out)
{
    enum err_code code;

    CLEAR(out);
    code = GIVEN(v, out);
    if (code != ERR_OK)
        return code;
    *kv = kv_new();
    return err_memory(*kv != NULL, &v->err);
}
