/** The two statements that Nightshift sends to Postgres, and the protections they share. Postgres 14 and newer. */

const BACKUP_TOOLS = `('pg_dump', 'pg_dumpall', 'pg_restore', 'pg_basebackup')`
/** A dump of an hour each night is no news, nor is its leader's open transaction; one that hangs is. */
const BACKUP_AT_WORK = `(application IN ${BACKUP_TOOLS} AND transaction_ms < ${6 * 60 * 60_000})`

/**
 * Why session `a` (pg_stat_activity, its role joined as `r`) is never ended, or NULL. Used by the look, and again by the
 * statement that ends a session. Parameters $1 to $4 are JSON lists of LIKE patterns: only these applications, only these
 * roles, never these applications, never these roles; JSON, since a list then needs no type of its own on the wire.
 */
const PROTECTION = `
  CASE
    WHEN a.backend_type IS DISTINCT FROM 'client backend' THEN 'not-a-client'
    -- Over HTTP no application name reaches Postgres, so our own sessions are known by their role alone.
    WHEN a.usename = current_user THEN 'own-role'
    WHEN a.usename IN ('cloud_admin', 'neon_service', 'neon_auth', 'authenticator', 'zenith_admin')
      OR a.usename LIKE 'databricks\\_%'
      OR a.application_name LIKE 'compute\\_ctl:%'
      OR a.application_name IN ('vm-monitor', 'postgres-exporter', 'sql_exporter', 'sql_exporter_autoscaling')
      OR a.datname IS NULL THEN 'neon'
    WHEN r.rolsuper THEN 'superuser'
    -- Neon's proxy keeps sessions for applications that use the HTTP driver; each was reset by this after its last query.
    WHEN a.application_name = '' AND a.query LIKE 'ROLLBACK;%' THEN 'neon-http-pool'
    -- PgBouncer runs beside Postgres in the compute. Its sessions carry the name of whichever client was last, but they
    -- come over loopback, while ours, and those of every direct client, come over the network.
    WHEN a.application_name = 'pgbouncer'
      OR (host(inet_client_addr()) NOT IN ('127.0.0.1', '::1')
        AND (a.client_addr IS NULL OR host(a.client_addr) IN ('127.0.0.1', '::1'))) THEN 'pooler'
    WHEN a.application_name = 'postgres_fdw' OR a.application_name IN ${BACKUP_TOOLS} THEN 'protected'
    -- Anywhere in it: libraries put comments and settings before it. Only the last statement can be seen, so a listener
    -- that has since run another is known by the user's list alone.
    WHEN a.query ~* '\\mLISTEN\\M' THEN 'listener'
    WHEN a.pid IN (SELECT pid FROM holders) THEN 'holds-locks'
    WHEN a.application_name LIKE ANY (ARRAY(SELECT json_array_elements_text($3::json)))
      OR a.usename LIKE ANY (ARRAY(SELECT json_array_elements_text($4::json))) THEN 'protected'
    WHEN (json_array_length($1::json) > 0 AND NOT a.application_name LIKE ANY (ARRAY(SELECT json_array_elements_text($1::json))))
      OR (json_array_length($2::json) > 0 AND NOT a.usename LIKE ANY (ARRAY(SELECT json_array_elements_text($2::json)))) THEN 'not-selected'
  END`

/** Every session holds a lock on its own virtual transaction; any other lock is work in hand, an advisory lock above all. */
const LOCKS_HELD = `NOT (locktype = 'virtualxid' AND virtualxid IS NOT DISTINCT FROM virtualtransaction)`

/** Whether our role may end the sessions of a role, given by name or oid; nobody but a superuser may end a superuser's. */
const PERMITTED = (role: string) =>
  `(pg_has_role(current_user, 'pg_signal_backend', 'USAGE') OR pg_has_role(current_user, ${role}, 'USAGE'))`

/** A timestamp as text that loses nothing and depends on no setting of the session. */
const exact = (column: string) => `extract(epoch FROM ${column})::text`

/**
 * All that a look needs, as one row with one JSON column. $5: idle limit in milliseconds.
 * Aggregated in the server: 4,000 sessions must not become 4,000 rows.
 */
