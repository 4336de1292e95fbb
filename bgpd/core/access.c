/*
 * From the kernel's word about a caller to what it may do, and how fast.
 */
#include "access.h"

/* Seconds of changes that a bucket holds. */
#define BUCKET_DEPTH_S 10
/* Waiting longer fills no bucket further; keeps the product below 2^63. */
#define BUCKET_FILL_MAX_MS (INT64_C(1) << 30)

static bool
rule_names(const struct config_access *rule, uid_t uid, const gid_t *groups,
    size_t group_count)
{
	if (rule->id == UINT32_MAX)
		return false;
	if (rule->user[0] != '\0')
		return rule->id == uid;
	for (size_t i = 0; i < group_count; i++) {
		if (rule->id == groups[i])
			return true;
	}
	return false;
}

void
access_decide(struct caller *c, const struct config *config, uid_t daemon_uid,
    const gid_t *groups, size_t group_count)
{
	c->role = ACCESS_NONE;
	c->rule = NULL;
	for (size_t i = 0; i < config->control.access_count; i++) {
		const struct config_access *rule = &config->control.access[i];

		if (rule_names(rule, c->uid, groups, group_count)) {
			c->role = (enum access_role)rule->role;
			c->rule = rule;
			return;
		}
	}
	if (c->uid == 0 || c->uid == daemon_uid)
		c->role = ACCESS_OPERATOR;
}

const char *
access_role_name(enum access_role role)
{
	static const char *const names[] = { [ACCESS_NONE] = "none",
		[ACCESS_VIEWER] = "viewer",
		[ACCESS_DETECTOR] = "detector",
		[ACCESS_OPERATOR] = "operator" };

	return names[role];
}

void
access_bucket_init(struct access_bucket *b, uint32_t rate, int64_t now_ms)
{
	b->level_milli = (int64_t)rate * BUCKET_DEPTH_S * 1000;
	b->filled_ms = now_ms;
}

bool
access_bucket_open(struct access_bucket *b, uint32_t rate, int64_t now_ms)
{
	int64_t full = (int64_t)rate * BUCKET_DEPTH_S * 1000;
	int64_t elapsed_ms = now_ms - b->filled_ms;

	if (elapsed_ms > BUCKET_FILL_MAX_MS)
		elapsed_ms = BUCKET_FILL_MAX_MS;
	if (elapsed_ms > 0) {
		/* changes a second are thousandths a millisecond */
		b->level_milli += elapsed_ms * rate;
		b->filled_ms = now_ms;
	}
	if (b->level_milli > full)
		b->level_milli = full;
	return rate == 0 || b->level_milli > 0;
}

void
access_bucket_take(struct access_bucket *b, size_t changes)
{
	b->level_milli -= (int64_t)changes * 1000;
}
