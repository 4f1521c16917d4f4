/* nmj/neighbors.h - sixteen junctions side by side: where they are in the tables of the end plate, and what users see.
 *
 * Most are neighbors, whose state lies together: the fibers of a motor unit fire together. Stragglers, which are awake while their
 * neighbors sleep, are brought together from wherever they are.
 *
 * Units, aliasing: as in junctions.h. Thread-safety: a call writes only what belongs to these junctions and their fibers.
 * Why this is not a Brian equation: quanta arrive between time steps, in unknown number, and receptors are stiff.
 */
#ifndef NMJ_NEIGHBORS_H
#define NMJ_NEIGHBORS_H

#include "config.h"
#include "junction.h"

NMJ_PRECISE_BEGIN

/* Up to sixteen junctions in one time step. */
typedef struct {
    double t_s, t_end_s;
    int32_t j[NMJ_LANES], count;               /* which */
    int together;                              /* whether they are neighbors, j[0] ... j[0] + count - 1 */
    nmj_lanes *x;                              /* their state */
    nmj_address at[NMJ_LANES];
    nmj_endplate_place place[NMJ_LANES];
    nmj_lanes open, lost, peak, drives;        /* open channels; receptors lost to desensitization; largest number open; 1: any was */
    double next_s[NMJ_LANES];                  /* of those with an event: when the next one is due */
    unsigned char active[NMJ_LANES], event[NMJ_LANES];
    unsigned char follows[NMJ_LANES];          /* the course of its fiber */
    int side_by_side;                          /* whether their fibers are sixteen neighbors as well */
    const double *line, *bow;                  /* from nmj_junction_parts */
    nmj_endplate_lanes lanes;
} nmj_neighbors;

/* The step from t to end of neighbors, from junction `first` on, or of whoever is awake wherever they are: who they are, and who of them
 * follows a course. */
NMJ_INLINE void nmj_neighbors_meet(const nmj_junctions *p, nmj_neighbors *g, int32_t first, const int32_t *who, int32_t count, double t_s,
                                   double t_end_s)
{
    int32_t l;
    g->t_s = t_s;
    g->t_end_s = t_end_s;
    g->count = count;
    g->together = who == NULL;
    g->x = who == NULL ? (nmj_lanes *)nmj_junction_state(p, first) : NULL;
    for (l = 0; l < NMJ_LANES; l++) {
        g->active[l] = g->event[l] = 0;
        g->lanes.mine[l] = g->drives[l] = 0.0;
        g->j[l] = who == NULL ? first + l : who[l < count ? l : 0];
        g->follows[l] = l < count && p->follow_s[g->j[l]] >= 0.0;
    }
}

NMJ_VECTOR_CLONES static void nmj_neighbors_look(const nmj_endplate_model *p, nmj_lanes *x, double *open, double *lost)
{
    nmj_endplate_look(p, x, open, lost);
}

/* Where a junction at this voltage is in the tables; neighbors mostly have the same free receptors, for which nothing is computed
 * again. */
NMJ_INLINE void nmj_neighbors_place(const nmj_junctions *p, nmj_neighbors *g, int32_t l, double v_mV, const nmj_endplate_place *neighbor)
{
    const int32_t j = g->j[l];
    const double share = p->free_fraction * (1.0 - p->receptor_loss[j]) - g->lost[l] / p->endplate_receptors;
    if (neighbor != NULL && neighbor->share == share) g->place[l] = *neighbor;
    else nmj_endplate_set_share(&p->endplate, share, &g->place[l]);
    nmj_endplate_set_voltage(&p->endplate, v_mV, &g->place[l]);
}

NMJ_VECTOR_CLONES static int nmj_neighbors_weigh_together(const nmj_endplate_model *p, nmj_neighbors *g)
{
    return nmj_endplate_weigh_together(p, g->place, &g->lanes);
}

NMJ_INLINE void nmj_neighbors_weigh(const nmj_endplate_model *p, nmj_neighbors *g)
{
    int32_t l;
    if (nmj_neighbors_weigh_together(p, g)) return;
    memset(g->lanes.weight, 0, (size_t)(p->n_part - 1) * sizeof(nmj_lanes));
    for (l = 0; l < g->count; l++)
        if (g->lanes.mine[l] > 0.0) nmj_endplate_weigh(p, &g->place[l], l, &g->lanes);
}

/* A Brian variable of these junctions, where they are awake. */
NMJ_FORCE_INLINE void nmj_neighbors_put(const nmj_neighbors *g, const double *NMJ_RESTRICT value, double *NMJ_RESTRICT all)
{
    double *NMJ_RESTRICT shown = all + g->j[0];
    int32_t l;
    if (g->together)
        for (l = 0; l < g->count; l++) shown[l] = g->lanes.mine[l] > 0.0 ? value[l] : shown[l];
    else
        for (l = 0; l < g->count; l++)
            if (g->lanes.mine[l] > 0.0) all[g->j[l]] = value[l];
}

/* The same in units of 1 / factor; what is below none is none. */
NMJ_FORCE_INLINE void nmj_neighbors_tell(const nmj_neighbors *g, const double *NMJ_RESTRICT value, double factor, double *all)
{
    nmj_lanes now;
    int32_t l;
    NMJ_EACH_LANE { now[l] = value[l] > 0.0 ? factor * value[l] : 0.0; }
    nmj_neighbors_put(g, now, all);
}

/* What users see of them. */
NMJ_VECTOR_CLONES static void nmj_neighbors_show(const nmj_junctions *p, const nmj_neighbors *g, const double *NMJ_RESTRICT ACh)
{
    nmj_lanes peak_S;
    int32_t l, v;
    nmj_neighbors_tell(g, g->open, 1.0, p->open_channels);
    nmj_neighbors_tell(g, g->open, p->conductance_S, p->g_S);
    nmj_neighbors_tell(g, ACh, 1.0, p->ACh);
    for (l = 0; l < g->count; l++) {
        const double top = g->peak[l] * p->conductance_S, before = p->peak_g_S[g->j[l]];
        peak_S[l] = top > before ? top : before;
    }
    nmj_neighbors_put(g, peak_S, p->peak_g_S);
    for (v = 0; !p->n_channels && v < p->endplate.n_state; v++) nmj_neighbors_put(g, g->x[v], p->occupancy[v]);
}

NMJ_PRECISE_END

#endif
