/* nmj/endplate.h - the receptors of junctions: every quantum is a short source of bound receptors, the rest is exact.
 *
 * State of a junction, x[nmj_endplate_size]:
 *   S[n_state]   numbers of receptors in every state but the resting one
 *   N            all receptors; only if receptors leave rest without a quantum (n_restless = 1: in drugs or a bath of agonist)
 *   m[n_source]  rates (1/s) at which free ACh of the released quanta is now binding: one exponential each, into one state each
 *   w            ACh molecules set free by dissociation and still near receptors
 *   a[n_ACh]     free ACh of the quanta, in molecules (for looking at)
 *   o[n_overlap] quanta released before, each decaying at its own rate: what the next ones overlap with
 * Equations, with Q0(v) the scheme's generator without ACh; source j leads into state source_target[j]:
 *   dS/dt = S Q0(v) + sources + g(free receptors) w / tau (and out of rest, N - sum of S of them),
 *   dm_j/dt = -m_j / tau_j,   dw/dt = (ACh set free by S) - w / tau
 * A quantum adds amplitudes A(free receptors) to m and a. Everything is linear in quanta. A step is exact at constant v and free
 * receptors, with its mean of open channels, so that no charge is lost: one matrix exponential, tabulated. So is what a quantum did
 * between its release and the end of the step. Sixteen neighbors are advanced side by side.
 * Overlap (n_overlap > 0, AChE inhibited): a quantum gains in peak and charge from those released before it, sum over k of
 * overlap_gain[k] o[k], which saturates where they are many. Quanta released together so share what both gain. The gain is a factor on
 * the quantum and a part of what it binds later (late), in the proportion (overlap_mix) that gives both peak and charge; others stay
 * as they were.
 * What receptors lose to desensitization lowers the free ones, the caller's argument; receptors held by earlier quanta of the same
 * impulse do not: release sites lie about 1 um apart at random.
 *
 * Layout: x[size][NMJ_LANES] of sixteen neighbors. Units: SI, v in mV (_mV). Aliasing: x must not overlap the model.
 * Thread-safe: the model is read only, sixteen neighbors per call.
 * Cost: (n_state + 1 + live sources) (n_state + 3) multiply-adds for each part of the propagator that any neighbor needs: one or two at
 * rest, about ten in an action potential; the quanta of one step together about 100 for each node of the residual that they lie at.
 * Why not Brian equations: rates up to 4e5/s are 40 times too fast for dt = 0.1 ms, and quanta enter between time steps.
 */
#ifndef NMJ_ENDPLATE_H
#define NMJ_ENDPLATE_H

#include "config.h"
#include "endplate_model.h"
#include "lanes.h"

NMJ_PRECISE_BEGIN

#define NMJ_ENDPLATE_COLUMNS (NMJ_ENDPLATE_MAX_STATE + 2 + NMJ_ENDPLATE_MAX_SOURCE + 3)
/* Receptors, or molecules, of which one no longer speaks: they are none, so that what has died away costs nothing. */
#define NMJ_ENDPLATE_DEAD 1e-15
/* A junction may sleep when what is away from rest is less than this (receptors, molecules, quanta to overlap with), or, of what only
 * passes, less than a share of the most channels that were open: a third of the error of the exponentials. One receptor moves a human
 * fiber by 1 uV at most, a 20,000th of an end-plate potential; a molecule moves none unless it finds a receptor. */
#define NMJ_ENDPLATE_REST 1.0
#define NMJ_ENDPLATE_PASSES 1e-3

/* Sixteen neighbors in one step. */
typedef struct {
  nmj_lanes mine;                          /* IN 1: advance this one, 0: leave it */
  nmj_lanes weight[NMJ_ENDPLATE_MAX_PART]; /* IN [n_part - 1]: nmj_endplate_weigh */
  nmj_lanes fade[NMJ_ENDPLATE_MAX_OVERLAP];
  nmj_lanes mean, middle;                  /* OUT open channels: mean of the step, and in its middle */
} nmj_endplate_lanes;

