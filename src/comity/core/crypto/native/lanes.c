/* F_k(x) of RFC 9497 (ristretto255-SHA512, VOPRF) for eight tokens at once, one in each lane; weighted sums of points.
 *
 * No branch and no address depends on a token, a point or the scalar: tables are read whole, digits are compared.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "digits.h"
#include "field.h"
#include "sha512.h"

typedef struct { fe x, y, z, t; } point;
typedef struct { fe plus, minus, z, t2d; } cached;
typedef struct { fe x, y, z, t; } completed;

static const uint64_t ONE[4] = {1, 0, 0, 0};
static const uint64_t D[4] = {0x75eb4dca135978a3u, 0x00700a4d4141d8abu, 0x8cc740797779e898u, 0x52036cee2b6ffe73u};
static const uint64_t D2[4] = {0xebd69b9426b2f159u, 0x00e0149a8283b156u, 0x198e80f2eef3d130u, 0x2406d9dc56dffce7u};
static const uint64_t SQRT_M1[4] = {0xc4ee1b274a0ea0b0u, 0x2f431806ad2fe478u, 0x2b4d00993dfbd7a7u, 0x2b8324804fc1df0bu};
static const uint64_t SQRT_AD_MINUS_ONE[4] = {0x7e97f6a0497b2e1bu, 0xaf9d8e0c1b7854bdu, 0x0f3cfcc931f5d1fdu, 0x376931bf2b8348acu};
static const uint64_t INVSQRT_A_MINUS_D[4] = {0x99c8fdaa805d40eau, 0x9d2f16175a4172beu, 0x16c27b91fe01d840u, 0x786c8905cfaffca2u};
static const uint64_t ONE_MINUS_D_SQ[4] = {0xe27c09c1945fc176u, 0x2c81a138cd5e350fu, 0x9994abddbe70dfe4u, 0x029072a8b2b3e0d7u};
static const uint64_t D_MINUS_ONE_SQ[4] = {0x31ad5aaa44ed4d20u, 0xd29e4a2cb01e1999u, 0x4cdcd32f529b4eebu, 0x5968b37af66c2241u};

/* Words of 64 bits, least first, to limbs and back; bit 255 is dropped. */
static fe fe_of_words(const vec w[4])
{
    fe r;
    for (int i = 0; i < LIMBS; i++) {
        int word = BITS * i / 64, bit = BITS * i % 64;
        vec v = v_srl(w[word], bit);
        if (bit + BITS > 64) v = v_or(v, v_sll(w[word + 1], 64 - bit));
        r.l[i] = v_and(v, LOW);
    }
    return r;
}

static void fe_to_words(vec w[4], fe a)
{
    a = fe_freeze(a);
    for (int i = 0; i < 4; i++) w[i] = v_set(0);
    for (int i = 0; i < LIMBS; i++) {
        int word = BITS * i / 64, bit = BITS * i % 64;
        w[word] = v_or(w[word], v_sll(a.l[i], bit));
        if (bit + BITS > 64) w[word + 1] = v_or(w[word + 1], v_srl(a.l[i], 64 - bit));
    }
}

static fe fe_constant(const uint64_t c[4])
{
    vec w[4];
    for (int i = 0; i < 4; i++) w[i] = v_set(c[i]);
    return fe_of_words(w);
}

static fe fe_zero(void)
{
    fe r;
    for (int i = 0; i < LIMBS; i++) r.l[i] = v_set(0);
    return r;
}

static fe fe_neg(fe a) { return fe_sub(fe_zero(), a); }

static mask fe_negative(fe a) { return m_odd(fe_freeze(a).l[0]); }

static mask fe_equal(fe a, fe b)
{
    fe difference = fe_freeze(fe_sub(a, b));
    vec any = difference.l[0];
    for (int i = 1; i < LIMBS; i++) any = v_or(any, difference.l[i]);
    return m_zero(any);
}

static fe fe_abs(fe a) { return fe_select(fe_negative(a), fe_neg(a), a); }

static fe fe_squares(fe a, int count)
{
    while (count-- > 0) a = fe_sq(a);
    return a;
}

