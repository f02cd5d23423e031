/* Scans of quantised vectors whose answers are exact: a row that its bound excludes cannot be among the results. The
 * bound, and the proof of it, are in the Python module that fits the quantiser.
 *
 * Quantised vectors
 *   A quantised vector has code_size bytes, a multiple of 4 up to 4096. Each byte is a signed number from -127 to 127,
 *   plus 128. The first ones stand for the leading coordinates of the rotated vector: times a scale, and rounded. The
 *   others stand for the residual norm (the length of what the leading coordinates leave out), shared out evenly.
 *   Rows lie in blocks of 32. A block is uint8 (code_size / 4, 32, 4), so that one instruction of AVX-512 VNNI
 *   multiplies four coordinates of 16 rows. `count` rows take ceil(count / 32) blocks; the padding at the end of the
 *   last one is multiplied like the others and never returned. The other side of a product is one row or one query, as
 *   code_size / 4 words of 32 bits with four signed bytes each. The bytes of a block are 128 too high, so each sum of
 *   products is too high by 128 times the sum of these signed bytes. The caller takes that off in advance.
 *
 * What every function expects
 *   Buffers are contiguous in C order, of the type given below, and of exactly the length that the shape says. Where
 *   "or empty" is said, a buffer of no bytes stands for "none". Each function first checks all buffers and numbers.
 *   What is wrong is a ValueError that names the function and the argument, and then nothing was written.
 *   Rows are numbered from 0 within the `count` rows given. `first` and `last` are numbers of blocks, `last` excluded.
 *   Functions release the GIL. Threads may share what is only read. Each thread scans blocks of its own, into results
 *   of its own.
 *
 * level([name]) -> str
 *   The instructions in use: avx512-vnni, avx2 or generic. With a name: use these from now on; a ValueError where the
 *   processor has none of that name. Only for tests, and not while another thread scans.
 *
 * pack(leading, residual_norms, scale, code_size, first_row, quantised, sums) -> float
 *   Quantises n vectors, into the rows from first_row on. Threads may fill different rows of one block.
 *     leading         float32 (n, d), 0 < d < code_size: leading coordinates of the rotated vectors
 *     residual_norms  float32 (n,), not negative: in units of the vectors
 *     scale           quantised units for one unit of the vectors; above 0
 *     quantised       uint8 (blocks, code_size / 4, 32, 4), written
 *     sums            int32 (blocks * 32,), written: the sum of the signed bytes of each row; or empty
 *   Returns the largest quantisation error of a row, in units of the vectors: the distance between the leading
 *   coordinates and what their bytes say, plus what the largest byte cut off the residual norm. A ValueError where
 *   this is not finite, as for a vector that is not finite; only in this case have rows been written before.
 *
 * pairs(quantised, starts, code_size, first, last, count, addresses, dim, min_score, out) -> int
 *   All pairs of rows a < b, with a in the blocks first to last - 1, whose bound reaches the threshold and whose
 *   float32 inner product is at least min_score.
 *     quantised   uint8 (blocks, code_size / 4, 32, 4)
 *     starts      int32 (blocks * 32,), at least -2^30 and below 2^30: the bound of (a, b) reaches the threshold where
 *                 starts[a] + sum(signed bytes of a * bytes of b) >= 0
 *     addresses   uint64 (count,): where the float32 (dim,) vector of each row lies in memory. What lies there cannot
 *                 be checked. The caller answers for it, and keeps it in memory
 *     min_score   finite
 *     out         int32 (capacity, 2), written: the pairs
 *   Returns how many there are. If these are more than the capacity, `out` holds the first ones, and the caller calls
 *   again with a larger one.
 *
 * nearest(quantised, code_size, first, last, count, vectors, filter, dim, query_words, queries, biases, units,
 *         quantisation_errors, thresholds, k, error_bound, out, best) -> int
 *   For each of q queries, all rows whose float32 score is within error_bound of the k-th best score of that query, as
 *   far as the k-th best was known when the row was met.
 *     quantised            uint8 (blocks, code_size / 4, 32, 4)
 *     vectors, queries     float32 (count, dim) and (q, dim); the score is their inner product
 *     filter               uint8 or bool (count,), not 0 for rows that may be returned; or empty, for all rows
 *     query_words          int32 (ceil(q / 8), code_size / 4, 8): signed bytes of the queries, four in a word
 *     biases               int32 (q,): -128 times the sum of the signed bytes of a query
 *     units                float64 (q,), above 0: score for one unit of a sum of products
 *     quantisation_errors  float64 (q,): how far a score can be above its bound
 *     thresholds           float32 (q,): a score that k rows are known to reach; -2 where none is known
 *     error_bound          finite: twice the largest error of a float32 score
 *     out                  uint8 (capacity * 12,), at a multiple of 4 bytes, written: structures of query (int32), row
 *                          (int32) and score (float32)
 *     best                 float32 (q, k), read and written: the k best scores of each query so far, best first; -2 at
 *                          the start
 *   Returns how many there are. If these are more than the capacity, `out` holds the first ones, and the caller calls
 *   again with a larger one and with the `best` from before.
 *
 * highest(quantised, code_size, first, last, count, filter, boosts, first_row, query_words, threshold, filled, keys,
 *         rows) -> int
 *   The rows with the highest keys for one query, of those that reach the threshold. The key of a row is the sum of
 *   products of its bytes with the signed bytes of the query, plus the boost of the row.
 *     quantised    uint8 (blocks, code_size / 4, 32, 4)
 *     filter       uint8 or bool (count,), not 0 for rows that may be returned; or empty, for all rows
 *     boosts       int32 (count,), at least -2^29 and below 2^29, in units of a sum of products; or empty
 *     first_row    added to each row that is returned
 *     query_words  int32 (code_size / 4,): signed bytes of the query, four in a word
 *     threshold    between -2^30 and 2^30, in units of a sum of products
 *     filled       entries of the heap in use, from a call before for other rows; 0 at first
 *     keys, rows   int32 and int64 (capacity,), capacity at least 1, read and written: a heap, the lowest key first
 *   Returns how many entries are in use now. If that is the capacity, no other row has a key above the first one.
 *
 * Why no sum overflows
 *   A sum of products is smaller than SUM_MAX = 2^27 in size, as 255 * 128 * 4096 is. With a boost (below 2^29) it
 *   stays below 2^30, as keys do; and with a threshold or a start (2^30 at most) on top of both, below 2^31.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "_buffers.h"
#include "_scans.h"

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

static int is_code_size(const char *function, Py_ssize_t code_size) {
  return in_range(function, "code_size", code_size, 4, MAX_CODE_SIZE) &&
         require(code_size % 4 == 0, function, "code_size has to be a multiple of 4");
}

/* Fills in how many blocks there are. */
static int is_part(const char *function, part *p, const buffer *quantised) {
  if (!is_code_size(function, p->code_size) || !in_range(function, "count", p->count, 0, INT32_MAX)) return 0;
  p->blocks = p->count / BLOCK + (p->count % BLOCK != 0);
  return has_items(function, quantised, product(p->blocks, BLOCK * p->code_size)) &&
         in_range(function, "first", p->first, 0, p->blocks) &&
         in_range(function, "last", p->last, p->first, p->blocks);
}

