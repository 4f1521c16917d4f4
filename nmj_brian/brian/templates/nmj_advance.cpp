{% extends 'common_group.cpp' %}
{% block extra_headers %}
#include "{{include}}/nmj/keep.hpp"
{% endblock %}
{% block maincode %}
    nmj_junctions p = nmj_junctions();
    {{bind|autoindent}}
    nmj_junctions_advance(&p, {{t_pointer}}[0]);
{% endblock %}
