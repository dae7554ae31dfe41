/**
 * Aura's metrics endpoint, which Business Critical, the Virtual Dedicated Cloud and AuraDS Enterprise have
 * (https://neo4j.com/docs/aura/metrics/metrics-integration/introduction). It takes the token of the API, and answers only
 * who has the role Metrics Reader. Of an instance that does not run it tells nothing.
 */
import type { MetricsPart } from '../checks/aura-reading.ts'
import { addresses } from '../env.ts'
import { LookFailed } from '../failure.ts'
import { getText, HttpError } from '../http.ts'
import { retrying } from '../retry.ts'
import type { Instance } from './api.ts'
import { metricsFailed } from './api-failure.ts'
import { connectionsOf } from './metrics-values.ts'
import { parsePrometheus, type Sample } from './prometheus.ts'
import { mayBeTheToken, noteAllowed, noteRefused } from './refusals.ts'
import { type AuraClient, tokenOf } from './token.ts'

/** As Aura recommends: whoever waits less is told older values. A few dozen series for each member and database. */
const LIMITS = { timeoutMs: 30_000, mostBytes: 5_000_000 }
/** Of a look at connections, which has its endings still before it, and more targets behind it. */
const PATIENCE_MS = 20_000

/**
 * Every sample of an instance that has a `metrics_integration_url`; none where it does not run.
 * @throws LookFailed `forbidden` where the client's user lacks the role
 */
export async function readMetrics(
  { id, metrics_integration_url: url }: Pick<Instance, 'id' | 'metrics_integration_url'>,
  client: AuraClient,
  signal: AbortSignal,
): Promise<Sample[]> {
  const askWith = (token: string) =>
    retrying(1, signal, async () => {
      const { text } = await getText(address, { authorization: `Bearer ${token}` }, LIMITS, signal)
      const samples = parsePrometheus(text)
      const others = text.split('\n').some((line) => line.trim() !== '' && !line.startsWith('#'))
      if (samples.length === 0 && others) throw new HttpError(0, 'the answer is not in the format of Prometheus')
      return samples.filter(({ labels }) => (labels.instance_id ?? id) === id)
    })
  let address: string
  try {
    address = addressOf(url ?? '')
    const token = await tokenOf(client, signal)
    const samples = await askWith(token).catch(async (error: unknown) => {
      // About the role, a new token says nothing else; and who asks for too many tokens is limited.
      if (!isRefusal(error) || /Metrics/.test(error.message) || !mayBeTheToken(client, token, pathOf(id))) throw error
      return askWith(await tokenOf(client, signal, token))
    })
    noteAllowed(client, pathOf(id))
    return samples
  } catch (error) {
    if (isRefusal(error)) noteRefused(client, pathOf(id))
    throw metricsFailed(error)
  }
}

/** By which a refusal is remembered, beside those of the API. */
const pathOf = (id: string): string => `metrics of ${id}`

const isRefusal = (error: unknown): error is HttpError =>
  error instanceof HttpError && (error.status === 401 || error.status === 403)

/** What the metrics say of connections; undefined where the tier has none. Never throws. */
export async function meteredConnections(
  instance: Instance,
  client: AuraClient,
  now: number,
  signal: AbortSignal,
): Promise<MetricsPart | undefined> {
  if (instance.metrics_integration_url === null) return undefined
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
    const samples = await readMetrics(instance, client, patience)
    const connections = connectionsOf(samples, now)
    return connections ? { connections } : { missing: 'values', message: noValues(samples, 'number of connections') }
  } catch (error) {
    const { cause, message } = metricsFailed(error).failure
    return { missing: cause === 'forbidden' ? 'role' : 'failed', message }
  }
}

/** Why an answer does not tell `what`. */
export const noValues = (samples: Sample[], what: string): string =>
  samples.length === 0
    ? "Aura's metrics endpoint answered with nothing."
    : `Aura's metrics of this instance have no current ${what}.`

/** The token goes to Aura's own hosts only, or to the world that was set in their place. */
function addressOf(given: string): string {
  const url = URL.parse(given)
  const instead = addresses.auraMetrics()
  const ours = url?.protocol === 'https:' && /(^|\.)neo4j\.io$/.test(url.hostname)
  if (!url || !(instead || ours))
    throw new LookFailed({
      cause: 'bad-answer',
      at: 'api',
      message: `no metrics: the Aura API gave an address of them that is not Aura's: ${url?.host ?? 'none'}`,
    })
  const address = new URL(instead ?? url.origin)
  address.pathname = url.pathname
  address.search = url.search
  return address.href
}
