/* F_k(x) of RFC 9497 (ristretto255-SHA512, VOPRF) for many tokens of 32 bytes: hash to the group, multiply, hash.
 *
 * SHA-512 is libsodium's. The group stands in a file of its own, compiled for a processor with AVX-512 IFMA; this one is
 * compiled for any, and asks the processor first.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "digits.h"

int crypto_hash_sha512(unsigned char *out, const unsigned char *in, unsigned long long length);
void sodium_memzero(void *buffer, size_t length);

void comity_lanes(uint8_t *out, const uint8_t *uniform, const columns digits);
void comity_sum_lanes(uint8_t out[32], const uint8_t *points, const columns *digits, size_t batches);

enum { VERSION = 1, TOKEN = 32, ELEMENT = 32, WIDE = 64, LANES = COLUMNS, MOST_BATCHES = 8 };

#define TAG "HashToGroup-OPRFV1-\x01-ristretto255-SHA512"
#define TAG_BYTES (sizeof TAG - 1)

/* The version of these sources, or 0 where the processor or the operating system lacks the instructions. */
int comity_version(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512ifma") ? VERSION : 0;
}

/* expand_message_xmd (RFC 9380, 5.3.1) of one token to 64 bytes */
static void expand(uint8_t out[WIDE], const uint8_t *token)
{
    uint8_t first[128 + TOKEN + 3 + TAG_BYTES + 1] = {0}, second[WIDE + 1 + TAG_BYTES + 1];
    uint8_t *at = first + 128;
    memcpy(at, token, TOKEN);
    at[TOKEN + 1] = WIDE;
    memcpy(at + TOKEN + 3, TAG, TAG_BYTES);
    at[TOKEN + 3 + TAG_BYTES] = TAG_BYTES;
    crypto_hash_sha512(second, first, sizeof first);
    second[WIDE] = 1;
    memcpy(second + WIDE + 1, TAG, TAG_BYTES);
    second[WIDE + 1 + TAG_BYTES] = TAG_BYTES;
    crypto_hash_sha512(out, second, sizeof second);
}

/* The output of RFC 9497, 3.3.1: both parts preceded by their length. */
static void finish(uint8_t out[WIDE], const uint8_t *token, const uint8_t *element)
{
    uint8_t text[2 + TOKEN + 2 + ELEMENT + 8] = {0, TOKEN};
    memcpy(text + 2, token, TOKEN);
    text[2 + TOKEN + 1] = ELEMENT;
    memcpy(text + 4 + TOKEN, element, ELEMENT);
    memcpy(text + 4 + TOKEN + ELEMENT, "Finalize", 8);
    crypto_hash_sha512(out, text, sizeof text);
}

/* Write the 64-byte outputs of tokens of 32 bytes; 0, or -1 where this processor lacks the instructions. */
int comity_evaluate(const uint8_t scalar[32], const uint8_t *tokens, size_t count, uint8_t *outputs)
{
    columns digits;
    uint8_t uniform[LANES * WIDE] = {0}, elements[LANES * ELEMENT];
    if (comity_version() == 0) return -1;
    for (int lane = 0; lane < LANES; lane++) recode(digits, lane, scalar);
    for (size_t start = 0; start < count; start += LANES) {
        size_t here = count - start < LANES ? count - start : LANES;
        for (size_t i = 0; i < here; i++) expand(uniform + WIDE * i, tokens + TOKEN * (start + i));
        comity_lanes(elements, uniform, digits);
        for (size_t i = 0; i < here; i++)
            finish(outputs + WIDE * (start + i), tokens + TOKEN * (start + i), elements + ELEMENT * i);
    }
    sodium_memzero(digits, sizeof digits);
    sodium_memzero(uniform, sizeof uniform);
    sodium_memzero(elements, sizeof elements);
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