/* The first row of the blocks that are scanned, and how many rows they have without the padding. */
static Py_ssize_t first_row_of(const part *p) { return p->first * BLOCK < p->count ? p->first * BLOCK : p->count; }
static Py_ssize_t rows_of(const part *p) {
  return (p->last * BLOCK < p->count ? p->last * BLOCK : p->count) - first_row_of(p);
}

/* Whether all numbers are at least -limit and below limit, a power of two. */
static int all_within(const int32_t *x, Py_ssize_t n, int32_t limit) {
  uint32_t bits = 0;
  for (Py_ssize_t i = 0; i < n; i++) bits |= (uint32_t)x[i] + (uint32_t)limit;
  return bits < 2 * (uint32_t)limit;
}

/* Whether all numbers are finite and at least `least`. */
static int all_floats(const float *x, Py_ssize_t n, float least) {
  int right = 1;
  for (Py_ssize_t i = 0; i < n; i++) right &= x[i] >= least && x[i] <= FLT_MAX;
  return right;
}
static int all_doubles(const double *x, Py_ssize_t n, double least) {
  int right = 1;
  for (Py_ssize_t i = 0; i < n; i++) right &= x[i] >= least && x[i] <= DBL_MAX;
  return right;
}

/* -- pack ---------------------------------------------------------------------------------------------------------- */