/* Tell where one of them is. */
NMJ_INLINE void nmj_endplate_weigh(const nmj_endplate_model *p, const nmj_endplate_place *at, int lane, nmj_endplate_lanes *lanes) {
  double weight[NMJ_ENDPLATE_MAX_PART], fade[NMJ_ENDPLATE_MAX_OVERLAP];
  int k;
  nmj_endplate_at(p, at, p->propagator_mix, p->n_part - 1, weight);
  for (k = 0; k < p->n_part - 1; ++k) lanes->weight[k][lane] = fabs(weight[k]) < p->least_weight ? 0.0 : weight[k];
  if (p->n_overlap > 0) nmj_endplate_on_page(at, p->overlap_decay, p->n_overlap, fade);
  for (k = 0; k < p->n_overlap; ++k) lanes->fade[k][lane] = fade[k];
}

/* The same for neighbors who are in one gap of the tables, in which case it returns 1. at [NMJ_LANES]: of those that are `mine`. */
NMJ_FORCE_INLINE int nmj_endplate_weigh_together(const nmj_endplate_model *p, const nmj_endplate_place *at, nmj_endplate_lanes *lanes) {
  const int n = p->n_part - 1;
  const nmj_endplate_place *one = NULL;
  const double *a, *b, least = p->least_weight;
  nmj_lanes w[4];
  int k, l;
  if (p->n_overlap > 0) return 0;
  for (l = 0; l < NMJ_LANES; ++l) {
    w[0][l] = w[1][l] = w[2][l] = w[3][l] = 0.0;
    if (!(lanes->mine[l] > 0.0)) continue;
    if (one == NULL) one = at + l;
    if (at[l].page != one->page || at[l].node != one->node) return 0;
    for (k = 0; k < 4; ++k) w[k][l] = at[l].weight[k];
  }
  if (one == NULL) return 1;
  a = p->propagator_mix + (one->page * p->n_voltage + one->node) * n;
  b = a + (ptrdiff_t)p->n_voltage * n;
  for (k = 0; k < n; ++k) {
    const double a0 = a[k], a1 = a[k + one->next * n], b0 = b[k], b1 = b[k + one->next * n];
    double *NMJ_RESTRICT weight = lanes->weight[k];
    NMJ_EACH_LANE {
      double sum = w[0][l] * a0 + w[1][l] * a1;
      sum += w[2][l] * b0 + w[3][l] * b1;
      weight[l] = fabs(sum) < least ? 0.0 : sum;
    }
  }
  return 1;
}

/* Numbers that decay by a factor; what has died away is zero. */
NMJ_FORCE_INLINE void nmj_endplate_decay(const double *NMJ_RESTRICT mine, double factor, double dead, double *NMJ_RESTRICT x) {
  int l;
  NMJ_EACH_LANE {
    double left = x[l] * factor;
    left = fabs(left) < dead ? 0.0 : left;
    x[l] = mine[l] > 0.0 ? left : x[l];
  }
}

/* Rows of a part of the propagator times columns of sixteen neighbors: out [rows] += weight * sum over columns c of part[from[c] + row]
 * live[c]; weight NULL: 1. */
NMJ_FORCE_INLINE void nmj_endplate_apply(const double *NMJ_RESTRICT part, const ptrdiff_t *NMJ_RESTRICT from, const double *const *live,
                                         int n_live, const int rows, const double *weight, nmj_lanes *NMJ_RESTRICT out) {
  int c, r;
#if defined(__GNUC__)
  int half;
  for (half = 0; half < NMJ_LANES; half += 8) {
    nmj_eight_doubles sum[NMJ_ENDPLATE_MAX_STATE + 3], x;
    for (r = 0; r < rows; ++r) sum[r] = (nmj_eight_doubles){0.0};
    for (c = 0; c < n_live; ++c) {
      const double *NMJ_RESTRICT column = part + from[c];
      memcpy(&x, live[c] + half, sizeof x);
      for (r = 0; r < rows; ++r) sum[r] += column[r] * x;
    }
    if (weight != NULL) {
      memcpy(&x, weight + half, sizeof x);
      for (r = 0; r < rows; ++r) sum[r] *= x;
    }
    for (r = 0; r < rows; ++r) {
      memcpy(&x, out[r] + half, sizeof x);
      x += sum[r];
      memcpy(out[r] + half, &x, sizeof x);
    }
  }
#else
  int l;
  for (r = 0; r < rows; ++r) {
    nmj_lanes sum = {0.0};
    for (c = 0; c < n_live; ++c) NMJ_EACH_LANE { sum[l] += part[from[c] + r] * live[c][l]; }
    NMJ_EACH_LANE { out[r][l] += weight == NULL ? sum[l] : weight[l] * sum[l]; }
  }
#endif
}