export const LOOK = `
WITH holders AS MATERIALIZED (
  SELECT DISTINCT pid FROM pg_locks WHERE pid IS NOT NULL AND ${LOCKS_HELD}
), sessions AS MATERIALIZED (
  SELECT a.pid, coalesce(a.application_name, '') AS application, coalesce(a.usename, '') AS role, coalesce(a.datname, '') AS database,
    coalesce(a.state, '') AS state, a.backend_start, a.state_change,
    greatest(0, extract(epoch FROM clock_timestamp() - a.state_change) * 1000)::bigint AS in_state_ms,
    greatest(0, extract(epoch FROM clock_timestamp() - a.query_start) * 1000)::bigint AS running_ms,
    CASE WHEN a.xact_start IS NOT NULL
      THEN greatest(0, extract(epoch FROM clock_timestamp() - a.xact_start) * 1000)::bigint END AS transaction_ms,
    left(a.query, 300) AS query,
    ${PROTECTION} AS protection
  FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
  WHERE a.pid <> pg_backend_pid()
    -- Who may not see what others do gets NULL here; what has a database and a role is then taken for a client.
    AND (a.backend_type = 'client backend' OR (a.backend_type IS NULL AND a.datid IS NOT NULL AND a.usesysid IS NOT NULL))
), grouped AS (
  SELECT application, role, database, state, protection, count(*) AS sessions, coalesce(max(in_state_ms), 0) AS oldest_ms
  FROM sessions GROUP BY 1, 2, 3, 4, 5 ORDER BY 6 DESC, 1, 2, 3, 4 LIMIT 100
), clients AS (
  SELECT * FROM sessions WHERE protection IS NULL OR protection NOT IN ('neon', 'superuser')
), stale AS (
  SELECT * FROM clients WHERE state = 'idle' AND in_state_ms >= $5::bigint
), limits AS (
  SELECT current_setting('max_connections')::int AS max,
    current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved
)
SELECT json_build_object(
  'max', (SELECT max FROM limits),
  'reserved', (SELECT reserved FROM limits),
  'role', current_user,
  'sighted', pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'),
  'serverStartedAt', (extract(epoch FROM pg_postmaster_start_time()) * 1000)::bigint,
  'used', (SELECT count(*) FROM sessions),
  'active', (SELECT count(*) FROM clients WHERE state IN ('active', 'fastpath function call')),
  -- What our role and Neon's do is not somebody using the database.
  'quietMs', (SELECT CASE WHEN bool_or(state <> 'idle') THEN 0 ELSE min(in_state_ms) END FROM clients WHERE protection IS DISTINCT FROM 'own-role'),
  'groups', (SELECT coalesce(json_agg(json_build_object('application', application, 'role', role, 'database', database, 'state', state,
    'protection', protection, 'sessions', sessions, 'oldestMs', oldest_ms)), '[]') FROM grouped),
  'stale', (SELECT coalesce(json_agg(s), '[]') FROM (
    SELECT application, role, database, protection, count(*) AS sessions, max(in_state_ms) AS "oldestMs"
    FROM stale GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC LIMIT 50) s),
  'staleSessions', (SELECT count(*) FROM stale WHERE protection IS NULL OR protection = 'not-selected'
    -- An application that shares our role; ours have no name, since over HTTP none reaches Postgres.
    OR (protection = 'own-role' AND application <> '')),
  'candidates', (SELECT coalesce(json_agg(c), '[]') FROM (
    SELECT pid, application, role, database, in_state_ms AS "idleMs",
      ${exact('backend_start')} AS "backendStart", ${exact('state_change')} AS "stateChange",
      -- A session may outlive its role, and asked about a role that is gone the server refuses the whole look.
      pg_has_role(current_user, 'pg_signal_backend', 'USAGE')
        OR CASE WHEN role = '' THEN false ELSE pg_has_role(current_user, role, 'USAGE') END AS permitted
    FROM stale WHERE protection IS NULL ORDER BY permitted DESC, state_change LIMIT 100) c),
  'idleInTransaction', (SELECT coalesce(json_agg(t), '[]') FROM (
    SELECT pid, application, role, database, in_state_ms AS "ageMs", query AS statement
    FROM clients WHERE state LIKE 'idle in transaction%' AND NOT ${BACKUP_AT_WORK} ORDER BY state_change LIMIT 5) t),
  'transactions', (SELECT coalesce(json_agg(x), '[]') FROM (
    SELECT pid, application, role, database, transaction_ms AS "ageMs", query AS statement
    FROM clients WHERE transaction_ms IS NOT NULL ORDER BY transaction_ms DESC LIMIT 5) x),
  'longRunning', (SELECT coalesce(json_agg(l), '[]') FROM (
    SELECT pid, application, role, database, running_ms AS "ageMs", query AS statement
    FROM clients WHERE state = 'active' AND NOT ${BACKUP_AT_WORK} ORDER BY running_ms DESC NULLS LAST LIMIT 5) l)
) AS reading`

/**
 * Ends one session, if in this very statement it is still the same one, idle since the same instant, and nothing protects
 * it. $5: idle limit in milliseconds, $6: pid, $7: backend_start, $8: state_change, both as the look gave them.
 * No row: there is no such session any more.
 *
 * All that takes time (locks, roles, patterns, permission) is done on a first picture of the session. Its identity and
 * idleness are then read once more, from a fresh picture, with nothing but the ending itself behind it. What is left is the
 * fraction of a millisecond in which Postgres itself goes from that picture to the signal.
 */
export const END_SESSION = `
WITH holders AS MATERIALIZED (
  SELECT DISTINCT pid FROM pg_locks WHERE pid = $6::int AND ${LOCKS_HELD}
), session AS MATERIALIZED (
  SELECT a.pid, ${exact('a.backend_start')} AS backend_start, ${PROTECTION} AS protection, ${PERMITTED('a.usesysid')} AS permitted
  FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
  WHERE a.pid = $6::int
)
SELECT protection, CASE
  WHEN backend_start IS DISTINCT FROM $7 THEN 'gone'
  WHEN protection IS NOT NULL THEN 'protected'
  WHEN NOT permitted THEN 'refused'
  ELSE coalesce((
    SELECT CASE
      WHEN ${exact('a.backend_start')} IS DISTINCT FROM $7 THEN 'gone'
      -- The wait event is read last, and live: whoever is not waiting for its client is at work again.
      WHEN a.state IS DISTINCT FROM 'idle' OR a.wait_event IS DISTINCT FROM 'ClientRead'
        OR ${exact('a.state_change')} IS DISTINCT FROM $8
        OR a.state_change > clock_timestamp() - $5::bigint * interval '1 millisecond' THEN 'woke'
      WHEN pg_terminate_backend(a.pid, 1000) THEN 'ended'
      ELSE 'still-ending'
    END
    -- The argument comes from the row that clears the old picture, so the new one cannot be taken before that.
    FROM (SELECT session.pid, pg_stat_clear_snapshot()) fresh CROSS JOIN LATERAL pg_stat_get_activity(fresh.pid) a
  ), 'gone')
END AS outcome
FROM session`

/** A user's pattern, `*` for anything, as a LIKE pattern. */
export const likePattern = (pattern: string): string => pattern.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%')
