#pragma once
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

// The header list is a macro-made queue; Swift walks it through these.
static inline struct evkeyval *hub_first_header(struct evhttp_request *request) {
    return TAILQ_FIRST(evhttp_request_get_input_headers(request));
}
static inline struct evkeyval *hub_next_header(struct evkeyval *header) { return TAILQ_NEXT(header, next); }