/* One step of those that are `mine`, without quanta. x INOUT [nmj_endplate_size]. */
NMJ_FORCE_INLINE void nmj_endplate_advance_of(const nmj_endplate_model *p, const int ns, nmj_endplate_lanes *lanes,
                                              nmj_lanes *NMJ_RESTRICT x) {
  const int row = NMJ_ENDPLATE_ROW(ns), nc = nmj_endplate_sources(p), nj = p->n_source, columns = nc + 1 + nj;
  nmj_lanes out[NMJ_ENDPLATE_MAX_STATE + 3];
  const double *live[NMJ_ENDPLATE_COLUMNS];
  ptrdiff_t from[NMJ_ENDPLATE_COLUMNS];
  int n_live = 0, c, j, k, r, l;
  for (c = 0; c < columns; ++c) { /* in the order of the table: S, N, w, m */
    const double *column = x[c < nc ? c : c == nc ? nc + nj : c - 1];
    if (!nmj_lanes_any(column)) continue;
    live[n_live] = column;
    from[n_live++] = (ptrdiff_t)c * row;
  }
  for (r = 0; r < ns + 3; ++r) NMJ_EACH_LANE { out[r][l] = 0.0; }
  for (k = 0; k < p->n_part; ++k) {
    const double *weight = k > 0 ? lanes->weight[k - 1] : NULL;
    if (weight != NULL && !nmj_lanes_any(weight)) continue;
    nmj_endplate_apply(p->propagator + (ptrdiff_t)k * columns * row, from, live, n_live, ns + 3, weight, out);
  }
  for (r = 0; r < ns; ++r) NMJ_EACH_LANE { x[r][l] = lanes->mine[l] > 0.0 ? out[r][l] : x[r][l]; }
  NMJ_EACH_LANE {
    x[nc + nj][l] = lanes->mine[l] > 0.0 ? out[ns][l] : x[nc + nj][l];
    lanes->mean[l] = out[ns + 1][l];
    lanes->middle[l] = out[ns + 2][l];
  }
  for (j = 0; j < nj; ++j)
    if (nmj_lanes_any(x[nc + j])) nmj_endplate_decay(lanes->mine, p->source_decay[j], NMJ_ENDPLATE_DEAD / p->step_s, x[nc + j]);
  for (j = 0; j < p->n_ACh; ++j)
    if (nmj_lanes_any(x[nc + nj + 1 + j])) nmj_endplate_decay(lanes->mine, p->ACh_decay[j], NMJ_ENDPLATE_DEAD, x[nc + nj + 1 + j]);
  for (j = 0; j < p->n_overlap; ++j) {
    double *NMJ_RESTRICT o = x[nc + nj + 1 + p->n_ACh + j];
    NMJ_EACH_LANE { o[l] = lanes->mine[l] > 0.0 ? o[l] * lanes->fade[j][l] : o[l]; }
  }
}

/* A literal number of states, that of the human end plate, so that loops over them unroll. */
NMJ_VECTOR_CLONES static void nmj_endplate_advance_five(const nmj_endplate_model *p, nmj_endplate_lanes *lanes, nmj_lanes *x) {
  nmj_endplate_advance_of(p, 5, lanes, x);
}

NMJ_VECTOR_CLONES static void nmj_endplate_advance_any(const nmj_endplate_model *p, nmj_endplate_lanes *lanes, nmj_lanes *x) {
  nmj_endplate_advance_of(p, p->n_state, lanes, x);
}

NMJ_INLINE void nmj_endplate_advance(const nmj_endplate_model *p, nmj_endplate_lanes *lanes, nmj_lanes *x) {
  if (p->n_state == 5) nmj_endplate_advance_five(p, lanes, x);
  else nmj_endplate_advance_any(p, lanes, x);
}

