/* nmj/keep.hpp - private memory of the stages in a C++ standalone program.
 *
 * Brian writes one translation unit per code object and per run; what the junctions and fibers of one object hold
 * (volleys, membrane gates, ...) must outlive them all. It is kept here by the object's name, and grows when the
 * object does.
 *
 * Thread-safety: looked up by one thread at a time; Brian runs code objects one after the other.
 */
#ifndef NMJ_KEEP_HPP
#define NMJ_KEEP_HPP

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "fibers.h"
#include "junctions.h"

/* More than any terminal has ready; beyond any membrane. As in Python. */
#define NMJ_MOST_VESICLES 1e6
#define NMJ_MOST_V 0.3
#define NMJ_MOST_A 1e-5
#define NMJ_LEAST_DIAMETER 8e-6
#define NMJ_MOST_DIAMETER 200e-6

namespace nmj {

struct junction_memory {
    std::vector<nmj_terminal> terminal;
    std::vector<nmj_volley> volley;
    std::vector<double> volley_s, x, most, event_s, wake_s, follow_s, block_wake_s;
    std::vector<int32_t> count, start, order, multiplicity, straggler, cut, room;
    nmj_chunks chunks;
    int32_t watched; // in this run
    int32_t n_volley; // 0: not yet known
};

struct fiber_memory {
    std::vector<float> chain;
    std::vector<double> state, drive_g_S, drive_gE_S_mV;
    std::vector<double> start_s, size, until_s, offered_S; // of the courses of action potentials
    std::vector<unsigned char> driven, stirred, awake, follows, alone, kind;
    std::vector<int32_t> straggler, room, junctions;
    nmj_chunks chunks;
    int32_t watched; // in this run
};

/* Chunks are taken by the threads of OpenMP, if Brian2 was asked for them. */
inline void share(void *, nmj_task task, void *work, int32_t n_chunk)
{
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic, 1)
#endif
    for (int32_t c = 0; c < n_chunk; c++) task(work, c);
}

/* Room of n chunks, four numbers each, and of so many groups of late fibers. */
inline void make_room(nmj_chunks &chunks, std::vector<int32_t> &room, int32_t n, int32_t groups)
{
    room.assign(4 * (size_t)n + (size_t)groups + 1, 0);
    chunks.n = n;
    chunks.now = room.data();
    chunks.active = chunks.now + n;
    chunks.straggler = chunks.active + n;
    chunks.fired = chunks.straggler + n;
    chunks.late = chunks.fired + n;
}

inline junction_memory &junctions_of(const char *name)
{
    static std::map<std::string, junction_memory> all;
    return all[name];
}

inline fiber_memory &fibers_of(const char *name)
{
    static std::map<std::string, fiber_memory> all;
    return all[name];
}

/* Quanta must not depend on compiler flags; a compiler that fuses or reorders our arithmetic is refused. */
inline void require_exact_arithmetic()
{
    if (nmj_arithmetic_is_exact()) return;
    fprintf(stderr, "nmj_brian: this compiler does not do floating-point arithmetic as written (clang: add "
                    "-ffp-contract=off to prefs.codegen.cpp.extra_compile_args_gcc).\n");
    exit(1);
}

/* What runtime mode checks in Python before each run is known here only when the program runs: at a run's first step. */
inline void require_range(const char *group, const char *variable, const double *value, int32_t n, double low, double high,
                          const char *what)
{
    int32_t i;
    for (i = 0; i < n; i++)
        if (!(value[i] >= low && value[i] <= high)) { /* also NaN */
            fprintf(stderr, "'%s.%s[%d]' is %g; it must be %s.\n", group, variable, (int)i, value[i], what);
            exit(1);
        }
}

inline void require_possible(const nmj_junctions &p, const char *name)
{
    int32_t j;
    if (p.n == 0) {
        fprintf(stderr, "'%s' has no junctions: call connect(...), and check that its condition matches some pair.\n", name);
        exit(1);
    }
    require_range(name, "delay", p.delay_s, p.n, 0.0, NMJ_NEVER, "a delay of at least 0*second");
    require_range(name, "receptor_loss", p.receptor_loss, p.n, 0.0, 1.0, "a share between 0 and 1");
    require_range(name, "ready", p.ready, p.n, 0.0, NMJ_MOST_VESICLES, "from 0 to 1e6 vesicles");
    for (j = 0; j < p.n; j++)
        if (!(p.release.flags & NMJ_RELEASE_MEAN) && p.ready[j] != floor(p.ready[j])) {
            fprintf(stderr, "'%s.ready[%d]' is %g; vesicles are whole (noise='none' runs with their mean).\n", name, (int)j,
                    p.ready[j]);
            exit(1);
        }
}

