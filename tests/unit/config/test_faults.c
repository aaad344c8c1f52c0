/* test_faults -- wrong configurations and what is said about them.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "config/faults.h"
#include "files.h"

struct row {
	const char *why;
	const char *text;     /* members beside the needed ones, or a whole file */
	const char *want[3];  /* each must be in the faults */
};

static void
check_rows(const struct row *rows, size_t count, const char *before,
    const char *after, bool as_rules)
{
	for (size_t i = 0; i < count; i++) {
		struct buf text = { 0 }, faults = { 0 };
		struct config *c;

		buf_printf(&text, "%s%s%s", before, rows[i].text, after);
		c = as_rules ? files_load(WITH_RULES, text.bytes, &faults) :
		    files_load(text.len > 0 ? text.bytes : "", NULL, &faults);
		cr_expect_null(c, "%s: was accepted", rows[i].why);
		for (size_t j = 0; j < 3 && rows[i].want[j] != NULL; j++)
			cr_expect(faults.bytes != NULL &&
			    strstr(faults.bytes, rows[i].want[j]) != NULL,
			    "%s: no \"%s\" in\n%s", rows[i].why, rows[i].want[j],
			    faults.bytes != NULL ? faults.bytes : "(none)");
		config_unref(&c);
		buf_fini(&text);
		buf_fini(&faults);
	}
}

/* --- whole files ------------------------------------------------------------- */

