/* Timing for the benchmarks: cases that are to be compared take turns, sample by sample, so that
 * what the machine does meanwhile meets them alike; what is reported is the median of each. */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BENCH_SAMPLES = 201 };
#define BENCH_SAMPLE_SECONDS 0.001 /* a quicker case is called several times a sample */

struct bench_case {
    const char *name;
    void (*run)(void *state);
    void *state;
    double seconds; /* median of one call: written by bench_run */
    double ratio;   /* to the first case: the median over the samples, each to its neighbour */

    unsigned calls; /* per sample */
    double *samples;
};

/* What is measured must work. */
static inline void bench_must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static inline double bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Of this process: what else the machine does is not in it. */
static inline double bench_cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline double bench_sample(struct bench_case *c)
{
    double start = bench_now();

    for (unsigned i = 0; i < c->calls; i++)
        c->run(c->state);
    return (bench_now() - start) / c->calls;
}

static inline int bench_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static inline double bench_median(double *samples, size_t count)
{
    qsort(samples, count, sizeof *samples, bench_order);
    return samples[count / 2];
}

/* samples: BENCH_SAMPLES, or fewer for a case of many milliseconds. */
static inline void bench_run(struct bench_case *cases, size_t count, size_t samples)
{
    double *ratios = calloc(samples, sizeof *ratios);

    if (!ratios)
        abort();
    for (size_t i = 0; i < count; i++) {
        struct bench_case *c = &cases[i];

        c->samples = calloc(samples, sizeof *c->samples);
        if (!c->samples)
            abort();
        c->calls = 1;
        while (bench_sample(c) * c->calls < BENCH_SAMPLE_SECONDS) /* also warms it */
            c->calls *= 2;
    }
    for (size_t s = 0; s < samples; s++)
        for (size_t i = 0; i < count; i++)
            cases[i].samples[s] = bench_sample(&cases[i]);
    for (size_t i = count; i-- > 0;) { /* the first last: the others are set beside it */
        struct bench_case *c = &cases[i];

        for (size_t s = 0; s < samples; s++)
            ratios[s] = c->samples[s] / cases[0].samples[s];
        c->ratio = bench_median(ratios, samples);
        c->seconds = bench_median(c->samples, samples);
        free(c->samples);
    }
    free(ratios);
}

/* Keeps the compiler from leaving out work whose result nobody reads. */
static inline void bench_use(const void *result)
{
    __asm__ volatile("" : : "r"(result) : "memory");
}

/* One line of the report: what was measured, its bar, and whether it is met. */
static inline void bench_report_least(const char *what, double value, const char *unit, double bar)
{
    printf("%-58s %8.2f %-5s bar %6.2f or more  %s\n", what, value, unit, bar,
           value >= bar ? "met" : "MISSED");
}

static inline void bench_report_most(const char *what, double value, const char *unit, double bar)
{
    printf("%-58s %8.2f %-5s bar %6.2f or less  %s\n", what, value, unit, bar,
           value <= bar ? "met" : "MISSED");
}

static inline void bench_report(const char *what, double value, const char *unit)
{
    printf("%-58s %8.2f %s\n", what, value, unit);
}

#endif
