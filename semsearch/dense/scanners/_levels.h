/* The two inner loops of the scans, once for each level of instructions, and which of them this processor runs.
 * Included by _kernels.c only. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PANEL 32     /* rows of a panel */
#define LANES 8      /* rows of the broadcast side that are multiplied at once */

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

/* Sums of products of `count` broadcast rows with a panel, each from its own start; bit c of mask[i] is set where the sum
 * of row i and column c is not negative. Returns the union of the masks. */
typedef uint32_t (*masks_fn)(const int32_t *rows, int stride, const uint8_t *panel, int quads, const int32_t *start,
                             uint32_t *mask);
/* The same of one row, from a start for each column; the mask. */
typedef uint32_t (*mask_fn)(const int32_t *row, const uint8_t *panel, int quads, const int32_t *starts);
typedef float (*dot_fn)(const float *a, const float *b, int dim);

INLINE uint32_t mask_plain(const int32_t *row, int stride, const uint8_t *panel, int quads, const int32_t *starts) {
  int32_t sums[PANEL];
  for (int c = 0; c < PANEL; c++) sums[c] = starts[c];
  for (int q = 0; q < quads; q++) {
    const int8_t *r = (const int8_t *)(row + (size_t)q * stride);
    const uint8_t *p = panel + (size_t)q * 4 * PANEL;
    const int16_t r0 = r[0], r1 = r[1], r2 = r[2], r3 = r[3];
    for (int c = 0; c < PANEL; c++)
      sums[c] += r0 * (int16_t)p[4 * c] + r1 * (int16_t)p[4 * c + 1] + r2 * (int16_t)p[4 * c + 2] + r3 * (int16_t)p[4 * c + 3];
  }
  uint32_t found = 0;
  for (int c = 0; c < PANEL; c++) found |= (uint32_t)(sums[c] >= 0) << c;
  return found;
}

INLINE uint32_t masks_plain(const int32_t *rows, int stride, const uint8_t *panel, int quads, const int32_t *start,
                            uint32_t *mask) {
  uint32_t any = 0;
  for (int i = 0; i < LANES; i++) {
    int32_t starts[PANEL];
    for (int c = 0; c < PANEL; c++) starts[c] = start[i];
    mask[i] = mask_plain(rows + i, stride, panel, quads, starts);
    any |= mask[i];
  }
  return any;
}

INLINE float dot_plain(const float *a, const float *b, int dim) {
  float sums[16] = {0};
  int at = 0;
  for (; at + 16 <= dim; at += 16)
    for (int i = 0; i < 16; i++) sums[i] += a[at + i] * b[at + i];
  float total = 0;
  for (; at < dim; at++) total += a[at] * b[at];
  for (int i = 0; i < 16; i++) total += sums[i];
  return total;
}

static uint32_t masks_generic(const int32_t *r, int s, const uint8_t *p, int q, const int32_t *t, uint32_t *m) {
  return masks_plain(r, s, p, q, t, m);
}
static uint32_t mask_generic(const int32_t *r, const uint8_t *p, int q, const int32_t *t) {
  return mask_plain(r, 1, p, q, t);
}
static float dot_generic(const float *a, const float *b, int dim) { return dot_plain(a, b, dim); }

#if X86
AVX2 static uint32_t masks_avx2(const int32_t *r, int s, const uint8_t *p, int q, const int32_t *t, uint32_t *m) {
  return masks_plain(r, s, p, q, t, m);
}
AVX2 static uint32_t mask_avx2(const int32_t *r, const uint8_t *p, int q, const int32_t *t) {
  return mask_plain(r, 1, p, q, t);
}
AVX2 static float dot_avx2(const float *a, const float *b, int dim) { return dot_plain(a, b, dim); }

VNNI static uint32_t masks_vnni(const int32_t *rows, int stride, const uint8_t *panel, int quads, const int32_t *start,
                                uint32_t *mask) {
  __m512i low[LANES], high[LANES];
  for (int i = 0; i < LANES; i++) low[i] = high[i] = _mm512_set1_epi32(start[i]);
  for (int q = 0; q < quads; q++) {
    const __m512i left = _mm512_loadu_si512(panel + (size_t)q * 4 * PANEL);
    const __m512i right = _mm512_loadu_si512(panel + (size_t)q * 4 * PANEL + 64);
    const int32_t *r = rows + (size_t)q * stride;
#pragma GCC unroll 8
    for (int i = 0; i < LANES; i++) {
      const __m512i row = _mm512_set1_epi32(r[i]);
      low[i] = _mm512_dpbusd_epi32(low[i], left, row);
      high[i] = _mm512_dpbusd_epi32(high[i], right, row);
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

VNNI static uint32_t mask_vnni(const int32_t *row, const uint8_t *panel, int quads, const int32_t *starts) {
  __m512i low = _mm512_loadu_si512(starts), high = _mm512_loadu_si512(starts + 16);
  __m512i low2 = _mm512_setzero_si512(), high2 = low2;
  int q = 0;
  for (; q + 2 <= quads; q += 2) { /* two chains each, for the latency of the instruction */
    const uint8_t *p = panel + (size_t)q * 4 * PANEL;
    const __m512i one = _mm512_set1_epi32(row[q]), two = _mm512_set1_epi32(row[q + 1]);
    low = _mm512_dpbusd_epi32(low, _mm512_loadu_si512(p), one);
    high = _mm512_dpbusd_epi32(high, _mm512_loadu_si512(p + 64), one);
    low2 = _mm512_dpbusd_epi32(low2, _mm512_loadu_si512(p + 128), two);
    high2 = _mm512_dpbusd_epi32(high2, _mm512_loadu_si512(p + 192), two);
  }
  for (; q < quads; q++) {
    const __m512i one = _mm512_set1_epi32(row[q]);
    low = _mm512_dpbusd_epi32(low, _mm512_loadu_si512(panel + (size_t)q * 4 * PANEL), one);
    high = _mm512_dpbusd_epi32(high, _mm512_loadu_si512(panel + (size_t)q * 4 * PANEL + 64), one);
  }
  low = _mm512_add_epi32(low, low2);
  high = _mm512_add_epi32(high, high2);
  return ~((uint32_t)_mm512_movepi32_mask(low) | (uint32_t)_mm512_movepi32_mask(high) << 16);
}

VNNI static float dot_vnni(const float *a, const float *b, int dim) {
  __m512 one = _mm512_setzero_ps(), two = one;
  int at = 0;
  for (; at + 32 <= dim; at += 32) {
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

static int choose(const char *wanted) {
#if X86
  __builtin_cpu_init();
  if ((!wanted || !strcmp(wanted, "avx512-vnni")) && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
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
