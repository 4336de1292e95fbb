/*
 * The three scripts work alike: find the command among the words, offer its
 * options, and for its arguments what the daemon knows.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "completion.h"

const char *const completion_shells[] = { "bash", "zsh", "fish", NULL };

/* The first column of what a command lists; empty without a daemon. */
#define ASK "rtbh-ctl -t 1 $1 2>/dev/null | awk 'NR > 1 { print $1 }'"

static bool
takes(const struct command *c, unsigned option)
{
	return (c->options & OPTION_BIT(option)) != 0;
}

/* " --ttl --forever" */
static void
put_options(uint32_t set)
{
	for (unsigned i = 0; i < OPTIONS; i++) {
		if (set & OPTION_BIT(i))
			printf(" %s", options_name((enum option)i));
	}
}

/* "-s|--socket|-t|--timeout|--ttl": those that a value follows. */
static void
put_valued(void)
{
	const char *bar = "";

	for (unsigned i = 0; i < OPTIONS; i++) {
		enum option option = (enum option)i;

		if (!options_takes_value(option))
			continue;
		if (options_letter(option) != 0)
			printf("%s-%c|%s", bar, options_letter(option),
			    options_name(option));
		else
			printf("%s%s", bar, options_name(option));
		bar = "|";
	}
}

/* "withdraw|del" */
static void
put_names(const struct command *c, const char *between)
{
	fputs(c->name, stdout);
	if (c->alias != NULL)
		printf("%s%s", between, c->alias);
}

/* The text within single quotes; escaped is also taken as it is. */
static void
put_quoted(const char *text, char escaped)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (escaped != 0 && *text == escaped)
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

/* What lists the arguments: a command of ours, or NULL. */
static const char *
asked(enum command_arg arg)
{
	if (arg == ARG_VICTIM || arg == ARG_VICTIMS)
		return "list";
	return arg == ARG_NEIGHBOR ? "neighbors" : NULL;
}

/* Arguments that are known beforehand; NULL: none are. */
static const char *const *
fixed(enum command_arg arg)
{
	if (arg == ARG_EVENT_TYPE)
		return command_event_types();
	return arg == ARG_SHELL ? completion_shells : NULL;
}

static void
put_fixed(enum command_arg arg)
{
	const char *const *names = fixed(arg);

	while (names != NULL && *names != NULL)
		printf(" %s", *names++);
}

static void
bash_command(const struct command *c)
{
	putchar('\t');
	put_names(c, "|");
	printf(")\n\t\twords='");
	put_options(OPTIONS_OF_ALL | c->options);
	put_fixed(c->arg);
	printf("'\n");
	if (asked(c->arg) != NULL)
		printf("\t\t[[ $cur == -* ]] || "
		       "words+=\" $(_rtbh_ctl_ask %s)\"\n",
		    asked(c->arg));
	if (c->arg == ARG_FILE)
		printf("\t\tcompopt -o default\n");
	printf("\t\t;;\n");
}

/* The words before the current one: the command, or nothing yet. */
static void
put_find_command(const char *word)
{
	printf("\t\tcase %s in\n\t\t", word);
	put_valued();
	printf(") ((i++)) ;;\n"
	       "\t\t-*) ;;\n"
	       "\t\t*) command=%s; break ;;\n"
	       "\t\tesac\n"
	       "\tdone\n",
	    word);
}

static void
bash(void)
{
	printf("# bash completion, made by: rtbh-ctl completion bash\n"
	       "_rtbh_ctl_ask()\n{\n\t" ASK "\n}\n\n"
	       "_rtbh_ctl()\n{\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} command='' words='' i\n"
	       "\tlocal prev=${COMP_WORDS[COMP_CWORD-1]}\n\n"
	       "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n");
	put_find_command("${COMP_WORDS[i]}");
	printf("\tcase $prev in\n"
	       "\t-s|--socket) compopt -o default; COMPREPLY=(); return ;;\n"
	       "\t--to) COMPREPLY=($(compgen -W \"$(_rtbh_ctl_ask neighbors)\""
	       " -- \"$cur\")); return ;;\n"
	       "\t--ttl) COMPREPLY=($(compgen -W '30m 1h 1d max' "
	       "-- \"$cur\")); return ;;\n\t");
	put_valued();
	printf(") COMPREPLY=(); return ;;\n\tesac\n\tcase $command in\n"
	       "\t'')\n\t\twords='");
	put_options(OPTIONS_OF_ALL);
	for (size_t i = 0; command_at(i) != NULL; i++)
		printf(" %s", command_at(i)->name);
	printf("'\n\t\t;;\n");
	for (size_t i = 0; command_at(i) != NULL; i++)
		bash_command(command_at(i));
	printf("\tesac\n"
	       "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	       "\t[[ $(type -t __ltrim_colon_completions) ]] &&\n"
	       "\t\t__ltrim_colon_completions \"$cur\"\n"
	       "\treturn 0\n"
	       "}\n"
	       "complete -F _rtbh_ctl rtbh-ctl\n");
}

