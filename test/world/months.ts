/**
 * Months in a minute: checks run in this process, on a clock that the test sets, against a local Neon, Aura and AWS.
 *
 *     await using months = await startMonths(config)
 *     months.now = Date.UTC(2026, 8, 1)
 *     const report = await months.run(months.storage)
 */

import { randomUUID } from 'node:crypto'
import { vi } from 'vitest'
import type { NightshiftConfig } from '../../functions/config.ts'
import type { Report } from '../../functions/report.ts'
import type { Check, Watched } from '../../functions/run.ts'
import { type LocalAura, startAura } from './aura.ts'
import { type LocalAws, startAws } from './aws.ts'
import { checkOf } from './check-of.ts'
import { type LocalNeon, startNeon } from './neon.ts'
import { EMAIL, PHONE } from './night.ts'

export interface Months extends AsyncDisposable {
  neon: LocalNeon
  aura: LocalAura
  aws: LocalAws
  /** Epoch milliseconds; only `Date` follows it, timers do not. */
  now: number
  /** Of Neon; only where the computes sleep, since there is no Postgres in this world. */
  connections: Check<Watched>
  storage: Check<Watched>
  snapshots: Check<Watched>
  /** Nightshift's look at itself; as a target it is called `Nightshift`. */
  heartbeat: Check<Watched>
  run(check: Check<Watched>, event?: unknown): Promise<Report>
  /** Subjects of the mails since the last time it was asked. */
  subjects(): string[]
}

/**
 * @param passwords by target, into the secret
 * @param also what else is in the secret
 */
export async function startMonths(
  config: Omit<NightshiftConfig, 'tell'> & Partial<NightshiftConfig>,
  passwords: Record<string, string> = {},
  also: Record<string, string> = {},
): Promise<Months> {
  await using starting = new AsyncDisposableStack()
  const [neon, aura, aws] = await Promise.all([startNeon(), startAura(), startAws()])
  for (const one of [neon, aura, aws]) starting.use(one)
  starting.defer(() => void vi.unstubAllEnvs())
  // What is read of a secret is kept in this process by its name, and every world has keys of its own.
  const secret = `nightshift-${randomUUID()}`
  const env = { ...aws.env, ...neon.env, ...aura.env, NIGHTSHIFT_SECRET: secret }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  starting.defer(() => void vi.useRealTimers())
  vi.useFakeTimers({ toFake: ['Date'] })
  const { id: clientId, secret: clientSecret } = aura.client
  aws.secrets.put(secret, {
    neonApiKey: neon.apiKey,
    aura: { clientId, clientSecret },
    passwords,
    ...also,
  })
  aws.sns.subscribe({ protocol: 'email', endpoint: EMAIL })
  aws.sns.subscribe({
    protocol: 'sms',
    endpoint: PHONE,
    filterPolicy: { severity: ['critical', 'resolved-critical'] },
  })
  aws.sns.subscribe({ protocol: 'email', endpoint: EMAIL, topicArn: aws.env.NIGHTSHIFT_OPERATIONS_TOPIC as string })
  aws.sns.subscribe({ protocol: 'sms', endpoint: PHONE, topicArn: aws.env.NIGHTSHIFT_URGENT_TOPIC as string })

  const full: NightshiftConfig = { tell: { emails: [EMAIL], phones: [PHONE] }, ...config }
  const functions = await loadFunctions()
  const settings = functions.resolveConfig(full)
  /** As each function resolves them for itself. */
  const settingsFor = (check: string) =>
    check === 'heartbeat'
      ? functions.heartbeatSettings(settings)
      : check === 'connections'
        ? settings
        : functions.slowSettings(settings)
  let seen = 0
  const started = starting.move()
  return {
    neon,
    aura,
    aws,
    get now() {
      return Date.now()
    },
    set now(at) {
      vi.setSystemTime(at)
    },
    storage: checkOf('storage', functions.storageRules, functions.resolveStorageTargets(full), functions.checkStorage),
    snapshots: checkOf(
      'snapshots',
      functions.snapshotsRules,
      functions.resolveSnapshotsTargets(full),
      functions.checkSnapshots,
    ),
    connections: {
      ...checkOf('connections', functions.connectionRules, settings.targets, functions.checkNeon),
      pings: 'neon',
    },
    heartbeat: checkOf(
      'heartbeat',
      functions.heartbeatRules,
      [functions.resolveHeartbeat(full, 'Nightshift')],
      functions.checkHeartbeat,
    ),
    run: (check, event = {}) =>
      functions.run(check, {
        settings: settingsFor(check.name),
        request: functions.parseEvent(
          event,
          check.targets.map(({ name }) => name),
        ),
        runId: randomUUID(),
        endsAt: Date.now() + 120_000,
      }),
    subjects: () => {
      const mails = aws.sns.inbox.filter(({ protocol }) => protocol === 'email')
      const fresh = mails.slice(seen)
      seen = mails.length
      return fresh.map(({ subject }) => subject ?? '')
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

/** Afresh for each world: a client keeps the address and the keys that it found first. */
async function loadFunctions() {
  vi.resetModules()
  const [neon, storage, snapshots, heartbeat] = await Promise.all([
    import('../../functions/check-neon.ts'),
    import('../../functions/check-storage.ts'),
    import('../../functions/check-snapshots.ts'),
    import('../../functions/check-heartbeat.ts'),
  ])
  return {
    ...neon,
    ...storage,
    ...snapshots,
    ...heartbeat,
    ...(await import('../../functions/checks/rules.ts')),
    ...(await import('../../functions/checks/heartbeat/rules.ts')),
    ...(await import('../../functions/config-heartbeat.ts')),
    ...(await import('../../functions/checks/storage/rules.ts')),
    ...(await import('../../functions/checks/snapshots/rules.ts')),
    ...(await import('../../functions/config.ts')),
    ...(await import('../../functions/config-storage.ts')),
    ...(await import('../../functions/config-snapshots.ts')),
    ...(await import('../../functions/slow-settings.ts')),
    ...(await import('../../functions/event.ts')),
    ...(await import('../../functions/run.ts')),
  }
}
