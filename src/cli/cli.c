#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_rewrite.h"
#include "base/limits.h"
#include "cli/credential.h"

/* --- ending ------------------------------------------------------------------------------------------------------------ */

static void print_error(const struct cli *cli, const char *place, const char *text)
{
    struct buffer line;
    bool sentence = text[0] != '\0' && strchr(".!?", text[strlen(text) - 1]) == NULL;
    buffer_init(&line, MIB);
    buffer_append_text(&line, "trimodal: ");
    if (place[0] != '\0') {
        term_put(&cli->term, &line, STYLE_PLAIN, str_from(place));
        buffer_append_text(&line, ": ");
    }
    (void)term_cut(&line, str_from(text), UINT32_MAX);
    buffer_append_text(&line, sentence ? ".\n" : "\n");
    (void)fflush(stdout);
    (void)fwrite(line.bytes != NULL ? line.bytes : "", 1, line.length, stderr);
    buffer_release(&line);
}

int cli_fail(const struct cli *cli, const struct error *error)
{
    bool placed = error->place[0] != '\0';
    print_error(cli, placed ? error->place : cli->command != NULL ? cli->command->name : "", error->text);
    return EXIT_ERROR;
}

int cli_fail_text(const struct cli *cli, const char *place, const char *format, ...)
{
    struct error error;
    va_list arguments;
    va_start(arguments, format);
    (void)error_set_v(&error, STATUS_INVALID, place, format, arguments);
    va_end(arguments);
    return cli_fail(cli, &error);
}

int cli_finish(struct cli *cli, int exit_status)
{
    if (buffer_failed(&cli->out)) {
        return cli_fail_text(cli, cli->command->name, "out of memory; ask for less at once");
    }
    size_t written = fwrite(cli->out.bytes != NULL ? cli->out.bytes : "", 1, cli->out.length, stdout);
    bool whole = written == cli->out.length && fflush(stdout) == 0;
    buffer_clear(&cli->out);
    if (!whole && errno != EPIPE) {
        return cli_fail_text(cli, "standard output", "%s", strerror(errno));
    }
    return exit_status;
}

void cli_put_reason(struct cli *cli, struct buffer *out, unsigned indent, struct json object)
{
    struct str place = get_text(object, "place"), reason = get_text(object, "reason");
    if (place.length > 0 && !str_starts_with(reason, place)) {
        term_put(&cli->term, out, STYLE_NAME, place);
        buffer_append_text(out, ": ");
    }
    term_paragraph(&cli->term, out, indent, reason);
}

void cli_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("trimodal: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
}

int cli_end(struct cli *cli, struct answer *answer, enum status status, const struct error *error, cli_render *render)
{
    int exit_status;
    if (status != STATUS_OK) {
        exit_status = cli_fail(cli, error);
    } else {
        if (cli->json) {
            cli_put_json(cli, answer);
        } else {
            render(cli, answer->root);
        }
        exit_status = cli_finish(cli, 0);
    }
    answer_release(answer);
    return exit_status;
}

enum status cli_read_file(const char *path, struct buffer *file, size_t bytes_max, struct error *error)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *stream = standard ? stdin : fopen(path, "rbe");
    enum status status = STATUS_OK;
    buffer_init(file, bytes_max + JSON_READ_PADDING + 64 * KIB);
    if (stream == NULL) {
        return error_set(error, STATUS_ABSENT, path, "%s", strerror(errno));
    }
    for (;;) {
        char *bytes = buffer_reserve(file, 64 * KIB);
        if (bytes == NULL) {
            status = error_no_memory(error, path);
            break;
        }
        size_t length = fread(bytes, 1, 64 * KIB, stream);
        file->length += length;
        if (file->length > bytes_max) {
            status = error_set(error, STATUS_INVALID, path, "the file is larger than %zu KiB", bytes_max / KIB);
            break;
        }
        if (length == 0) {
            memset(bytes, 0, JSON_READ_PADDING);
            status = ferror(stream) != 0 ? error_set(error, STATUS_RETRY, path, "%s", strerror(errno)) : STATUS_OK;
            break;
        }
    }
    if (!standard) {
        (void)fclose(stream);
    }
    return status;
}

