#include "CSamples.h"

// `#embed` is C23; clang accepts it in every mode and warns.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const struct embedded_sample samples[] = {
#include "list.h"
};

const struct embedded_sample *embedded_sample_at(size_t index) {
    return index < sizeof samples / sizeof samples[0] ? &samples[index] : NULL;
}