static PyObject *pack(PyObject *self, PyObject *args) {
  static const char me[] = "pack";
  enum { LEADING, NORMS, QUANTISED, SUMS, BUFFERS };
  buffer b[] = {
      {"leading", F32, READ}, {"residual_norms", F32, READ}, {"quantised", U8, WRITE}, {"sums", I32, MAYBE_WRITE}};
  PyObject *given[BUFFERS], *result = NULL;
  double scale, largest = 0;
  Py_ssize_t code_size, first_row;
  int finite = 1;
  (void)self;
  if (!PyArg_ParseTuple(args, "OOdnnOO", &given[LEADING], &given[NORMS], &scale, &code_size, &first_row,
                        &given[QUANTISED], &given[SUMS]))
    return NULL;
  if (!take_all(me, b, given, BUFFERS)) return NULL;
  if (!is_code_size(me, code_size)) goto done;
  const Py_ssize_t n = items_of(&b[NORMS]), d = n ? items_of(&b[LEADING]) / n : 0;
  const Py_ssize_t rows = b[QUANTISED].view.len / (BLOCK * code_size) * BLOCK;
  const float *x = b[LEADING].view.buf, *norms = b[NORMS].view.buf;
  uint8_t *quantised = b[QUANTISED].view.buf;
  int32_t *sums = b[SUMS].view.len ? b[SUMS].view.buf : NULL;
  if (!(has_items(me, &b[LEADING], product(n, d)) && in_range(me, "leading coordinates", d, n > 0, code_size - 1) &&
        has_items(me, &b[QUANTISED], product(rows, code_size)) && has_items_or_none(me, &b[SUMS], rows) &&
        in_range(me, "rows to quantise", n, 0, rows) && in_range(me, "first_row", first_row, 0, rows - n) &&
        require(scale >= FLT_MIN && scale <= FLT_MAX, me, "scale has to be a number above 0") &&
        require(all_floats(norms, n, 0), me, "residual_norms have to be finite and not negative")))
    goto done;
  Py_BEGIN_ALLOW_THREADS
  for (Py_ssize_t i = 0; i < n; i++) {
    const Py_ssize_t row = first_row + i;
    uint8_t *out = quantised + row / BLOCK * BLOCK * code_size + row % BLOCK * 4;
    double error;
    const int32_t sum = pack_row(x + i * d, (int)d, norms[i], (float)scale, (int)code_size, out, &error);
    if (sums) sums[row] = sum;
    finite &= isfinite(error) != 0;
    if (error > largest) largest = error;
  }
  Py_END_ALLOW_THREADS
  if (require(finite, me, "leading has a number that is not finite")) result = PyFloat_FromDouble(largest);
done:
  release(b, BUFFERS);
  return result;
}

/* -- pairs --------------------------------------------------------------------------------------------------------- */

/* Whether the rows that a scan looks at have addresses of float32. */
static int all_addresses(const uint64_t *addresses, const part *p) {
  uint64_t wrong = 0;
  if (p->first == p->last) return 1;
  for (Py_ssize_t i = first_row_of(p); i < p->count; i++) wrong |= (addresses[i] & 3) | (addresses[i] == 0);
  return !wrong;
}

static PyObject *pairs(PyObject *self, PyObject *args) {
  static const char me[] = "pairs";
  enum { QUANTISED, STARTS, ADDRESSES, FOUND, BUFFERS };
  buffer b[] = {{"quantised", U8, READ}, {"starts", I32, READ}, {"addresses", U64, READ}, {"out", I32, WRITE}};
  PyObject *given[BUFFERS], *result = NULL;
  part p;
  pair_scan s;
  Py_ssize_t dim, found;
  (void)self;
  if (!PyArg_ParseTuple(args, "OOnnnnOnfO", &given[QUANTISED], &given[STARTS], &p.code_size, &p.first, &p.last,
                        &p.count, &given[ADDRESSES], &dim, &s.min_score, &given[FOUND]))
    return NULL;
  if (!take_all(me, b, given, BUFFERS)) return NULL;
  if (!(is_part(me, &p, &b[QUANTISED]) && has_items(me, &b[STARTS], product(p.blocks, BLOCK)) &&
        has_items(me, &b[ADDRESSES], p.count) && in_range(me, "dim", dim, 1, INT_MAX) &&
        require(items_of(&b[FOUND]) % 2 == 0, me, "out has to hold two numbers for each pair") &&
        require(isfinite(s.min_score), me, "min_score has to be finite")))
    goto done;
  s.quantised = b[QUANTISED].view.buf, s.starts = b[STARTS].view.buf, s.addresses = b[ADDRESSES].view.buf;
  s.out = b[FOUND].view.buf, s.capacity = items_of(&b[FOUND]) / 2, s.dim = (int)dim;
  if (!(require(all_within(s.starts + p.first * BLOCK, (p.last - p.first) * BLOCK, START_MAX), me,
                "starts has a number that is too large") &&
        require(all_addresses(s.addresses, &p), me, "addresses has a number that is 0 or no multiple of 4")))
    goto done;
  s.words = malloc((size_t)GROUP * BLOCK * (size_t)p.code_size);
  if (!s.words) {
    PyErr_NoMemory();
    goto done;
  }
  Py_BEGIN_ALLOW_THREADS
  found = scan_pairs(&s, &p);
  Py_END_ALLOW_THREADS
  free(s.words);
  result = PyLong_FromSsize_t(found);
done:
  release(b, BUFFERS);
  return result;
}