static const struct row whole_files[] = {
	{ "not JSON", "{'listen': [}",
	    { "understudy.json:1:13: /: not JSON: not a value" } },
	{ "the end is missing", "{\n 'listen': [\n\n",
	    { "understudy.json:2:13: /: not JSON: a value is missing" } },
	{ "empty file", "", { "understudy.json:1:1: /: not JSON" } },
	{ "text behind", "{} x", { "1:4: /: not JSON: text behind" } },
	{ "a list", "[]", { "1:1: /: must be an object in { }, not a list" } },
	{ "nothing in it", "{}", { "1:1: /listen: is missing; add it: Where "
	    "clients connect", "1:1: /backends: is missing" } },
	{ "listen without address", "{'listen':[{}]," BACKENDS_KEY "}",
	    { ":1:12: /listen/0/address: is missing" } },
	{ "listen empty", "{'listen':[]," BACKENDS_KEY "}",
	    { "/listen: is empty; list at least one" } },
	{ "listen is a text", "{'listen':'127.0.0.1:1'," BACKENDS_KEY "}",
	    { "/listen: must be a list in [ ], not \"127.0.0.1:1\"" } },
	{ "listen item is a text", "{'listen':['127.0.0.1:1']," BACKENDS_KEY "}",
	    { "/listen/0: must be an object in { }, not \"127.0.0.1:1\"" } },
	{ "no port", "{'listen':[{'address':'127.0.0.1'}]," BACKENDS_KEY "}",
	    { "/listen/0/address: \"127.0.0.1\" has no port; write HOST:PORT" } },
	{ "port too large", "{'listen':[{'address':'127.0.0.1:70000'}],"
	    BACKENDS_KEY "}", { "has the port \"70000\"; write a number" } },
	{ "bare IPv6", "{'listen':[{'address':'::1:80'}]," BACKENDS_KEY "}",
	    { "\"::1:80\" is not HOST:PORT; IPv6 addresses go in brackets" } },
	{ "no host", "{'listen':[{'address':':80'}]," BACKENDS_KEY "}",
	    { "\":80\" has no valid host; write HOST:PORT" } },
	{ "no bracket", "{'listen':[{'address':'[::1:80'}]," BACKENDS_KEY "}",
	    { "\"[\" without its \"]\"" } },
	{ "bad IPv4", "{'listen':[{'address':'127.0.0.300:80'}]," BACKENDS_KEY
	    "}", { "\"127.0.0.300\", which is not an IP address" } },
	{ "unix without path", "{'listen':[{'address':'unix:'}]," BACKENDS_KEY
	    "}", { "\"unix:\" has no path; write unix:PATH" } },
	{ "unix listener", "{'listen':[{'address':'unix:u.sock'}]," BACKENDS_KEY
	    "}", { "/listen/0/address: \"unix:", "cannot be shared by the workers" } },
	{ "listen twice", "{'listen':[{'address':'127.0.0.1:80'},"
	    "{'address':'127.0.0.1:80'}]," BACKENDS_KEY "}",
	    { "/listen/1/address: \"127.0.0.1:80\" is listed twice" } },
	{ "networks without the protocol", "{'listen':[{'address':"
	    "'127.0.0.1:80','proxy_networks':['::1']}]," BACKENDS_KEY "}",
	    { "/listen/0/proxy_networks: needs \"proxy_protocol\": true" } },
	{ "tls of nothing", "{'listen':[{'address':'127.0.0.1:80','tls':{}}],"
	    BACKENDS_KEY "}",
	    { "/listen/0/tls: needs one of \"certificate\", \"certificates\"; "
	    "add it" } },
	{ "tls is no object", "{'listen':[{'address':'127.0.0.1:80','tls':true}],"
	    BACKENDS_KEY "}", { "/listen/0/tls: must be an object in { }" } },
	{ "tls without key", "{'listen':[{'address':'127.0.0.1:80','tls':"
	    "{'certificate':'c'}}]," BACKENDS_KEY "}",
	    { "/listen/0/tls/key: is missing; add the private key" } },
	{ "tls key alone", "{'listen':[{'address':'127.0.0.1:80','tls':"
	    "{'certificates':[{'certificate':'c'}],'key':'k'}}]," BACKENDS_KEY "}",
	    { "/listen/0/tls/certificates/0/key: is missing" } },
	{ "tls of both kinds", "{'listen':[{'address':'127.0.0.1:80','tls':"
	    "{'certificate':'c','key':'k','certificates':[]}}]," BACKENDS_KEY "}",
	    { "/listen/0/tls: has 2 of", "/listen/0/tls/certificates: is empty" } },
	{ "client CA for nothing", "{'listen':[{'address':'127.0.0.1:80','tls':"
	    "{'certificate':'c','key':'k','client_ca':'a'}}]," BACKENDS_KEY "}",
	    { "/listen/0/tls/client_ca: is used for nothing while client_verify is "
	    "\"off\"" } },
	{ "no client CA", "{'listen':[{'address':'127.0.0.1:80','tls':"
	    "{'certificate':'c','key':'k','client_verify':'required'}}],"
	    BACKENDS_KEY "}",
	    { "/listen/0/tls/client_verify: needs the CAs to verify by" } },
	{ "words of tls", "{'listen':[{'address':'127.0.0.1:80','tls':"
	    "{'certificate':'c','key':'k','client_verify':'sometimes',"
	    "'min_version':'1.1'}}]," BACKENDS_KEY "}",
	    { "/client_verify: \"sometimes\" is not one of \"off\"",
	    "/min_version: \"1.1\" is not one of \"1.2\", \"1.3\"" } },
	{ "tls to no https", "{" LISTEN_KEY ",'backends':{'legacy':{'urls':"
	    "['http://127.0.0.1:1'],'tls':{'ca':'c'}},'enhanced':{'urls':"
	    "['https://127.0.0.1:2'],'tls':{'key':'k'}}}}",
	    { "/backends/legacy/tls: is used for nothing, as no URL",
	    "/backends/enhanced/tls/key: belongs to no certificate" } },
	{ "no enhanced", "{" LISTEN_KEY ",'backends':{'legacy':"
	    "{'urls':['http://a.test']}}}",
	    { "/backends/enhanced: is missing",
	    "/backends/legacy/urls/0: \"http://a.test\" has the host \"a.test\", "
	    "which cannot be resolved (Name or service not known)" } },
	{ "control", "{" LISTEN_KEY ",'backends':{'legacy':{'urls':"
	    "['http://127.0.0.1:1']},'enhanced':{'urls':['http://127.0.0.1:2']},"
	    "'control':{'hold':{'first':'2m'}}}}",
	    { "/backends/control/urls: is missing",
	    "/backends/control/hold: begins with a hold that is longer" } },
	{ "urls", "{" LISTEN_KEY ",'backends':{'legacy':{'urls':"
	    "['https://127.0.0.1:0','ftp://x','http://u:p@127.0.0.1:1',"
	    "'http://127.0.0.1:1?x',5,'http://127.0.0.1:0']},"
	    "'enhanced':{'urls':[]}}}",
	    { "/urls/0: \"https://127.0.0.1:0\" has port 0",
	    "/urls/1: \"ftp://x\" is not a URL of a backend; write "
	    "http://HOST:PORT or https://HOST:PORT", "/urls/2: \"http://u:p@127.0.0.1:1"
	    "\" carries a user name" } },
	{ "urls, the rest", "{" LISTEN_KEY ",'backends':{'legacy':{'urls':"
	    "['http://127.0.0.1:1?x',5,'http://127.0.0.1:0']},"
	    "'enhanced':{'urls':[]}}}",
	    { "/urls/0: \"http://127.0.0.1:1?x\" has a query",
	    "/urls/1: must be a URL like \"http://127.0.0.1:9001\", not 5",
	    "/enhanced/urls: is empty; list at least one URL" } },
	{ "host", "{" LISTEN_KEY ",'backends':{'legacy':{'urls':"
	    "['http://127.0.0.1:1'],'host':'a b'},'enhanced':{'urls':"
	    "['http://127.0.0.1:2']}}}",
	    { "/backends/legacy/host: \"a b\" has no valid host" } },
	{ "health", "{" LISTEN_KEY ",'backends':{'legacy':{'urls':"
	    "['http://127.0.0.1:1'],'health':{'path':'health','status':'2xx'}},"
	    "'enhanced':{'urls':['http://127.0.0.1:2'],'health':"
	    "{'status':'399-200'}}}}",
	    { "/legacy/health/path: \"health\" is not a path of a request; begin",
	    "/legacy/health/status: \"2xx\" holds no status between 100 and 599",
	    "/enhanced/health/path: is missing" } },
	{ "statuses", "{" LISTEN_KEY ",'backends':{'legacy':{'urls':"
	    "['http://127.0.0.1:1'],'health':{'path':'/h','status':'399-200'}},"
	    "'enhanced':{'urls':['http://127.0.0.1:2'],'health':"
	    "{'path':'/h','status':'200-'}}}}",
	    { "\"399-200\" holds no status between 100 and 599",
	    "/enhanced/health/status: must be a status like" } },
	{ "rest", "{" LISTEN_KEY "," BACKENDS_KEY ",'shadow':{'rest':"
	    "{'after':-1,'first':'2m'}}}",
	    { "/shadow/rest/after: ",
	    "/shadow/rest: begins with a rest that is longer than its \"max\"" } },
	{ "hold and balance", "{" LISTEN_KEY ",'backends':{'legacy':{'urls':"
	    "['http://127.0.0.1:1'],'hold':{'first':'2m'}},'enhanced':{'urls':"
	    "['http://127.0.0.1:2'],'balance':'fair'}}}",
	    { "/legacy/hold: begins with a hold that is longer than its \"max\"",
	    "/enhanced/balance: ", "least" } },
};

