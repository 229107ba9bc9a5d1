/* token: who may come in by a token of this system. */
#include <stdio.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/table.h"

#define DAY_MS INT64_C(86400000)

struct token_options {
    const char *role, *expires;
};

/* --- create ---------------------------------------------------------------------------------------------------------- */

/* "90d", "12h", "30m", "never", or a moment. 0: never. */
static enum status read_expiry(const char *text, int64_t *expires_at, struct error *error)
{
    static const struct {
        char letter;
        int64_t ms;
    } units[] = {{'d', DAY_MS}, {'h', 3600000}, {'m', 60000}};
    struct str whole = str_from(text);
    int64_t number;
    *expires_at = 0;
    if (str_is(whole, "never")) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        bool fits = whole.length > 1 && whole.at[whole.length - 1] == units[i].letter &&
                    str_to_i64((struct str){whole.at, whole.length - 1}, &number) && number > 0 && number <= 5000000;
        if (fits) {
            *expires_at = clock_now_ms(&clock_system) + number * units[i].ms;
            return STATUS_OK;
        }
    }
    if (time_parse(whole, &clock_system, expires_at, NULL) != STATUS_OK) {
        return error_set(error, STATUS_INVALID, "--expires", "\"%.60s\" is neither a span (90d, 12h, 30m), nor a moment, nor never",
                         text);
    }
    return STATUS_OK;
}

static void render_created(struct cli *cli, struct json root)
{
    struct json record = get(root, "record");
    char expires[MOMENT_SIZE];
    moment_text(get(record, "expires_at"), expires);
    buffer_append_format(&cli->out, "%.*s\n", STR_ARGS(get_text(root, "token")));
    if (cli->term.is_terminal) {
        buffer_append_format(&cli->out, "\n%.*s: %.*s of %.*s, %s%s. It is shown this once; what is kept is its hash.\n",
                             STR_ARGS(get_text(record, "name")), STR_ARGS(get_text(record, "role")),
                             STR_ARGS(get_text(record, "tenant")), expires[0] != '\0' ? "good until " : "does not expire", expires);
    }
}

static enum status make_body(const struct token_options *options, const char *name, struct buffer *body, struct error *error)
{
    int64_t expires_at;
    struct json_writer json;
    enum status status = read_expiry(options->expires != NULL ? options->expires : "90d", &expires_at, error);
    if (status != STATUS_OK) {
        return status;
    }
    json_write_init(&json, body, 0);
    json_write_object_begin(&json);
    json_field_text(&json, "name", name);
    json_field_text(&json, "role", options->role);
    json_write_key(&json, "expires_at");
    if (expires_at == 0) {
        json_write_null(&json);
    } else {
        json_write_i64(&json, expires_at);
    }
    json_write_object_end(&json);
    char *padding = buffer_reserve(body, JSON_READ_PADDING);
    if (padding == NULL) {
        return error_no_memory(error, "token");
    }
    memset(padding, 0, JSON_READ_PADDING);
    return STATUS_OK;
}

static int create(struct cli *cli, const struct token_options *options, const char *name)
{
    struct answer answer;
    struct buffer body;
    struct error error = {0};
    if (name == NULL || options->role == NULL) {
        return cli_fail_text(cli, "token create", "give the token a name and a role: trimodal token create NAME --role engineer");
    }
    answer_init(&answer);
    buffer_init(&body, 64 * KIB);
    enum status status = make_body(options, name, &body, &error);
    if (status == STATUS_OK) {
        status = cli_ask(cli, &(struct ask){.method = API_POST, .path = STR("/api/v1/tokens"), .body = buffer_str(&body),
                                            .writes = true}, &answer, &error);
    }
    int result = cli_end(cli, &answer, status, &error, render_created);
    buffer_release(&body);
    return result;
}

/* --- list ------------------------------------------------------------------------------------------------------------ */

