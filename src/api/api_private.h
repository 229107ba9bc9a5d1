/* api_private.h: one request on its way through the interface, and what the files of this folder share.
 *
 * A request becomes an exchange: its decoded path and query, an arena for everything made on the way, a buffer for the
 * answer. Exchanges are kept and used again, so a small request allocates nothing. Handlers answer exactly once, by
 * answer() or problem(); those that write do so later, from the pipeline's callback. After that the exchange is gone.
 *
 * A file a subject: routes.c is the one table of what there is, and nothing else knows routes.
 */
#ifndef TRIMODAL_API_API_PRIVATE_H
#define TRIMODAL_API_API_PRIVATE_H

#include "api/api.h"
#include "api/metrics.h"
#include "api/page.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "event/personal.h"
#include "graph/changes.h"
#include "graph/graph.h"
#include "graph/graph_view.h"
#include "lens/layout.h"
#include "lens/lens_acc.h"
#include "lens/verdict.h"
#include "lens/verdict_snapshot.h"
#include "live/live.h"

#define PATH_PARAMETERS_MAX 2
#define SMALL_BODY_BYTES (256 * KIB)
#define PAGE_ITEMS_DEFAULT 100

/* ---- query parameters: each name means one thing everywhere ---- */

enum parameter {
    PARAMETER_AS_OF,
    PARAMETER_OBSERVED_AT,
    PARAMETER_LIMIT,
    PARAMETER_CURSOR,
    PARAMETER_ITERATION,
    PARAMETER_NODE,
    PARAMETER_KIND,
    PARAMETER_FROM,
    PARAMETER_TO,
    PARAMETER_FROM_KNOWN,
    PARAMETER_TO_KNOWN,
    PARAMETER_MIN_FLAKE_RATE,
    PARAMETER_MANIFEST,
    PARAMETER_SEVERITY,
    PARAMETER_BY,
    PARAMETER_ANSWER,
    PARAMETER_FILE,
    PARAMETER_COMMIT,
    PARAMETER_MODIFIED,
    PARAMETER_CATEGORY,
    PARAMETER_STREAM,
    PARAMETER_REMOVED,
    PARAMETER_ORDER,
    PARAMETER_ACTOR,
    PARAMETER_ACTION,
    PARAMETER_OBJECT,
    PARAMETER_Q,
    PARAMETER_EVENT_BYTES,
    PARAMETER_SINCE,
    PARAMETER_LENSES,
    PARAMETER_REQUIREMENTS,
    PARAMETER_QUERY,
    PARAMETER_VARIABLES,
    PARAMETER_OPERATION_NAME,
    PARAMETER_EXTENSIONS,
    PARAMETER_CLOCK,
    PARAMETER_BUCKETS,
    PARAMETER_TENANT, /* known on every route that is not public */
    PARAMETER_COUNT
};

struct parameter_info {
    const char *name;
    const char *summary;
    const char *schema; /* JSON Schema, for the OpenAPI document */
};
extern const struct parameter_info parameters[PARAMETER_COUNT];

#define PARAMETER(name) (UINT64_C(1) << PARAMETER_##name)
#define PARAMETERS_CLOCKS (PARAMETER(AS_OF) | PARAMETER(OBSERVED_AT))
#define PARAMETERS_PAGE (PARAMETER(LIMIT) | PARAMETER(CURSOR))
/* A page's own script reads the query: what the server does not know there is not refused. */
#define PARAMETERS_OF_SCRIPT (UINT64_C(1) << 63)

/* ---- routes ---- */

struct exchange;

struct route {
    enum api_method method;
    bool changes;               /* refused where the directory is read only */
    enum permission permission; /* asked of whoever calls; PERMISSION_NONE is public */
    const char *pattern; /* "{name}" stands for a segment, at the end "{path}" for all that is left */
    uint64_t parameters; /* in the query */
    size_t body_bytes_max;
    void (*handle)(struct exchange *exchange);
    const char *summary;
    /* For the OpenAPI document (openapi.c). */
    const char *operation; /* its operationId */
    const char *answer;    /* schema of its answer in schemas/openapi/components.json, or a media type. Of a stream, of its frames */
    const char *body;      /* of the requestBodies there; NULL: it takes none */
    uint64_t required;     /* of the parameters */
};
extern const struct route routes[];
extern const size_t route_count;

