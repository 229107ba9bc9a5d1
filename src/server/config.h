/* config.h: what the server is told: by file, by environment, by option; the later wins.
 *
 * The file is YAML; each key has an environment variable of the same name: `listen` is TRIMODAL_LISTEN,
 * `confidence.contract_tag` is TRIMODAL_CONFIDENCE_CONTRACT_TAG; lists are separated by commas there. Unknown keys and bad
 * values are refused with the key and what is allowed. docs/operations.md lists them all; config.c has the one table of them.
 */
#ifndef TRIMODAL_SERVER_CONFIG_H
#define TRIMODAL_SERVER_CONFIG_H

#include <stdint.h>

#include "api/graphql_config.h"
#include "api/rate_limit.h"
#include "base/log.h"
#include "base/status.h"
#include "correlate/correlate.h"
#include "server/access_log.h"
#include "server/config_auth.h"
#include "server/config_file.h"
#include "server/cors.h"

/* PEM files. Certificate and key together switch TLS on; the client CA, mTLS. */
struct config_tls {
    char certificate[CONFIG_TEXT_SIZE], key[CONFIG_TEXT_SIZE], client_ca[CONFIG_TEXT_SIZE];
    bool client_certificate_optional; /* default: required */
};

struct config {
    char listen_host[256]; /* default 127.0.0.1 */
    uint16_t listen_port;  /* default 8000; 0: any free one */
    char data[CONFIG_TEXT_SIZE];   /* default ./data */
    char policy[CONFIG_TEXT_SIZE]; /* policy file; empty: the default policy */
    enum log_level log_level;      /* default info */
    enum log_format log_format;    /* default json */
    struct access_log_config access_log;
    struct correlate_config correlate;
    struct config_tls tls;
    struct cors_options cors;
    struct rate_limits limits;
    struct config_auth auth;
    char master_key[CONFIG_TEXT_SIZE], master_key_file[CONFIG_TEXT_SIZE]; /* empty: DATA/master.key (ingest/vault.h) */
    struct graphql_config graphql;
};

/* Defaults, then the file (NULL: none), then the environment. STATUS_INVALID names file and line, or the variable. */
enum status config_load(struct config *config, const char *path, struct error *error) must_check;
/* "127.0.0.1:8000", "[::1]:8000", ":8000" or "8000". */
enum status config_set_listen(struct config *config, const char *listen, struct error *error) must_check;

#endif
