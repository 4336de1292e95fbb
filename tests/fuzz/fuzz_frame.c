/*
 * A stream of octets cut into messages: the same ones, and the same end,
 * whether the octets come at once or one by one.
 */
#include "fuzz.h"

#include "frame.h"

#define SHORT_MAX 4096

/* What a stream was, in short. */
struct story {
	size_t messages;
	uint32_t sum;
	size_t left;	 /* octets of what is not whole */
	uint8_t subcode; /* of the error that ended it, or 0 */
};

static void
note(struct story *s, const struct frame *f)
{
	s->messages++;
	s->sum = s->sum * 31 + f->type + (uint32_t)f->len;
	for (size_t i = 0; i < f->body.left; i++)
		s->sum = s->sum * 31 + f->body.at[i];
}

/* Octets are there in steps; step 0: all at once. */
static struct story
tell(const uint8_t *data, size_t size, size_t max, size_t step)
{
	struct story s = { 0 };
	struct frame f;
	struct bgp_notification why;
	size_t at = 0, have = step != 0 ? 0 : size;
	int rc;

	for (;;) {
		rc = frame_decode(&f, data + at, have - at, max, &why);
		if (rc == 1) {
			must(f.len <= have - at && f.len > 0);
			note(&s, &f);
			at += f.len;
		} else if (rc == -1) {
			s.subcode = why.subcode;
			must(why.code != 0);
			break;
		} else if (have == size) {
			break;
		} else {
			have += step < size - have ? step : size - have;
		}
	}
	s.left = rc == -1 ? 0 : size - at;
	return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct story whole, bit_by_bit;
	size_t max;

	if (size == 0)
		return 0;
	max = (data[0] & 1) != 0 ? UINT16_MAX : SHORT_MAX;
	whole = tell(data + 1, size - 1, max, 0);
	bit_by_bit = tell(data + 1, size - 1, max, 1);
	must(whole.messages == bit_by_bit.messages);
	must(whole.sum == bit_by_bit.sum);
	must(whole.left == bit_by_bit.left);
	must(whole.subcode == bit_by_bit.subcode);
	return 0;
}
