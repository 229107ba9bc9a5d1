#include "auth/jwks.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool base64url_decode(struct str text, uint8_t *bytes, size_t capacity, size_t *length)
{
    uint32_t gathered = 0;
    unsigned bits = 0;
    *length = 0;
    if (text.length % 4 == 1) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        int value = value_of(text.at[i]);
        if (value < 0) {
            return false;
        }
        gathered = gathered << 6 | (uint32_t)value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            if (*length == capacity) {
                return false;
            }
            bytes[(*length)++] = (uint8_t)(gathered >> bits);
            gathered &= (1u << bits) - 1;
        }
    }
    return gathered == 0; /* two texts for the same bytes would be one too many */
}

size_t base64url_encode(const uint8_t *bytes, size_t length, char *text)
{
    size_t at = 0;
    uint32_t gathered = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < length; i++) {
        gathered = gathered << 8 | bytes[i];
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            text[at++] = digits[gathered >> bits & 63];
        }
        gathered &= (1u << bits) - 1;
    }
    if (bits > 0) {
        text[at++] = digits[gathered << (6 - bits) & 63];
    }
    text[at] = '\0';
    return at;
}
