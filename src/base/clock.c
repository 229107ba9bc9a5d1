#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/limits.h"

static int64_t system_now_ms(void *context)
{
    (void)context;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t system_monotonic_ns(void *context)
{
    (void)context;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void system_random(void *context, void *bytes, size_t length)
{
    (void)context;
    char *at = bytes;
    while (length > 0) {
        ssize_t got = getrandom(at, length, 0);
        if (got > 0) {
            at += got;
            length -= (size_t)got;
        }
    }
}

const struct clock clock_system = {
    .now_ms = system_now_ms,
    .monotonic_ns = system_monotonic_ns,
    .random = system_random,
};

/* Days from 1970-01-01 to a civil date and back, after the era arithmetic of H. Hinnant, "chrono-compatible low-level
 * date algorithms" (proleptic Gregorian calendar, years 0 to 9999 here). */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *month = shifted_month + (shifted_month < 10 ? 3 : -9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

static void put_digits(char *at, int64_t number, int count)
{
    while (count-- > 0) {
        at[count] = (char)('0' + number % 10);
        number /= 10;
    }
}

void time_format(int64_t ms, char text[TIME_TEXT_SIZE])
{
    int64_t days = ms / 86400000;
    int64_t rest = ms % 86400000;
    if (rest < 0) {
        rest += 86400000;
        days--;
    }
    int64_t year, month, day;
    civil_from_days(days, &year, &month, &day);
    if (year < 0 || year > 9999) {
        (void)snprintf(text, TIME_TEXT_SIZE, "%lld", (long long)ms);
        return;
    }
    memcpy(text, "0000-00-00T00:00:00.000Z", 25);
    put_digits(text, year, 4);
    put_digits(text + 5, month, 2);
    put_digits(text + 8, day, 2);
    put_digits(text + 11, rest / 3600000, 2);
    put_digits(text + 14, rest / 60000 % 60, 2);
    put_digits(text + 17, rest / 1000 % 60, 2);
    put_digits(text + 20, rest % 1000, 3);
}

static bool digits(const char *at, int count, int64_t *number)
{
    *number = 0;
    for (int i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return false;
        }
        *number = *number * 10 + (at[i] - '0');
    }
    return true;
}

static bool leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && leap(year) ? 29 : days[month - 1];
}

/* Fraction and offset: what follows the seconds. */
static bool parse_tail(struct str rest, int64_t *fraction_ms, int64_t *offset_minutes)
{
    *fraction_ms = 0;
    *offset_minutes = 0;
    size_t i = 0;
    if (rest.length > 0 && rest.at[0] == '.') {
        int64_t scale = 100;
        for (i = 1; i < rest.length && rest.at[i] >= '0' && rest.at[i] <= '9'; i++) {
            *fraction_ms += (rest.at[i] - '0') * scale;
            scale /= 10;
        }
        if (i == 1 || i > 10) {
            return false;
        }
    }
    rest = str_from_offset(rest, i);
    if (rest.length == 1 && (rest.at[0] == 'Z' || rest.at[0] == 'z')) {
        return true;
    }
    int64_t hours, minutes;
    if (rest.length != 6 || (rest.at[0] != '+' && rest.at[0] != '-') || rest.at[3] != ':' ||
        !digits(rest.at + 1, 2, &hours) || !digits(rest.at + 4, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *offset_minutes = (hours * 60 + minutes) * (rest.at[0] == '-' ? -1 : 1);
    return true;
}

static bool parse_rfc3339(struct str text, int64_t *ms)
{
    int64_t year, month, day, hour, minute, second, fraction, offset;
    const char *at = text.at;
    if (text.length < 20 || !digits(at, 4, &year) || at[4] != '-' || !digits(at + 5, 2, &month) || at[7] != '-' ||
        !digits(at + 8, 2, &day) || (at[10] != 'T' && at[10] != 't' && at[10] != ' ') || !digits(at + 11, 2, &hour) ||
        at[13] != ':' || !digits(at + 14, 2, &minute) || at[16] != ':' || !digits(at + 17, 2, &second)) {
        return false;
    }
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 || minute > 59 ||
        second > 60 || !parse_tail(str_from_offset(text, 19), &fraction, &offset)) {
        return false;
    }
    *ms = ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute - offset) * 60000 + second * 1000 + fraction;
    return true;
}

/* "2026-11-21": midnight UTC. */
static bool parse_date(struct str text, int64_t *ms)
{
    char full[] = "0000-00-00T00:00:00Z";
    if (text.length != 10) {
        return false;
    }
    memcpy(full, text.at, text.length);
    return parse_rfc3339((struct str){full, sizeof full - 1}, ms);
}

static bool parse_relative(struct str text, const struct clock *clock, int64_t *ms)
{
    if (clock == NULL || text.length < 3 || text.at[0] != '-') {
        return false;
    }
    static const struct {
        char letter;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        int64_t count;
        if (units[i].letter == text.at[text.length - 1] && text.length <= 10 &&
            str_to_i64((struct str){text.at + 1, text.length - 2}, &count)) {
            *ms = clock_now_ms(clock) - count * units[i].ms;
            return true;
        }
    }
    return false;
}

enum status time_parse(struct str text, const struct clock *clock, int64_t *ms, struct error *error)
{
    if (clock != NULL && str_is(text, "now")) {
        *ms = clock_now_ms(clock);
        return STATUS_OK;
    }
    if (str_to_i64(text, ms) || parse_rfc3339(text, ms) || parse_date(text, ms) || parse_relative(text, clock, ms)) {
        if (*ms >= LIMIT_TIMESTAMP_MIN && *ms <= LIMIT_TIMESTAMP_MAX) {
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_INVALID, "time",
                     "\"%.*s\" is not a time: give 2026-11-21T10:03:00Z, 2026-11-21, milliseconds since 1970%s",
                     (int)(text.length > 60 ? 60 : text.length), text.at == NULL ? "" : text.at,
                     clock != NULL ? ", now, or -15m" : "");
}
