/*
 * The methods of the control protocol, from parameters to answers: every
 * method, every parameter, every reason.
 */
#include "method_stage.h"

enum who {
	NOBODY, /* no more steps */
	NOC,
	DETECTOR,
	VIEWER,
	WAIT_10S
};

struct step {
	enum who who;
	const char *method, *params, *expected;
};

#define STEPS_MAX 12

static void
hold_for_a_minute(struct stage *s)
{
	s->ground.config.blackhole.hold_down.min_s = 60;
	s->ground.config.blackhole.hold_down.max_s = 3600;
	s->ground.config.blackhole.hold_down.window_s = 3600;
	blackhole_set_config(s->ground.blackhole, &s->ground.config);
}

static void
limit_rate(struct stage *s)
{
	s->ground.rule.rate = 1;
	access_bucket_init(&s->bucket, 1, clock_now_ms());
	access_bucket_take(&s->bucket, 9);
}

static void
narrow(struct stage *s)
{
	static struct prefix within;

	within = given_prefix("203.0.113.0/25");
	s->ground.rule.within.items = &within;
	s->ground.rule.within.count = 1;
	s->ground.rule.max_victims = 2;
}

static void
no_permanent(struct stage *s)
{
	s->ground.config.blackhole.allow_permanent = false;
}

static void
no_ipv4(struct stage *s)
{
	for (int i = 0; i < 2; i++)
		s->ground.neighbors[i].families = FAMILY_BIT(FAMILY_IPV6);
}

static void
short_ones(struct stage *s)
{
	s->ground.config.blackhole.min_length[FAMILY_IPV4] = 24;
}

static void
no_memory(struct stage *s)
{
	s->ground.no_room = true;
}

static void
disk_hangs(struct stage *s)
{
	pending_set_link(s->ground.pending, NULL);
}

static void
refuse_when_disk_hangs(struct stage *s)
{
	s->ground.config.state.on_failure = ON_FAILURE_REFUSE;
	disk_hangs(s);
}

static void
disabled_by_file(struct stage *s)
{
	s->ground.neighbors[0].enabled = false;
}

#define P1 "{'prefix':'203.0.113.1'}"

