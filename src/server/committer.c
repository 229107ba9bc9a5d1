#include "server/committer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "base/memory.h"

#define IDLE_AFTER_MS 500 /* without a batch: time to tidy the write-ahead log */
#define CLOCK_WAIT_MS_MAX 5

struct committer {
    struct store *store;
    struct net *net;
    const struct clock *clock;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    /* Under the mutex. */
    struct store_batch *batch; /* to be committed; NULL: nothing to do */
    struct ingest *ingest;
    bool stop;
    struct committer_statistics statistics;
    /* Handed from the thread to the core with `task`. */
    enum status status;
    struct error error;
    struct net_task task;
};

/* The core may have given the batch an observed_at of the next millisecond, to come after what readers saw; nothing is made
 * durable before its time. A clock that was set back is not waited for. */
static void wait_for_clock(const struct clock *clock, const struct store_batch *batch)
{
    int64_t early = batch->event_count == 0 ? 0 : batch->events[0].observed_at - clock_now_ms(clock);
    if (early > 0 && early <= CLOCK_WAIT_MS_MAX) {
        struct timespec pause = {.tv_nsec = early * 1000000};
        (void)nanosleep(&pause, NULL);
    }
}

/* @locality core thread */
static void finish(void *context)
{
    struct committer *committer = context;
    pthread_mutex_lock(&committer->mutex);
    struct ingest *ingest = committer->ingest;
    enum status status = committer->status;
    struct error error = committer->error;
    pthread_mutex_unlock(&committer->mutex);
    ingest_committed(ingest, status, &error);
}

/* Waits for a batch; NULL when it is time to tidy up; false at the end. Takes and leaves with the mutex held. */
static bool next_batch(struct committer *committer, struct store_batch **batch)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += IDLE_AFTER_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    int waited = 0;
    while (committer->batch == NULL && !committer->stop && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&committer->wake, &committer->mutex, &until);
    }
    *batch = committer->batch;
    return committer->batch != NULL || !committer->stop;
}

static void *run(void *context)
{
    struct committer *committer = context;
    bool tidy = false;
    pthread_mutex_lock(&committer->mutex);
    struct store_batch *batch;
    while (next_batch(committer, &batch)) {
        pthread_mutex_unlock(&committer->mutex);
        if (batch == NULL) {
            if (!tidy) {
                store_idle(committer->store);
                tidy = true;
            }
            pthread_mutex_lock(&committer->mutex);
            continue;
        }
        wait_for_clock(committer->clock, batch);
        struct error error = {0};
        uint64_t begun = clock_monotonic_ns(committer->clock);
        enum status status = store_commit(committer->store, batch, &error);
        uint64_t took = clock_monotonic_ns(committer->clock) - begun;
        tidy = false;
        pthread_mutex_lock(&committer->mutex);
        struct committer_statistics *statistics = &committer->statistics;
        statistics->commits++;
        statistics->events += batch->event_count;
        statistics->commit_ns_total += took;
        statistics->commit_ns_max = took > statistics->commit_ns_max ? took : statistics->commit_ns_max;
        store_counters(committer->store, &statistics->store);
        committer->batch = NULL;
        committer->status = status;
        committer->error = error;
        net_post(committer->net, &committer->task);
    }
    pthread_mutex_unlock(&committer->mutex);
    return NULL;
}

enum status committer_new(struct committer **out, struct store *store, struct net *net, const struct clock *clock,
                          struct error *error)
{
    struct committer *committer = memory_new_zeroed(1, sizeof *committer);
    if (committer == NULL) {
        return error_no_memory(error, "commit thread");
    }
    committer->store = store;
    committer->net = net;
    committer->clock = clock;
    committer->task = (struct net_task){.run = finish, .context = committer};
    (void)pthread_mutex_init(&committer->mutex, NULL);
    (void)pthread_cond_init(&committer->wake, NULL);
    /* Signals are the core's. */
    sigset_t all, before;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&committer->thread, NULL, run, committer);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        (void)pthread_cond_destroy(&committer->wake);
        (void)pthread_mutex_destroy(&committer->mutex);
        memory_free(committer);
        return error_set(error, STATUS_FATAL, "commit thread", "can't start a thread; raise the limit on processes");
    }
    *out = committer;
    return STATUS_OK;
}

void committer_stop(struct committer *committer)
{
    if (committer == NULL) {
        return;
    }
    pthread_mutex_lock(&committer->mutex);
    committer->stop = true;
    (void)pthread_cond_signal(&committer->wake);
    pthread_mutex_unlock(&committer->mutex);
    (void)pthread_join(committer->thread, NULL);
}

void committer_free(struct committer *committer)
{
    if (committer == NULL) {
        return;
    }
    (void)pthread_cond_destroy(&committer->wake);
    (void)pthread_mutex_destroy(&committer->mutex);
    memory_free(committer);
}

/* @locality core thread */
static void start(void *context, struct ingest *ingest, struct store_batch *batch)
{
    struct committer *committer = context;
    pthread_mutex_lock(&committer->mutex);
    committer->ingest = ingest;
    committer->batch = batch;
    (void)pthread_cond_signal(&committer->wake);
    pthread_mutex_unlock(&committer->mutex);
}

struct ingest_committer committer_port(struct committer *committer)
{
    return (struct ingest_committer){.context = committer, .start = start};
}

void committer_statistics(struct committer *committer, struct committer_statistics *statistics)
{
    pthread_mutex_lock(&committer->mutex);
    *statistics = committer->statistics;
    pthread_mutex_unlock(&committer->mutex);
}