/* The route, with its path parameters still encoded; NULL and the methods there are (bits) where none fits. */
const struct route *route_find(enum api_method method, struct str path, struct str found[PATH_PARAMETERS_MAX],
                               unsigned *methods);
bool route_takes(const struct route *route, enum parameter parameter);
const char *method_name(enum api_method method); /* "GET" */

/* ---- exchanges ---- */

struct clocks {
    int64_t valid_at, known_at;
    bool is_now; /* neither was given */
};

struct exchange {
    struct exchange *next; /* spare */
    struct api *api;
    struct api_request request;
    const struct route *route;
    struct str path[PATH_PARAMETERS_MAX]; /* decoded */
    struct str query[PARAMETER_COUNT];    /* decoded; absent where not given */
    struct str tenant_id;   /* what the request is about; see principal_tenant */
    bool all_tenants;       /* in listings: not only that one */
    bool tenant_is_fixed;   /* events may not name another */
    struct arena arena;
    struct buffer body; /* the answer's */
    struct json_writer json;
    size_t clocks_begin, clocks_end; /* where in `body` the clocks of its "meta" stand; both 0: nowhere */
    struct rate_decision rate;
    struct page page;
    struct str next_cursor; /* absent: no page follows */
    bool is_proven;                  /* represent.h: only a change of the log can change the answer */
    bool is_masked;                  /* nothing personal is in `body` any more, or may be (api_personal.h) */
    const char *partial; /* why the answer is not the whole, or NULL */
    uint64_t begun_ns;
    void *state; /* of the handler, in the arena */
};

struct graphql_service;
struct now_view;
struct personal_keys;
struct place_cache;
struct represent;
struct timelines;

struct api {
    struct api_options options;
    struct exchange *spare;
    size_t spare_count;
    struct json_parser *parser;
    struct event_decoder *decoder;
    struct live *live; /* NULL: nothing is watched here */
    uint32_t approval_next; /* iteration at which the approval rate goes on */
    struct now_view *now_views;
    struct place_cache *places;
    struct timelines *timelines; /* NULL until one is asked for (api_timeline.h) */
    struct represent *represent;
    struct rate_limiter *limiter;
    struct metrics metrics;
    uint64_t begun_ns;
    uint64_t use; /* counts up, for least recently used */
    bool dlq_change_in_flight, token_change_in_flight;
    struct erase *erase; /* under way (api_erase.c); or NULL */
    struct graphql_service *graphql; /* NULL until it is first needed; see graphql_service */
    struct buffer socket_text, socket_answer; /* scratch of graphql_socket.c, as is */
    struct personal_keys *personal_keys; /* see api_personal.h */
    struct personal_key personal_fallback; /* of this process, for when there is no memory for another */
    struct net_blob *socket_frame;            /* the frame sent last; or NULL */
};

/* In a listing: does this tenant's thing belong there? */
static inline bool lists_tenant(const struct exchange *exchange, struct str tenant_id)
{
    return exchange->all_tenants || str_equal(tenant_id, exchange->tenant_id);
}

/* The tenant to filter a listing by, absent for all. */
static inline struct str listed_tenant(const struct exchange *exchange)
{
    return exchange->all_tenants ? STR_NONE : exchange->tenant_id;
}

/* ---- rates (api.c) ---- */

/* One more of that group, by whom and from where. */
struct rate_decision rate_take(struct api *api, enum rate_group group, const struct principal *principal, struct str address);
/* Answers with 429, as exchange->rate says. */
void refuse_rate(struct exchange *exchange);

/* ---- answers (api_answer.c) ---- */

void answer(struct exchange *exchange, unsigned status); /* the JSON in exchange->body */
void answer_as(struct exchange *exchange, unsigned status, const char *content_type, const struct api_header *headers,
               size_t header_count);
/* The same with bytes from elsewhere; they stay where they are until it returns. */
void answer_bytes(struct exchange *exchange, unsigned status, const char *content_type, const struct api_header *headers,
                  size_t header_count, struct str body);