/* --- members of understudy.json ---------------------------------------------- */

static const struct row settings[] = {
	{ "unknown key", "'worker':2", { "/worker: unknown key; did you mean "
	    "\"workers\"?" } },
	{ "unknown key, nothing near", "'zzzzzzzz':2",
	    { "/zzzzzzzz: unknown key; known here: \"$schema\", \"listen\"" } },
	{ "key twice", "'workers':2,'workers':3",
	    { "/workers: given twice in one object" } },
	{ "pointer is escaped", "'a/b~c':2", { "/a~1b~0c: unknown key" } },
	{ "wrong type", "'workers':'2'",
	    { "/workers: must be a whole number, not \"2\"" } },
	{ "zero workers", "'workers':0",
	    { "/workers: 0 is out of range; write 1 to 256" } },
	{ "half a worker", "'workers':1.5",
	    { "must be a whole number, not 1.5" } },
	{ "a huge number", "'workers':1e400", { "out of range" } },
	{ "a negative one", "'compare_threads':-1",
	    { "/compare_threads: -1 is out of range; write 1 to 64" } },
	{ "boolean", "'version_header':'yes'",
	    { "/version_header: must be true or false, not \"yes\"" } },
	{ "boolean null", "'version_header':null", { "not null" } },
	{ "networks", "'trusted_networks':['10.0.0.0/33','10.0.0.1/8',8]",
	    { "/trusted_networks/0: \"10.0.0.0/33\" is not a network; write one "
	    "like \"10.0.0.0/8\"", "/trusted_networks/1: \"10.0.0.1/8\" has bits "
	    "set behind its prefix", "/trusted_networks/2: must be a network like" } },
	{ "access log without a path", "'access_log':{'sample':5}",
	    { "/access_log/path: is missing" } },
	{ "networks are a list", "'trusted_networks':'10.0.0.0/8'",
	    { "/trusted_networks: must be a list of networks in [ ]" } },
	{ "traceparent", "'traceparent':'never'", { "\"never\" is not one of "
	    "\"pass\", \"begin\", \"begin_sampled\"" } },
	{ "log level", "'log_level':'debugg'", { "/log_level: \"debugg\" is not "
	    "one of \"error\", \"warn\", \"info\", \"debug\"; did you mean "
	    "\"debug\"?" } },
	{ "log level, nothing near", "'log_level':'loud'",
	    { "\"loud\" is not one of", "write one of them" } },
	{ "duration without unit", "'timeouts':{'head':30}",
	    { "/timeouts/head: 30 has no unit; write a duration like" } },
	{ "bad unit", "'timeouts':{'idle':'10 sec'}", { "/timeouts/idle: "
	    "\"10 sec\" is not a duration; write a number and one of the units "
	    "us, ms, s, m, h, d" } },
	{ "too fine", "'timeouts':{'idle':'1500us'}",
	    { "finer than a millisecond" } },
	{ "too long", "'timeouts':{'drain':'2h'}",
	    { "/timeouts/drain: \"2h\" is out of range; write 0s to 1h" } },
	{ "size", "'limits':{'head':'64KB'}", { "/limits/head: \"64KB\" is not "
	    "a size; write bytes, or a number and one of the units B, KiB, MiB, "
	    "GiB" } },
	{ "size out of range", "'limits':{'head':1}",
	    { "1 is out of range; write 1KiB to 16MiB" } },
	{ "size is a list", "'limits':{'head':[]}",
	    { "must be a number of bytes or a size like \"256KiB\", not a list" } },
	{ "limits is a text", "'limits':'none'",
	    { "/limits: must be an object in { }, not \"none\"" } },
	{ "unknown in limits", "'limits':{'connection':5}",
	    { "/limits/connection: unknown key; did you mean \"connections\"?" } },
	{ "store", "'store':'mysql://x'",
	    { "/store: names no known kind of store; write \"sqlite:PATH\"" } },
	{ "sqlite without path", "'store':'sqlite:'", { "/store: has no path" } },
	{ "empty text", "'spool':''", { "/spool: is empty; write a path" } },
	{ "control character", "'spool':'a\\u0001b'",
	    { "holds a control character (byte 2)" } },
	{ "admin without address", "'admin':{}",
	    { "/admin/address: is missing" } },
	{ "admin open", "'admin':{'address':'0.0.0.0:9900'}",
	    { "/admin/address: \"0.0.0.0:9900\" can be reached from other "
	    "machines and there is no tokens file; add \"tokens\"" } },
	{ "admin without its tokens", "'admin':{'address':'127.0.0.1:9900',"
	    "'tokens':'none.json'}", { "/admin/tokens: \"none.json\" cannot be "
	    "read (none.json: No such file or directory)" } },
	{ "admin where clients are", "'admin':{'address':'127.0.0.1:8080'}",
	    { "/admin/address: \"127.0.0.1:8080\" is also in \"listen\"" } },
	{ "rules missing", "'rules':['nowhere.json']",
	    { "/rules/0: \"nowhere.json\" cannot be read (nowhere.json: No such "
	    "file or directory); create it or correct the path" } },
	{ "rules no list", "'rules':'r.json'",
	    { "/rules: must be a list of paths in [ ], not \"r.json\"" } },
	{ "rules no path", "'rules':[7]", { "/rules/0: must be a path" } },
	{ "rules twice", "'rules':['a.json','a.json']",
	    { "/rules/1: \"a.json\" is listed twice" } },
	{ "schema no text", "'$schema':1", { "/$schema: must be the address" } },
};

