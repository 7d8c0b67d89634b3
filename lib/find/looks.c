/* Whether a text looks like a secret, before it is shown to everybody. */
#include "looks.h"

#include "base/text.h"

#include <string.h>

enum {
    RANDOM_LEAST = 20, /* characters of a token that may be random */
    HEX_LEAST = 32     /* digits: 16 bytes */
};

/* What the services begin their tokens with, so that they can be found. */
static bool is_token(struct slice text)
{
    static const char *const prefixes[] = {
        "AGE-SECRET-KEY-",
        "AIza",
        "AKIA",
        "ASIA",
        "SG.",
        "dop_v1_",
        "eyJ",
        "gho_",
        "ghp_",
        "ghr_",
        "ghs_",
        "ghu_",
        "github_pat_",
        "glpat-",
        "hf_",
        "hvs.",
        "npm_",
        "pypi-",
        "rk_live_",
        "rk_test_",
        "shpat_",
        "sk-",
        "sk_live_",
        "sk_test_",
        "whsec_",
        "xapp-",
        "xoxa-",
        "xoxb-",
        "xoxp-",
        "xoxs-",
        "ya29.",
    };

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (slice_begins(text, prefixes[i]) && text.len > strlen(prefixes[i]))
            return true;
    return false;
}

/* "scheme://user:password@host". */
static bool has_password(struct slice text)
{
    const char *end = text.at + text.len, *at = text.at, *colon = NULL;

    while (at + 3 <= end && memcmp(at, "://", 3) != 0)
        at++;
    if (at + 3 > end)
        return false;
    for (at += 3; at < end && !strchr("/?# \n", *at) && *at != '@'; at++)
        if (*at == ':' && !colon)
            colon = at;
    return at < end && *at == '@' && colon && at > colon + 1;
}

static bool is_base64(char c)
{
    return text_is_alnum(c) || c == '+' || c == '/' || c == '=' || c == '_';
}

static int class_of(char c)
{
    return c >= '0' && c <= '9' ? 0 : c >= 'a' && c <= 'z' ? 1 : c >= 'A' && c <= 'Z' ? 2 : 3;
}

/* In what people write, characters of one class stand together; in what is random, every second one
 * is of another class than the one before it. */
static bool is_random(struct slice word)
{
    size_t changes = 0, digits = 0, hex = 0;

    for (size_t i = 0; i < word.len; i++) {
        digits += class_of(word.at[i]) == 0;
        hex += text_hex_digit(word.at[i]) < 16;
        changes += i > 0 && class_of(word.at[i]) != class_of(word.at[i - 1]);
    }
    if (hex == word.len)
        return word.len >= HEX_LEAST && digits < word.len;
    return word.len >= RANDOM_LEAST && digits > 0 && 3 * changes >= word.len;
}

const char *looks_secret(struct slice text)
{
    if (is_token(text))
        return "it begins as a token does";
    if (has_password(text))
        return "it is a URL with a password in it";
    for (size_t at = 0; at < text.len;) {
        struct slice word = {text.at + at, 0};

        while (at + word.len < text.len && is_base64(word.at[word.len]))
            word.len++;
        if (is_random(word))
            return "a part of it looks random";
        if (slice_begins((struct slice){word.at, text.len - at}, "PRIVATE KEY-----"))
            return "it is a private key";
        at += word.len + (word.len == 0);
    }
    return NULL;
}
