/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_tracing: the spans of a program that uses tracing with tracing-subscriber's registry, seen without its help.
 *
 * Answers: which spans are opened, entered, left and closed, and where are they declared? The subscriber's functions new_span, enter,
 * exit and try_close survive every optimisation; name, file and line stand in the span's static metadata, whose form is checked
 * before a word of it is believed.
 *
 * R1  subscribers forward to inner ones: a span is opened by the outermost new_span of a thread, entered and left by the registry's.
 * R2  a span is closed when its last reference is dropped: when the registry's try_close returns true.
 * R3  slots of closed spans are cleared by layers: a registry without any layer keeps them for ever (tracing issue 900), and the
 *     coverage says so. */
#ifndef LG_TRACING_H
#define LG_TRACING_H

#include "lg_compat.h"

#include "pub_tool_threadstate.h"

/* Adds the hooks; from post_clo_init. */
void LG_(tracing_init)(void);

/* A thread is gone, with the spans it was about to open. */
void LG_(tracing_thread_gone)(ThreadId tid);

#endif
