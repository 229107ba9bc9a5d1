/* store_schema.h: the tables, and how an older file becomes a newer one. Private to src/store (and its tests).
 *
 * PRAGMA application_id says that a file is a store, PRAGMA user_version which format it has. Each step of the table below
 * takes a file from one version to the next in a transaction of its own; a new file takes all of them. Steps are never
 * changed once released, only added.
 */
#ifndef TRIMODAL_STORE_STORE_SCHEMA_H
#define TRIMODAL_STORE_STORE_SCHEMA_H

#include <sqlite3.h>

#include "base/status.h"

#define STORE_APPLICATION_ID 0x74726931 /* "tri1" */

/* steps[i] is the SQL that leads from version i to i + 1. */
extern const char *const store_schema_steps[];
extern const int store_schema_version;

/* Brings the file to version `count` by the steps. STATUS_FATAL when it is not a store or newer. */
enum status store_schema_migrate(sqlite3 *db, const char *const *steps, int count, struct error *error) must_check;
/* The file must be a store of exactly the current version. */
enum status store_schema_check(sqlite3 *db, struct error *error) must_check;

#endif
