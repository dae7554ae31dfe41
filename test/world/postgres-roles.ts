import { type Client, escapeLiteral } from 'pg'

/** The bootstrap superuser of every Neon compute. */
export const CLOUD_ADMIN = 'cloud_admin'
/** The role that Neon makes for a new project: a console role, so a member of `neon_superuser`. */
export const OWNER = 'neondb_owner'
export const DATABASE = 'neondb'

/** Application names of the sessions that Neon itself holds open on a compute, all as `cloud_admin` in `postgres`. */
export const INTERNAL_APPLICATIONS = [
  'compute_ctl:compute_monitor',
  'postgres-exporter',
  'postgres-exporter',
  'sql_exporter',
  'sql_exporter',
  'vm-monitor',
]

/**
 * Neon's roles and grants as dumps of real projects show them (PG17 and PG18, 2026).
 * What matters most: `neon_superuser` may signal backends and pass that right on, `neon_service` is no superuser.
 */
export async function createNeonRoles(admin: Client): Promise<void> {
  await admin.query(`
    CREATE ROLE neon_superuser NOLOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS;
    GRANT pg_read_all_data, pg_write_all_data, pg_create_subscription, pg_maintain TO neon_superuser;
    GRANT pg_monitor, pg_signal_backend TO neon_superuser WITH ADMIN OPTION;
    GRANT pg_signal_autovacuum_worker TO neon_superuser WITH ADMIN TRUE, INHERIT TRUE, SET FALSE;
    CREATE ROLE neon_service LOGIN CREATEDB CREATEROLE BYPASSRLS REPLICATION
      IN ROLE neon_superuser;
    CREATE ROLE ${OWNER} LOGIN CREATEDB CREATEROLE BYPASSRLS REPLICATION
      IN ROLE neon_superuser;
  `)
  await admin.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER}`)
}

/** Passwords of this server alone, by role. */
export async function setPasswords(admin: Client, passwords: Map<string, string>): Promise<void> {
  const statements = [...passwords].map(([role, password]) => `ALTER ROLE ${role} PASSWORD ${escapeLiteral(password)};`)
  await admin.query(statements.join('\n'))
}
