{% extends 'common_group.cpp' %}
{% block extra_headers %}
#include "{{include}}/nmj/keep.hpp"
#include <cstdio>
#include <cstdlib>
{% endblock %}
{% block maincode %}
    const int32_t *nerve = {{nerve}};
    const int32_t n_spikes = nerve[{{n_source}}];
    nmj_junctions p = nmj_junctions();
    {{bind|autoindent}}
    (void)chunks;
    static bool checked = false; // one such block for each run
    if (!checked) nmj::require_possible(p, "{{keep}}");
    checked = true;
    if (n_spikes > 0) {
        const int32_t full = nmj_junctions_receive(&p, nerve, n_spikes, {{t_pointer}}[0]);
        if (full >= 0) {
            fprintf(stderr, "'{{keep}}[%d]' holds {{n_volley}} impulses already when another one comes: "
                            "give NMJ(..., in_flight={{2*n_volley}}), or check the rate of the nerve, the delay and late quanta (asynchronous_time).\n",
                    (int)full);
            exit(1);
        }
    }
{% endblock %}
