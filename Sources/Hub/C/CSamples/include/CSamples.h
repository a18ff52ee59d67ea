#pragma once

#include <stddef.h>

/// A file in the `Samples` folder of an adapter, as it was when the hub was built.
struct embedded_sample {
    /// The adapter's folder, such as `Vapi`.
    const char *folder;
    /// The name of the file, without `.json`.
    const char *name;
    /// The contents, with a zero byte at the end.
    const unsigned char *text;
};

/// The samples in the order of the list, or NULL past the end.
const struct embedded_sample *embedded_sample_at(size_t index);