/* One quantum, or its late part, where a junction is: of what parts its entry is made, and amplitudes of its sources. */
typedef struct {
  int32_t count;
  double weight[NMJ_ENDPLATE_MAX_PART], amplitude[NMJ_ENDPLATE_MAX_SOURCE];
  const double *part[NMJ_ENDPLATE_MAX_PART];
} nmj_endplate_entry;

NMJ_FORCE_INLINE void nmj_endplate_prepare(const nmj_endplate_model *p, const nmj_endplate_place *at, const double *mix, int n_part,
                                     const double *part, const double *amplitude, nmj_endplate_entry *entry) {
  double weight[NMJ_ENDPLATE_MAX_PART];
  int i;
  entry->count = 0;
  nmj_endplate_at(p, at, mix, n_part, weight);
  for (i = 0; i < n_part; ++i) {
    if (fabs(weight[i]) < p->least_entry) continue;
    entry->weight[entry->count] = at->share * weight[i];
    entry->part[entry->count++] = part + (ptrdiff_t)i * p->n_residual * NMJ_ENDPLATE_ROW(p->n_state);
  }
  nmj_endplate_on_page(at, amplitude, p->n_source, entry->amplitude);
  for (i = 0; i < p->n_source; ++i) entry->amplitude[i] *= at->share;
}

/* The quanta of one step at one junction. What they did is linear in them: they are gathered by how long before the end of the step they
 * were released, and enter together. */
typedef struct {
  double quanta[NMJ_ENDPLATE_MAX_RESIDUAL]; /* sizes, at the nodes of the residual */
  double own[NMJ_ENDPLATE_MAX_RESIDUAL], later[NMJ_ENDPLATE_MAX_RESIDUAL]; /* with what they gain, where quanta overlap */
  int32_t first, last;                      /* nodes that are not empty */
  double o[NMJ_ENDPLATE_MAX_OVERLAP];
  nmj_endplate_entry quantum, late;
  double ACh[NMJ_ENDPLATE_MAX_ACH], gain[4], fade[NMJ_ENDPLATE_MAX_OVERLAP]; /* amplitudes, and overlap where the junction is */
} nmj_endplate_arrival;

/* Quanta are about to be released at a junction: x its state at the end of the step, entries `stride` apart. */
NMJ_FORCE_INLINE void nmj_endplate_expect(const nmj_endplate_model *p, const nmj_endplate_place *at, const double *x, int stride,
                                    nmj_endplate_arrival *q) {
  const double *o = x + (nmj_endplate_size(p) - p->n_overlap) * stride;
  int i;
  for (i = 0; i < p->n_residual; ++i) q->quanta[i] = 0.0;
  q->first = p->n_residual;
  q->last = -1;
  nmj_endplate_prepare(p, at, p->entry_mix, p->n_entry_part, p->entry, p->amplitude_per_s, &q->quantum);
  nmj_endplate_on_page(at, p->ACh_amplitude, p->n_ACh, q->ACh);
  if (p->n_overlap == 0) return;
  for (i = 0; i < p->n_residual; ++i) q->own[i] = q->later[i] = 0.0;
  for (i = 0; i < p->n_overlap; ++i) q->o[i] = o[i * stride];
  nmj_endplate_prepare(p, at, p->late_mix, p->n_late_part, p->late, p->late_amplitude_per_s, &q->late);
  nmj_endplate_on_page(at, p->overlap_mix, 4, q->gain);
  nmj_endplate_on_page(at, p->overlap_decay, p->n_overlap, q->fade);
}

/* Add a quantum of relative size `size`, released residual_s before the end of the step. */
NMJ_FORCE_INLINE void nmj_endplate_inject(const nmj_endplate_model *p, double size, double residual_s, nmj_endplate_arrival *q) {
  const double past = residual_s / p->step_s;
  double weight[4];
  const int r = nmj_endplate_cubic(past * (double)(p->n_residual - 1), p->n_residual, weight);
  int i;
  q->first = r < q->first ? r : q->first;
  q->last = r + 3 > q->last ? r + 3 : q->last;
  for (i = 0; i < 4; ++i) q->quanta[r + i] += size * weight[i];
  if (p->n_overlap > 0) { /* what it gains from those before, as they were at its release */
    double peak = 0.0, charge = 0.0, saturated, own, later;
    for (i = 0; i < p->n_overlap; ++i) {
      const double faded = exp(past * log(q->fade[i])), before = q->o[i] / faded;
      peak += p->overlap_gain[2 * i] * before;
      charge += p->overlap_gain[2 * i + 1] * before;
      q->o[i] += size * faded;
    }
    saturated = size / (1.0 + p->overlap_saturation * (charge > 0.0 ? charge : 0.0));
    own = size + saturated * (peak * q->gain[0] + charge * q->gain[2]);
    later = saturated * (peak * q->gain[1] + charge * q->gain[3]);
    for (i = 0; i < 4; ++i) q->own[r + i] += own * weight[i];
    for (i = 0; i < 4; ++i) q->later[r + i] += later * weight[i];
  }
}

