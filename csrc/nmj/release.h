/* nmj/release.h - from an impulse that reaches the terminal to the quanta it releases.
 *
 * Physiology: `sites` release sites hold at most one ready vesicle each. An impulse releases each ready vesicle with
 *   p_eff = 1 - (1 - p)^factor,   factor = (1 + F1 + F2 + F3) (1 + A) (1 + P),
 * i.e. facilitation F1, F2, F3, augmentation A and potentiation P multiply the hazard of fusion (for small p: p factor,
 * the form of Magleby & Zengel 1982; F1 + F2 + F3 is the kernel of Magleby 1973). Each impulse adds a fixed step to each
 * component; they decay exponentially. With a residual_power n > 0, F1 + F2 + F3 is instead the calcium left by earlier
 * impulses relative to that of the present one, and its factor is (1 + F1 + F2 + F3)^n. An empty site is refilled at rate
 * r0 + r1 y + r2 z: mobilization y (fast) and recruitment z (slow) move a fraction of the way to 1 at each impulse and
 * decay exponentially. The filling of vesicles falls by released / store and recovers.
 * Between impulses everything is advanced exactly in one jump; refill and release are binomial draws at addresses, so the
 * result does not depend on dt. Spontaneous quanta (minis) come when the integrated rate reaches exponential marks; they do
 * not empty a site. A *volley* is the quanta of one impulse in order of time: latencies are produced one after the other as
 * order statistics (Renyi's representation: the i-th of n exponential waiting times grows by E_i / (n - i)), never stored.
 *
 * Latency is tabulated against the cumulative hazard H = -log(1 - u) of the latency distribution, on a grid that is linear
 * inside octaves: NMJ_LATENCY_PER_OCTAVE cells in each of NMJ_LATENCY_OCTAVES octaves from H = 2^NMJ_LATENCY_FIRST on.
 * Sizes are (a + b z)^3, z normal: Wilson & Hilferty's gamma variate; a, b give mean 1 and the coefficient of variation.
 * Mean-field mode (flag NMJ_RELEASE_MEAN): expected numbers; a volley is NMJ_MEAN_QUANTA equal parts at latency quantiles.
 *
 * Units: seconds; sizes in mean quanta. Aliasing: none between arguments. Thread-safe: a call writes only its INOUT structs.
 * Cost: about 0.3 us per impulse, 40 ns per quantum; nothing for an idle junction.
 * Why this is not a Brian equation: integers, events between time steps, and random numbers with an address.
 */
#ifndef NMJ_RELEASE_H
#define NMJ_RELEASE_H

#include "draws.h"
#include "random.h"

NMJ_PRECISE_BEGIN

#define NMJ_LATENCY_FIRST (-14)
#define NMJ_LATENCY_OCTAVES 20
#define NMJ_LATENCY_PER_OCTAVE 16
#define NMJ_LATENCY_POINTS (NMJ_LATENCY_OCTAVES * NMJ_LATENCY_PER_OCTAVE + 1)
#define NMJ_MEAN_QUANTA 32

enum { NMJ_RELEASE_MEAN = 1 };                                                   /* flags */
enum { NMJ_VOLLEY_FREE = 0, NMJ_VOLLEY_IN_FLIGHT = 1, NMJ_VOLLEY_RELEASING = 2 }; /* states of a volley */

/* One parameter set, shared by all its junctions; read only. */
typedef struct {
    const double *latency_s; /* NMJ_LATENCY_POINTS values, rising; NULL: no latency */
    double hazard;           /* -log(1 - p): cumulative hazard of fusion of a ready vesicle, rested */
    double f1_step, f1_rate_per_s;
    double f2_step, f2_rate_per_s;
    double f3_step, f3_rate_per_s;
    double residual_power;   /* 0: the F facilitate; n > 0: they are residual calcium, which acts with its n-th power */
    double augmentation_step, augmentation_rate_per_s;
    double potentiation_step, potentiation_rate_per_s;
    double refill_rate_per_s;       /* r0 */
    double refill_boost_per_s;      /* r1 */
    double mobilization_step;       /* share of the way to 1 per impulse */
    double mobilization_rate_per_s; /* decay, > 0 */
    double recruit_boost_per_s;     /* r2 */
    double recruitment_step;
    double recruitment_rate_per_s;  /* decay, > 0 */
    double store_inverse;           /* 1 / (quanta of transmitter in store) */
    double filling_rate_per_s;      /* recovery of the filling */
    double mini_rate_per_s;
    double size_a, size_b;
    int32_t flags;
} nmj_release_model;

