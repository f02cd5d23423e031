/* The inner loops of the scans, once for each level of instructions, and which of them this processor runs.
 * Included by _kernels.c only, whose head says what a block is and why no sum overflows.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BLOCK 32 /* rows of a block */
#define LANES 8  /* rows of the broadcast side that are multiplied at once */

#if (defined(__GNUC__) || defined(__clang__)) && defined(__x86_64__)
#define X86 1
#include <immintrin.h>
#define INLINE static inline __attribute__((always_inline))
#define TARGET(what) __attribute__((target(what)))
#else
#define X86 0
#define INLINE static inline
#define TARGET(what)
#endif
#define VNNI TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma")
#define AVX2 TARGET("avx2,fma")

#if defined(_MSC_VER)
#include <intrin.h>
static int lowest(uint32_t mask) { unsigned long at; _BitScanForward(&at, mask); return (int)at; }
#else
static int lowest(uint32_t mask) { return __builtin_ctz(mask); }
#endif

/* Products of LANES broadcast rows with the rows of a block. Each sum begins with the start of its broadcast row; bit c
 * of mask[i] is set where the sum of broadcast row i and column c is not negative. Returns the union of the masks.
 * Where that is 0, `mask` may be left as it was.
 *   words   int32: four signed bytes of a row each; word q of row i is words[q * stride + i]
 *   block   uint8 (words, BLOCK, 4)
 *   count   words of a row
 *   starts  int32 (LANES,) */
typedef uint32_t (*masks_fn)(const int32_t *words, int stride, const uint8_t *block, int count, const int32_t *starts,
                             uint32_t *mask);
/* The same for one row of `count` words, from a start for each column, int32 (BLOCK,). Returns the mask. */
typedef uint32_t (*mask_fn)(const int32_t *words, const uint8_t *block, int count, const int32_t *starts);
/* The float32 inner product of two vectors. The order of summation differs between levels. */
typedef float (*dot_fn)(const float *a, const float *b, int dim);

INLINE uint32_t mask_plain(const int32_t *words, int stride, const uint8_t *block, int count, const int32_t *starts) {
  int32_t sums[BLOCK];
  for (int c = 0; c < BLOCK; c++) sums[c] = starts[c];
  for (int q = 0; q < count; q++) {
    const int8_t *w = (const int8_t *)(words + (size_t)q * (size_t)stride);
    const uint8_t *b = block + (size_t)q * 4 * BLOCK;
    const int16_t w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
    for (int c = 0; c < BLOCK; c++)
      sums[c] += w0 * (int16_t)b[4 * c] + w1 * (int16_t)b[4 * c + 1] + w2 * (int16_t)b[4 * c + 2] +
                 w3 * (int16_t)b[4 * c + 3];
  }
  uint32_t found = 0;
  for (int c = 0; c < BLOCK; c++) found |= (uint32_t)(sums[c] >= 0) << c;
  return found;
}

INLINE uint32_t masks_plain(const int32_t *words, int stride, const uint8_t *block, int count, const int32_t *starts,
                            uint32_t *mask) {
  uint32_t any = 0;
  for (int i = 0; i < LANES; i++) {
    int32_t same[BLOCK];
    for (int c = 0; c < BLOCK; c++) same[c] = starts[i];
    mask[i] = mask_plain(words + i, stride, block, count, same);
    any |= mask[i];
  }
  return any;
}

INLINE float dot_plain(const float *a, const float *b, int dim) {
  float sums[16] = {0};
  int at = 0;
  for (; dim - at >= 16; at += 16)
    for (int i = 0; i < 16; i++) sums[i] += a[at + i] * b[at + i];
  float total = 0;
  for (; at < dim; at++) total += a[at] * b[at];
  for (int i = 0; i < 16; i++) total += sums[i];
  return total;
}

static uint32_t masks_generic(const int32_t *w, int stride, const uint8_t *b, int count, const int32_t *starts,
                              uint32_t *mask) {
  return masks_plain(w, stride, b, count, starts, mask);
}
static uint32_t mask_generic(const int32_t *w, const uint8_t *b, int count, const int32_t *starts) {
  return mask_plain(w, 1, b, count, starts);
}
static float dot_generic(const float *a, const float *b, int dim) { return dot_plain(a, b, dim); }

#if X86
AVX2 static uint32_t masks_avx2(const int32_t *w, int stride, const uint8_t *b, int count, const int32_t *starts,
                                uint32_t *mask) {
  return masks_plain(w, stride, b, count, starts, mask);
}
AVX2 static uint32_t mask_avx2(const int32_t *w, const uint8_t *b, int count, const int32_t *starts) {
  return mask_plain(w, 1, b, count, starts);
}
AVX2 static float dot_avx2(const float *a, const float *b, int dim) { return dot_plain(a, b, dim); }