/* sum [n] += factor * sizes at the nodes first .. last of the residual times rows of a table [n_residual][n]: as many columns at a time
 * as stay in a register. */
#define NMJ_GATHER_COLUMNS(doubles, columns)                \
  for (; i + columns <= n; i += columns) {                  \
    doubles row = {0.0}, more;                              \
    for (r = q->first; r <= q->last; ++r) {                 \
      memcpy(&more, table + r * n + i, sizeof more);        \
      row += size[r] * more;                                \
    }                                                       \
    memcpy(&more, sum + i, sizeof more);                    \
    more += factor * row;                                   \
    memcpy(sum + i, &more, sizeof more);                    \
  }
NMJ_FORCE_INLINE void nmj_endplate_gather(const nmj_endplate_arrival *q, const double *NMJ_RESTRICT size, const double *NMJ_RESTRICT table,
                                          const int n, double factor, double *NMJ_RESTRICT sum) {
  int i = 0, r;
#if defined(__GNUC__)
  NMJ_GATHER_COLUMNS(nmj_eight_doubles, 8)
  NMJ_GATHER_COLUMNS(nmj_four_doubles, 4)
#endif
  for (; i < n; ++i) {
    double row = 0.0;
    for (r = q->first; r <= q->last; ++r) row += size[r] * table[r * n + i];
    sum[i] += factor * row;
  }
}

/* Quanta, or their late parts, of these sizes at the nodes enter: row OUT [NMJ_ENDPLATE_ROW], m INOUT. */
NMJ_FORCE_INLINE void nmj_endplate_enter(const nmj_endplate_model *p, const nmj_endplate_arrival *q, const double *size,
                                         const nmj_endplate_entry *entry, double *row, double *m, int stride) {
  const int n = NMJ_ENDPLATE_ROW(p->n_state), nj = p->n_source;
  double left[NMJ_ENDPLATE_MAX_SOURCE];
  int i, k;
  for (k = 0; k < entry->count; ++k)
    nmj_endplate_gather(q, size, entry->part[k], n, entry->weight[k], row);
  for (i = 0; i < NMJ_ENDPLATE_FOURS(nj); ++i) left[i] = 0.0;
  nmj_endplate_gather(q, size, p->source_residual, NMJ_ENDPLATE_FOURS(nj), 1.0, left);
  for (i = 0; i < nj; ++i) m[i * stride] += entry->amplitude[i] * left[i];
}

/* Add to the junction what its quanta did, and to its open channels of the step: mean and middle INOUT. */
NMJ_FORCE_INLINE void nmj_endplate_arrive(const nmj_endplate_model *p, const nmj_endplate_arrival *q, double *x, int stride, double *mean,
                                          double *middle) {
  const int ns = p->n_state, na = p->n_ACh;
  double *m = x + nmj_endplate_sources(p) * stride, *w = m + p->n_source * stride, *a = w + stride, *o = a + na * stride;
  double row[NMJ_ENDPLATE_MAX_ROW], ACh[NMJ_ENDPLATE_MAX_ACH];
  int i;
  if (q->last < 0) return;
  for (i = 0; i < NMJ_ENDPLATE_MAX_ROW; ++i) row[i] = 0.0;
  nmj_endplate_enter(p, q, p->n_overlap > 0 ? q->own : q->quanta, &q->quantum, row, m, stride);
  if (p->n_overlap > 0) nmj_endplate_enter(p, q, q->later, &q->late, row, m, stride);
  for (i = 0; i < ns; ++i) x[i * stride] += row[i];
  *w += row[ns];
  for (i = 0; i < NMJ_ENDPLATE_FOURS(na); ++i) ACh[i] = 0.0;
  nmj_endplate_gather(q, q->quanta, p->ACh_residual, NMJ_ENDPLATE_FOURS(na), 1.0, ACh);
  for (i = 0; i < na; ++i) a[i * stride] += q->ACh[i] * ACh[i]; /* free ACh does not vanish with the receptors */
  for (i = 0; i < p->n_overlap; ++i) o[i * stride] = q->o[i];
  *mean += row[ns + 1];
  *middle += row[ns + 2];
}

