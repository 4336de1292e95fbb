/*
 * Stored settings that come late: what was set meanwhile stands, item by item.
 */
#include "given.h"

#include "settings.h"

static void
exempt(struct settings *s, const char *prefix, const char *by)
{
	struct exemption e = { .prefix = given_prefix(prefix),
		.since_ms = 1,
		.expires_ms = 100 };

	strlcpy(e.by, by, sizeof(e.by));
	assert_int_equal(settings_put_exemption(s, &e), 0);
}

static void
unexempt(struct settings *s, const char *prefix)
{
	struct prefix p = given_prefix(prefix);

	assert_true(settings_drop_exemption(s, &p));
}

static void
set_freeze(struct settings *s, bool frozen, const char *by)
{
	struct freeze f = { .frozen = frozen };

	strlcpy(f.by, by, sizeof(f.by));
	settings_set_freeze(s, &f);
}

/* "-a -b": disabled; "PREFIX/BY" exempted; "a=1": a generation; "!by". */
static void
set_all(struct settings *s, const char *words)
{
	char copy[256], *save = NULL, *rest;

	strlcpy(copy, words, sizeof(copy));
	for (char *w = strtok_r(copy, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save)) {
		if (*w == '-' || *w == '+') {
			assert_int_equal(settings_set_disabled(s, w + 1,
					     *w == '-'),
			    0);
		} else if (*w == '!' || *w == '?') {
			set_freeze(s, *w == '!', w + 1);
		} else if ((rest = strchr(w, '=')) != NULL) {
			*rest = '\0';
			assert_int_equal(settings_set_generation(s, w,
					     strtoll(rest + 1, NULL, 10)),
			    0);
		} else if ((rest = strchr(w, '/')) != NULL) {
			*rest = '\0';
			exempt(s, w, rest + 1);
		} else {
			unexempt(s, w);
		}
	}
}

/* In the same words. */
static void
check_all(const struct settings *s, const char *expected)
{
	char text[512] = "", prefix[PREFIX_STRLEN];
	size_t len = 0;

	if (s->freeze.frozen)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "!%s ",
		    s->freeze.by);
	for (size_t i = 0; i < s->disabled_count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "-%s ",
		    s->disabled[i]);
	for (size_t i = 0; i < s->exemption_count; i++)
		len +=
		    (size_t)snprintf(text + len, sizeof(text) - len, "%s/%s ",
			prefix_print_address(&s->exemptions[i].prefix, prefix),
			s->exemptions[i].by);
	for (size_t i = 0; i < s->generation_count; i++)
		len +=
		    (size_t)snprintf(text + len, sizeof(text) - len, "%s=%d ",
			s->generations[i].owner, (int)s->generations[i].number);
	assert_string_equal(text, expected);
}

/* By way of bytes, as they reach the speaker; what is partial stays so. */
static void
copy_settings(const struct settings *from, struct settings *to)
{
	struct wire_out out;

	wire_out_init(&out, 65536);
	settings_encode(from, 0, &out);
	assert_int_equal(settings_decode(to, 0, wire_in(out.bytes, out.len)),
	    0);
	assert_int_equal(to->partial, from->partial);
	wire_out_fini(&out);
}

static void
test_merge(void **state)
{
	static const struct {
		const char *name, *stored, *meanwhile, *merged;
	} cases[] = {
		{ "nothing stored", "", "!m -a 192.0.2.1/m o=3",
		    "!m -a 192.0.2.1/m o=3 " },
		{ "nothing meanwhile", "!s -a 192.0.2.1/s o=3", "",
		    "!s -a 192.0.2.1/s o=3 " },
		{ "side by side", "-a 192.0.2.1/s o=3", "!m -b 192.0.2.2/m p=4",
		    "!m -b -a 192.0.2.1/s 192.0.2.2/m p=4 o=3 " },
		{ "frozen twice", "!s", "!m", "!m " },
		{ "not frozen any more", "!s", "!m ?m", "" },
		{ "never frozen, and said so", "!s", "?m", "" },
		{ "disabled twice", "-a", "-a", "-a " },
		{ "disabled and enabled", "-a -b", "-a +a", "-b " },
		{ "enabled only", "-a -b", "+b", "-a " },
		{ "exempted twice", "192.0.2.1/s", "192.0.2.1/m",
		    "192.0.2.1/m " },
		{ "exempted and not any more", "192.0.2.1/s 192.0.2.2/s",
		    "192.0.2.1/m 192.0.2.1", "192.0.2.2/s " },
		{ "a newer generation", "o=3", "o=4", "o=4 " },
		{ "an older generation", "o=3", "o=1", "o=3 " },
	};

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		struct settings s = { .partial = true }, stored = { 0 }, sent;

		hex_case(cases[i].name);
		set_all(&stored, cases[i].stored);
		set_all(&s, cases[i].meanwhile);
		copy_settings(&s, &sent);
		settings_fini(&sent);
		copy_settings(&stored, &sent);
		assert_int_equal(settings_merge(&s, &sent), 0);
		assert_false(s.partial);
		check_all(&s, cases[i].merged);
		check_all(&sent, "");
		settings_fini(&s);
		settings_fini(&stored);
	}
}

/* What was refused is not noted, and hinders nothing that is stored. */
static void
test_no_room(void **state)
{
	struct settings s = { .partial = true }, stored = { 0 };
	struct exemption e = { .prefix = given_prefix("192.0.2.1"),
		.expires_ms = 9 };
	char name[24];

	(void)state;
	for (int i = 0; i < SETTINGS_EXEMPTIONS_MAX; i++) {
		snprintf(name, sizeof(name), "203.0.%d.%d", i / 256, i % 256);
		exempt(&s, name, "m");
	}
	assert_int_equal(settings_put_exemption(&s, &e), -1);
	for (int i = 0; i < SETTINGS_KEYS_MAX - SETTINGS_EXEMPTIONS_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(settings_set_disabled(&s, name, true), 0);
		assert_int_equal(settings_set_disabled(&s, name, false), 0);
	}
	assert_int_equal(settings_set_disabled(&s, "a", true), -1);
	assert_false(settings_is_disabled(&s, "a"));
	set_all(&s, "203.0.0.7");
	set_all(&stored, "192.0.2.1/s 203.0.0.7/s 192.0.2.2/s -a");
	assert_int_equal(settings_merge(&s, &stored), -1);
	assert_true(settings_is_disabled(&s, "a"));
	assert_non_null(settings_exemption(&s, &e.prefix, 1));
	e.prefix = given_prefix("203.0.0.7");
	assert_null(settings_exemption(&s, &e.prefix, 1));
	settings_fini(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
