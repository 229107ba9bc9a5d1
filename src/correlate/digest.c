#include "correlate/digest.h"

#include "base/limits.h"
#include "graph/digest.h"
#include "graph/graph.h"

#define RECORD_BYTES_MAX (4 * MIB) /* of one link, spelled out */

struct digester {
    const struct graph *graph;
    const struct correlate_config *config;
    struct sha256 *links, *regardless;
    struct buffer record;
    struct arena arena; /* of one view */
};

static void put_end(struct buffer *record, const struct view_node *node)
{
    digest_put_text(record, str_from(node_kind_name(node->kind)));
    digest_put_text(record, node->id);
}

static bool add_link(struct digester *digester, const struct graph_view *view, const struct view_link *link)
{
    struct buffer *record = &digester->record;
    char event_id[VIEW_EVENT_ID_SIZE];
    buffer_clear(record);
    digest_put_text(record, view->tenant_id);
    digest_put_text(record, view->iteration_id);
    digest_put_text(record, str_from(link_kind_name(link->kind)));
    put_end(record, &view->nodes[link->source]);
    put_end(record, &view->nodes[link->target]);
    digest_put_text(record, str_from(link_method_name(link->method)));
    digest_put_real(record, link->confidence);
    digest_put_real(record, link->weight);
    digest_put_number(record, link->inferred);
    digest_put_text(record, view_fact_event_id(view, link->evidence_fact, event_id));
    digest_put_text(record, link->explanation);
    digest_put_text(record, link->created_by);
    digest_put_number(record, (uint64_t)link->valid_from);
    size_t length = record->length;
    digest_put_number(record, (uint64_t)link->observed_at);
    if (buffer_failed(record)) {
        return false;
    }
    sha256_add(digester->regardless, record->bytes, length);
    sha256_add(digester->links, record->bytes, record->length);
    return true;
}

static enum status add_iteration(struct digester *digester, uint32_t number, struct error *error)
{
    struct graph_iteration iteration = graph_iteration(digester->graph, number);
    struct graph_view *view;
    arena_clear(&digester->arena);
    enum status status = graph_view_open(digester->graph, iteration.tenant_id, iteration.iteration_id, TIME_MAX, TIME_MAX,
                                         &digester->arena, &view, error);
    if (status == STATUS_OK) {
        status = correlate_view(view, digester->config, error);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < view->link_count; i++) {
        if (!add_link(digester, view, &view->links[i])) {
            status = error_no_memory(error, "digest");
        }
    }
    return status;
}

static enum status add_all(struct digester *digester, struct error *error)
{
    struct arena arena;
    arena_init(&arena, LIMIT_REQUEST_ARENA_BYTES);
    const uint32_t *numbers = digest_iterations(digester->graph, &arena);
    enum status status = numbers == NULL ? error_no_memory(error, "digest") : STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < graph_iteration_count(digester->graph); i++) {
        status = add_iteration(digester, numbers[i], error);
    }
    arena_release(&arena);
    return status;
}

/* `links_regardless` and the facts' equivalent make up `current`. */
static enum status digest_links(struct digester *digester, uint8_t links[SHA256_SIZE], uint8_t links_regardless[SHA256_SIZE],
                                struct error *error)
{
    sha256_begin(digester->links);
    sha256_begin(digester->regardless);
    enum status status = add_all(digester, error);
    sha256_end(digester->links, links);
    sha256_end(digester->regardless, links_regardless);
    return status;
}

enum status digest_of(const struct graph *graph, const struct correlate_config *config, struct digest *digest,
                      struct error *error)
{
    struct digester digester = {.graph = graph, .config = config, .links = sha256_new(), .regardless = sha256_new()};
    uint8_t current[2][SHA256_SIZE];
    buffer_init(&digester.record, RECORD_BYTES_MAX);
    arena_init(&digester.arena, LIMIT_REQUEST_ARENA_BYTES);
    enum status status = digester.links == NULL || digester.regardless == NULL ? error_no_memory(error, "digest")
                                                                               : graph_digest(graph, digest->facts, current[0], error);
    if (status == STATUS_OK) {
        status = digest_links(&digester, digest->links, current[1], error);
    }
    if (status == STATUS_OK) {
        sha256_begin(digester.links);
        sha256_add(digester.links, current, sizeof current);
        sha256_end(digester.links, digest->current);
    }
    arena_release(&digester.arena);
    buffer_release(&digester.record);
    sha256_free(digester.regardless);
    sha256_free(digester.links);
    return status;
}
