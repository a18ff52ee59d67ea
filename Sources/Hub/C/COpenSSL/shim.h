#pragma once
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

// A keyed HMAC context; NULL when the library refuses. Keyed once, it is restarted for every message.
static inline EVP_MAC_CTX *hub_hmac_new(const char *digest, const unsigned char *key, size_t length) {
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (mac == NULL) return NULL;
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    if (context == NULL) return NULL;
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digest, 0), OSSL_PARAM_construct_end()};
    static const unsigned char empty = 0;
    if (EVP_MAC_init(context, length == 0 ? &empty : key, length, parameters) != 1) {
        EVP_MAC_CTX_free(context);
        return NULL;
    }
    return context;
}

static inline int hub_hmac_restart(EVP_MAC_CTX *context) { return EVP_MAC_init(context, NULL, 0, NULL); }

// Answers a client that offers application protocols: the one that is spoken here, or none chosen.
static inline int hub_tls_choose(SSL *session, const unsigned char **out, unsigned char *length,
                                 const unsigned char *in, unsigned int count, void *context) {
    (void)session;
    (void)context;
    static const unsigned char spoken[] = "\x08http/1.1";
    return SSL_select_next_proto((unsigned char **)out, length, spoken, sizeof spoken - 1, in, count) ==
                   OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_NOACK;
}

// A context for servers: TLS 1.2 with forward secrecy and authenticated encryption, and TLS 1.3. NULL when the library refuses.
static inline SSL_CTX *hub_tls_new(void) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL) return NULL;
    // Sessions that wait give their buffers back; a part of what is to be written may be taken, and the rest lie elsewhere.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // HTTP knows by itself whether a message is whole, and many peers just hang up.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_alpn_select_cb(context, hub_tls_choose, NULL);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!SHA1") != 1 ||
        SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

// Gives the context a further certificate of the chain, and keeps a reference of its own.
static inline int hub_tls_add_to_chain(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

// Keys that need a password are refused: there is nobody to ask.
static inline int hub_tls_no_password(char *buffer, int size, int writing, void *seen) {
    (void)buffer;
    (void)size;
    (void)writing;
    *(int *)seen = 1;
    return -1;
}

// The private key of a PEM text; `locked` becomes 1 when it needs a password.
static inline EVP_PKEY *hub_tls_read_key(BIO *text, int *locked) {
    return PEM_read_bio_PrivateKey(text, NULL, hub_tls_no_password, locked);
}

// Seconds since 1970; the farthest time that a long holds when it cannot be read.
static inline long hub_tls_seconds(const ASN1_TIME *time) {
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    return ASN1_TIME_to_tm(time, &parts) == 1 ? (long)timegm(&parts) : 9223372036854775807L;
}
