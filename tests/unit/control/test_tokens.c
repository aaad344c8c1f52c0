/* test_tokens -- the token file, its faults, and who is let in.
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#include "control/tokens.h"

/* SHA-256 of "alpha" and of "beta". */
#define ALPHA "8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8"
#define BETA "f44e64e75f3948e9f73f8dfa94721c4ce8cbb4f265c4790c702b2d41cfbf2753"

static bool
load(const char *text, struct tokens **out, struct err *err)
{
	char path[] = "/tmp/control-tokens-XXXXXX";
	int fd = mkstemp(path);
	bool ok;

	log_set_level(LOG_ERROR);
	cr_assert_neq(fd, -1);
	for (const char *p = text; *p != '\0'; p++)
		cr_assert_eq(write(fd, *p == '\'' ? "\"" : p, 1), 1);
	close(fd);
	ok = tokens_load(path, out, err);
	unlink(path);
	return ok;
}

#define TOKEN(name, role, hash) \
	"{'name':'" name "','role':'" role "','sha256':'" hash "'}"

static const struct {
	const char *why, *text, *want;
} faults[] = {
	{ "not JSON", "{'tokens':", "unexpected token near end of file" },
	{ "no object", "[]", "must be {\"tokens\": [...]}" },
	{ "more than tokens", "{'tokens':[],'x':1}", "must be {\"tokens\"" },
	{ "no array", "{'tokens':{}}", "tokens: must be an array" },
	{ "no row", "{'tokens':[1]}", "/tokens/0: must be an object" },
	{ "unknown member", "{'tokens':[{'token':'x'}]}",
	    "/tokens/0: unknown member \"token\"" },
	{ "no name", "{'tokens':[" TOKEN("", "viewer", ALPHA) "]}",
	    "/tokens/0: name: must be" },
	{ "odd name", "{'tokens':[" TOKEN("a b", "viewer", ALPHA) "]}",
	    "/tokens/0: name: must be" },
	{ "bad role", "{'tokens':[" TOKEN("a", "admin", ALPHA) "]}",
	    "/tokens/0: role: must be" },
	{ "short hash", "{'tokens':[" TOKEN("a", "viewer", "abc") "]}",
	    "/tokens/0: sha256: must be 64 hex digits" },
	{ "the token itself", "{'tokens':[" TOKEN("a", "viewer",
	    "zz00000000000000000000000000000000000000000000000000000000000000")
	    "]}", "/tokens/0: sha256" },
	{ "a name twice", "{'tokens':[" TOKEN("a", "viewer", ALPHA) ","
	    TOKEN("a", "viewer", BETA) "]}", "/tokens/1: the name \"a\"" },
};

Test(tokens, faults_name_their_place)
{
	for (size_t i = 0; i < COUNT_OF(faults); i++) {
		struct tokens *t = NULL;
		struct err err = { "" };

		cr_expect(!load(faults[i].text, &t, &err), "%s", faults[i].why);
		cr_expect_not_null(strstr(err.text, faults[i].want), "%s: %s",
		    faults[i].why, err.text);
		cr_expect_null(t);
	}
}

Test(tokens, a_missing_file_says_so)
{
	struct tokens *t = NULL;
	struct err err = { "" };

	cr_expect(!tokens_load("/nonexistent/tokens.json", &t, &err));
	cr_expect_not_null(strstr(err.text, "/nonexistent/tokens.json"));
}

static const struct {
	const char *why, *field;
	enum role want;
	const char *name;
} checks[] = {
	{ "none", NULL, ROLE_NONE, "" },
	{ "empty", "", ROLE_NONE, "" },
	{ "operator", "Bearer alpha", ROLE_OPERATOR, "alice" },
	{ "case of the scheme", "bearer alpha", ROLE_OPERATOR, "alice" },
	{ "spaces before it", "Bearer   alpha", ROLE_OPERATOR, "alice" },
	{ "viewer", "Bearer beta", ROLE_VIEWER, "bob" },
	{ "unknown", "Bearer gamma", ROLE_NONE, "" },
	{ "case of the token", "Bearer Alpha", ROLE_NONE, "" },
	{ "longer", "Bearer alphab", ROLE_NONE, "" },
	{ "space behind it", "Bearer alpha ", ROLE_NONE, "" },
	{ "another scheme", "Basic alpha", ROLE_NONE, "" },
	{ "no token", "Bearer ", ROLE_NONE, "" },
	{ "only spaces", "Bearer    ", ROLE_NONE, "" },
	{ "the hash", "Bearer " ALPHA, ROLE_NONE, "" },
};

Test(tokens, lets_in_who_has_one)
{
	struct tokens *t = NULL;
	struct err err = { "" };

	cr_assert(load("{'tokens':[" TOKEN("alice", "operator", ALPHA) ","
	    TOKEN("bob", "viewer", BETA) "]}", &t, &err), "%s", err.text);
	cr_expect_eq(tokens_count(t), 2);
	for (size_t i = 0; i < COUNT_OF(checks); i++) {
		char name[TOKEN_NAME_MAX + 1];

		cr_expect_eq(tokens_check(t, checks[i].field, name),
		    checks[i].want, "%s", checks[i].why);
		cr_expect_str_eq(name, checks[i].name, "%s", checks[i].why);
	}
	tokens_free(&t);
	cr_expect_null(t);
}