/* Of every page: what it is made of comes from this server, and nothing is evaluated. */
#define PAGE_SECURITY_POLICY                                                                                           \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "                  \
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
void problem(struct exchange *exchange, unsigned status, const char *place, const char *format, ...) printf_like(4, 5);
/* 401: nobody is asking, or with a credential that is not good; 403: they may not (refuse.c). */
void refuse_permission(struct exchange *exchange);
/* What a status of the layers below means to the one who asked. */
void problem_error(struct exchange *exchange, const struct error *error);
unsigned status_of_error(enum status status);

/* ---- sockets (sockets.c) ---- */

/* False: answered with 426, as the request does not ask for a WebSocket. */
bool socket_is_asked(struct exchange *exchange) must_check;
/* Instead of an answer: the upgrade is granted; see sockets.h. `closed` may be called before this returns. */
void socket_accept(struct exchange *exchange, struct api_socket *socket, struct str subprotocol);

/* ---- requests (api_request.c) ---- */

/* Decode path and query. False: answered. */
bool request_decode(struct exchange *exchange, const struct str encoded[PATH_PARAMETERS_MAX]) must_check;
/* The following give false when they have answered with 400. */
bool request_clocks(struct exchange *exchange, struct clocks *clocks) must_check;
/* (V, K) of what was given; NULL: not given. A K in the future becomes the present. */
struct clocks clocks_of(struct ingest_now now, const int64_t *valid_at, const int64_t *known_at);
bool request_time(struct exchange *exchange, enum parameter parameter, int64_t fallback, int64_t *ms) must_check;
bool request_number(struct exchange *exchange, enum parameter parameter, int64_t least, int64_t most, int64_t fallback,
                    int64_t *number) must_check;
bool request_required(struct exchange *exchange, enum parameter parameter) must_check;
/* The body as one JSON object; an empty body gives no members where `may_be_empty`. */
bool request_json(struct exchange *exchange, bool may_be_empty, struct json *root, bool *present) must_check;
/* What whoever asks calls this member of the body. */
const char *asked_as(const struct exchange *exchange, const char *member);
/* A text member, copied into the arena. Absent, empty or no text: 400 where it is required. */
bool request_text(struct exchange *exchange, struct json object, const char *key, bool required,
                  struct str *text) must_check;

/* ---- views (api_view.c) ---- */

struct view_request {
    struct str iteration_id;
    struct clocks clocks;
    struct page *page; /* the exchange's */
    struct graph_view *view; /* with its links; valid until the exchange ends or the next one opens a view */
};
/* False: answered (404, 400). */
bool view_open(struct exchange *exchange, struct str iteration_id, struct view_request *opened) must_check;
bool view_open_at(struct exchange *exchange, struct str iteration_id, struct clocks clocks,
                  struct view_request *opened) must_check;
/* The same without an answer: STATUS_ABSENT and so on. */
enum status view_read(struct api *api, struct str tenant_id, struct str iteration_id, struct clocks clocks,
                      struct arena *arena, struct graph_view **view, struct error *error) must_check;
/* A view that may be kept for others as well; it stays as it is until view_release. *hold is NULL for one of its own. */
struct view_hold;
enum status view_hold(struct api *api, struct str tenant_id, struct str iteration_id, struct clocks clocks,
                      struct arena *arena, struct graph_view **view, struct view_hold **hold, struct error *error) must_check;
void view_release(struct view_hold *hold); /* NULL is allowed */
/* The node asked for by ?node= and ?kind=. False: answered. */
bool view_node_asked(struct exchange *exchange, const struct view_request *opened, uint32_t *node) must_check;
void now_views_free(struct api *api);
/* Something was erased in the graph: what is kept of it is made anew when it is asked for. */
void now_views_forget(struct api *api);

/* "meta" of an answer about one view, or (view NULL) about all. Ends the object and answers 200. */
void answer_view(struct exchange *exchange, const struct view_request *opened);
void answer_all(struct exchange *exchange, struct clocks clocks);
/* What "meta" says: the newest valid time of each stream among the facts that the view's states rest on, or of all that a
 * tenant (absent: any) has; INT64_MIN without. The place in the log of the newest fact known. */
