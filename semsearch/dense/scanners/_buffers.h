/* Buffers that Python gives to a function: taken, checked and given back. Included by _kernels.c only.
 *
 * A function first takes all of its buffers (`take_all`), then compares each length with the sizes in its other
 * arguments (`has_items`, `in_range`), and only then reads or writes. Everything that is wrong is a ValueError that
 * names the function and the argument. An object that is no buffer at all is a TypeError.
 */
#include <stdint.h>
#include <string.h>

typedef enum { U8, I32, I64, U64, F32, F64, HITS } item_type;

/* Name for messages; kind of number ('u' unsigned, 'i' signed, 'f' floating); bytes of an item; alignment. */
static const struct { const char *name; char kind; int size, alignment; } ITEMS[] = {
    [U8] = {"uint8", 'u', 1, 1},   [I32] = {"int32", 'i', 4, 4},   [I64] = {"int64", 'i', 8, 8},
    [U64] = {"uint64", 'u', 8, 8}, [F32] = {"float32", 'f', 4, 4}, [F64] = {"float64", 'f', 8, 8},
    [HITS] = {"uint8", 'u', 1, 4}, /* bytes that hold structures of three numbers of four bytes each */
};

/* MAYBE: an empty buffer of any type stands for "none". */
typedef enum { READ, WRITE, MAYBE, MAYBE_WRITE } access_mode;

typedef struct {
  const char *name;
  item_type type;
  access_mode access;
  Py_buffer view;
} buffer;

/* Whether the items are numbers of this type in the processor's byte order; by the notation of Python's `struct`. */
static int is_of_type(const Py_buffer *view, item_type type) {
  const char *format = view->format ? view->format : "B";
  if (*format == '@' || *format == '=' || *format == (PY_LITTLE_ENDIAN ? '<' : '>')) format++;
  if (!format[0] || format[1] || view->itemsize != ITEMS[type].size) return 0;
  return strchr(ITEMS[type].kind == 'f' ? "fd" : ITEMS[type].kind == 'i' ? "bhilqn" : "?cBHILQN", format[0]) != NULL;
}

static void release(buffer *buffers, int n) {
  for (int i = 0; i < n; i++) PyBuffer_Release(&buffers[i].view); /* does nothing for one that was never taken */
}

static int take(const char *function, buffer *b, PyObject *given) {
  const int writes = b->access == WRITE || b->access == MAYBE_WRITE;
  if (PyObject_GetBuffer(given, &b->view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writes ? PyBUF_WRITABLE : 0)) < 0) {
    if (PyErr_ExceptionMatches(PyExc_BufferError) || PyErr_ExceptionMatches(PyExc_ValueError))
      PyErr_Format(PyExc_ValueError, "%s: %s has to be contiguous in C order%s", function, b->name,
                   writes ? " and writable" : "");
    return 0;
  }
  if (!b->view.len && (b->access == MAYBE || b->access == MAYBE_WRITE)) return 1;
  if (!is_of_type(&b->view, b->type)) {
    PyErr_Format(PyExc_ValueError, "%s: %s has to be of type %s", function, b->name, ITEMS[b->type].name);
    return 0;
  }
  if (b->view.len && (uintptr_t)b->view.buf % (uintptr_t)ITEMS[b->type].alignment) {
    PyErr_Format(PyExc_ValueError, "%s: %s has to begin at a multiple of %d bytes", function, b->name,
                 ITEMS[b->type].alignment);
    return 0;
  }
  return 1;
}

/* Takes all buffers, or none. */
static int take_all(const char *function, buffer *buffers, PyObject *const *given, int n) {
  for (int i = 0; i < n; i++)
    if (!take(function, &buffers[i], given[i])) {
      release(buffers, i + 1);
      return 0;
    }
  return 1;
}

/* a * b; -1 where one of them is negative or the product is too large. */
static Py_ssize_t product(Py_ssize_t a, Py_ssize_t b) {
  return a < 0 || b < 0 || (b && a > PY_SSIZE_T_MAX / b) ? -1 : a * b;
}

static Py_ssize_t items_of(const buffer *b) { return b->view.len / ITEMS[b->type].size; }

/* Whether a buffer has exactly so many items; -1, of `product`, never fits. */
static int has_items(const char *function, const buffer *b, Py_ssize_t items) {
  const Py_ssize_t bytes = product(items, ITEMS[b->type].size);
  if (bytes >= 0 && b->view.len == bytes) return 1;
  if (bytes < 0)
    PyErr_Format(PyExc_ValueError, "%s: the sizes are too large for %s", function, b->name);
  else
    PyErr_Format(PyExc_ValueError, "%s: %s has %zd bytes; the other arguments say %zd", function, b->name, b->view.len,
                 bytes);
  return 0;
}

/* The same, or no items at all. */
static int has_items_or_none(const char *function, const buffer *b, Py_ssize_t items) {
  return !b->view.len || has_items(function, b, items);
}

static int in_range(const char *function, const char *name, Py_ssize_t value, Py_ssize_t low, Py_ssize_t high) {
  if (low <= value && value <= high) return 1;
  PyErr_Format(PyExc_ValueError, "%s: %s is %zd; it has to lie between %zd and %zd", function, name, value, low, high);
  return 0;
}

/* Raises the error for everything else that has to hold. */
static int require(int condition, const char *function, const char *what) {
  if (!condition) PyErr_Format(PyExc_ValueError, "%s: %s", function, what);
  return condition;
}
