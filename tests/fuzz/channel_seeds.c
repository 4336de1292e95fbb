/*
 * Writes seeds for fuzz_channel: what keeper and speaker do say, by their own
 * encoders.  channel_seeds DIRECTORY CONFIGURATION...
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "config_wire.h"
#include "config_yaml.h"
#include "settings.h"

static const char *directory;
static struct wire_out out;

static void
begin(enum channel_type type)
{
	channel_begin(&out, type);
}

static void
write_file(const char *name, bool framed)
{
	char path[4096];
	uint8_t head[5] = { framed, (uint8_t)(out.len >> 24),
		(uint8_t)(out.len >> 16), (uint8_t)(out.len >> 8),
		(uint8_t)out.len };
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s-%d", directory, name, framed);
	file = fopen(path, "wb");
	if (out.failed || file == NULL ||
	    fwrite(head, framed ? sizeof(head) : 1, 1, file) != 1 ||
	    fwrite(out.bytes, out.len, 1, file) != 1 || fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

/* The message, alone and as the stream has it. */
static void
end(const char *name)
{
	write_file(name, false);
	write_file(name, true);
}

static struct prefix
prefix(const char *text)
{
	struct prefix p;

	if (prefix_parse(&p, text) != PREFIX_OK)
		exit(1);
	return p;
}

static void
put_claims(void)
{
	struct stored_claim claims[] = {
		{ .owner = "noc", .reason = "syn flood", .neighbors = "" },
		{ .owner = "fastnetmon",
		    .reason = "",
		    .neighbors = "transit-a,transit-b" },
	};

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		claims[i].prefix =
		    prefix(i == 0 ? "203.0.113.7/32" : "2001:db8:100::7/128");
		claims[i].since_wall_ms = INT64_C(1795341600000);
		claims[i].expires_wall_ms =
		    i == 0 ? INT64_C(1795345200000) : -1;
		claims[i].ttl_ms = i == 0 ? 3600000 : -1;
		claims[i].held = i == 0;
		channel_put_claim(&out, &claims[i]);
	}
}

static void
put_history(void)
{
	struct history_entry e = { .id = 7,
		.at_wall_ms = INT64_C(1795341600000),
		.action = HISTORY_ADDED,
		.prefix = prefix("203.0.113.7/32"),
		.owner = "noc",
		.by = "root",
		.pid = 4711,
		.reason = "syn flood",
		.expires_wall_ms = -1,
		.count = 1 };

	channel_put_history(&out, &e);
}

static void
put_recurrence(void)
{
	struct stored_recurrence r = { .prefix = prefix("203.0.113.7/32"),
		.count = 3,
		.ended_wall_ms = INT64_C(1795341600000) };

	channel_put_recurrence(&out, &r);
}

/* On -1 there was no memory. */
static int
encode_settings(struct wire_out *bytes)
{
	struct settings s = { 0 };
	struct exemption e = { .prefix = prefix("203.0.113.53/32"),
		.since_ms = 1000,
		.expires_ms = 9000000,
		.by = "root",
		.reason = "name server" };
	int rc = -1;

	s.freeze = (struct freeze){ .frozen = true,
		.since_ms = 1000,
		.by = "root",
		.reason = "drill" };
	if (settings_set_disabled(&s, "transit-b", true) == 0 &&
	    settings_put_exemption(&s, &e) == 0 &&
	    settings_set_generation(&s, "feed", 42) == 0)
		rc = 0;
	settings_encode(&s, 0, bytes);
	settings_fini(&s);
	return rc;
}

static void
say_settings(void)
{
	struct wire_out bytes;

	wire_out_init(&bytes, CHANNEL_MESSAGE_MAX);
	if (encode_settings(&bytes) == -1)
		exit(1);
	begin(CHANNEL_SETTINGS);
	wire_put_bytes(&out, bytes.bytes, bytes.len);
	end("settings");
	begin(CHANNEL_COMMIT);
	channel_put_commit(&out, 5);
	put_claims();
	put_recurrence();
	put_history();
	channel_put_settings(&out, bytes.bytes, bytes.len);
	end("commit");
	wire_out_fini(&bytes);
}

static void
say_answers(void)
{
	struct channel_committed committed = { .number = 5,
		.error = "disk full" };
	struct history_query query = { .number = 9,
		.has_prefix = true,
		.prefix = prefix("203.0.113.0/24"),
		.owner = "noc",
		.limit = 100 };
	struct history_answer answer = { .number = 9,
		.error = "",
		.more = true };

	begin(CHANNEL_COMMITTED);
	channel_put_committed(&out, &committed);
	end("committed");
	begin(CHANNEL_ASK_HISTORY);
	channel_put_history_query(&out, &query);
	end("ask-history");
	begin(CHANNEL_HISTORY);
	channel_put_history_answer(&out, &answer);
	put_history();
	end("history");
	begin(CHANNEL_LOADED);
	channel_put_loaded(&out, "");
	end("loaded");
}

static void
say_load(void)
{
	begin(CHANNEL_CLAIMS);
	put_claims();
	put_recurrence();
	end("claims");
	begin(CHANNEL_NAMES);
	channel_put_name(&out, 0, "root");
	channel_put_name(&out, 1000, "noc");
	end("names");
	begin(CHANNEL_REFUSED);
	channel_put_text(&out, "bgpd.yaml:1:1: unknown key");
	channel_put_text(&out, "bgpd.yaml:2:1: given twice");
	end("refused");
}

static void
say_config(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct config_errors errors = { 0 };
	struct config *config = config_yaml_load(path, &errors);

	config_errors_fini(&errors);
	if (config == NULL) {
		fprintf(stderr, "%s: has errors\n", path);
		exit(1);
	}
	begin(CHANNEL_CONFIG);
	config_encode(config, &out);
	end(slash != NULL ? slash + 1 : path);
	config_free(config);
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	directory = argv[1];
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	say_load();
	say_settings();
	say_answers();
	for (int i = 2; i < argc; i++)
		say_config(argv[i]);
	wire_out_fini(&out);
	return 0;
}
