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

#include "_levels.h"

#define ROW_BLOCK 48 /* panels of the broadcast side that stay in the second-level cache */

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

/* One row's signed codes + 128 into its column of a panel; returns the sum of the codes, and how far the row is from what
 * they say: the norm of what rounding and clipping took from the leading part, and what clipping took from the rest. */
static int32_t pack_row(const float *x, int d, float rest, float scale, int dims, uint8_t *out, uint8_t *row, double *error) {
  float lost[16] = {0}, off;
  int32_t sum = 0;
  int at = 0;
#define QUANTISE(j, lane)                                           \
  do {                                                              \
    const float value = x[j] * scale;                               \
    float code = (value + 12582912.0f) - 12582912.0f; /* rounded */ \
    code = code > 127 ? 127 : code < -127 ? -127 : code;            \
    off = value - code;                                             \
    lost[lane] += off * off;                                        \
    row[j] = (uint8_t)((int32_t)code + 128);                        \
  } while (0)
  for (; at + 16 <= d; at += 16)
    for (int i = 0; i < 16; i++) QUANTISE(at + i, i);
  for (; at < d; at++) QUANTISE(at, 0);
#undef QUANTISE
  double total = 0;
  for (int i = 0; i < 16; i++) total += lost[i];
  total = sqrt(total) / scale;
  if (dims > d) {
    const double share = sqrt((double)(dims - d));
    double code = ceil(rest / share * scale);
    if (code > 127) code = 127;
    if (code / scale * share < rest) total += rest - code / scale * share;
    for (; at < dims; at++) row[at] = (uint8_t)((int32_t)code + 128);
  }
  for (int j = 0; j < dims; j++) sum += row[j];
  for (int q = 0; q < dims / 4; q++) memcpy(out + (size_t)q * 4 * PANEL, row + 4 * q, 4);
  *error = total * (1 + 1e-4); /* for float32 sums */
  return sum - 128 * dims;
}

/* pack(parts, rests, scale, dims, first, codes, sums) -> largest error of a row
 * parts float32 (n, d): leading parts of rows; rests float32 (n,): norms of the remainders; codes: all panels, of dims
 * bytes a row, of which d are the part and the others the remainder; sums int32: of each row's signed codes, or empty. */