void view_watermarks(const struct graph_view *view, int64_t watermarks[EVENT_STREAM_COUNT]);
void tenant_watermarks(const struct graph *graph, struct str tenant_id, int64_t watermarks[EVENT_STREAM_COUNT]);
uint64_t position_at(const struct graph *graph, uint32_t known_facts);

/* ---- live updates (api_live.c) ---- */

/* Makes api->live, where the process around can wake it. */
enum status live_open(struct api *api, struct error *error) must_check;
void write_live_metrics(const struct api *api, struct buffer *text);

/* ---- history (api_history.c) ---- */

/* The one node of this id; STATUS_INVALID where there are several, naming them. See history_find. */
enum status node_find_one(const struct graph *graph, struct str tenant_id, struct str iteration_id, enum node_kind kind,
                          struct str id, int64_t known_at, struct arena *arena, struct history_match *found,
                          struct error *error) must_check;
/* With nothing in it; NULL without memory. */
struct graph_view *view_empty(const struct graph *graph, struct str tenant_id, struct str iteration_id, struct clocks clocks,
                              struct arena *arena) must_check;
/* The difference of two views, either of which may be of a time when the iteration had nothing yet. */
enum status changes_of_views(struct api *api, struct str tenant_id, struct str iteration_id, struct clocks from,
                             struct clocks to, struct arena *arena, struct changes **changes, struct error *error) must_check;

void timelines_free(struct api *api); /* api_timeline.c */

/* ---- layout (api_layout.c) ---- */

struct place {
    bool known;
    float x, y;
};
struct places; /* where the nodes of one iteration stand in one lens, over the union of all times */
/* NULL where there is no layout (too large: `partial` is set). Valid until the next call. */
const struct places *places_of(struct exchange *exchange, struct str iteration_id, enum lens lens);
/* The same without an exchange; *partial is left alone where nothing is missing. */
const struct places *places_read(struct api *api, struct str tenant_id, struct str iteration_id, enum lens lens,
                                 const char **partial);
struct layout_box places_bounds(const struct places *places);
uint32_t places_groups(const struct places *places, const struct str **ids, const struct layout_box **boxes); /* their count */
struct place place_of(const struct places *places, enum node_kind kind, struct str id);
void places_write_bounds(struct json_writer *json, const struct places *places); /* "bounds", and "groups" where there are */
void place_cache_free(struct api *api);

/* ---- what a lens shows: bits 1 << kind ---- */

#define DDE_KINDS (1u << NODE_TASK | 1u << NODE_ARTIFACT | 1u << NODE_CONTRACT | 1u << NODE_QUALITY_GATE)
#define BDV_KINDS (1u << NODE_SPEC | 1u << NODE_SCENARIO | 1u << NODE_TEST_RUN)
#define ACC_KINDS (1u << NODE_COMPONENT | 1u << NODE_MODULE | 1u << NODE_VIOLATION | 1u << NODE_CYCLE)
#define ALL_KINDS ((1u << NODE_KIND_COUNT) - 1)

/* ---- pieces of JSON (api_node.c) ---- */

/* places: NULL leaves x and y out. */
void write_node(struct json_writer *json, const struct graph_view *view, uint32_t node, const struct places *places);
void write_link(struct json_writer *json, const struct graph_view *view, const struct view_link *link);
/* "nodes" and "edges" of the kinds (bits 1 << kind); an edge is there when both ends are. `keep` (may be NULL) per node. */
void write_graph(struct json_writer *json, const struct graph_view *view, uint32_t kinds, const bool *keep,
                 const struct places *places);
void write_id(struct json_writer *json, const char *key, const struct graph_view *view,
              uint32_t node); /* null for VIEW_NONE */