/* --- JSON as it is ------------------------------------------------------------------------------------------------------ */

void cli_put_json(struct cli *cli, const struct answer *answer)
{
    if (cli->term.is_terminal) {
        struct json_writer writer;
        json_write_init(&writer, &cli->out, 2);
        json_rewrite(answer->root, &writer);
    } else {
        buffer_append_str(&cli->out, str_trim(buffer_str(&answer->body)));
    }
    buffer_append_char(&cli->out, '\n');
}

/* --- asking ------------------------------------------------------------------------------------------------------------- */

void answer_init(struct answer *answer)
{
    *answer = (struct answer){0};
    buffer_init(&answer->body, LIMIT_ANSWER_BYTES);
}

void answer_release(struct answer *answer)
{
    json_parser_free(answer->parser);
    buffer_release(&answer->body);
}

void url_append(struct buffer *url, struct str text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                     c == '_' || c == '~';
        if (plain) {
            buffer_append_char(url, (char)c);
        } else {
            buffer_append_char(url, '%');
            buffer_append_char(url, hex[c >> 4]);
            buffer_append_char(url, hex[c & 15]);
        }
    }
}

void query_add(struct buffer *query, const char *name, const char *value)
{
    if (value == NULL) {
        return;
    }
    buffer_append_format(query, "%s%s=", query->length > 0 ? "&" : "", name);
    url_append(query, str_from(value));
}

struct transport_http_options cli_http_options(const struct cli *cli)
{
    return (struct transport_http_options){
        .cacert = cli->cacert != NULL ? cli->cacert : getenv("TRIMODAL_CACERT"),
        .cert = cli->cert != NULL ? cli->cert : getenv("TRIMODAL_CERT"),
        .key = cli->key != NULL ? cli->key : getenv("TRIMODAL_KEY"),
    };
}

/* `directory`: of the server's data, or NULL where its URL was given. */
static enum status open_http(struct cli *cli, const char *url, const char *directory, struct error *error)
{
    char credential[CREDENTIAL_SIZE];
    struct transport_http_options options = cli_http_options(cli);
    (void)snprintf(cli->url, sizeof cli->url, "%s", url);
    options.token = credential;
    enum status status = credential_find(cli, directory, credential, error);
    return status != STATUS_OK ? status : transport_http_open(&cli->transport, url, &options, error);
}

static enum status open_local(struct cli *cli, bool writes, struct error *error)
{
    struct transport_server server;
    struct transport_local_options options = {.data = cli->data, .config = cli->config, .writes = writes,
                                              .progress = cli->term.progress};
    enum status status = transport_local_open(&cli->transport, &options, &server, error);
    if (status == STATUS_RETRY && server.url[0] != '\0') {
        cli_note("a server holds this data directory; asking it at %s", server.url);
        status = open_http(cli, server.url, server.directory, error);
    }
    return status;
}

static enum status open_transport(struct cli *cli, bool writes, struct error *error)
{
    if (cli->transport != NULL && (cli->transport_writes || !writes)) {
        return STATUS_OK;
    }
    transport_free(cli->transport);
    cli->transport = NULL;
    cli->transport_writes = writes;
    const char *url = cli->server;
    if (url != NULL && cli->data != NULL) {
        return error_set(error, STATUS_INVALID, "--server", "give either --server or --data, not both");
    }
    if (url == NULL && cli->data == NULL) {
        url = getenv("TRIMODAL_URL");
    }
    if (url != NULL && url[0] != '\0') {
        cli->transport_writes = true;
        return open_http(cli, url, NULL, error);
    }
    return open_local(cli, writes, error);
}