static void
zsh_command(const struct command *c)
{
	putchar('\t');
	put_names(c, "|");
	printf(")\n\t\tcompadd --");
	put_options(OPTIONS_OF_ALL | c->options);
	put_fixed(c->arg);
	putchar('\n');
	if (asked(c->arg) != NULL)
		printf("\t\t[[ $PREFIX == -* ]] ||\n"
		       "\t\t\tcompadd -- ${(f)\"$(_rtbh_ctl_ask %s)\"}\n",
		    asked(c->arg));
	if (c->arg == ARG_FILE)
		printf("\t\t_files\n");
	printf("\t\t;;\n");
}

static void
zsh(void)
{
	printf("#compdef rtbh-ctl\n"
	       "# zsh completion, made by: rtbh-ctl completion zsh\n"
	       "_rtbh_ctl_ask()\n{\n\t" ASK "\n}\n\n"
	       "_rtbh_ctl()\n{\n"
	       "\tlocal command='' i\n"
	       "\tlocal -a commands\n\n"
	       "\tfor ((i = 2; i < CURRENT; i++)); do\n");
	put_find_command("$words[i]");
	printf("\tcase $words[CURRENT-1] in\n"
	       "\t-s|--socket) _files; return ;;\n"
	       "\t--to) compadd -- ${(f)\"$(_rtbh_ctl_ask neighbors)\"}; "
	       "return ;;\n"
	       "\t--ttl) compadd -- 30m 1h 1d max; return ;;\n\t");
	put_valued();
	printf(") return 1 ;;\n\tesac\n\tcase $command in\n\t'')\n"
	       "\t\tcommands=(\n");
	for (size_t i = 0; command_at(i) != NULL; i++) {
		printf("\t\t\t'%s:", command_at(i)->name);
		put_quoted(command_at(i)->help, ':');
		printf("'\n");
	}
	printf("\t\t)\n\t\t_describe command commands\n\t\tcompadd --");
	put_options(OPTIONS_OF_ALL);
	printf("\n\t\t;;\n");
	for (size_t i = 0; command_at(i) != NULL; i++)
		zsh_command(command_at(i));
	printf("\tesac\n}\n\n"
	       "if [[ $funcstack[1] == _rtbh-ctl ]]; then\n"
	       "\t_rtbh_ctl \"$@\"\n"
	       "else\n\tcompdef _rtbh_ctl rtbh-ctl\nfi\n");
}

/* An option; condition: "" or " -n '...'". */
static void
fish_option(unsigned i, const struct command *c)
{
	enum option option = (enum option)i;

	printf("complete -c rtbh-ctl");
	if (c != NULL) {
		printf(" -n '__fish_seen_subcommand_from ");
		put_names(c, " ");
		putchar('\'');
	}
	printf(" -l %s", options_name(option) + 2);
	if (options_letter(option) != 0)
		printf(" -s %c", options_letter(option));
	if (option == OPTION_SOCKET)
		printf(" -r -F");
	else if (option == OPTION_TO)
		printf(" -x -a '(__rtbh_ctl_ask neighbors)'");
	else if (option == OPTION_TTL)
		printf(" -x -a '30m 1h 1d max'");
	else if (options_takes_value(option))
		printf(" -x");
	putchar('\n');
}

static void
fish_arguments(const struct command *c)
{
	bool known = asked(c->arg) != NULL || fixed(c->arg) != NULL;

	if (!known && c->arg != ARG_FILE)
		return;
	printf("complete -c rtbh-ctl -n '__fish_seen_subcommand_from ");
	put_names(c, " ");
	if (asked(c->arg) != NULL)
		printf("' -a '(__rtbh_ctl_ask %s)'\n", asked(c->arg));
	else if (known) {
		printf("' -a '");
		put_fixed(c->arg);
		printf("'\n");
	} else
		printf("' -F\n");
}

static void
fish_command(const struct command *c)
{
	printf("complete -c rtbh-ctl -n __fish_use_subcommand -a %s -d '",
	    c->name);
	put_quoted(c->help, 0);
	printf("'\n");
	for (unsigned i = 0; i < OPTIONS; i++) {
		if (takes(c, i))
			fish_option(i, c);
	}
	fish_arguments(c);
}

static void
fish(void)
{
	printf("# fish completion, made by: rtbh-ctl completion fish\n"
	       "function __rtbh_ctl_ask\n"
	       "\trtbh-ctl -t 1 $argv[1] 2>/dev/null | "
	       "awk 'NR > 1 { print $1 }'\n"
	       "end\n\n"
	       "complete -c rtbh-ctl -f\n");
	for (unsigned i = 0; i < OPTIONS; i++) {
		if (OPTIONS_OF_ALL & OPTION_BIT(i))
			fish_option(i, NULL);
	}
	for (size_t i = 0; command_at(i) != NULL; i++)
		fish_command(command_at(i));
}

int
cmd_completion(const struct options *o)
{
	static void (*const scripts[])(void) = { bash, zsh, fish };

	for (size_t i = 0; completion_shells[i] != NULL; i++) {
		if (strcmp(o->args[1], completion_shells[i]) == 0)
			scripts[i]();
	}
	return EXIT_DONE;
}
