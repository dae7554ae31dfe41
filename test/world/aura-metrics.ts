import type { Instance } from './aura-instances.ts'
import type { TokenOffice } from './aura-token.ts'
import type { HttpAnswer, HttpRequest } from './http.ts'

/** One series of a metric; labels that it does not name are Aura's usual ones. */
export interface Series {
  value: number
  /** Undefined takes a label away. */
  labels?: Record<string, string | undefined>
  /** Epoch milliseconds; null: the line has no time. Default: now. */
  at?: number | null
}

/** By the metric's name: the value of its one series, or all of them. */
export type Metrics = Record<string, number | Series[]>

const GB = 1024 ** 3

/** What an instance tells unless a test says otherwise: nobody is connected, and little is stored. */
export const quietMetrics = (): Metrics => ({
  neo4j_aura_storage_limit: 4 * GB,
  neo4j_database_store_size_database: GB,
  neo4j_dbms_bolt_connections_running: 0,
  neo4j_dbms_bolt_connections_idle: 0,
  neo4j_dbms_bolt_connections_opened_total: 0,
  neo4j_dbms_bolt_connections_closed_total: 0,
})

interface MetricsState {
  tokens: TokenOffice
  instances: Map<string, Instance>
}

/** The metrics of one instance, `/<project>/<instance>/metrics`; of a whole project they are not offered. */
export function auraMetrics({ tokens, instances }: MetricsState) {
  return ({ method, url, headers }: HttpRequest): HttpAnswer => {
    const refusal = tokens.refusal(headers.authorization)
    if (refusal) return refusal
    const [, project, id = '', part, more] = url.pathname.split('/')
    const instance = instances.get(id)
    const eligible = instance?.metrics !== undefined && instance.api.tenant_id === project
    if (method !== 'GET' || part !== 'metrics' || more !== undefined || !eligible) return plain(404, 'Not found')
    return plain(200, instance.api.status === 'running' ? write(id, instance.metrics ?? {}) : '')
  }
}

const plain = (status: number, body: string): HttpAnswer => ({
  status,
  body,
  headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
})

/** The text format of Prometheus, with six decimals and the time, as Aura writes it. */
function write(id: string, metrics: Metrics): string {
  return Object.entries(metrics)
    .flatMap(([name, given]) => [
      `# HELP ${name} Of a local world.`,
      `# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}`,
      ...(typeof given === 'number' ? [{ value: given }] : given).map((series) => line(id, name, series)),
    ])
    .map((text) => `${text}\n`)
    .join('')
}

function line(id: string, name: string, { value, labels, at = Date.now() }: Series): string {
  const all = {
    aggregation: 'MAX',
    ...(name.startsWith('neo4j_database_') && { database: 'neo4j' }),
    instance_id: id,
    ...labels,
  }
  const pairs = Object.entries(all).flatMap(([label, text]) => (text === undefined ? [] : `${label}="${quoted(text)}"`))
  return `${name}{${pairs.join(',')}} ${number(value)}${at === null ? '' : ` ${at}`}`
}

const quoted = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

const number = (value: number): string =>
  Number.isFinite(value) ? value.toFixed(6) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
