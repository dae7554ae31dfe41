import { randomUUID } from 'node:crypto'
import { jsonProtocol, WireError, type WireReply } from './aws-protocols.ts'
import { type Identity, startService, type WireRequest } from './aws-wire.ts'

interface Version {
  id: string
  text: string
  created: number
}

interface Secret {
  arn: string
  name: string
  current: Version
  previous: Version | undefined
}

export type LocalSecrets = Awaited<ReturnType<typeof startSecrets>>

/** Secrets Manager, as far as reading goes: `GetSecretValue`. */
export async function startSecrets(identity: Identity) {
  const secrets = new Map<string, Secret>()

  /** By name, by ARN, or by ARN without the six characters that AWS appends. */
  const find = (id: string) =>
    [...secrets.values()].find(({ name, arn }) => id === name || id === arn || id === arn.replace(/-\w{6}$/, ''))

  function getSecretValue(input: { SecretId?: string; VersionStage?: string; VersionId?: string }) {
    if (!input.SecretId) throw new WireError(400, 'InvalidParameterException', 'You must provide a SecretId.')
    const secret = find(input.SecretId)
    if (!secret) throw notFound("Secrets Manager can't find the specified secret.")
    const { VersionStage: stage = 'AWSCURRENT', VersionId: id } = input
    const staged = { AWSCURRENT: secret.current, AWSPREVIOUS: secret.previous }
    const found = Object.entries(staged).find(([name, version]) => version && (id ? version.id === id : name === stage))
    if (!found?.[1]) {
      throw notFound(`Secrets Manager can't find the specified secret value for staging label: ${stage}`)
    }
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: found[1].id,
      VersionStages: [found[0]],
      SecretString: found[1].text,
      CreatedDate: found[1].created,
    }
  }

  const answer = ({ action, body }: WireRequest): WireReply => {
    if (action !== 'GetSecretValue')
      throw new WireError(400, 'UnknownOperationException', `Not in the local world: ${action}`)
    const headers = { 'content-type': 'application/x-amz-json-1.1' }
    return { status: 200, headers, body: JSON.stringify(getSecretValue(JSON.parse(body))) }
  }
  const service = await startService('secretsmanager', jsonProtocol('1.1'), identity, answer)

  return {
    service,
    /** How often secrets were read, or tried to be. */
    get requestCount(): number {
      return service.requests.length
    },
    /** Makes a secret, or rotates it: the version it had becomes `AWSPREVIOUS`. An object is stored as JSON. Returns the version's id. */
    put(name: string, value: string | object): string {
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      const known = secrets.get(name)
      const current = { id: randomUUID(), text, created: Date.now() / 1000 }
      const arn =
        known?.arn ??
        `arn:aws:secretsmanager:${identity.region}:${identity.account}:secret:${name}-${randomUUID().slice(0, 6)}`
      secrets.set(name, { arn, name, current, previous: known?.current })
      return current.id
    },
    remove: (name: string): boolean => secrets.delete(name),
  }
}

function notFound(message: string): WireError {
  return new WireError(400, 'ResourceNotFoundException', message)
}
