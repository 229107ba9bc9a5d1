/* graphql_private.h: what the files of resolvers share.
 *
 * A file a subject, each with a table of bindings; graphql.c puts them together. Most fields are one expression over what
 * their object stands for, so a type is a table:
 *
 *     #define STEP_FIELDS(FIELD)                                    the fields of type Step:
 *         FIELD(Step, text, filled, self->text)                     what gives it (give_filled below), and from what
 *         FIELD(Step, durationMs, measure, self->duration_ms)
 *
 *     #define SELF_Step const struct bdv_step *self = object.at     what an object of the type is
 *     STEP_FIELDS(RESOLVER)                                         makes the functions Step_text, Step_durationMs
 *     … = {STEP_FIELDS(BINDING)}                                    and binds them
 *
 * In an expression `call`, `object`, `value` and what SELF_… declares are at hand; SELF_… may return early, having failed.
 */
#ifndef TRIMODAL_API_GRAPHQL_PRIVATE_H
#define TRIMODAL_API_GRAPHQL_PRIVATE_H

#include "api/api_personal.h"
#include "api/graphql.h"
#include "graph/changes.h"

#define maybe_unused __attribute__((unused)) /* by some expressions of a table */

struct graphql_view;

/* A view as one lens shows it; what all its node objects point to. */
struct graphql_scope {
    struct graphql_view *of;
    enum lens lens; /* whose layout x and y are of */
};

struct graphql_view {
    struct graphql_view *next;
    struct graphql_request *request;
    struct graph_view *view; /* with its links */
    struct view_hold *hold;  /* of a view that is kept for others, too; NULL for one of its own */
    struct clocks clocks;
    uint64_t position;
    const char *partial; /* why what it says is not the whole; or NULL */
    struct graphql_scope scopes[LENS_COUNT];
    struct str *ids; /* global ids of its nodes, as far as they were asked for */
    /* Made when the first field wants them; see the functions of the same names. */
    struct lens_dde *dde;
    struct lens_bdv *bdv;
    struct lens_acc *acc;
    struct lens_convergence *convergence;
    struct verdict *verdict;
    struct graphql_places *places[LENS_COUNT];
};

struct graphql_places {
    struct layout_box bounds;
    uint32_t group_count;
    const struct str *groups;
    const struct layout_box *boxes;
    struct place *nodes; /* by number */
};

struct graphql_change;

struct graphql_request {
    struct api *api;
    struct graphql_asker asker;
    struct arena arena;
    struct ingest_now now; /* one for all fields */
    bool has_now;
    struct graphql_view *views;
    struct graphql_change *changes; /* on their way; see graphql_mutation.c */
    uint64_t timeline_deadline_ns;  /* see request_timeline_deadline; 0: no timeline was asked for */
    struct buffer shown;            /* what graphql_show made of a text */
    struct str masked;              /* a text that is shown as it is, as it was masked before */
};

/* The request of a call. */
static inline struct graphql_request *request_of(struct query_call *call)
{
    return query_context(call);
}

/* What is on its way does without it from now on (graphql_mutation.c). */
void changes_forget(struct graphql_request *request);

/* ---- giving values ------------------------------------------------------------------------------------------------- */

static inline void give_boolean(struct query_value *value, bool truth)
{
    value->kind = QUERY_BOOLEAN;
    value->boolean = truth;
}

static inline void give_integer(struct query_value *value, int64_t number)
{
    value->kind = QUERY_INTEGER;
    value->integer = number;
}

static inline void give_real(struct query_value *value, double number)
{
    value->kind = QUERY_REAL;
    value->real = number;
}

/* Null where unknown. */
static inline void give_measure(struct query_value *value, struct measure measure)
{
    value->kind = measure.known ? QUERY_REAL : QUERY_NULL;
    value->real = measure.value;
}

/* A DateTime; INT64_MIN: null. */
static inline void give_time(struct query_value *value, int64_t ms)
{
    value->kind = ms == INT64_MIN ? QUERY_NULL : QUERY_INTEGER;
    value->integer = ms;
}

