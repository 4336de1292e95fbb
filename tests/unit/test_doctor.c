/*
 * What doctor makes of what the daemon and the kernel say.
 */
#include "tmpdir.h"

#include <sys/timex.h>

#include "doctor.h"
#include "human.h"
#include "line.h"

/* 'JSON' in single quotes. */
static json_t *
given(const char *text)
{
	char *json = strdup(text);
	json_t *v;

	assert_non_null(json);
	for (char *at = json; *at != '\0'; at++) {
		if (*at == '\'')
			*at = '"';
	}
	v = json_loads(json, 0, NULL);
	if (v == NULL)
		fail_msg("no JSON: %s", text);
	free(json);
	return v;
}

/* "warning up0: text (todo)", those that are worse than ok. */
static void
print_found(const struct doctor *d, struct line *line)
{
	const json_t *one;
	size_t i;

	line_init(line);
	assert_non_null(d->findings);
	json_array_foreach(d->findings, i, one)
	{
		const char *level = human_text(one, "level");
		const char *about = human_text(one, "about");
		const char *text = human_text(one, "text");
		const char *todo = human_text(one, "todo");

		assert_true((*todo == '\0') == (strcmp(level, "ok") == 0));
		/* as it is printed, behind a level and a gap */
		assert_true(10 + strlen(about) + 2 + strlen(text) <= 80);
		assert_true(10 + strlen(todo) <= 80);
		if (*todo != '\0')
			line_add(line, "%s %s: %s\n", level, about, text);
	}
}

static void
check_found(struct doctor *d, const char *name, const char *expected)
{
	struct line line;

	print_found(d, &line);
	if (strcmp(line.text, expected) != 0)
		fail_msg("%s:\n%s", name, line.text);
	doctor_fini(d);
}

#define WELL_NEIGHBOR                                                        \
	"{'name':'up0','state':'established',"                               \
	"'since':'2026-11-22T10:00:00.000Z','last_error':null,"              \
	"'configured':{'families':['ipv4','ipv6'],"                          \
	"'announce':['aggregates','blackholes'],'graceful_restart':120,"     \
	"'max_prefixes':{'ipv4':100,'ipv6':50}},"                            \
	"'families':['ipv4','ipv6'],'announced':{'ipv4':79,'ipv6':1},"       \
	"'aggregates':2,'pending':0,"                                        \
	"'graceful_restart':{'agreed':true,'notification':true,'time':120}," \
	"'max_prefixes':{'ipv4':100,'ipv6':50},"                             \
	"'over_limit':{'ipv4':0,'ipv6':0},'limited_by_neighbor':false}"

static const struct {
	const char *name, *changed, *found;
} neighbors[] = {
	{ "all is well", "{}", "" },
	{ "down", "{'state':'active'}",
	    "problem up0: there is no session (active)\n" },
	{ "down, and why",
	    "{'state':'idle','last_error':{'text':'hold time expired'}}",
	    "problem up0: there is no session (idle)\n" },
	{ "disabled", "{'state':'disabled'}",
	    "warning up0: it is disabled: it gets nothing\n" },
	{ "a family is not agreed on, nor its aggregate expected",
	    "{'families':['ipv4'],'aggregates':1}",
	    "problem up0: ipv6 is not agreed on: the neighbor does not offer "
	    "it\n" },
	{ "an aggregate is missing", "{'aggregates':1}",
	    "problem up0: aggregates announced: 1 of 2\n" },
	{ "routes are on their way", "{'aggregates':0,'pending':2}",
	    "reminder up0: its routes are still on their way\n" },
	{ "aggregates are not meant for it",
	    "{'aggregates':0,'configured':{'families':['ipv4'],"
	    "'announce':['blackholes'],'graceful_restart':9,"
	    "'max_prefixes':{'ipv4':9}}}",
	    "" },
	{ "blackholes are not meant for it, no restart, no limits",
	    "{'configured':{'families':['ipv4','ipv6'],"
	    "'announce':['aggregates'],'graceful_restart':0,"
	    "'max_prefixes':{'ipv4':0,'ipv6':0}},'max_prefixes':null}",
	    "warning up0: it gets no blackholes (announce)\n"
	    "warning up0: no graceful restart: our restart lifts all "
	    "blackholes\n"
	    "warning up0: max-prefixes is not set for ipv4 and ipv6\n" },
	{ "restart is not agreed on",
	    "{'graceful_restart':{'agreed':false,'notification':false,"
	    "'time':0}}",
	    "warning up0: graceful restart is offered, but not agreed on\n" },
	{ "no N bit",
	    "{'graceful_restart':{'agreed':true,'notification':false,"
	    "'time':120}}",
	    "reminder up0: no N bit: a NOTIFICATION takes the routes away\n" },
	{ "a limit is near", "{'announced':{'ipv4':80,'ipv6':40}}",
	    "warning up0: the ipv4 prefix limit is near: 80 of 100\n"
	    "warning up0: the ipv6 prefix limit is near: 40 of 50\n" },
	{ "victims are held back", "{'over_limit':{'ipv4':3,'ipv6':0}}",
	    "problem up0: ipv4 victims held back by the prefix limit: 3\n" },
	{ "its own limit was met", "{'limited_by_neighbor':true}",
	    "problem up0: it ended a session for too many prefixes (6/1)\n" },
	{ "a daemon that says nothing", "{'configured':null,'families':null}",
	    "warning up0: it gets no blackholes (announce)\n"
	    "warning up0: no graceful restart: our restart lifts all "
	    "blackholes\n" },
};

