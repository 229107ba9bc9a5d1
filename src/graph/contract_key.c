#include "graph/contract_key.h"

static struct contract_key split_at(struct str text, size_t at)
{
    struct contract_key key = {.name = {text.at, at}, .version = {"", 0}};
    if (at < text.length) {
        key.version = str_from_offset(text, at + 1);
    }
    return key;
}

struct contract_key contract_key_parse(struct str id, struct str version)
{
    struct str prefix = STR("CONTRACT.");
    struct contract_key key;
    if (str_starts_with(id, prefix)) {
        struct str rest = str_from_offset(id, prefix.length);
        key = split_at(rest, str_find(rest, '.'));
    } else {
        key = split_at(id, str_find(id, ':'));
    }
    if (version.at != NULL && version.length > 0) {
        key.version = version;
    }
    return key;
}

static bool after_tag(struct str tag, struct str name, struct str *rest)
{
    if (tag.length > 0 && tag.at[0] == '@') {
        tag = str_from_offset(tag, 1);
    }
    if (!str_starts_with(tag, name)) {
        return false;
    }
    *rest = str_from_offset(tag, name.length);
    return rest->length > 0;
}

bool contract_key_from_tag(struct str tag, struct contract_key *key)
{
    struct str rest;
    if (!after_tag(tag, STR("contract:"), &rest)) {
        return false;
    }
    *key = contract_key_parse(rest, STR_NONE);
    return key->name.length > 0;
}

bool requirement_from_tag(struct str tag, struct str *requirement_id)
{
    return after_tag(tag, STR("requirement:"), requirement_id);
}

bool contract_key_from_item(struct str item, struct contract_key *key)
{
    if (item.length == 0 || item.at[0] == '@' || str_starts_with(item, STR("contract:")) ||
        str_starts_with(item, STR("requirement:"))) {
        return contract_key_from_tag(item, key);
    }
    *key = contract_key_parse(item, STR_NONE);
    return key->name.length > 0;
}

bool contract_key_text(struct arena *arena, struct contract_key key, struct str *text)
{
    if (key.version.length == 0) {
        return arena_copy(arena, key.name, text);
    }
    size_t length = key.name.length + 1 + key.version.length;
    char *bytes = arena_new(arena, length + 1);
    if (bytes == NULL) {
        return false;
    }
    memcpy(bytes, key.name.at, key.name.length);
    bytes[key.name.length] = ':';
    memcpy(bytes + key.name.length + 1, key.version.at, key.version.length);
    bytes[length] = '\0';
    *text = (struct str){bytes, length};
    return true;
}