/* What one sees of sixteen neighbors: open channels; receptors desensitized, or plugged for long by a drug, beyond those at rest, by
 * which the free ones are fewer. */
NMJ_FORCE_INLINE void nmj_endplate_look(const nmj_endplate_model *p, nmj_lanes *x, double *open, double *lost) {
  int i, l;
  NMJ_EACH_LANE { open[l] = lost[l] = 0.0; }
  for (i = 0; i < p->n_state; ++i) {
    const double is_open = p->open[i], is_lost = p->desensitized[i], rest = p->rest[i];
    const double *NMJ_RESTRICT S = x[i], *NMJ_RESTRICT N = x[p->n_restless ? p->n_state : i];
    if (is_open > 0.0)
      NMJ_EACH_LANE { open[l] += S[l]; }
    if (is_lost > 0.0)
      NMJ_EACH_LANE { lost[l] += S[l] - rest * N[l]; } /* rest is 0 where there is no N */
  }
}

/* Receptors and molecules that are away from rest, of sixteen neighbors; and of these the receptors of which nmj_endplate_look told
 * that they are lost, with quanta to overlap with: they last. Junctions with channels open at rest never are. Sums of exponentials
 * fall below none after an action potential, whose voltage closed the channels sooner than where they were fitted; less than none is
 * none, of receptors in a state that is empty at rest and of the binding that is still to come. */
NMJ_FORCE_INLINE void nmj_endplate_unrest(const nmj_endplate_model *p, nmj_lanes *x, const double *lost, double *away, double *lasting) {
  const int nc = nmj_endplate_sources(p), nj = p->n_source, size = nmj_endplate_size(p);
  nmj_lanes now, later, in_all;
  int empty = 1, i, l; /* empty: all states but the resting one are, at rest */
  NMJ_EACH_LANE {
    lasting[l] = fabs(lost[l]) + (p->n_restless ? x[p->n_state][l] * p->rest_open * 1e300 : 0.0);
    away[l] = now[l] = later[l] = in_all[l] = 0.0;
  }
  for (i = 0; i < p->n_state; ++i) {
    const double rest = p->rest[i], least = rest > 0.0 ? -1e300 : 0.0;
    const double *NMJ_RESTRICT S = x[i], *NMJ_RESTRICT N = x[p->n_restless ? p->n_state : i];
    NMJ_EACH_LANE {
      const double off = S[l] - rest * N[l];
      away[l] += off > least ? fabs(off) : 0.0;
    }
    empty = rest > 0.0 ? 0 : empty;
  }
  for (i = 0; i < nj; ++i) { /* binding in the coming step, in one later, and in all */
    const double decay = p->source_decay[i], next = decay * decay, all = 1.0 / (1.0 - decay);
    const double *NMJ_RESTRICT m = x[nc + i];
    NMJ_EACH_LANE {
      now[l] += m[l];
      later[l] += m[l] * next;
      in_all[l] += m[l] * all;
    }
  }
  NMJ_EACH_LANE {
    double most = now[l] > later[l] ? now[l] : later[l];
    most = in_all[l] > most ? in_all[l] : most;
    away[l] += most > 0.0 ? most * p->step_s : 0.0;
  }
  for (i = nc + nj; i < size; ++i) {
    const double *NMJ_RESTRICT y = x[i];
    double *NMJ_RESTRICT sum = i < size - p->n_overlap ? away : lasting;
    const double least = i == nc + nj && empty ? 0.0 : -1e300; /* w follows the receptors */
    NMJ_EACH_LANE { sum[l] += y[l] > least ? fabs(y[l]) : 0.0; }
  }
}

NMJ_PRECISE_END

#endif
