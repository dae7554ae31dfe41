/** The statement that a look sends to Postgres: one round trip, one row. Postgres 14 and newer. */
import { NOT_ITS_OWN } from '../checks/trust/watched.ts'
import { BACKUP_TOOLS, exact, LOCKS_HELD, PROTECTION } from './sessions-sql.ts'

/** A dump of an hour each night is no news, nor is its leader's open transaction; one that hangs is. */
const BACKUP_AT_WORK = `(application IN ${BACKUP_TOOLS} AND transaction_ms < ${6 * 60 * 60_000})`

/** Running a statement, or in a transaction between two. Who has run none in it for a minute has forgotten it. */
const AT_WORK = `(a.state IN ('active', 'fastpath function call')
      OR (a.state LIKE 'idle in transaction%' AND a.state_change > clock_timestamp() - interval '1 minute'))`

/** Runs a statement that may be one of those that pile up: no backup's, and no other look of our own. */
const RUNS = `state = 'active' AND application NOT IN ${BACKUP_TOOLS}
      AND NOT (application = '' AND protection IS NOT DISTINCT FROM 'own-role')`

/** An instant since 1970, or an age, in milliseconds. `date_part`: on a thousand sessions `extract`'s exact numbers take their time. */
const ms = (what: string) => `(date_part('epoch', ${what}) * 1000)::bigint`

/**
 * Whose turn it is where not all can be listed: each application has its first before any has its second. Who numbers its
 * processes is one all the same, or its many names would take every turn; the digits alone, since this is asked of thousands.
 */
const turn = (order: string) =>
  `row_number() OVER (PARTITION BY translate(application, '0123456789', '') COLLATE "C", role, database ORDER BY ${order}) AS turn`

/**
 * All that a look needs, as one row with one JSON column. $1 to $4: as in PROTECTION, $5: idle limit in milliseconds,
 * $6 and $7: pids and starts, in milliseconds, of the sessions that are asked about.
 * Aggregated in the server: 4,000 sessions must not become 4,000 rows, nor half a gigabyte of transfer a month.
 */