static enum status parse_answer(struct answer *answer, struct error *error)
{
    answer->root = (struct json){0};
    if (answer->parser == NULL) {
        answer->parser = json_parser_new();
    }
    size_t length = answer->body.length;
    char *padding = buffer_reserve(&answer->body, JSON_READ_PADDING);
    if (answer->parser == NULL || padding == NULL) {
        return error_no_memory(error, "answer");
    }
    memset(padding, 0, JSON_READ_PADDING);
    answer->body.length = length;
    return json_parse(answer->parser, buffer_str(&answer->body), &answer->root, error);
}

/* Query parameters under the names that a person typed. */
static struct str option_of(struct str place)
{
    static const char *const options[][2] = {
        {"asOf", "--as-of"}, {"observedAt", "--known-at"}, {"from_known", "--from-known"}, {"to_known", "--to-known"},
        {"kind", "--kind"}, {"category", "--category"}, {"stream", "--stream"}, {"limit", "--limit"}, {"cursor", "--cursor"}};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (str_is(place, options[i][0])) {
            return str_from(options[i][1]);
        }
    }
    return place;
}

static enum status refuse(const struct answer *answer, struct error *error)
{
    struct str place = option_of(get_text(answer->root, "place")), detail = get_text(answer->root, "detail");
    char where[ERROR_PLACE_SIZE];
    (void)snprintf(where, sizeof where, "%.*s", STR_ARGS(place));
    enum status status = answer->status == 404   ? STATUS_ABSENT
                         : answer->status < 500  ? STATUS_INVALID
                         : answer->status == 503 ? STATUS_RETRY
                                                 : STATUS_FATAL;
    if (answer->status == 401) {
        detail = str_starts_with(detail, STR("Sign in")) ? STR("This server asks who you are.") : detail;
        return error_set(error, status, "credential", "%.*s Name a token by --token, TRIMODAL_TOKEN or TRIMODAL_TOKEN_FILE; "
                                                      "`trimodal token create` on the server's machine makes one.", STR_ARGS(detail));
    }
    if (detail.length == 0) {
        return error_set(error, status, where, "the server answered %u without a reason", answer->status);
    }
    return error_set(error, status, where, "%.*s", STR_ARGS(detail));
}

enum status cli_ask(struct cli *cli, const struct ask *ask, struct answer *answer, struct error *error)
{
    enum status status = open_transport(cli, ask->writes, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct buffer query;
    buffer_init(&query, MIB);
    buffer_append_str(&query, ask->query);
    query_add(&query, "tenant", cli->tenant);
    struct transport_request request = {ask->method, ask->path, buffer_str(&query), ask->body,
                                        ask->content_type != NULL ? ask->content_type : "application/json"};
    status = buffer_failed(&query) ? error_no_memory(error, "request")
                                   : cli->transport->type->send(cli->transport, &request, &answer->status, &answer->body, error);
    buffer_release(&query);
    if (status != STATUS_OK) {
        return status;
    }
    bool fine = answer->status >= 200 && answer->status < 300;
    status = parse_answer(answer, error);
    if (status != STATUS_OK && !fine) {
        answer->root = (struct json){0};
        return refuse(answer, error);
    }
    if (status != STATUS_OK) {
        return error_set(error, STATUS_FATAL, "answer", "what came back is no JSON; is this a Trimodal server?");
    }
    /* 422 with results: each event was read and answered, and each was rejected. */
    fine |= answer->status == 422 && has(answer->root, "rejected");
    return fine ? STATUS_OK : refuse(answer, error);
}

enum status cli_get(struct cli *cli, struct answer *answer, struct str query, struct error *error, const char *format,
                    const char *segment)
{
    struct buffer path;
    buffer_init(&path, MIB);
    const char *hole = strstr(format, "%s");
    buffer_append(&path, format, hole != NULL ? (size_t)(hole - format) : strlen(format));
    if (hole != NULL) {
        url_append(&path, str_from(segment));
        buffer_append_text(&path, hole + 2);
    }
    enum status status = buffer_failed(&path) ? error_no_memory(error, "request") : STATUS_OK;
    if (status == STATUS_OK) {
        status = cli_ask(cli, &(struct ask){.method = API_GET, .path = buffer_str(&path), .query = query}, answer, error);
    }
    buffer_release(&path);
    return status;
}