/* --- rule files -------------------------------------------------------------- */

static const struct row rules[] = {
	{ "unknown key", "'rollouts':{}",
	    { "r.json:1:2: /rollouts: unknown key; did you mean \"rollout\"?" } },
	{ "identity no list", "'identity':{'header':'x'}",
	    { "/identity: must be a list in [ ], not an object" } },
	{ "empty source", "'identity':[{}]", { "/identity/0: needs one of "
	    "\"header\", \"cookie\", \"query\", \"path\", \"jwt_claim\", "
	    "\"body\", \"client\"; add it" } },
	{ "two sources in one", "'identity':[{'header':'a','cookie':'b'}]",
	    { "/identity/0: has 2 of \"header\"", "keep exactly one" } },
	{ "header name", "'identity':[{'header':'x user'}]",
	    { "\"x user\" is not the name of a header" } },
	{ "client", "'identity':[{'client':'port'}]",
	    { "/identity/0/client: \"port\" is nothing that is known of a client; "
	    "write \"address\"" } },
	{ "cookie name", "'identity':[{'cookie':'a;b'}]",
	    { "\"a;b\" is not the name of a cookie" } },
	{ "bad pointer", "'identity':[{'body':'userId'}]",
	    { "/identity/0/body: \"userId\" is not a JSON Pointer; begin it" } },
	{ "bad escape", "'session':[{'body':'/a~2'}]",
	    { "/session/0/body: \"/a~2\" has a \"~\" that is not" } },
	{ "no name in the path", "'identity':[{'path':'/users/'}]",
	    { "needs exactly one {name} segment" } },
	{ "two names", "'identity':[{'path':'/{a}/{b}'}]",
	    { "needs exactly one {name} segment" } },
	{ "half a segment", "'identity':[{'path':'/u-{a}'}]",
	    { "neither plain, \"*\" nor {name}" } },
	{ "route without match", "'routes':[{}]",
	    { "/routes/0/match: is missing" } },
	{ "route without path", "'routes':[{'match':{}}]",
	    { "/routes/0/match/path: is missing" } },
	{ "bad route pattern", "'routes':[{'match':{'path':'/a*b/c'}}]",
	    { "/routes/0/match/path: \"/a*b/c\" has a \"*\" inside a segment" } },
	{ "star at both ends", "'routes':[{'match':{'path':'/a/**'}}]",
	    { "has \"**\"" } },
	{ "route not a path", "'routes':[{'match':{'path':'api/*'}}]",
	    { "\"api/*\" is not a path; begin it with \"/\"" } },
	{ "route with a query", "'routes':[{'match':{'path':'/a?b=*'}}]",
	    { "only the path is matched" } },
	{ "method", "'routes':[{'match':{'path':'/','methods':['post']}}]",
	    { "/methods/0: \"post\" has lower-case letters" } },
	{ "no method", "'routes':[{'match':{'path':'/','methods':[]}}]",
	    { "has 0 items; list 1 to 32" } },
	{ "unknown stage", "'rollout':{'stages':[{'name':'off'},"
	    "{'name':'canary'}],'stage':'canry'}", { "/rollout/stage: there is "
	    "no stage \"canry\"; did you mean \"canary\"?" } },
	{ "stage without stages", "'rollout':{'stage':'half'}",
	    { "there is no stage \"half\"; the stages are \"off\"" } },
	{ "duplicate stage", "'rollout':{'stages':[{'name':'a'},{'name':'b'},"
	    "{'name':'a'}]}", { "/rollout/stages/2/name: \"a\" is already the "
	    "name of stage 1" } },
	{ "no stages", "'rollout':{'stages':[]}",
	    { "/rollout/stages: is empty" } },
	{ "stage name", "'rollout':{'stages':[{'name':'a b'}]}",
	    { "\"a b\" is not a name; use letters" } },
	{ "over all", "'rollout':{'percent':101}",
	    { "/rollout/percent: 101 is out of range; write 0% to 100%" } },
	{ "under none", "'rollout':{'stages':[{'name':'a','percent':'-1%'}]}",
	    { "/stages/0/percent: \"-1%\" is out of range" } },
	{ "too fine", "'rollout':{'stages':[{'name':'a','shadow':0.0005}]}",
	    { "/stages/0/shadow: 0.0005 is finer than 0.001 percent" } },
	{ "too fine as a text", "'rollout':{'percent':'5.0001%'}",
	    { "\"5.0001%\" is finer than 0.001 percent" } },
	{ "not a share", "'rollout':{'percent':'5 %'}",
	    { "\"5 %\" is not a share; write a number of percent like 5" } },
	{ "complete before the last", "'rollout':{'stages':[{'name':'a','percent':"
	    "100,'complete':true},{'name':'b'}]}", { "/rollout/stages/0/complete: "
	    "is of the last stage only" } },
	{ "complete below 100%", "'rollout':{'stages':[{'name':'a','percent':99,"
	    "'complete':true}]}", { "/stages/0/percent: must be 100 where" } },
	{ "guard without complete", "'rollout':{'stages':[{'name':'a','guard':"
	    "true}]}", { "/stages/0/guard: goes with \"complete\"" } },
	{ "advance", "'rollout':{'advance':'soon'}",
	    { "\"soon\" is not one of \"manual\", \"auto\"" } },
	{ "only nobody", "'routes':[{'match':{'path':'/a'},'only':'legacy'}]",
	    { "/routes/0/only: must be \"enhanced\", not \"legacy\"" } },
	{ "otherwise 410", "'routes':[{'match':{'path':'/a'},'only':'enhanced',"
	    "'otherwise':410}]", { "/otherwise: must be 404, 403 or 503" } },
	{ "otherwise alone", "'routes':[{'match':{'path':'/a'},'otherwise':404}]",
	    { "/routes/0/otherwise: goes with \"only\"" } },
	{ "only, and nobody in", "'routes':[{'match':{'path':'/a'},'only':"
	    "'enhanced','rollout':false}]", { "/rollout: false lets nobody in" } },
	{ "only, and mirrored", "'routes':[{'match':{'path':'/a'},'only':"
	    "'enhanced','shadow':true}]", { "/shadow: true asks legacy" } },
	{ "sticky without a session", "'rollout':{'sticky':'session'}",
	    { "/session: is missing, and \"rollout.sticky\" goes by it" } },
	{ "sticky to nothing", "'rollout':{'sticky':'user'}",
	    { "/rollout/sticky: " } },
	{ "tenants that nobody finds", "'rollout':{'overrides':[{'any':["
	    "{'tenants':['a']}],'version':'legacy'}]}",
	    { "/tenant: is missing, and an override names tenants" } },
	{ "override of nobody", "'rollout':{'overrides':[{'version':'legacy'}]}",
	    { "/overrides/0: needs one of \"users\", \"tenants\", \"header\"" } },
	{ "override to nothing", "'rollout':{'overrides':[{'users':['a']}]}",
	    { "/overrides/0/version: is missing" } },
	{ "override version", "'rollout':{'overrides':[{'users':['a'],"
	    "'version':'enhancd'}]}", { "did you mean \"enhanced\"?" } },
	{ "users with equals", "'rollout':{'overrides':[{'users':['a'],"
	    "'equals':'x','version':'legacy'}]}",
	    { "/overrides/0/equals: goes with \"header\", \"cookie\"" } },
	{ "empty user", "'rollout':{'overrides':[{'users':['a',''],"
	    "'version':'legacy'}]}", { "/users/1: is empty" } },
	{ "fallback", "'rollout':{'fallback':{'on':['4xx']}}",
	    { "/fallback/on/0: \"4xx\" is not a kind of failure" } },
	{ "noise", "'noise':{'sample':'101%','pins':[{'path':'/a'},"
	    "{'path':'/*/b','as':'real'},{'path':'status','as':'noise'},"
	    "{'as':'real'}]}",
	    { "/noise/sample: \"101%\" is out of range; write 0% to 100%",
	    "/noise/pins/0/as: is missing",
	    "/noise/pins/3/path: is missing" } },
	{ "a pin of a header", "'noise':{'pins':[{'path':'header:x-id',"
	    "'as':'noise'},{'path':'header:X-Id','as':'noise'},"
	    "{'path':'header:','as':'noise'}]}",
	    { "/noise/pins/1/path: \"header:X-Id\" is not",
	    "/noise/pins/2/path: \"header:\" is not" } },
	{ "a pin", "'noise':{'pins':[{'path':'id','as':'nois'}]}",
	    { "/noise/pins/0/path: \"id\" is not a JSON Pointer",
	    "or one of \"outcome\", \"status\", \"body\", \"text\", "
	    "\"header:name\"",
	    "/noise/pins/0/as: \"nois\" is not one of \"noise\", \"real\"; did "
	    "you mean \"noise\"?" } },
	{ "ignore", "'compare':{'ignore':['id']}",
	    { "/compare/ignore/0: \"id\" is not a JSON Pointer" } },
	{ "only and presence", "'compare':{'only':['/a~2'],'presence':[1]}",
	    { "/compare/only/0: \"/a~2\" has a \"~\" that is not",
	    "/compare/presence/0: must be a JSON Pointer" } },
	{ "similarity", "'compare':{'text_similarity':1.5}",
	    { "1.5 is out of range; write 0 to 1" } },
	{ "text flags", "'compare':{'text':{'flags':['number','tone',3]}}",
	    { "/text/flags/1: \"tone\" is nothing that texts are looked",
	    "/text/flags/2: 3 is nothing" } },
	{ "refusals", "'compare':{'text':{'refusals':['no',''],"
	    "'refusal_patterns':['ok','a(b',4]}}",
	    { "/text/refusals/1: is empty",
	    "/text/refusal_patterns/1: \"a(b\" is not a regular expression",
	    "/text/refusal_patterns/2: must be a regular expression" } },
	{ "guard metric", "'guard':[{'name':'a','metric':'errors','above':'5%'}]",
	    { "/guard/0/metric: \"errors\" is not one of \"error_rate\"" } },
	{ "guard without a limit", "'guard':[{'name':'a','metric':"
	    "'error_rate'}]", { "/guard/0: needs one of \"above\"" } },
	{ "guard unit", "'guard':[{'name':'a','metric':'error_rate',"
	    "'above':'5ms'}]", { "/guard/0/above: \"5ms\" is not a share" } },
	{ "guard unit, latency", "'guard':[{'name':'a','metric':'latency_p95',"
	    "'above':'5%'}]", { "/guard/0/above: \"5%\" is not a duration" } },
	{ "guard factor", "'guard':[{'name':'a','metric':'latency_p95',"
	    "'above_legacy_times':'2'}]",
	    { "/above_legacy_times: must be a number, not \"2\"" } },
	{ "guard twice", "'guard':[{'name':'a','metric':'error_rate','above':5},"
	    "{'name':'a','metric':'error_rate','above':6}]",
	    { "/guard/1/name: \"a\" is already the name of rule 1" } },
	{ "guard legacy with itself", "'guard':[{'name':'a','metric':"
	    "'error_rate','above_legacy_by':'1%','version':'legacy'}]",
	    { "/guard/0/version: \"legacy\" would be compared with itself" } },
	{ "rollback because of legacy", "'guard':[{'name':'a','metric':"
	    "'error_rate','above':'1%','version':'legacy','action':'rollback'}]",
	    { "a rollback because of legacy" } },
	{ "fallbacks of legacy", "'guard':[{'name':'a','metric':"
	    "'fallback_rate','above_legacy_by':'1%'}]",
	    { "legacy has no fallback_rate to compare with" } },
	{ "guard window", "'guard':[{'name':'a','metric':'error_rate',"
	    "'above':'1%','window':'4h'}]", { "write 1s to 3h" } },
	{ "breaker", "'breaker':{'failure_rate':'200%'}",
	    { "/breaker/failure_rate: \"200%\" is out of range" } },
	{ "not JSON", "'guard':[,]", { "r.json:1:11: /: not JSON: not a value" } },
};

