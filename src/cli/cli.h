/* cli.h: what every subcommand shares.
 *
 * A subcommand is a client of the API: it makes requests and renders the JSON that comes back. Where the answers come from
 * (this process on a data directory, or a server) it neither knows nor cares. What it prints gathers in `out` and is
 * written at the end, so that nothing half-rendered is shown before an error.
 *
 * Exit status: 0 fine, 1 and 2 what the subcommand says, 3 error. Errors go to standard error as
 * "trimodal: PLACE: sentence".
 */
#ifndef TRIMODAL_CLI_CLI_H
#define TRIMODAL_CLI_CLI_H

#include "api/api.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "cli/options.h"
#include "cli/term.h"
#include "cli/transport.h"

#define EXIT_ERROR 3

struct cli {
    const struct command *command;
    struct term term;
    struct buffer out;
    /* Global options. */
    const char *data;   /* NULL: as configured */
    const char *server; /* NULL: none */
    const char *cacert, *cert, *key; /* for https; NULL: from the environment */
    const char *token;  /* NULL: from the environment */
    const char *tenant; /* NULL: the credential's own, and in lists all that it may see */
    const char *config; /* NULL: none */
    const char *color;  /* NULL: auto */
    bool json;
    bool help, version;
    struct transport *transport;
    bool transport_writes;
    char url[1024]; /* of the server that is asked; empty: none */
};

/* How to ask a server: the options, else the environment. */
struct transport_http_options cli_http_options(const struct cli *cli);

struct command {
    const char *name;
    const char *arguments; /* "ITERATION", for the usage line */
    const char *summary;   /* one line, no full stop */
    const char *details;   /* NULL, or paragraphs */
    const char *examples;  /* lines */
    const char *exits;     /* exit status, one line */
    int (*run)(struct cli *cli, int argc, char **argv);
};

/* NULL where there is no such command. */
const struct command *command_find(const char *name);
/* All of them, by index from 0; NULL past the last. */
const struct command *command_at(size_t index);

/* --- asking the API ---------------------------------------------------------------------------------------------------- */

/* One answer; initialise with answer_init, release always. The JSON lives until the next request with the same answer. */
struct answer {
    unsigned status;
    struct buffer body;
    struct json_parser *parser;
    struct json root;
};
void answer_init(struct answer *answer);
void answer_release(struct answer *answer);

/* Percent-encoding, for one segment of a path or one value of a query. */
void url_append(struct buffer *url, struct str text);
/* "name=value", with '&' before it where something is there already; nothing where value is NULL. */
void query_add(struct buffer *query, const char *name, const char *value);

struct ask {
    enum api_method method;
    struct str path, query, body;
    const char *content_type; /* of the body; NULL: JSON */
    bool writes;              /* needs a writer: the data directory's lock, or its server */
};
/* STATUS_OK for 2xx, with the body parsed. Else the problem's own place and sentence; STATUS_ABSENT for 404. */
enum status cli_ask(struct cli *cli, const struct ask *ask, struct answer *answer, struct error *error) must_check;
/* GET. `path` is a format with "%s" for segments that are encoded: cli_get(cli, &answer, query, "/api/v1/dde/graph/%s", id). */
enum status cli_get(struct cli *cli, struct answer *answer, struct str query, struct error *error, const char *format,
                    const char *segment) must_check;

/* --- ending ------------------------------------------------------------------------------------------------------------ */

/* Prints the error and returns EXIT_ERROR. */
int cli_fail(const struct cli *cli, const struct error *error);
int cli_fail_text(const struct cli *cli, const char *place, const char *format, ...) printf_like(3, 4);
/* Writes what has gathered and returns `exit_status`, or EXIT_ERROR where it cannot be written. */
int cli_finish(struct cli *cli, int exit_status);
/* The answer's JSON as it is; indented on a terminal. */
void cli_put_json(struct cli *cli, const struct answer *answer);
/* The usual end of a command that asks one question: prints the answer, as JSON or by `render`, or the error; releases the
 * answer and returns the exit status. */
typedef void cli_render(struct cli *cli, struct json root);
int cli_end(struct cli *cli, struct answer *answer, enum status status, const struct error *error, cli_render *render);
/* The whole file ("-": standard input) with JSON_READ_PADDING readable bytes behind it; `file` is initialised here. */
enum status cli_read_file(const char *path, struct buffer *file, size_t bytes_max, struct error *error) must_check;
/* "place: reason", or the reason alone where it begins with its place. Ends with a line feed; see term_paragraph. */
void cli_put_reason(struct cli *cli, struct buffer *out, unsigned indent, struct json object);
/* A line on standard error, for people. */
void cli_note(const char *format, ...) printf_like(1, 2);

/* --- JSON, gently: what is missing or of another type reads as nothing --------------------------------------------------- */

struct json get(struct json object, const char *key);             /* JSON null when absent */
struct str get_text(struct json object, const char *key);         /* "" when absent */
struct str get_text_or(struct json object, const char *key, const char *otherwise);
int64_t get_i64(struct json object, const char *key);
double get_number(struct json object, const char *key, double otherwise);
bool get_bool(struct json object, const char *key);
bool has(struct json object, const char *key);                    /* there and not null */
size_t get_count(struct json container);
/* json_begin that takes what is absent for empty. */
struct json_iterator each(struct json container);

/* "2025-03-03 10:23:00" of RFC 3339 text or of ms since the epoch; "" of anything else. Always UTC. */
#define MOMENT_SIZE 32
void moment_text(struct json value, char text[MOMENT_SIZE]);
void moment_ms(int64_t ms, char text[MOMENT_SIZE]);
/* "250 ms", "1.2 s", "4 min 10 s". */
void duration_text(double ms, char text[MOMENT_SIZE]);

/* --- words and symbols ----------------------------------------------------------------------------------------------------- */

struct mark {
    const char *symbol;
    enum term_style style;
};
/* For states of streams, tasks, scenarios, legs, violations: PASS, COMPLETED, FAILING, … */
struct mark mark_of(struct str state);
struct mark mark_if(bool good);

/* "95 %", "1.2 s", "3" as the metric is read; "-" when unknown. */
void metric_text(struct str metric, struct json value, char text[MOMENT_SIZE]);
/* "task success rate": the metric's name as words. */
void metric_words(struct str metric, char text[64]);

#endif