static const struct {
	const char *name;
	void (*prepare)(struct stage *s);
	struct step steps[STEPS_MAX];
} cases[] = {
	{ "no such method", NULL, { { NOC, "victim.ad", P1, "-32601" } } },
	{ "unknown parameter", NULL,
	    { { NOC, "victim.get", "{'prefx':'::'}",
		"-32602,'message':'unknown parameter 'prefx'" } } },
	{ "add", NULL,
	    { { DETECTOR, "victim.add",
		  "{'prefix':'203.0.113.1','ttl':'2h','reason':'syn'}",
		  "{'outcome':'added','until':null,'victim':{'prefix':"
		  "'203.0.113.1/32','since':'" },
		{ DETECTOR, "victim.get", P1,
		    "'remaining':7200,'claims':[{'owner':'fastnetmon',"
		    "'reason':'syn'," },
		{ DETECTOR, "victim.add", P1, "'outcome':'refreshed'" },
		{ DETECTOR, "victim.get", P1, "'remaining':7200" },
		{ DETECTOR, "victim.add", "{'prefix':'203.0.113.1','ttl':60}",
		    "'remaining':60," },
		{ DETECTOR, "victim.add",
		    "{'prefix':'203.0.113.1','ttl':'max'}",
		    "'remaining':86400," },
		{ DETECTOR, "victim.add",
		    "{'prefix':'203.0.113.1','permanent':true}",
		    "'expires':null,'remaining':null,'claims'" } } },
	{ "add: stored, sent, delivered", NULL,
	    { { NOC, "victim.add", P1, "'stored':true,'waited':'stored'" },
		{ NOC, "victim.add",
		    "{'prefix':'203.0.113.1','wait':'stored','timeout':1}",
		    "'stored':true,'waited':'stored'" },
		{ NOC, "victim.add",
		    "{'prefix':'203.0.113.1','wait':'sent','timeout':1}",
		    "'stored':true,'waited':'timeout'" },
		{ NOC, "victim.add",
		    "{'prefix':'203.0.113.1','wait':'delivered','timeout':1}",
		    "'stored':true,'waited':'timeout'" } } },
	{ "add: the disk hangs", disk_hangs,
	    { { NOC, "victim.add", P1, "'stored':false,'waited':'timeout'" },
		{ NOC, "daemon.status", "{}",
		    "'storage':{'ok':true,'pending':2," } } },
	{ "neighbors narrow a claim, and null widens it", NULL,
	    { { NOC, "victim.add",
		  "{'prefix':'203.0.113.1','neighbors':['b','b']}",
		  "'neighbors':['b']" },
		{ NOC, "victim.add", P1, "'neighbors':['b']" },
		{ NOC, "victim.add",
		    "{'prefix':'203.0.113.1','neighbors':null}",
		    "'remaining':3600}],'recurrences'" },
		{ NOC, "victim.add",
		    "{'prefix':'203.0.113.1','neighbors':['c']}",
		    "'reason':'unknown-neighbor'" } } },
	{ "withdraw", NULL,
	    { { NOC, "victim.add", P1, "added" },
		{ NOC, "victim.add", "{'prefix':'203.0.113.1','owner':'noc-2'}",
		    "added" },
		{ NOC, "victim.withdraw", P1,
		    "{'outcome':'claims-left','until':null,'victim':{" },
		{ NOC, "victim.withdraw", P1, "'reason':'not-yours'" },
		{ NOC, "victim.withdraw",
		    "{'prefix':'203.0.113.1','all_owners':true,"
		    "'reason':'over','wait':'sent','timeout':2}",
		    "{'outcome':'withdrawn','until':null,'victim':null,"
		    "'stored':true,'waited':'sent'}" },
		{ NOC, "victim.withdraw", P1, "'reason':'unknown-victim'" },
		{ NOC, "victim.get", P1, "'reason':'unknown-victim'" } } },
	{ "withdraw: hold-down", hold_for_a_minute,
	    { { DETECTOR, "victim.add", P1, "'held_until':null" },
		{ DETECTOR, "victim.withdraw", P1,
		    "{'outcome':'held','until':'" },
		{ VIEWER, "victim.get", P1,
		    "'remaining':60,'claims':[],'recurrences':0,"
		    "'held_until':'" },
		{ VIEWER, "victim.get", P1,
		    "'held_claim':{'owner':'fastnetmon','reason':''," },
		{ DETECTOR, "victim.add", P1, "'recurrences':1" },
		{ NOC, "victim.withdraw",
		    "{'prefix':'203.0.113.1','owner':'fastnetmon',"
		    "'hold':true}",
		    "'outcome':'held'" },
		{ NOC, "victim.withdraw",
		    "{'prefix':'203.0.113.1','owner':'fastnetmon',"
		    "'now':true}",
		    "'outcome':'withdrawn'" } } },
	{ "dry run", hold_for_a_minute,
	    { { DETECTOR, "victim.add",
		  "{'prefix':'203.0.113.1','dry_run':true,'ttl':60}",
		  "{'outcome':'would-add','until':null,'victim':{'prefix':"
		  "'203.0.113.1/32'," },
		{ DETECTOR, "victim.get", P1, "unknown-victim" },
		{ DETECTOR, "victim.add", P1, "added" },
		{ DETECTOR, "victim.add",
		    "{'prefix':'203.0.113.1','dry_run':true}",
		    "'outcome':'would-refresh'" },
		{ DETECTOR, "victim.withdraw",
		    "{'prefix':'203.0.113.1','dry_run':true}",
		    "{'outcome':'held','until':'" },
		{ DETECTOR, "victim.withdraw",
		    "{'prefix':'203.0.113.2','dry_run':true}",
		    "'reason':'unknown-victim'" },
		{ DETECTOR, "victim.get", P1, "'held_until':null" } } },
	{ "explain", NULL,
	    { { DETECTOR, "victim.add",
		  "{'prefix':'203.0.113.1','dry_run':true}",
		  "'explain':{'rules':[{'rule':'denied','verdict':'pass',"
		  "'message':null},{'rule':'frozen'" },
		{ DETECTOR, "victim.add",
		    "{'prefix':'203.0.113.1','dry_run':true}",
		    "'neighbors':[{'name':'a','announced':false,'why':'" },
		{ DETECTOR, "victim.add",
		    "{'prefix':'203.0.113.250','dry_run':true}",
		    "'data':{'reason':'protected','explain':{'rules':[" },
		{ DETECTOR, "victim.add",
		    "{'prefix':'203.0.113.7/24','dry_run':true}",
		    "{'rule':'host-bits','verdict':'refuse','message':'203" },
		{ DETECTOR, "victim.add",
		    "{'prefix':'203.0.113.7/24','dry_run':true}",
		    "{'rule':'too-many','verdict':'not reached'," } } },
	{ "denied", NULL,
	    { { VIEWER, "victim.add", P1, "'reason':'denied'" },
		{ DETECTOR, "victim.add",
		    "{'prefix':'203.0.113.1','owner':'noc'}",
		    "'reason':'denied'" },
		{ DETECTOR, "victim.withdraw",
		    "{'prefix':'203.0.113.1','all_owners':true}",
		    "'reason':'denied'" },
		{ DETECTOR, "victim.withdraw",
		    "{'prefix':'203.0.113.1','now':true}",
		    "'reason':'denied'" },
		{ DETECTOR, "victim.flush", "{}", "'reason':'denied'" },
		{ DETECTOR, "daemon.freeze", "{'frozen':false}",
		    "'reason':'denied'" },
		{ DETECTOR, "victim.sync", "{'owner':'noc','victims':[]}",
		    "'reason':'denied'" } } },
	{ "frozen, and what may still be done", NULL,
	    { { DETECTOR, "victim.add", P1, "added" },
		{ NOC, "daemon.freeze", "{'frozen':true,'reason':'works'}",
		    "'stored':true" },
		{ DETECTOR, "victim.add", P1,
		    "noc has frozen the daemon: until that ends only "
		    "operators change victims: works','data':{'reason':"
		    "'frozen'" },
		{ DETECTOR, "victim.withdraw_many",
		    "{'prefixes':['203.0.113.1']}", "'reason':'frozen'" },
		{ NOC, "victim.withdraw_many", "{'prefixes':[]}",
		    "'stored':true,'waited':'stored'" },
		{ VIEWER, "daemon.status", "{}",
		    "'frozen':true,'freeze':{'since':'" },
		{ NOC, "daemon.freeze", "{'frozen':false}", "'stored':true" },
		{ DETECTOR, "victim.add", P1, "refreshed" } } },
	{ "rate", limit_rate,
	    { { DETECTOR, "victim.add_many",
		  "{'victims':['203.0.113.1','203.0.113.2']}",
		  "{'added':2,'refreshed':0,'refused':[]" },
		{ DETECTOR, "victim.add", P1, "'reason':'rate'" },
		{ DETECTOR, "victim.withdraw", P1, "'reason':'rate'" },
		{ DETECTOR, "victim.add_many", "{'victims':['203.0.113.1']}",
		    "'reason':'rate'" },
		{ NOC, "victim.add", P1, "added" } } },
	{ "host bits", NULL,
	    { { NOC, "victim.add", "{'prefix':'203.0.113.7/24'}",
		  "203.0.113.7/24 has host bits set: give 203.0.113.7 for" },
		{ NOC, "victim.withdraw", "{'prefix':'203.0.113.7/24'}",
		    "'reason':'host-bits'" },
		{ NOC, "victim.flush", "{'prefix':'203.0.113.7/24'}",
		    "'reason':'host-bits'" },
		{ NOC, "victim.list", "{'prefix':'203.0.113.7/24'}",
		    "'reason':'host-bits'" },
		{ NOC, "victim.get", "{'prefix':'203.0.113.7/24'}",
		    "'reason':'host-bits'" },
		{ NOC, "history.list", "{'prefix':'203.0.113.7/24'}",
		    "'reason':'host-bits'" },
		{ NOC, "exemption.add", "{'prefix':'203.0.113.7/24','ttl':1}",
		    "'reason':'host-bits'" },
		{ NOC, "exemption.withdraw", "{'prefix':'203.0.113.7/24'}",
		    "'reason':'host-bits'" } } },
	{ "not ours", narrow,
	    { { NOC, "victim.add", "{'prefix':'192.0.2.1'}",
		  "192.0.2.1/32 lies outside every aggregate" },
		{ DETECTOR, "victim.add", "{'prefix':'203.0.113.200'}",
		    "'reason':'not-ours'" },
		{ NOC, "victim.add", "{'prefix':'203.0.113.200'}",
		    "added" } } },
	{ "is an aggregate", short_ones,
	    { { NOC, "victim.add", "{'prefix':'203.0.113.0/24'}",
		"'reason':'is-aggregate'" } } },
	{ "too short", NULL,
	    { { NOC, "victim.add", "{'prefix':'203.0.113.0/31'}",
		"'reason':'too-short'" } } },
	{ "protected", NULL,
	    { { NOC, "victim.add", "{'prefix':'203.0.113.250'}",
		"'reason':'protected'" } } },
	{ "ttl too long", NULL,
	    { { NOC, "victim.add", "{'prefix':'203.0.113.1','ttl':86401}",
		"'reason':'ttl-too-long'" } } },
	{ "permanent is not allowed", no_permanent,
	    { { NOC, "victim.add", "{'prefix':'203.0.113.1','permanent':true}",
		"'reason':'permanent-not-allowed'" } } },
	{ "family off", no_ipv4,
	    { { NOC, "victim.add", P1, "'reason':'family-off'" } } },
	{ "too many", narrow,
	    { { DETECTOR, "victim.add_many",
		"{'victims':['203.0.113.1','203.0.113.2','203.0.113.3']}",
		"{'added':2,'refreshed':0,'refused':[{'prefix':"
		"'203.0.113.3/32','reason':'too-many','message':'" } } },
	{ "busy: no memory", no_memory,
	    { { NOC, "victim.add", P1, "'reason':'busy'" } } },
	{ "busy: nobody answers about the history", NULL,
	    { { VIEWER, "history.list",
		"{'since':'1h','owner':'noc','limit':5,'after':7}",
		"'reason':'busy'" } } },
	{ "sync", NULL,
	    { { NOC, "victim.sync",
		  "{'owner':'d','victims':['203.0.113.1'],'generation':7}",
		  "{'added':1,'refreshed':0,'withdrawn':0," },
		{ NOC, "victim.sync",
		    "{'owner':'d','victims':[],'generation':7}",
		    "'data':{'reason':'stale-generation','generation':7}" },
		{ NOC, "victim.sync",
		    "{'owner':'d','victims':[],'max_withdraw':0}",
		    "'reason':'mass-withdrawal'" },
		{ NOC, "victim.sync", "{'owner':'d','victims':[]}",
		    "'withdrawn':1," } } },
	{ "add_many: what is said for all of them", NULL,
	    { { NOC, "victim.add_many",
		  "{'victims':['203.0.113.1',{'prefix':'203.0.113.2',"
		  "'ttl':60}],'ttl':'2h','owner':'d','reason':'syn',"
		  "'wait':'sent','timeout':1}",
		  "{'added':2,'refreshed':0,'refused':[],'stored':true,"
		  "'waited':'timeout'}" },
		{ VIEWER, "victim.get", P1,
		    "'remaining':7199,'claims':[{'owner':'d','reason':"
		    "'syn'," },
		{ VIEWER, "victim.get", "{'prefix':'203.0.113.2'}",
		    "'remaining':59,'claims'" },
		{ NOC, "victim.add_many",
		    "{'victims':['203.0.113.1'],'owner':'d',"
		    "'permanent':true,'neighbors':['b']}",
		    "{'added':0,'refreshed':1," },
		{ VIEWER, "victim.get", P1, "'neighbors':['b']}]" },
		{ VIEWER, "victim.get", P1,
		    "'expires':null,'remaining':null,'claims'" },
		{ NOC, "victim.add_many",
		    "{'victims':['203.0.113.3'],'dry_run':true}",
		    "{'added':1,'refreshed':0,'refused':[],'stored':false," },
		{ VIEWER, "victim.get", "{'prefix':'203.0.113.3'}",
		    "unknown-victim" } } },
	{ "withdraw_many: what is said for all of them", hold_for_a_minute,
	    { { NOC, "victim.add_many",
		  "{'victims':['203.0.113.1','203.0.113.2'],'owner':'d'}",
		  "{'added':2," },
		{ NOC, "victim.withdraw_many",
		    "{'prefixes':['203.0.113.1'],'owner':'d','hold':true,"
		    "'dry_run':true}",
		    "{'withdrawn':0,'claims_left':0,'held':1,'refused':[],"
		    "'stored':false," },
		{ NOC, "victim.withdraw_many",
		    "{'prefixes':['203.0.113.1'],'owner':'d','hold':true,"
		    "'reason':'over','wait':'stored','timeout':1}",
		    "{'withdrawn':0,'claims_left':0,'held':1,'refused':[],"
		    "'stored':true,'waited':'stored'}" },
		{ NOC, "victim.withdraw_many",
		    "{'prefixes':['203.0.113.1'],'owner':'d','now':true}",
		    "{'withdrawn':1," },
		{ NOC, "victim.withdraw_many",
		    "{'prefixes':['203.0.113.2'],'all_owners':true}",
		    "{'withdrawn':1," } } },
	{ "sync: what is said for all of them", hold_for_a_minute,
	    { { NOC, "victim.sync",
		  "{'owner':'d','victims':['203.0.113.1'],'ttl':'2h',"
		  "'reason':'syn','wait':'delivered','timeout':1}",
		  "'refused':[],'stored':true,'waited':'timeout'}" },
		{ VIEWER, "victim.get", P1,
		    "'remaining':7199,'claims':[{'owner':'d','reason':"
		    "'syn'," },
		{ NOC, "victim.sync",
		    "{'owner':'d','victims':['203.0.113.1'],"
		    "'permanent':true,'neighbors':['b']}",
		    "{'added':0,'refreshed':1," },
		{ VIEWER, "victim.get", P1, "'neighbors':['b']}]" },
		{ VIEWER, "victim.get", P1,
		    "'expires':null,'remaining':null,'claims'" },
		{ NOC, "victim.sync",
		    "{'owner':'d','victims':[],'hold':true,'dry_run':true}",
		    "'held':1,'refused':[],'stored':false," },
		{ NOC, "victim.sync", "{'owner':'d','victims':[],'hold':true}",
		    "'held':1,'refused':[],'stored':true," } } },
	{ "flush", NULL,
	    { { NOC, "victim.add_many",
		  "{'victims':['203.0.113.1','203.0.113.9']}", "{'added':2," },
		{ NOC, "victim.flush", "{'dry_run':true}",
		    "{'withdrawn':2,'claims_left':0,'held':0,'refused':[],"
		    "'stored':false," },
		{ NOC, "victim.flush", "{'owner':'else'}", "{'withdrawn':0," },
		{ NOC, "victim.flush",
		    "{'prefix':'203.0.113.8/29','owner':'noc','reason':"
		    "'over','wait':'sent','timeout':1}",
		    "{'withdrawn':1,'claims_left':0,'held':0,'refused':[],"
		    "'stored':true,'waited':'sent'}" },
		{ NOC, "victim.flush", "{}", "{'withdrawn':1," } } },
	{ "storage", refuse_when_disk_hangs,
	    { { NOC, "victim.add", P1, "'reason':'storage'" },
		{ NOC, "victim.get", P1, "'reason':'unknown-victim'" } } },
	{ "bad configuration", NULL,
	    { { NOC, "daemon.reload", "{}",
		"'data':{'reason':'bad-config','errors':['bgpd.yaml:1:1: "
		"no']}" } } },
	{ "exemptions", NULL,
	    { { NOC, "victim.add", P1, "added" },
		{ NOC, "exemption.add",
		    "{'prefix':'203.0.113.0/30','ttl':'5s','reason':'scan',"
		    "'timeout':5}",
		    "'remaining':5,'by':'noc','reason':'scan'},"
		    "'withdrawn':1,'outside_aggregates':false,"
		    "'stored':true,'waited':'stored'}" },
		{ NOC, "exemption.list", "{}",
		    "{'exemptions':[{'prefix':'203.0.113.0/30','since':'" },
		{ DETECTOR, "victim.add", P1, "'reason':'protected'" },
		{ NOC, "exemption.withdraw",
		    "{'prefix':'203.0.113.0/30','reason':'done','timeout':5}",
		    "'stored':true" },
		{ NOC, "victim.add", P1, "added" },
		{ NOC, "exemption.withdraw", "{'prefix':'203.0.113.0/30'}",
		    "'reason':'unknown-victim'" },
		{ NOC, "exemption.add",
		    "{'prefix':'203.0.113.0/30','ttl':'max'}",
		    "-32602,'message':'ttl 'max' is no time" } } },
	{ "exemptions outside of what is ours", NULL,
	    { { NOC, "exemption.add", "{'prefix':'198.51.100.0/24','ttl':5}",
		  "'withdrawn':0,'outside_aggregates':true,'stored':true" },
		{ NOC, "exemption.add", "{'prefix':'2001:db8::/32','ttl':5}",
		    "'outside_aggregates':true" },
		{ NOC, "exemption.add", "{'prefix':'203.0.112.0/23','ttl':5}",
		    "'outside_aggregates':false" },
		{ NOC, "exemption.list", "{}", "198.51.100.0/24" } } },
	{ "an exemption ends", NULL,
	    { { NOC, "exemption.add", "{'prefix':'203.0.113.0/30','ttl':5}",
		  "'withdrawn':0" },
		{ NOC, "victim.add", P1, "'reason':'protected'" },
		{ WAIT_10S, NULL, NULL, NULL },
		{ NOC, "exemption.list", "{}", "{'exemptions':[]}" },
		{ VIEWER, "exemption.list", "{}", "'reason':'denied'" },
		{ NOC, "victim.add", P1, "added" } } },
	{ "list", NULL,
	    { { NOC, "victim.add_many",
		  "{'victims':['203.0.113.1','203.0.113.2','203.0.113.9']}",
		  "'added':3" },
		{ VIEWER, "victim.list", "{'limit':1}", "'more':true}" },
		{ VIEWER, "victim.list", "{'after':'203.0.113.1','limit':1}",
		    "{'victims':[{'prefix':'203.0.113.2/32'" },
		{ VIEWER, "victim.list", "{'prefix':'203.0.113.8/29'}",
		    "{'victims':[{'prefix':'203.0.113.9/32'" },
		{ VIEWER, "victim.list", "{'owner':'nobody'}",
		    "{'victims':[],'more':false}" },
		{ VIEWER, "victim.list", "{'owner':'noc','after':'::'}",
		    "{'victims':[],'more':false}" } } },
	{ "neighbors", NULL,
	    { { VIEWER, "neighbor.list", "{}", "'name':'a'" },
		{ VIEWER, "neighbor.list", "{'name':'b'}",
		    "{'neighbors':[{'name':'b'" },
		{ VIEWER, "neighbor.list", "{'name':'c'}",
		    "'reason':'unknown-neighbor'" },
		{ NOC, "neighbor.disable", "{'name':'a','message':'works'}",
		    "{'stored':true,'waited':'stored'}" },
		{ NOC, "neighbor.enable", "{'name':'a','message':'works done'}",
		    "'stored':true" },
		{ NOC, "neighbor.reset", "{'name':'a','soft':true}",
		    "'result':{}" },
		{ NOC, "neighbor.reset", "{'name':'a'}", "'result':{}" },
		{ NOC, "neighbor.reset", "{'name':'c'}",
		    "'reason':'unknown-neighbor'" } } },
	{ "neighbors as configured", NULL,
	    { { VIEWER, "neighbor.list", "{}",
		"'configured':{'families':['ipv4'],'announce':['blackholes']"
		",'graceful_restart':0,'max_prefixes':{'ipv4':0,'ipv6':0}}" } } },
	{ "disabled by the file", disabled_by_file,
	    { { NOC, "neighbor.enable", "{'name':'a'}", "-32602" } } },
	{ "stop", NULL,
	    { { NOC, "daemon.stop", "{'withdraw':true,'message':'bye'}",
		"{'routes_may_stand':0}" } } },
	{ "status", NULL,
	    { { VIEWER, "daemon.status", "{}", "{'version':'1','pid':" },
		{ VIEWER, "daemon.status", "{}",
		    "'frozen':false,'freeze':null," },
		{ VIEWER, "daemon.status", "{}",
		    "'health':{'verdict':'critical','problems':['" },
		{ VIEWER, "daemon.status", "{}",
		    "'never':['203.0.113.250/32']" },
		{ VIEWER, "daemon.status", "{}", "'last_commit_ms':null" },
		{ VIEWER, "daemon.status", "{}",
		    "'caller':{'user':'grafana','role':'viewer'},'access':"
		    "null" },
		{ NOC, "daemon.status", "{}", "'role':'operator'},'access':[" },
		{ VIEWER, "daemon.status", "{'all':true}", "-32602" } } },
	{ "events", NULL,
	    { { VIEWER, "events.subscribe",
		  "{'types':['victim.added'],'snapshot':true}", "'result':{}" },
		{ VIEWER, "events.subscribe", "{}", "'result':{}" },
		{ VIEWER, "events.subscribe", "{'types':['victim.ad']}",
		    "-32602,'message':'types 'victim.ad' is no type" } } },
};