/* One terminal. Brian variables: ready, quanta, quanta_total, impulses, filling and the components. */
typedef struct {
    double sites;        /* release sites of this terminal */
    double ready;        /* ready vesicles just after the last impulse (whole numbers unless NMJ_RELEASE_MEAN) */
    double f1, f2, f3;   /* facilitation, just after the last impulse */
    double augmentation, potentiation;
    double mobilization, recruitment; /* fast and slow activity that speeds refilling, 0..1 */
    double filling;      /* transmitter per vesicle, relative */
    double last_s;       /* time of the last impulse */
    double quanta;       /* released by the last impulse */
    double quanta_total; /* released by all impulses */
    double mini_next_s;  /* time of the next spontaneous quantum; if mini_rate_per_s is 0: its integrated rate left */
    double mini_rate_per_s; /* rate for which mini_next_s was computed */
    uint32_t impulses;   /* impulses so far: the count in the address of the next one */
    uint32_t minis;      /* spontaneous quanta prepared so far */
} nmj_terminal;

/* The quanta of one impulse. */
typedef struct {
    double arrival_s; /* when the impulse reaches the terminal */
    double next_s;    /* time of the next quantum (of the arrival while in flight) */
    double next_size; /* its size */
    double hazard;    /* cumulative hazard of its latency */
    double scale;     /* common factor of the sizes of this volley */
    uint32_t impulse; /* number of the impulse */
    int32_t count;    /* quanta in the volley */
    int32_t index;    /* number of the next quantum, 0..count-1 */
    int32_t state;    /* NMJ_VOLLEY_... */
} nmj_volley;

/* --- latency and size of one quantum ---------------------------------------------------------------------- */

/* Latency at cumulative hazard H > 0 by linear interpolation; the cell is read off the bits of H. */
NMJ_INLINE double nmj_latency(const double *latency_s, double hazard)
{
    const double low = 1.0 / 16384.0; /* 2^NMJ_LATENCY_FIRST */
    const double high = 64.0;         /* low * 2^NMJ_LATENCY_OCTAVES */
    uint64_t bits, cell, cell_bits;
    double left;
    if (!(hazard > low)) return latency_s[0];
    if (hazard >= high) return latency_s[NMJ_LATENCY_POINTS - 1];
    memcpy(&bits, &hazard, sizeof bits);
    cell = (bits >> 48) - ((uint64_t)(1023 + NMJ_LATENCY_FIRST) << 4);
    cell_bits = (bits >> 48) << 48;
    memcpy(&left, &cell_bits, sizeof left);
    cell_bits = (bits & 0x7FF0000000000000ull) - ((uint64_t)4 << 52); /* cell width: 2^(e - 4) */
    {
        double width;
        memcpy(&width, &cell_bits, sizeof width);
        return latency_s[cell] + (latency_s[cell + 1] - latency_s[cell]) * ((hazard - left) / width);
    }
}

NMJ_INLINE double nmj_quantal_size(const nmj_release_model *model, double u)
{
    const double root = model->size_a + model->size_b * nmj_normal_quantile(u);
    return root > 0.0 ? root * root * root : 0.0;
}

/* --- the terminal ----------------------------------------------------------------------------------------- */

/* A rested terminal. */
NMJ_INLINE void nmj_terminal_rest(double sites, nmj_terminal *terminal)
{
    memset(terminal, 0, sizeof *terminal);
    terminal->sites = sites;
    terminal->ready = sites;
    terminal->filling = 1.0;
}

