/* nmj/pool.h - a few threads that share the chunks of one task.
 *
 * A kernel's population is cut into chunks that touch no common memory; nmj_pool_run hands them out, to the calling thread
 * too, and returns when all are done. Which thread takes which chunk changes nothing in the results. A thread that wakes
 * late finds the task closed and is not waited for. After fork() a child has no threads but its own: it starts new ones
 * when it first needs them.
 *
 * Tasks follow each other within microseconds, less than it takes to wake a thread: one that waits looks out for a while
 * (NMJ_POOL_LOOKS) before it sleeps.
 *
 * Where there are no POSIX threads, or with one thread, chunks run one after the other.
 * Thread-safety: a task that comes while another one runs is done by the thread that brings it. The caller owns the pool and
 * keeps it in place.
 */
#ifndef NMJ_POOL_H
#define NMJ_POOL_H

#include "chunks.h"
#include "config.h"

#define NMJ_POOL_MOST 64
#define NMJ_POOL_STACK ((size_t)1 << 21) /* bytes of a thread: some systems give less than a long fiber needs */

#if defined(_WIN32) || !defined(__GNUC__)

typedef struct {
    int32_t n_thread;
} nmj_pool;

NMJ_INLINE void nmj_pool_close(nmj_pool *pool) { pool->n_thread = 1; }

NMJ_INLINE void nmj_pool_run(nmj_pool *pool, int32_t n_thread, nmj_task task, void *work, int32_t n_chunk)
{
    int32_t c;
    (void)pool;
    (void)n_thread;
    for (c = 0; c < n_chunk; c++) task(work, c);
}

#else

#include <pthread.h>
#include <sched.h>
#include <sys/types.h>
#include <unistd.h>

/* All zero before the first use. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    pthread_t thread[NMJ_POOL_MOST];
    int32_t n_thread, asked; /* with the caller, 0: not started; how many were asked for */
    int32_t taken;           /* taken atomically: a task is running */
    pid_t process;
    nmj_task task;
    void *work;
    int32_t n_chunk, taken_chunks, back; /* chunks taken, by whom ever and from the back: atomically */
    int32_t open, active;  /* whether the task may be joined; threads at it */
    int32_t stop;
    uint32_t round;
} nmj_pool;

#if defined(__x86_64__) || defined(__i386__)
#define NMJ_POOL_PAUSE __builtin_ia32_pause()
#elif defined(__aarch64__)
#define NMJ_POOL_PAUSE __asm__ __volatile__("isb")
#else
#define NMJ_POOL_PAUSE (void)0
#endif
#define NMJ_POOL_LOOKS 4000 /* 50 to 200 us */

/* The calling thread begins with the first chunk, the others with the last one: in task after task each has mostly the same ones, whose
 * memory is in its cache. */
NMJ_INLINE void nmj_pool_take(nmj_pool *pool, int caller)
{
    int32_t front = 0;
    while (__atomic_fetch_add(&pool->taken_chunks, 1, __ATOMIC_RELAXED) < pool->n_chunk) {
        const int32_t c = caller ? front++ : pool->n_chunk - 1 - __atomic_fetch_add(&pool->back, 1, __ATOMIC_RELAXED);
        pool->task(pool->work, c);
    }
}

NMJ_INLINE void *nmj_pool_thread(void *argument)
{
    nmj_pool *pool = (nmj_pool *)argument;
    uint32_t seen = 0;
    int32_t looks;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        pthread_mutex_unlock(&pool->lock);
        for (looks = 0; looks < NMJ_POOL_LOOKS && __atomic_load_n(&pool->round, __ATOMIC_RELAXED) == seen; looks++) {
            if (looks % 64 == 63) (void)sched_yield(); /* it may share its core with the thread that brings the task */
            else NMJ_POOL_PAUSE;
        }
        pthread_mutex_lock(&pool->lock);
        while (!pool->stop && !(pool->open && pool->round != seen)) pthread_cond_wait(&pool->start, &pool->lock);
        if (pool->stop) break;
        seen = pool->round;
        __atomic_store_n(&pool->active, pool->active + 1, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&pool->lock);
        nmj_pool_take(pool, 0);
        pthread_mutex_lock(&pool->lock);
        __atomic_store_n(&pool->active, pool->active - 1, __ATOMIC_RELAXED);
        if (pool->active == 0) pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* End the threads, if they are this process's own. */
NMJ_INLINE void nmj_pool_close(nmj_pool *pool)
{
    int32_t i;
    if (pool->n_thread > 0 && pool->process == getpid()) {
        pthread_mutex_lock(&pool->lock);
        pool->stop = 1;
        pthread_cond_broadcast(&pool->start);
        pthread_mutex_unlock(&pool->lock);
        for (i = 0; i + 1 < pool->n_thread; i++) pthread_join(pool->thread[i], NULL);
        pthread_mutex_destroy(&pool->lock);
        pthread_cond_destroy(&pool->start);
        pthread_cond_destroy(&pool->done);
    }
    memset(pool, 0, sizeof *pool);
}

NMJ_INLINE void nmj_pool_open(nmj_pool *pool, int32_t n_thread)
{
    pthread_attr_t attributes;
    int32_t i;
    nmj_pool_close(pool);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->process = getpid();
    pool->asked = n_thread;
    pool->n_thread = 1;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, NMJ_POOL_STACK);
    for (i = 0; i + 1 < n_thread && i < NMJ_POOL_MOST; i++) {
        if (pthread_create(&pool->thread[i], &attributes, nmj_pool_thread, pool) != 0) break; /* then with those there are */
        pool->n_thread++;
    }
    pthread_attr_destroy(&attributes);
}

/* Run task(work, 0 ... n_chunk-1) on up to n_thread threads, the calling one among them. */
NMJ_INLINE void nmj_pool_run(nmj_pool *pool, int32_t n_thread, nmj_task task, void *work, int32_t n_chunk)
{
    int32_t c, looks;
    if (n_thread < 2 || n_chunk < 2 || __atomic_exchange_n(&pool->taken, 1, __ATOMIC_ACQUIRE)) {
        for (c = 0; c < n_chunk; c++) task(work, c);
        return;
    }
    if (pool->asked != n_thread || pool->process != getpid()) {
        nmj_pool_open(pool, n_thread);
        pool->taken = 1;
    }
    pthread_mutex_lock(&pool->lock);
    pool->task = task;
    pool->work = work;
    pool->n_chunk = n_chunk;
    pool->taken_chunks = pool->back = 0;
    pool->open = 1;
    __atomic_store_n(&pool->round, pool->round + 1, __ATOMIC_RELAXED);
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
    nmj_pool_take(pool, 1);
    pthread_mutex_lock(&pool->lock);
    pool->open = 0;
    pthread_mutex_unlock(&pool->lock);
    for (looks = 0; looks < NMJ_POOL_LOOKS && __atomic_load_n(&pool->active, __ATOMIC_RELAXED) > 0; looks++) NMJ_POOL_PAUSE;
    pthread_mutex_lock(&pool->lock);
    while (pool->active > 0) pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    __atomic_store_n(&pool->taken, 0, __ATOMIC_RELEASE);
}

#endif

/* A pool and how many threads are wanted of it. */
typedef struct {
    nmj_pool pool;
    int32_t n_thread;
} nmj_crew;

NMJ_INLINE void nmj_crew_share(void *crew, nmj_task task, void *work, int32_t n_chunk)
{
    nmj_pool_run(&((nmj_crew *)crew)->pool, ((nmj_crew *)crew)->n_thread, task, work, n_chunk);
}

#endif
