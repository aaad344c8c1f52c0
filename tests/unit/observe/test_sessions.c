/* Whose a session was: what is news, and how far back it is known.
 * SPDX-License-Identifier: MIT
 */
#include "observe/sessions.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

static unsigned
see(struct session_table *t, const char *session, const char *user,
    bool has_version, enum version v)
{
	return session_table_see(t, session, strlen(session), user,
	    strlen(user), has_version, v);
}

#define ON(v) true, VERSION_##v
#define UNSAID false, VERSION_LEGACY

static const struct {
	const char *why, *session, *user;
	bool has_version;
	enum version v;
	unsigned want;
} steps[] = {
	{ "new", "s", "ann", ON(LEGACY), 0 },
	{ "the same", "s", "ann", ON(LEGACY), 0 },
	{ "another session of hers", "t", "ann", ON(ENHANCED), 0 },
	{ "of nobody known", "u", "bob", UNSAID, 0 },
	{ "another version", "s", "ann", ON(ENHANCED), SESSION_OTHER_VERSION },
	{ "which is known now", "s", "ann", ON(ENHANCED), 0 },
	{ "no word of a version", "s", "ann", UNSAID, 0 },
	{ "does not forget it", "s", "ann", ON(LEGACY), SESSION_OTHER_VERSION },
	{ "another user", "s", "bob", ON(LEGACY), SESSION_OTHER_USER },
	{ "who has it now", "s", "bob", ON(LEGACY), 0 },
	{ "another user and version", "s", "ann", ON(ENHANCED),
	    SESSION_OTHER_USER },
	{ "with a version at last", "u", "bob", ON(ENHANCED), 0 },
	{ "not said of the other", "u", "cid", UNSAID, SESSION_OTHER_USER },
	{ "an empty user is one", "t", "", ON(ENHANCED), SESSION_OTHER_USER },
};

Test(sessions, tell_what_is_news)
{
	struct session_table *t = session_table_new(1000);

	for (size_t i = 0; i < COUNT_OF(steps); i++)
		cr_expect_eq(see(t, steps[i].session, steps[i].user,
		    steps[i].has_version, steps[i].v), steps[i].want, "%s",
		    steps[i].why);
	cr_expect_eq(session_table_count(t), 3);
	session_table_free(&t);
	cr_expect_null(t);
}

#define SESSIONS 20000

static unsigned
see_number(struct session_table *t, unsigned i, const char *user)
{
	char session[16];

	snprintf(session, sizeof session, "s-%u", i);
	return see(t, session, user, ON(LEGACY));
}

/* With a tick for every hundred: as if five thousand came in a second. */
static void
fill(struct session_table *t, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		cr_assert_eq(see_number(t, i, "ann"), 0);
		if (i % 100 == 0)
			session_table_turn(t);
	}
}

Test(sessions, knows_the_newest_exactly)
{
	struct session_table *t = session_table_new(SESSIONS);
	unsigned known = 0;

	fill(t, 0, 5 * SESSIONS);
	for (unsigned i = 4 * SESSIONS; i < 5 * SESSIONS; i++)
		known += see_number(t, i, "bob") == SESSION_OTHER_USER;
	cr_expect_eq(known, SESSIONS);
	/* And forgets: what is old is new again. */
	cr_expect_eq(see_number(t, 0, "bob"), 0);
	cr_expect_leq(session_table_count(t), SESSIONS + SESSIONS / 4 + 200);
	session_table_free(&t);
}

/* Who comes back again and again does not push others out. */
Test(sessions, one_takes_one_place)
{
	struct session_table *t = session_table_new(SESSIONS);

	fill(t, 0, 100);
	for (unsigned i = 0; i < 3 * SESSIONS; i++) {
		cr_assert_eq(see_number(t, i % 100, "ann"), 0);
		session_table_turn(t);
	}
	cr_expect_eq(session_table_count(t), 100);
	session_table_free(&t);
}

/* Without a tick between, more than it has places for. */
Test(sessions, lost_when_there_is_no_room)
{
	struct session_table *t = session_table_new(1000);
	unsigned lost = 0;

	for (unsigned i = 0; i < 10000; i++)
		lost += see_number(t, i, "ann") == SESSION_LOST;
	cr_expect_eq(lost, 10000 - 8192 / 8 * 7);
	cr_expect_eq(see_number(t, 5, "bob"), SESSION_OTHER_USER);
	session_table_turn(t);
	cr_expect_eq(see_number(t, 9999, "ann"), 0);
	session_table_free(&t);
}

Test(sessions, a_million_takes_48_mebibytes)
{
	struct session_table *t = session_table_new(1000000);

	cr_expect_eq(session_table_bytes(t), 48 << 20);
	session_table_free(&t);
}

/* --- several at once ------------------------------------------------------- */

#define THREADS 4
#define ROUNDS 20

static struct session_table *shared;
static _Atomic unsigned news;

static void *
look(void *arg UNUSED)
{
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; i < SESSIONS / 4; i++)
			if (see_number(shared, i, "ann") != 0)
				news++;
	return NULL;
}

Test(sessions, many_may_look_at_once)
{
	pthread_t threads[THREADS];

	shared = session_table_new(SESSIONS);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, look, NULL);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(news, 0);
	cr_expect_eq(session_table_count(shared), SESSIONS / 4);
	for (unsigned i = 0; i < SESSIONS / 4; i++)
		cr_expect_eq(see_number(shared, i, "bob"), SESSION_OTHER_USER);
	session_table_free(&shared);
}
