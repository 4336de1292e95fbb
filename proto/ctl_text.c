/*
 * Texts that parameters are made of: which are good ones, also for the command,
 * which checks before it asks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

int
ctl_refuse_host_bits(struct refusal *why, const char *prefix)
{
	char net[PREFIX_STRLEN];
	struct prefix masked;

	prefix_parse(&masked, prefix);
	return refusal_set(why, REASON_HOST_BITS,
	    "%s has host bits set: give %.*s for the address, or %s for the "
	    "net",
	    prefix, (int)strcspn(prefix, "/"), prefix,
	    prefix_print(&masked, net));
}

bool
ctl_owner_is_valid(const char *owner)
{
	size_t len = strspn(owner,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz"
	    "0123456789._/-");

	return len >= 1 && len <= CTL_OWNER_MAX && owner[len] == '\0';
}

bool
ctl_reason_is_valid(const char *reason)
{
	return strlen(reason) <= CTL_REASON_MAX && rpc_text_is_plain(reason);
}

bool
ctl_message_is_valid(const char *message)
{
	return strlen(message) <= CTL_MESSAGE_MAX && rpc_text_is_plain(message);
}

bool
ctl_neighbor_is_valid(const char *name)
{
	size_t len = strlen(name);

	return len >= 1 && len <= CTL_NEIGHBOR_MAX &&
	    strchr(name, ',') == NULL && rpc_text_is_plain(name);
}

static bool
stands_before(const json_t *names, const char *name, size_t end)
{
	for (size_t i = 0; i < end; i++) {
		if (strcmp(json_string_value(json_array_get(names, i)), name) ==
		    0)
			return true;
	}
	return false;
}

char *
ctl_neighbors_join(const json_t *neighbors)
{
	size_t count = json_array_size(neighbors), len = 0;
	size_t size = count * (CTL_NEIGHBOR_MAX + 1) + 1;
	char *text = calloc(1, size);

	for (size_t i = 0; text != NULL && i < count; i++) {
		const char *name =
		    json_string_value(json_array_get(neighbors, i));

		if (!stands_before(neighbors, name, i))
			len += (size_t)snprintf(text + len, size - len, "%s%s",
			    len > 0 ? "," : "", name);
	}
	return text;
}