static void
test_neighbors(void **state)
{
	json_t *aggregates = given("['203.0.113.0/24','2001:db8::/32']");

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(neighbors); i++) {
		json_t *n = given(WELL_NEIGHBOR);
		json_t *changed = given(neighbors[i].changed);
		struct doctor d;

		assert_int_equal(json_object_update(n, changed), 0);
		doctor_init(&d);
		doctor_neighbor(&d, n, aggregates);
		check_found(&d, neighbors[i].name, neighbors[i].found);
		json_decref(changed);
		json_decref(n);
	}
	json_decref(aggregates);
}

#define WELL_STATUS                                                 \
	"{'storage':{'ok':true,'error':null,'last_commit_ms':100}," \
	"'config':{'never':['203.0.113.1/32']},'frozen':false,"     \
	"'caller':{'user':'noc','role':'operator'},"                \
	"'access':[{'user':'fastnetmon','id':99,'role':'detector'}]}"
#define REMINDERS                                                             \
	"reminder upstreams: RPKI: a ROA may make a longer prefix invalid "   \
	"there\n"                                                             \
	"reminder upstreams: IRR: filters built from route objects may drop " \
	"it too\n"

static const struct {
	const char *name, *changed, *found;
} daemons[] = {
	{ "all is well", "{}", REMINDERS },
	{ "storage fails",
	    "{'storage':{'ok':false,'error':'disk full','last_commit_ms':1}}",
	    "problem storage: it fails: disk full\n" REMINDERS },
	{ "nothing was stored",
	    "{'storage':{'ok':true,'error':null,'last_commit_ms':null}}",
	    "reminder storage: nothing was stored since the start: not timed "
	    "yet\n" REMINDERS },
	{ "a slow disk",
	    "{'storage':{'ok':true,'error':null,'last_commit_ms':101}}",
	    "warning storage: the disk is slow: the last commit took 101 ms\n" REMINDERS },
	{ "nothing is protected", "{'config':{'never':[]}}",
	    "warning protected: never is empty: only routers' addresses are "
	    "protected\n" REMINDERS },
	{ "frozen", "{'frozen':true,'freeze':{'by':'noc'}}",
	    "warning frozen: only operators change victims, by noc's word\n" REMINDERS },
	{ "no detector", "{'access':[{'group':'noc','role':'operator'}]}",
	    "reminder access: no rule names a detector: only operators may "
	    "add\n" REMINDERS },
	{ "no operator",
	    "{'caller':{'user':'x','role':'viewer'},'access':null}",
	    "reminder access: its rules are shown to operators only\n" REMINDERS },
};

static void
test_daemons(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(daemons); i++) {
		json_t *status = given(WELL_STATUS);
		json_t *changed = given(daemons[i].changed);
		struct doctor d;

		assert_int_equal(json_object_update(status, changed), 0);
		doctor_init(&d);
		doctor_daemon(&d, status);
		check_found(&d, daemons[i].name, daemons[i].found);
		json_decref(changed);
		json_decref(status);
	}
}

