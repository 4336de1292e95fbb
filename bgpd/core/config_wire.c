/*
 * Configuration to bytes and back, for the channel between keeper and
 * speaker: a walk over the table of keys.  A scalar is one octet that says
 * whether it is set, and its text; a set its number of texts and these; a
 * list its number of items and these.
 */
#include <string.h>

#include "config_check.h"
#include "config_type.h"
#include "config_wire.h"

static void
encode_text(struct wire_out *out, const char *text)
{
	size_t len = strlen(text);

	/* below CONFIG_TEXT_MAX, so it fits */
	wire_put_u16(out, (uint16_t)len);
	wire_put_bytes(out, text, len);
}

static void
encode_texts(const struct config_key *key, const void *base,
    struct wire_out *out)
{
	bool is_set = key->kind == CONFIG_SET;
	size_t count = is_set ? key->type->count(key, base) : 1;
	char buf[CONFIG_TEXT_MAX];

	wire_put_u8(out, config_is_set(key, base));
	if (!config_is_set(key, base))
		return;
	if (is_set)
		wire_put_u16(out, (uint16_t)count);
	for (size_t i = 0; i < count; i++)
		encode_text(out, key->type->print(key, base, i, buf));
	explicit_bzero(buf, sizeof(buf)); /* it may be a password */
}

static void
encode_key(const struct config_key *key, const void *base, struct wire_out *out)
{
	size_t count;

	switch (key->kind) {
	case CONFIG_MAP:
		for (const struct config_key *k = key->keys; k->name; k++)
			encode_key(k, base, out);
		break;
	case CONFIG_LIST:
		count = config_list_count(key, base);
		wire_put_u32(out, (uint32_t)count);
		for (size_t i = 0; i < count; i++)
			encode_key(key->keys,
			    config_list_item_const(key, base, i), out);
		break;
	case CONFIG_SCALAR:
	case CONFIG_SET:
		encode_texts(key, base, out);
		break;
	}
}

void
config_encode(const struct config *config, struct wire_out *out)
{
	encode_key(&config_root, config, out);
}

static int
decode_text(const struct config_key *key, void *base, struct wire_in *in)
{
	char text[CONFIG_TEXT_MAX];
	char why[CONFIG_WHY_MAX];
	size_t len = wire_get_u16(in);
	const uint8_t *bytes = wire_get_bytes(in, len);
	int rc = -1;

	if (bytes == NULL || len >= sizeof(text) ||
	    memchr(bytes, '\0', len) != NULL)
		return -1;
	memcpy(text, bytes, len);
	text[len] = '\0';
	rc = config_parse(key, base, text, why);
	explicit_bzero(text, sizeof(text));
	return rc;
}

static int
decode_texts(const struct config_key *key, void *base, struct wire_in *in)
{
	uint8_t is_set = wire_get_u8(in);
	size_t count = 1;

	if (in->failed || is_set > 1)
		return -1;
	if (is_set == 0)
		return config_is_optional(key) ? 0 : -1;
	if (key->kind == CONFIG_SET) {
		config_clear_set(key, base);
		count = wire_get_u16(in);
		if (in->failed || count < key->min)
			return -1;
	}
	for (size_t i = 0; i < count; i++) {
		if (decode_text(key, base, in) == -1)
			return -1;
	}
	return 0;
}

static int decode_key(const struct config_key *key, void *base,
    struct wire_in *in);

static int
decode_list(const struct config_key *key, void *base, struct wire_in *in)
{
	size_t count = wire_get_u32(in);

	/* an item is no less than an octet: nobody claims what is not there */
	if (in->failed || count > key->max || count > in->left)
		return -1;
	if ((key->flags & CONFIG_REQUIRED) != 0 && count < key->min)
		return -1;
	if (config_list_reset(key, base, count) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (decode_key(key->keys, config_list_item(key, base, i), in) ==
		    -1)
			return -1;
	}
	return 0;
}

static int
decode_key(const struct config_key *key, void *base, struct wire_in *in)
{
	switch (key->kind) {
	case CONFIG_MAP:
		for (const struct config_key *k = key->keys; k->name; k++) {
			if (decode_key(k, base, in) == -1)
				return -1;
		}
		return 0;
	case CONFIG_LIST:
		return decode_list(key, base, in);
	case CONFIG_SCALAR:
	case CONFIG_SET:
		break;
	}
	return decode_texts(key, base, in);
}

/* config_check's: any error is one too many. */
static void
on_finding(const struct config_finding *finding, void *arg)
{
	bool *failed = arg;

	if (finding->severity == CONFIG_ERROR)
		*failed = true;
}

struct config *
config_decode(struct wire_in in)
{
	struct config *config = config_new();
	bool failed = false;

	if (config == NULL)
		return NULL;
	if (decode_key(&config_root, config, &in) == -1 || !wire_done(&in))
		failed = true;
	else
		config_check(config, on_finding, &failed);
	if (failed) {
		config_free(config);
		return NULL;
	}
	return config;
}