VNNI static uint32_t masks_vnni(const int32_t *words, int stride, const uint8_t *block, int count,
                                const int32_t *starts, uint32_t *mask) {
  __m512i low[LANES], high[LANES];
  for (int i = 0; i < LANES; i++) low[i] = high[i] = _mm512_set1_epi32(starts[i]);
  for (int q = 0; q < count; q++) {
    const __m512i left = _mm512_loadu_si512(block + (size_t)q * 4 * BLOCK);
    const __m512i right = _mm512_loadu_si512(block + (size_t)q * 4 * BLOCK + 64);
    const int32_t *w = words + (size_t)q * (size_t)stride;
#pragma GCC unroll 8
    for (int i = 0; i < LANES; i++) {
      const __m512i word = _mm512_set1_epi32(w[i]);
      low[i] = _mm512_dpbusd_epi32(low[i], left, word);
      high[i] = _mm512_dpbusd_epi32(high[i], right, word);
    }
  }
  __m512i negative = _mm512_and_si512(low[0], high[0]);
  for (int i = 1; i < LANES; i++) negative = _mm512_and_si512(negative, _mm512_and_si512(low[i], high[i]));
  if (_mm512_movepi32_mask(negative) == 0xFFFF) return 0;
  uint32_t any = 0;
  for (int i = 0; i < LANES; i++) {
    mask[i] = ~((uint32_t)_mm512_movepi32_mask(low[i]) | (uint32_t)_mm512_movepi32_mask(high[i]) << 16);
    any |= mask[i];
  }
  return any;
}

VNNI static uint32_t mask_vnni(const int32_t *words, const uint8_t *block, int count, const int32_t *starts) {
  __m512i low = _mm512_loadu_si512(starts), high = _mm512_loadu_si512(starts + 16);
  __m512i low2 = _mm512_setzero_si512(), high2 = low2;
  int q = 0;
  for (; q + 2 <= count; q += 2) { /* two chains each, for the latency of the instruction */
    const uint8_t *b = block + (size_t)q * 4 * BLOCK;
    const __m512i one = _mm512_set1_epi32(words[q]), two = _mm512_set1_epi32(words[q + 1]);
    low = _mm512_dpbusd_epi32(low, _mm512_loadu_si512(b), one);
    high = _mm512_dpbusd_epi32(high, _mm512_loadu_si512(b + 64), one);
    low2 = _mm512_dpbusd_epi32(low2, _mm512_loadu_si512(b + 128), two);
    high2 = _mm512_dpbusd_epi32(high2, _mm512_loadu_si512(b + 192), two);
  }
  for (; q < count; q++) {
    const __m512i one = _mm512_set1_epi32(words[q]);
    low = _mm512_dpbusd_epi32(low, _mm512_loadu_si512(block + (size_t)q * 4 * BLOCK), one);
    high = _mm512_dpbusd_epi32(high, _mm512_loadu_si512(block + (size_t)q * 4 * BLOCK + 64), one);
  }
  low = _mm512_add_epi32(low, low2);
  high = _mm512_add_epi32(high, high2);
  return ~((uint32_t)_mm512_movepi32_mask(low) | (uint32_t)_mm512_movepi32_mask(high) << 16);
}

VNNI static float dot_vnni(const float *a, const float *b, int dim) {
  __m512 one = _mm512_setzero_ps(), two = one;
  int at = 0;
  for (; dim - at >= 32; at += 32) {
    one = _mm512_fmadd_ps(_mm512_loadu_ps(a + at), _mm512_loadu_ps(b + at), one);
    two = _mm512_fmadd_ps(_mm512_loadu_ps(a + at + 16), _mm512_loadu_ps(b + at + 16), two);
  }
  float total = _mm512_reduce_add_ps(_mm512_add_ps(one, two));
  for (; at < dim; at++) total += a[at] * b[at];
  return total;
}
#endif

static masks_fn masks_of_eight = masks_generic;
static mask_fn mask_of_one = mask_generic;
static dot_fn dot = dot_generic;
static const char *level_name = "generic";

/* Takes the level of this name, or the best one for NULL; returns 0 where there is none. */
static int choose(const char *wanted) {
#if X86
  __builtin_cpu_init();
  if ((!wanted || !strcmp(wanted, "avx512-vnni")) && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("fma")) {
    masks_of_eight = masks_vnni, mask_of_one = mask_vnni, dot = dot_vnni, level_name = "avx512-vnni";
    return 1;
  }
  if ((!wanted || !strcmp(wanted, "avx2")) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    masks_of_eight = masks_avx2, mask_of_one = mask_avx2, dot = dot_avx2, level_name = "avx2";
    return 1;
  }
#endif
  if (!wanted || !strcmp(wanted, "generic")) {
    masks_of_eight = masks_generic, mask_of_one = mask_generic, dot = dot_generic, level_name = "generic";
    return 1;
  }
  return 0;
}
