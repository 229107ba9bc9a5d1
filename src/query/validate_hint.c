/* validate_hint.c: which name may have been meant. Distances are those of Levenshtein; letters' case costs nothing. */
#include <stdio.h>

#include "query/validate.h"

#define NAME_MAX_LENGTH 64

bool hint_begin(const struct validation *v, struct hint *hint, struct str wanted)
{
    hint->wanted = wanted;
    hint->best = STR_NONE;
    hint->distance = wanted.length * 2 / 5 + 1;
    hint->text[0] = '\0';
    bool is_seen = v->options->hints && v->faults->count < v->faults->count_max;
    return is_seen && wanted.length > 0 && wanted.length <= NAME_MAX_LENGTH;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t distance(struct str a, struct str b)
{
    size_t row[NAME_MAX_LENGTH + 1];
    for (size_t j = 0; j <= b.length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.length; j++) {
            size_t above = row[j];
            size_t cost = lower(a.at[i - 1]) == lower(b.at[j - 1]) ? 0 : 1;
            row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + cost);
            diagonal = above;
        }
    }
    return row[b.length];
}

void hint_offer(struct hint *hint, struct str name)
{
    if (name.length == 0 || name.length > NAME_MAX_LENGTH || (name.length >= 2 && name.at[0] == '_' && name.at[1] == '_')) {
        return;
    }
    size_t longer = name.length > hint->wanted.length ? name.length - hint->wanted.length : hint->wanted.length - name.length;
    if (longer > hint->distance) {
        return; /* each letter too many costs one */
    }
    size_t found = distance(hint->wanted, name);
    if (found < hint->distance || (found == hint->distance && hint->best.at == NULL)) {
        hint->distance = found;
        hint->best = name;
    }
}

const char *hint_end(struct hint *hint)
{
    if (hint->best.at != NULL) {
        (void)snprintf(hint->text, sizeof hint->text, " Did you mean \"%.*s\"?", STR_ARGS(hint->best));
    }
    return hint->text;
}
