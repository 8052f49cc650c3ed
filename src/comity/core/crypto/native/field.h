/* The field of 2^255-19 in 8 lanes of AVX-512 with IFMA: 5 limbs of 51 bits, products of 52 bits by vpmadd52.
 *
 * Limbs of every result are below 2^51 + 2^18, so that every result may enter every operation; vpmadd52 reads 52 bits.
 */

#include <immintrin.h>
#include <stdint.h>

#define LANES 8
#define LIMBS 5
#define BITS 51

typedef __m512i vec;
typedef __mmask8 mask;
typedef struct { vec l[LIMBS]; } fe;

static inline vec v_set(uint64_t a) { return _mm512_set1_epi64((long long)a); }
static inline vec v_load(const uint64_t *a) { return _mm512_loadu_si512(a); }
static inline void v_store(uint64_t *a, vec b) { _mm512_storeu_si512(a, b); }
static inline vec v_and(vec a, vec b) { return _mm512_and_si512(a, b); }
static inline vec v_or(vec a, vec b) { return _mm512_or_si512(a, b); }
static inline vec v_add(vec a, vec b) { return _mm512_add_epi64(a, b); }
static inline vec v_sub(vec a, vec b) { return _mm512_sub_epi64(a, b); }
static inline vec v_srl(vec a, int n) { return _mm512_srli_epi64(a, (unsigned)n); }
static inline vec v_sll(vec a, int n) { return _mm512_slli_epi64(a, (unsigned)n); }
static inline mask m_zero(vec a) { return _mm512_testn_epi64_mask(a, a); }
static inline mask m_odd(vec a) { return _mm512_test_epi64_mask(a, v_set(1)); }
static inline mask m_or(mask a, mask b) { return (mask)(a | b); }
static inline mask m_equal(vec a, vec b) { return _mm512_cmpeq_epi64_mask(a, b); }
static inline mask m_below_zero(vec a) { return _mm512_movepi64_mask(a); }
static inline vec v_abs(vec a) { return _mm512_abs_epi64(a); }
static inline vec v_digits(const signed char a[LANES])
{
    return _mm512_cvtepi8_epi64(_mm_loadl_epi64((const __m128i *)a));
}

#define LOW v_set((UINT64_C(1) << BITS) - 1)
#define INLINE static inline __attribute__((always_inline))

/* One step of carries in all limbs at once: from less than 2^63 to less than 2^51 + 2^17. */
INLINE fe carried(fe a)
{
    fe r;
    vec low = LOW, carry[LIMBS];
    for (int i = 0; i < LIMBS; i++) carry[i] = v_srl(a.l[i], 51);
    r.l[0] = _mm512_madd52lo_epu64(v_and(a.l[0], low), carry[4], v_set(19));
    for (int i = 1; i < LIMBS; i++) r.l[i] = v_add(v_and(a.l[i], low), carry[i - 1]);
    return r;
}

INLINE fe fe_add(fe a, fe b)
{
    fe r;
    for (int i = 0; i < LIMBS; i++) r.l[i] = v_add(a.l[i], b.l[i]);
    return carried(r);
}

INLINE fe fe_sub(fe a, fe b)
{
    fe r;
    for (int i = 0; i < LIMBS; i++) {
        vec twice_p = v_set((UINT64_C(1) << 52) - (i == 0 ? 38 : 2));
        r.l[i] = v_add(a.l[i], v_sub(twice_p, b.l[i]));
    }
    return carried(r);
}

/* 2a + b and 2a - b */
INLINE fe fe_twice_add(fe a, fe b)
{
    fe r;
    for (int i = 0; i < LIMBS; i++) r.l[i] = v_add(v_add(a.l[i], a.l[i]), b.l[i]);
    return carried(r);
}