/* a^((p-5)/8) = a^(2^252-3) */
static fe fe_power(fe a)
{
    fe a2 = fe_sq(a), a9 = fe_mul(fe_squares(a2, 2), a), a11 = fe_mul(a9, a2);
    fe e5 = fe_mul(fe_sq(a11), a9);                    /* 2^5 - 1, and so on */
    fe e10 = fe_mul(fe_squares(e5, 5), e5), e20 = fe_mul(fe_squares(e10, 10), e10);
    fe e40 = fe_mul(fe_squares(e20, 20), e20), e50 = fe_mul(fe_squares(e40, 10), e10);
    fe e100 = fe_mul(fe_squares(e50, 50), e50), e200 = fe_mul(fe_squares(e100, 100), e100);
    fe e250 = fe_mul(fe_squares(e200, 50), e50);
    return fe_mul(fe_squares(e250, 2), a);
}

/* SQRT_RATIO_M1 (RFC 9496, 4.2) */
static mask sqrt_ratio(fe *root, fe u, fe v)
{
    fe v3 = fe_mul(fe_sq(v), v), v7 = fe_mul(fe_sq(v3), v);
    fe r = fe_mul(fe_mul(u, v3), fe_power(fe_mul(u, v7)));
    fe check = fe_mul(v, fe_sq(r)), i = fe_constant(SQRT_M1), minus = fe_neg(u);
    mask correct = fe_equal(check, u), flipped = fe_equal(check, minus);
    mask flipped_i = fe_equal(check, fe_mul(minus, i));
    r = fe_select(m_or(flipped, flipped_i), fe_mul(r, i), r);
    *root = fe_abs(r);
    return m_or(correct, flipped);
}

INLINE point complete(completed c, int with_t)
{
    point r;
    r.x = fe_mul(c.x, c.t);
    r.y = fe_mul(c.y, c.z);
    r.z = fe_mul(c.z, c.t);
    if (with_t) r.t = fe_mul(c.x, c.y);
    return r;
}

/* MAP (RFC 9496, 4.3.4) */
static point map(fe t)
{
    fe one = fe_constant(ONE), d = fe_constant(D);
    fe r = fe_mul(fe_constant(SQRT_M1), fe_sq(t));
    fe u = fe_mul(fe_add(r, one), fe_constant(ONE_MINUS_D_SQ));
    fe v = fe_mul(fe_sub(fe_neg(one), fe_mul(r, d)), fe_add(r, d));
    fe s;
    mask square = sqrt_ratio(&s, u, v);
    fe other = fe_neg(fe_abs(fe_mul(s, t)));
    s = fe_select(square, s, other);
    fe c = fe_select(square, fe_neg(one), r);
    fe n = fe_sub(fe_mul(fe_mul(c, fe_sub(r, one)), fe_constant(D_MINUS_ONE_SQ)), v);
    fe sv = fe_mul(s, v), ss = fe_sq(s);
    completed w = {fe_add(sv, sv), fe_sub(one, ss), fe_mul(n, fe_constant(SQRT_AD_MINUS_ONE)), fe_add(one, ss)};
    return complete(w, 1);
}

INLINE point twice(point p, int with_t)
{
    fe xx = fe_sq(p.x), yy = fe_sq(p.y), zz = fe_sq(p.z), sum = fe_sq(fe_add(p.x, p.y));
    completed c;
    c.y = fe_add(yy, xx);
    c.z = fe_sub(yy, xx);
    c.x = fe_sub(sum, c.y);
    c.t = fe_twice_sub(zz, c.z);
    return complete(c, with_t);
}

INLINE point plus(point p, cached q, int with_t)
{
    fe a = fe_mul(fe_add(p.y, p.x), q.plus), b = fe_mul(fe_sub(p.y, p.x), q.minus);
    fe c = fe_mul(q.t2d, p.t), zz = fe_mul(p.z, q.z);
    completed r = {fe_sub(a, b), fe_add(a, b), fe_twice_add(zz, c), fe_twice_sub(zz, c)};
    return complete(r, with_t);
}

static cached cache(point p)
{
    cached r = {fe_add(p.y, p.x), fe_sub(p.y, p.x), p.z, fe_mul(p.t, fe_constant(D2))};
    return r;
}