static inline void give_moment(struct query_value *value, struct measure ms)
{
    give_time(value, ms.known ? (int64_t)ms.value : INT64_MIN);
}

/* Null where absent or empty. */
static inline void give_text(struct query_value *value, struct str text)
{
    value->kind = text.length == 0 ? QUERY_NULL : QUERY_TEXT;
    value->text = text;
}

/* Never null. */
static inline void give_filled(struct query_value *value, struct str text)
{
    value->kind = QUERY_TEXT;
    value->text = text.at == NULL ? STR("") : text;
}

/* A literal, or null. */
static inline void give_word(struct query_value *value, const char *word)
{
    value->kind = word == NULL ? QUERY_NULL : QUERY_TEXT;
    value->text = str_from(word);
}

static inline void give_object(struct query_value *value, struct query_object object)
{
    value->kind = object.at == NULL ? QUERY_NULL : QUERY_OBJECT;
    value->object = object;
}

/* An object that is a pointer alone; NULL: null. */
static inline void give_pointer(struct query_value *value, const void *at)
{
    give_object(value, (struct query_object){.at = at});
}

static inline void give_list(struct query_value *value, struct query_list list)
{
    value->kind = QUERY_LIST;
    value->list = list;
}

static inline struct query_list list_of(const void *at, size_t count, query_item *item)
{
    return (struct query_list){count, at, item};
}

/* Already given by the expression. */
#define give_itself(value, expression) expression

#define RESOLVER(TYPE, NAME, GIVE, EXPRESSION)                                                                              \
    static void TYPE##_##NAME(struct query_call *call, struct query_object object, struct query_value *value)               \
    {                                                                                                                       \
        SELF_##TYPE;                                                                                                        \
        (void)call;                                                                                                         \
        (void)object;                                                                                                       \
        give_##GIVE(value, EXPRESSION);                                                                                     \
    }
#define BINDING(TYPE, NAME, GIVE, EXPRESSION) {#TYPE, #NAME, TYPE##_##NAME, 0},

/* Without memory the call fails, with a code that says so. */
void fail_memory(struct query_call *call);
/* The arena of the request; NULL: failed. */
void *new_zeroed(struct query_call *call, size_t count, size_t size) must_check;
bool new_copy(struct query_call *call, struct str text, struct str *copy) must_check;
/* The contents as JSON. The buffer is released. */
void give_json(struct query_call *call, struct query_value *value, struct buffer *json);

/* An item that is {at, index}. */
query_item numbered_at;
/* A list of texts. */
void give_texts(struct query_value *value, const struct str *texts, size_t count);
/* Items between GRAPH_SEPARATOR. */
void give_split(struct query_call *call, struct query_value *value, struct str text);

/* ---- arguments ------------------------------------------------------------------------------------------------------ */

struct str argument_text(struct query_call *call, const char *name);                   /* STR_NONE where absent or null */
int64_t argument_time(struct query_call *call, const char *name, int64_t fallback);
/* The words of an enum by number; NULL behind the last. */
typedef const char *word_at(int number);
/* Bits 1 << number of the words listed; all bits where the argument is absent or null. */
uint64_t argument_bits(struct query_call *call, const char *name, word_at *word);
/* Number of the word, or -1 where absent or null. */
int argument_word(struct query_call *call, const char *name, word_at *word);
int input_word(const struct query_input *input, word_at *word);
double input_real(const struct query_input *input, double fallback);
struct str input_text(const struct query_input *input); /* likewise STR_NONE */
/* Of asOf and observedAt. */
struct clocks argument_clocks(struct query_call *call);
struct ingest_now request_now(struct graphql_request *request);

/* ---- words (graphql_words.c): enum values by number, in the order of the C enum ------------------------------------ */

extern const char *const word_node_kind[NODE_KIND_COUNT], *const word_link_method[METHOD_COUNT], *const word_lens[LENS_COUNT],
    *const word_metric[METRIC_COUNT], *const word_operator[OPERATOR_COUNT];
