#include "CLLHTTP.h"
#include <string.h>

static HubFindings *findings(llhttp_t *machine) { return machine->data; }

/// The machine is still in the head as long as no body was given a place.
static int in_head(const HubFindings *found) { return found->body == NULL; }

static int stop(HubFindings *found, HubProblem problem) {
    found->problem = problem;
    return HPE_USER;
}

static int on_target(llhttp_t *machine, const char *at, size_t length) {
    HubFindings *found = findings(machine);
    uint32_t start = (uint32_t)(at - found->head);
    if (found->target == 0) found->target = start;
    found->targetEnd = start + (uint32_t)length;
    return found->targetEnd - found->target > found->targetLimit ? stop(found, HUB_TARGET_TOO_LONG) : 0;
}

static int on_name(llhttp_t *machine, const char *at, size_t length) {
    HubFindings *found = findings(machine);
    if (!in_head(found)) return 0;
    uint32_t start = (uint32_t)(at - found->head);
    HubField *last = found->fieldCount ? &found->fields[found->fieldCount - 1] : NULL;
    if (last && last->value == 0 && last->nameEnd == start) {
        last->nameEnd += (uint32_t)length;
        return 0;
    }
    if (found->fieldCount >= found->fieldLimit) return stop(found, HUB_TOO_MANY_FIELDS);
    found->fields[found->fieldCount++] = (HubField){start, start + (uint32_t)length, 0, 0};
    return 0;
}

/// Counts the trailers; a name may come in several pieces, but ends once.
static int on_name_end(llhttp_t *machine) {
    HubFindings *found = findings(machine);
    return !in_head(found) && ++found->fieldCount > found->fieldLimit ? stop(found, HUB_TOO_MANY_FIELDS) : 0;
}

static int on_value(llhttp_t *machine, const char *at, size_t length) {
    HubFindings *found = findings(machine);
    if (!in_head(found)) return 0;
    uint32_t start = (uint32_t)(at - found->head);
    HubField *last = &found->fields[found->fieldCount - 1];
    if (last->value == 0) {
        last->value = start;
    } else if (last->valueEnd != start) {
        return stop(found, HUB_DOUBTFUL_LINE);  // the line before went on in this one
    }
    last->valueEnd = start + (uint32_t)length;
    return 0;
}

static int on_chunk(llhttp_t *machine) {
    HubFindings *found = findings(machine);
    if (machine->content_length > found->bodyLimit - found->bodyCount) return stop(found, HUB_BODY_TOO_LONG);
    return 0;
}

static int on_body(llhttp_t *machine, const char *at, size_t length) {
    HubFindings *found = findings(machine);
    if (in_head(found) || length > found->bodyLimit - found->bodyCount) return stop(found, HUB_BODY_TOO_LONG);
    memmove(found->body + found->bodyCount, at, length);
    found->bodyCount += length;
    return 0;
}

static int pause(llhttp_t *machine) {
    (void)machine;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_target,
    .on_header_field = on_name,
    .on_header_field_complete = on_name_end,
    .on_header_value = on_value,
    .on_headers_complete = pause,
    .on_chunk_header = on_chunk,
    .on_body = on_body,
    .on_message_complete = pause,
};

/// Whether every line ends in CR LF, has no other CR, does not begin with a blank, and is one that the machine knows of:
/// the request, a header each, and the empty one. The machine forgives more, and not each version the same.
static int has_clean_lines(const HubFindings *found, const char *end) {
    uint32_t lines = 0;
    for (const char *line = found->head; line < end; lines++) {
        const char *feed = memchr(line, '\n', (size_t)(end - line));
        if (!feed || *line == ' ' || *line == '\t') return 0;
        if (memchr(line, '\r', (size_t)(feed - line)) != feed - 1) return 0;
        line = feed + 1;
    }
    return lines == found->fieldCount + 2;
}

static HubState state(llhttp_t *machine, HubFindings *found, size_t count, llhttp_errno_t result) {
    if (result == HPE_OK) {
        found->used = count;
        return HUB_NEEDS_MORE;
    }
    found->used = (size_t)(llhttp_get_error_pos(machine) - found->input);
    return result == HPE_PAUSED ? HUB_DONE : HUB_BROKEN;
}

void hub_begin(llhttp_t *machine) { llhttp_init(machine, HTTP_REQUEST, &settings); }

HubState hub_read_head(llhttp_t *machine, HubFindings *found, const char *input, size_t count) {
    machine->data = found;
    found->input = input;
    found->body = NULL;
    found->problem = HUB_NO_PROBLEM;
    HubState now = state(machine, found, count, llhttp_execute(machine, input, count));
    if (now == HUB_DONE && !has_clean_lines(found, input + found->used)) {
        found->problem = HUB_DOUBTFUL_LINE;
        return HUB_BROKEN;
    }
    return now;
}

HubState hub_read_chunks(llhttp_t *machine, HubFindings *found, char *input, size_t count) {
    machine->data = found;
    found->input = found->body = input;
    found->bodyCount = 0;
    found->problem = HUB_NO_PROBLEM;
    // The pause behind the head.
    llhttp_resume(machine);
    return state(machine, found, count, llhttp_execute(machine, input, count));
}
