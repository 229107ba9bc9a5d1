/* TLS on a descriptor, by OpenSSL: 1.2 and later, HTTP/1.1 by ALPN, no renegotiation.
 *
 * OpenSSL keeps a queue of errors per thread, which a later SSL_get_error would mistake for its own; so it is cleared
 * before each call. Either direction may have to wait for the other: that is kept in the connection and looked at by
 * settle_events. */
#include <assert.h>
#include <stdio.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/memory.h"
#include "net/net_internal.h"

static enum status tls_error(struct error *error, const char *file, const char *what)
{
    char text[160];
    ERR_error_string_n(ERR_peek_last_error(), text, sizeof text);
    ERR_clear_error();
    return error_set(error, STATUS_INVALID, file, "%s: %s", what, text);
}

static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length, const unsigned char *in,
                           unsigned in_length, void *context)
{
    (void)ssl;
    (void)context;
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, out_length, ours, sizeof ours - 1, in, in_length) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static enum status load_client_authority(SSL_CTX *tls, const struct net_options *options, struct error *error)
{
    static const unsigned char session_context[] = "trimodal";
    if (SSL_CTX_load_verify_locations(tls, options->client_ca_file, NULL) != 1) {
        return tls_error(error, options->client_ca_file, "The client CA file cannot be used");
    }
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(options->client_ca_file);
    if (names == NULL) {
        return tls_error(error, options->client_ca_file, "The client CA file cannot be used");
    }
    SSL_CTX_set_client_CA_list(tls, names);
    int must = options->client_certificate_optional ? 0 : SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | must, NULL);
    if (SSL_CTX_set_session_id_context(tls, session_context, sizeof session_context - 1) != 1) {
        return tls_error(error, "tls", "The session context cannot be set");
    }
    return STATUS_OK;
}

enum status net_tls_new(const struct net_options *options, SSL_CTX **tls, struct error *error)
{
    *tls = NULL;
    if (options->certificate_file == NULL && options->key_file == NULL && options->client_ca_file == NULL) {
        return STATUS_OK;
    }
    if (options->certificate_file == NULL || options->key_file == NULL) {
        return error_set(error, STATUS_INVALID, "tls", "TLS needs both a certificate file and a key file");
    }
    ERR_clear_error();
    SSL_CTX *made = SSL_CTX_new(TLS_server_method());
    if (made == NULL) {
        return error_no_memory(error, "tls");
    }
    enum status status = STATUS_OK;
    (void)SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION);
    (void)SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                        SSL_OP_IGNORE_UNEXPECTED_EOF);
    (void)SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                     SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(made, select_protocol, NULL);
    if (SSL_CTX_use_certificate_chain_file(made, options->certificate_file) != 1) {
        status = tls_error(error, options->certificate_file, "The certificate file cannot be used");
    } else if (SSL_CTX_use_PrivateKey_file(made, options->key_file, SSL_FILETYPE_PEM) != 1) {
        status = tls_error(error, options->key_file, "The key file cannot be used");
    } else if (SSL_CTX_check_private_key(made) != 1) {
        status = tls_error(error, options->key_file, "The key does not belong to the certificate");
    } else if (options->client_ca_file != NULL) {
        status = load_client_authority(made, options, error);
    }
    if (status != STATUS_OK) {
        SSL_CTX_free(made);
        return status;
    }
    *tls = made;
    return STATUS_OK;
}

bool net_tls_begin(struct net_connection *connection)
{
    ERR_clear_error();
    connection->ssl = SSL_new(connection->net->tls);
    if (connection->ssl == NULL || SSL_set_fd(connection->ssl, connection->descriptor) != 1) {
        return false;
    }
    SSL_set_accept_state(connection->ssl);
    return true;
}

/* Keeps the subject of a verified certificate. */
static bool handshake_done(struct net_connection *connection)
{
    connection->tls_ready = true;
    X509 *certificate = SSL_get1_peer_certificate(connection->ssl);
    if (certificate == NULL) {
        return true;
    }
    bool kept = false;
    BIO *text = BIO_new(BIO_s_mem());
    if (text != NULL && X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0) {
        char *bytes = NULL;
        long length = BIO_get_mem_data(text, &bytes);
        connection->tls_subject = length >= 0 ? memory_new((size_t)length + 1) : NULL;
        if (connection->tls_subject != NULL) {
            memcpy(connection->tls_subject, bytes, (size_t)length);
            connection->tls_subject[length] = '\0';
            kept = true;
        }
    }
    BIO_free(text);
    X509_free(certificate);
    return kept;
}

enum net_io net_tls_read(struct net_connection *connection, char *bytes, size_t size, size_t *length)
{
    ERR_clear_error();
    connection->tls_read_wants_write = false;
    int result = SSL_read_ex(connection->ssl, bytes, size, length);
    if (!connection->tls_ready && SSL_is_init_finished(connection->ssl) && !handshake_done(connection)) {
        return NET_IO_BROKEN;
    }
    if (result == 1) {
        return NET_IO_DONE;
    }
    switch (SSL_get_error(connection->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return NET_IO_AGAIN;
    case SSL_ERROR_WANT_WRITE:
        connection->tls_read_wants_write = true;
        return NET_IO_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return NET_IO_END;
    default:
        ERR_clear_error();
        return NET_IO_BROKEN;
    }
}

enum net_io net_tls_write(struct net_connection *connection, const char *bytes, size_t size, size_t *length)
{
    ERR_clear_error();
    connection->tls_write_wants_read = false;
    int result = SSL_write_ex(connection->ssl, bytes, size, length);
    if (result == 1) {
        return NET_IO_DONE;
    }
    switch (SSL_get_error(connection->ssl, result)) {
    case SSL_ERROR_WANT_WRITE:
        return NET_IO_AGAIN;
    case SSL_ERROR_WANT_READ:
        connection->tls_write_wants_read = true;
        return NET_IO_AGAIN;
    default:
        ERR_clear_error();
        return NET_IO_BROKEN;
    }
}

void net_tls_shutdown(struct net_connection *connection)
{
    ERR_clear_error();
    if (connection->tls_ready) {
        (void)SSL_shutdown(connection->ssl);
        ERR_clear_error();
    }
}
