import { StorageError } from "../errors.js";
import type { Connection } from "./connection.js";

/** What Optuna 5.0 calls its schema: `version_info` has not moved since Optuna 1, `alembic_version` says the revision. */
const SCHEMA_VERSION = 12;
const LIBRARY_VERSION = "5.0.0";
const REVISION = "v3.2.0.a";

/** Optuna 3.0 and 3.1 wrote this: all our columns are there, one index is missing. It can be read. */
const READABLE_REVISIONS = ["v3.0.0.d"];
const UNREADABLE_REVISIONS = [
  ...["v0.9.0.a", "v1.2.0.a", "v1.3.0.a", "v2.4.0.a", "v2.6.0.a"],
  ...["v3.0.0.a", "v3.0.0.b", "v3.0.0.c"],
];

/** Table for table, index for index what Optuna 5.0 creates (`optuna.storages._rdb.models`). */
const DDL = `
CREATE TABLE studies (
	study_id INTEGER NOT NULL,
	study_name VARCHAR(512) NOT NULL,
	PRIMARY KEY (study_id)
);
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL,
	schema_version INTEGER,
	library_version VARCHAR(256),
	PRIMARY KEY (version_info_id),
	CHECK (version_info_id=1)
);
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL,
	direction VARCHAR(8) NOT NULL,
	study_id INTEGER NOT NULL,
	objective INTEGER NOT NULL,
	PRIMARY KEY (study_direction_id),
	UNIQUE (study_id, objective),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL,
	study_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (study_user_attribute_id),
	UNIQUE (study_id, "key"),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL,
	study_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (study_system_attribute_id),
	UNIQUE (study_id, "key"),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE trials (
	trial_id INTEGER NOT NULL,
	number INTEGER,
	study_id INTEGER,
	state VARCHAR(8) NOT NULL,
	datetime_start DATETIME,
	datetime_complete DATETIME,
	PRIMARY KEY (trial_id),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE INDEX ix_trials_study_id ON trials (study_id);
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL,
	trial_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (trial_user_attribute_id),
	UNIQUE (trial_id, "key"),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL,
	trial_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (trial_system_attribute_id),
	UNIQUE (trial_id, "key"),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL,
	trial_id INTEGER,
	param_name VARCHAR(512),
	param_value FLOAT,
	distribution_json TEXT,
	PRIMARY KEY (param_id),
	UNIQUE (trial_id, param_name),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL,
	trial_id INTEGER NOT NULL,
	objective INTEGER NOT NULL,
	value FLOAT,
	value_type VARCHAR(7) NOT NULL,
	PRIMARY KEY (trial_value_id),
	UNIQUE (trial_id, objective),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL,
	trial_id INTEGER NOT NULL,
	step INTEGER NOT NULL,
	intermediate_value FLOAT,
	intermediate_value_type VARCHAR(7) NOT NULL,
	PRIMARY KEY (trial_intermediate_value_id),
	UNIQUE (trial_id, step),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL,
	trial_id INTEGER NOT NULL,
	heartbeat DATETIME NOT NULL,
	PRIMARY KEY (trial_heartbeat_id),
	UNIQUE (trial_id),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
`;

/**
 * Makes sure that the file holds the schema we know: a new file gets it, whatever else is there is refused.
 * @throws StorageError (`not-a-study-database`, `storage-newer`, `storage-older`)
 */
export function ensureSchema(connection: Connection): void {
  if (isEmpty(connection)) {
    connection.useWriteAheadLog();
    // Somebody else may have created the tables while we waited for the lock.
    connection.write(() => {
      if (isEmpty(connection)) connection.database.exec(DDL);
    });
  }
  checkSchema(connection);
  // As Optuna does: a file without its version rows gets them.
  if (readVersions(connection).revision === undefined) connection.write(() => writeVersions(connection));
}

/** The same for a file that is only looked at. @throws StorageError as `ensureSchema`. */
export function checkSchema(connection: Connection): void {
  if (!tableNames(connection).includes("studies"))
    throw new StorageError(
      "not-a-study-database",
      `${connection.path} is a SQLite database, but holds no studies. Choose another file; Tunelens creates one where none is.`,
    );
  const { schema, revision, library } = readVersions(connection);
  if (schema !== undefined && schema < SCHEMA_VERSION) throw tooOld(connection.path, library);
  if (revision !== undefined && UNREADABLE_REVISIONS.includes(revision)) throw tooOld(connection.path, library);
  if (revision !== undefined && READABLE_REVISIONS.includes(revision)) {
    if (!connection.readOnly) throw readableOnly(connection.path, library);
  } else if ((schema ?? SCHEMA_VERSION) > SCHEMA_VERSION || (revision ?? REVISION) !== REVISION) {
    throw new StorageError(
      "storage-newer",
      `${connection.path} was written by a newer Optuna (${library ?? "unknown"}, schema ${schema ?? "unknown"}, revision ${revision ?? "unknown"}); ` +
        `Tunelens knows that of Optuna 3.2 to 5 (schema ${SCHEMA_VERSION}, revision ${REVISION}). Update Tunelens.`,
    );
  }
}

function tooOld(path: string, library: string | undefined): StorageError {
  return new StorageError(
    "storage-older",
    `${path} was written by Optuna ${library ?? "before 3.0"}, whose schema is too old to read. ` +
      `Upgrade a copy of the file: optuna storage upgrade --storage sqlite:///copy.db`,
  );
}

function readableOnly(path: string, library: string | undefined): StorageError {
  return new StorageError(
    "storage-older",
    `${path} was written by Optuna ${library ?? "3.0"} and can only be read. ` +
      `To continue a study, upgrade a copy of the file: optuna storage upgrade --storage sqlite:///copy.db`,
  );
}

function isEmpty(connection: Connection): boolean {
  return tableNames(connection).length === 0;
}

function tableNames(connection: Connection): string[] {
  return connection
    .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'")
    .pluck()
    .all();
}

interface Versions {
  readonly schema?: number | undefined;
  readonly library?: string | undefined;
  readonly revision?: string | undefined;
}

function readVersions(connection: Connection): Versions {
  const tables = tableNames(connection);
  const info = tables.includes("version_info")
    ? connection.prepare<[], Versions>("SELECT schema_version AS schema, library_version AS library FROM version_info")
    : undefined;
  const revision = tables.includes("alembic_version")
    ? connection.prepare<[], string>("SELECT version_num FROM alembic_version").pluck()
    : undefined;
  return { ...info?.get(), revision: revision?.get() };
}

function writeVersions(connection: Connection): void {
  const columns = "version_info_id, schema_version, library_version";
  connection
    .prepare(`INSERT OR IGNORE INTO version_info (${columns}) VALUES (1, ?, ?)`)
    .run(SCHEMA_VERSION, LIBRARY_VERSION);
  connection.prepare("INSERT OR IGNORE INTO alembic_version (version_num) VALUES (?)").run(REVISION);
}
