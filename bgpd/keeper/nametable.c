/*
 * A walk over the access rules, and one over the passwd database.
 */
#include <pwd.h>
#include <string.h>

#include "channel.h"
#include "nametable.h"

/* A directory service may list a whole university. */
#define LISTED_MAX 10000

/* Whether an access rule names a user who exists. */
static bool
is_user(const struct config_access *a)
{
	return a->user[0] != '\0' && a->id != UINT32_MAX;
}

static bool
is_configured(const struct config *config, uid_t uid)
{
	for (size_t i = 0; i < config->control.access_count; i++) {
		if (is_user(&config->control.access[i]) &&
		    config->control.access[i].id == uid)
			return true;
	}
	return false;
}

void
nametable_encode(const struct config *config, struct wire_out *out)
{
	const struct config_access *a = config->control.access;
	const struct passwd *pw;
	size_t len;

	channel_begin(out, CHANNEL_NAMES);
	for (size_t i = 0; i < config->control.access_count; i++) {
		if (is_user(&a[i]))
			channel_put_name(out, a[i].id, a[i].user);
	}
	setpwent();
	for (int n = 0; n < LISTED_MAX && (pw = getpwent()) != NULL; n++) {
		len = strlen(pw->pw_name);
		if (len > 0 && len < CONFIG_NAME_MAX &&
		    !is_configured(config, pw->pw_uid))
			channel_put_name(out, pw->pw_uid, pw->pw_name);
	}
	endpwent();
}
