#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"

const char options_help[] =
	"usage: gateway [--port P] [--workers N] [--mode proxy|zero-copy] [--functions FILE]\n"
	"\n"
	"An HTTP server that answers with functions run by worker processes.\n"
	"\n"
	"  --port P             listen on this port (8080; 0: a free one)\n"
	"  --listen ADDR        listen on this address (127.0.0.1)\n"
	"  --workers N          worker processes, 1 to 64 (2)\n"
	"  --mode MODE          proxy: the gateway passes requests and answers on (default)\n"
	"                       zero-copy: it hands the client's connection to a worker\n"
	"  --functions FILE     routes and functions (functions.conf)\n"
	"  --queue N            per worker, 1 to 65536 (1024): calls without answer (proxy) or "
	"open\n"
	"                       connections (zero-copy); when all are full, 503\n"
	"  --request-timeout S  seconds for a client to send its request, 1 to 3600 (10)\n"
	"  --exec-timeout S     seconds for an exec function to answer, 1 to 3600 (5)\n"
	"  --help\n";

enum option_name {
	OPTION_PORT = 256,
	OPTION_LISTEN,
	OPTION_WORKERS,
	OPTION_MODE,
	OPTION_FUNCTIONS,
	OPTION_QUEUE,
	OPTION_REQUEST_TIMEOUT,
	OPTION_EXEC_TIMEOUT,
	OPTION_HELP,
};

static const struct option names[] = {
	{"port", required_argument, NULL, OPTION_PORT},
	{"listen", required_argument, NULL, OPTION_LISTEN},
	{"workers", required_argument, NULL, OPTION_WORKERS},
	{"mode", required_argument, NULL, OPTION_MODE},
	{"functions", required_argument, NULL, OPTION_FUNCTIONS},
	{"queue", required_argument, NULL, OPTION_QUEUE},
	{"request-timeout", required_argument, NULL, OPTION_REQUEST_TIMEOUT},
	{"exec-timeout", required_argument, NULL, OPTION_EXEC_TIMEOUT},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

const char *mode_name(enum mode mode)
{
	return mode == MODE_PROXY ? "proxy" : "zero-copy";
}

static int parse_number(const char *name, const char *text, unsigned long least, unsigned long most,
			unsigned long *ret_number, struct trouble *trouble)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < least ||
	    number > most)
		return trouble_set(trouble, -EINVAL, "--%s %s: should be a number from %lu to %lu",
				   name, text, least, most);
	*ret_number = number;
	return 0;
}

static int parse_mode(const char *text, enum mode *ret_mode, struct trouble *trouble)
{
	if (strcmp(text, "proxy") == 0)
		*ret_mode = MODE_PROXY;
	else if (strcmp(text, "zero-copy") == 0)
		*ret_mode = MODE_ZERO_COPY;
	else
		return trouble_set(trouble, -EINVAL, "--mode %s: there are proxy and zero-copy",
				   text);
	return 0;
}

static int parse_option(struct options *options, int option, const char *text,
			struct trouble *trouble)
{
	unsigned long number = 0;
	int status = 0;

	switch (option) {
	case OPTION_PORT:
		status = parse_number("port", text, 0, UINT16_MAX, &number, trouble);
		options->port = (uint16_t)number;
		break;
	case OPTION_LISTEN:
		options->listen = text;
		break;
	case OPTION_WORKERS:
		status = parse_number("workers", text, 1, 64, &options->workers, trouble);
		break;
	case OPTION_MODE:
		status = parse_mode(text, &options->mode, trouble);
		break;
	case OPTION_FUNCTIONS:
		options->functions = text;
		break;
	case OPTION_QUEUE:
		status = parse_number("queue", text, 1, 65536, &options->queue, trouble);
		break;
	case OPTION_REQUEST_TIMEOUT:
		status = parse_number("request-timeout", text, 1, 3600, &number, trouble);
		options->request_time_ns = number * NS_PER_S;
		break;
	case OPTION_EXEC_TIMEOUT:
		status = parse_number("exec-timeout", text, 1, 3600, &number, trouble);
		options->exec_time_ns = number * NS_PER_S;
		break;
	default:
		options->wants_help = true;
		break;
	}
	return status;
}

int options_parse(struct options *ret_options, int count, char **arguments, struct trouble *trouble)
{
	struct options options = {
		.listen = "127.0.0.1",
		.port = 8080,
		.workers = 2,
		.queue = 1024,
		.mode = MODE_PROXY,
		.functions = "functions.conf",
		.request_time_ns = 10 * NS_PER_S,
		.exec_time_ns = 5 * NS_PER_S,
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(count, arguments, ":", names, NULL)) != -1) {
		int status;

		if (option == ':')
			return trouble_set(trouble, -EINVAL, "%s needs a value; see --help",
					   arguments[optind - 1]);
		if (option == '?')
			return trouble_set(trouble, -EINVAL, "unknown option %s; see --help",
					   arguments[optind - 1]);
		status = parse_option(&options, option, optarg, trouble);
		if (status < 0)
			return status;
	}
	if (optind < count)
		return trouble_set(trouble, -EINVAL, "'%s' is no option; see --help",
				   arguments[optind]);
	*ret_options = options;
	return 0;
}
