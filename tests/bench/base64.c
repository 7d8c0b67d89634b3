/* Base64 of public text both ways, beside libsodium's. */
#include "base/base64.h"
#include "bench.h"

#include <sodium.h>
#include <string.h>

enum { MOST = 4096 };

struct piece {
    unsigned char bytes[BASE64_DECODED(MOST)];
    char text[MOST + 1];
    size_t len; /* characters */
};

static void decode(void *state)
{
    struct piece *p = state;

    if (!base64_decode(p->bytes, p->text, p->len))
        abort();
    bench_use(p);
}

static void decode_theirs(void *state)
{
    struct piece *p = state;
    size_t len;

    if (sodium_base642bin(p->bytes, sizeof p->bytes, p->text, p->len, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
        abort();
    bench_use(p);
}

static void encode(void *state)
{
    struct piece *p = state;

    base64_encode(p->text, p->bytes, BASE64_DECODED(p->len));
    bench_use(p);
}

static void encode_theirs(void *state)
{
    struct piece *p = state;

    sodium_bin2base64(p->text, sizeof p->text, p->bytes, BASE64_DECODED(p->len),
                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    bench_use(p);
}

static double gigabytes(const struct piece *p, const struct bench_case *c)
{
    return (double)p->len / c->seconds * 1e-9;
}

static void measure(size_t len)
{
    static struct piece p;
    struct bench_case cases[] = {{.run = decode, .state = &p},
                                 {.run = decode_theirs, .state = &p},
                                 {.run = encode, .state = &p},
                                 {.run = encode_theirs, .state = &p}};
    char what[64];

    p.len = len;
    randombytes_buf(p.bytes, sizeof p.bytes);
    encode(&p);
    bench_run(cases, 4, BENCH_SAMPLES);
    snprintf(what, sizeof what, "base64: decoding %zu characters", len);
    if (len == 128)
        bench_report_least(what, gigabytes(&p, &cases[0]), "GB/s", 1.5);
    else
        bench_report(what, gigabytes(&p, &cases[0]), "GB/s");
    bench_report("        libsodium's", gigabytes(&p, &cases[1]), "GB/s");
    snprintf(what, sizeof what, "base64: encoding to %zu characters", len);
    bench_report(what, gigabytes(&p, &cases[2]), "GB/s");
    bench_report("        libsodium's", gigabytes(&p, &cases[3]), "GB/s");
}

int main(void)
{
    static const size_t lengths[] = {22, 43, 128, MOST};

    if (sodium_init() < 0)
        return 1;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        measure(lengths[i]);
    return 0;
}
