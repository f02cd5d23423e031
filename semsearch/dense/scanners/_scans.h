/* The scans themselves. They run without the GIL and check nothing: _kernels.c has done that, and its head says what
 * each argument is. Included by _kernels.c only.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "_levels.h"

#define GROUP 48 /* blocks of the broadcast side that stay in the second-level cache */
#define MAX_CODE_SIZE 4096
#define SUM_MAX (1 << 27)
#define BOOST_MAX (1 << 29)
#define START_MAX (1 << 30)

/* Some rows and which of their blocks are scanned. */
typedef struct { Py_ssize_t code_size, first, last, count, blocks; } part;

/* -- pack ---------------------------------------------------------------------------------------------------------- */

/* Quantises one vector into its column of a block. Returns the sum of the signed bytes; `error` gets the quantisation
 * error, which is not finite where the vector is not. */
static int32_t pack_row(const float *x, int d, float residual_norm, float scale, int code_size, uint8_t *out,
                        double *error) {
  uint8_t row[MAX_CODE_SIZE];
  float lost[16] = {0}, off;
  int32_t sum = 0;
  int at = 0;
#define QUANTISE(j, lane)                                                  \
  do {                                                                     \
    const float value = x[j] * scale;                                      \
    float rounded = (value + 12582912.0f) - 12582912.0f; /* 1.5 * 2^23 */  \
    /* In this order it is as fast as any, and a NaN becomes -127. */      \
    rounded = rounded > -127 ? (rounded > 127 ? 127 : rounded) : -127;     \
    off = value - rounded;                                                 \
    lost[lane] += off * off;                                               \
    row[j] = (uint8_t)((int32_t)rounded + 128);                            \
  } while (0)
  for (; at + 16 <= d; at += 16)
    for (int i = 0; i < 16; i++) QUANTISE(at + i, i);
  for (; at < d; at++) QUANTISE(at, 0);
#undef QUANTISE
  double total = 0;
  for (int i = 0; i < 16; i++) total += lost[i];
  total = sqrt(total) / scale;
  const double share = sqrt((double)(code_size - d));
  double byte = ceil(residual_norm / share * scale);
  byte = byte < 127 ? byte : 127;
  if (byte / scale * share < residual_norm) total += residual_norm - byte / scale * share;
  for (; at < code_size; at++) row[at] = (uint8_t)((int32_t)byte + 128);
  for (int j = 0; j < code_size; j++) sum += row[j];
  for (int q = 0; q < code_size / 4; q++) memcpy(out + (size_t)q * 4 * BLOCK, row + 4 * q, 4);
  *error = total * (1 + 1e-4); /* for float32 sums */
  return sum - 128 * code_size;
}

/* -- pairs --------------------------------------------------------------------------------------------------------- */

typedef struct {
  const uint8_t *quantised;
  const int32_t *starts;
  const uint64_t *addresses;
  int32_t *out, *words; /* words: memory for GROUP blocks of the broadcast side */
  Py_ssize_t capacity;
  int dim;
  float min_score;
} pair_scan;

/* The pairs of row `a` with the columns of a block that are set in the mask. Returns how many there are, with those
 * `found` before. */
static Py_ssize_t keep_pairs(const pair_scan *s, Py_ssize_t count, Py_ssize_t a, Py_ssize_t block, uint32_t mask,
                             Py_ssize_t found) {
  if (a >= count) return found;
  const float *const vector = (const float *)(uintptr_t)s->addresses[a];
  for (; mask; mask &= mask - 1) {
    const Py_ssize_t b = block * BLOCK + lowest(mask);
    if (b <= a || b >= count) continue;
    if (dot(vector, (const float *)(uintptr_t)s->addresses[b], s->dim) < s->min_score) continue;
    if (found < s->capacity) s->out[2 * found] = (int32_t)a, s->out[2 * found + 1] = (int32_t)b;
    found++;
  }
  return found;
}

