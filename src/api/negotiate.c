#include "api/negotiate.h"

#define WEIGHT_ONE 1000

const char *coding_name(enum coding coding)
{
    static const char *const names[CODING_COUNT] = {"identity", "gzip", "zstd"};
    return names[coding];
}

static bool take_until(struct str *text, char end, struct str *part)
{
    if (text->length == 0) {
        return false;
    }
    size_t length = 0;
    while (length < text->length && text->at[length] != end) {
        length++;
    }
    *part = str_trim((struct str){text->at, length});
    size_t skip = length < text->length ? length + 1 : length;
    *text = (struct str){text->at + skip, text->length - skip};
    return true;
}

/* qvalue (12.4.2) in thousandths; -1 when it is none. */
static int weight_of(struct str text)
{
    if (text.length == 0 || text.length > 5 || (text.at[0] != '0' && text.at[0] != '1') ||
        (text.length > 1 && text.at[1] != '.')) {
        return -1;
    }
    int weight = (text.at[0] - '0') * WEIGHT_ONE, unit = WEIGHT_ONE / 10;
    for (size_t i = 2; i < text.length; i++, unit /= 10) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return -1;
        }
        weight += (text.at[i] - '0') * unit;
    }
    return weight <= WEIGHT_ONE ? weight : -1;
}

/* The weight behind the first ';' of an element; 1 where none is given. */
static int weight_in(struct str parameters)
{
    struct str parameter;
    int weight = WEIGHT_ONE;
    while (take_until(&parameters, ';', &parameter)) {
        if (parameter.length >= 2 && (parameter.at[0] == 'q' || parameter.at[0] == 'Q') && parameter.at[1] == '=') {
            weight = weight_of((struct str){parameter.at + 2, parameter.length - 2});
        }
    }
    return weight;
}

static bool coding_from_name(struct str name, enum coding *coding)
{
    if (str_equal_ignoring_case(name, STR("x-gzip"))) { /* 8.4.1.3: means the same */
        *coding = CODING_GZIP;
        return true;
    }
    for (int i = 0; i < CODING_COUNT; i++) {
        if (str_equal_ignoring_case(name, str_from(coding_name((enum coding)i)))) {
            *coding = (enum coding)i;
            return true;
        }
    }
    return false;
}

enum coding coding_choose(struct str accept_encoding, unsigned offered)
{
    int weights[CODING_COUNT] = {-1, -1, -1}, any = -1; /* -1: not said */
    struct str element;
    while (take_until(&accept_encoding, ',', &element)) {
        struct str name;
        enum coding coding;
        if (!take_until(&element, ';', &name)) {
            continue;
        }
        int weight = weight_in(element);
        if (weight < 0) {
            continue;
        }
        if (str_is(name, "*")) {
            any = weight;
        } else if (coding_from_name(name, &coding)) {
            weights[coding] = weight;
        }
    }
    enum coding best = CODING_IDENTITY;
    int best_weight = 0;
    for (int i = CODING_GZIP; i < CODING_COUNT; i++) {
        int weight = weights[i] >= 0 ? weights[i] : any;
        if ((offered >> i & 1) != 0 && weight > 0 && weight >= best_weight) {
            best = (enum coding)i;
            best_weight = weight;
        }
    }
    /* Identity that is wished for more than the best of the rest. */
    return weights[CODING_IDENTITY] > best_weight ? CODING_IDENTITY : best;
}

/* How exactly a range names a type: 3 in full, 2 "text" and any subtype, 1 any type, 0 not at all. */
static int match_of(struct str range, struct str type)
{
    if (str_equal_ignoring_case(range, type)) {
        return 3;
    }
    if (str_is(range, "*/*")) {
        return 1;
    }
    size_t main_length = str_find(type, '/') + 1;
    return range.length == main_length + 1 && range.at[main_length] == '*' &&
                   str_equal_ignoring_case((struct str){range.at, main_length}, (struct str){type.at, main_length})
               ? 2
               : 0;
}

struct acceptance {
    int weight, match, position; /* of the range that names the type most exactly */
};

static struct acceptance acceptance_of(struct str accept, struct str type)
{
    struct acceptance best = {0};
    struct str element, range;
    for (int position = 0; take_until(&accept, ',', &element); position++) {
        if (!take_until(&element, ';', &range)) {
            continue;
        }
        int weight = weight_in(element), match = match_of(range, type);
        if (weight >= 0 && match > best.match) {
            best = (struct acceptance){weight, match, position};
        }
    }
    return best;
}

static bool is_better(struct acceptance a, struct acceptance b)
{
    if (a.weight != b.weight) {
        return a.weight > b.weight;
    }
    return a.match != b.match ? a.match > b.match : a.match == 3 && a.position < b.position;
}

int media_type_choose(struct str accept, const char *const *offered, size_t count)
{
    if (str_trim(accept).length == 0) {
        return 0;
    }
    int chosen = -1;
    struct acceptance best = {0};
    for (size_t i = 0; i < count; i++) {
        struct acceptance found = acceptance_of(accept, str_from(offered[i]));
        if (found.weight > 0 && (chosen < 0 || is_better(found, best))) {
            chosen = (int)i;
            best = found;
        }
    }
    return chosen;
}

static struct str without_weakness(struct str tag)
{
    bool weak = tag.length > 2 && tag.at[0] == 'W' && tag.at[1] == '/';
    return weak ? (struct str){tag.at + 2, tag.length - 2} : tag;
}

bool tag_next(struct str *list, struct str *tag)
{
    size_t at = 0;
    while (at < list->length && (list->at[at] == ' ' || list->at[at] == '\t' || list->at[at] == ',')) {
        at++;
    }
    size_t begin = at;
    at += list->length - at > 2 && list->at[at] == 'W' && list->at[at + 1] == '/' ? 2 : 0;
    if (at >= list->length || list->at[at] != '"') {
        return false;
    }
    for (at++; at < list->length && list->at[at] != '"'; at++) {
    }
    if (at == list->length) {
        return false;
    }
    *tag = (struct str){list->at + begin, at + 1 - begin};
    *list = (struct str){list->at + at + 1, list->length - at - 1};
    return true;
}

bool tag_matches(struct str if_none_match, struct str tag)
{
    struct str rest = str_trim(if_none_match), sent;
    if (str_is(rest, "*")) {
        return true;
    }
    while (tag_next(&rest, &sent)) {
        if (str_equal(without_weakness(sent), without_weakness(tag))) {
            return true;
        }
    }
    return false;
}
