/* tls_files -- the TLS that a configuration asks for, made from its files.
 * SPDX-License-Identifier: MIT
 *
 * What connects config/, which knows the keys, with net/, which knows
 * OpenSSL.  Control thread, but for what drops.
 */
#ifndef APP_TLS_FILES_H
#define APP_TLS_FILES_H

#include <stdbool.h>

#include "config/load.h"

/* For config_load(): lives as long as the process. */
const struct tls_ports *tls_files_ports(void);
/* Tell what loading has found since the last call: certificates that have
 * expired, keys that anybody can read.  In the log, or as lines for who
 * checks. */
void tls_files_tell(bool as_log);

#endif
