/**
 * The CDK app: one configuration file, one stack.
 *   cdk deploy                                                 nightshift.config.ts as stack Nightshift
 *   cdk deploy -c config=staging.config.ts -c stack=Staging    another one, in another region or account
 *
 * Two in the same place would share the success metric, and the one would hide that the other is dead.
 */
import { App } from 'aws-cdk-lib'
import { ConfigError } from '../functions/config-faults.ts'
import { loadSettings } from './load-settings.ts'
import { NightshiftStack } from './stack.ts'

const app = new App()

try {
  const loaded = await loadSettings(app.node.tryGetContext('config') ?? 'nightshift.config.ts')
  // No account and no region: synth then needs no credentials, and the CLI fills in its own at deployment.
  new NightshiftStack(app, app.node.tryGetContext('stack') ?? 'Nightshift', loaded)
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  // The faults are the user's text to mend: a stack trace would only bury them.
  console.error(error.message)
  process.exitCode = 1
}
