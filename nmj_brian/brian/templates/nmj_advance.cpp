{% extends 'common_group.cpp' %}
{% block extra_headers %}
#include "{{include}}/nmj/keep.hpp"
{% if first %}
void nmj::advance(const nmj_junctions *p, const nmj_chunks *chunks, double t_s)
{
    nmj_junctions_step(p, chunks, t_s, nmj::share, NULL);
}
void nmj::show(const nmj_junctions *p, double t_s) { nmj_junctions_show(p, t_s); }
{% endif %}

static nmj_junctions bound(const nmj_chunks *&chunks)
{
    nmj_junctions p = nmj_junctions();
    {{bind|autoindent}}
    return p;
}

void end_{{codeobj_name}}()
{
    const nmj_chunks *chunks;
    const nmj_junctions p = bound(chunks);
    nmj::show(&p, {{t_pointer}}[0]);
}
{% endblock %}
{% block maincode %}
    const nmj_chunks *chunks;
    const nmj_junctions p = bound(chunks);
    nmj::advance(&p, chunks, {{t_pointer}}[0]);
{% endblock %}
{% block after_code %}
    extern void end_{{codeobj_name}}();
    end_{{codeobj_name}}();
{% endblock %}
