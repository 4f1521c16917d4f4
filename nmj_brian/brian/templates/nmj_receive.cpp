{% extends 'common_group.cpp' %}
{% block extra_headers %}
#include "{{include}}/nmj/keep.hpp"
#include <cstdio>
#include <cstdlib>

static nmj_junctions bound(const nmj_chunks *&chunks)
{
    nmj_junctions p = nmj_junctions();
    {{bind|autoindent}}
    return p;
}

void begin_{{codeobj_name}}()
{
    const nmj_chunks *chunks;
    nmj_junctions p = bound(chunks);
    nmj_fibers f = nmj_fibers();
    {{fibers|autoindent}}
    nmj::begin(p, "{{keep}}", f, "{{keep_fibers}}", {{watched}}, {{begins_s}});
}
{% endblock %}
{% block before_code %}
    extern void begin_{{codeobj_name}}();
    begin_{{codeobj_name}}();
{% endblock %}
{% block maincode %}
    const int32_t *nerve = {{nerve}};
    const int32_t n_spikes = nerve[{{n_source}}];
    static bool checked = false; // of one run; not before it, since values may be given to the program when it is run
    const nmj_chunks *chunks;
    if (!checked) nmj::require_possible(bound(chunks), "{{keep}}");
    checked = true;
    if (n_spikes > 0) {
        nmj_junctions p = bound(chunks);
        int32_t full = nmj_junctions_receive(&p, nerve, n_spikes, {{t_pointer}}[0]);
        while (full >= 0 && nmj::spread(p, "{{keep}}")) full = nmj_junctions_receive(&p, nerve, n_spikes, {{t_pointer}}[0]);
        if (full >= 0) {
            fprintf(stderr, "'{{keep}}[%d]' holds %d impulses already, on their way or releasing, when another one comes: check the "
                            "rate of the nerve, the delay and late quanta (asynchronous_time).\n", (int)full, (int)p.n_volley);
            exit(1);
        }
    }
{% endblock %}
