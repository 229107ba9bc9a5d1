#include "base/uuid.h"

static int lower_hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex_digit(char c)
{
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : lower_hex_digit(c);
}

bool uuid_parse(struct str text, uint8_t uuid[UUID_SIZE])
{
    if (text.length != UUID_TEXT_LENGTH) {
        return false;
    }
    size_t byte = 0;
    for (size_t i = 0; i < UUID_TEXT_LENGTH;) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text.at[i++] != '-') {
                return false;
            }
            continue;
        }
        int high = lower_hex_digit(text.at[i]);
        int low = lower_hex_digit(text.at[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        uuid[byte++] = (uint8_t)(high * 16 + low);
        i += 2;
    }
    return true;
}

void uuid_format(const uint8_t uuid[UUID_SIZE], char text[UUID_TEXT_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t i = 0; i < UUID_SIZE; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text[at++] = '-';
        }
        text[at++] = digits[uuid[i] >> 4];
        text[at++] = digits[uuid[i] & 15];
    }
    text[at] = '\0';
}

static void set_version(uint8_t uuid[UUID_SIZE], uint8_t version)
{
    uuid[6] = (uint8_t)((uuid[6] & 0x0F) | (version << 4));
    uuid[8] = (uint8_t)((uuid[8] & 0x3F) | 0x80);
}

void uuid_v7(const struct clock *clock, uint8_t uuid[UUID_SIZE])
{
    clock->random(clock->context, uuid, UUID_SIZE);
    uint64_t ms = (uint64_t)clock_now_ms(clock);
    for (int i = 0; i < 6; i++) {
        uuid[i] = (uint8_t)(ms >> (40 - 8 * i));
    }
    set_version(uuid, 7);
}

void uuid_v8(const uint8_t bytes[UUID_SIZE], uint8_t uuid[UUID_SIZE])
{
    memmove(uuid, bytes, UUID_SIZE);
    set_version(uuid, 8);
}

bool hex_parse(struct str text, uint8_t *bytes, size_t size)
{
    if (text.length != 2 * size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(text.at[2 * i]);
        int low = hex_digit(text.at[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}
