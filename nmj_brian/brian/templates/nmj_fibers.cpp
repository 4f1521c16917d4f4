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

static nmj_fibers bound(const nmj_chunks *&chunks)
{
    nmj_fibers p = nmj_fibers();
    p.n = {{n}};
    p.n_sub = {{n_sub}};
    {{model|autoindent}}
    {{pointers|autoindent}}
    chunks = nmj::attach(p, "{{keep}}");
    return p;
}

void begin_{{codeobj_name}}()
{
    const nmj_chunks *chunks;
    const nmj_fibers p = bound(chunks);
    nmj::begin(p, "{{keep}}", {{watched}}, {{begins_s}});
}

void end_{{codeobj_name}}()
{
    const nmj_chunks *chunks;
    const nmj_fibers p = bound(chunks);
    nmj_fibers_show_course(&p, {{t_pointer}}[0]);
}
{% endblock %}
{% block before_code %}
    extern void begin_{{codeobj_name}}();
    begin_{{codeobj_name}}();
{% endblock %}
{% block maincode %}
    static bool first = true; // of one run: there is such a block for each
    const nmj_chunks *chunks;
    nmj_fibers p = bound(chunks);
    if (first) nmj::require_possible(p, "{{keep}}"); // not before the run, since values may be given to the program when it is run
    p.touched = first || {{touched}};
    first = false;
    nmj::advance(&p, chunks, {{t_pointer}}[0]);
{% endblock %}
{% block after_code %}
    extern void end_{{codeobj_name}}();
    end_{{codeobj_name}}();
{% endblock %}
