/**
 * What three actions of check_postgres (bucardo) ask for, in our own words, after its documentation
 * (https://bucardo.org/check_postgres/check_postgres.pl.html) and what a server was seen to get from release 2.25.
 * Each action starts psql, which connects; where the SQL depends on the server's version, once more just to ask for that.
 */
import { type Asker, asker } from './statements.ts'

const VERSION = 'SELECT version()'

const BACKENDS = `
  SELECT d.datname, count(s.datid) AS sessions, (SELECT setting FROM pg_settings WHERE name = 'max_connections') AS most
  FROM pg_database d LEFT JOIN pg_stat_activity s ON s.datid = d.oid
  GROUP BY d.datname ORDER BY d.datname`

const TXN_IDLE = `
  SELECT datname, datid, pid, usename, client_addr, xact_start, query, state, greatest(client_port, 0) AS client_port,
    coalesce(round(extract(epoch FROM now() - state_change)), 0) AS seconds
  FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND (state = 'idle in transaction' OR state IS NULL)
  ORDER BY xact_start, state_change, pid DESC`

const DATABASE_SIZE = `
  SELECT d.datname, r.rolname, pg_database_size(d.oid) AS bytes, pg_size_pretty(pg_database_size(d.oid)) AS size
  FROM pg_database d LEFT JOIN pg_roles r ON r.oid = d.datdba`

export const checkPostgres: Asker = asker('check_postgres: backends, txn_idle, database_size', [
  [VERSION],
  [BACKENDS],
  [VERSION],
  [TXN_IDLE],
  ['BEGIN', "SET statement_timeout = '30s'", 'COMMIT', DATABASE_SIZE],
])
