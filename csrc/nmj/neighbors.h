/* nmj/neighbors.h - sixteen neighboring junctions side by side: where they are in the tables of the end plate, and what users see.
 *
 * Units, aliasing: as in junctions.h. Thread-safety: a call writes only what belongs to these junctions and their fibers.
 * Why this is not a Brian equation: quanta arrive between time steps, in unknown number, and receptors are stiff.
 */
#ifndef NMJ_NEIGHBORS_H
#define NMJ_NEIGHBORS_H

#include "config.h"
#include "junction.h"

NMJ_PRECISE_BEGIN

/* Sixteen neighbors in one time step. */
typedef struct {
    double t_s, t_end_s;
    int32_t first, count;                      /* junctions first ... first + count - 1 */
    nmj_lanes *x;                              /* their state */
    nmj_address at[NMJ_LANES];
    nmj_endplate_place place[NMJ_LANES];
    nmj_lanes open, lost, peak, drives;        /* open channels; receptors lost to desensitization; largest number open; 1: any was */
    unsigned char active[NMJ_LANES], event[NMJ_LANES], due[NMJ_LANES];
    unsigned char follows[NMJ_LANES];          /* the course of its fiber */
    int side_by_side;                          /* whether their fibers are sixteen neighbors as well */
    const double *line, *bow;                  /* from nmj_junction_parts */
    nmj_endplate_lanes lanes;
} nmj_neighbors;

/* Sixteen neighbors in the step from t to end: who they are, and who of them follows a course. */
NMJ_INLINE void nmj_neighbors_meet(const nmj_junctions *p, nmj_neighbors *g, int32_t first, int32_t count, double t_s, double t_end_s)
{
    int32_t l;
    g->t_s = t_s;
    g->t_end_s = t_end_s;
    g->first = first;
    g->count = count;
    g->x = (nmj_lanes *)nmj_junction_state(p, first);
    for (l = 0; l < NMJ_LANES; l++) {
        g->active[l] = g->event[l] = g->due[l] = 0;
        g->lanes.mine[l] = g->drives[l] = 0.0;
        g->follows[l] = l < count && p->follow_s[first + l] >= 0.0;
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
    const int32_t j = g->first + l;
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

/* A Brian variable of these neighbors, where they are awake; what is below none is none. */
NMJ_FORCE_INLINE void nmj_neighbors_tell(const nmj_neighbors *g, const double *NMJ_RESTRICT value, double factor, double *NMJ_RESTRICT shown)
{
    int32_t l;
    for (l = 0; l < g->count; l++) {
        const double now = value[l] > 0.0 ? factor * value[l] : 0.0;
        shown[l] = g->lanes.mine[l] > 0.0 ? now : shown[l];
    }
}

/* What users see of them. */
NMJ_VECTOR_CLONES static void nmj_neighbors_show(const nmj_junctions *p, const nmj_neighbors *g, const double *NMJ_RESTRICT ACh)
{
    const int32_t first = g->first;
    double *NMJ_RESTRICT peak_S = p->peak_g_S + first;
    int32_t l, v;
    nmj_neighbors_tell(g, g->open, 1.0, p->open_channels + first);
    nmj_neighbors_tell(g, g->open, p->conductance_S, p->g_S + first);
    nmj_neighbors_tell(g, ACh, 1.0, p->ACh + first);
    for (l = 0; l < g->count; l++) {
        const double top = g->peak[l] * p->conductance_S, high = top > peak_S[l] ? top : peak_S[l];
        peak_S[l] = g->lanes.mine[l] > 0.0 ? high : peak_S[l];
    }
    for (v = 0; !p->n_channels && v < p->endplate.n_state; v++) {
        double *NMJ_RESTRICT occupancy = p->occupancy[v] + first;
        for (l = 0; l < g->count; l++) occupancy[l] = g->lanes.mine[l] > 0.0 ? g->x[v][l] : occupancy[l];
    }
}

NMJ_PRECISE_END

#endif
