/* A fuzzer's bytes, taken one after the other. */
#ifndef TESTS_INPUT_H
#define TESTS_INPUT_H

#include <stddef.h>
#include <stdint.h>

struct input {
    const uint8_t *at;
    size_t left;
};

/* 0 when there is none left. */
static inline size_t take_byte(struct input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

#endif
