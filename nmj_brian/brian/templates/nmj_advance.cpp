{% extends 'common_group.cpp' %}
{% block extra_headers %}
#include "{{include}}/nmj/keep.hpp"
{% if first %}
void nmj::advance(const nmj_junctions *p, const nmj_chunks *chunks, double t_s)
{
    nmj_junctions_step(p, chunks, t_s, nmj::share, NULL);
}
{% endif %}
{% endblock %}
{% block maincode %}
    nmj_junctions p = nmj_junctions();
    {{bind|autoindent}}
    nmj::advance(&p, chunks, {{t_pointer}}[0]);
{% endblock %}
