#ifndef STATUS_PAGE_INTERNAL_H
#define STATUS_PAGE_INTERNAL_H

/*
 * What the files of the status page share.
 */

#include <jansson.h>

#include "http.h"

/* Puts o, which it takes, into the page; NULL: there was no memory. */
void status_page_put(struct http_page *page, json_t *o);

#endif