static PyObject *pack(PyObject *self, PyObject *args) {
  Py_buffer parts, rests, codes, sums;
  double scale, largest = 0;
  int dims;
  Py_ssize_t first;
  (void)self;
  if (!PyArg_ParseTuple(args, "y*y*dinw*w*", &parts, &rests, &scale, &dims, &first, &codes, &sums)) return NULL;
  const Py_ssize_t n = rests.len / (Py_ssize_t)sizeof(float);
  const int d = n ? (int)(parts.len / (n * (Py_ssize_t)sizeof(float))) : 0;
  uint8_t *row = malloc((size_t)dims);
  if (row) {
    Py_BEGIN_ALLOW_THREADS
    const float *x = parts.buf, *rest = rests.buf;
    int32_t *total = sums.buf;
    for (Py_ssize_t i = 0; i < n; i++) {
      const Py_ssize_t at = first + i;
      double error;
      uint8_t *out = (uint8_t *)codes.buf + (at / PANEL) * PANEL * dims + (at % PANEL) * 4;
      const int32_t sum = pack_row(x + i * d, d, rest[i], (float)scale, dims, out, row, &error);
      if (sums.len) total[at] = sum;
      if (error > largest) largest = error;
    }
    Py_END_ALLOW_THREADS
  }
  PyBuffer_Release(&parts), PyBuffer_Release(&rests), PyBuffer_Release(&codes), PyBuffer_Release(&sums);
  if (!row) return PyErr_NoMemory();
  free(row);
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

/* nearest(codes, dims, first, last, count, rows, allowed, dim, queries, vectors, bias, unit, error, kth, k, slack, out, best)
 * -> number found, as pairs; out is (query int32, position int32, product float32) for every position whose product is
 * within slack of the k-th best of its query, as far as that was known. rows float32 (count, dim) are the vectors of the
 * positions; allowed uint8 (count,), or empty for all; queries int32 (blocks, dims / 4, LANES) are signed codes, four a word.
 * best float32 (q, k) are the best products of each query so far, descending; those found
 * are entered. */
typedef struct { int32_t query, position; float score; } hit;

static void push(float *best, int k, float score) {
  int at = k - 1;
  for (; at > 0 && best[at - 1] < score; at--) best[at] = best[at - 1];
  best[at] = score;
}

static PyObject *nearest(PyObject *self, PyObject *args) {
  Py_buffer codes, rows, allowed, queries, vectors, bias, unit, error, kth, out, best;
  int dims, dim, k;
  Py_ssize_t first, last, count;
  float slack;
  (void)self;
  if (!PyArg_ParseTuple(args, "y*innny*y*iy*y*y*y*y*y*ifw*w*", &codes, &dims, &first, &last, &count, &rows, &allowed, &dim,
                        &queries, &vectors, &bias, &unit, &error, &kth, &k, &slack, &out, &best))
    return NULL;
  const int quads = dims / 4;
  const Py_ssize_t q = kth.len / (Py_ssize_t)sizeof(float), room = out.len / (Py_ssize_t)sizeof(hit), bytes = (Py_ssize_t)PANEL * dims;
  const Py_ssize_t blocks = (q + LANES - 1) / LANES;
  Py_ssize_t found = 0;
  int32_t *start = malloc(sizeof(int32_t) * blocks * LANES);
  float *bound = malloc(sizeof(float) * blocks * LANES);
  if (!start || !bound) goto done;
  Py_BEGIN_ALLOW_THREADS
  const uint8_t *code = codes.buf;
  const float *vector = rows.buf;
  const float *question = vectors.buf;
  const uint8_t *open = allowed.len ? allowed.buf : NULL;
  const int32_t *shift = bias.buf;
  const double *step = unit.buf, *off = error.buf;
  float *top = best.buf;
  hit *result = out.buf;
#define AIM(i) (start[i] = shift[i] - (int32_t)floor(((double)bound[i] - slack - off[i]) / step[i]))
  for (Py_ssize_t i = 0; i < blocks * LANES; i++) {
    if (i < q) {
      bound[i] = ((const float *)kth.buf)[i];
      if (top[i * k + k - 1] > bound[i]) bound[i] = top[i * k + k - 1];
      AIM(i);
    } else {
      start[i] = INT32_MIN / 2;
    }
  }
  for (Py_ssize_t p = first; p < last; p++)
    for (Py_ssize_t b = 0; b < blocks; b++) {
      uint32_t mask[LANES];
      if (!masks_of_eight((const int32_t *)queries.buf + b * quads * LANES, LANES, code + p * bytes, quads, start + b * LANES, mask)) continue;
      for (int i = 0; i < LANES; i++)
        for (uint32_t left = mask[i]; left; left &= left - 1) {
          const Py_ssize_t at = b * LANES + i, position = p * PANEL + lowest(left);
          if (at >= q || position >= count || (open && !open[position])) continue;
          const float score = dot(vector + position * dim, question + at * dim, dim);
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
  PyBuffer_Release(&codes), PyBuffer_Release(&rows), PyBuffer_Release(&allowed), PyBuffer_Release(&queries);
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

/* A heap of keys, the least one first, and what belongs to them. */
static void sift(int32_t *keys, int64_t *rows, Py_ssize_t filled, Py_ssize_t at, int32_t key, int64_t row) {
  for (Py_ssize_t child; (child = 2 * at + 1) < filled; at = child) {
    if (child + 1 < filled && keys[child + 1] < keys[child]) child++;
    if (keys[child] >= key) break;
    keys[at] = keys[child], rows[at] = rows[child];
  }
  keys[at] = key, rows[at] = row;
}

/* highest(codes, dims, first, last, count, allowed, lifts, base, query, least, filled, keys, rows) -> number filled
 * The positions with the greatest sums of products with one query's signed codes plus the position's lift, of those that
 * reach least: keys int32 are the sums, rows int64 base + position, a heap of which filled are in use already. Once the heap
 * is full, every position that is not in it has no greater sum than its first key. allowed uint8 (count,), or empty for all;
 * lifts int32 (count,), or empty for none. */
static PyObject *highest(PyObject *self, PyObject *args) {
  Py_buffer codes, allowed, lifts, query, keys, rows;
  int dims, least;
  Py_ssize_t first, last, count, base, filled;
  (void)self;
  if (!PyArg_ParseTuple(args, "y*innny*y*ny*inw*w*", &codes, &dims, &first, &last, &count, &allowed, &lifts, &base, &query, &least,
                        &filled, &keys, &rows))
    return NULL;
  Py_BEGIN_ALLOW_THREADS
  const Py_ssize_t room = keys.len / (Py_ssize_t)sizeof(int32_t);
  const int quads = dims / 4;
  const uint8_t *open = allowed.len ? allowed.buf : NULL;
  const int32_t *lift = lifts.len ? lifts.buf : NULL, *question = query.buf;
  int32_t *key = keys.buf, bar = filled == room && key[0] >= least ? key[0] + 1 : least, starts[PANEL];
  int64_t *row = rows.buf;
  for (int c = 0; c < PANEL; c++) starts[c] = -bar;
  for (Py_ssize_t p = first; p < last; p++) {
    const uint8_t *panel = (const uint8_t *)codes.buf + p * PANEL * dims;
    if (lift)
      for (int c = 0; c < PANEL; c++) starts[c] = (p * PANEL + c < count ? lift[p * PANEL + c] : 0) - bar;
    for (uint32_t left = mask_of_one(question, panel, quads, starts); left; left &= left - 1) {
      const int column = lowest(left);
      const Py_ssize_t position = p * PANEL + column;
      if (position >= count || (open && !open[position])) continue;
      int32_t sum = lift ? lift[position] : 0;
      for (int q = 0; q < quads; q++) {
        const int8_t *a = (const int8_t *)(question + q);
        const uint8_t *b = panel + (size_t)q * 4 * PANEL + 4 * column;
        sum += a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
      }
      if (sum < bar) continue; /* it has risen since the panel was multiplied */
      if (filled < room) {
        Py_ssize_t at = filled++;
        for (; at && key[(at - 1) / 2] > sum; at = (at - 1) / 2) key[at] = key[(at - 1) / 2], row[at] = row[(at - 1) / 2];
        key[at] = sum, row[at] = base + position;
      } else {
        sift(key, row, room, 0, sum, base + position);
      }
      if (filled == room && key[0] >= bar) {
        bar = key[0] + 1;
        for (int c = 0; c < PANEL; c++) starts[c] = -bar;
      }
    }
  }
  Py_END_ALLOW_THREADS
  PyBuffer_Release(&codes), PyBuffer_Release(&allowed), PyBuffer_Release(&lifts), PyBuffer_Release(&query);
  PyBuffer_Release(&keys), PyBuffer_Release(&rows);
  return PyLong_FromSsize_t(filled);
}

static PyMethodDef methods[] = {
    {"level", level, METH_VARARGS, "The instructions in use; with a name: use these, for tests."},
    {"pack", pack, METH_VARARGS, "Codes of rows, into their panels."},
    {"pairs", pairs, METH_VARARGS, "Pairs of positions above a threshold."},
    {"nearest", nearest, METH_VARARGS, "Positions near the k-th best of each query."},
    {"highest", highest, METH_VARARGS, "Positions with the greatest sums for one query."},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernels", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernels(void) {
  choose(NULL);
  return PyModule_Create(&module);
}
