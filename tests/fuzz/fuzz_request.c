/*
 * A line of the control protocol: parsed, each request of it decoded, its
 * parameters too, and what is refused put into an answer.
 */
#include "fuzz.h"

#include "ctl.h"

#define ALL (CTL_BIT(CTL_PARAMS) - 1)

/* `after` is two parameters, of which a method takes one. */
static const struct ctl_takes takes[] = {
	{ .optional = ALL & ~CTL_BIT(CTL_AFTER_ID) },
	{ .optional = ALL & ~CTL_BIT(CTL_AFTER) },
	{ .required = CTL_BIT(CTL_PREFIX),
	    .optional = CTL_BIT(CTL_TTL) | CTL_BIT(CTL_PERMANENT) },
	{ 0 },
};

/* What people are told is fit for a terminal, and an answer can be made. */
static void
answer_error(json_t *id, struct rpc_error *why)
{
	json_t *answer = rpc_error_encode(id, why);
	char *text = json_dumps(answer, JSON_COMPACT);

	must(rpc_text_is_plain(why->message));
	must(answer != NULL && text != NULL);
	free(text);
	json_decref(answer);
	rpc_error_fini(why);
}

static void
decode_items(const struct ctl_params *p)
{
	struct ctl_params one = { 0 };
	struct rpc_error why = { 0 };
	const json_t *item;
	size_t i;
	char *names;

	json_array_foreach(p->victims, i, item)
	{
		if (ctl_victim_decode(&one, item, i, &why) == -1)
			answer_error(NULL, &why);
		else
			must(one.prefix.len <=
			    family_bits((enum family)one.prefix.family));
	}
	json_array_foreach(p->prefixes, i, item)
	{
		if (ctl_prefix_decode(&one, item, i, &why) == -1)
			answer_error(NULL, &why);
	}
	if (p->neighbors != NULL) {
		names = ctl_neighbors_join(p->neighbors);
		must(names != NULL);
		free(names);
	}
}

static void
check_params(const struct ctl_params *p)
{
	if (p->owner != NULL)
		must(ctl_owner_is_valid(p->owner));
	if (p->reason != NULL)
		must(ctl_reason_is_valid(p->reason));
	if (p->message != NULL)
		must(ctl_message_is_valid(p->message));
	if ((p->given & CTL_BIT(CTL_TIMEOUT)) != 0)
		must(p->timeout_s <= CTL_TIMEOUT_MAX_S);
}

static void
decode_request(const json_t *message)
{
	struct rpc_request request;
	struct ctl_params params;
	struct rpc_error why = { 0 };

	if (rpc_request_decode(&request, message, &why) == -1) {
		answer_error(request.id, &why);
		return;
	}
	for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
		if (ctl_params_decode(&params, request.params, takes[i],
			&why) == -1) {
			answer_error(request.id, &why);
			continue;
		}
		check_params(&params);
		decode_items(&params);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rpc_error why = { 0 };
	json_t *message = rpc_parse((const char *)data, size, &why);
	const json_t *one;
	size_t i;

	if (message == NULL)
		answer_error(NULL, &why);
	else if (json_is_array(message))
		json_array_foreach(message, i, one) decode_request(one);
	else
		decode_request(message);
	json_decref(message);
	return 0;
}
