#include "view_builder.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "base/limits.h"

static void need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "view_builder: %s\n", what);
        abort();
    }
}

void view_builder_init(struct view_builder *builder)
{
    struct error error = {0};
    *builder = (struct view_builder){.decoder = event_decoder_new()};
    need(builder->decoder != NULL && graph_new(&builder->graph, &error) == STATUS_OK, "no memory");
    arena_init(&builder->events, GIB);
    arena_init(&builder->views, 4 * GIB);
}

void view_builder_release(struct view_builder *builder)
{
    arena_release(&builder->events);
    arena_release(&builder->views);
    graph_free(builder->graph);
    event_decoder_free(builder->decoder);
}

void view_builder_say(struct view_builder *builder, const char *type, int64_t at, const char *node, const char *members)
{
    static char json[65536 + JSON_READ_PADDING];
    struct event_defaults defaults = {.control_is_allowed = true, .now_ms = LIMIT_TIMESTAMP_MAX - LIMIT_FUTURE_MS};
    struct event event;
    struct event_fault fault = {0};
    struct error error = {0};
    builder->seq++;
    int length = snprintf(json, 65536,
                          "{\"event_id\":\"e-%06llu\",\"timestamp\":%lld,\"iteration_id\":\"it\",\"event_type\":\"%s\","
                          "\"node_id\":\"%s\"%s%s}",
                          (unsigned long long)builder->seq, (long long)at, type, node, members[0] != '\0' ? "," : "", members);
    need(length > 0 && length < 65536, "event too long");
    for (char *c = json; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    arena_clear(&builder->events);
    if (event_decode(builder->decoder, (struct str){json, (size_t)length}, &builder->events, &defaults, &event, &fault) !=
        STATUS_OK) {
        fprintf(stderr, "%s\n", json);
        need(false, fault.error.text);
    }
    need(graph_apply(builder->graph, &event, builder->seq, (int64_t)builder->seq, NULL, &error) == STATUS_OK, error.text);
}

void view_builder_sayf(struct view_builder *builder, const char *type, int64_t at, const char *node, const char *format, ...)
{
    static char members[32768];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(members, sizeof members, format, args);
    va_end(args);
    need(length >= 0 && (size_t)length < sizeof members, "members too long");
    view_builder_say(builder, type, at, node, members);
}

struct graph_view *view_builder_view_at(struct view_builder *builder, int64_t valid_at, uint32_t known)
{
    struct graph_view *view;
    struct error error = {0};
    struct correlate_config config = correlate_config_default();
    arena_clear(&builder->views);
    enum status status = graph_view_open_known(builder->graph, STR("default"), STR("it"), valid_at, known, &builder->views,
                                               &view, &error);
    if (status == STATUS_ABSENT) {
        return NULL;
    }
    need(status == STATUS_OK, error.text);
    need(correlate_view(view, &config, &error) == STATUS_OK, error.text);
    return view;
}

struct graph_view *view_builder_view(struct view_builder *builder)
{
    struct graph_view *view = view_builder_view_at(builder, TIME_MAX, graph_fact_count(builder->graph));
    need(view != NULL, "nothing in view");
    return view;
}
