/* A new master key must be on disk before anything is wrapped by it, and the old one until nothing is. So rotation writes
 * master.key.new, commits the rewrapped keys, then renames it over master.key; opening tries both. */
#include "ingest/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"

#define NEW_FILE VAULT_FILE ".new"

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum status vault_parse_key(struct str text, uint8_t key[SEAL_KEY_SIZE], struct error *error)
{
    text = str_trim(text);
    bool fine = text.length == VAULT_KEY_DIGITS;
    for (size_t i = 0; fine && i < SEAL_KEY_SIZE; i++) {
        int high = hex_value(text.at[2 * i]), low = hex_value(text.at[2 * i + 1]);
        fine = high >= 0 && low >= 0;
        key[i] = (uint8_t)(fine ? high << 4 | low : 0);
    }
    return fine ? STATUS_OK : error_set(error, STATUS_INVALID, "master key", "it must be %d hex digits (openssl rand -hex %d)", VAULT_KEY_DIGITS, SEAL_KEY_SIZE);
}

/* STATUS_ABSENT when there is no such file. */
static enum status read_file(const char *path, uint8_t key[SEAL_KEY_SIZE], struct error *error)
{
    char text[256];
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return error_set(error, errno == ENOENT ? STATUS_ABSENT : STATUS_INVALID, path, "the master key can't be read: %s", strerror(errno));
    }
    ssize_t length = read(descriptor, text, sizeof text);
    close(descriptor);
    enum status status = length < 0 ? error_set(error, STATUS_INVALID, path, "the master key can't be read: %s", strerror(errno))
                                    : vault_parse_key((struct str){text, (size_t)length}, key, error);
    OPENSSL_cleanse(text, sizeof text);
    return status;
}

static enum status sync_directory(const char *directory, struct error *error)
{
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool fine = descriptor >= 0 && fsync(descriptor) == 0;
    int failure = errno;
    if (descriptor >= 0) {
        close(descriptor);
    }
    return fine ? STATUS_OK : error_set(error, STATUS_RETRY, directory, "cannot be synced: %s", strerror(failure));
}

static bool write_key(int descriptor, const uint8_t key[SEAL_KEY_SIZE])
{
    char text[VAULT_KEY_DIGITS + 2];
    for (size_t i = 0; i < SEAL_KEY_SIZE; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", key[i]);
    }
    text[VAULT_KEY_DIGITS] = '\n';
    bool fine = write(descriptor, text, VAULT_KEY_DIGITS + 1) == VAULT_KEY_DIGITS + 1 && fsync(descriptor) == 0;
    OPENSSL_cleanse(text, sizeof text);
    return fine;
}

