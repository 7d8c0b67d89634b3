/* Opening and sealing age files, beside the scalar multiplications that it cannot do without. */
#include "age/age.h"
#include "age/kind.h"
#include "bench.h"

#include <sodium.h>
#include <string.h>

enum { SMALL = 32, LARGE = 1 << 20 };

struct job {
    struct age_identity id;
    struct buf plain, sealed, out;
};

static void job_make(struct job *job, const struct age_identity *id, size_t size)
{
    struct err err;
    char *room;

    *job = (struct job){.id = *id, .plain = BUF_SECRET, .out = BUF_SECRET};
    room = buf_reserve(&job->plain, size);
    if (!room)
        abort();
    randombytes_buf(room, size);
    job->plain.len = size;
    if (age_encrypt(buf_slice(&job->plain), &id->self, 1, &job->sealed, &err) != ERR_OK)
        abort();
}

static void job_free(struct job *job)
{
    buf_free(&job->plain);
    buf_free(&job->sealed);
    buf_free(&job->out);
}

static void open_file(void *state)
{
    struct job *job = state;
    struct err err;

    buf_clear(&job->out);
    if (age_decrypt(buf_slice(&job->sealed), &job->id, 1, &job->out, &err) != ERR_OK)
        abort();
    bench_use(job->out.data);
}

static void seal_file(void *state)
{
    struct job *job = state;
    struct err err;

    buf_clear(&job->sealed);
    if (age_encrypt(buf_slice(&job->plain), &job->id.self, 1, &job->sealed, &err) != ERR_OK)
        abort();
    bench_use(job->sealed.data);
}

/* The floor: what X25519 costs, and no byte around it. */
static void multiply_twice(void *state)
{
    struct job *job = state;
    unsigned char share[AGE_KEY], shared[AGE_KEY];

    crypto_scalarmult_base(share, job->id.secret);
    if (crypto_scalarmult(shared, job->id.secret, job->id.self.key) != 0)
        abort();
    bench_use(share);
    bench_use(shared);
}

static void small_files(struct job *x25519, struct job *ssh)
{
    struct bench_case cases[] = {{.run = multiply_twice, .state = x25519},
                                 {.run = open_file, .state = x25519},
                                 {.run = seal_file, .state = x25519},
                                 {.run = open_file, .state = ssh},
                                 {.run = seal_file, .state = ssh}};

    bench_run(cases, 5, BENCH_SAMPLES);
    bench_report_most("age: opening 32 bytes, X25519, to its two multiplications",
                      cases[1].seconds / cases[0].seconds, "", 1.25);
    bench_report("        the two multiplications", cases[0].seconds * 1e6, "µs");
    bench_report("        opening", cases[1].seconds * 1e6, "µs");
    bench_report("        sealing", cases[2].seconds * 1e6, "µs");
    bench_report("age: opening 32 bytes, ssh-ed25519", cases[3].seconds * 1e6, "µs");
    bench_report("        sealing", cases[4].seconds * 1e6, "µs");
}

static void large_file(struct job *large)
{
    struct bench_case cases[] = {{.run = open_file, .state = large},
                                 {.run = seal_file, .state = large}};

    bench_run(cases, 2, BENCH_SAMPLES);
    bench_report("age: opening 1 MiB", LARGE / cases[0].seconds * 1e-6, "MB/s");
    bench_report("        sealing", LARGE / cases[1].seconds * 1e-6, "MB/s");
}

int main(void)
{
    unsigned char seed[crypto_sign_SEEDBYTES] = "any seed", pair[crypto_sign_SECRETKEYBYTES];
    struct age_identity native, ssh = {.kind = &age_ssh_ed25519, .self.kind = &age_ssh_ed25519};
    struct job jobs[3];

    if (sodium_init() < 0)
        return 1;
    age_identity_make(&native);
    crypto_sign_seed_keypair(ssh.self.key, pair, seed);
    crypto_sign_ed25519_sk_to_curve25519(ssh.secret, pair);
    job_make(&jobs[0], &native, SMALL);
    job_make(&jobs[1], &ssh, SMALL);
    job_make(&jobs[2], &native, LARGE);
    small_files(&jobs[0], &jobs[1]);
    large_file(&jobs[2]);
    for (int i = 0; i < 3; i++)
        job_free(&jobs[i]);
    return 0;
}
