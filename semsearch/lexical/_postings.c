/* Reads postings (postings.py says how they are written): as rows, or as scores of BM25.
 *
 * What every function expects
 *   Buffers are contiguous in C order, of the type given below. Each function first checks all buffers and numbers.
 *   What is wrong is a ValueError that names the function and the argument. Damaged postings are a ValueError too; then
 *   some results may have been written. Functions release the GIL. Threads may share what is only read.
 *
 * rows(postings, count, out)
 *     postings  uint8: the postings of one term
 *     count     number of its rows
 *     out       int64 (count,), written: the rows
 *
 * score(postings, count, large, weights, idf, most, norms, scores)
 *   Adds to the score of each row: idf * (f * most / (f + norm of the row)), where f is the weighted frequency.
 *     large     float64: the weighted frequencies of the rows with frequency code 0, in their order
 *     weights   float64 (256,): what each frequency code counts
 *     most      k1 + 1
 *     norms     float64 (rows,): k1 * (1 - b + b * length / mean length)
 *     scores    float64 (rows,), read and written
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <stdint.h>

#include "../dense/scanners/_buffers.h"

/* The next varint of at most five bytes; -1 where the bytes end before it does. */
static inline int64_t next_gap(const uint8_t **at, const uint8_t *end) {
  int64_t value = 0;
  for (int bits = 0; bits < 35 && *at < end; bits += 7) {
    const uint8_t byte = *(*at)++;
    value |= (int64_t)(byte & 0x7f) << bits;
    if (byte < 128) return value;
  }
  return -1;
}

static int is_count(const char *function, const buffer *postings, Py_ssize_t count) {
  return in_range(function, "count", count, 0, items_of(postings) / 2);
}

static PyObject *rows(PyObject *self, PyObject *args) {
  buffer b[] = {{"postings", U8, READ, {0}}, {"out", I64, WRITE, {0}}};
  PyObject *given[2];
  Py_ssize_t count;
  int sound = 1;
  (void)self;
  if (!PyArg_ParseTuple(args, "OnO", &given[0], &count, &given[1]) || !take_all("rows", b, given, 2)) return NULL;
  if (is_count("rows", &b[0], count) && has_items("rows", &b[1], count)) {
    const uint8_t *at = b[0].view.buf, *end = at + b[0].view.len - count;
    int64_t *out = b[1].view.buf, row = -1;
    Py_BEGIN_ALLOW_THREADS;
    for (Py_ssize_t i = 0; i < count && sound; i++) {
      const int64_t gap = next_gap(&at, end);
      sound = gap >= 0;
      row += gap + 1;
      out[i] = row;
    }
    Py_END_ALLOW_THREADS;
    require(sound && at == end, "rows", "the postings are damaged");
  }
  release(b, 2);
  if (PyErr_Occurred()) return NULL;
  Py_RETURN_NONE;
}

static PyObject *score(PyObject *self, PyObject *args) {
  buffer b[] = {{"postings", U8, READ, {0}}, {"large", F64, MAYBE, {0}},  {"weights", F64, READ, {0}},
                {"norms", F64, READ, {0}},   {"scores", F64, WRITE, {0}}};
  PyObject *given[5];
  Py_ssize_t count;
  double idf, most;
  int sound = 1;
  (void)self;
  if (!PyArg_ParseTuple(args, "OnOOddOO", &given[0], &count, &given[1], &given[2], &idf, &most, &given[3], &given[4]) ||
      !take_all("score", b, given, 5))
    return NULL;
  if (is_count("score", &b[0], count) && has_items("score", &b[2], 256) && has_items("score", &b[4], items_of(&b[3]))) {
    const uint8_t *at = b[0].view.buf, *codes = at + b[0].view.len - count, *const end = codes;
    const double *large = b[1].view.buf, *weights = b[2].view.buf, *norms = b[3].view.buf;
    const double *const large_end = b[1].view.len ? large + items_of(&b[1]) : large;
    const int64_t all = items_of(&b[3]);
    double *scores = b[4].view.buf;
    int64_t row = -1;
    Py_BEGIN_ALLOW_THREADS;
    for (Py_ssize_t i = 0; i < count; i++) {
      int64_t gap;
      if (at < end && *at < 128)
        gap = *at++;
      else
        gap = next_gap(&at, end);
      row += gap + 1;
      if (gap < 0 || row >= all || (!codes[i] && large == large_end)) {
        sound = 0;
        break;
      }
      const double f = codes[i] ? weights[codes[i]] : *large++;
      scores[row] += idf * (f * most / (f + norms[row]));
    }
    Py_END_ALLOW_THREADS;
    require(sound && at == end && large == large_end, "score", "the postings are damaged");
  }
  release(b, 5);
  if (PyErr_Occurred()) return NULL;
  Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"rows", rows, METH_VARARGS, "See the source."},
    {"score", score, METH_VARARGS, "See the source."},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_postings", NULL, 0, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit__postings(void) { return PyModule_Create(&module); }
