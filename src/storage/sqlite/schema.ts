import type { Database } from "better-sqlite3";
import { StorageError } from "../errors.js";
import type { Connection } from "./connection.js";
import { checkTables, checkTriggers } from "./foreign-parts.js";

/** What Optuna 5.0 calls its schema: `version_info` has not moved since Optuna 1, `alembic_version` says the revision. */
const SCHEMA_VERSION = 12;
const LIBRARY_VERSION = "5.0.0";

/** The revisions of Optuna's schema, oldest first; the last is the one of Optuna 3.2 to 5. */
const revisions = [
  ...["v0.9.0.a", "v1.2.0.a", "v1.3.0.a", "v2.4.0.a", "v2.6.0.a"],
  ...["v3.0.0.a", "v3.0.0.b", "v3.0.0.c", "v3.0.0.d", "v3.2.0.a"],
];
const REVISION = revisions.at(-1)!;

/** What an Optuna before 5 wrote. It is read, and continued in a migrated copy. */
export interface OlderSchema {
  /** The version of Optuna that made the file, as far as it says. */
  readonly library: string | undefined;
  /** Whether its tables are those of Optuna 5, so that only its times are to be read differently. */
  readonly hasCurrentTables: boolean;
  /** Whether it was written before this revision came, such as `v3.0.0.a`. */
  isBefore(revision: string): boolean;
}

/** All tables of studies, those that refer to others first. `owner`: whose id the rows carry. */
export const childTables: readonly (readonly [table: string, owner: "study" | "trial"])[] = [
  ["trial_params", "trial"],
  ["trial_values", "trial"],
  ["trial_intermediate_values", "trial"],
  ["trial_user_attributes", "trial"],
  ["trial_system_attributes", "trial"],
  ["trial_heartbeats", "trial"],
  ["trials", "study"],
  ["study_directions", "study"],
  ["study_user_attributes", "study"],
  ["study_system_attributes", "study"],
  ["studies", "study"],
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

/** Of all revisions those that are read. */
const optunaTables = [...DDL.matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name]) => name!);

/**
 * Makes sure that the file holds the schema we know: a new file gets it, whatever else is there is refused.
 * @throws StorageError (`not-a-study-database`, `storage-newer`, `storage-older`, `storage-corrupt`)
 */
export function ensureSchema(connection: Connection): void {
  if (isEmpty(connection)) {
    connection.useWriteAheadLog();
    // Somebody else may have created the tables while we waited for the lock.
    connection.write(() => {
      if (isEmpty(connection)) connection.database.exec(DDL);
    });
  }
  const older = checkSchema(connection);
  if (older) throw readableOnly(connection.path, older);
  checkTriggers(connection, optunaTables);
  // As Optuna does: a file without its version rows gets them.
  if (readVersions(connection).revision === undefined) connection.write(() => writeVersions(connection.database));
}

/** Optuna 5.0's schema in a database that is empty. */
export function createSchema(database: Database): void {
  database.exec(DDL);
  writeVersions(database);
}

/**
 * For a file that is only looked at.
 * @returns what to read it with when an Optuna before 5 wrote it.
 * @throws StorageError (`not-a-study-database`, `storage-newer`, `storage-corrupt`)
 */
export function checkSchema(connection: Connection): OlderSchema | undefined {
  checkTables(connection, optunaTables);
  if (!tableNames(connection).includes("studies"))
    throw new StorageError(
      "not-a-study-database",
      `${connection.path} is a SQLite database without studies. Choose another file. Tunelens creates it if it does not exist.`,
    );
  const { schema, revision, library } = readVersions(connection);
  // As Optuna sees it: before it counted revisions, it counted schemas.
  const assumed = revision ?? ((schema ?? SCHEMA_VERSION) < SCHEMA_VERSION ? revisions[0]! : REVISION);
  const index = revisions.indexOf(assumed);
  if (index < 0 || (schema ?? SCHEMA_VERSION) > SCHEMA_VERSION)
    throw new StorageError(
      "storage-newer",
      `${connection.path} was written by a newer Optuna (${library ?? "unknown"}, schema ${schema ?? "unknown"}, revision ${revision ?? "unknown"}); ` +
        `Tunelens supports Optuna 0.9 to 5 (schema ${SCHEMA_VERSION}, revision ${REVISION}). Update Tunelens.`,
    );
  // The schema of Optuna 4 is that of 5, but its times are local ones.
  if (assumed === REVISION && !isBeforeFive(library)) return undefined;
  return {
    library: library ?? undefined,
    hasCurrentTables: assumed === REVISION,
    isBefore: (other) => index < revisions.indexOf(other),
  };
}

function isBeforeFive(library: string | null | undefined): boolean {
  const major = /^\d+/.exec(library ?? "")?.[0];
  return major !== undefined && Number(major) < 5;
}

function readableOnly(path: string, { library }: OlderSchema): StorageError {
  return new StorageError(
    "storage-older",
    `${path} was written by Optuna ${library ?? "before 5"} and is read-only. ` +
      `To resume its studies, migrate a copy. The file itself does not change: tunelens migrate "${path}"`,
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
  readonly schema?: number | null | undefined;
  readonly library?: string | null | undefined;
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

function writeVersions(database: Database): void {
  const columns = "version_info_id, schema_version, library_version";
  database
    .prepare(`INSERT OR IGNORE INTO version_info (${columns}) VALUES (1, ?, ?)`)
    .run(SCHEMA_VERSION, LIBRARY_VERSION);
  database.prepare("INSERT OR IGNORE INTO alembic_version (version_num) VALUES (?)").run(REVISION);
}
