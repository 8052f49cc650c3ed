/* SHA-512 (FIPS 180-4) of eight messages at once, one in each lane; words are big-endian numbers. */

static const uint64_t ROUND[80] = {
    0x428a2f98d728ae22u, 0x7137449123ef65cdu, 0xb5c0fbcfec4d3b2fu, 0xe9b5dba58189dbbcu, 0x3956c25bf348b538u,
    0x59f111f1b605d019u, 0x923f82a4af194f9bu, 0xab1c5ed5da6d8118u, 0xd807aa98a3030242u, 0x12835b0145706fbeu,
    0x243185be4ee4b28cu, 0x550c7dc3d5ffb4e2u, 0x72be5d74f27b896fu, 0x80deb1fe3b1696b1u, 0x9bdc06a725c71235u,
    0xc19bf174cf692694u, 0xe49b69c19ef14ad2u, 0xefbe4786384f25e3u, 0x0fc19dc68b8cd5b5u, 0x240ca1cc77ac9c65u,
    0x2de92c6f592b0275u, 0x4a7484aa6ea6e483u, 0x5cb0a9dcbd41fbd4u, 0x76f988da831153b5u, 0x983e5152ee66dfabu,
    0xa831c66d2db43210u, 0xb00327c898fb213fu, 0xbf597fc7beef0ee4u, 0xc6e00bf33da88fc2u, 0xd5a79147930aa725u,
    0x06ca6351e003826fu, 0x142929670a0e6e70u, 0x27b70a8546d22ffcu, 0x2e1b21385c26c926u, 0x4d2c6dfc5ac42aedu,
    0x53380d139d95b3dfu, 0x650a73548baf63deu, 0x766a0abb3c77b2a8u, 0x81c2c92e47edaee6u, 0x92722c851482353bu,
    0xa2bfe8a14cf10364u, 0xa81a664bbc423001u, 0xc24b8b70d0f89791u, 0xc76c51a30654be30u, 0xd192e819d6ef5218u,
    0xd69906245565a910u, 0xf40e35855771202au, 0x106aa07032bbd1b8u, 0x19a4c116b8d2d0c8u, 0x1e376c085141ab53u,
    0x2748774cdf8eeb99u, 0x34b0bcb5e19b48a8u, 0x391c0cb3c5c95a63u, 0x4ed8aa4ae3418acbu, 0x5b9cca4f7763e373u,
    0x682e6ff3d6b2b8a3u, 0x748f82ee5defb2fcu, 0x78a5636f43172f60u, 0x84c87814a1f0ab72u, 0x8cc702081a6439ecu,
    0x90befffa23631e28u, 0xa4506cebde82bde9u, 0xbef9a3f7b2c67915u, 0xc67178f2e372532bu, 0xca273eceea26619cu,
    0xd186b8c721c0c207u, 0xeada7dd6cde0eb1eu, 0xf57d4f7fee6ed178u, 0x06f067aa72176fbau, 0x0a637dc5a2c898a6u,
    0x113f9804bef90daeu, 0x1b710b35131c471bu, 0x28db77f523047d84u, 0x32caab7b40c72493u, 0x3c9ebe0a15c9bebcu,
    0x431d67c49c100d4cu, 0x4cc5d4becb3e42b6u, 0x597f299cfc657e2au, 0x5fcb6fab3ad6faecu, 0x6c44198c4a475817u,
};

static const uint64_t START[8] = {
    0x6a09e667f3bcc908u, 0xbb67ae8584caa73bu, 0x3c6ef372fe94f82bu, 0xa54ff53a5f1d36f1u,
    0x510e527fade682d1u, 0x9b05688c2b3e6c1fu, 0x1f83d9abfb41bd6bu, 0x5be0cd19137e2179u,
};

#define XOR3(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0x96)
#define CHOOSE(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0xca)
#define MOST(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0xe8)
#define ROR(a, n) _mm512_ror_epi64(a, n)

/* The bytes of each word in the other order */
static inline vec v_swap(vec a)
{
    const vec order = _mm512_broadcast_i32x4(_mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    return _mm512_shuffle_epi8(a, order);
}

/* One block of sixteen words into the state */
static void compress(vec state[8], const vec block[16])
{
    vec w[16], s[8];
    for (int i = 0; i < 16; i++) w[i] = block[i];
    for (int i = 0; i < 8; i++) s[i] = state[i];
    for (int start = 0; start < 80; start += 16) {
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            vec big1 = XOR3(ROR(s[4], 14), ROR(s[4], 18), ROR(s[4], 41));
            vec t1 = v_add(v_add(v_add(s[7], big1), CHOOSE(s[4], s[5], s[6])), v_add(w[i], v_set(ROUND[start + i])));
            vec big0 = XOR3(ROR(s[0], 28), ROR(s[0], 34), ROR(s[0], 39));
            vec t2 = v_add(big0, MOST(s[0], s[1], s[2]));
            s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = v_add(s[3], t1);
            s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = v_add(t1, t2);
            vec from15 = w[(i + 1) & 15], from2 = w[(i + 14) & 15];
            vec small0 = XOR3(ROR(from15, 1), ROR(from15, 8), v_srl(from15, 7));
            vec small1 = XOR3(ROR(from2, 19), ROR(from2, 61), v_srl(from2, 6));
            w[i] = v_add(v_add(w[i], small0), v_add(w[(i + 9) & 15], small1));
        }
    }
    for (int i = 0; i < 8; i++) state[i] = v_add(state[i], s[i]);
}

/* Words of a block of constants: zeros, then bytes from a place on, the end mark, and the length of the message. */
static void constants(vec block[16], size_t place, const uint8_t *octets, size_t count, size_t length)
{
    uint8_t text[128] = {0};
    memcpy(text + place, octets, count);
    text[place + count] = 0x80;
    text[126] = (uint8_t)(8 * length >> 8);
    text[127] = (uint8_t)(8 * length);
    for (int i = 0; i < 16; i++) {
        uint64_t word;
        memcpy(&word, text + 8 * i, 8);
        block[i] = v_swap(v_set(word));
    }
}

static void begin(vec state[8])
{
    for (int i = 0; i < 8; i++) state[i] = v_set(START[i]);
}
