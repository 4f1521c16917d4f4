/* nmj/channels.h - the receptors of one junction as whole numbers: each moves, opens and binds by chance.
 *
 * endplate.h holds their mean and the ACh that goes with it, in x; count[n_state] holds the receptors themselves, each of them
 * independent of the others in that ACh. A step at constant voltage has two parts, one before and one after the mean has advanced
 * (nmj_endplate_advance) and taken up the quanta of the step:
 *   nmj_channels_move  a receptor in state s is found in state i with probability P_si(v), so that numbers are multinomial, which is
 *                      exact for any step.
 *   nmj_channels_bind  ACh moves receptors, most of them from rest, in multinomial numbers by which the mean rose or fell.
 * Random numbers are addressed by the step counted from t = 0: the same on every target and for any other objects, though not for
 * another step.
 *
 * Not modeled: receptors within reach of one quantum are few and most are taken, so that their number varies less than that of many
 * (at the peak of a human quantum half the variance, in its tail all of it).
 *
 * Units, aliasing, thread-safety: as endplate.h. Cost: about n_state binomial numbers per occupied state.
 * Why not Brian equations: transitions at 4e5/s need 1e-6 s steps there, here none.
 */
#ifndef NMJ_CHANNELS_H
#define NMJ_CHANNELS_H

#include "config.h"
#include "endplate.h"
#include "random.h"

NMJ_PRECISE_BEGIN

#define NMJ_CHANNELS_DRAWS 32 /* blocks kept for one number: a rejection takes more than one, hardly ever ten */
#define NMJ_CHANNELS_AT_REST (1u << 19) /* first block for receptors at rest, beyond those of a step */

/* Distribute `number` receptors over the tracked states with probabilities column[i] + more[i] (more: NULL for none), first to state
 * `stay` if that is not negative; the others come to rest. */
NMJ_INLINE void nmj_channels_distribute(const nmj_address *at, uint32_t draw, int32_t number, const double *column, const double *more,
                                        int n_state, int stay, int32_t *count) {
  double mass = 1.0;
  int k;
  for (k = stay < 0 ? 0 : -1; k < n_state && number > 0; ++k) {
    const int i = k < 0 ? stay : k;
    double p;
    int32_t came;
    if (k == stay) continue;
    p = column[i] + (more ? more[i] : 0.0);
    if (!(p > 0.0)) continue; /* tables may leave -1e-10 */
    came = nmj_binomial(at, draw + (uint32_t)i * NMJ_CHANNELS_DRAWS, number, p < mass ? p / mass : 1.0);
    count[i] += came;
    number -= came;
    mass -= p;
  }
}

/* Draw the states of `receptors` receptors at rest: count OUT [n_state]. */
NMJ_INLINE void nmj_channels_rest(const nmj_endplate_model *p, const nmj_address *at, int32_t receptors, int32_t *count) {
  int i;
  for (i = 0; i < p->n_state; ++i) count[i] = 0;
  nmj_channels_distribute(at, NMJ_CHANNELS_AT_REST, receptors, p->rest, NULL, p->n_state, -1, count);
}

/* `before` receptors become `receptors`, see nmj_endplate_recount: each that is left was so by chance. count INOUT [n_state] */
NMJ_INLINE void nmj_channels_recount(const nmj_endplate_model *p, const nmj_address *at, double before, double receptors, int32_t *count) {
  const double kept = receptors < before ? receptors / before : 1.0;
  const int32_t more = receptors > before ? (int32_t)(receptors + 0.5) - (int32_t)(before + 0.5) : 0;
  int i;
  for (i = 0; i < p->n_state && kept < 1.0; ++i)
    count[i] = nmj_binomial(at, NMJ_CHANNELS_AT_REST + (uint32_t)i * NMJ_CHANNELS_DRAWS, count[i], kept);
  nmj_channels_distribute(at, NMJ_CHANNELS_AT_REST, more, p->rest, NULL, p->n_state, -1, count);
}

/* A mean number of receptors. The sum of exponentials goes below none where few are (blocked by ACh, long after a quantum); what such a
 * state sends to others, in x, none of the counted receptors does. */
NMJ_INLINE double nmj_channels_mean(double x) { return x > 0.0 ? x : 0.0; }

/* Probabilities at v_mV of a receptor to be found in another state after a step without ACh:
 * column OUT [n_state + n_restless][row]: from each state; what comes from rest, per receptor of the junction. */
NMJ_INLINE void nmj_channels_prepare(const nmj_endplate_model *p, double v_mV, double *column) {
  const int count = nmj_endplate_sources(p) * NMJ_ENDPLATE_ROW(p->n_state);
  const ptrdiff_t page = (ptrdiff_t)(nmj_endplate_sources(p) + 1 + p->n_source) * NMJ_ENDPLATE_ROW(p->n_state);
  double weight[NMJ_ENDPLATE_MAX_PART];
  nmj_endplate_place at;
  int i, k;
  at.share = 0.0; /* the last page: nothing is recaptured */
  at.page = p->n_page - 2;
  at.page_weight[0] = 0.0;
  at.page_weight[1] = 1.0;
  nmj_endplate_set_voltage(p, v_mV, &at);
  nmj_endplate_at(p, &at, p->propagator_mix, p->n_part - 1, weight);
  for (i = 0; i < count; ++i) column[i] = p->propagator[i];
  for (k = 1; k < p->n_part; ++k)
    for (i = 0; i < count; ++i) column[i] += weight[k - 1] * p->propagator[(ptrdiff_t)k * page + i];
}