Test(config_faults, says_what_is_wrong_with_a_file)
{
	check_rows(whole_files, COUNT_OF(whole_files), "", "", false);
}

Test(config_faults, says_what_is_wrong_with_a_setting)
{
	check_rows(settings, COUNT_OF(settings), "{" NEEDED_KEYS ",", "}",
	    false);
}

Test(config_faults, says_what_is_wrong_with_a_rule)
{
	check_rows(rules, COUNT_OF(rules), "{", "}", true);
}

Test(config_faults, gives_every_fault_with_its_place_in_file_order)
{
	struct buf faults = { 0 };
	struct config *c = files_load("{\n"
	    "  'workers': 0,\n"
	    "  'listen': [ { 'address': 'nowhere.test:80' } ],\n"
	    "  'lgo_level': 'info',\n"
	    "  'backends': 5,\n"
	    "  'rules': [ 'r.json' ]\n"
	    "}\n", "{\n\t'rollout': { 'percent': 200 }\n}\n", &faults);

	cr_assert_null(c);
	cr_expect_str_eq(faults.bytes,
	    "understudy.json:2:14: /workers: 0 is out of range; write 1 to 256\n"
	    "understudy.json:3:28: /listen/0/address: \"nowhere.test:80\" has "
	    "the host \"nowhere.test\", which cannot be resolved (Name or service "
	    "not known); correct it or write the IP address\n"
	    "understudy.json:4:3: /lgo_level: unknown key; did you mean "
	    "\"log_level\"?\n"
	    "understudy.json:5:15: /backends: must be an object in { }, not 5\n"
	    "r.json:2:26: /rollout/percent: 200 is out of range; write 0% to "
	    "100%\n");
	buf_fini(&faults);
}

