#ifndef JSON_TEXT_H
#define JSON_TEXT_H

/* A value as text, piece by piece. */

#include <jansson.h>

/*
 * What json_dump_callback gives with JSON_COMPACT and JSON_ENCODE_ANY, in half
 * the time: it does not look for values that contain themselves, so v is one
 * that we made.  -1: append said so, or v is NULL.
 */
int json_text(json_t *v, json_dump_callback_t append, void *arg);

#endif
