/** Every environment variable that the functions read, in one place. */

/** What the template sets. Read when needed, so that a missing one is an error of the run and says its name. */
export const environment = {
  table: () => required('NIGHTSHIFT_TABLE'),
  alertsTopic: () => required('NIGHTSHIFT_ALERTS_TOPIC'),
  secret: () => required('NIGHTSHIFT_SECRET'),
}

const AURA_API = 'https://api.neo4j.io'

/** Outside addresses: each has a default and may be pointed at a local world or an emulator. */
export const addresses = {
  neonApi: () => process.env.NIGHTSHIFT_NEON_API_URL || 'https://console.neon.tech/api/v2',
  /** The token endpoint included. */
  auraApiDefault: AURA_API,
  auraApi: () => process.env.NIGHTSHIFT_AURA_API_URL || AURA_API,
  /** Undefined: where the API says. A token of another world than Aura's own is never sent there. */
  auraMetrics: () => process.env.NIGHTSHIFT_AURA_METRICS_URL || process.env.NIGHTSHIFT_AURA_API_URL || undefined,
  /** Undefined: the driver derives it from the endpoint's host. */
  neonSql: () => process.env.NIGHTSHIFT_NEON_SQL_URL || undefined,
  neonStatus: () => process.env.NIGHTSHIFT_NEON_STATUS_URL || 'https://neonstatus.com',
  /** Instead of the origin of the secret's `heartbeatUrl`, whose path stays. */
  ping: () => process.env.NIGHTSHIFT_PING_URL || undefined,
}

/** What only the heartbeat needs. */
export const heartbeatEnvironment = {
  operationsTopic: () => required('NIGHTSHIFT_OPERATIONS_TOPIC'),
  urgentTopic: () => required('NIGHTSHIFT_URGENT_TOPIC'),
  /** What this Nightshift calls itself in what it tells of itself. Never a target's name: that is checked at synth. */
  stack: () => process.env.NIGHTSHIFT_STACK || 'Nightshift',
}

/** What Lambda itself sets, for links to the log. */
export const lambda = {
  region: () => process.env.AWS_REGION,
  functionName: () => process.env.AWS_LAMBDA_FUNCTION_NAME,
  logGroup: () => process.env.AWS_LAMBDA_LOG_GROUP_NAME,
}

function required(name: string): string {
  const value = process.env[name]
  if (!value)
    throw new Error(`${name} is ${value === undefined ? 'not set' : 'empty'}; the CDK stack sets it: deploy again`)
  return value
}
