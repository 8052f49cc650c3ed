/* What the processor is asked for, and batches of eight: compiled for any processor; lanes.c is for those with AVX-512
 * IFMA only.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "digits.h"

void comity_lanes(uint8_t *outputs, const uint8_t *tokens, const columns digits);
void comity_sum_lanes(uint8_t out[32], const uint8_t *points, const columns *digits, size_t batches);

void comity_times_lanes(uint8_t *out, const uint8_t *points, const columns digits);

enum { VERSION = 2, TOKEN = 32, ELEMENT = 32, OUTPUT = 64, LANES = COLUMNS, MOST_BATCHES = 8 };

static void wipe(void *buffer, size_t length)
{
    volatile uint8_t *at = buffer;
    while (length-- > 0) *at++ = 0;
}

/* The version of these sources, or 0 where the processor or the operating system lacks the instructions. */
int comity_version(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512ifma") ? VERSION : 0;
}

/* Write the 64-byte outputs of tokens of 32 bytes; 0, or -1 where this processor lacks the instructions. */
int comity_evaluate(const uint8_t scalar[32], const uint8_t *tokens, size_t count, uint8_t *outputs)
{
    columns digits;
    uint8_t few[LANES * TOKEN] = {0}, made[LANES * OUTPUT];
    size_t whole = count / LANES * LANES;
    if (comity_version() == 0) return -1;
    for (int lane = 0; lane < LANES; lane++) recode(digits, lane, scalar);
    for (size_t i = 0; i < whole; i += LANES) comity_lanes(outputs + OUTPUT * i, tokens + TOKEN * i, digits);
    if (whole < count) {
        memcpy(few, tokens + TOKEN * whole, TOKEN * (count - whole));
        comity_lanes(made, few, digits);
        memcpy(outputs + OUTPUT * whole, made, OUTPUT * (count - whole));
    }
    wipe(digits, sizeof digits);
    return 0;
}

/* Write the multiples of points that were found valid before, each by its own secret scalar; 0, or -1 where this
 * processor lacks the instructions. */
int comity_times(const uint8_t *scalars, const uint8_t *points, size_t count, uint8_t *out)
{
    static const uint8_t nothing[32];
    columns digits;
    uint8_t few[LANES * ELEMENT], made[LANES * ELEMENT];
    if (comity_version() == 0) return -1;
    for (size_t i = 0; i < count; i += LANES) {
        size_t here = count - i < LANES ? count - i : LANES;
        memset(few, 0, sizeof few);
        memcpy(few, points + ELEMENT * i, ELEMENT * here);
        for (size_t lane = 0; lane < LANES; lane++)
            recode(digits, (int)lane, lane < here ? scalars + 32 * (i + lane) : nothing);
        comity_times_lanes(made, few, digits);
        memcpy(out + ELEMENT * i, made, ELEMENT * here);
    }
    wipe(digits, sizeof digits);
    wipe(made, sizeof made);
    return 0;
}

/* Write the sum of points, each weighted with its scalar: all of them public, and the points found valid before; 0, or
 * -1 where there are more than 64 or this processor lacks the instructions. */
int comity_sum(const uint8_t *weights, const uint8_t *points, size_t count, uint8_t out[ELEMENT])
{
    static const uint8_t nothing[32];
    columns digits[MOST_BATCHES];
    uint8_t padded[MOST_BATCHES * LANES * ELEMENT] = {0};
    size_t batches = (count + LANES - 1) / LANES;
    if (comity_version() == 0 || batches > MOST_BATCHES) return -1;
    memcpy(padded, points, count * ELEMENT);
    for (size_t i = 0; i < batches * LANES; i++)
        recode(digits[i / LANES], (int)(i % LANES), i < count ? weights + 32 * i : nothing);
    comity_sum_lanes(out, padded, (const columns *)digits, batches);
    return 0;
}
