/*
 * Rules that change while victims stand: the configuration, addresses that
 * turn out to be our own, and exemptions.  What is no longer allowed is
 * withdrawn and kept suppressed; what overlaps an exemption ends.
 */
#include <stdlib.h>

#include "clock.h"
#include "log.h"

#include "blackhole.h"
#include "blackhole_internal.h"
#include "pending.h"

void
blackhole_suppress(struct blackhole *b, struct victim *v)
{
	struct refusal why = { .reason = REASON_NONE };
	uint8_t before = v->suppressed;
	char text[PREFIX_STRLEN];

	b->policy.now_ms = clock_now_ms();
	policy_check_prefix(&b->policy, NULL, &v->prefix, &why);
	v->suppressed = (uint8_t)why.reason;
	if (v->suppressed == before)
		return;
	if (v->suppressed == REASON_NONE)
		log_info("victim %s: allowed again, announced",
		    prefix_print(&v->prefix, text));
	else
		log_warnx("victim %s: suppressed, not announced: %s",
		    prefix_print(&v->prefix, text), why.message);
}

static void
recheck(struct blackhole *b, struct victim *v)
{
	uint8_t before = v->suppressed;

	blackhole_suppress(b, v);
	if (v->suppressed != before)
		blackhole_publish_route(b, v->slot);
}

void
blackhole_recheck(struct blackhole *b)
{
	struct victim *v = victim_from(b->victims, NULL);

	for (; v != NULL; v = victim_next(v))
		recheck(b, v);
}

void
blackhole_set_config(struct blackhole *b, const struct config *config)
{
	b->parts.config = config;
	b->policy.config = config;
	blackhole_recheck(b);
	blackhole_expiry_set(b); /* hold-down.window */
}

int
blackhole_protect_local(struct blackhole *b, const struct prefix *address)
{
	struct prefix_list *list = &b->policy.local_addresses;
	struct victim *v = victim_from(b->victims, NULL);
	struct prefix *items;

	for (size_t i = 0; i < list->count; i++)
		if (prefix_cmp(&list->items[i], address) == 0)
			return 0;
	items = reallocarray(list->items, list->count + 1, sizeof(*items));
	if (items == NULL)
		return -1;
	items[list->count++] = *address;
	list->items = items;
	for (; v != NULL; v = victim_next(v))
		if (prefix_overlaps(&v->prefix, address))
			recheck(b, v);
	return 0;
}

/* Ends every claim on what overlaps the prefix.  How many victims. */
static size_t
withdraw_overlapping(struct blackhole *b, const struct caller *caller,
    const struct exemption *exemption)
{
	struct victim *v = victim_from(b->victims, NULL), *next;
	const char *reason =
	    exemption->reason[0] != '\0' ? exemption->reason : "exempted";
	size_t count = 0;

	for (; v != NULL; v = next) {
		struct blackhole_end e = { .caller = caller,
			.reason = reason,
			.action = HISTORY_WITHDRAWN,
			.now_ms = clock_now_ms() };
		char text[PREFIX_STRLEN];

		next = victim_next(v);
		if (!prefix_overlaps(&v->prefix, &exemption->prefix))
			continue;
		log_info("victim %s: withdrawn for an exemption by %s (pid %d)",
		    prefix_print(&v->prefix, text), caller->user,
		    (int)caller->pid);
		blackhole_end_all(&e, v);
		(void)blackhole_end_prepare(b, &e);
		blackhole_end_put(b, &e, 0);
		blackhole_end_publish(b, &e);
		count++;
	}
	return count;
}

/* Both end here: what is exempted has changed. */
static int
store_exemptions(struct blackhole *b, uint64_t *commit, struct refusal *why)
{
	b->exemption_ms =
	    settings_expire_exemptions(b->parts.settings, clock_now_ms());
	blackhole_expiry_set(b);
	if (pending_put_settings(b->parts.pending, b->parts.settings, commit) ==
	    -1)
		return refusal_set(why, REASON_BUSY,
		    "out of memory: it holds, but not over a restart");
	return 0;
}

int
blackhole_exempt(struct blackhole *b, const struct caller *caller,
    const struct exemption *exemption, size_t *withdrawn, uint64_t *commit,
    struct refusal *why)
{
	char text[PREFIX_STRLEN];

	if (settings_put_exemption(b->parts.settings, exemption) == -1)
		return refusal_set(why, REASON_BUSY,
		    "no room for one more exemption");
	log_info("exemption %s: by %s (pid %d)%s%s",
	    prefix_print(&exemption->prefix, text), caller->user,
	    (int)caller->pid, exemption->reason[0] != '\0' ? ": " : "",
	    exemption->reason);
	*withdrawn = withdraw_overlapping(b, caller, exemption);
	return store_exemptions(b, commit, why);
}

int
blackhole_unexempt(struct blackhole *b, const struct caller *caller,
    const struct prefix *prefix, const char *reason, uint64_t *commit,
    struct refusal *why)
{
	char text[PREFIX_STRLEN];

	prefix_print(prefix, text);
	if (!settings_drop_exemption(b->parts.settings, prefix))
		return refusal_set(why, REASON_UNKNOWN_VICTIM,
		    "%s is not exempted", text);
	log_info("exemption %s: ended by %s (pid %d)%s%s", text, caller->user,
	    (int)caller->pid, reason != NULL ? ": " : "",
	    reason != NULL ? reason : "");
	blackhole_recheck(b);
	return store_exemptions(b, commit, why);
}