/* Receptors move for one step, except those at rest, of whom it returns the number. x: the mean before the step, entries `stride`
 * apart; count INOUT [n_state]; stayed OUT [NMJ_ENDPLATE_MAX_STATE]: the mean of what moves without ACh. */
NMJ_INLINE int32_t nmj_channels_move(const nmj_endplate_model *p, const double *column, const nmj_address *at, int32_t receptors,
                                     const double *x, int stride, int32_t *count, double *stayed) {
  const int ns = p->n_state, row = NMJ_ENDPLATE_ROW(ns);
  const double *from_rest = p->n_restless ? column + (ptrdiff_t)ns * row : NULL;
  int32_t moved[NMJ_ENDPLATE_MAX_STATE];
  int c, i;
  for (i = 0; i < ns; ++i) {
    stayed[i] = 0.0;
    for (c = 0; c < nmj_endplate_sources(p); ++c) stayed[i] += column[(ptrdiff_t)c * row + i] * nmj_channels_mean(x[c * stride]);
    moved[i] = 0;
  }
  for (i = 0; i < ns; ++i) {
    nmj_channels_distribute(at, (uint32_t)(i * ns) * NMJ_CHANNELS_DRAWS, count[i], column + (ptrdiff_t)i * row, from_rest, ns, i, moved);
    receptors -= count[i];
  }
  for (i = 0; i < ns; ++i) count[i] = moved[i];
  return receptors > 0 ? receptors : 0;
}

/* Receptors that ACh moved within the step, as the mean x rose or fell beyond `stayed`: those in states that fell go where it rose,
 * and so do receptors at rest; some leave rest by themselves (from_rest [n_state]; NULL: none does). */
NMJ_INLINE void nmj_channels_bind(const nmj_endplate_model *p, const double *from_rest, const nmj_address *at, int32_t resting,
                                  const double *x, int stride, const double *stayed, int32_t *count) {
  const int ns = p->n_state;
  const uint32_t draws = (uint32_t)ns * NMJ_CHANNELS_DRAWS; /* of one distribution; those of nmj_channels_move come first */
  double to[NMJ_ENDPLATE_MAX_STATE], gain[NMJ_ENDPLATE_MAX_STATE], share[NMJ_ENDPLATE_MAX_STATE];
  double rise = 0.0, fall = 0.0, most;
  int32_t moved[NMJ_ENDPLATE_MAX_STATE];
  int i;
  for (i = 0; i < ns; ++i) {
    to[i] = nmj_channels_mean(x[i * stride]) - stayed[i];
    if (to[i] > 0.0) rise += to[i];
    else fall -= to[i];
    moved[i] = 0;
  }
  most = rise > fall ? rise : fall;
  for (i = 0; i < ns; ++i) {
    to[i] = most > 0.0 ? to[i] / most : 0.0;
    gain[i] = to[i] > 0.0 ? to[i] : 0.0;
    share[i] = rise > fall && resting > 0 ? gain[i] * (rise - fall) / (double)resting : 0.0;
  }
  nmj_channels_distribute(at, draws * (uint32_t)ns, resting, share, from_rest, ns, -1, count);
  for (i = 0; i < ns; ++i) { /* `stayed` holds those that came from rest by themselves, as count does now */
    const double chance = to[i] < 0.0 ? -to[i] * most / stayed[i] : 0.0;
    const int32_t leave = nmj_binomial(at, draws * (uint32_t)(ns + 1) + (uint32_t)i * NMJ_CHANNELS_DRAWS, count[i],
                                       chance < 1.0 ? chance : 1.0);
    count[i] -= leave;
    nmj_channels_distribute(at, draws * (uint32_t)(ns + 2 + i), leave, gain, NULL, ns, -1, moved);
  }
  for (i = 0; i < ns; ++i) count[i] += moved[i];
}

/* Open channels (number). */
NMJ_INLINE double nmj_channels_open(const nmj_endplate_model *p, const int32_t *count) {
  double sum = 0.0;
  int i;
  for (i = 0; i < p->n_state; ++i) sum += p->open[i] * (double)count[i];
  return sum;
}

/* Whether every receptor is back at rest; those that leave rest by themselves never are, and only their mean is looked at. */
NMJ_INLINE int nmj_channels_at_rest(const nmj_endplate_model *p, const int32_t *count) {
  int i;
  for (i = 0; i < p->n_state && !p->n_restless; ++i)
    if (count[i]) return 0;
  return 1;
}

NMJ_PRECISE_END

#endif