/* Probability that a site empty at last_s has been refilled by time_s. */
NMJ_INLINE double nmj_refill_probability(const nmj_release_model *model, const nmj_terminal *terminal, double time_s)
{
    const double gap_s = time_s > terminal->last_s ? time_s - terminal->last_s : 0.0;
    const double fast = nmj_exp(-gap_s * model->mobilization_rate_per_s);
    const double slow = nmj_exp(-gap_s * model->recruitment_rate_per_s);
    const double boost = model->refill_boost_per_s * terminal->mobilization * (1.0 - fast) / model->mobilization_rate_per_s;
    const double recruited = model->recruit_boost_per_s * terminal->recruitment * (1.0 - slow) / model->recruitment_rate_per_s;
    return 1.0 - nmj_exp(-(model->refill_rate_per_s * gap_s + boost + recruited));
}

/* Expected ready vesicles at time_s, for display between impulses. */
NMJ_INLINE double nmj_terminal_ready(const nmj_release_model *model, const nmj_terminal *terminal, double time_s)
{
    return terminal->ready + (terminal->sites - terminal->ready) * nmj_refill_probability(model, terminal, time_s);
}

/* Prepares the quantum volley->index; volley->hazard is that of the previous one. */
NMJ_INLINE void nmj_volley_prepare(const nmj_release_model *model, const nmj_address *junction, nmj_volley *volley)
{
    if (model->flags & NMJ_RELEASE_MEAN) {
        volley->hazard = -nmj_log(1.0 - ((double)volley->index + 0.5) / (double)volley->count);
        volley->next_size = volley->scale;
    } else {
        nmj_address at = *junction;
        double u[2];
        at.impulse = volley->impulse;
        at.purpose = NMJ_DRAW_QUANTUM;
        nmj_uniform_pair(&at, (uint32_t)volley->index, u);
        volley->hazard -= nmj_log(u[0]) / (double)(volley->count - volley->index);
        volley->next_size = volley->scale * nmj_quantal_size(model, u[1]);
    }
    volley->next_s = volley->arrival_s;
    if (model->latency_s != NULL) volley->next_s += nmj_latency(model->latency_s, volley->hazard);
}

/* A component of facilitation decays; what never rose stays none, at no cost. */
NMJ_INLINE void nmj_component_decay(double *component, double past)
{
    if (*component != 0.0) *component *= nmj_exp(-past);
}

/* An impulse is on its way: reserves a volley until nmj_release_impulse. */
NMJ_INLINE void nmj_volley_send(nmj_volley *volley, double arrival_s)
{
    memset(volley, 0, sizeof *volley);
    volley->arrival_s = arrival_s;
    volley->next_s = arrival_s;
    volley->state = NMJ_VOLLEY_IN_FLIGHT;
}

/* The impulse of `volley` (in flight) reaches the terminal at volley->arrival_s: brings the terminal up to date, draws the
 * number of quanta, prepares the first. Impulses must come in order of arrival (an earlier one is taken as simultaneous with
 * the last). Returns the number of quanta (parts in mean-field mode); the volley is then releasing, or free if there are none.
 *   IN model, junction (key, source, target, multiplicity); INOUT terminal, volley */