INLINE fe fe_twice_sub(fe a, fe b)
{
    fe r;
    for (int i = 0; i < LIMBS; i++) {
        vec twice_p = v_set((UINT64_C(1) << 52) - (i == 0 ? 38 : 2));
        r.l[i] = v_add(v_add(a.l[i], a.l[i]), v_sub(twice_p, b.l[i]));
    }
    return carried(r);
}

INLINE fe fe_select(mask m, fe a, fe b)
{
    fe r;
    for (int i = 0; i < LIMBS; i++) r.l[i] = _mm512_mask_blend_epi64(m, b.l[i], a.l[i]);
    return r;
}

/* The lanes, each in the place of the one at a distance of 4, 2 or 1. */
static fe fe_turned(fe a, int distance)
{
    for (int i = 0; i < LIMBS; i++)
        a.l[i] = distance == 4   ? _mm512_alignr_epi64(a.l[i], a.l[i], 4)
                 : distance == 2 ? _mm512_alignr_epi64(a.l[i], a.l[i], 2)
                                 : _mm512_alignr_epi64(a.l[i], a.l[i], 1);
    return a;
}

/* Sums of products by place: low halves, and high halves of weight two. The upper five fold back with 19. */
INLINE fe folded(const vec low[10], const vec high[10])
{
    vec c[10];
    fe r;
    for (int i = 0; i < 10; i++) c[i] = v_add(low[i], v_add(high[i], high[i]));
    for (int i = 0; i < LIMBS; i++) {
        vec upper = c[i + 5];
        vec by19 = v_add(v_add(v_sll(upper, 4), v_sll(upper, 1)), upper);
        r.l[i] = v_add(c[i], by19);
    }
    return carried(r);
}

INLINE fe fe_mul(fe a, fe b)
{
    vec low[10], high[10];
    for (int i = 0; i < 10; i++) low[i] = high[i] = v_set(0);
#pragma GCC unroll 5
    for (int i = 0; i < LIMBS; i++)
#pragma GCC unroll 5
        for (int j = 0; j < LIMBS; j++) {
            low[i + j] = _mm512_madd52lo_epu64(low[i + j], a.l[i], b.l[j]);
            high[i + j + 1] = _mm512_madd52hi_epu64(high[i + j + 1], a.l[i], b.l[j]);
        }
    return folded(low, high);
}

INLINE fe fe_sq(fe a)
{
    vec low[10], high[10];
    for (int i = 0; i < 10; i++) low[i] = high[i] = v_set(0);
#pragma GCC unroll 5
    for (int i = 0; i < LIMBS; i++)
#pragma GCC unroll 5
        for (int j = i + 1; j < LIMBS; j++) {
            low[i + j] = _mm512_madd52lo_epu64(low[i + j], a.l[i], a.l[j]);
            high[i + j + 1] = _mm512_madd52hi_epu64(high[i + j + 1], a.l[i], a.l[j]);
        }
    for (int i = 0; i < 10; i++) {
        low[i] = v_add(low[i], low[i]);
        high[i] = v_add(high[i], high[i]);
    }
#pragma GCC unroll 5
    for (int i = 0; i < LIMBS; i++) {
        low[2 * i] = _mm512_madd52lo_epu64(low[2 * i], a.l[i], a.l[i]);
        high[2 * i + 1] = _mm512_madd52hi_epu64(high[2 * i + 1], a.l[i], a.l[i]);
    }
    return folded(low, high);
}

/* The one form below the prime. */
static fe fe_freeze(fe a)
{
    vec low = LOW;
    a = carried(carried(a));
    vec q = v_srl(v_add(a.l[0], v_set(19)), 51);
    for (int i = 1; i < LIMBS; i++) q = v_srl(v_add(a.l[i], q), 51);
    vec carry = v_add(v_add(v_sll(q, 4), v_sll(q, 1)), q);
    for (int i = 0; i < LIMBS; i++) {
        vec sum = v_add(a.l[i], carry);
        carry = v_srl(sum, 51);
        a.l[i] = v_and(sum, low);
    }
    return a;
}