static void
test_clock(void **state)
{
	static const struct {
		const char *name;
		int state, status;
		const char *found;
	} cases[] = {
		{ "in step", TIME_OK, 0, "" },
		{ "a leap second is near", TIME_INS, 0, "" },
		{ "not synchronized", TIME_ERROR, STA_UNSYNC,
		    "warning clock: nothing keeps it right: it is not "
		    "synchronized\n" },
		{ "by its status alone", TIME_OK, STA_UNSYNC,
		    "warning clock: nothing keeps it right: it is not "
		    "synchronized\n" },
		{ "not allowed to ask", -1, 0,
		    "reminder clock: the kernel does not say whether it is "
		    "right\n" },
	};

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		struct timex clock = { .status = cases[i].status };
		struct doctor d;

		doctor_init(&d);
		doctor_clock(&d, cases[i].state, &clock);
		check_found(&d, cases[i].name, cases[i].found);
	}
}

#define EXPLAIN(neighbors) \
	"{'victim':{'explain':{'neighbors':[" neighbors "]}}}"
#define GETS_IT                                                  \
	"{'name':'up0','announced':true,'next_hop':'192.0.2.1'," \
	"'communities':['blackhole'],'large_communities':['1:2:3']}"
#define GETS_NONE "{'name':'up0','announced':false,'why':'no next hop'}"
#define REFUSED(reason) \
	"{'error':{'message':'no','data':{'reason':'" reason "'}}}"
#define NONE_GETS_IT "problem ipv4: no neighbor would get a blackhole now\n"

static const struct {
	const char *name, *neighbor, *outcome, *found;
} dry_runs[] = {
	{ "announced", "{}", EXPLAIN(GETS_IT), "" },
	{ "not, though the family is agreed on", "{}", EXPLAIN(GETS_NONE),
	    "problem up0: it would get no ipv4 blackhole\n" NONE_GETS_IT },
	{ "not without a session", "{'state':'idle'}", EXPLAIN(GETS_NONE),
	    NONE_GETS_IT },
	{ "not without the family", "{'families':['ipv6']}", EXPLAIN(GETS_NONE),
	    NONE_GETS_IT },
	{ "one does, one does not", "{'state':'idle'}",
	    EXPLAIN(GETS_NONE "," GETS_IT), "" },
	{ "for nobody", "{}", EXPLAIN(""), NONE_GETS_IT },
	{ "a viewer asks", "{}", REFUSED("denied"),
	    "reminder ipv4: what blackholes carry is not shown to you "
	    "(denied)\n" },
	{ "too many already", "{}", REFUSED("too-many"),
	    "problem ipv4: a blackhole would be refused now (too-many)\n" },
};

static void
test_dry_runs(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(dry_runs); i++) {
		json_t *n = given(WELL_NEIGHBOR), *list;
		json_t *changed = given(dry_runs[i].neighbor);
		json_t *outcome = given(dry_runs[i].outcome);
		struct doctor d;

		assert_int_equal(json_object_update(n, changed), 0);
		list = json_pack("[o]", n);
		doctor_init(&d);
		doctor_dry_run(&d, "ipv4", outcome, list);
		check_found(&d, dry_runs[i].name, dry_runs[i].found);
		json_decref(outcome);
		json_decref(changed);
		json_decref(list);
	}
}

#define ADDED(stored, places)                                                \
	"{'stored':" stored ",'victim':{'since':'2026-11-22T10:00:00.000Z'," \
	"'neighbors':[" places "]}}"

