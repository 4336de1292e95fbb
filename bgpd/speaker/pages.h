#ifndef PAGES_H
#define PAGES_H

/*
 * What the HTTP listener serves: /metrics, /healthz, and the status page with
 * what it draws on.
 */

#include "http.h"

struct method_env;
struct pages;

/* Borrows env while it lives. */
struct pages *pages_new(const struct method_env *env);
void pages_free(struct pages *p); /* NULL is fine */

/* http's: arg is the pages. */
bool pages_serve(void *arg, const char *path, const char *query,
    struct http_page *page);

#endif
