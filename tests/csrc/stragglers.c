/* Junctions that are awake while their neighbors sleep. */
#include "population.h"

/* Junctions awake while their neighbors sleep, gathered from wherever they are, do bit for bit what they do in place. */
static void stragglers(void)
{
    static int32_t room[N];
    static const int32_t who[] = {3, 70, 75, 130, 131, 132, 133, 134, 199}; /* five in one group of neighbors: these are advanced there */
    static double shown[2][60][5][N];
    const size_t n_who = sizeof who / sizeof *who;
    int set_aside, k, differ = 0, most_aside = 0;
    size_t i;
    for (set_aside = 0; set_aside < 2; set_aside++) {
        nmj_junctions p = population(1);
        advance(&p, 0);
        p.straggler = set_aside ? room : NULL;
        for (i = 0; i < n_who; i++) {
            const int32_t j = who[i];
            nmj_volley_send(volley + j * N_VOLLEY, 1e-3 + delay[j]);
            nmj_volley_changed(&p, j, 0);
            event[j] = wake[j] = block_wake[j / NMJ_BLOCK] = 1e-3 + delay[j];
        }
        for (k = 0; k < 60; k++) {
            int32_t aside = 0;
            memset(drive_g, 0, sizeof drive_g);
            nmj_junctions_advance_range(&p, step_s * (k + 1), 0, nmj_block_count(N), &aside);
            if (aside > most_aside) most_aside = aside;
            nmj_junctions_advance_stragglers(&p, step_s * (k + 1), room, aside);
            memcpy(shown[set_aside][k][0], channels, sizeof channels);
            memcpy(shown[set_aside][k][1], peak_g, sizeof peak_g);
            memcpy(shown[set_aside][k][2], x, sizeof channels);
            memcpy(shown[set_aside][k][3], drive_g, sizeof channels);
            memcpy(shown[set_aside][k][4], wake, sizeof wake);
        }
        check(impulses[3] == 1 && impulses[199] == 1 && impulses[4] == 0, "impulses arrive where they were sent");
    }
    for (k = 0; k < 60; k++) differ |= memcmp(shown[0][k], shown[1][k], sizeof shown[0][k]);
    check(most_aside == 4, "who is awake alone is set aside"); /* not the five neighbors */
    check(!differ, "stragglers do what they do in place");
}

int main(void)
{
    stragglers();
    return failures != 0;
}
