/* privileges -- see privileges.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/privileges.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

/* Store, log, event loops, mailboxes, and what libraries open. */
#define OWN_FILES 64
#define FILES_PER_WORKER 16

struct identity {
	uid_t uid;
	gid_t gid;
	const char *name; /* for initgroups(); NULL = by number */
};

/* --- who to be ------------------------------------------------------------------ */

static bool
find_user(const char *text, struct identity *out, struct err *err)
{
	const struct passwd *row = getpwnam(text);
	uint64_t number;

	if (row != NULL) {
		*out = (struct identity){ row->pw_uid, row->pw_gid, text };
		return true;
	}
	if (!text_u64(text, &number) || number >= UINT32_MAX)
		return err_set(err, "user: there is no user \"%s\"", text);
	row = getpwuid((uid_t)number);
	*out = (struct identity){ (uid_t)number, row != NULL ? row->pw_gid :
	    (gid_t)number, NULL };
	return true;
}

static bool
find_group(const char *text, struct identity *out, struct err *err)
{
	const struct group *row;
	uint64_t number;

	if (text == NULL)
		return true;
	row = getgrnam(text);
	if (row != NULL)
		out->gid = row->gr_gid;
	else if (text_u64(text, &number) && number < UINT32_MAX)
		out->gid = (gid_t)number;
	else
		return err_set(err, "group: there is no group \"%s\"", text);
	return true;
}

/* --- becoming it ------------------------------------------------------------------ */

/* The socket's file was made by root; whoever may open it is a question of
 * its group. */
static bool
give_admin_socket(const struct settings *s, const struct identity *who,
    struct err *err)
{
	const struct sockaddr_un *un = (const void *)&s->admin.addr;

	if (s->admin.text == NULL || un->sun_family != AF_UNIX)
		return true;
	return lchown(un->sun_path, who->uid, who->gid) == 0 ||
	    err_set(err, "%s: chown: %s", s->admin.text, strerror(errno));
}

static bool
change(const struct identity *who, struct err *err)
{
	const char *doing = "setgroups";

	if ((who->name != NULL ? initgroups(who->name, who->gid) :
	    setgroups(1, &who->gid)) != 0)
		goto fail;
	doing = "setgid";
	if (setresgid(who->gid, who->gid, who->gid) != 0)
		goto fail;
	doing = "setuid";
	if (setresuid(who->uid, who->uid, who->uid) != 0)
		goto fail;
	/* Trust nothing: the way back must be closed. */
	if (who->uid != 0 && (setuid(0) == 0 || geteuid() == 0))
		return err_set(err, "the privileges of root came back");
	return true;
fail:
	return err_set(err, "becoming user %d, group %d: %s: %s", (int)who->uid,
	    (int)who->gid, doing, strerror(errno));
}

static bool
become(const struct settings *s, struct err *err)
{
	struct identity who;

	if (!find_user(s->user, &who, err) || !find_group(s->group, &who, err))
		return false;
	/* As after an upgrade: the process before us has given it up. */
	if (geteuid() == who.uid && getegid() == who.gid)
		return true;
	if (geteuid() != 0)
		return err_set(err, "user: only root can become \"%s\", and this "
		    "process is user %d; start it as root, or as that user",
		    s->user, (int)geteuid());
	if (!give_admin_socket(s, &who, err) || !change(&who, err))
		return false;
	log_event(LOG_INFO, "privileges", "user %s (%d), group %d from here on",
	    s->user, (int)who.uid, (int)who.gid);
	return true;
}

bool
privileges_drop(const struct settings *s, struct err *err)
{
	struct rlimit core;

	if (s->user != NULL && !become(s, err))
		return false;
	if (geteuid() == 0)
		log_event(LOG_WARN, "privileges", "this process stays root, and "
		    "needs to be nobody special: set \"user\"");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set(err, "no_new_privs: %s", strerror(errno));
	/* Last: a change of user resets it. */
	if (prctl(PR_SET_DUMPABLE, s->core_dumps ? 1 : 0, 0, 0, 0) != 0)
		return err_set(err, "PR_SET_DUMPABLE: %s", strerror(errno));
	/* The hard limit stays, for a successor that is allowed to. */
	if (!s->core_dumps && getrlimit(RLIMIT_CORE, &core) == 0) {
		core.rlim_cur = 0;
		(void)setrlimit(RLIMIT_CORE, &core);
	}
	return true;
}

/* --- open files -------------------------------------------------------------------- */

/* Each client may have a primary, a fallback's remains, and a shadow. */
static uint64_t
wanted_files(const struct settings *s)
{
	uint64_t idle = 0;

	for (int b = 0; b < BACKEND_COUNT; b++)
		idle += s->backends[b].max_idle;
	return 2 * (uint64_t)s->max_connections + s->shadow_max_inflight +
	    s->workers * (idle + FILES_PER_WORKER + s->listen_count) + OWN_FILES;
}

void
privileges_raise_files(const struct settings *s)
{
	uint64_t wanted = wanted_files(s);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit raised = { limit.rlim_max, limit.rlim_max };

		/* A filter of the service manager may refuse it. */
		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			limit = raised;
	}
	if (limit.rlim_cur < wanted)
		log_event(LOG_WARN, "limits", "limits.connections (%u) and what "
		    "goes with them may need %" PRIu64 " open files, and this "
		    "process may open %" PRIu64 "; raise LimitNOFILE (ulimit -n) "
		    "or lower limits.connections", s->max_connections, wanted,
		    (uint64_t)limit.rlim_cur);
}