inline void require_possible(const nmj_fibers &p, const char *name)
{
    require_range(name, "v", p.v_V, p.n, -NMJ_MOST_V, NMJ_MOST_V, "a membrane voltage, -0.3 to 0.3 volt");
    require_range(name, "I", p.I_A, p.n, -NMJ_MOST_A, NMJ_MOST_A, "a current of at most 10 uA");
    require_range(name, "Na_available", p.na_available, p.n, 0.0, 1.0, "a share between 0 and 1");
    if (p.diameter_m != NULL)
        require_range(name, "diameter", p.diameter_m, p.n, NMJ_LEAST_DIAMETER, NMJ_MOST_DIAMETER, "a diameter, 8 to 200 um");
}

/* Point p at the buffers of its fibers; empty between steps, so a new step size just resizes them. */
inline void attach_drive(fiber_memory &memory, size_t n, size_t n_sub)
{
    const size_t size = nmj_drive_size((int32_t)n, (int32_t)n_sub);
    if (memory.drive_g_S.size() != size) {
        memory.drive_g_S.assign(size, 0.0);
        memory.drive_gE_S_mV.assign(size, 0.0);
    }
    if (memory.driven.size() == n) return;
    memory.driven.assign(n, 0);
    memory.stirred.assign((size_t)nmj_block_count((int32_t)n), 1);
    memory.awake.assign(n, 0);
    memory.junctions.assign(n, 0);
    memory.start_s.assign(n, 0.0);
    memory.size.assign(n, 0.0);
    memory.until_s.assign(n, 0.0);
    memory.offered_S.assign(n, 0.0);
    memory.follows.assign(n, 0);
    memory.alone.assign(n, 0);
    memory.kind.assign(n, 0);
}

inline void attach_course(nmj_course &course, fiber_memory &memory, int32_t watched)
{
    course.watched = watched;
    course.start_s = memory.start_s.data();
    course.size = memory.size.data();
    course.until_s = memory.until_s.data();
    course.offered_S = memory.offered_S.data();
    course.follows = memory.follows.data();
    course.alone = memory.alone.data();
    course.kind = memory.kind.data();
    course.awake = memory.awake.data();
}

inline const nmj_chunks *attach(nmj_fibers &p, const char *name)
{
    fiber_memory &memory = fibers_of(name);
    const size_t n = (size_t)p.n;
    attach_drive(memory, n, (size_t)p.n_sub);
    const bool fresh = memory.state.empty() && memory.chain.empty();
    const size_t size = nmj_fibers_state_size(&p.fiber, p.n);
    if (fresh) {
        require_exact_arithmetic();
        if (nmj_fiber_is_chain(&p.fiber)) memory.chain.resize(size);
        else memory.state.resize(size);
        memory.straggler.resize(n);
        memory.chunks.size = nmj_fibers_chunk(&p.fiber);
        make_room(memory.chunks, memory.room, (p.n + memory.chunks.size - 1) / memory.chunks.size, nmj_lane_groups(p.n));
    }
    p.state = memory.state.data();
    p.chain = reinterpret_cast<nmj_singles *>(memory.chain.data());
    if (fresh) nmj_fibers_rest(&p);
    p.drive_g_S = memory.drive_g_S.data();
    p.drive_gE_S_mV = memory.drive_gE_S_mV.data();
    p.driven = memory.driven.data();
    p.stirred = memory.stirred.data();
    p.awake = memory.awake.data();
    p.straggler = memory.straggler.data();
    attach_course(p.course, memory, memory.watched);
    return &memory.chunks;
}