NMJ_INLINE int32_t nmj_release_impulse(const nmj_release_model *model, const nmj_address *junction, nmj_terminal *terminal,
                                       nmj_volley *volley)
{
    const double gap_s = volley->arrival_s > terminal->last_s ? volley->arrival_s - terminal->last_s : 0.0;
    const double empty = terminal->sites - terminal->ready;
    const double refill = nmj_refill_probability(model, terminal, volley->arrival_s);
    const int mean = (model->flags & NMJ_RELEASE_MEAN) != 0;
    nmj_address at = *junction;
    double factor, p, quanta;

    at.impulse = terminal->impulses;
    at.purpose = NMJ_DRAW_REFILL;
    terminal->ready += mean ? empty * refill : (double)nmj_binomial(&at, 0, (int32_t)empty, refill);
    nmj_component_decay(&terminal->f1, gap_s * model->f1_rate_per_s);
    nmj_component_decay(&terminal->f2, gap_s * model->f2_rate_per_s);
    nmj_component_decay(&terminal->f3, gap_s * model->f3_rate_per_s);
    nmj_component_decay(&terminal->augmentation, gap_s * model->augmentation_rate_per_s);
    nmj_component_decay(&terminal->potentiation, gap_s * model->potentiation_rate_per_s);
    nmj_component_decay(&terminal->mobilization, gap_s * model->mobilization_rate_per_s);
    nmj_component_decay(&terminal->recruitment, gap_s * model->recruitment_rate_per_s);
    terminal->filling = 1.0 - (1.0 - terminal->filling) * nmj_exp(-gap_s * model->filling_rate_per_s);

    factor = 1.0 + terminal->f1 + terminal->f2 + terminal->f3;
    if (model->residual_power > 0.0) factor = nmj_exp(model->residual_power * nmj_log(factor));
    factor = factor * (1.0 + terminal->augmentation) * (1.0 + terminal->potentiation);
    p = 1.0 - nmj_exp(-model->hazard * factor);
    at.purpose = NMJ_DRAW_QUANTA;
    quanta = mean ? terminal->ready * p : (double)nmj_binomial(&at, 0, (int32_t)terminal->ready, p);

    volley->impulse = terminal->impulses;
    volley->index = 0;
    volley->hazard = 0.0;
    volley->count = mean ? (quanta > 0.0 ? NMJ_MEAN_QUANTA : 0) : (int32_t)quanta;
    volley->scale = mean ? terminal->filling * quanta / (double)NMJ_MEAN_QUANTA : terminal->filling;
    volley->state = volley->count > 0 ? NMJ_VOLLEY_RELEASING : NMJ_VOLLEY_FREE;
    if (volley->count > 0) nmj_volley_prepare(model, junction, volley);

    terminal->ready -= quanta;
    terminal->f1 += model->f1_step;
    terminal->f2 += model->f2_step;
    terminal->f3 += model->f3_step;
    terminal->augmentation += model->augmentation_step;
    terminal->potentiation += model->potentiation_step;
    terminal->mobilization += model->mobilization_step * (1.0 - terminal->mobilization);
    terminal->recruitment += model->recruitment_step * (1.0 - terminal->recruitment);
    terminal->filling *= nmj_exp(-quanta * model->store_inverse);
    terminal->quanta = quanta;
    terminal->quanta_total += quanta;
    if (volley->arrival_s > terminal->last_s) terminal->last_s = volley->arrival_s;
    terminal->impulses++;
    return volley->count;
}

/* Prepares the NMJ_DRAWS quanta from volley->index on, as nmj_volley_prepare would one after the other: OUT times, sizes and hazards. */
NMJ_VECTOR_CLONES static void nmj_volley_draw(const nmj_release_model *model, const nmj_address *junction, const nmj_volley *volley,
                                              double *NMJ_RESTRICT time_s, double *NMJ_RESTRICT size, double *NMJ_RESTRICT hazard)
{
    nmj_address at = *junction;
    double sum = volley->hazard;
    int l;
    at.impulse = volley->impulse;
    at.purpose = NMJ_DRAW_QUANTUM;
    nmj_uniform_pairs(&at, (uint32_t)volley->index, hazard, size);
    nmj_logs(hazard);
    nmj_normal_quantiles(size);
    for (l = 0; l < NMJ_DRAWS; l++) {
        const double root = model->size_a + model->size_b * size[l];
        size[l] = root > 0.0 ? volley->scale * (root * root * root) : volley->scale * 0.0;
    }
    for (l = 0; l < NMJ_DRAWS; l++) hazard[l] = hazard[l] / (double)(volley->count - volley->index - l); /* beyond the last: unused */
    for (l = 0; l < NMJ_DRAWS; l++) hazard[l] = sum -= hazard[l];
    for (l = 0; l < NMJ_DRAWS; l++) {
        time_s[l] = volley->arrival_s;
        if (model->latency_s != NULL) time_s[l] += nmj_latency(model->latency_s, hazard[l]);
    }
}

