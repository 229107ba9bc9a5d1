/* Values: what looks like a number or an address of a person.
 *
 * A number counts where it stands alone (no letter, digit, '-', '.', '/', '_' or the like joins it to something longer) and has
 * a shape in which people write such numbers:
 *
 *   phone  +49 171 1234567      '+', then 8 to 15 digits, in groups or (from 10 on) in one
 *          (415) 555-2671, 415-555-2671, 1-415-555-2671    as in North America, area and exchange beginning with 2 to 9
 *   SSN    123-45-6789          not 000, 666, 9xx; not 00; not 0000
 *   card   4111 1111 1111 1111, 3782-822463-10005, or 14 to 16 digits in one: a known issuer's, and Luhn's check holds
 *
 * Timestamps begin with 1 or 2 for as long as anybody cares, and no issuer's cards with 1; those with 2 (2221 to 2720) have 16
 * digits, which microseconds have from the year 2040 on. Ten digits in one may be a phone number or seconds: they are none. */
#include "event/personal.h"

#include "event/bytes.h"

const char *personal_kind_name(enum personal_kind kind)
{
    static const char *const names[PERSONAL_KIND_COUNT] = {
        [PERSONAL_NONE] = "none", [PERSONAL_EMAIL] = "email",     [PERSONAL_PHONE] = "phone", [PERSONAL_SSN] = "ssn",
        [PERSONAL_NAME] = "name", [PERSONAL_ADDRESS] = "address", [PERSONAL_CARD] = "card",   [PERSONAL_IP] = "ip",
        [PERSONAL_USER] = "user"};
    return names[kind];
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Letters of other scripts are letters here, too. */
static bool is_word(char c)
{
    return is_digit(c) || is_letter(c) || (unsigned char)c >= 0x80;
}

/* ---- e-mail ---- */

static bool is_local(char c)
{
    return is_word(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-' || c == '\'';
}

static bool is_file_ending(struct str label)
{
    static const char *const endings[] = {"js",  "ts",  "jsx", "tsx",  "mjs", "cjs",   "json", "png", "jpg", "jpeg",   "gif",
                                          "svg", "css", "html", "java", "class", "jar", "tgz", "tar", "gz",  "feature", "webp"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (str_equal_ignoring_case(label, str_from(endings[i]))) {
            return true;
        }
    }
    return false;
}

/* Letters only, or of another script, or its ASCII form. */
static bool is_top_domain(struct str label)
{
    bool letters = label.length >= 2 && label.length <= 63;
    for (size_t i = 0; i < label.length && letters; i++) {
        letters = is_letter(label.at[i]) || (unsigned char)label.at[i] >= 0x80;
    }
    return (letters && !is_file_ending(label)) ||
           (label.length > 4 && str_equal_ignoring_case((struct str){label.at, 4}, STR("xn--")));
}

/* "1.2.3.zip", "v2.beta": a version and its file, no domain. */
static bool is_version(struct str domain)
{
    size_t at = domain.length > 0 && (domain.at[0] == 'v' || domain.at[0] == 'V') ? 1 : 0, digits = at;
    while (digits < domain.length && is_digit(domain.at[digits])) {
        digits++;
    }
    return digits > at && digits + 1 < domain.length && domain.at[digits] == '.' && (at > 0 || is_digit(domain.at[digits + 1]));
}

/* How long the domain name that begins the text is; 0: none does. */
static size_t domain_length(struct str text)
{
    size_t label = 0, end = 0;
    for (size_t i = 0; i <= text.length && i <= 254; i++) {
        char c = i < text.length ? text.at[i] : ' ';
        if (is_word(c) || c == '-') {
            continue;
        }
        if (i == label) {
            break;
        }
        if (label > 0 && is_top_domain((struct str){text.at + label, i - label})) {
            end = i;
        }
        if (c != '.') {
            break;
        }
        label = i + 1;
    }
    return is_version((struct str){text.at, end}) ? 0 : end;
}

static bool email_at(struct str text, size_t from, size_t sign, struct personal_span *span)
{
    size_t begin = sign;
    while (begin > from && is_local(text.at[begin - 1])) {
        begin--;
    }
    while (begin < sign && (text.at[begin] == '.' || text.at[begin] == '-' || text.at[begin] == '\'')) {
        begin++;
    }
    size_t domain = domain_length(str_from_offset(text, sign + 1));
    struct str local = {text.at + begin, sign - begin};
    if (local.length == 0 || local.at[local.length - 1] == '.' || domain == 0 || str_is(local, "git")) {
        return false;
    }
    *span = (struct personal_span){begin, sign + 1 + domain, PERSONAL_EMAIL};
    return true;
}

static bool find_email(struct str text, size_t from, struct personal_span *span)
{
    size_t at = from;
    while (at < text.length) {
        const char *sign = memchr(text.at + at, '@', text.length - at);
        if (sign == NULL) {
            return false;
        }
        at = (size_t)(sign - text.at);
        if (email_at(text, from, at, span)) {
            return true;
        }
        at++;
    }
    return false;
}

/* ---- numbers ---- */

static bool joins_before(struct str text, size_t at)
{
    if (at == 0) {
        return false;
    }
    char c = text.at[at - 1];
    return is_word(c) || c == '_' || c == '-' || c == '.' || c == '/' || c == '#' || c == '@' || c == '$' || c == '+' || c == '\\';
}

static bool joins_after(struct str text, size_t at)
{
    if (at >= text.length) {
        return false;
    }
    char c = text.at[at], next = at + 1 < text.length ? text.at[at + 1] : ' ';
    return is_word(c) || c == '_' || c == '-' || c == '@' || ((c == '.' || c == ':' || c == '/' || c == ',') && is_word(next));
}

/* '9' in the shape is any digit, '~' a space or hyphen, all else itself. The end of what fits, or 0. */
static size_t shape_end(struct str text, size_t at, const char *shape)
{
    for (; *shape != '\0'; shape++, at++) {
        char c = at < text.length ? text.at[at] : '\0';
        bool fits = *shape == '9' ? is_digit(c) : *shape == '~' ? c == ' ' || c == '-' : c == *shape;
        if (!fits) {
            return 0;
        }
    }
    return joins_after(text, at) ? 0 : at;
}

struct digits {
    char digit[24];
    size_t count;
};

static void digits_of(struct str text, size_t begin, size_t end, struct digits *digits)
{
    digits->count = 0;
    for (size_t i = begin; i < end && digits->count < sizeof digits->digit; i++) {
        if (is_digit(text.at[i])) {
            digits->digit[digits->count++] = text.at[i];
        }
    }
}

static bool ssn_at(struct str text, size_t at, size_t *end)
{
    *end = shape_end(text, at, "999-99-9999");
    const char *n = text.at + at;
    return *end != 0 && n[0] != '9' && memcmp(n, "000", 3) != 0 && memcmp(n, "666", 3) != 0 && memcmp(n + 4, "00", 2) != 0 &&
           memcmp(n + 7, "0000", 4) != 0;
}

static bool luhn_holds(const struct digits *digits)
{
    unsigned sum = 0;
    for (size_t i = 0; i < digits->count; i++) {
        unsigned n = (unsigned)(digits->digit[digits->count - 1 - i] - '0') << (i & 1);
        sum += n > 9 ? n - 9 : n;
    }
    return sum % 10 == 0;
}

static bool is_issued(const struct digits *digits)
{
    unsigned four = 0;
    for (size_t i = 0; i < 4; i++) {
        four = four * 10 + (unsigned)(digits->digit[i] - '0');
    }
    unsigned two = four / 100, three = four / 10;
    switch (digits->count) {
    case 14:
        return (three >= 300 && three <= 305) || two == 36 || two == 38 || two == 39;
    case 15:
        return two == 34 || two == 37;
    default:
        return four / 1000 == 4 || (two >= 51 && two <= 55) || (four >= 2221 && four <= 2720) || four == 6011 || two == 65 ||
               (three >= 644 && three <= 649) || (four >= 3528 && four <= 3589) || two == 62;
    }
}

static bool card_at(struct str text, size_t at, size_t *end)
{
    static const char *const shapes[] = {"9999999999999999",    "999999999999999",   "99999999999999",
                                         "9999~9999~9999~9999", "9999~999999~99999", "9999~999999~9999"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        *end = shape_end(text, at, shapes[i]);
        struct digits digits;
        digits_of(text, at, *end, &digits);
        if (*end != 0 && is_issued(&digits) && luhn_holds(&digits)) {
            return true;
        }
    }
    return false;
}

/* Area and exchange of a number in North America. */
static bool is_american(const char *ten)
{
    return ten[0] >= '2' && ten[3] >= '2' && !(ten[1] == '1' && ten[2] == '1');
}

static bool american_at(struct str text, size_t at, size_t *end)
{
    static const char *const shapes[] = {"(999) 999-9999", "(999)999-9999", "999-999-9999", "1-999-999-9999", "1 (999) 999-9999"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        *end = shape_end(text, at, shapes[i]);
        struct digits digits;
        digits_of(text, at, *end, &digits);
        if (*end != 0 && is_american(digits.digit + (digits.count - 10))) {
            return true;
        }
    }
    return false;
}

/* '+' and what follows, one separator at most between digits; "(0)" as it is written in Europe. */
static bool international_at(struct str text, size_t at, size_t *end)
{
    char digits[16] = "";
    size_t count = 0, groups = 1, last = at, i = at + 1;
    while (i < text.length && count < 15) {
        char c = text.at[i];
        if (is_digit(c)) {
            digits[count++] = c;
            last = ++i;
        } else if (i == last && (c == ' ' || c == '-' || c == '.' || c == '(' || c == ')')) {
            groups++;
            i++;
            while (i < text.length && (text.at[i] == '(' || text.at[i] == ')' || text.at[i] == ' ') && i < last + 3) {
                i++;
            }
        } else {
            break;
        }
    }
    *end = last;
    if (count < (groups > 1 ? 8 : 10) || digits[0] == '0' || joins_after(text, last)) {
        return false;
    }
    return digits[0] != '1' || (count == 11 && is_american(digits + 1));
}

/* `run`: how many digits stand together at `at`, which says at once of most numbers what they are not. */
static bool number_at(struct str text, size_t at, size_t run, struct personal_span *span)
{
    char c = text.at[at];
    size_t end = 0;
    enum personal_kind kind = PERSONAL_NONE;
    if (c == '+') {
        kind = international_at(text, at, &end) ? PERSONAL_PHONE : PERSONAL_NONE;
    } else if (run == 3 && ssn_at(text, at, &end)) {
        kind = PERSONAL_SSN;
    } else if ((run == 4 || (run >= 14 && run <= 16)) && card_at(text, at, &end)) {
        kind = PERSONAL_CARD;
    } else if ((run == 3 || run == 1 || c == '(') && american_at(text, at, &end)) {
        kind = PERSONAL_PHONE;
    }
    *span = (struct personal_span){at, end, kind};
    return kind != PERSONAL_NONE;
}

/* The high bit of each byte that is a digit. */
static uint64_t digits_in(uint64_t word)
{
    uint64_t low = (word ^ BYTES_ALL(0x30)) & BYTES_ALL(0x7F);
    return ~((low + BYTES_ALL(0x76)) | word) & BYTES_ALL(0x80);
}

/* Whether there are as many digits as the shortest number has; eight bytes at a time. */
static bool has_digits(struct str text)
{
    enum { LEAST = 8 };
    size_t count = 0, i = 0;
    for (; i + 8 <= text.length; i += 8) {
        count += (size_t)__builtin_popcountll(digits_in(bytes_word(text.at + i)));
        if (count >= LEAST) {
            return true;
        }
    }
    for (; i < text.length; i++) {
        count += is_digit(text.at[i]);
    }
    return count >= LEAST;
}

/* The first digit from `at` on that is before `until`. */
static size_t next_digit(struct str text, size_t at, size_t until)
{
    for (; at + 8 <= until; at += 8) {
        uint64_t found = digits_in(bytes_word(text.at + at));
        if (found != 0) {
            return at + (size_t)__builtin_ctzll(found) / 8;
        }
    }
    while (at < until && !is_digit(text.at[at])) {
        at++;
    }
    return at;
}

static bool find_number(struct str text, size_t from, size_t until, struct personal_span *span)
{
    for (size_t at = next_digit(text, from, until); at < until;) {
        size_t end = at, begin = at;
        while (end < until && is_digit(text.at[end])) {
            end++;
        }
        size_t run = end - at;
        if (begin > from && (text.at[begin - 1] == '+' || text.at[begin - 1] == '(')) {
            begin--;
            run = 0;
        }
        bool may_begin = run == 0 || run == 3 || run == 4 || (run >= 14 && run <= 16) || (run == 1 && text.at[at] == '1');
        if (may_begin && !joins_before(text, begin) && number_at(text, begin, run, span)) {
            return true;
        }
        at = next_digit(text, end, until);
    }
    return false;
}

bool personal_next(struct personal_scan *scan, struct personal_span *span)
{
    struct str text = scan->text;
    if (!scan->looked || (scan->email.kind != PERSONAL_NONE && scan->email.begin < scan->at)) {
        scan->looked = true;
        scan->email.kind = PERSONAL_NONE;
        (void)find_email(text, scan->at, &scan->email);
    }
    bool found = scan->email.kind != PERSONAL_NONE;
    size_t until = found ? scan->email.begin : text.length;
    struct str before = {text.at + scan->at, until - scan->at};
    *span = scan->email;
    if (scan->numbers && has_digits(before) && find_number(text, scan->at, until, span)) {
        found = true;
    } else {
        *span = scan->email;
    }
    scan->at = found ? span->end : text.length;
    return found;
}
