/* New passphrases: prompted for twice, or generated, and checked for weakness. */
#include "passphrase.h"

#include "say.h"
#include "terminal.h"

#include "base/text.h"

#include <sodium.h>
#include <string.h>

enum {
    SHORTEST = 12, /* characters */
    GENERATED = 16,
    GROUP = 4
};

/* ---- weak passphrases ---- */

/* Sequences that people count in; they wrap around. */
static const char *const orders[] = {"abcdefghijklmnopqrstuvwxyz", "1234567890",
                                     "qwertyuiopasdfghjklzxcvbnm",
                                     "1234567890qwertyuiopasdfghjklzxcvbnm"};

static uint32_t small(uint32_t c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* The index of a character in a sequence; its length if it is not there. */
static size_t place_in(const char *order, uint32_t c)
{
    size_t i = 0;

    while (order[i] && (uint32_t)(unsigned char)order[i] != c)
        i++;
    return i;
}

/* Whether every `period`th character from `first` on advances by `step` in the sequence. */
static bool counts_in(const char *order, size_t step, const uint32_t *text, size_t count,
                      size_t first, size_t period)
{
    size_t len = strlen(order);

    for (size_t i = first; i + period < count; i += period) {
        size_t here = place_in(order, text[i]);

        if (here == len || place_in(order, text[i + period]) != (here + step) % len)
            return false;
    }
    return true;
}

static bool is_counted(const uint32_t *text, size_t count, size_t first, size_t period)
{
    for (size_t o = 0; o < sizeof orders / sizeof *orders; o++)
        if (counts_in(orders[o], 1, text, count, first, period) ||
            counts_in(orders[o], strlen(orders[o]) - 1, text, count, first, period))
            return true;
    return false;
}

static bool is_repeated(const uint32_t *text, size_t count, size_t first, size_t period)
{
    for (size_t i = first; i + period < count; i += period)
        if (text[i] != text[i + period])
            return false;
    return true;
}

/* Whether the text is a pattern of `period` characters, repeated; each character of it stays the
 * same, or counts up or down. Counting needs three occurrences: any two characters would be a
 * count. */
static bool has_period(const uint32_t *text, size_t count, size_t period)
{
    enum { COUNTED = 3 };

    for (size_t first = 0; first < period; first++)
        if (!is_repeated(text, count, first, period) &&
            (period * COUNTED > count || !is_counted(text, count, first, period)))
            return false;
    return true;
}

static bool is_pattern(const uint32_t *text, size_t count)
{
    for (size_t period = 1; period <= count / 2; period++)
        if (has_period(text, count, period))
            return true;
    return false;
}

/* The characters of the passphrase, or its bytes if it is not UTF-8, ignoring case. */
static size_t take_characters(struct slice s, uint32_t *text)
{
    bool utf8 = text_is_utf8(s);
    size_t count = 0, len = 1;

    for (; s.len > 0; s.at += len, s.len -= len)
        text[count++] = small(utf8 ? text_character(s, &len) : (unsigned char)*s.at);
    return count;
}

static enum status refuse(const char *what)
{
    say_error(STATUS_USAGE, "%s", what);
    say_hint("--generate makes one of 80 bits; --weak accepts yours anyway");
    return STATUS_USAGE;
}

enum status passphrase_check(const struct args *args, struct slice passphrase)
{
    struct arena arena = {0};
    uint32_t *text;
    size_t count;
    enum status status = STATUS_OK;

    if (args_has(args, OPT_WEAK))
        return STATUS_OK;
    text = arena_alloc(&arena, (passphrase.len + 1) * sizeof *text);
    if (!text)
        return say_no_memory();
    count = take_characters(passphrase, text);
    if (count < SHORTEST)
        status = refuse("a passphrase needs 12 characters or more: it can be guessed offline");
    else if (is_pattern(text, count))
        status = refuse("a passphrase that repeats or counts is easily guessed");
    arena_free(&arena);
    return status;
}

/* ---- prompting and generating ---- */

/* 80 bits, in four groups of four, without letters that look like digits. */
static void generate(struct buf *out)
{
    static const char alphabet[32] = {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm',
                                      'n', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y',
                                      'z', '2', '3', '4', '5', '6', '7', '8', '9', '0'};

    for (int i = 0; i < GENERATED; i++) {
        if (i > 0 && i % GROUP == 0)
            buf_add(out, "-", 1);
        buf_add(out, &alphabet[randombytes_uniform(sizeof alphabet)], 1);
    }
}

/* The rest of the dialogue, once there is an answer to the first question. */
static enum status ask_again(const struct args *args, struct buf *out)
{
    struct buf again = BUF_SECRET;
    enum status status = passphrase_check(args, buf_slice(out));

    if (status == STATUS_OK && !terminal_ask_hidden("the passphrase again: ", &again))
        status = say_error(STATUS_FAILED, "no passphrase given");
    if (status == STATUS_OK && !slice_equal(buf_slice(out), buf_slice(&again)))
        status = say_error(STATUS_FAILED, "the passphrases differ");
    buf_free(&again);
    return status;
}

static enum status ask_twice(const struct args *args, struct buf *out)
{
    if (!terminal_ask_hidden("new passphrase: ", out) || out->len == 0)
        return say_error(STATUS_FAILED, "no passphrase given");
    return ask_again(args, out);
}

enum status passphrase_propose(const struct args *args, const char *question, struct buf *out)
{
    if (!terminal_ask_hidden(question, out))
        return say_error(STATUS_FAILED, "no answer was given");
    return out->len > 0 ? ask_again(args, out) : STATUS_OK;
}

enum status passphrase_new(const struct args *args, struct buf *out)
{
    if (!args_has(args, OPT_GENERATE)) {
        if (terminal_is_there())
            return ask_twice(args, out);
        say_error(STATUS_FAILED, "there is no terminal to ask for a passphrase on");
        say_hint("--generate makes one, and prints it");
        return STATUS_FAILED;
    }
    generate(out);
    return buf_ok(out) ? STATUS_OK : say_no_memory();
}

enum status passphrase_print(const struct args *args, struct slice passphrase)
{
    enum status status;

    if (!args_has(args, OPT_GENERATE) || passphrase.len == 0)
        return STATUS_OK;
    status = write_out(passphrase.at, passphrase.len);
    NEXT(status, write_out("\n", 1));
    return status;
}
