#include "auth/jwks_source.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buffer.h"
#include "base/json_read.h"
#include "base/log.h"
#include "base/memory.h"

#define CONNECT_TIMEOUT_MS 5000L
#define ANSWER_TIMEOUT_MS 10000L
#define RETRY_SECONDS 15 /* after a fetch that failed */
#define LOOK_INTERVAL_NS UINT64_C(1000000000)

struct jwks_source {
    struct jwt_issuer_options issuer;
    const struct clock *clock;
    struct jwks *keys; /* the core thread's */
    bool changed;
    /* Of a file. */
    struct stat seen;
    uint64_t looked_ns;
    /* Of a URL. */
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    struct jwks *fresh; /* under the mutex, as are the next two */
    bool wanted;
    bool stopping;
    atomic_bool abort; /* the same as stopping, for libcurl's callback */
};

static void take(struct jwks_source *source, struct jwks *keys)
{
    jwks_free(source->keys);
    source->keys = keys;
    source->changed = true;
}

/* ---- files ---- */

static enum status read_whole(const char *path, struct buffer *text, struct error *error)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return error_set(error, STATUS_INVALID, path, "the keys can't be read: %s", strerror(errno));
    }
    char *bytes = buffer_reserve(text, JWKS_BYTES_MAX + 1 + JSON_READ_PADDING);
    size_t length = bytes == NULL ? 0 : fread(bytes, 1, JWKS_BYTES_MAX + 1, file);
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    if (bytes == NULL) {
        return error_no_memory(error, path);
    }
    if (failed || length > JWKS_BYTES_MAX) {
        return error_set(error, STATUS_INVALID, path, failed ? "the keys can't be read" : "a key set may have 256 KiB at most");
    }
    memset(bytes + length, 0, JSON_READ_PADDING);
    text->length = length;
    return STATUS_OK;
}

static enum status read_file(struct jwks_source *source, struct error *error)
{
    bool secret = source->issuer.secret_file[0] != '\0';
    const char *path = secret ? source->issuer.secret_file : source->issuer.jwks_file;
    struct buffer text;
    struct jwks *keys = NULL;
    buffer_init(&text, JWKS_BYTES_MAX + 4 * KIB);
    if (stat(path, &source->seen) != 0) {
        source->seen = (struct stat){0};
    }
    enum status status = read_whole(path, &text, error);
    if (status == STATUS_OK && secret) {
        struct str bytes = buffer_str(&text);
        while (bytes.length > 0 && (bytes.at[bytes.length - 1] == '\n' || bytes.at[bytes.length - 1] == '\r')) {
            bytes.length--;
        }
        status = jwks_of_secret(&keys, bytes, path, error);
    } else if (status == STATUS_OK) {
        status = jwks_parse(&keys, buffer_str(&text), true, path, error);
    }
    if (text.bytes != NULL) {
        memset(text.bytes, 0, text.capacity);
    }
    buffer_release(&text);
    if (status == STATUS_OK) {
        take(source, keys);
    }
    return status;
}

void jwks_source_look(struct jwks_source *source, bool now)
{
    uint64_t ns = clock_monotonic_ns(source->clock);
    const char *path = source->issuer.secret_file[0] != '\0' ? source->issuer.secret_file : source->issuer.jwks_file;
    struct stat seen;
    struct error error;
    if (source->has_thread || (!now && ns - source->looked_ns < LOOK_INTERVAL_NS)) {
        return;
    }
    source->looked_ns = ns;
    if (stat(path, &seen) != 0 ||
        (seen.st_mtim.tv_sec == source->seen.st_mtim.tv_sec && seen.st_mtim.tv_nsec == source->seen.st_mtim.tv_nsec &&
         seen.st_size == source->seen.st_size && seen.st_ino == source->seen.st_ino)) {
        return;
    }
    if (read_file(source, &error) == STATUS_OK) {
        log_line(LOG_INFO, NULL, "%s: %zu keys read anew", path, source->keys->count);
    } else {
        log_error("the keys stay as they were", &error);
    }
}

/* ---- URLs: what follows runs on the fetching thread ---- */

static size_t receive(char *bytes, size_t size, size_t count, void *context)
{
    struct buffer *text = context;
    if (text->length + size * count > JWKS_BYTES_MAX) {
        return 0;
    }
    buffer_append(text, bytes, size * count);
    return buffer_failed(text) ? 0 : size * count;
}

static int go_on(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    struct jwks_source *source = context;
    (void)a, (void)b, (void)c, (void)d;
    return atomic_load(&source->abort) ? 1 : 0;
}

static enum status perform(struct jwks_source *source, CURL *curl, struct buffer *text, struct error *error)
{
    const char *url = source->issuer.jwks_url;
    char problem[CURL_ERROR_SIZE] = "";
    long status = 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, strncmp(url, "https:", 6) == 0 ? "https" : "http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ANSWER_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, text);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, source);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, problem);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK) {
        return error_set(error, STATUS_RETRY, url, "the keys can't be fetched: %s",
                         problem[0] != '\0' ? problem : curl_easy_strerror(code));
    }
    return status == 200 ? STATUS_OK : error_set(error, STATUS_RETRY, url, "the keys can't be fetched: status %ld", status);
}

