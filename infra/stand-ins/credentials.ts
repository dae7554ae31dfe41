/**
 * In a bundle instead of `@aws-sdk/credential-provider-node`: Lambda has the keys in the environment, which that package
 * reads first too, and its other sources (profiles, SSO, metadata services) do not exist there.
 */
import { fromEnv } from '@aws-sdk/credential-provider-env'

export const defaultProvider = () => fromEnv()
