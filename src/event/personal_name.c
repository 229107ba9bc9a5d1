/* Names of fields: cut into words, the words looked at in order. */
#include <stdlib.h>

#include "event/personal.h"

#define WORDS_MAX 8
#define WORD_SIZE 16
#define KNOWN_NAMES 256
#define KNOWN_NAME_SIZE 40

struct words {
    char text[WORDS_MAX][WORD_SIZE]; /* small letters, terminated; longer ones are cut */
    size_t count;                    /* the last WORDS_MAX at most */
};

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_part(char c)
{
    return is_upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* "userEmail", "IPAddress": does a word begin here? */
static bool begins(struct str name, size_t i)
{
    if (i == 0 || !is_part(name.at[i - 1])) {
        return true;
    }
    bool next_is_small = i + 1 < name.length && name.at[i + 1] >= 'a' && name.at[i + 1] <= 'z';
    return is_upper(name.at[i]) && (!is_upper(name.at[i - 1]) || next_is_small);
}

static void cut(struct str name, struct words *words)
{
    size_t length = 0;
    words->count = 0;
    for (size_t i = 0; i < name.length; i++) {
        char c = name.at[i];
        if (!is_part(c)) {
            continue;
        }
        if (begins(name, i)) {
            if (words->count == WORDS_MAX) {
                memmove(words->text[0], words->text[1], sizeof words->text - WORD_SIZE);
                words->count--;
            }
            memset(words->text[words->count++], 0, WORD_SIZE);
            length = 0;
        }
        if (length < WORD_SIZE - 1) {
            words->text[words->count - 1][length++] = (char)(is_upper(c) ? c + 32 : c);
        }
    }
}

static bool among(const char *word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

#define AMONG(word, list) among(word, list, sizeof(list) / sizeof(list)[0])

static const char *const persons[] = {"author",   "authors",    "assignee", "assignees", "reviewer", "reviewers",
                                      "committer", "committers", "approver", "approvers", "user"};
/* In "… name": of whom, or which part of a person's. */
static const char *const named[] = {"author",   "assignee", "reviewer", "committer", "approver", "user",    "first",
                                    "last",     "full",     "given",    "family",    "middle",   "maiden",  "nick",
                                    "person",   "customer", "employee", "owner",     "contact",  "patient", "member",
                                    "manager",  "requester", "sender",  "recipient", "holder",   "legal",   "sur"};
static const char *const whole_names[] = {"firstname",  "lastname",   "fullname", "surname", "givenname",
                                          "familyname", "middlename", "maidenname", "nickname"};
/* "full_name", "last_name" of those are names of things. */
static const char *const things[] = {"task",  "scenario", "feature",    "module", "test",  "suite",   "step",    "file",
                                     "class", "method",   "repository", "repo",   "class", "package", "project", "branch",
                                     "job",   "workflow", "component",  "contract"};
/* Places of machines and memory. */
static const char *const machines[] = {"memory", "base",  "server",   "bind",   "listen", "url",    "http",   "start",
                                       "end",    "host",  "contract", "service", "broker", "node",  "offset", "return"};
/* "email_count" is no address. */
static const char *const about[] = {"count",   "sent",    "status", "template", "verified", "enabled", "type",  "format", "valid",
                                    "service", "seconds", "ms",     "total",    "test",     "tests",   "suite", "feature"};
static const char *const emails[] = {"email", "emails", "mail", "mailto", "emailaddress"};
static const char *const phones[] = {"phone", "phones", "telephone", "phonenumber", "cellphone", "msisdn"};
static const char *const cards[] = {"creditcard", "cardnumber", "creditcardnumb", "creditcardnumbe"};
static const char *const addresses[] = {"address", "addresses", "addr"};
static const char *const ids[] = {"id", "ids", "login", "handle"};
static const char *const logins[] = {"username", "usernames", "userid", "userids", "login"};
static const char *const reference_ends[] = {"id",   "ids",      "hash", "sha",     "sha1",  "sha256", "digest", "checksum", "version", "key",
                                             "uuid", "guid",     "at",   "time",    "ms",    "ns",     "us",     "seconds",  "seq",     "timestamp",
                                             "date", "duration", "size", "bytes",   "count", "number", "build",  "offset",   "etag",    "cursor",
                                             "path", "revision", "span", "trace",   "nonce", "lines",  "serial", "commit"};

static bool pair_is(const struct words *words, size_t i, const char *first, const char *second)
{
    return i + 1 < words->count && strcmp(words->text[i], first) == 0 && strcmp(words->text[i + 1], second) == 0;
}

/* Words that say it wherever they stand. */
static enum personal_kind by_word(const struct words *words, size_t i)
{
    const char *word = words->text[i];
    if (AMONG(word, emails) || pair_is(words, i, "e", "mail")) {
        return PERSONAL_EMAIL;
    }
    if (AMONG(word, phones) || pair_is(words, i, "mobile", "number")) {
        return PERSONAL_PHONE;
    }
    if (strcmp(word, "ssn") == 0 || pair_is(words, i, "social", "security")) {
        return PERSONAL_SSN;
    }
    if (AMONG(word, cards) || pair_is(words, i, "credit", "card") || pair_is(words, i, "debit", "card") ||
        pair_is(words, i, "card", "number")) {
        return PERSONAL_CARD;
    }
    if (strcmp(word, "ipaddress") == 0 || strcmp(word, "ipaddr") == 0 || pair_is(words, i, "ip", "address") ||
        pair_is(words, i, "ip", "addr") || pair_is(words, i, "remote", "addr")) {
        return PERSONAL_IP;
    }
    return pair_is(words, i, "user", "id") || pair_is(words, i, "user", "ids") ? PERSONAL_USER : PERSONAL_NONE;
}

/* What the end says: the last word, and the one before it ("" where there is none). */
static enum personal_kind by_end(const struct words *words, const char *last, const char *before)
{
    bool of_thing = false;
    for (size_t i = 0; i + 1 < words->count; i++) {
        of_thing = of_thing || AMONG(words->text[i], things);
    }
    if (strcmp(last, "ip") == 0 || strcmp(last, "ips") == 0) {
        return PERSONAL_IP;
    }
    if ((strcmp(last, "name") == 0 || strcmp(last, "names") == 0) && AMONG(before, named)) {
        return of_thing ? PERSONAL_NONE : PERSONAL_NAME;
    }
    if (AMONG(last, whole_names)) {
        return of_thing ? PERSONAL_NONE : PERSONAL_NAME;
    }
    if (AMONG(last, logins) || (AMONG(last, ids) && AMONG(before, persons))) {
        return PERSONAL_USER;
    }
    if (AMONG(last, addresses) && !AMONG(before, machines)) {
        return PERSONAL_ADDRESS;
    }
    return AMONG(last, persons) ? PERSONAL_NAME : PERSONAL_NONE;
}

static enum personal_kind kind_of(const struct words *words)
{
    const char *last = words->text[words->count - 1];
    if (AMONG(last, about)) {
        return PERSONAL_NONE;
    }
    for (size_t i = 0; i < words->count; i++) {
        enum personal_kind kind = by_word(words, i);
        if (kind != PERSONAL_NONE) {
            return kind;
        }
    }
    return by_end(words, last, words->count > 1 ? words->text[words->count - 2] : "");
}

/* What was worked out lately: senders use the same few names again and again. */
struct known_name {
    char name[KNOWN_NAME_SIZE];
    uint8_t length, kind;
    bool is_reference;
};

static void work_out(struct str name, struct known_name *known)
{
    struct words words;
    cut(name, &words);
    known->kind = words.count == 0 ? PERSONAL_NONE : (uint8_t)kind_of(&words);
    known->is_reference = words.count > 0 && AMONG(words.text[words.count - 1], reference_ends);
}

static struct known_name known_name(struct str name)
{
    static _Thread_local struct known_name lately[KNOWN_NAMES];
    struct known_name known = {0};
    if (name.length == 0 || name.length > KNOWN_NAME_SIZE) {
        work_out(name, &known);
        return known;
    }
    struct known_name *at = &lately[str_hash(name) % KNOWN_NAMES];
    if (at->length != name.length || memcmp(at->name, name.at, name.length) != 0) {
        work_out(name, at);
        memcpy(at->name, name.at, name.length);
        at->length = (uint8_t)name.length;
    }
    return *at;
}

enum personal_kind personal_by_name(struct str name)
{
    return (enum personal_kind)known_name(name).kind;
}

bool personal_is_reference(struct str name)
{
    return known_name(name).is_reference;
}

bool personal_is_void(struct str value)
{
    value = str_trim(value);
    return value.length == 0 || str_equal_ignoring_case(value, STR("true")) || str_equal_ignoring_case(value, STR("false")) ||
           str_equal_ignoring_case(value, STR("null")) || str_equal_ignoring_case(value, STR("none")) || str_equal(value, STR("[erased]"));
}