static Py_ssize_t scan_pairs(const pair_scan *s, const part *p) {
  const int words = (int)p->code_size / 4;
  const Py_ssize_t block_words = (Py_ssize_t)BLOCK * words, block_bytes = 4 * block_words;
  Py_ssize_t found = 0;
  for (Py_ssize_t group = p->first; group < p->last; group += GROUP) {
    const Py_ssize_t end = p->last - group < GROUP ? p->last : group + GROUP;
    const uint8_t *source = s->quantised + group * block_bytes;
    for (Py_ssize_t i = 0; i < (end - group) * block_words; i++) {
      uint32_t word;
      memcpy(&word, source + 4 * i, 4);
      word ^= 0x80808080u; /* four bytes less 128 */
      memcpy(s->words + i, &word, 4);
    }
    for (Py_ssize_t block = group; block < p->blocks; block++)
      for (Py_ssize_t r = group; r < end && r <= block; r++)
        for (int lane = 0; lane < BLOCK; lane += LANES) {
          uint32_t mask[LANES];
          if (!masks_of_eight(s->words + (r - group) * block_words + lane, BLOCK, s->quantised + block * block_bytes,
                              words, s->starts + r * BLOCK + lane, mask))
            continue;
          for (int i = 0; i < LANES; i++)
            if (mask[i]) found = keep_pairs(s, p->count, r * BLOCK + lane + i, block, mask[i], found);
        }
  }
  return found;
}

/* -- nearest ------------------------------------------------------------------------------------------------------- */

typedef struct { int32_t query, row; float score; } hit;

typedef struct {
  const uint8_t *quantised, *filter; /* filter: NULL for all rows */
  const float *vectors, *queries, *thresholds;
  const int32_t *query_words, *biases;
  const double *units, *errors;
  float *best, *reached; /* reached: the score that k rows are known to reach, for each query */
  int32_t *starts;       /* of the sums of each query: what makes them negative where a row can be left out */
  hit *out;
  Py_ssize_t q, capacity;
  int dim, k;
  float error_bound;
} nearest_scan;

static void raise_start(const nearest_scan *s, Py_ssize_t query) {
  const double least = ((double)s->reached[query] - s->error_bound - s->errors[query]) / s->units[query];
  const double start = s->biases[query] - floor(least);
  /* No sum is as large as SUM_MAX, so a start beyond it decides like SUM_MAX itself. */
  s->starts[query] = start >= SUM_MAX ? SUM_MAX : start > -SUM_MAX ? (int32_t)start : -SUM_MAX;
}

static void enter(float *best, int k, float score) {
  int at = k - 1;
  for (; at > 0 && best[at - 1] < score; at--) best[at] = best[at - 1];
  best[at] = score;
}

/* The hits of one query among the columns of a block that are set in the mask. Returns how many there are, with those
 * `found` before. */
static Py_ssize_t keep_hits(const nearest_scan *s, Py_ssize_t count, Py_ssize_t query, Py_ssize_t block, uint32_t mask,
                            Py_ssize_t found) {
  float *const best = s->best + query * s->k, *const kth = best + s->k - 1;
  for (; mask; mask &= mask - 1) {
    const Py_ssize_t row = block * BLOCK + lowest(mask);
    if (row >= count || (s->filter && !s->filter[row])) continue;
    const float score = dot(s->vectors + row * s->dim, s->queries + query * s->dim, s->dim);
    if (score < s->reached[query] - s->error_bound) continue;
    if (found < s->capacity) s->out[found] = (hit){(int32_t)query, (int32_t)row, score};
    found++;
    if (score > *kth) {
      enter(best, s->k, score);
      if (*kth > s->reached[query]) s->reached[query] = *kth, raise_start(s, query);
    }
  }
  return found;
}

static Py_ssize_t scan_nearest(const nearest_scan *s, const part *p) {
  const int words = (int)p->code_size / 4;
  const Py_ssize_t groups = (s->q + LANES - 1) / LANES;
  Py_ssize_t found = 0;
  for (Py_ssize_t i = 0; i < groups * LANES; i++) {
    s->starts[i] = -SUM_MAX; /* of the padding of the last group: no sum reaches 0, so it is in no mask */
    if (i >= s->q) continue;
    const float kth = s->best[i * s->k + s->k - 1];
    s->reached[i] = kth > s->thresholds[i] ? kth : s->thresholds[i];
    raise_start(s, i);
  }
  for (Py_ssize_t block = p->first; block < p->last; block++)
    for (Py_ssize_t group = 0; group < groups; group++) {
      uint32_t mask[LANES];
      if (!masks_of_eight(s->query_words + group * words * LANES, LANES, s->quantised + block * BLOCK * p->code_size,
                          words, s->starts + group * LANES, mask))
        continue;
      for (int i = 0; i < LANES; i++)
        if (mask[i]) found = keep_hits(s, p->count, group * LANES + i, block, mask[i], found);
    }
  return found;
}