/* -- nearest ------------------------------------------------------------------------------------------------------- */

static PyObject *nearest(PyObject *self, PyObject *args) {
  static const char me[] = "nearest";
  enum { QUANTISED, VECTORS, FILTER, WORDS, QUERIES, BIASES, UNITS, ERRORS, THRESHOLDS, FOUND, BEST, BUFFERS };
  buffer b[] = {{"quantised", U8, READ},    {"vectors", F32, READ},
                {"filter", U8, MAYBE},      {"query_words", I32, READ},
                {"queries", F32, READ},     {"biases", I32, READ},
                {"units", F64, READ},       {"quantisation_errors", F64, READ},
                {"thresholds", F32, READ},  {"out", HITS, WRITE},
                {"best", F32, WRITE}};
  PyObject *given[BUFFERS], *result = NULL;
  part p;
  nearest_scan s;
  Py_ssize_t dim, k, found;
  (void)self;
  if (!PyArg_ParseTuple(args, "OnnnnOOnOOOOOOnfOO", &given[QUANTISED], &p.code_size, &p.first, &p.last, &p.count,
                        &given[VECTORS], &given[FILTER], &dim, &given[WORDS], &given[QUERIES], &given[BIASES],
                        &given[UNITS], &given[ERRORS], &given[THRESHOLDS], &k, &s.error_bound, &given[FOUND],
                        &given[BEST]))
    return NULL;
  if (!take_all(me, b, given, BUFFERS)) return NULL;
  const Py_ssize_t q = items_of(&b[THRESHOLDS]), padded = product(q / LANES + (q % LANES != 0), LANES);
  if (!(is_part(me, &p, &b[QUANTISED]) && in_range(me, "number of queries", q, 0, INT32_MAX) &&
        in_range(me, "dim", dim, 1, INT_MAX) && in_range(me, "k", k, 1, INT_MAX) &&
        has_items(me, &b[VECTORS], product(p.count, dim)) && has_items_or_none(me, &b[FILTER], p.count) &&
        has_items(me, &b[WORDS], product(padded, p.code_size / 4)) && has_items(me, &b[QUERIES], product(q, dim)) &&
        has_items(me, &b[BIASES], q) && has_items(me, &b[UNITS], q) && has_items(me, &b[ERRORS], q) &&
        has_items(me, &b[BEST], product(q, k)) &&
        require(b[FOUND].view.len % (Py_ssize_t)sizeof(hit) == 0, me, "out has to hold 12 bytes for each hit") &&
        require(isfinite(s.error_bound), me, "error_bound has to be finite")))
    goto done;
  s.quantised = b[QUANTISED].view.buf, s.filter = b[FILTER].view.len ? b[FILTER].view.buf : NULL;
  s.vectors = b[VECTORS].view.buf, s.queries = b[QUERIES].view.buf, s.thresholds = b[THRESHOLDS].view.buf;
  s.query_words = b[WORDS].view.buf, s.biases = b[BIASES].view.buf;
  s.units = b[UNITS].view.buf, s.errors = b[ERRORS].view.buf;
  s.best = b[BEST].view.buf, s.out = b[FOUND].view.buf;
  s.q = q, s.capacity = b[FOUND].view.len / (Py_ssize_t)sizeof(hit), s.dim = (int)dim, s.k = (int)k;
  if (!(require(all_doubles(s.units, q, DBL_MIN), me, "units have to be finite and above 0") &&
        require(all_doubles(s.errors, q, -DBL_MAX), me, "quantisation_errors have to be finite") &&
        require(all_floats(s.thresholds, q, -FLT_MAX), me, "thresholds have to be finite")))
    goto done;
  s.starts = malloc(sizeof(int32_t) * (size_t)(padded + 1)); /* one more: for no bytes there may be no memory */
  s.reached = malloc(sizeof(float) * (size_t)(padded + 1));
  if (s.starts && s.reached) {
    Py_BEGIN_ALLOW_THREADS
    found = scan_nearest(&s, &p);
    Py_END_ALLOW_THREADS
    result = PyLong_FromSsize_t(found);
  } else {
    PyErr_NoMemory();
  }
  free(s.starts), free(s.reached);
done:
  release(b, BUFFERS);
  return result;
}

