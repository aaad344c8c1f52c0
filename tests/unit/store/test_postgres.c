/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/postgres.h"
#include "support.h"

static const char *url;
static struct pg *pg;

static void
start(void)
{
	support_start();
	url = fresh_database();
	pg = pg_connect(url);
}

static void
stop(void)
{
	pg_close(&pg);
	support_stop();
}

TestSuite(postgres, .init = start, .fini = stop);

static void
exec(const char *sql)
{
	struct err err = { "" };

	cr_assert(pg_exec(pg, sql, &err), "%s: %s", sql, err.text);
}

Test(postgres, gives_the_last_of_several_results)
{
	struct err err = { "" };
	PGresult *res = pg_query(pg, "SELECT 1; SELECT 2", 0, NULL, &err);

	cr_assert_not_null(res, "%s", err.text);
	cr_expect_str_eq(PQgetvalue(res, 0, 0), "2");
	PQclear(res);
}

Test(postgres, takes_parameters)
{
	const char *const params[] = { "it's", NULL };
	struct err err = { "" };
	PGresult *res = pg_query(pg, "SELECT $1::text, $2::text IS NULL", 2,
	    params, &err);

	cr_assert_not_null(res, "%s", err.text);
	cr_expect_str_eq(PQgetvalue(res, 0, 0), "it's");
	cr_expect_str_eq(PQgetvalue(res, 0, 1), "t");
	PQclear(res);
}

Test(postgres, a_refused_statement_leaves_the_connection)
{
	struct err err = { "" };

	cr_expect_not(pg_exec(pg, "SELECT 1/0", &err));
	cr_expect_str_eq(err.text, "postgresql: 22012: division by zero");
	cr_expect_str_eq(pg_sqlstate(pg), "22012");
	cr_expect(pg_refused_data(pg));
	cr_expect_not(pg_is_lost(pg));
	cr_expect_not(pg_exec(pg, "SELECT nonsense", &err));
	cr_expect_not(pg_refused_data(pg));
	exec("SELECT 1");
}

Test(postgres, a_failed_transaction_is_not_committed)
{
	struct err err = { "" };

	exec("BEGIN");
	cr_expect_not(pg_exec(pg, "SELECT 1/0", &err));
	cr_expect_not(pg_commit(pg, &err));
	cr_expect_str_eq(err.text,
	    "postgresql: commit: the transaction was rolled back");
}

Test(postgres, copies_more_than_any_buffer)
{
	struct err err = { "" };
	struct buf lines = { 0 };

	exec("CREATE TABLE t (n integer, x text)");
	for (int i = 0; i < 50000; i++)
		buf_printf(&lines, "%d\t%0100d\n", i, i);
	cr_assert(pg_copy(pg, "t (n, x)", lines.bytes, lines.len, &err), "%s",
	    err.text);
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM t"), 50000);
	buf_fini(&lines);
}

Test(postgres, a_refused_row_fails_the_copy_only)
{
	struct err err = { "" };

	exec("CREATE TABLE t (n integer)");
	cr_expect_not(pg_copy(pg, "t (n)", "1\nx\n", 4, &err));
	cr_expect(pg_refused_data(pg), "%s", err.text);
	cr_assert(pg_copy(pg, "t (n)", "1\n2\n", 4, &err), "%s", err.text);
	cr_expect_not(pg_copy(pg, "missing (n)", "1\n", 2, &err));
	cr_expect_str_eq(pg_sqlstate(pg), "42P01");
	exec("SELECT 1");
}

Test(postgres, a_terminated_connection_is_lost)
{
	char *sql = mem_printf("SELECT pg_terminate_backend(pid) FROM"
	    " pg_stat_activity WHERE datname = current_database()"
	    " AND pid <> pg_backend_pid()");
	struct err err = { "" };

	pg_count(url, sql);
	cr_expect_not(pg_exec(pg, "SELECT 1", &err));
	cr_expect_not(pg_exec(pg, "SELECT 1", &err));
	cr_expect(pg_is_lost(pg));
	free(sql);
}

/* --- time ---------------------------------------------------------------------- */

/* What is not given up on waits an hour: Criterion's .timeout ends such a test,
 * and no clock is read that a busy machine could make late. */
#define FOREVER "SELECT pg_sleep(3600)"

Test(postgres, a_slow_answer_is_not_waited_for, .timeout = 120)
{
	struct pg_settings settings = { .conninfo = url, .answer_ms = 200 };
	struct err err = { "" };
	struct pg *hasty = NULL;

	cr_assert(pg_open(&settings, &hasty, &err), "%s", err.text);
	cr_expect_not(pg_exec(hasty, FOREVER, &err));
	cr_expect_str_eq(err.text,
	    "postgresql: wait for an answer: timed out");
	cr_expect(pg_is_lost(hasty));
	pg_close(&hasty);
}

Test(postgres, giving_up_interrupts, .timeout = 120)
{
	_Atomic uint64_t until = 0;
	struct pg_settings settings = { .conninfo = url, .give_up_ns = &until };
	struct err err = { "" };
	struct pg *hasty = NULL;

	cr_assert(pg_open(&settings, &hasty, &err), "%s", err.text);
	until = clock_ns() + 100 * NS_PER_MS;
	cr_expect_not(pg_exec(hasty, FOREVER, &err));
	pg_close(&hasty);
}

Test(postgres, a_mute_server_is_not_waited_for, .timeout = 120)
{
	char conninfo[256];
	int fd = mute_server(conninfo);
	struct pg_settings settings = { .conninfo = conninfo,
		.connect_ms = 200 };
	struct err err = { "" };
	struct pg *none = NULL;

	cr_expect_not(pg_open(&settings, &none, &err));
	cr_expect_str_eq(err.text,
	    "postgresql: connect: no answer within 200 ms");
	cr_expect_null(none);
	close(fd);
}

Test(postgres, the_connection_string_sets_the_time_too, .timeout = 60)
{
	char conninfo[256], text[320];
	int fd = mute_server(conninfo);
	struct pg_settings settings = { .conninfo = text };
	struct err err = { "" };
	struct pg *none = NULL;

	snprintf(text, sizeof text, "%s connect_timeout=1", conninfo);
	cr_expect_not(pg_open(&settings, &none, &err));
	cr_expect_str_eq(err.text,
	    "postgresql: connect: no answer within 1000 ms");
	close(fd);
}

Test(postgres, the_second_of_two_hosts_is_tried)
{
	char conninfo[256];
	int fd = mute_server(conninfo);
	char *both = mem_strdup(url), *host = strstr(both, "?host=");
	struct pg_settings settings;
	struct err err = { "" };
	struct pg *second = NULL;
	char *text;

	/* /tmp/... of the shared server behind a host that does not answer */
	*host = '\0';
	text = mem_printf("dbname=%s user=understudy connect_timeout=2"
	    " host=127.0.0.1,%.*s port=%d,5432", strrchr(both, '/') + 1,
	    (int)strcspn(host + 6, "&"), host + 6,
	    atoi(strstr(conninfo, "port=") + 5));
	settings = (struct pg_settings){ .conninfo = text };
	cr_expect(pg_open(&settings, &second, &err), "%s: %s", text, err.text);
	pg_close(&second);
	free(text);
	free(both);
	close(fd);
}