inline const nmj_chunks *attach(nmj_junctions &p, const char *name, const char *fibers, int32_t n_fibers)
{
    junction_memory &memory = junctions_of(name);
    fiber_memory &drive = fibers_of(fibers);
    const size_t n = (size_t)p.n;
    const size_t before = memory.terminal.size();
    attach_drive(drive, (size_t)n_fibers, (size_t)p.n_sub);
    if (memory.n_volley == 0) memory.n_volley = p.n_volley;
    p.n_volley = memory.n_volley;
    if (before != n) {
        std::vector<int32_t> scratch(2 * (size_t)n_fibers);
        memory.terminal.resize(n);
        memory.volley.resize(n * (size_t)p.n_volley);
        memory.volley_s.resize(n * (size_t)p.n_volley);
        memory.x.resize(nmj_junctions_state_size(&p.endplate, p.n));
        memory.count.resize(p.n_channels ? n * (size_t)p.endplate.n_state : 0);
        memory.most.resize(n);
        memory.event_s.resize(n);
        memory.wake_s.resize(n);
        memory.follow_s.resize(n);
        memory.block_wake_s.resize((size_t)nmj_block_count(p.n));
        memory.start.resize((size_t)p.n_source + 1);
        memory.order.resize(n);
        memory.multiplicity.resize(n);
        nmj_index_by_source(p.n, p.n_source, n_fibers, p.source, p.target, memory.start.data(), memory.order.data(),
                            memory.multiplicity.data(), scratch.data());
        memory.straggler.resize(nmj_junctions_share(p.n, n_fibers, p.target, scratch.data()) ? 0 : n);
        memory.cut.resize((size_t)nmj_block_count(p.n) + 2);
        make_room(memory.chunks, memory.room, nmj_junctions_cut(p.n, n_fibers, p.target, 1, memory.cut.data(), scratch.data()), 0);
        memory.chunks.cut = memory.cut.data();
        for (size_t j = before; j < n; j++) drive.junctions[(size_t)p.target[j]]++;
        for (size_t i = 0; i < (size_t)n_fibers; i++) drive.alone[i] = drive.junctions[i] == 1;
    }
    p.drive_g_S = drive.drive_g_S.data();
    p.drive_gE_S_mV = drive.drive_gE_S_mV.data();
    p.driven = drive.driven.data();
    p.stirred = drive.stirred.data();
    attach_course(p.course, drive, memory.watched);
    p.terminal = memory.terminal.data();
    p.volley = memory.volley.data();
    p.volley_s = memory.volley_s.data();
    p.x = memory.x.data();
    p.count = p.n_channels ? memory.count.data() : NULL;
    p.most = memory.most.data();
    p.event_s = memory.event_s.data();
    p.wake_s = memory.wake_s.data();
    p.follow_s = memory.follow_s.data();
    p.block_wake_s = memory.block_wake_s.data();
    p.start = memory.start.data();
    p.order = memory.order.data();
    p.multiplicity = memory.multiplicity.data();
    p.straggler = memory.straggler.empty() ? NULL : memory.straggler.data();
    if (before != n) nmj_junctions_initialize(&p, (int32_t)before);
    return &memory.chunks;
}

/* Twice the room for impulses; whether there was less than can be. */
inline bool spread(nmj_junctions &p, const char *name)
{
    junction_memory &memory = junctions_of(name);
    const int32_t room = 2 * p.n_volley < NMJ_MOST_IN_FLIGHT ? 2 * p.n_volley : NMJ_MOST_IN_FLIGHT;
    std::vector<nmj_volley> volley((size_t)p.n * (size_t)room);
    std::vector<double> volley_s((size_t)p.n * (size_t)room);
    if (room == p.n_volley) return false;
    nmj_junctions_spread(&p, room, volley.data(), volley_s.data());
    memory.volley.swap(volley);
    memory.volley_s.swap(volley_s);
    p.volley = memory.volley.data();
    p.volley_s = memory.volley_s.data();
    p.n_volley = memory.n_volley = room;
    return true;
}

/* A run begins at t_s; returns whether those who follow a course are shown in each step, as where others move them. */
inline bool begin(const nmj_fibers &p, const char *name, bool watched, double t_s)
{
    int32_t i;
    nmj_fibers_hold(&p, t_s);
    for (i = 0; !nmj_course_is(&p.course) && i < p.n; i++)
        if (t_s < p.course.until_s[i]) {
            fprintf(stderr, "Fibers of '%s' follow the course of a tabulated action potential, which is not known here: go on with the "
                            "junctions, time step and action_potential='tabulated' with which that began, or from a time when fibers are "
                            "at rest.\n", name);
            exit(1);
        }
    fibers_of(name).watched = watched || nmj_fibers_moved(&p, t_s);
    return fibers_of(name).watched != 0;
}

/* The same for junctions of these fibers, of whom f holds what is needed here. */
inline void begin(nmj_junctions &p, const char *name, nmj_fibers &f, const char *fibers, bool watched, double t_s)
{
    fiber_memory &memory = fibers_of(fibers);
    f.chain = reinterpret_cast<nmj_singles *>(memory.chain.data());
    f.awake = memory.awake.data();
    f.course = p.course;
    p.course.watched = junctions_of(name).watched = begin(f, fibers, watched, t_s);
    nmj_junctions_resume(&p);
}

/* One step; what is seen after a run. To compile a kernel takes many seconds: the first code object of a program that needs it
 * defines it, those of other groups and of further runs call it. */
void advance(const nmj_junctions *p, const nmj_chunks *chunks, double t_s);
void advance(const nmj_fibers *p, const nmj_chunks *chunks, double t_s);
void show(const nmj_junctions *p, double t_s);

} // namespace nmj

#endif
