/**
 * The CDK app: one configuration file, one stack.
 *   cdk deploy                                                 nightshift.config.ts as stack Nightshift
 *   cdk deploy -c config=staging.config.ts -c stack=Staging    another one beside it
 */
import { Annotations, App } from 'aws-cdk-lib'
import { ConfigError } from '../functions/config-faults.ts'
import { loadSettings } from './load-settings.ts'
import { NightshiftStack } from './stack.ts'

const app = new App()

try {
  const file: unknown = app.node.tryGetContext('config')
  const name: unknown = app.node.tryGetContext('stack')
  // Without a name of its own it would take the place of the stack that nightshift.config.ts is deployed as.
  if (file !== undefined && name === undefined)
    throw new ConfigError([`-c config=${file} needs a stack of its own; add -c stack=<name>`], String(file))
  const loaded = await loadSettings(String(file ?? 'nightshift.config.ts'))
  const stackName = String(name ?? 'Nightshift')
  // What is told of Nightshift itself is told by that name: it must not be taken for a database.
  if (loaded.settings.names.includes(stackName))
    throw new ConfigError(
      [`targets: one is called like the stack ${stackName}; give one of them another name`],
      loaded.config,
    )
  // No account and no region: synth then needs no credentials, and the CLI fills in its own at deployment.
  const stack = new NightshiftStack(app, stackName, loaded)
  if (loaded.settings.tell.emails.some((email) => email.endsWith('@example.com')))
    Annotations.of(stack).addWarningV2(
      'nightshift:example',
      `${loaded.config} still tells an address of example.com: nobody will hear of anything`,
    )
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  // The faults are the user's text to mend: a stack trace would only bury them.
  console.error(error.message)
  process.exitCode = 1
}