static const struct {
	const char *name;
	bool added;
	const char *outcome, *found;
} trials[] = {
	{ "delivered", true,
	    ADDED("true",
		"{'name':'a','state':'delivered',"
		"'at':'2026-11-22T10:00:00.007Z'},"
		"{'name':'b','state':'delivered'}"),
	    "" },
	{ "not everywhere", true,
	    ADDED("true",
		"{'name':'a','state':'off'},"
		"{'name':'b','state':'sent'},"
		"{'name':'c','state':'down'}"),
	    "reminder a: test: it is not to have this one\n"
	    "problem b: test: not delivered in 5 s (sent)\n"
	    "problem c: test: not delivered in 5 s (down)\n" },
	{ "not stored", true, ADDED("false", ""),
	    "problem test: it was not stored: a restart would lose it\n" },
	{ "refused", true, REFUSED("not-ours"),
	    "problem test: the blackhole was refused (not-ours)\n" },
	{ "taken back", false, "{'outcome':'withdrawn','waited':'delivered'}",
	    "" },
	{ "not taken back everywhere", false,
	    "{'outcome':'withdrawn','waited':'timeout'}",
	    "warning test: not taken back everywhere in 5 s\n" },
	{ "held", false, "{'outcome':'held','waited':'delivered'}",
	    "reminder test: it stands until its time is over, 60 s (held)\n" },
	{ "not to be taken back", false, REFUSED("frozen"),
	    "problem test: taking it back was refused (frozen)\n" },
};

static void
test_trials(void **state)
{
	const struct doctor_trial t = { .prefix = "203.0.113.254",
		.timeout_s = 5,
		.took_ms = 3 };

	(void)state;
	for (size_t i = 0; i < HEX_COUNT(trials); i++) {
		json_t *outcome = given(trials[i].outcome);
		struct doctor d;

		doctor_init(&d);
		if (trials[i].added)
			doctor_added(&d, &t, outcome);
		else
			doctor_withdrawn(&d, &t, outcome);
		check_found(&d, trials[i].name, trials[i].found);
		json_decref(outcome);
	}
}

/* Modes of the directory and of what stands for the socket. */
static void
test_reach(void **state)
{
	static const struct {
		mode_t directory, socket;
		const char *rule, *found;
	} cases[] = {
		{ 0711, 0666, "{'user':'nobody','id':65534,'role':'detector'}",
		    "" },
		{ 0710, 0666, "{'user':'nobody','id':65534,'role':'detector'}",
		    "problem access: user nobody cannot reach the socket\n" },
		{ 0711, 0664, "{'user':'nobody','id':65534,'role':'detector'}",
		    "problem access: user nobody cannot reach the socket\n" },
		{ 0700, 0600, "{'user':'nobody','id':65534,'role':'none'}",
		    "" },
		{ 0700, 0600, "{'user':'root','id':0,'role':'operator'}", "" },
		{ 0711, 0666, "{'group':'det','id':4242,'role':'detector'}",
		    "" },
		{ 0711, 0660, "{'group':'det','id':4242,'role':'detector'}",
		    "problem access: group det cannot reach the socket\n" },
		{ 0711, 0666, "{'user':'ghost','id':null,'role':'detector'}",
		    "problem access: there is no user ghost\n" },
	};
	const char *directory = *state;
	char path[TMPDIR_PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/control.sock", directory);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd != -1 && close(fd) == 0);
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		json_t *rule = given(cases[i].rule);
		json_t *status = json_pack("{s:[o]}", "access", rule);
		struct doctor d;

		assert_int_equal(chmod(directory, cases[i].directory), 0);
		assert_int_equal(chmod(path, cases[i].socket), 0);
		doctor_init(&d);
		doctor_reach(&d, status, path);
		check_found(&d, cases[i].rule, cases[i].found);
		json_decref(status);
	}
}

static void
test_append(void **state)
{
	struct doctor d, other;

	(void)state;
	doctor_init(&d);
	doctor_init(&other);
	doctor_find(&d, DOCTOR_OK, "a", "well");
	doctor_find(&other, DOCTOR_WARNING, "b", "bad\x1b[1m");
	doctor_advise(&other, "mend %s", "it");
	doctor_append(&d, &other);
	doctor_fini(&other);
	assert_int_equal(d.worst, DOCTOR_WARNING);
	assert_int_equal(json_array_size(d.findings), 2);
	check_found(&d, "appended", "warning b: bad?[1m\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbors),
		cmocka_unit_test(test_daemons),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_dry_runs),
		cmocka_unit_test(test_trials),
		cmocka_unit_test_setup_teardown(test_reach, tmpdir_setup,
		    tmpdir_teardown),
		cmocka_unit_test(test_append),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
