// A parser of HTTP/1.1 requests from Debian's package node-llhttp, compiled as it is installed and never copied.
// The shim turns its calls back, one for each piece of each header, into one answer for each piece of input.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "/usr/share/include/llhttp/llhttp.h"

enum { HUB_MOST_FIELDS = 256 };

/// A header's name and value, counted in bytes from the beginning of the head.
typedef struct { uint32_t name, nameEnd, value, valueEnd; } HubField;

typedef enum { HUB_NEEDS_MORE, HUB_DONE, HUB_BROKEN } HubState;

/// Why the shim stopped the machine; none when the machine stopped by itself.
typedef enum { HUB_NO_PROBLEM, HUB_TOO_MANY_FIELDS, HUB_TARGET_TOO_LONG, HUB_BODY_TOO_LONG, HUB_DOUBTFUL_LINE } HubProblem;

/// Where a call reads and what it found. All connections of a loop can share one, if what must outlive the call is kept.
typedef struct {
    // For a head.
    const char *head;                       // its first byte; the bytes up to the input must lie before it
    uint32_t target, targetEnd, targetLimit;
    uint32_t fieldCount, fieldLimit;        // trailers count too; at most HUB_MOST_FIELDS
    HubField fields[HUB_MOST_FIELDS];
    // For a body in chunks.
    uint64_t bodyLimit;                     // how much more there may be
    size_t bodyCount;                       // bytes of body, moved to the beginning of the input
    // For both.
    size_t used;                            // bytes of the input that belong to the head, or body
    HubProblem problem;
    const char *input;
    char *body;
} HubFindings;

/// Prepares for the first byte of a request.
void hub_begin(llhttp_t *machine);

/// Reads on in a head. Afterwards `used` ends behind its empty line, if it is done.
HubState hub_read_head(llhttp_t *machine, HubFindings *findings, const char *input, size_t count);

/// Reads on in a body that comes in chunks, after its head. The input is overwritten with the bytes of the body.
HubState hub_read_chunks(llhttp_t *machine, HubFindings *findings, char *input, size_t count);