void write_properties(struct json_writer *json, const struct graph_view *view, const struct view_node *node); /* an object */
void write_name(struct json_writer *json, const struct graph_view *view, uint32_t node);
void write_fact(struct json_writer *json, const struct graph_view *view, uint32_t fact); /* "event_id" */
void write_measure(struct json_writer *json, const char *key, struct measure measure);
void write_value(struct json_writer *json, const struct graph_view *view, uint32_t property, uint32_t value);
void write_text(struct json_writer *json, const char *key, struct str text); /* null where absent or empty */
void write_moment(struct json_writer *json, const char *key, int64_t ms);    /* {"ms","time"}; null for INT64_MIN */
/* Of ACC (api_acc.c); the object stays open for more. */
void write_violation_fields(struct json_writer *json, const struct graph_view *view, const struct acc_violation *violation);
/* ?severity=; ACC_SEVERITY_COUNT: any. False: answered. */
bool severity_asked(struct exchange *exchange, enum acc_severity *severity) must_check;
void write_open_runs(struct json_writer *json, const struct graph_view *view, const struct lens_open_run *runs,
                     uint32_t count);

/* ---- search (api_search.c) ---- */

/* What is looked for, in small letters. STATUS_INVALID where it is too short; the error calls it as whoever
 * asks does. */
enum status search_needle(struct str query, const char *asked_as, struct arena *arena, struct str *needle, struct error *error) must_check;
bool search_holds(struct str text, struct str needle);
bool search_violation(struct str needle, const struct graph_view *view, const struct acc_violation *violation);
/* What of the node matches: the name of the place, and its text; NULL when nothing does. */
const char *search_match(struct str needle, const struct graph_view *view, const struct view_node *node, struct str *text);

/* ---- the log (api_log.c) ---- */

#define LOG_WALK_EVENTS_MAX 20000 /* looked at by one search */
/* The first message of an event (its canonical JSON) that holds the needle: its field's name, and the text; or NULL. */
const char *log_message(struct json event, struct str needle, struct str *text);
/* False where a look at the JSON's text says already that no message holds it. */
bool log_may_hold(struct str payload, struct str needle);
/* The event's payload with what was sealed in it put back; in the arena, or where it is. */
enum status log_unseal(struct api *api, const struct store_event *event, struct arena *arena, struct str *payload, struct error *error)
    must_check;

/* ---- saved layouts (api_saved_layout.c) ---- */

/* Those of whoever asks; names are what follows the prefix in the keys. */
enum status layouts_read(const struct api *api, const struct principal *principal, struct arena *arena, struct str *prefix,
                         struct store_setting **settings, size_t *count, struct error *error) must_check;

/* ---- shared by handlers ---- */

/* The verdict in short, kept while nothing moved (api_view.c). */
struct iteration_verdict {
    enum verdict_kind kind;
    enum stream_status streams[3];
    bool deployable;
    int exit_code;
};
static inline bool verdict_has_pending(const struct iteration_verdict *verdict)
{
    return verdict->streams[0] == STREAM_PENDING || verdict->streams[1] == STREAM_PENDING || verdict->streams[2] == STREAM_PENDING;
}
enum status verdict_of_iteration(struct api *api, uint32_t number, const struct graph_iteration *iteration,
                                 struct clocks clocks, struct iteration_verdict *verdict, struct error *error) must_check;

/* Whose verdicts, for lenses that work out many. */
struct verdict_source verdict_source_of(struct api *api, struct str tenant_id, struct str iteration_id);

/* Whether it is there without working it out. */
bool verdict_is_kept(struct api *api, uint32_t number, const struct graph_iteration *iteration, struct clocks clocks,
                     struct iteration_verdict *verdict);

struct ingest_sender sender_of(const struct exchange *exchange);
struct store_audit_entry audit_entry(struct exchange *exchange, const char *action, struct str object);
double uptime_seconds(const struct api *api);
/* Why this process can't take events now: sentences into the array; count. */
#define READINESS_REASONS_MAX 4
size_t readiness(const struct api *api, struct str reasons[READINESS_REASONS_MAX], struct arena *arena);
void write_iteration_watermarks(struct json_writer *json, const struct graph_iteration *iteration);

/* Answers the sender with what became of the events; hot. */
void answer_ingest(struct exchange *exchange, const struct ingest_answer *ingested, bool summary);
/* The members of one result behind "index": `,"status":…`. */
void append_result(struct buffer *body, const struct ingest_result *result);

/* ---- handlers ---- */