/* -- highest ------------------------------------------------------------------------------------------------------- */

/* Whether the keys in use can be those of a heap that this module made. */
static int is_heap(const int32_t *keys, Py_ssize_t filled) {
  for (Py_ssize_t i = 1; i < filled; i++)
    if (keys[(i - 1) / 2] > keys[i]) return 0;
  return all_within(keys, filled, START_MAX);
}

static PyObject *highest(PyObject *self, PyObject *args) {
  static const char me[] = "highest";
  enum { QUANTISED, FILTER, BOOSTS, WORDS, KEYS, ROWS, BUFFERS };
  buffer b[] = {{"quantised", U8, READ},    {"filter", U8, MAYBE}, {"boosts", I32, MAYBE},
                {"query_words", I32, READ}, {"keys", I32, WRITE},  {"rows", I64, WRITE}};
  PyObject *given[BUFFERS], *result = NULL;
  part p;
  highest_scan s;
  Py_ssize_t threshold;
  (void)self;
  if (!PyArg_ParseTuple(args, "OnnnnOOnOnnOO", &given[QUANTISED], &p.code_size, &p.first, &p.last, &p.count,
                        &given[FILTER], &given[BOOSTS], &s.first_row, &given[WORDS], &threshold, &s.filled,
                        &given[KEYS], &given[ROWS]))
    return NULL;
  if (!take_all(me, b, given, BUFFERS)) return NULL;
  s.capacity = items_of(&b[KEYS]);
  if (!(is_part(me, &p, &b[QUANTISED]) && has_items_or_none(me, &b[FILTER], p.count) &&
        has_items_or_none(me, &b[BOOSTS], p.count) && has_items(me, &b[WORDS], p.code_size / 4) &&
        in_range(me, "first_row", s.first_row, 0, PY_SSIZE_T_MAX - p.count) &&
        in_range(me, "threshold", threshold, -START_MAX, START_MAX) &&
        require(s.capacity > 0, me, "keys has to hold one key at least") && has_items(me, &b[ROWS], s.capacity) &&
        in_range(me, "filled", s.filled, 0, s.capacity)))
    goto done;
  s.quantised = b[QUANTISED].view.buf, s.filter = b[FILTER].view.len ? b[FILTER].view.buf : NULL;
  s.boosts = b[BOOSTS].view.len ? b[BOOSTS].view.buf : NULL, s.words = b[WORDS].view.buf;
  s.keys = b[KEYS].view.buf, s.rows = b[ROWS].view.buf;
  if (!(require(is_heap(s.keys, s.filled), me, "keys is not the heap that a call before left") &&
        require(!s.boosts || all_within(s.boosts + first_row_of(&p), rows_of(&p), BOOST_MAX), me,
                "boosts has a number that is too large")))
    goto done;
  Py_BEGIN_ALLOW_THREADS
  scan_highest(&s, &p, (int32_t)threshold);
  Py_END_ALLOW_THREADS
  result = PyLong_FromSsize_t(s.filled);
done:
  release(b, BUFFERS);
  return result;
}

static PyMethodDef methods[] = {
    {"level", level, METH_VARARGS, "The instructions in use; with a name: use these, for tests."},
    {"pack", pack, METH_VARARGS, "Quantise vectors into their blocks."},
    {"pairs", pairs, METH_VARARGS, "Pairs of rows above a threshold."},
    {"nearest", nearest, METH_VARARGS, "Rows near the k-th best score of each query."},
    {"highest", highest, METH_VARARGS, "Rows with the largest keys for one query."},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernels", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernels(void) {
  choose(NULL);
  return PyModule_Create(&module);
}