extern word_at *const word_stream, *const word_severity, *const word_link_kind, *const word_event_type, *const word_category;
word_at word_at_lens, word_at_node_kind;

/* ---- views (graphql_view.c) ----------------------------------------------------------------------------------------- */

/* NULL: failed, NOT_FOUND where the tenant has no such iteration then. */
struct graphql_view *view_open_for(struct query_call *call, struct str tenant_id, struct str iteration_id,
                                   struct clocks clocks) must_check;
/* Of iterationId, asOf, observedAt. */
struct graphql_view *view_asked(struct query_call *call) must_check;
/* The same without a call; *view is set on STATUS_OK. */
enum status view_get(struct graphql_request *request, struct str tenant_id, struct str iteration_id, struct clocks clocks,
                     struct graphql_view **view, struct error *error) must_check;
/* Around a view that somebody else has opened and keeps until the request is done; NULL without memory. */
struct graphql_view *view_around(struct graphql_request *request, struct graph_view *view, struct clocks clocks) must_check;
/* With nothing in it but the iteration's own node. */
struct graphql_view *view_of_nothing(struct query_call *call, struct str tenant_id, struct str iteration_id,
                                     struct clocks clocks) must_check;
void views_release(struct graphql_request *request);

/* What lenses make of it; NULL: failed. */
const struct lens_dde *view_dde(struct query_call *call, struct graphql_view *view) must_check;
const struct lens_bdv *view_bdv(struct query_call *call, struct graphql_view *view) must_check;
const struct lens_acc *view_acc(struct query_call *call, struct graphql_view *view) must_check;
const struct lens_convergence *view_convergence(struct query_call *call, struct graphql_view *view) must_check;
const struct verdict *view_verdict(struct query_call *call, struct graphql_view *view) must_check;
const struct graphql_places *view_places(struct query_call *call, struct graphql_view *view, enum lens lens) must_check;

void give_meta(struct query_call *call, struct query_value *value, const struct graphql_view *view);
/* About no iteration in particular. */
void give_meta_of_all(struct query_call *call, struct query_value *value, struct clocks clocks, const char *partial);
void give_event_id(struct query_call *call, struct query_value *value, const struct graph_view *view, uint32_t fact);
void give_event_type(struct query_value *value, const struct graph_view *view, uint32_t fact);

/* ---- timelines (graphql_timeline.c) ---------------------------------------------------------------------------------- */

/* When all of one request must have stopped working on them. */
uint64_t request_timeline_deadline(struct graphql_request *request);
void give_verdict_history(struct query_call *call, struct query_value *value, const struct graph_iteration *iteration,
                          struct clocks clocks);

/* ---- pages (graphql_page.c) ----------------------------------------------------------------------------------------- */

/* One page of a list. What a connection type says of its own lies around it: it is the first member. */
struct graphql_connection {
    const void *at;
    query_item *item;
    /* Appends the sort key of an item: bytes whose order is the order of the list. */
    void (*key)(const void *at, size_t index, struct buffer *key);
    size_t total;       /* of items */
    bool total_unknown;
    size_t begin, end;  /* of the page */
    bool has_previous, has_next;
    /* What its meta says: of this view, or (NULL) of all at these clocks. */
    struct graphql_view *of;
    struct clocks clocks;
    const char *partial;
};

#define PAGE_KEY_BYTES_MAX (4 * LIMIT_PATH_BYTES)

/* Cuts the page out that first, after, last and before ask for. False: failed. */
bool page_cut(struct query_call *call, struct graphql_connection *connection) must_check;
/* Where the list is behind a port that pages by itself: forwards from a key, or backwards from it. */
struct page_request {
    size_t limit;
    bool backward;
    struct str key; /* decoded; absent: from the beginning (or end) */
};
bool page_asked(struct query_call *call, struct page_request *page) must_check;
/* For keys: so that the order of bytes is the order of numbers. */
void key_number(struct buffer *key, uint64_t number);
bool key_read_number(struct str *key, uint64_t *number) must_check; /* takes it off the front */

