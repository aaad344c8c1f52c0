/* options -- see options.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/options.h"

#include <getopt.h>
#include <stdio.h>

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check", no_argument, NULL, 't' },
	{ "migrate", no_argument, NULL, 'm' },
	{ "print", required_argument, NULL, 'p' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

void
options_help(void)
{
	fputs("usage: understudy [-c FILE] [--check | --migrate]\n"
	    "       understudy --print WHAT\n"
	    "       understudy compare LEGACY ENHANCED ...\n"
	    "       understudy rejudge --rules FILE ...\n"
	    "       understudy simulate --rules FILE --from STORE ...\n"
	    "\n"
	    "A reverse proxy that carries a live chat API from its legacy to its\n"
	    "enhanced backend.  Stays in the foreground and logs JSON lines to\n"
	    "standard error.\n"
	    "\n"
	    "  -c, --config FILE  the configuration (default understudy.json)\n"
	    "  -t, --check        print every fault of the configuration; exit 1\n"
	    "                     if there is any\n"
	    "      --migrate      create or migrate the schema of the store, exit\n"
	    "      --print WHAT   config-reference, config-schema, rules-schema,\n"
	    "                     metrics-reference, outcome-reference,\n"
	    "                     api-reference or openapi\n"
	    "  -V, --version\n"
	    "  -h, --help\n"
	    "\n"
	    "  compare            compare two files as answers are compared; see\n"
	    "                     'understudy compare --help'\n"
	    "  rejudge            judge kept answers again by other rules; see\n"
	    "                     'understudy rejudge --help'\n"
	    "  simulate           say what rules would have decided over recorded\n"
	    "                     traffic; see 'understudy simulate --help'\n"
	    "\n"
	    "Signals: HUP reads the configuration again; USR2 starts the program\n"
	    "again and hands over to it without a gap; TERM, INT and QUIT finish\n"
	    "what runs and exit 0.  UNDERSTUDY_ENABLED=false in the environment keeps\n"
	    "all traffic on legacy, whatever else is set.\n", stdout);
}

bool
options_parse(int argc, char **argv, struct options *out)
{
	int letter;

	*out = (struct options){ .config = "understudy.json" };
	while ((letter = getopt_long(argc, argv, "c:thV", long_options,
	    NULL)) != -1) {
		switch (letter) {
		case 'c':
			out->config = optarg;
			break;
		case 't':
			out->mode = RUN_CHECK;
			break;
		case 'm':
			out->mode = RUN_MIGRATE;
			break;
		case 'p':
			out->mode = RUN_PRINT;
			out->print = optarg;
			break;
		case 'V':
			out->mode = RUN_VERSION;
			break;
		case 'h':
			out->mode = RUN_HELP;
			break;
		default:
			fputs("understudy: try 'understudy --help'\n", stderr);
			return false;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "understudy: '%s' is not an option; try "
		    "'understudy --help'\n", argv[optind]);
		return false;
	}
	return true;
}
