/*
 * The cursor in: never past the end, bad for good.  The buffer out: grows,
 * stops at its maximum, patches lengths.
 */
#include "hex.h"

#include "wire.h"

static void
test_reads(void **state)
{
	struct hex h = hex_new("01 0203 04050607 08090a0b0c0d0e0f aabb");
	struct wire_in in = hex_in(&h);

	(void)state;
	assert_int_equal(wire_get_u8(&in), 0x01);
	assert_int_equal(wire_get_u16(&in), 0x0203);
	assert_int_equal(wire_get_u32(&in), 0x04050607);
	assert_true(wire_get_u64(&in) == UINT64_C(0x08090a0b0c0d0e0f));
	assert_false(wire_done(&in));
	hex_check(wire_get_bytes(&in, 2), 2, "aabb");
	assert_true(wire_done(&in));
	hex_free(&h);
}

static void
test_past_the_end(void **state)
{
	struct hex h = hex_new("010203");
	struct wire_in in = hex_in(&h);

	(void)state;
	assert_int_equal(wire_get_u32(&in), 0);
	assert_true(in.failed);
	assert_int_equal(in.left, 0);
	assert_int_equal(wire_get_u8(&in), 0); /* bad for good */
	assert_null(wire_get_bytes(&in, 0));
	assert_true(wire_get_sub(&in, 0).failed);
	assert_false(wire_done(&in));
	hex_free(&h);
}

static void
test_sub_cursor(void **state)
{
	struct hex h = hex_new("02 aabb cc");
	struct wire_in in = hex_in(&h), sub;

	(void)state;
	sub = wire_get_sub(&in, wire_get_u8(&in));
	assert_int_equal(wire_get_u32(&sub), 0); /* not into its neighbour */
	assert_true(sub.failed);
	assert_int_equal(wire_get_u8(&in), 0xcc);
	assert_true(wire_done(&in));
	sub = wire_get_sub(&in, 0);
	assert_true(wire_done(&sub));
	sub = wire_get_sub(&in, SIZE_MAX);
	assert_true(sub.failed);
	assert_true(in.failed);
	hex_free(&h);
}

static void
test_no_bytes(void **state)
{
	struct wire_in in = wire_in(NULL, 0), sub;

	(void)state;
	assert_true(wire_done(&in));
	sub = wire_get_sub(&in, 0);
	assert_true(wire_done(&sub));
	wire_get_bytes(&in, 0);
	assert_true(wire_done(&in));
	wire_get_u8(&in);
	assert_true(in.failed);
}

static void
test_writes(void **state)
{
	struct wire_out out;

	(void)state;
	wire_out_init(&out, 100);
	wire_put_u8(&out, 0x01);
	wire_put_u16(&out, 0x0203);
	wire_put_u32(&out, 0x04050607);
	wire_put_u64(&out, UINT64_C(0x08090a0b0c0d0e0f));
	wire_put_bytes(&out, "\xaa\xbb", 2);
	wire_put_bytes(&out, NULL, 0);
	hex_check_out(&out, "01 0203 04050607 08090a0b0c0d0e0f aabb");
	wire_set_u16(&out, 1, 0xfefd);
	hex_check_out(&out, "01 fefd 04050607 08090a0b0c0d0e0f aabb");
	wire_out_reset(&out);
	hex_check_out(&out, "");
	wire_out_fini(&out);
}

static void
test_patched_lengths(void **state)
{
	struct wire_out out;
	size_t outer, inner;

	(void)state;
	wire_out_init(&out, 4096);
	outer = wire_mark_u16(&out);
	inner = wire_mark_u8(&out);
	wire_put_u16(&out, 0xaabb);
	wire_patch_u8(&out, inner);
	wire_patch_u16(&out, outer);
	hex_check_out(&out, "0003 02 aabb");

	wire_out_reset(&out);
	inner = wire_mark_u8(&out);
	for (int i = 0; i < 255; i++)
		wire_put_u8(&out, 0);
	wire_patch_u8(&out, inner);
	assert_false(out.failed);
	assert_int_equal(out.bytes[0], 255);
	wire_put_u8(&out, 0); /* one too many for the field */
	wire_patch_u8(&out, inner);
	assert_true(out.failed);
	wire_out_fini(&out);
}

static void
test_maximum(void **state)
{
	struct wire_out out;
	size_t mark;

	(void)state;
	wire_out_init(&out, 300);
	for (int i = 0; i < 150; i++)
		wire_put_u16(&out, 0x0102);
	assert_false(out.failed);
	assert_int_equal(out.len, 300);
	mark = wire_mark_u16(&out);
	assert_true(out.failed);
	wire_put_u8(&out, 1);
	wire_patch_u16(&out, mark);
	wire_patch_u8(&out, mark);
	wire_set_u16(&out, mark, 1);
	assert_int_equal(out.len, 300);
	wire_out_reset(&out);
	wire_put_u8(&out, 7);
	hex_check_out(&out, "07");
	wire_out_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_past_the_end),
		cmocka_unit_test(test_sub_cursor),
		cmocka_unit_test(test_no_bytes),
		cmocka_unit_test(test_writes),
		cmocka_unit_test(test_patched_lengths),
		cmocka_unit_test(test_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