void page_edges(struct query_call *call, struct query_object object, struct query_value *value);
void page_nodes(struct query_call *call, struct query_object object, struct query_value *value);
void page_info(struct query_call *call, struct query_object object, struct query_value *value);
void page_total(struct query_call *call, struct query_object object, struct query_value *value);
void page_meta(struct query_call *call, struct query_object object, struct query_value *value);
void edge_cursor(struct query_call *call, struct query_object object, struct query_value *value);
void edge_node(struct query_call *call, struct query_object object, struct query_value *value);
#define CONNECTION_BINDINGS(CONNECTION)                                                                                     \
    {CONNECTION, "edges", page_edges, 0}, {CONNECTION, "nodes", page_nodes, 0}, {CONNECTION, "pageInfo", page_info, 0},     \
    {CONNECTION, "totalCount", page_total, 0}
#define EDGE_BINDINGS(EDGE) {EDGE, "cursor", edge_cursor, 0}, {EDGE, "node", edge_node, 0}

/* base64url without padding; `to` has room for this much. Returns its length. */
#define BASE64URL_LENGTH(bytes) (((bytes) + 2) / 3 * 4)
size_t put_base64url(char *to, struct str bytes);
bool decode_base64url(struct str text, struct arena *arena, struct str *bytes) must_check;

/* ---- nodes and links (graphql_node.c, graphql_link.c) ---------------------------------------------------------------- */

/* What SELF_… of a node's type declares. */
#define SELF_NODE                                                                                                           \
    maybe_unused const struct graphql_scope *scope = object.at;                                                             \
    maybe_unused const struct graph_view *view = scope->of->view;                                                           \
    maybe_unused const struct view_node *node = &view->nodes[object.number]

/* VIEW_NONE: null. */
void give_node(struct query_call *call, struct query_value *value, const struct graphql_scope *scope, uint32_t node);
void give_node_range(struct query_call *call, struct query_value *value, const struct graphql_scope *scope, uint32_t begin,
                     uint32_t end);
void give_kind(struct query_call *call, struct query_value *value, const struct graphql_scope *scope, enum node_kind kind);
/* `nodes` must live as long as the request. */
void give_nodes(struct query_call *call, struct query_value *value, const struct graphql_scope *scope, const uint32_t *nodes,
                uint32_t count);
/* Those at the other end of its links of one kind, not denied. */
void give_partners(struct query_call *call, struct query_value *value, struct query_object node, enum link_kind link,
                   bool out, enum node_kind partner);
/* The first of those, or null. */
void give_partner(struct query_call *call, struct query_value *value, struct query_object node, enum link_kind link, bool out,
                  enum node_kind partner);
/* All nodes and links of a graph answer; `keep` may be NULL. */
struct graphql_members {
    const struct graphql_scope *scope;
    uint32_t kinds;   /* bits 1u << enum node_kind */
    const bool *keep; /* per node; NULL: all */
};
void give_member_nodes(struct query_call *call, struct query_value *value, const struct graphql_members *members);
void give_member_links(struct query_call *call, struct query_value *value, const struct graphql_members *members);
void give_member_node_page(struct query_call *call, struct query_value *value, const struct graphql_members *members);
void give_member_link_page(struct query_call *call, struct query_value *value, const struct graphql_members *members);
void give_links(struct query_call *call, struct query_value *value, const struct graphql_scope *scope, const uint32_t *links,
                uint32_t count); /* numbers in view->links; NULL: 0 .. count - 1 */
void give_link_page(struct query_call *call, struct query_value *value, const struct graphql_scope *scope,
                    struct query_object node);
void give_link(struct query_value *value, const struct graphql_scope *scope, uint32_t link);
struct str node_global_id(struct query_call *call, const struct graphql_scope *scope, uint32_t node);
struct str make_global_id(struct graphql_request *request, enum node_kind kind, struct str tenant_id, struct str iteration_id,
                          struct str id); /* absent without memory */