/* On disk, name and all, before it is used: under another name first, so that it is there whole or not at all. */
static enum status make_file(const char *directory, const char *name, const uint8_t key[SEAL_KEY_SIZE], struct error *error)
{
    char path[PATH_MAX], partial[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", directory, name);
    int more = snprintf(partial, sizeof partial, "%s/%s.partial", directory, name);
    if (length < 0 || more < 0 || more >= (int)sizeof partial) {
        return error_set(error, STATUS_INVALID, "data directory", "the path is too long");
    }
    (void)unlink(partial);
    int descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool fine = descriptor >= 0 && write_key(descriptor, key);
    int failure = errno;
    fine = descriptor >= 0 && close(descriptor) == 0 && fine && rename(partial, path) == 0;
    if (!fine) {
        (void)unlink(partial);
        return error_set(error, STATUS_RETRY, path, "the master key can't be written: %s", strerror(failure));
    }
    return sync_directory(directory, error);
}

/* ---- opening ---- */

static enum status load(struct seal_ring **out, const uint8_t key[SEAL_KEY_SIZE], const struct clock *clock,
                        const struct store_setting *settings, size_t count, struct error *error)
{
    struct seal_ring *ring = NULL;
    enum status status = seal_ring_new(&ring, key, clock, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = seal_ring_load(ring, settings[i].key, settings[i].value, error);
    }
    if (status != STATUS_OK) {
        seal_ring_free(ring);
        ring = NULL;
    }
    *out = ring;
    return status;
}

/* Of the data directory. A rotation that died may have left two, of which one fits. */
static enum status open_own(struct seal_ring **ring, const struct vault_options *options, const struct store_setting *settings,
                            size_t count, struct error *error)
{
    uint8_t key[SEAL_KEY_SIZE];
    char path[PATH_MAX], newer[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", options->directory, VAULT_FILE);
    (void)snprintf(newer, sizeof newer, "%s/%s", options->directory, NEW_FILE);
    struct error other;
    enum status status = read_file(path, key, error);
    if (status == STATUS_OK) {
        status = load(ring, key, options->clock, settings, count, error);
    }
    if ((status == STATUS_INVALID || status == STATUS_ABSENT) && read_file(newer, key, &other) == STATUS_OK &&
        load(ring, key, options->clock, settings, count, &other) == STATUS_OK) {
        status = options->read_only ? STATUS_OK : rename(newer, path) == 0 ? sync_directory(options->directory, error)
                                                                           : error_set(error, STATUS_RETRY, newer, "can't be renamed: %s", strerror(errno));
    } else if (status == STATUS_OK && !options->read_only) {
        (void)unlink(newer);
    }
    if (status == STATUS_ABSENT && count > 0) {
        status = error_set(error, STATUS_INVALID, path, "the master key is missing, and personal data in this store is sealed under it; put it "
                           "back (it is no part of a backup of the store)");
    } else if (status == STATUS_ABSENT && options->read_only) {
        options->clock->random(options->clock->context, key, sizeof key); /* nothing was sealed, and nothing will be */
        status = load(ring, key, options->clock, settings, count, error);
    } else if (status == STATUS_ABSENT) {
        options->clock->random(options->clock->context, key, sizeof key);
        status = make_file(options->directory, VAULT_FILE, key, error);
        status = status == STATUS_OK ? load(ring, key, options->clock, settings, count, error) : status;
    }
    OPENSSL_cleanse(key, sizeof key);
    if (status != STATUS_OK) {
        seal_ring_free(*ring);
        *ring = NULL;
    }
    return status;
}

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

enum status vault_open(struct seal_ring **ring, const struct vault_options *options, struct store_reader *reader, struct error *error)
{
    struct arena arena;
    struct store_setting *settings;
    size_t count;
    uint8_t key[SEAL_KEY_SIZE];
    *ring = NULL;
    arena_init(&arena, LIMIT_REQUEST_ARENA_BYTES);
    enum status status = store_reader_settings(reader, SEAL_SETTINGS, &arena, &settings, &count, error);
    if (status == STATUS_OK && !is_given(options->key_file) && !is_given(options->key_digits)) {
        status = open_own(ring, options, settings, count, error);
    } else if (status == STATUS_OK) {
        status = is_given(options->key_file) ? read_file(options->key_file, key, error)
                                             : vault_parse_key(str_from(options->key_digits), key, error);
        status = status == STATUS_ABSENT ? STATUS_INVALID : status;
        status = status == STATUS_OK ? load(ring, key, options->clock, settings, count, error) : status;
        OPENSSL_cleanse(key, sizeof key);
    }
    arena_release(&arena);
    return status;
}

/* ---- rotation ---- */

struct rotation {
    struct arena arena;
    struct store_setting settings[LIMIT_BATCH_EVENTS];
    size_t count;
};

static bool note(void *context, struct str key, struct str value)
{
    struct rotation *rotation = context;
    struct store_setting *setting = &rotation->settings[rotation->count];
    if (rotation->count == LIMIT_BATCH_EVENTS || !arena_copy(&rotation->arena, key, &setting->key) ||
        !arena_copy(&rotation->arena, value, &setting->value)) {
        return false;
    }
    rotation->count++;
    return true;
}

enum status vault_rotate(struct seal_ring *ring, const struct vault_options *options, struct store *store, struct error *error)
{
    uint8_t key[SEAL_KEY_SIZE];
    char path[PATH_MAX], newer[PATH_MAX];
    if (is_given(options->key_file) || is_given(options->key_digits)) {
        return error_set(error, STATUS_INVALID, "master key", "it is configured to lie elsewhere; take it back to %s for the change", VAULT_FILE);
    }
    struct rotation *rotation = memory_new_zeroed(1, sizeof *rotation);
    if (rotation == NULL) {
        return error_no_memory(error, "master key");
    }
    arena_init(&rotation->arena, 64 * MIB);
    (void)snprintf(path, sizeof path, "%s/%s", options->directory, VAULT_FILE);
    (void)snprintf(newer, sizeof newer, "%s/%s", options->directory, NEW_FILE);
    options->clock->random(options->clock->context, key, sizeof key);
    enum status status = make_file(options->directory, NEW_FILE, key, error);
    if (status == STATUS_OK && !seal_ring_rewrap(ring, key, note, rotation)) {
        status = error_no_memory(error, "master key");
    }
    if (status == STATUS_OK) {
        status = store_commit(store, &(struct store_batch){.settings = rotation->settings, .setting_count = rotation->count, .scrubs = true}, error);
    }
    if (status == STATUS_OK) {
        status = rename(newer, path) == 0 ? sync_directory(options->directory, error)
                                          : error_set(error, STATUS_RETRY, newer, "can't be renamed: %s", strerror(errno));
    }
    OPENSSL_cleanse(key, sizeof key);
    arena_release(&rotation->arena);
    memory_free(rotation);
    return status;
}