/* The quanta of a volley before t_end_s, at most NMJ_DRAWS of them: OUT times and sizes; returns how many, 0 if there are no more. What
 * comes after them is prepared; after the last one the volley is free. A volley in flight or free gives 0. */
NMJ_INLINE int nmj_volley_next(const nmj_release_model *model, const nmj_address *junction, nmj_volley *volley, double t_end_s,
                               double *time_s, double *size)
{
    double later_s[NMJ_DRAWS], later[NMJ_DRAWS], hazard[NMJ_DRAWS];
    int n = 0, k = 0;
    if (volley->state != NMJ_VOLLEY_RELEASING || !(volley->next_s < t_end_s)) return 0;
    for (; volley->next_s < t_end_s && n < NMJ_DRAWS; k++) {
        time_s[n] = volley->next_s;
        size[n++] = volley->next_size;
        volley->index++;
        if (volley->index == volley->count) {
            volley->state = NMJ_VOLLEY_FREE;
            return n;
        }
        if (model->flags & NMJ_RELEASE_MEAN) {
            nmj_volley_prepare(model, junction, volley);
            continue;
        }
        if (k == 0) nmj_volley_draw(model, junction, volley, later_s, later, hazard);
        volley->next_s = later_s[k];
        volley->next_size = later[k];
        volley->hazard = hazard[k];
    }
    return n;
}

/* --- spontaneous quanta ----------------------------------------------------------------------------------- */

/* Follows a rate that changed at time_s (the first call starts the process). Exact for rates constant between calls;
 * nothing happens if the rate is the same, so the events do not depend on how often this is called. */
NMJ_INLINE void nmj_spontaneous_rate(const nmj_address *junction, nmj_terminal *terminal, double time_s, double rate_per_s)
{
    double left; /* integrated rate until the next event */
    if (terminal->minis == 0) {
        nmj_address at = *junction;
        at.impulse = 0;
        at.purpose = NMJ_DRAW_SPONTANEOUS;
        left = nmj_exponential(&at, 0);
        terminal->minis = 1;
    } else if (rate_per_s == terminal->mini_rate_per_s) {
        return;
    } else if (terminal->mini_rate_per_s > 0.0) {
        left = (terminal->mini_next_s - time_s) * terminal->mini_rate_per_s;
        if (left < 0.0) left = 0.0;
    } else {
        left = terminal->mini_next_s;
    }
    terminal->mini_rate_per_s = rate_per_s > 0.0 ? rate_per_s : 0.0;
    terminal->mini_next_s = rate_per_s > 0.0 ? time_s + left / rate_per_s : left;
}

/* The next spontaneous quantum before t_end_s, if any. nmj_spontaneous_rate must have been called. */
NMJ_INLINE int nmj_spontaneous_next(const nmj_release_model *model, const nmj_address *junction, nmj_terminal *terminal,
                                    double t_end_s, double *time_s, double *size)
{
    nmj_address at;
    double u[2];
    if (!(terminal->mini_rate_per_s > 0.0) || !(terminal->mini_next_s < t_end_s)) return 0;
    at = *junction;
    at.purpose = NMJ_DRAW_SPONTANEOUS;
    at.impulse = terminal->minis - 1u;
    nmj_uniform_pair(&at, 0, u);
    *time_s = terminal->mini_next_s;
    *size = terminal->filling * ((model->flags & NMJ_RELEASE_MEAN) ? 1.0 : nmj_quantal_size(model, u[1]));
    at.impulse = terminal->minis;
    terminal->mini_next_s += nmj_exponential(&at, 0) / terminal->mini_rate_per_s;
    terminal->minis++;
    return 1;
}

NMJ_PRECISE_END

#endif
