/*
 * The HTTP listener's place among the parts.
 */
#include <errno.h>
#include <string.h>

#include "log.h"

#include "http.h"
#include "pages.h"
#include "speaker_internal.h"

static struct http *
open_at(struct speaker *s, const struct config_listen *at)
{
	struct http_parts parts = { .base = s->base,
		.serve = pages_serve,
		.arg = s->pages };
	struct http *h = http_new(&parts, at);
	char text[PREFIX_STRLEN];

	if (h == NULL)
		log_error("metrics: cannot listen on %s port %u: %s",
		    prefix_print_address(&at->address, text), at->port,
		    strerror(errno));
	return h;
}

int
speaker_plan_http(struct speaker *s, const struct config *config,
    struct http **http)
{
	*http = NULL;
	if (!config->metrics.on)
		return 0;
	if (s->http != NULL && http_is_at(s->http, &config->metrics.listen))
		*http = s->http;
	else
		*http = open_at(s, &config->metrics.listen);
	return *http != NULL ? 0 : -1;
}

void
speaker_set_http(struct speaker *s, struct http *http)
{
	if (http != s->http)
		http_free(s->http);
	s->http = http;
}

/* Victims are worth more than metrics: without a listener we go on. */
void
speaker_start_http(struct speaker *s)
{
	struct http *http;

	(void)speaker_plan_http(s, s->config, &http);
	speaker_set_http(s, http);
}
