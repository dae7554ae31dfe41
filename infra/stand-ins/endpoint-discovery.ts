/**
 * In a bundle instead of `@aws-sdk/middleware-endpoint-discovery`, which DynamoDB's client carries along for an option that
 * is off by default and not used here.
 */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: undefined,
}
export const resolveEndpointDiscoveryConfig = <Config>(config: Config): Config => config
export const getEndpointDiscoveryPlugin = () => ({ applyToStack: () => undefined })
