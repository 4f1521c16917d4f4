{% extends 'common_group.cpp' %}
{% block extra_headers %}
#include "{{include}}/nmj/keep.hpp"
{% if first %}
void nmj::advance(const nmj_fibers *p, const nmj_chunks *chunks, double t_s)
{
    int32_t active;
    nmj_fibers_step(p, chunks, t_s, nmj::share, NULL, &active);
}
{% endif %}
{% endblock %}
{% block maincode %}
    nmj_fibers p = nmj_fibers();
    p.n = {{n}};
    p.n_sub = {{n_sub}};
    p.touched = 1;
    {{model|autoindent}}
    {{pointers|autoindent}}
    const nmj_chunks *chunks = nmj::attach(p, "{{keep}}");
    static bool checked = false; // one such block for each run
    if (!checked) nmj::require_possible(p, "{{keep}}");
    checked = true;
    nmj::advance(&p, chunks, {{t_pointer}}[0]);
{% endblock %}