static const struct caller *
caller_of(const struct stage *s, enum who who)
{
	switch (who) {
	case NOC:
		return &s->ground.operator;
	case DETECTOR:
		return &s->ground.detector;
	default:
		return &s->viewer;
	}
}

static void
run_steps(struct stage *s, const struct step *steps)
{
	for (int i = 0; i < STEPS_MAX && steps[i].who != NOBODY; i++) {
		const struct step *step = &steps[i];

		if (step->who == WAIT_10S) {
			fake_pass(s->ground.base, 10000);
			continue;
		}
		stage_run(s, caller_of(s, step->who), step->method,
		    step->params);
		stage_expect(s, step->expected);
	}
}

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		struct stage s;

		hex_case(cases[i].name);
		stage_init(&s);
		if (cases[i].prepare != NULL)
			cases[i].prepare(&s);
		run_steps(&s, cases[i].steps);
		stage_fini(&s);
	}
}

static bool
is_in_cases(const char *text)
{
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		for (int j = 0; j < STEPS_MAX; j++) {
			const struct step *step = &cases[i].steps[j];

			if (step->expected != NULL &&
			    strstr(step->expected, text) != NULL)
				return true;
		}
	}
	return false;
}

static void
test_every_reason_has_a_case(void **state)
{
	char text[64];

	(void)state;
	for (int i = REASON_NONE + 1; i < REASONS; i++) {
		snprintf(text, sizeof(text), "'reason':'%s'",
		    reason_name((enum reason)i));
		if (!is_in_cases(text))
			fail_msg("no case for %s", text);
	}
}