/* In each lane, digit times the point of the table of its multiples 1 to 8; digits from -8 to 8 */
static cached multiple(const cached table[8], vec digits)
{
    vec sizes = v_abs(digits);
    fe one = fe_constant(ONE);
    cached r = {one, one, one, fe_zero()};
    for (int i = 0; i < 8; i++) {
        mask here = m_equal(sizes, v_set((uint64_t)i + 1));
        r.plus = fe_select(here, table[i].plus, r.plus);
        r.minus = fe_select(here, table[i].minus, r.minus);
        r.z = fe_select(here, table[i].z, r.z);
        r.t2d = fe_select(here, table[i].t2d, r.t2d);
    }
    mask turn = m_below_zero(digits);
    cached turned = {fe_select(turn, r.minus, r.plus), fe_select(turn, r.plus, r.minus), r.z,
                     fe_select(turn, fe_neg(r.t2d), r.t2d)};
    return turned;
}

static point identity(void)
{
    fe one = fe_constant(ONE);
    point r = {fe_zero(), one, one, fe_zero()};
    return r;
}

/* In each lane, the multiple of a point by the scalar of its column */
static point times(point p, const columns digits)
{
    cached table[8];
    table[0] = cache(p);
    for (int i = 1; i < 8; i++) table[i] = cache(plus(p, table[i - 1], 1));
    point r = plus(identity(), multiple(table, v_digits(digits[DIGITS - 1])), 0);
    for (int i = DIGITS - 2; i >= 0; i--) {
        r = twice(twice(twice(r, 0), 0), 0);
        r = twice(r, 1);
        r = plus(r, multiple(table, v_digits(digits[i])), i == 0);
    }
    memset(table, 0, sizeof table);
    return r;
}

/* DECODE (RFC 9496, 4.3.1) of encodings that were found valid: that is not tried again here */
static point decode(fe s)
{
    fe one = fe_constant(ONE), ss = fe_sq(s), u1 = fe_sub(one, ss), u2 = fe_add(one, ss), u2u2 = fe_sq(u2), root;
    fe v = fe_sub(fe_neg(fe_mul(fe_constant(D), fe_sq(u1))), u2u2);
    sqrt_ratio(&root, one, fe_mul(v, u2u2));
    fe den_x = fe_mul(root, u2), den_y = fe_mul(fe_mul(root, den_x), v);
    point r;
    r.x = fe_abs(fe_mul(fe_add(s, s), den_x));
    r.y = fe_mul(u1, den_y);
    r.z = one;
    r.t = fe_mul(r.x, r.y);
    return r;
}

/* ENCODE (RFC 9496, 4.3.2), without use of t: x*y/z is found on the way; words of 64 bits, least first */
static void encode(vec words[4], point p)
{
    fe i = fe_constant(SQRT_M1), root, t = fe_mul(p.x, p.y);
    p.x = fe_mul(p.x, p.z);                            /* x z : y z : z^2, and t = x y */
    p.y = fe_mul(p.y, p.z);
    p.z = fe_sq(p.z);
    fe u1 = fe_mul(fe_add(p.z, p.y), fe_sub(p.z, p.y)), u2 = fe_mul(p.x, p.y);
    sqrt_ratio(&root, fe_constant(ONE), fe_mul(u1, fe_sq(u2)));
    fe den1 = fe_mul(root, u1), den2 = fe_mul(root, u2), z_inv = fe_mul(fe_mul(den1, den2), t);
    mask rotate = fe_negative(fe_mul(t, z_inv));
    fe x = fe_select(rotate, fe_mul(p.y, i), p.x), y = fe_select(rotate, fe_mul(p.x, i), p.y);
    fe den = fe_select(rotate, fe_mul(den1, fe_constant(INVSQRT_A_MINUS_D)), den2);
    y = fe_select(fe_negative(fe_mul(x, z_inv)), fe_neg(y), y);
    fe_to_words(words, fe_abs(fe_mul(den, fe_sub(p.z, y))));
}

/* Words of 64 bits of eight strings, count of each: as they lie in memory, least byte first */
static void read_lanes(vec *words, int count, const uint8_t *octets)
{
    for (int k = 0; k < count; k++) {
        uint64_t lanes[LANES];
        for (int lane = 0; lane < LANES; lane++) memcpy(&lanes[lane], octets + 8 * (count * lane + k), 8);
        words[k] = v_load(lanes);
    }
}

static void write_lanes(uint8_t *octets, const vec *words, int count)
{
    for (int k = 0; k < count; k++) {
        uint64_t lanes[LANES];
        v_store(lanes, words[k]);
        for (int lane = 0; lane < LANES; lane++) memcpy(octets + 8 * (count * lane + k), &lanes[lane], 8);
    }
}

