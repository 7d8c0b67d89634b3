/* Lists that are one block of memory. */
#include "list.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

struct list *list_make(size_t count, size_t entry_size, size_t text)
{
    struct list *list = calloc(1, sizeof *list + count * entry_size + text);

    if (!list)
        return NULL;
    list->count = count;
    list->entry_size = entry_size;
    list->entries = (char *)(list + 1);
    list->text = list->entries + count * entry_size;
    return list;
}

const char *list_string(struct list *list, struct slice s)
{
    char *at = list->text;

    if (s.len > 0)
        memcpy(at, s.at, s.len);
    at[s.len] = '\0';
    list->text += s.len + 1;
    return at;
}

const char *list_spelled(struct list *list, struct slice s)
{
    char *at = list->text;
    size_t len = 0;

    if (!text_unspell(s, at, &len))
        len = 0;
    at[len] = '\0';
    list->text += len + 1;
    return at;
}

void *list_at(const struct list *list, size_t place)
{
    return list && place < list->count ? list->entries + place * list->entry_size : NULL;
}

size_t list_count(const struct list *list)
{
    return list ? list->count : 0;
}
