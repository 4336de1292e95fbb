#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

/*
 * Configurations in tests, as the text of a file named "f".  Brings cmocka
 * and what it needs.
 */

#include "hex.h"

#include "config.h"
#include "config_print.h"
#include "config_yaml.h"

/* Three lines that every configuration needs; what follows is line 4. */
#define TEXT_BASE \
	"local-as: 64500\nrouter-id: 192.0.2.1\naggregates: [203.0.113.0/24]\n"
/* Three more; what follows is line 7, column 5. */
#define TEXT_NEIGHBOR \
	TEXT_BASE "neighbors:\n  - address: 192.0.2.2\n    remote-as: 64501\n"
#define TEXT_INTERNAL                                                          \
	TEXT_BASE "neighbors:\n  - address: 192.0.2.2\n    remote-as: 64500\n" \
		  "    next-hop: 192.0.2.66\n"
#define TEXT_64 \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define TEXT_256 TEXT_64 TEXT_64 TEXT_64 TEXT_64

struct text_case {
	const char *name, *text;
	const char *errors; /* and warnings, a line each */
};

/* All errors as text; the caller frees it. */
static inline char *
text_errors(const struct config_errors *errors)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	config_errors_print(errors, "f", out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* expected: what must be told; NULL: anything. */
static inline struct config *
text_parse(const char *text, const char *expected)
{
	struct config_errors errors = { .count = 0 };
	struct config *config;
	char *told;

	config = config_yaml_parse(text, strlen(text), "f", true, &errors);
	told = text_errors(&errors);
	if (expected != NULL)
		assert_string_equal(told, expected);
	assert_int_equal(config == NULL, errors.failed);
	free(told);
	config_errors_fini(&errors);
	return config;
}

static inline void
text_check_cases(const struct text_case *cases, size_t count, bool right)
{
	struct config *config;

	for (size_t i = 0; i < count; i++) {
		hex_case(cases[i].name);
		config = text_parse(cases[i].text, cases[i].errors);
		assert_int_equal(config != NULL, right);
		config_free(config);
	}
}

/* As it is printed; the caller frees it. */
static inline char *
text_of(const struct config *config)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(config_print(config, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* With one neighbor of each kind, and a password. */
#define TEXT_SAMPLE                                                            \
	"local-as: 64500\nrouter-id: 192.0.2.1\n"                              \
	"aggregates: [203.0.113.0/24, 2001:db8::/32]\n"                        \
	"neighbors:\n"                                                         \
	"- {address: 192.0.2.2, remote-as: 64501, password: secret}\n"         \
	"- {address: fe80::1%eth0, remote-as: 64500, next-hop-ipv6: 100::1}\n" \
	"control: {access: [{user: root, role: operator}]}\n"

/* The caller frees it. */
static inline struct config *
text_sample(void)
{
	struct config *config = text_parse(TEXT_SAMPLE, "");

	assert_non_null(config);
	return config;
}

#endif
