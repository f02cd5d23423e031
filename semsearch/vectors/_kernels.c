/* Integer scans that certify an exact answer; see codes.py for the bound that makes them exact.
 *
 * Codes lie in panels of 32 rows: for each four dimensions, 32 times four unsigned bytes (the signed code + 128), so that
 * one instruction of AVX-512 VNNI multiplies four dimensions of 16 rows. The other side of a product is four signed bytes
 * of one row, broadcast. Every function releases the GIL; callers give each thread a range of panels of its own.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PANEL 32     /* rows of a panel */
#define LANES 8      /* rows of the broadcast side that are multiplied at once */
#define ROW_BLOCK 48 /* panels of the broadcast side that stay in the second-level cache */

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
typedef float (*dot_fn)(const float *a, const float *b, int dim);

INLINE uint32_t masks_plain(const int32_t *rows, int stride, const uint8_t *panel, int quads, const int32_t *start,
                            uint32_t *mask, int count) {
  uint32_t any = 0;
  for (int i = 0; i < count; i++) {
    int32_t sums[PANEL];
    for (int c = 0; c < PANEL; c++) sums[c] = start[i];
    for (int q = 0; q < quads; q++) {
      const int8_t *r = (const int8_t *)(rows + (size_t)q * stride + i);
      const uint8_t *p = panel + (size_t)q * 4 * PANEL;
      const int16_t r0 = r[0], r1 = r[1], r2 = r[2], r3 = r[3];
      for (int c = 0; c < PANEL; c++)
        sums[c] += r0 * (int16_t)p[4 * c] + r1 * (int16_t)p[4 * c + 1] + r2 * (int16_t)p[4 * c + 2] + r3 * (int16_t)p[4 * c + 3];
    }
    uint32_t found = 0;
    for (int c = 0; c < PANEL; c++) found |= (uint32_t)(sums[c] >= 0) << c;
    mask[i] = found;
    any |= found;
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
  return masks_plain(r, s, p, q, t, m, LANES);
}
static uint32_t mask_generic(const int32_t *r, int s, const uint8_t *p, int q, const int32_t *t, uint32_t *m) {
  return masks_plain(r, s, p, q, t, m, 1);
}
static float dot_generic(const float *a, const float *b, int dim) { return dot_plain(a, b, dim); }

#if X86
AVX2 static uint32_t masks_avx2(const int32_t *r, int s, const uint8_t *p, int q, const int32_t *t, uint32_t *m) {
  return masks_plain(r, s, p, q, t, m, LANES);
}
AVX2 static uint32_t mask_avx2(const int32_t *r, int s, const uint8_t *p, int q, const int32_t *t, uint32_t *m) {
  return masks_plain(r, s, p, q, t, m, 1);
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

VNNI static uint32_t mask_vnni(const int32_t *rows, int stride, const uint8_t *panel, int quads, const int32_t *start,
                               uint32_t *mask) {
  __m512i low = _mm512_set1_epi32(start[0]), high = low, low2 = _mm512_setzero_si512(), high2 = low2;
  int q = 0;
  for (; q + 2 <= quads; q += 2) { /* two chains each, for the latency of the instruction */
    const uint8_t *p = panel + (size_t)q * 4 * PANEL;
    const __m512i one = _mm512_set1_epi32(rows[(size_t)q * stride]), two = _mm512_set1_epi32(rows[(size_t)(q + 1) * stride]);
    low = _mm512_dpbusd_epi32(low, _mm512_loadu_si512(p), one);
    high = _mm512_dpbusd_epi32(high, _mm512_loadu_si512(p + 64), one);
    low2 = _mm512_dpbusd_epi32(low2, _mm512_loadu_si512(p + 128), two);
    high2 = _mm512_dpbusd_epi32(high2, _mm512_loadu_si512(p + 192), two);
  }
  for (; q < quads; q++) {
    const __m512i one = _mm512_set1_epi32(rows[(size_t)q * stride]);
    low = _mm512_dpbusd_epi32(low, _mm512_loadu_si512(panel + (size_t)q * 4 * PANEL), one);
    high = _mm512_dpbusd_epi32(high, _mm512_loadu_si512(panel + (size_t)q * 4 * PANEL + 64), one);
  }
  low = _mm512_add_epi32(low, low2);
  high = _mm512_add_epi32(high, high2);
  mask[0] = ~((uint32_t)_mm512_movepi32_mask(low) | (uint32_t)_mm512_movepi32_mask(high) << 16);
  return mask[0];
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

static masks_fn masks_of_eight = masks_generic, mask_of_one = mask_generic;
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

static PyObject *level(PyObject *self, PyObject *args) {
  const char *wanted = NULL;
  (void)self;
  if (!PyArg_ParseTuple(args, "|z", &wanted)) return NULL;
  if (wanted && !choose(wanted)) {
    PyErr_Format(PyExc_ValueError, "this processor or build has no level '%s'", wanted);
    return NULL;
  }
  return PyUnicode_FromString(level_name);
}

/* pack(parts, rests, scale, dims, first, codes, sums) -> largest quantisation error
 * parts float32 (n, d): leading parts of rows; rests float32 (n,): norms of the remainders; codes: all panels, of dims
 * bytes a row, of which d are the part and the others the remainder; sums int32: of each row's signed codes. */
static PyObject *pack(PyObject *self, PyObject *args) {
  Py_buffer parts, rests, codes, sums;
  double scale;
  int dims;
  Py_ssize_t first;
  (void)self;
  if (!PyArg_ParseTuple(args, "y*y*dinw*w*", &parts, &rests, &scale, &dims, &first, &codes, &sums)) return NULL;
  const Py_ssize_t n = rests.len / (Py_ssize_t)sizeof(float);
  const int d = n ? (int)(parts.len / (n * (Py_ssize_t)sizeof(float))) : 0, extra = dims - d;
  double largest = 0;
  Py_BEGIN_ALLOW_THREADS
  const float *x = parts.buf, *rest = rests.buf;
  int32_t *total = sums.buf;
  for (Py_ssize_t i = 0; i < n; i++) {
    const Py_ssize_t row = first + i;
    uint8_t *out = (uint8_t *)codes.buf + (row / PANEL) * PANEL * dims + (row % PANEL) * 4;
    int32_t sum = 0;
    double error = 0;
    for (int j = 0; j < dims; j++) {
      int32_t code;
      if (j < d) {
        const double value = x[i * d + j] * scale;
        code = (int32_t)lrint(value);
        error += (value - code) * (value - code);
      } else {
        code = (int32_t)ceil(rest[i] / sqrt((double)extra) * scale);
      }
      code = code > 127 ? 127 : code < -127 ? -127 : code;
      out[(j / 4) * 4 * PANEL + j % 4] = (uint8_t)(code + 128);
      sum += code;
    }
    total[row] = sum;
    error = sqrt(error) / scale;
    if (error > largest) largest = error;
  }
  Py_END_ALLOW_THREADS
  PyBuffer_Release(&parts), PyBuffer_Release(&rests), PyBuffer_Release(&codes), PyBuffer_Release(&sums);
  return PyFloat_FromDouble(largest);
}

/* pairs(codes, start, dims, first, last, count, addresses, dim, floor, out) -> number found, all of them or, if that is
 * more than fit into out (int32 (n, 2)), the first ones: pairs of positions of which the lower lies in the panels from
 * first to last - 1, whose bound reaches the threshold that is in start, and whose float32 product reaches floor. */
static PyObject *pairs(PyObject *self, PyObject *args) {
  Py_buffer codes, start, addresses, out;
  int dims, dim;
  Py_ssize_t first, last, count;
  float least;
  (void)self;
  if (!PyArg_ParseTuple(args, "y*y*innny*ifw*", &codes, &start, &dims, &first, &last, &count, &addresses, &dim, &least, &out))
    return NULL;
  const int quads = dims / 4;
  const Py_ssize_t panels = (count + PANEL - 1) / PANEL, room = out.len / 8, bytes = (Py_ssize_t)PANEL * dims;
  Py_ssize_t found = 0;
  int32_t *rows = malloc((size_t)ROW_BLOCK * bytes);
  if (!rows) goto done;
  Py_BEGIN_ALLOW_THREADS
  const uint8_t *code = codes.buf;
  const int32_t *begin = start.buf;
  const float *const *vector = addresses.buf;
  int32_t *result = out.buf;
  for (Py_ssize_t block = first; block < last; block += ROW_BLOCK) {
    const Py_ssize_t end = block + ROW_BLOCK < last ? block + ROW_BLOCK : last;
    const uint32_t *source = (const uint32_t *)(code + block * bytes);
    for (Py_ssize_t i = 0; i < (end - block) * bytes / 4; i++) rows[i] = (int32_t)(source[i] ^ 0x80808080u);
    for (Py_ssize_t p = block; p < panels; p++) {
      const uint8_t *panel = code + p * bytes;
      for (Py_ssize_t r = block; r < end && r <= p; r++)
        for (int lane = 0; lane < PANEL; lane += LANES) {
          uint32_t mask[LANES];
          if (!masks_of_eight(rows + (r - block) * bytes / 4 + lane, PANEL, panel, quads, begin + r * PANEL + lane, mask)) continue;
          for (int i = 0; i < LANES; i++)
            for (uint32_t left = mask[i]; left; left &= left - 1) {
              const Py_ssize_t a = r * PANEL + lane + i, b = p * PANEL + lowest(left);
              if (b <= a || b >= count || a >= count) continue;
              if (dot(vector[a], vector[b], dim) < least) continue;
              if (found < room) result[2 * found] = (int32_t)a, result[2 * found + 1] = (int32_t)b;
              found++;
            }
        }
    }
  }
  Py_END_ALLOW_THREADS
done:
  PyBuffer_Release(&codes), PyBuffer_Release(&start), PyBuffer_Release(&addresses), PyBuffer_Release(&out);
  if (!rows) return PyErr_NoMemory();
  free(rows);
  return PyLong_FromSsize_t(found);
}

/* nearest(codes, dims, first, last, count, addresses, allowed, dim, queries, vectors, bias, unit, error, kth, k, slack,
 *         out, best) -> number found; allowed uint8 (count,), or empty for all; as pairs, but out is (query int32, position int32, product float32) for every position whose product
 * is within slack of the k-th best of its query, as far as that was known. queries int32 (blocks, dims / 4, LANES) are
 * signed codes, four a word; blocks of one query have one lane. best float32 (q, k) is room to work. */
typedef struct { int32_t query, position; float score; } hit;

static void push(float *best, int k, float score) {
  int at = k - 1;
  for (; at > 0 && best[at - 1] < score; at--) best[at] = best[at - 1];
  best[at] = score;
}

static PyObject *nearest(PyObject *self, PyObject *args) {
  Py_buffer codes, addresses, allowed, queries, vectors, bias, unit, error, kth, out, best;
  int dims, dim, k;
  Py_ssize_t first, last, count;
  float slack;
  (void)self;
  if (!PyArg_ParseTuple(args, "y*innny*y*iy*y*y*y*y*y*ifw*w*", &codes, &dims, &first, &last, &count, &addresses, &allowed, &dim,
                        &queries, &vectors, &bias, &unit, &error, &kth, &k, &slack, &out, &best))
    return NULL;
  const int quads = dims / 4;
  const Py_ssize_t q = kth.len / (Py_ssize_t)sizeof(float), room = out.len / (Py_ssize_t)sizeof(hit), bytes = (Py_ssize_t)PANEL * dims;
  const int lanes = q == 1 ? 1 : LANES;
  const Py_ssize_t blocks = (q + lanes - 1) / lanes;
  const masks_fn masks = q == 1 ? mask_of_one : masks_of_eight;
  Py_ssize_t found = 0;
  int32_t *start = malloc(sizeof(int32_t) * blocks * lanes);
  float *bound = malloc(sizeof(float) * blocks * lanes);
  if (!start || !bound) goto done;
  Py_BEGIN_ALLOW_THREADS
  const uint8_t *code = codes.buf;
  const float *const *vector = addresses.buf;
  const float *question = vectors.buf;
  const uint8_t *open = allowed.len ? allowed.buf : NULL;
  const int32_t *shift = bias.buf;
  const double *step = unit.buf, *off = error.buf;
  float *top = best.buf;
  hit *result = out.buf;
#define AIM(i) (start[i] = shift[i] - (int32_t)floor(((double)bound[i] - slack - off[i]) / step[i]))
  for (Py_ssize_t i = 0; i < blocks * lanes; i++) {
    if (i < q) {
      bound[i] = ((const float *)kth.buf)[i];
      for (int j = 0; j < k; j++) top[i * k + j] = -2.0f;
      AIM(i);
    } else {
      start[i] = INT32_MIN / 2;
    }
  }
  for (Py_ssize_t p = first; p < last; p++)
    for (Py_ssize_t b = 0; b < blocks; b++) {
      uint32_t mask[LANES];
      if (!masks((const int32_t *)queries.buf + b * quads * lanes, lanes, code + p * bytes, quads, start + b * lanes, mask)) continue;
      for (int i = 0; i < lanes; i++)
        for (uint32_t left = mask[i]; left; left &= left - 1) {
          const Py_ssize_t at = b * lanes + i, position = p * PANEL + lowest(left);
          if (at >= q || position >= count || (open && !open[position])) continue;
          const float score = dot(vector[position], question + at * dim, dim);
          if (score < bound[at] - slack) continue;
          if (found < room) result[found].query = (int32_t)at, result[found].position = (int32_t)position, result[found].score = score;
          found++;
          if (score > top[at * k + k - 1]) {
            push(top + at * k, k, score);
            if (top[at * k + k - 1] > bound[at]) bound[at] = top[at * k + k - 1], AIM(at);
          }
        }
    }
#undef AIM
  Py_END_ALLOW_THREADS
done:
  PyBuffer_Release(&codes), PyBuffer_Release(&addresses), PyBuffer_Release(&allowed), PyBuffer_Release(&queries);
  PyBuffer_Release(&vectors);
  PyBuffer_Release(&bias), PyBuffer_Release(&unit), PyBuffer_Release(&error), PyBuffer_Release(&kth);
  PyBuffer_Release(&out), PyBuffer_Release(&best);
  if (!start || !bound) {
    free(start), free(bound);
    return PyErr_NoMemory();
  }
  free(start), free(bound);
  return PyLong_FromSsize_t(found);
}

static PyMethodDef methods[] = {
    {"level", level, METH_VARARGS, "The instructions in use; with a name: use these, for tests."},
    {"pack", pack, METH_VARARGS, "Codes of rows, into their panels."},
    {"pairs", pairs, METH_VARARGS, "Pairs of positions above a threshold."},
    {"nearest", nearest, METH_VARARGS, "Positions near the k-th best of each query."},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernels", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernels(void) {
  choose(NULL);
  return PyModule_Create(&module);
}
