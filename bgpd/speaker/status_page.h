#ifndef STATUS_PAGE_H
#define STATUS_PAGE_H

/*
 * The read-only status page, and the JSON that its script asks for again and
 * again.  No secret is in it, and nobody's user id.
 *
 * GET /
 *	status.html, whole in itself.
 *
 * GET /status.json
 *	{"version", "uptime": s, "health": {"verdict", "problems": [text]},
 *	 "frozen": bool, "victims", "covered", "uncovered", "suppressed",
 *	 "neighbors": [{"name", "description", "address", "remote_as",
 *	    "state", "age": s, "families": [{"name", "announced",
 *	    "limit": N|null, "over_limit"}], "pending", "flaps",
 *	    "error": text|null}],
 *	 "events": [{"seq", "at", "type", "prefix": P|null, "who", "text"}],
 *	 "day": {"step": s, "victims": [N]}}
 *	Of neighbors in the order of the configuration, of events the newest
 *	first, of the day the present step last.
 *
 * GET /victims.json?after=PREFIX&search=TEXT&only=uncovered
 *	{"neighbors": [name], "states": [name],
 *	 "victims": [{"prefix", "since", "remaining": s|null, "held": bool,
 *	    "suppressed": reason|null, "recurrences",
 *	    "claims": [{"owner", "reason"}], "standing": text}],
 *	 "next": PREFIX|null}
 *	A part of the victims in address order: those behind `after` that have
 *	TEXT in their prefix, or in an owner or reason of a claim, and with
 *	`only` are not delivered to all that should have them.  So many of them
 *	are looked at that it does not take long; `next` is where to go on,
 *	also when none was found.  `standing` has a digit for each neighbor: the
 *	place of its state in `states`.
 *
 * Times that pass are given as seconds, so that nobody's clock must be right.
 */

#include "http.h"

struct method_env;

/* Each fills the page; query is the request's or NULL. */
void status_page(const struct method_env *env, const char *query,
    struct http_page *page);
void status_page_status(const struct method_env *env, const char *query,
    struct http_page *page);
void status_page_victims(const struct method_env *env, const char *query,
    struct http_page *page);

#endif
