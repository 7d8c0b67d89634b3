/* lib/json: any text, and every byte of what comes out is read. */
#include "text/json.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct json_pair *pairs;
    struct err err;
    size_t count, bytes = 0;

    if (sodium_init() < 0)
        abort();
    if (json_read_strings((struct slice){(const char *)data, size}, &arena, &pairs, &count, &err) ==
        ERR_OK)
        for (size_t i = 0; i < count; i++)
            bytes += strlen(pairs[i].name) + (pairs[i].value.at ? pairs[i].value.len : 0);
    if (bytes > size)
        abort();
    arena_free(&arena);
    return 0;
}