export const LOOK = `
WITH holders AS MATERIALIZED (
  SELECT DISTINCT pid FROM pg_locks WHERE pid IS NOT NULL AND ${LOCKS_HELD}
), sessions AS MATERIALIZED (
  SELECT a.pid, coalesce(a.application_name, '') AS application, coalesce(a.usename, '') AS role, coalesce(a.datname, '') AS database,
    coalesce(a.state, '') AS state, a.backend_start, a.state_change,
    greatest(0, ${ms('clock_timestamp() - a.state_change')}) AS in_state_ms,
    greatest(0, ${ms('clock_timestamp() - a.query_start')}) AS running_ms,
    CASE WHEN a.xact_start IS NOT NULL THEN greatest(0, ${ms('clock_timestamp() - a.xact_start')}) END AS transaction_ms,
    left(a.query, 300) AS query, a.client_addr,
    coalesce(${AT_WORK}, false) AS at_work, a.wait_event_type IS NOT DISTINCT FROM 'Lock' AS waits, a.wait_event,
    ${PROTECTION} AS protection
  FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
  WHERE a.pid <> pg_backend_pid()
    -- Who may not see what others do gets NULL here; what has a database and a role is then taken for a client.
    AND (a.backend_type = 'client backend' OR (a.backend_type IS NULL AND a.datid IS NOT NULL AND a.usesysid IS NOT NULL))
), grouped AS (
  SELECT application, role, database, state, protection, count(*) AS sessions, coalesce(max(in_state_ms), 0) AS "oldestMs",
    count(*) FILTER (WHERE at_work) AS "atWork", count(*) FILTER (WHERE state = 'idle' AND in_state_ms > ${60 * 60_000}) AS "idleOverHour",
    ARRAY[host(min(client_addr) FILTER (WHERE application = '')), host(max(client_addr) FILTER (WHERE application = ''))] AS clients
  FROM sessions GROUP BY 1, 2, 3, 4, 5 ORDER BY 6 DESC, 1, 2, 3, 4 LIMIT 100
), clients AS (
  SELECT * FROM sessions WHERE protection IS NULL OR protection NOT IN ('neon', 'superuser')
), stale AS (
  SELECT * FROM clients WHERE state = 'idle' AND in_state_ms >= $5::bigint
), idle AS (
  -- To learn from: of each application those that are the likeliest to work again. A leak alone would fill the list.
  SELECT * FROM (
    SELECT pid, application, role, database, protection, backend_start, state_change, ${turn('state_change DESC')}
    FROM clients WHERE state = 'idle' AND in_state_ms > least(60000, $5::bigint)
      AND (protection IS NULL OR protection NOT IN (${NOT_ITS_OWN.map((one) => `'${one}'`).join(', ')}))
  ) one ORDER BY turn, state_change DESC LIMIT 300
), waiting AS MATERIALIZED (
  -- Each call stops the server's lock manager for a moment: not for every one of a thousand. Of those that want the same
  -- row only the first waits for who has it; the others wait for the 'tuple', and so for the first.
  SELECT pid, pg_blocking_pids(pid) AS "blockedBy"
  FROM (SELECT pid FROM clients WHERE waits ORDER BY wait_event = 'tuple', running_ms DESC LIMIT 50) first
), limits AS (
  SELECT current_setting('max_connections')::int AS max,
    current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved
)
SELECT json_build_object(
  'max', (SELECT max FROM limits),
  'reserved', (SELECT reserved FROM limits),
  'role', current_user,
  'sighted', pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'),
  'serverStartedAt', ${ms('pg_postmaster_start_time()')},
  'used', (SELECT count(*) FROM sessions),
  'clockMs', ${ms('clock_timestamp()')},
  'atWork', (SELECT count(*) FROM clients WHERE at_work),
  'active', (SELECT count(*) FROM clients WHERE state IN ('active', 'fastpath function call')),
  -- What our role and Neon's do is not somebody using the database.
  'quietMs', (SELECT CASE WHEN bool_or(state <> 'idle') THEN 0 ELSE min(in_state_ms) END FROM clients WHERE protection IS DISTINCT FROM 'own-role'),
  'groups', (SELECT coalesce(json_agg(grouped), '[]') FROM grouped),
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
      (SELECT pg_has_role(current_user, 'pg_signal_backend', 'USAGE'))
        OR CASE WHEN role = '' THEN false ELSE pg_has_role(current_user, role, 'USAGE') END AS permitted
    -- Most of one application may yet be spared: they must not hide who is abandoned of another.
    FROM (SELECT pid, application, role, database, in_state_ms, backend_start, state_change, ${turn('state_change')}
      FROM stale WHERE protection IS NULL) one
    ORDER BY permitted DESC, turn, state_change LIMIT 100) c),
  'idleInTransaction', (SELECT coalesce(json_agg(t), '[]') FROM (
    SELECT pid, application, role, database, in_state_ms AS "ageMs", query AS statement
    FROM clients WHERE state LIKE 'idle in transaction%' AND NOT ${BACKUP_AT_WORK} ORDER BY state_change LIMIT 5) t),
  'transactions', (SELECT coalesce(json_agg(x), '[]') FROM (
    SELECT pid, application, role, database, transaction_ms AS "ageMs", query AS statement
    FROM clients WHERE transaction_ms IS NOT NULL ORDER BY transaction_ms DESC LIMIT 5) x),
  'longRunning', (SELECT coalesce(json_agg(l), '[]') FROM (
    SELECT pid, application, role, database, running_ms AS "ageMs", query AS statement
    FROM clients WHERE state = 'active' AND NOT ${BACKUP_AT_WORK} ORDER BY running_ms DESC NULLS LAST LIMIT 5) l),
  'statements', (SELECT coalesce(json_agg(w), '[]') FROM (
    SELECT application, role, database, query AS statement, count(*) AS sessions, count(*) FILTER (WHERE waits) AS waiting,
      coalesce(max(running_ms), 0) AS "longestMs"
    FROM clients WHERE ${RUNS}
    GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 7 DESC LIMIT 100) w),
  -- Where each statement has literals of its own, a hundred of them are not all.
  'runningSessions', (SELECT count(*) FROM clients WHERE ${RUNS}),
  'waitingSessions', (SELECT count(*) FROM clients WHERE waits),
  'waiting', (SELECT coalesce(json_agg(waiting), '[]') FROM waiting),
  'blockers', (SELECT coalesce(json_agg(b), '[]') FROM (
    SELECT pid, application, role, database, state, waits, protection, transaction_ms AS "transactionMs", query AS statement
    FROM sessions WHERE pid = ANY (ARRAY(SELECT unnest("blockedBy") FROM waiting)) AND pid NOT IN (SELECT pid FROM waiting)
    ORDER BY waits LIMIT 50) b),
  'idle', (SELECT coalesce(json_agg(i), '[]') FROM (
    SELECT application, role, database, protection,
      array_agg(ARRAY[pid, ${ms('backend_start')}, ${ms('state_change')}]) AS sessions
    FROM idle GROUP BY 1, 2, 3, 4) i),
  'known', (SELECT coalesce(json_agg(k), '[]') FROM (
    SELECT state, array_agg(ARRAY[pid, started, ${ms('state_change')}]) AS sessions
    FROM unnest($6::int[], $7::bigint[]) AS asked(pid, started) JOIN sessions USING (pid)
    WHERE started = ${ms('backend_start')} AND state_change IS NOT NULL GROUP BY state) k)
) AS reading`