Test(config_faults, a_rules_key_stands_in_one_file_only)
{
	struct memory_files f = {
		{ "d/understudy.json", "d/a.json", "d/b.json", "d/c.json" },
		{ "{" NEEDED_KEYS ",'rules':['a.json','b.json','c.json']}",
		    "{'$schema':'x','compare':{}}",
		    "{'$schema':'x','breaker':{},\n'compare':{}}", "[" },
	};
	struct config_ports ports = files_ports(&f);
	struct buf faults = { 0 };

	cr_assert_null(config_load_from(&ports, "d/understudy.json", &faults));
	cr_expect_str_eq(faults.bytes, "d/b.json:2:1: /compare: is already given "
	    "in d/a.json; keep each key in one rule file\n"
	    "d/c.json:1:2: /: not JSON: a value is missing; correct it here\n");
	buf_fini(&faults);
}

Test(config_faults, a_missing_file_is_one_line)
{
	struct memory_files f = { { NULL }, { NULL } };
	struct config_ports ports = files_ports(&f);
	struct buf faults = { 0 };

	cr_assert_null(config_load_from(&ports, "etc/u.json", &faults));
	cr_expect_str_eq(faults.bytes, "etc/u.json:1:1: /: cannot be read (No "
	    "such file or directory); check the path and the permissions\n");
	buf_fini(&faults);
	config_ports_system(&ports);
	cr_assert_null(config_load_from(&ports, "/", &faults));
	cr_expect(strstr(faults.bytes, "Is a directory") != NULL);
	buf_fini(&faults);
}