static void render_list(struct cli *cli, struct json root)
{
    static const struct table_column columns[] = {{"NAME", TABLE_KEEP}, {"ROLE", TABLE_KEEP}, {"TENANT", 0}, {"STATE", TABLE_KEEP},
        {"CREATED", TABLE_KEEP}, {"EXPIRES", TABLE_KEEP}, {"LAST USED", TABLE_KEEP}, {"ID", TABLE_KEEP}};
    static const char *const moments[] = {"created_at", "expires_at", "used_at"};
    struct table table;
    int64_t now = clock_now_ms(&clock_system);
    table_init(&table, &cli->term, columns, 8);
    for (struct json_iterator i = each(get(root, "tokens")); json_next(&i);) {
        bool revoked = has(i.value, "revoked_at");
        bool over = has(i.value, "expires_at") && get_i64(i.value, "expires_at") <= now;
        table_put(&table, STYLE_BOLD, get_text(i.value, "name"));
        table_put(&table, STYLE_PLAIN, get_text(i.value, "role"));
        table_put(&table, STYLE_PLAIN, get_text(i.value, "tenant"));
        table_put(&table, revoked || over ? STYLE_DIM : STYLE_GOOD, str_from(revoked ? "revoked" : over ? "expired" : "good"));
        for (size_t m = 0; m < 3; m++) {
            char moment[MOMENT_SIZE];
            moment_text(get(i.value, moments[m]), moment);
            moment[sizeof "2025-03-03 10:23" - 1] = '\0';
            table_put(&table, STYLE_DIM, str_from(moment[0] != '\0' ? moment : "never"));
        }
        table_put(&table, STYLE_DIM, get_text(i.value, "id"));
    }
    if (get_count(get(root, "tokens")) == 0) {
        buffer_append_text(&cli->out, "There is no token yet; the first start of `trimodal serve` makes one.\n");
    }
    table_write(&table, &cli->out);
    table_release(&table);
}

static int list(struct cli *cli)
{
    struct answer answer;
    struct error error = {0};
    answer_init(&answer);
    enum status status = cli_get(cli, &answer, STR_NONE, &error, "/api/v1/tokens", NULL);
    return cli_end(cli, &answer, status, &error, render_list);
}

/* --- revoke, link ---------------------------------------------------------------------------------------------------- */

static void render_revoked(struct cli *cli, struct json root)
{
    buffer_append_format(&cli->out, "%.*s is revoked, and so are the sessions that came of it.\n",
                         STR_ARGS(get_text(get(root, "record"), "name")));
}

static int revoke(struct cli *cli, const char *name)
{
    struct answer answer;
    struct buffer path;
    struct error error = {0};
    if (name == NULL) {
        return cli_fail_text(cli, "token revoke", "say which, by name or id; `trimodal token list` lists them");
    }
    answer_init(&answer);
    buffer_init(&path, MIB);
    buffer_append_text(&path, "/api/v1/tokens/");
    url_append(&path, str_from(name));
    enum status status = cli_ask(cli, &(struct ask){.method = API_DELETE, .path = buffer_str(&path), .writes = true}, &answer, &error);
    buffer_release(&path);
    return cli_end(cli, &answer, status, &error, render_revoked);
}

static void render_link(struct cli *cli, struct json root)
{
    buffer_append_format(&cli->out, "%s%.*s\n", cli->url, STR_ARGS(get_text(root, "path")));
    if (cli->term.is_terminal) {
        buffer_append_text(&cli->out, "\nOpen it in a browser within 15 minutes; it is good once.\n");
    }
}

static int make_link(struct cli *cli)
{
    struct answer answer;
    struct error error = {0};
    answer_init(&answer);
    enum status status = cli_ask(cli, &(struct ask){.method = API_POST, .path = STR("/api/v1/tokens/link"), .writes = true},
                                 &answer, &error);
    return cli_end(cli, &answer, status, &error, render_link);
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct token_options options = {0};
    const struct option_entry entries[] = {
        {"role", "ROLE", "create: admin, engineer, viewer or auditor", &options.role, NULL, false},
        {"expires", "WHEN", "create: 90d (the default), 12h, a moment, or never", &options.expires, NULL, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 1, 2, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    const char *action = positionals.items[0], *name = positionals.count > 1 ? positionals.items[1] : NULL;
    if (strcmp(action, "create") == 0) {
        return create(cli, &options, name);
    }
    if (strcmp(action, "list") == 0 && name == NULL) {
        return list(cli);
    }
    if (strcmp(action, "revoke") == 0) {
        return revoke(cli, name);
    }
    if (strcmp(action, "link") == 0 && name == NULL) {
        return make_link(cli);
    }
    return cli_fail_text(cli, action, "say create NAME, list, revoke NAME, or link");
}

const struct command command_token = {
    .name = "token", .arguments = "create NAME | list | revoke NAME | link",
    .summary = "Makes, lists and revokes the tokens that people and programs come in by",
    .details = "A token is shown once, when it is made; what is kept is its hash. It sees the data of --tenant (default: default).\nlink prints a link that signs a browser in, once.",
    .examples = "  trimodal token create ci-main --role engineer --expires 365d\n"
                "  trimodal token create acme-board --role viewer --tenant acme\n"
                "  trimodal token list\n  trimodal token revoke ci-main\n  trimodal token link\n",
    .exits = "0 fine, 3 error",
    .run = run,
};
