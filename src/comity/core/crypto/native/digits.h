/* Scalars as digits, one column a lane: what lanes.c multiplies by. */

#include <stdint.h>

enum { DIGITS = 64, COLUMNS = 8 };
typedef signed char columns[DIGITS][COLUMNS];

/* Write a scalar below 2^253 into one column: 64 digits from -8 to 8, base 16, the lowest first. */
static inline void recode(columns digits, int lane, const uint8_t scalar[32])
{
    int carry = 0;
    for (int i = 0; i < DIGITS; i++) {
        int digit = (scalar[i / 2] >> (4 * (i & 1)) & 15) + carry;
        carry = i < DIGITS - 1 ? (digit + 8) >> 4 : 0;
        digits[i][lane] = (signed char)(digit - 16 * carry);
    }
}
