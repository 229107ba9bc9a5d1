#include "cli/credential.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/auth.h"

static enum status take(struct str text, const char *place, char credential[CREDENTIAL_SIZE], struct error *error)
{
    text = str_trim(text);
    if (text.length >= CREDENTIAL_SIZE) {
        return error_set(error, STATUS_INVALID, place, "a token has %d bytes at most", CREDENTIAL_SIZE - 1);
    }
    memcpy(credential, text.at, text.length);
    credential[text.length] = '\0';
    return STATUS_OK;
}

static enum status take_file(const char *path, char credential[CREDENTIAL_SIZE], struct error *error)
{
    char bytes[CREDENTIAL_SIZE + 1];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return error_set(error, errno == ENOENT ? STATUS_ABSENT : STATUS_INVALID, path, "the token can't be read: %s",
                         strerror(errno));
    }
    size_t length = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    return take((struct str){bytes, length}, path, credential, error);
}

enum status credential_find(const struct cli *cli, const char *directory, char credential[CREDENTIAL_SIZE], struct error *error)
{
    const char *text = cli->token != NULL ? cli->token : getenv("TRIMODAL_TOKEN");
    const char *path = getenv("TRIMODAL_TOKEN_FILE");
    credential[0] = '\0';
    if (text != NULL && text[0] != '\0') {
        return take(str_from(text), "--token", credential, error);
    }
    if (path != NULL && path[0] != '\0') {
        return take_file(path, credential, error);
    }
    char local[4096];
    int length = directory == NULL ? 0 : snprintf(local, sizeof local, "%s/%s", directory, AUTH_LOCAL_FILE);
    if (length <= 0 || length >= (int)sizeof local) {
        return STATUS_OK;
    }
    enum status status = take_file(local, credential, error);
    return status == STATUS_ABSENT ? STATUS_OK : status; /* a server that asks nobody writes none */
}
