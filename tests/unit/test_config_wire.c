/*
 * A configuration on the channel: whole, cut, and with wrong bits.
 */
#include "config_text.h"
#include "config_wire.h"

static void
encode(const struct config *config, struct wire_out *out)
{
	wire_out_init(out, 1 << 20);
	config_encode(config, out);
	assert_false(out->failed);
}

static void
test_same(void **state)
{
	struct config *c = text_sample(), *copy;
	struct wire_out out, again;

	(void)state;
	encode(c, &out);
	copy = config_decode(wire_in(out.bytes, out.len));
	assert_non_null(copy);
	assert_string_equal(copy->neighbors[0].password, "secret");
	assert_int_equal(copy->control.access[0].id, 0);
	assert_string_equal(copy->neighbors[1].interface, "eth0");
	encode(copy, &again);
	assert_int_equal(again.len, out.len);
	assert_memory_equal(again.bytes, out.bytes, out.len);
	config_free(copy);
	config_free(c);
	wire_out_fini(&out);
	wire_out_fini(&again);
}

/* Cut anywhere, or with something behind it, it is refused. */
static void
test_cut(void **state)
{
	struct config *c = text_sample();
	struct wire_out out;
	uint8_t *bytes;

	(void)state;
	encode(c, &out);
	for (size_t len = 0; len < out.len; len++) {
		bytes = malloc(len + 1);
		assert_non_null(bytes);
		memcpy(bytes, out.bytes, len);
		assert_null(config_decode(wire_in(bytes, len)));
		free(bytes);
	}
	wire_put_u8(&out, 0);
	assert_null(config_decode(wire_in(out.bytes, out.len)));
	config_free(c);
	wire_out_fini(&out);
}

/* Every octet with every bit turned: survived, whatever becomes of it. */
static void
test_noise(void **state)
{
	struct config *c = text_sample();
	struct wire_out out;

	(void)state;
	encode(c, &out);
	for (size_t i = 0; i < out.len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			out.bytes[i] ^= (uint8_t)(1U << bit);
			config_free(config_decode(wire_in(out.bytes, out.len)));
			out.bytes[i] ^= (uint8_t)(1U << bit);
		}
	}
	config_free(c);
	wire_out_fini(&out);
}

/* What a file could not say, the channel cannot either. */
static void
test_wrong(void **state)
{
	struct config *c = text_sample();
	struct wire_out out;

	(void)state;
	c->neighbors[1].address = c->neighbors[0].address;
	c->neighbors[1].interface[0] = '\0';
	encode(c, &out);
	assert_null(config_decode(wire_in(out.bytes, out.len)));
	wire_out_fini(&out);
	config_free(c);

	c = text_sample();
	c->local_as = 0;
	encode(c, &out);
	assert_null(config_decode(wire_in(out.bytes, out.len)));
	wire_out_fini(&out);
	config_free(c);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