Test(config_faults, many_faults_are_counted)
{
	struct buf text = { 0 }, faults = { 0 };
	size_t lines = 0;

	buf_puts(&text, "{'listen':[");
	for (unsigned i = 0; i < 60; i++)
		buf_printf(&text, "%s{'address':1,'a':1,'b':2,'c':3}",
		    i > 0 ? "," : "");
	buf_puts(&text, "]," BACKENDS_KEY "}");
	cr_assert_null(files_load(text.bytes, NULL, &faults));
	for (const char *p = faults.bytes; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	cr_expect_eq(lines, FAULTS_MAX + 1);
	cr_expect(strstr(faults.bytes, "... and ") != NULL);
	buf_fini(&text);
	buf_fini(&faults);
}

Test(config_faults, an_unknown_word_in_the_environment_is_one)
{
	struct memory_files f = { { "u.json" }, { "{" NEEDED_KEYS "}" } };
	struct config_ports ports = files_ports(&f);
	struct buf faults = { 0 };

	ports.enabled_env = "flase";
	cr_assert_null(config_load_from(&ports, "u.json", &faults));
	cr_expect(strstr(faults.bytes, "UNDERSTUDY_ENABLED=\"flase\", which is "
	    "neither true nor false") != NULL);
	buf_fini(&faults);
}
