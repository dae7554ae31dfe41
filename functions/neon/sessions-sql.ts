/** What is never ended, and the statement that ends one session. Postgres 14 and newer. */

export const BACKUP_TOOLS = `('pg_dump', 'pg_dumpall', 'pg_restore', 'pg_basebackup')`

/**
 * Why session `a` (pg_stat_activity, its role joined as `r`) is never ended, or NULL. Used by the look, and again by the
 * statement that ends a session. Parameters $1 to $4 are JSON lists of LIKE patterns: only these applications, only these
 * roles, never these applications, never these roles; JSON, since a list then needs no type of its own on the wire.
 */
export const PROTECTION = `
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
export const LOCKS_HELD = `NOT (locktype = 'virtualxid' AND virtualxid IS NOT DISTINCT FROM virtualtransaction)`

/** Whether our role may end the sessions of a role, given by name or oid; nobody but a superuser may end a superuser's. */
const PERMITTED = (role: string) =>
  `(pg_has_role(current_user, 'pg_signal_backend', 'USAGE') OR pg_has_role(current_user, ${role}, 'USAGE'))`

/** A timestamp as text that loses nothing and depends on no setting of the session. */
export const exact = (column: string) => `extract(epoch FROM ${column})::text`

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
