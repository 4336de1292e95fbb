#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

/*
 * What one key says about another: defaults that depend on other keys, and
 * what is right by itself but wrong together.
 */

#include <stdarg.h>
#include <stddef.h>

struct config;

enum config_severity {
	CONFIG_ERROR,
	CONFIG_WARNING
};

#define CONFIG_NO_ITEM ((size_t)-1)

/* Where a finding belongs. */
struct config_place {
	const char *list; /* "neighbors", "control.access"; NULL: outside */
	size_t index;	  /* of the item of that list */
	const char *key;  /* in there, "blackhole.default-ttl" */
	size_t item;	  /* of the key's own list, or CONFIG_NO_ITEM */
};

struct config_finding {
	struct config_place place;
	enum config_severity severity;
	const char *message; /* borrowed; says nothing of the place */
};

/* Called once for each finding. */
typedef void config_found(const struct config_finding *, void *arg);

/* Sets what was not given and has a default that depends on other keys. */
void config_fill(struct config *);

/*
 * Tells all that is wrong, and what an operator should be warned of, of a
 * configuration whose values are right one by one.
 */
void config_check(const struct config *, config_found *found, void *arg);

#endif