/* Some case gives that method that parameter, or none at all. */
static bool
is_called_with(const char *method, const char *param)
{
	char text[64] = "{}";

	if (strcmp(param, "nothing") != 0)
		snprintf(text, sizeof(text), "'%s':", param);
	for (size_t i = 0; i < HEX_COUNT(cases); i++) {
		for (int j = 0; j < STEPS_MAX; j++) {
			const struct step *step = &cases[i].steps[j];

			if (step->method != NULL &&
			    strcmp(step->method, method) == 0 &&
			    strstr(step->params, text) != NULL)
				return true;
		}
	}
	return false;
}

/* What a method takes, it tells whoever gives it something else. */
static void
test_every_parameter_has_a_case(void **state)
{
	const struct method *m;

	(void)state;
	for (size_t i = 0; (m = method_at(i)) != NULL; i++) {
		const char *before = "expected here: ";
		struct stage s;
		char *param, *rest;

		stage_init(&s);
		stage_run(&s, &s.ground.operator, m->name, "{'else':1}");
		stage_expect(&s, before);
		rest = strstr(s.text, before) + strlen(before);
		rest[strcspn(rest, "'")] = '\0';
		while ((param = strtok_r(rest, ", ", &rest)) != NULL)
			if (!is_called_with(m->name, param))
				fail_msg("%s: no case with %s", m->name, param);
		stage_fini(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_every_parameter_has_a_case),
		cmocka_unit_test(test_every_reason_has_a_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
