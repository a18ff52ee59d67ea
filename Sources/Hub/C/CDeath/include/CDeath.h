// What is done when the process gets a deadly signal: one line to standard error, and an end by that signal. It is written
// in C because almost nothing may be called there.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// Takes the deadly signals over from whoever has them, such as the Swift runtime, whose reports show registers and
/// memory and with them what a webhook said.
void hub_death_prepare(void);

/// Has the line say which of `count` words are not zero, by their names, each ended by a zero byte. NULL: no longer.
void hub_death_show(const volatile uint64_t *words, int count, const char *names);

bool hub_death_shows(const volatile uint64_t *words);