#define TAG "HashToGroup-OPRFV1-\x01-ristretto255-SHA512"
#define TAG_BYTES (sizeof TAG - 1)

/* The points of eight tokens (HashToGroup, RFC 9497, 4.1): expand_message_xmd (RFC 9380, 5.3.1) and its map */
static point hashed(const vec token[4])
{
    static const uint8_t first[] = "\0\x40\0" TAG "\x28", second[] = "\1" TAG "\x28";
    vec state[8], block[16];
    _Static_assert(TAG_BYTES == 0x28, "the tag is followed by its length");
    /* 1. Of a block of zeros, the token, the length wanted, zero, and the tag. */
    for (int i = 0; i < 16; i++) block[i] = v_set(0);
    begin(state);
    compress(state, block);
    constants(block, 32, first, sizeof first - 1, 128 + 32 + sizeof first - 1);
    for (int i = 0; i < 4; i++) block[i] = v_swap(token[i]);
    compress(state, block);
    /* 2. Of the digest, one, and the tag. */
    constants(block, 64, second, sizeof second - 1, 64 + sizeof second - 1);
    for (int i = 0; i < 8; i++) block[i] = state[i];
    begin(state);
    compress(state, block);
    for (int i = 0; i < 8; i++) state[i] = v_swap(state[i]);
    /* 3. The sum of the points of both halves (RFC 9496, 4.3.4). */
    return plus(map(fe_of_words(state)), cache(map(fe_of_words(state + 4))), 1);
}

/* The outputs (RFC 9497, 3.3.1): of both parts, each preceded by its length in two bytes, and a word */
static void finished(vec state[8], const vec token[4], const vec element[4])
{
    vec block[16], t[4], e[4];
    constants(block, 68, (const uint8_t *)"Finalize", 8, 76);
    for (int i = 0; i < 4; i++) {
        t[i] = v_swap(token[i]);
        e[i] = v_swap(element[i]);
    }
    block[0] = v_or(v_set(UINT64_C(32) << 48), v_srl(t[0], 16));
    for (int i = 1; i < 4; i++) block[i] = v_or(v_sll(t[i - 1], 48), v_srl(t[i], 16));
    block[4] = v_or(v_sll(t[3], 48), v_or(v_set(UINT64_C(32) << 32), v_srl(e[0], 32)));
    for (int i = 1; i < 4; i++) block[4 + i] = v_or(v_sll(e[i - 1], 32), v_srl(e[i], 32));
    block[8] = v_or(block[8], v_sll(e[3], 32));
    begin(state);
    compress(state, block);
    for (int i = 0; i < 8; i++) state[i] = v_swap(state[i]);
}

/* The outputs of 64 bytes of eight tokens of 32 bytes, under one key in every column of digits */
void comity_lanes(uint8_t *outputs, const uint8_t *tokens, const columns digits)
{
    vec token[4], element[4], output[8];
    read_lanes(token, 4, tokens);
    encode(element, times(hashed(token), digits));
    finished(output, token, element);
    write_lanes(outputs, output, 8);
}

/* The encodings of the multiples of eight points that were found valid before, each by the scalar of its column */
void comity_times_lanes(uint8_t *out, const uint8_t *points, const columns digits)
{
    vec words[4];
    read_lanes(words, 4, points);
    encode(words, times(decode(fe_of_words(words)), digits));
    write_lanes(out, words, 4);
}

/* The encoding of the sum of weighted points, eight at a time; one column of digits for each point */
void comity_sum_lanes(uint8_t out[32], const uint8_t *points, const columns *digits, size_t batches)
{
    uint8_t encoded[32 * LANES];
    vec words[4];
    point sum = identity();
    for (size_t i = 0; i < batches; i++) {
        read_lanes(words, 4, points + 32 * LANES * i);
        sum = plus(sum, cache(times(decode(fe_of_words(words)), digits[i])), 1);
    }
    for (int distance = LANES / 2; distance > 0; distance /= 2) {
        point turned = {fe_turned(sum.x, distance), fe_turned(sum.y, distance), fe_turned(sum.z, distance),
                        fe_turned(sum.t, distance)};
        sum = plus(sum, cache(turned), 1);
    }
    encode(words, sum);
    write_lanes(encoded, words, 4);
    memcpy(out, encoded, 32);
}
