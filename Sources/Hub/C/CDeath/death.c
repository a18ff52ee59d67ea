#include "include/CDeath.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { MOST_WORDS = 8, MOST_BYTES = 64 };

static const volatile uint64_t *_Atomic shown;
static _Atomic int shown_count;
static char shown_names[MOST_WORDS][MOST_BYTES];
static atomic_flag is_told = ATOMIC_FLAG_INIT;

struct line {
    char text[1024];
    size_t count;
};

static void add(struct line *line, const char *text) {
    while (*text && line->count < sizeof line->text) line->text[line->count++] = *text++;
}

static void add_number(struct line *line, int number) {
    char digits[12];
    int at = sizeof digits - 1;
    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 && at > 0);
    add(line, digits + at);
}

static void die(int number) {
    if (!atomic_flag_test_and_set(&is_told)) {
        struct line line = {.count = 0};
        add(&line, "hub: ended by signal ");
        add_number(&line, number);
        const volatile uint64_t *words = atomic_load(&shown);
        const char *joint = " while ";
        for (int at = 0; words && at < atomic_load(&shown_count); at++) {
            if (words[at] == 0) continue;
            add(&line, joint);
            add(&line, shown_names[at]);
            joint = " and ";
        }
        add(&line, "\n");
        (void)!write(STDERR_FILENO, line.text, line.count);
    }
    // Raised again rather than returned to: a signal from outside has no instruction that would fail once more.
    signal(number, SIG_DFL);
    sigset_t own;
    sigemptyset(&own);
    sigaddset(&own, number);
    sigprocmask(SIG_UNBLOCK, &own, NULL);
    raise(number);
    _exit(128 + number);
}

void hub_death_prepare(void) {
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGQUIT};
    struct sigaction action = {.sa_handler = die, .sa_flags = SA_NODEFER | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t at = 0; at < sizeof numbers / sizeof *numbers; at++) sigaction(numbers[at], &action, NULL);
}

void hub_death_show(const volatile uint64_t *words, int count, const char *names) {
    atomic_store(&shown, NULL);
    atomic_store(&shown_count, count < MOST_WORDS ? count : MOST_WORDS);
    for (int at = 0; words && at < count && at < MOST_WORDS; at++) {
        strncpy(shown_names[at], names, MOST_BYTES - 1);
        names += strlen(names) + 1;
    }
    atomic_store(&shown, words);
}

bool hub_death_shows(const volatile uint64_t *words) { return atomic_load(&shown) == words; }