/* @locality fetching thread */
static enum status fetch(struct jwks_source *source)
{
    struct buffer text;
    struct jwks *keys = NULL;
    struct error error;
    CURL *curl = curl_easy_init();
    buffer_init(&text, JWKS_BYTES_MAX + KIB);
    enum status status = curl == NULL ? error_no_memory(&error, "keys") : perform(source, curl, &text, &error);
    char *padding = status == STATUS_OK ? buffer_reserve(&text, JSON_READ_PADDING) : NULL;
    if (padding != NULL) {
        memset(padding, 0, JSON_READ_PADDING);
        status = jwks_parse(&keys, buffer_str(&text), false, source->issuer.jwks_url, &error);
    } else if (status == STATUS_OK) {
        status = error_no_memory(&error, "keys");
    }
    curl_easy_cleanup(curl);
    buffer_release(&text);
    if (status != STATUS_OK) {
        if (!atomic_load(&source->abort)) {
            log_error("the keys stay as they were", &error);
        }
        return status;
    }
    pthread_mutex_lock(&source->mutex);
    jwks_free(source->fresh);
    source->fresh = keys;
    pthread_mutex_unlock(&source->mutex);
    return STATUS_OK;
}

static struct timespec in_seconds(int64_t seconds)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += seconds;
    return time;
}

/* @locality fetching thread. Waits at least until `earliest`, then until a key is wanted, `latest` is there, or the end. */
static bool wait_for_next(struct jwks_source *source, struct timespec earliest, struct timespec latest)
{
    pthread_mutex_lock(&source->mutex);
    while (!source->stopping && pthread_cond_timedwait(&source->condition, &source->mutex, &earliest) != ETIMEDOUT) {
    }
    while (!source->stopping && !source->wanted &&
           pthread_cond_timedwait(&source->condition, &source->mutex, &latest) != ETIMEDOUT) {
    }
    source->wanted = false;
    bool stopping = source->stopping;
    pthread_mutex_unlock(&source->mutex);
    return !stopping;
}

/* @locality fetching thread */
static void *keep_fresh(void *context)
{
    struct jwks_source *source = context;
    int64_t refresh = source->issuer.refresh_seconds;
    bool goes_on = true;
    while (goes_on) {
        bool fetched = fetch(source) == STATUS_OK;
        int64_t least = fetched ? JWKS_ROTATION_SECONDS : RETRY_SECONDS;
        least = least < refresh ? least : refresh;
        int64_t most = fetched ? refresh : least;
        goes_on = wait_for_next(source, in_seconds(least), in_seconds(most));
    }
    return NULL;
}

/* ---- the core thread again ---- */

static bool is_fit(const char *url)
{
    static const char *const fit[] = {"https://", "http://127.0.0.1:", "http://127.0.0.1/", "http://localhost:", "http://localhost/",
                                      "http://[::1]:", "http://[::1]/"};
    for (size_t i = 0; i < sizeof fit / sizeof fit[0]; i++) {
        if (strncmp(url, fit[i], strlen(fit[i])) == 0) {
            return true;
        }
    }
    return false;
}

static enum status start_thread(struct jwks_source *source, struct error *error)
{
    if (!is_fit(source->issuer.jwks_url)) {
        return error_set(error, STATUS_INVALID, "jwks_url", "\"%.200s\": keys are fetched by https:// (http:// only from this machine)",
                         source->issuer.jwks_url);
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
        pthread_create(&source->thread, NULL, keep_fresh, source) != 0) {
        return error_set(error, STATUS_FATAL, "jwks_url", "no thread can be started to fetch keys");
    }
    source->has_thread = true;
    return STATUS_OK;
}

enum status jwks_source_new(struct jwks_source **out, const struct jwt_issuer_options *issuer, const struct clock *clock,
                            struct error *error)
{
    struct jwks_source *source = memory_new_zeroed(1, sizeof *source);
    if (source == NULL) {
        return error_no_memory(error, "keys");
    }
    source->issuer = *issuer;
    source->issuer.refresh_seconds = issuer->refresh_seconds > 0 ? issuer->refresh_seconds : JWKS_REFRESH_SECONDS_DEFAULT;
    source->clock = clock;
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&source->mutex, NULL);
    (void)pthread_cond_init(&source->condition, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    enum status status = issuer->jwks_url[0] != '\0' ? start_thread(source, error) : read_file(source, error);
    if (status != STATUS_OK) {
        jwks_source_free(source);
        return status;
    }
    *out = source;
    return STATUS_OK;
}

void jwks_source_free(struct jwks_source *source)
{
    if (source == NULL) {
        return;
    }
    if (source->has_thread) {
        atomic_store(&source->abort, true);
        pthread_mutex_lock(&source->mutex);
        source->stopping = true;
        pthread_cond_signal(&source->condition);
        pthread_mutex_unlock(&source->mutex);
        (void)pthread_join(source->thread, NULL);
    }
    (void)pthread_cond_destroy(&source->condition);
    (void)pthread_mutex_destroy(&source->mutex);
    jwks_free(source->fresh);
    jwks_free(source->keys);
    memory_free(source);
}

const struct jwks *jwks_source_keys(struct jwks_source *source, bool *changed)
{
    if (source->has_thread) {
        pthread_mutex_lock(&source->mutex);
        struct jwks *fresh = source->fresh;
        source->fresh = NULL;
        pthread_mutex_unlock(&source->mutex);
        if (fresh != NULL) {
            take(source, fresh);
        }
    } else {
        jwks_source_look(source, false);
    }
    *changed = source->changed;
    source->changed = false;
    return source->keys;
}

void jwks_source_miss(struct jwks_source *source)
{
    if (source->has_thread) {
        pthread_mutex_lock(&source->mutex);
        source->wanted = true;
        pthread_cond_signal(&source->condition);
        pthread_mutex_unlock(&source->mutex);
    } else {
        jwks_source_look(source, true);
    }
}
