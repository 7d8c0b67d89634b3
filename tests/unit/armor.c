/* lib/armor: all lengths, what may stand around it, and the line of what may not. */
#include "age/armor.h"
#include "base/base64.h"
#include "tap.h"

#include <sodium.h>
#include <string.h>

#define BEGIN "-----BEGIN AGE ENCRYPTED FILE-----\n"
#define END "-----END AGE ENCRYPTED FILE-----\n"
#define FULL "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v\n" /* 0 to 47 */

static void fold(struct buf *out, const unsigned char *data, size_t len)
{
    char line[BASE64_ENCODED(48) + 2];

    buf_add_text(out, BEGIN);
    for (size_t n; len > 0; len -= n, data += n) {
        n = len < 48 ? len : 48;
        base64_encode(line, data, n);
        memcpy(line + BASE64_ENCODED(n), "==", 2);
        buf_add(out, line, (n + 2) / 3 * 4);
        buf_add_text(out, "\n");
    }
    buf_add_text(out, END);
}

static void test_lengths(void)
{
    unsigned char data[300];
    bool right = true;
    struct err err;

    randombytes_buf(data, sizeof data);
    for (size_t len = 0; len <= sizeof data; len++) {
        struct buf text = {0}, back = {0}, written = {0};

        buf_add_text(&back, "before");
        fold(&text, data, len);
        armor_write((struct slice){(const char *)data, len}, &written);
        right = right && slice_equal(buf_slice(&text), buf_slice(&written)) &&
                armor_is(buf_slice(&text)) && armor_read(buf_slice(&text), &back, &err) == ERR_OK &&
                back.len == 6 + len && memcmp(back.data, "before", 6) == 0 &&
                memcmp(back.data + 6, data, len) == 0;
        buf_free(&text);
        buf_free(&back);
        buf_free(&written);
    }
    check(right, "0 to 300 bytes come back, behind what was there");
}

static void accepted(const char *text, size_t expected)
{
    struct buf out = {0};
    struct err err = {0};

    check(armor_read(slice_of(text), &out, &err) == ERR_OK && out.len == expected,
          "accepted: %zu bytes", expected);
    buf_free(&out);
}

static void test_accepted(void)
{
    accepted(BEGIN FULL END, 48);
    accepted(BEGIN FULL FULL "AA==\n" END, 97);
    accepted(BEGIN END, 0); /* the header will be missed */
    accepted("-----BEGIN AGE ENCRYPTED FILE-----\r\nAA==\r\n"
             "-----END AGE ENCRYPTED FILE-----\r\n",
             1);
    accepted(BEGIN "AA==\n-----END AGE ENCRYPTED FILE-----", 1);
    accepted("\n \t\r\n\n" BEGIN "AA==\n" END " \t\r\n\n ", 1);
}

static void refused(const char *text, const char *said)
{
    struct buf out = {0};
    struct err err = {0};
    enum err_code code = armor_read(slice_of(text), &out, &err);

    if (!check(code == ERR_FORMAT && err.code == code && strcmp(err.text, said) == 0, "refused: %s",
               said))
        printf("# said: %s\n", err.text);
    buf_free(&out);
}

static void test_refused(void)
{
    refused("", "line 1: not -----BEGIN AGE ENCRYPTED FILE-----");
    refused("age-encryption.org/v1\n", "line 1: not -----BEGIN AGE ENCRYPTED FILE-----");
    refused("\n\n x\n", "line 3: not -----BEGIN AGE ENCRYPTED FILE-----");
    refused(" " BEGIN "AA==\n" END, "line 1: not -----BEGIN AGE ENCRYPTED FILE-----");
    refused("-----BEGIN AGE ENCRYPTED FILE----- \nAA==\n" END,
            "line 1: not -----BEGIN AGE ENCRYPTED FILE-----");
    refused("-----begin age encrypted file-----\nAA==\n" END,
            "line 1: not -----BEGIN AGE ENCRYPTED FILE-----");
    refused(BEGIN, "line 2: -----END AGE ENCRYPTED FILE----- is missing");
    refused(BEGIN FULL "AA==", "line 4: -----END AGE ENCRYPTED FILE----- is missing");
    refused(BEGIN "\nAA==\n" END, "line 2: malformed armor");
    refused(BEGIN "Version: 1\n\nAA==\n" END, "line 2: malformed armor");
    refused(BEGIN "AA==\nAA==\n" END, "line 3: malformed armor");
    refused(BEGIN "AAAA\n" FULL END, "line 3: malformed armor");
    refused(BEGIN FULL "AAAA" FULL END, "line 3: malformed armor");
    refused(BEGIN FULL "AA\n" END, "line 3: malformed armor");
    refused(BEGIN FULL "AA=\n" END, "line 3: malformed armor");
    refused(BEGIN FULL "AA=\n=\n" END, "line 3: malformed armor");
    refused(BEGIN FULL "AB==\n" END, "line 3: malformed armor");
    refused(BEGIN FULL "AAAA====\n" END, "line 3: malformed armor");
    refused(BEGIN FULL "====\n" END, "line 3: malformed armor");
    refused(BEGIN FULL "AA== \n" END, "line 3: malformed armor");
    refused(BEGIN FULL " AA==\n" END, "line 3: malformed armor");
    refused(BEGIN FULL "AA-_\n" END, "line 3: malformed armor");
    refused(BEGIN FULL "AA==\n=abcd\n" END, "line 4: malformed armor");
    refused(BEGIN FULL "\n" END, "line 3: malformed armor");
    refused(BEGIN "AA==\n-----END AGE ENCRYPTED FILE----- \n", "line 3: malformed armor");
    refused(BEGIN "AA==\n-----END AGE ENCRYPTED FILE-----x", "line 3: malformed armor");
    refused(BEGIN "AA==\n" END "x", "line 4: text after the armor");
    refused(BEGIN "AA==\n" END BEGIN "AA==\n" END, "line 4: text after the armor");
}

static void test_is(void)
{
    check(armor_is(slice_of(BEGIN)) && armor_is(slice_of(" \r\n\n" BEGIN)), "armor is told");
    check(!armor_is(slice_of("")) && !armor_is(slice_of("\n")) &&
              !armor_is(slice_of("-----BEGIN")) && !armor_is(slice_of("x" BEGIN)) &&
              !armor_is(slice_of(" " BEGIN)) &&
              !armor_is(slice_of("-----BEGIN AGE ENCRYPTED FIL3-----")),
          "from what is none");
}

/* Nothing in it can be written in two ways of the same length. */
static void test_every_byte(void)
{
    static const char text[] = BEGIN FULL "AAEC\n" END;
    const size_t len = sizeof text - 1;
    char changed[sizeof text];
    struct buf right = {0}, out = {0};
    struct err err;
    int same = 0;

    check(armor_read(slice_of(text), &right, &err) == ERR_OK && right.len == 51, "51 bytes");
    for (size_t place = 0; place < len; place++)
        for (int c = 0; c < 256; c++) {
            memcpy(changed, text, sizeof text);
            if (changed[place] == (char)c)
                continue;
            changed[place] = (char)c;
            buf_clear(&out);
            same += armor_read((struct slice){changed, len}, &out, &err) == ERR_OK &&
                    slice_equal(buf_slice(&out), buf_slice(&right));
        }
    check(same == 0, "each byte at each place: no other text means the same");
    buf_free(&right);
    buf_free(&out);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    test_lengths();
    test_accepted();
    test_refused();
    test_is();
    test_every_byte();
    return tap_done();
}
