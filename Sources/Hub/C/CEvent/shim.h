#pragma once
#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

// The headers hide it from those who do not ask for GNU's extensions.
int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);

/// Sets the name of the calling thread that `top -H` shows.
static inline void hub_name_thread(const char *name) { prctl(PR_SET_NAME, name); }