/* -- highest ------------------------------------------------------------------------------------------------------- */

typedef struct {
  const uint8_t *quantised, *filter; /* filter: NULL for all rows */
  const int32_t *boosts, *words;     /* boosts: NULL for none */
  int32_t *keys;                     /* a heap, the lowest key first */
  int64_t *rows;
  Py_ssize_t first_row, filled, capacity;
} highest_scan;

/* Puts a key in the place of the first one. */
static void replace_first(int32_t *keys, int64_t *rows, Py_ssize_t filled, int32_t key, int64_t row) {
  Py_ssize_t at = 0;
  for (Py_ssize_t child; at < filled / 2; at = child) {
    child = 2 * at + 1;
    if (child + 1 < filled && keys[child + 1] < keys[child]) child++;
    if (keys[child] >= key) break;
    keys[at] = keys[child], rows[at] = rows[child];
  }
  keys[at] = key, rows[at] = row;
}

static void add(highest_scan *s, int32_t key, int64_t row) {
  if (s->filled == s->capacity) {
    replace_first(s->keys, s->rows, s->filled, key, row);
    return;
  }
  Py_ssize_t at = s->filled++;
  for (; at && s->keys[(at - 1) / 2] > key; at = (at - 1) / 2)
    s->keys[at] = s->keys[(at - 1) / 2], s->rows[at] = s->rows[(at - 1) / 2];
  s->keys[at] = key, s->rows[at] = row;
}

/* What a key has to reach now: more than the lowest one of a full heap. */
static int32_t raised(const highest_scan *s, int32_t threshold) {
  return s->filled == s->capacity && s->keys[0] >= threshold ? s->keys[0] + 1 : threshold;
}

static void start_all(int32_t *starts, int32_t start) {
  for (int c = 0; c < BLOCK; c++) starts[c] = start;
}

/* What the sums of a block's columns start from: the boosts of its `rows` rows, less the threshold. */
static void start_boosted(int32_t *starts, const int32_t *boosts, Py_ssize_t rows, int32_t threshold) {
  start_all(starts, -threshold);
  if (rows >= BLOCK)
    for (int c = 0; c < BLOCK; c++) starts[c] += boosts[c];
  else
    for (int c = 0; c < (int)rows; c++) starts[c] += boosts[c];
}

static int32_t sum_of_products(const int32_t *query_words, const uint8_t *block, int words, int column) {
  int32_t sum = 0;
  for (int q = 0; q < words; q++) {
    const int8_t *a = (const int8_t *)(query_words + q);
    const uint8_t *b = block + (size_t)q * 4 * BLOCK + 4 * column;
    sum += a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
  }
  return sum;
}

static void scan_highest(highest_scan *s, const part *p, int32_t least) {
  const int words = (int)p->code_size / 4;
  int32_t threshold = raised(s, least), starts[BLOCK];
  start_all(starts, -threshold);
  for (Py_ssize_t b = p->first; b < p->last; b++) {
    const uint8_t *block = s->quantised + b * BLOCK * p->code_size;
    if (s->boosts) start_boosted(starts, s->boosts + b * BLOCK, p->count - b * BLOCK, threshold);
    for (uint32_t mask = mask_of_one(s->words, block, words, starts); mask; mask &= mask - 1) {
      const int column = lowest(mask);
      const Py_ssize_t row = b * BLOCK + column;
      if (row >= p->count || (s->filter && !s->filter[row])) continue;
      const int32_t key = (s->boosts ? s->boosts[row] : 0) + sum_of_products(s->words, block, words, column);
      if (key < threshold) continue; /* which has risen since the block was multiplied */
      add(s, key, s->first_row + row);
      const int32_t before = threshold;
      threshold = raised(s, threshold);
      if (threshold > before) start_all(starts, -threshold);
    }
  }
}