/* Its parts, in the arena. */
struct global_id {
    enum node_kind kind;
    struct str tenant_id, iteration_id, id;
};
bool read_global_id(struct graphql_request *request, struct str text, struct global_id *global) must_check;
void node_key(const struct graph_view *view, uint32_t node, struct buffer *key);

/* Fields of every kind of node: node_id, node_nodeId, … */
#define NODE_FIELD_NAMES(F)                                                                                                 \
    F(id) F(nodeId) F(kind) F(name) F(status) F(iterationId) F(version) F(validFrom) F(updatedAt) F(observedAt) F(eventId)  \
    F(seq) F(traceId) F(x) F(y) F(position) F(properties) F(links) F(history) F(trace)
#define DECLARE_NODE_FIELD(NAME) query_resolve node_##NAME;
NODE_FIELD_NAMES(DECLARE_NODE_FIELD)
#undef DECLARE_NODE_FIELD

void give_trace(struct query_call *call, struct query_value *value, const struct graphql_scope *scope, uint32_t node);
void give_open_runs(struct query_call *call, struct query_value *value, const struct graphql_scope *scope,
                    const struct lens_open_run *runs, uint32_t count);
void give_bounds(struct query_call *call, struct query_value *value, const struct graphql_scope *scope);
/* The one node of this id, of the kind given or of any (-1). VIEW_NONE: failed. */
uint32_t view_node_named(struct query_call *call, struct graphql_view *view, struct str id, int kind) must_check;

/* What a ViolationConnection is. */
struct graphql_violations {
    struct graphql_connection page;
    const struct lens_acc *lens; /* of the one iteration; NULL in a search */
};

/* ---- subjects --------------------------------------------------------------------------------------------------------- */

/* graphql_iteration.c */
struct graphql_iteration;
void give_iteration(struct query_call *call, struct query_value *value, struct str tenant_id, struct str iteration_id,
                    struct clocks clocks, struct graphql_view *view);
/* graphql_verdict.c */
void give_verdict(struct query_call *call, struct query_value *value, struct graphql_view *view);
void give_stream_states(struct query_call *call, struct query_value *value, const enum stream_status states[3]);
void give_unmatched(struct query_call *call, struct query_value *value, struct graphql_view *view);
/* graphql_history.c */
/* Of a node without facts: empty. */
void give_history(struct query_call *call, struct query_value *value, struct history_match node, struct clocks clocks,
                  bool valid_given);
void give_properties(struct query_call *call, struct query_value *value, const struct graph_view *reader,
                     const struct view_node *node);
void give_link_changes(struct query_call *call, struct query_value *value, const struct changes *changes);
/* graphql_letters.c */
/* graphql_layout.c; null where there is none of this name */
void give_layout(struct query_call *call, struct query_value *value, struct str name);
void give_letter_counts(struct query_call *call, struct query_value *value);
void give_dead_letter(struct query_call *call, struct query_value *value, int64_t id);

struct graphql_bindings {
    const struct query_binding *bindings;
    size_t count;
};
extern const struct graphql_bindings graphql_page_bindings, graphql_node_bindings, graphql_link_bindings, graphql_dde_bindings,
    graphql_bdv_bindings, graphql_acc_bindings, graphql_convergence_bindings, graphql_verdict_bindings,
    graphql_history_bindings, graphql_iteration_bindings, graphql_search_bindings, graphql_log_bindings,
    graphql_letters_bindings, graphql_system_bindings, graphql_mutation_bindings, graphql_layout_bindings,
    graphql_live_bindings, graphql_timeline_bindings, graphql_view_bindings;

#define READ PERMISSION_ITERATION_READ
#define WRITE PERMISSION_ITERATION_WRITE
#define USERS PERMISSION_USERS_MANAGE
#define BINDINGS_OF(TABLE) {TABLE, sizeof(TABLE) / sizeof(TABLE)[0]}

#endif
