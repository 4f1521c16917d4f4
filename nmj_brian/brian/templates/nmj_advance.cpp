{% extends 'common_group.cpp' %}
{% block extra_headers %}
#include "{{include}}/nmj/keep.hpp"
{% if first %}
void nmj::advance(const nmj_junctions *p, double t_s) { nmj_junctions_advance(p, t_s); }
{% endif %}
{% endblock %}
{% block maincode %}
    nmj_junctions p = nmj_junctions();
    {{bind|autoindent}}
    nmj::advance(&p, {{t_pointer}}[0]);
{% endblock %}
