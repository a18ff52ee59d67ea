#pragma once
#include <arpa/inet.h>
#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

// curl_easy_setopt and friends are variadic macros; these are their typed forms.
static inline CURLcode hub_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode hub_curl_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode hub_curl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}
typedef size_t (*hub_curl_data)(char *bytes, size_t size, size_t count, void *context);
typedef curl_socket_t (*hub_curl_open)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
typedef int (*hub_curl_prepare)(void *context, char *peer, char *local, int peer_port, int local_port);

static inline CURLcode hub_curl_set_data(CURL *easy, CURLoption option, hub_curl_data callback) {
    return curl_easy_setopt(easy, option, callback);
}
static inline CURLcode hub_curl_set_open(CURL *easy, hub_curl_open callback) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, callback);
}
static inline CURLcode hub_curl_set_prepare(CURL *easy, hub_curl_prepare callback) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}
static inline CURLcode hub_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode hub_curl_get_size(CURL *easy, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode hub_curl_get_pointer(CURL *easy, CURLINFO info, void **value) {
    return curl_easy_getinfo(easy, info, value);
}
static inline CURLMcode hub_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLcode hub_curl_message_result(CURLMsg *message) { return message->data.result; }
typedef int (*hub_curl_closing)(void *context, curl_socket_t socket);
typedef int (*hub_curl_watching)(CURL *easy, curl_socket_t socket, int what, void *context, void *of_socket);
typedef int (*hub_curl_timing)(CURLM *multi, long milliseconds, void *context);

static inline CURLcode hub_curl_set_close(CURL *easy, hub_curl_closing callback) {
    return curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, callback);
}
static inline CURLMcode hub_curl_multi_set_watch(CURLM *multi, hub_curl_watching callback, void *context) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
}
static inline CURLMcode hub_curl_multi_set_timer(CURLM *multi, hub_curl_timing callback, void *context) {
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
}
