/* HTTP by libcurl: one connection, kept between requests. */
#include <curl/curl.h>
#include <stdio.h>

#include "base/memory.h"
#include "cli/credential.h"
#include "cli/transport.h"

#define CONNECT_TIMEOUT_MS 5000L
#define ANSWER_TIMEOUT_MS 300000L

struct http {
    struct transport base;
    CURL *curl;
    char url[1024];
    char authorization[CREDENTIAL_SIZE + 32];
    char problem[CURL_ERROR_SIZE];
};

static size_t receive(char *bytes, size_t size, size_t count, void *context)
{
    struct buffer *body = context;
    buffer_append(body, bytes, size * count);
    return buffer_failed(body) ? 0 : size * count;
}

static enum status describe(const struct http *http, CURLcode code, struct error *error)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        return error_set(error, STATUS_RETRY, http->url,
                         "no server answers there (%s); start one with `trimodal serve`, or leave out --server and TRIMODAL_URL to"
                         " read the data directory itself", http->problem);
    case CURLE_OPERATION_TIMEDOUT:
        return error_set(error, STATUS_RETRY, http->url, "the server did not answer in time; try again, or look at its log");
    case CURLE_WRITE_ERROR:
        return error_set(error, STATUS_INVALID, http->url, "the answer is larger than %zu MiB; ask for less",
                         (size_t)(LIMIT_ANSWER_BYTES / MIB));
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return error_set(error, STATUS_INVALID, http->url,
                         "the server's certificate is not trusted (%s); name the file of its authority with --cacert or TRIMODAL_CACERT",
                         http->problem);
    default:
        return error_set(error, STATUS_RETRY, http->url, "%s",
                         http->problem[0] != '\0' ? http->problem : curl_easy_strerror(code));
    }
}

static struct curl_slist *make_headers(const struct http *http, const struct transport_request *request)
{
    char line[256];
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
    headers = curl_slist_append(headers, "Expect:");
    if (request->body.at != NULL) {
        (void)snprintf(line, sizeof line, "Content-Type: %s", request->content_type);
        headers = curl_slist_append(headers, line);
    }
    if (http->authorization[0] != '\0') {
        headers = curl_slist_append(headers, http->authorization);
    }
    return headers;
}

static enum status http_send(struct transport *transport, const struct transport_request *request, unsigned *status,
                             struct buffer *body, struct error *error)
{
    static const char *const methods[API_METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    struct http *http = (struct http *)transport;
    struct buffer url;
    long code = 0;
    buffer_init(&url, MIB);
    buffer_append_format(&url, "%s%.*s", http->url, STR_ARGS(request->path));
    if (request->query.length > 0) {
        buffer_append_char(&url, '?');
        buffer_append_str(&url, request->query);
    }
    struct curl_slist *headers = make_headers(http, request);
    if (buffer_failed(&url) || headers == NULL) {
        buffer_release(&url);
        curl_slist_free_all(headers);
        return error_no_memory(error, "request");
    }
    buffer_clear(body);
    http->problem[0] = '\0';
    curl_easy_setopt(http->curl, CURLOPT_URL, url.bytes);
    curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, body);
    if (request->body.at != NULL || request->method == API_POST) {
        curl_easy_setopt(http->curl, CURLOPT_POST, 1L);
        curl_easy_setopt(http->curl, CURLOPT_POSTFIELDS, request->body.at != NULL ? request->body.at : "");
        curl_easy_setopt(http->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
    } else {
        curl_easy_setopt(http->curl, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(http->curl, CURLOPT_CUSTOMREQUEST, methods[request->method]);
    CURLcode result = curl_easy_perform(http->curl);
    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &code);
    curl_slist_free_all(headers);
    buffer_release(&url);
    *status = (unsigned)code;
    return result == CURLE_OK ? STATUS_OK : describe(http, result, error);
}

static void http_free(struct transport *transport)
{
    struct http *http = (struct http *)transport;
    curl_easy_cleanup(http->curl);
    curl_global_cleanup();
    memory_free(http);
}

static const struct transport_type http_type = {http_send, http_free};

static enum status set_url(struct http *http, const char *url, struct error *error)
{
    size_t length = strlen(url);
    while (length > 0 && url[length - 1] == '/') {
        length--;
    }
    bool has_scheme = strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
    if (!has_scheme || length > sizeof http->url - 1) {
        return error_set(error, STATUS_INVALID, "--server", "expected a URL such as http://127.0.0.1:8000, not \"%.200s\"", url);
    }
    memcpy(http->url, url, length);
    http->url[length] = '\0';
    return STATUS_OK;
}

static void set_files(CURL *curl, const struct transport_http_options *options)
{
    const struct {
        CURLoption option;
        const char *file;
    } files[] = {{CURLOPT_CAINFO, options->cacert}, {CURLOPT_SSLCERT, options->cert}, {CURLOPT_SSLKEY, options->key}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (files[i].file != NULL && files[i].file[0] != '\0') {
            curl_easy_setopt(curl, files[i].option, files[i].file);
        }
    }
}

enum status transport_http_open(struct transport **transport, const char *url, const struct transport_http_options *options,
                                struct error *error)
{
    const char *token = options->token;
    struct http *http = memory_new_zeroed(1, sizeof *http);
    if (http == NULL) {
        return error_no_memory(error, "--server");
    }
    enum status status = set_url(http, url, error);
    if (status != STATUS_OK || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        memory_free(http);
        return status != STATUS_OK ? status : error_set(error, STATUS_FATAL, "--server", "libcurl does not start");
    }
    http->base.type = &http_type;
    http->curl = curl_easy_init();
    if (http->curl == NULL) {
        curl_global_cleanup();
        memory_free(http);
        return error_no_memory(error, "--server");
    }
    if (token != NULL && token[0] != '\0') {
        (void)snprintf(http->authorization, sizeof http->authorization, "Authorization: Bearer %s", token);
    }
    curl_easy_setopt(http->curl, CURLOPT_ERRORBUFFER, http->problem);
    curl_easy_setopt(http->curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(http->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(http->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(http->curl, CURLOPT_TIMEOUT_MS, ANSWER_TIMEOUT_MS);
    curl_easy_setopt(http->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    set_files(http->curl, options);
    *transport = &http->base;
    return STATUS_OK;
}

void transport_free(struct transport *transport)
{
    if (transport != NULL) {
        transport->type->free(transport);
    }
}
