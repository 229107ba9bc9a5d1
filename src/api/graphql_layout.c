/* Saved layouts: those of whoever asks, as REST has them. They are saved and deleted in graphql_mutation.c. */
#include "api/graphql_private.h"

struct layouts_page {
    struct graphql_connection page;
    struct str prefix; /* of the keys */
    struct store_setting *settings;
};

static struct str layout_name(const struct layouts_page *page, size_t index)
{
    return str_from_offset(page->settings[index].key, page->prefix.length);
}

static void layout_key(const void *at, size_t index, struct buffer *key)
{
    buffer_append_str(key, layout_name(at, index));
}

static struct layouts_page *layouts_new(struct query_call *call)
{
    struct graphql_request *request = request_of(call);
    struct error error;
    size_t count;
    struct layouts_page *made = new_zeroed(call, 1, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    if (layouts_read(request->api, &request->asker.principal, &request->arena, &made->prefix, &made->settings, &count,
                     &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return NULL;
    }
    made->page = (struct graphql_connection){.at = made, .item = numbered_at, .key = layout_key, .total = count};
    return made;
}

void give_layout(struct query_call *call, struct query_value *value, struct str name)
{
    const struct layouts_page *page = layouts_new(call);
    for (size_t i = 0; page != NULL && i < page->page.total; i++) {
        if (str_equal(layout_name(page, i), name)) {
            numbered_at(call, page, i, value);
        }
    }
}

static void Query_savedLayouts(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct layouts_page *made = layouts_new(call);
    (void)object;
    if (made != NULL && page_cut(call, &made->page)) {
        give_pointer(value, made);
    }
}

static void give_layout_json(struct query_call *call, struct query_value *value, struct str json)
{
    request_of(call)->masked = json; /* one's own, with the ids of nodes for names: "user" may be one */
    value->kind = QUERY_JSON;
    value->text = json;
}

#define SELF_SavedLayout                                                                                                    \
    const struct layouts_page *page = object.at;                                                                            \
    maybe_unused const struct store_setting *self = &page->settings[object.number]
#define LAYOUT_FIELDS(FIELD)                                                                                                \
    FIELD(SavedLayout, name, filled, layout_name(page, object.number))                                                      \
    FIELD(SavedLayout, layout, itself, give_layout_json(call, value, self->value))                                                \
    FIELD(SavedLayout, bytes, integer, (int64_t)self->value.length)

LAYOUT_FIELDS(RESOLVER)

static const struct query_binding bindings[] = {{"Query", "savedLayouts", Query_savedLayouts, READ}, LAYOUT_FIELDS(BINDING)};
const struct graphql_bindings graphql_layout_bindings = BINDINGS_OF(bindings);