void handle_health(struct exchange *exchange);
void handle_ready(struct exchange *exchange);
void handle_metrics(struct exchange *exchange);
void handle_overview(struct exchange *exchange);
void handle_openapi(struct exchange *exchange);
void handle_docs(struct exchange *exchange);
void handle_asset(struct exchange *exchange);
void handle_page(struct exchange *exchange);
void handle_status(struct exchange *exchange);
void handle_iterations(struct exchange *exchange);
void handle_nodes(struct exchange *exchange);
void handle_search(struct exchange *exchange);
void handle_search_violations(struct exchange *exchange);
void handle_search_logs(struct exchange *exchange);
void handle_event(struct exchange *exchange);
void handle_iteration(struct exchange *exchange);
void handle_layouts(struct exchange *exchange);
void handle_layout(struct exchange *exchange);
void handle_layout_save(struct exchange *exchange);
void handle_layout_delete(struct exchange *exchange);
void handle_policy(struct exchange *exchange);

void handle_dde_graph(struct exchange *exchange);
void handle_dde_lineage(struct exchange *exchange);
void handle_dde_contracts(struct exchange *exchange);
void handle_dde_critical_path(struct exchange *exchange);
void handle_bdv_graph(struct exchange *exchange);
void handle_bdv_contracts(struct exchange *exchange);
void handle_bdv_flakes(struct exchange *exchange);
void handle_bdv_coverage(struct exchange *exchange);
void handle_bdv_features(struct exchange *exchange);
void handle_bdv_scenarios(struct exchange *exchange);
void handle_acc_graph(struct exchange *exchange);
void handle_acc_violations(struct exchange *exchange);
void handle_acc_cycles(struct exchange *exchange);
void handle_acc_coupling(struct exchange *exchange);
void handle_acc_dsm(struct exchange *exchange);
void handle_acc_manifests(struct exchange *exchange);
void handle_acc_manifest(struct exchange *exchange);
void handle_graphql(struct exchange *exchange);
void handle_convergence_graph(struct exchange *exchange);
void handle_verdict(struct exchange *exchange);
void handle_verdict_under_policy(struct exchange *exchange);
void handle_gate(struct exchange *exchange);
void handle_stars(struct exchange *exchange);
void handle_stream_status(struct exchange *exchange);
void handle_unmatched(struct exchange *exchange);
void handle_blame(struct exchange *exchange);
void handle_timeline(struct exchange *exchange);

void handle_dde_stream(struct exchange *exchange);
void handle_bdv_stream(struct exchange *exchange);
void handle_acc_stream(struct exchange *exchange);
void handle_convergence_stream(struct exchange *exchange);

void handle_node_history(struct exchange *exchange);
void handle_diff(struct exchange *exchange);
void handle_changes(struct exchange *exchange);
void handle_trace(struct exchange *exchange);
void handle_digest(struct exchange *exchange);
void handle_rebuild_verify(struct exchange *exchange);

void handle_events(struct exchange *exchange);
void handle_import(struct exchange *exchange);
void handle_link_assert(struct exchange *exchange);
void handle_link_deny(struct exchange *exchange);
void handle_override(struct exchange *exchange);
void handle_override_withdraw(struct exchange *exchange);
void handle_suppress(struct exchange *exchange);
void handle_suppress_lift(struct exchange *exchange);
void handle_quarantine(struct exchange *exchange);
void handle_quarantine_lift(struct exchange *exchange);

void handle_tokens(struct exchange *exchange);
void handle_token_create(struct exchange *exchange);
void handle_token_revoke(struct exchange *exchange);
void handle_token_link(struct exchange *exchange);
void handle_whoami(struct exchange *exchange);
void handle_sign_out(struct exchange *exchange);

void handle_dlq_list(struct exchange *exchange);
void handle_dlq_show(struct exchange *exchange);
void handle_dlq_edit(struct exchange *exchange);
void handle_dlq_replay_one(struct exchange *exchange);
void handle_dlq_replay(struct exchange *exchange);
void handle_dlq_discard_one(struct exchange *exchange);
void handle_dlq_discard(struct exchange *exchange);
void handle_audit(struct exchange *exchange);
void handle_audit_verify(struct exchange *exchange);
void handle_erase(struct exchange *exchange);
/* Ends what is under way of it: it is answered. */
void erase_stop(struct api *api);

#endif
