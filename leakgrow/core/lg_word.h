/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_word: every sentence of leakgrow, for terminal, report and gate alike.
 *
 * Answers: how is this finding said to an engineer, and how are bytes, durations and names written for people?
 *
 * L1  output is one line of printable text without a newline at its end: bytes below 0x20 and 0x7f of names become '?'.
 * L2  the same everywhere: no locale, no floating point, no addresses.
 * L3  text is always 0-terminated; what does not fit is cut off and `is_cut` set.
 * Freestanding; the buffer belongs to the caller. */
#ifndef LG_WORD_H
#define LG_WORD_H

#include "lg_analysis.h"

enum { LG_SENTENCE_MAX = 2048 }; /* a buffer of this size holds every sentence: names in sentences are shortened */

typedef struct {
   char *data;
   size_t size, used; /* used does not count the 0 at the end */
   int is_cut;
} lg_text;

/* size >= 1. */
void lg_text_init(lg_text *t, char *data, size_t size);

/* Appends. */
void lg_word_text(lg_text *t, const char *s);     /* as it is, L1 applied */
void lg_word_count(lg_text *t, uint64_t n);       /* 1,234,567 */
void lg_word_bytes(lg_text *t, uint64_t n);       /* 999 B, 12.3 MiB */
void lg_word_bytes_signed(lg_text *t, int64_t n); /* +12.3 MiB, -4 B */
void lg_word_milli_bytes(lg_text *t, int64_t mB); /* 0.25 B, 12.3 KiB: for slopes */
void lg_word_milli_count(lg_text *t, int64_t m);  /* 0.25, 12.3, 1,234: for slopes of counts */
/* A known slope and its interval: "1.2 KiB per second (1.1 KiB to 1.3 KiB)"; `unit` begins with a space. */
void lg_word_slope(lg_text *t, const lg_slope *s, const char *unit);
/* The same of instances: "1.2 per second (1.1 to 1.3)". */
void lg_word_count_slope(lg_text *t, const lg_slope *s, const char *unit);
void lg_word_percent(lg_text *t, uint64_t part, uint64_t whole); /* 12.3%; "0.0%" when whole is 0 */
/* A span of `n` time units: 3 h 20 min for ms; 12.3 MiB of allocation, 1,234 instructions, 1,234 ticks for the others. */
void lg_word_duration(lg_text *t, char unit, uint64_t n);
/* Microseconds of real time: 12 us, 12.3 ms, 12.3 s, 3 h 20 min. */
void lg_word_micros(lg_text *t, uint64_t us);
/* A moment, counted from the start of the run: "at 3 h 20 min", "after 1,234 ticks". */
void lg_word_moment(lg_text *t, char unit, uint64_t n);
/* A function's name without its parameter list, cut in the middle beyond `max` bytes (>= 16), at characters' ends. */
void lg_word_function(lg_text *t, const char *name, size_t max);
/* "root label > label > label"; nothing for the root. */
void lg_word_context(lg_text *t, const lg_source *src, uint32_t context);

/* The frame a reader should look at first: the innermost one that belongs neither to a runtime library nor to a language's
 * standard library. Returns a position in frames; 0 when there is none better. n_frames >= 1. */
uint32_t lg_word_user_frame(const lg_source *src, const uint32_t *frames, uint32_t n_frames);

/* The same for stacks of pins and retires: nor does it belong to a library that reclaims memory. */
uint32_t lg_word_reclaim_frame(const lg_source *src, const uint32_t *frames, uint32_t n_frames);

/* One finding in one sentence (section 7's "text"): who, where, how much, how fast, why we think so, what cannot be told. */
void lg_word_finding(lg_text *t, const lg_source *src, const lg_finding *f);
/* The same in a few words, without numbers: "request_log (server.c:120) keeps growing". For lists. */
void lg_word_title(lg_text *t, const lg_source *src, const lg_finding *f);

/* An account by the frame to look at first: "request_log (server.c:120)", "code without a stack". */
void lg_word_account(lg_text *t, const lg_source *src, uint32_t account);

/* What one set of hooks could observe of the program, with "; " before it when the text holds others: "tokio: 1 of 1 hooks, 3004 calls". */
void lg_word_hooks(lg_text *t, const char *name, const char *text);

/* A census group's label and where it is declared: `"handle_request" (server.rs:42)`. */
void lg_word_label(lg_text *t, const lg_source *src, uint32_t account);

/* Where an account's instances are created: at most `max` functions of the program's own, without those of libraries between them:
 * "HeartbeatTask::new (beat.rs:12) < Client::with_heartbeat < handle_request". */
void lg_word_creation(lg_text *t, const lg_source *src, uint32_t account, uint32_t max);

/* What was counted against a discipline: "left entered when its task was suspended". */
const char *lg_word_discipline(lg_discipline d);

/* One stall of a domain, open or ended: what waits for whom, since when. */
void lg_word_incident(lg_text *t, const lg_source *src, uint32_t domain, uint32_t nth);

/* Statements about the run as a whole, most important first: `nth` from 0. Returns 0, and appends nothing, when there is no nth. The
 * first one (nth 0, always there) is the summary: "3 places keep growing: +12.3 MiB, 1.2 KiB per second". */
int lg_word_statement(lg_text *t, const lg_source *src, const lg_analysis *a, uint32_t nth);

/* The same for those statements that leave a verdict of "bounded" in doubt; there may be none. */
int lg_word_doubt(lg_text *t, const lg_source *src, const lg_analysis *a, uint32_t nth);

#endif
